#include "review/interchange/manifest.h"

#include "review/struct_json.h"

namespace assay {

template <class V>
void Visit(V& v, auto& f, std::type_identity<ExportSelection>) {
  v("queues", f.queues), v("suites", f.suites), v("runs", f.runs), v("languages", f.languages);
  v("data_classes", f.data_classes), v("from", f.from), v("to", f.to), v("decided_only", f.decided_only);
  v("with_known_answers", f.with_known_answers), v("with_cancelled", f.with_cancelled);
}

template <class V>
void Visit(V& v, auto& f, std::type_identity<LabelQuality>) {
  v("measure", f.measure), v("value", f.value), v("lower", f.lower), v("upper", f.upper), v("n", f.n);
  v.Optional("queue", f.queue), v.Optional("rubric", f.rubric);
}

namespace {

LabelQuality QualityOfShare(std::string measure, const ReviewShare& share) {
  return {
      .measure = std::move(measure), .value = share.share, .lower = share.lower, .upper = share.upper, .n = share.of};
}

// What maps and sets of the manifest are in JSON, so that one list of members serves both ways.
struct NamedVersions {
  std::string name = {};
  std::vector<std::string> versions = {};
  friend bool operator==(const NamedVersions&, const NamedVersions&) = default;
};
struct NamedCount {
  std::string reason = {};
  std::int64_t count = 0;
};
struct ManifestText {
  std::string schema = {};
  ExportManifest manifest = {};
  std::vector<NamedCount> excluded = {};
  std::vector<NamedVersions> rubrics = {};
  std::vector<NamedVersions> queues = {};
  std::vector<NamedVersions> suites = {};
  std::vector<NamedVersions> gold = {};
  std::vector<std::string> data_classes = {};
};

std::vector<NamedVersions> ListOfVersions(const std::map<std::string, std::set<std::string>>& map) {
  std::vector<NamedVersions> list;
  for (const auto& [name, versions] : map) list.push_back({name, {versions.begin(), versions.end()}});
  return list;
}

std::map<std::string, std::set<std::string>> MapOfVersions(const std::vector<NamedVersions>& list) {
  std::map<std::string, std::set<std::string>> map;
  for (const NamedVersions& named : list) map[named.name].insert(named.versions.begin(), named.versions.end());
  return map;
}

}  // namespace

template <class V>
void Visit(V& v, auto& f, std::type_identity<NamedVersions>) {
  v("name", f.name), v("versions", f.versions);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<NamedCount>) {
  v("reason", f.reason), v("count", f.count);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ManifestText>) {
  auto& m = f.manifest;
  v("schema", f.schema), v("id", m.id), v("exported_by", m.exported_by), v("exported_at", m.exported_at);
  v("redaction_policy", m.redaction_policy), v("file", m.file), v("format", m.format), v("selection", m.selection);
  v("approval", m.approval), v("protects_spreadsheets", m.protects_spreadsheets), v("bytes", m.bytes);
  v("sha256", m.sha256), v("offered", m.offered), v("records", m.records), v("rows", m.rows);
  v("judgements", m.judgements), v("decisions", m.decisions), v("excluded", f.excluded), v("rubrics", f.rubrics);
  v("queues", f.queues), v("suites", f.suites), v("data_classes", f.data_classes), v("quality", m.quality);
  v.Optional("gold", f.gold), v.Optional("quality_approval", m.quality_approval);
}

std::vector<LabelQuality> LabelQualityOf(std::span<const CriterionAgreement> agreements, const ReviewKpis& kpis) {
  std::vector<LabelQuality> quality;
  for (const CriterionAgreement& agreement : agreements) {
    const std::string name = "agreement " + agreement.criterion;
    quality.push_back({.measure = name + " alpha",
                       .value = agreement.alpha,
                       .lower = agreement.alpha_lower,
                       .upper = agreement.alpha_upper,
                       .n = agreement.units});
    quality.push_back(
        {.measure = name + " ac1", .value = agreement.ac1, .lower = agreement.ac1_lower, .n = agreement.units});
  }
  quality.push_back(QualityOfShare("audits_passed", kpis.audits_passed));
  quality.push_back(QualityOfShare("gold_hits", kpis.gold_hits));
  return quality;
}

Json ToJson(const ExportManifest& manifest) {
  ManifestText text{.schema = std::string(ExportManifest::kSchema),
                    .manifest = manifest,
                    .rubrics = ListOfVersions(manifest.rubrics),
                    .queues = ListOfVersions(manifest.queues),
                    .suites = ListOfVersions(manifest.suites),
                    .gold = ListOfVersions(manifest.gold),
                    .data_classes = {manifest.data_classes.begin(), manifest.data_classes.end()}};
  for (const auto& [reason, count] : manifest.excluded) text.excluded.push_back({reason, count});
  return WriteStruct(text);
}

Result<ExportManifest> ExportManifestFromJson(const Json& json) {
  ASSAY_ASSIGN(ManifestText text, StructFromJson<ManifestText>(json));
  if (text.schema != ExportManifest::kSchema) {
    return Fail(ErrorCode::kInvalidArgument, "schema: this version reads " + std::string(ExportManifest::kSchema) +
                                                 ", not " + Json(text.schema.substr(0, 64)).Dump());
  }
  ExportManifest manifest = std::move(text.manifest);
  for (const NamedCount& excluded : text.excluded) manifest.excluded[excluded.reason] += excluded.count;
  manifest.rubrics = MapOfVersions(text.rubrics);
  manifest.queues = MapOfVersions(text.queues);
  manifest.suites = MapOfVersions(text.suites);
  manifest.data_classes = {text.data_classes.begin(), text.data_classes.end()};
  manifest.gold = MapOfVersions(text.gold);
  return manifest;
}

Status CheckFile(const ExportManifest& manifest, std::int64_t bytes, std::string_view sha256) {
  if (bytes != manifest.bytes) {
    return Fail(ErrorCode::kDataLoss, "the file has " + std::to_string(bytes) + " bytes, and its manifest says " +
                                          std::to_string(manifest.bytes));
  }
  if (sha256 != manifest.sha256) {
    return Fail(ErrorCode::kDataLoss,
                "the file has the SHA-256 " + std::string(sha256) + ", and its manifest says " + manifest.sha256);
  }
  return {};
}

Status CheckCounts(const ExportManifest& manifest, std::int64_t records, std::int64_t judgements) {
  if (records == manifest.records && judgements == manifest.judgements) return {};
  return Fail(ErrorCode::kDataLoss, "the file has " + std::to_string(records) + " items and " +
                                        std::to_string(judgements) + " judgements, and its manifest says " +
                                        std::to_string(manifest.records) + " and " +
                                        std::to_string(manifest.judgements));
}

}  // namespace assay
