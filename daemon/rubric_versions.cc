#include "daemon/rubric_versions.h"

#include <algorithm>

#include "daemon/kept_rubrics.h"
#include "daemon/served_catalog.h"
#include "review/approvals.h"

namespace assay {
namespace {

struct KeptVersion {
  RubricVersion version = {};
  const ReviewRecord* record = nullptr;
};

std::vector<KeptVersion> VersionsKeptOf(const std::string& rubric, const std::vector<ReviewRecord>& records) {
  std::vector<KeptVersion> versions;
  for (const ReviewRecord& record : records) {
    if (!record.id.starts_with(rubric + "@")) continue;
    const auto version = ParseRubricVersion(record.id.substr(rubric.size() + 1));
    if (version) versions.push_back({.version = *version, .record = &record});
  }
  std::ranges::sort(versions, {}, &KeptVersion::version);
  return versions;
}

// A store may write JSON in a form of its own.
bool IsSameText(const std::string& stored, const std::string& canonical) {
  const auto json = Json::Parse(stored);
  return json && json->DumpCanonical() == canonical;
}

std::string RaisedFor(const RubricVersion& from, ReviewChange least) {
  if (least == ReviewChange::kRubricMajor) return ToString({from.major + 1, 0, 0});
  if (least == ReviewChange::kRubricMinor) return ToString({from.major, from.minor + 1, 0});
  return ToString({from.major, from.minor, from.patch + 1});
}

// A version above those that were in service says why it is there.
std::string WhatIsNotSaid(const RubricSpec& rubric, const RubricVersion& before) {
  if (std::ranges::find(rubric.changes, rubric.version, &RubricChangeSpec::version) != rubric.changes.end()) return "";
  return "rubric \"" + rubric.name + "\" was in service as " + ToString(before) +
         ": those who work by it are told why it changes; add changes: [{version: \"" + rubric.version +
         "\", reason: ...}]";
}

// "" where it is right.
std::string WhatIsWrong(const CatalogDocument& document, const std::vector<KeptVersion>& kept) {
  const RubricSpec& rubric = *document.rubric();
  const RubricVersion version = rubric.ParsedVersion();
  const auto same = std::ranges::find(kept, version, &KeptVersion::version);
  if (same != kept.end() && IsSameText(same->record->body, document.canonical_json)) return "";
  const KeptVersion& newest = kept.back();
  const auto before = RubricFrom(*newest.record);
  const std::string least =
      RaisedFor(newest.version, before ? LeastChange(*before, rubric) : ReviewChange::kRubricMajor);
  const std::string called = "rubric \"" + rubric.name + "\" ";
  if (same != kept.end())
    return called + "was in service as " + rubric.version +
           " with other content, by which people have been asked; what differs needs version " + least + " at least";
  if (version < newest.version)
    return called + "was in service as " + ToString(newest.version) + ", and versions only rise; this content needs " +
           least + " at least";
  if (before) {  // else nobody knows what differs
    const Status raised = CheckRubricVersion(*before, rubric);
    if (!raised) return raised.error().message + ", " + least + " at least";
  }
  return WhatIsNotSaid(rubric, newest.version);
}

}  // namespace

void CheckRubricVersions(ReviewStore& reviews, const Catalog& catalog, Diagnostics& diagnostics) {
  const auto is_rubric = [](const CatalogDocument& each) { return each.rubric() != nullptr; };
  if (!std::ranges::any_of(catalog.documents, is_rubric)) return;
  const auto records = reviews.ListRecords(kDefaultProject, kRubricRecord);
  for (const CatalogDocument& document : catalog.documents) {
    if (!is_rubric(document)) continue;
    if (!records) {
      diagnostics.Add(document.root.At(records.error().message));
      continue;
    }
    const std::vector<KeptVersion> kept = VersionsKeptOf(document.name, *records);
    if (kept.empty()) continue;
    if (const std::string wrong = WhatIsWrong(document, kept); !wrong.empty())
      diagnostics.Add(document.root.Find("version")->At(wrong));
  }
}

Status KeepRubricsOf(ReviewStore& reviews, const Catalog& catalog, const std::string& project, Time now) {
  for (const CatalogDocument& document : catalog.documents) {
    const RubricSpec* rubric = document.rubric();
    if (rubric == nullptr) continue;
    const std::string id = RubricRecordId(rubric->name, rubric->ParsedVersion());
    ASSAY_ASSIGN(const auto kept, reviews.FindRecord(project, kRubricRecord, id));
    if (kept) continue;
    const auto put = reviews.PutRecord({.project = project,
                                        .kind = kRubricRecord,
                                        .id = id,
                                        .updated = now,
                                        .principal = kCatalogPrincipal,
                                        .body = document.canonical_json});
    if (!put && put.error().code != ErrorCode::kAborted) return Fail(put.error());
  }
  return {};
}

}  // namespace assay
