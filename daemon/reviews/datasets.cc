#include "daemon/reviews/datasets.h"

#include <algorithm>
#include <set>

#include "core/digest.h"
#include "core/identifier.h"
#include "daemon/blocking.h"
#include "daemon/reviews/governance_records.h"
#include "daemon/reviews/kept_exports.h"
#include "daemon/reviews/kept_imports.h"
#include "daemon/reviews/record_fields.h"
#include "daemon/reviews/review_interchange.h"
#include "review/fact_planner.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr char kNoteRecord[] = "dataset_note";
constexpr int kMostVersionsKnown = 1000;
constexpr std::size_t kMostExportsLookedAt = 500;
constexpr std::size_t kMostExportsShown = 20;
constexpr std::size_t kMostImportsLookedAt = 500;
constexpr std::size_t kMostImportsShown = 20;
constexpr std::size_t kMostSourceName = 256;

// What notes of earlier versions did not have is left out where there is none, so that they stay the same text.
std::string NoteBody(const DatasetNoteArguments& note) {
  Json body = Json::Of({{"suite", note.suite},
                        {"digest", note.digest},
                        {"reason", note.reason},
                        {"expected_impact", note.expected_impact},
                        {"approval", note.approval}});
  if (!note.source.file.empty())
    body.Set("source",
             Json::Of({{"file", note.source.file}, {"sha256", note.source.sha256}, {"rows", note.source.rows}}));
  return body.Dump();
}

Result<DatasetNoteArguments> NoteFrom(const ReviewRecord& record) {
  ASSAY_ASSIGN(const Json json, Json::Parse(record.body));
  DatasetNoteArguments note{.suite = TextOf(json, "suite"),
                            .digest = TextOf(json, "digest"),
                            .reason = TextOf(json, "reason"),
                            .expected_impact = TextOf(json, "expected_impact"),
                            .approval = TextOf(json, "approval")};
  if (const Json* source = json.Find("source"); source != nullptr && source->is_object())
    note.source = {
        .file = TextOf(*source, "file"), .sha256 = TextOf(*source, "sha256"), .rows = NumberOf(*source, "rows")};
  if (!note.suite.empty() && !note.digest.empty()) return note;
  return Fail(ErrorCode::kDataLoss, "the note \"" + record.id + "\" of a dataset cannot be read");
}

DatasetNote AsNote(const ReviewRecord& record, DatasetNoteArguments said) {
  return {.by = record.principal,
          .at = record.updated,
          .reason = std::move(said.reason),
          .expected_impact = std::move(said.expected_impact),
          .approval = std::move(said.approval),
          .source = std::move(said.source)};
}

Status CheckSource(const DatasetSource& source) {
  if (source.file.empty() && source.sha256.empty() && source.rows == 0) return {};
  if (source.file.empty() || source.file.size() > kMostSourceName)
    return Fail(ErrorCode::kInvalidArgument, "source.file: has 1 to 256 bytes");
  const bool is_hash =
      source.sha256.size() == 64 && source.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_hash) return Fail(ErrorCode::kInvalidArgument, "source.sha256: is the SHA-256 of the file, in 64 hex digits");
  if (source.rows < 1) return Fail(ErrorCode::kInvalidArgument, "source.rows: how many rows came from it, 1 or more");
  return {};
}

Result<std::vector<DatasetVersionRecord>> KnownVersions(Store& store, const std::string& project,
                                                        const std::string& suite) {
  ASSAY_ASSIGN(std::vector<DatasetVersionRecord> versions,
               store.ListDatasetVersions(project, suite, kMostVersionsKnown));
  if (!versions.empty()) return versions;
  return Fail(ErrorCode::kNotFound, "no run was of a suite \"" + suite + "\": its dataset has no versions yet");
}

bool Shares(const std::set<std::string>& some, const std::vector<std::string>& others) {
  return std::ranges::any_of(others, [&](const std::string& each) { return some.contains(each); });
}

// A file that was taken out here and came back as rows is known by its hash.
void NameSources(const KeptExport& kept, std::vector<DatasetVersion>& versions) {
  if (kept.is_preview || !kept.is_complete) return;
  for (DatasetVersion& version : versions) {
    for (DatasetNote& note : version.notes) {
      if (!note.source.file.empty() && note.source.sha256 == kept.manifest.sha256)
        note.source.export_id = kept.manifest.id;
    }
  }
}

}  // namespace

std::string TextOfDatasetChange(std::string_view suite, std::string_view digest) {
  return "dataset " + std::string(suite) + " " + std::string(digest);
}

asio::awaitable<Result<std::vector<DatasetVersion>>> Datasets::ListVersions(const Caller& caller,
                                                                            std::string_view suite, int limit,
                                                                            int most_ids) {
  ASSAY_CO_TRY(context_.guarded_runs.CheckMayRead(caller));
  auto work = [this, &caller, suite = std::string(suite), limit, most_ids]() {
    return Read(caller, suite, limit, most_ids);
  };
  co_return co_await RunBlocking(context_.reading, work);
}

Result<std::vector<DatasetVersion>> Datasets::Read(const Caller& caller, const std::string& suite, int limit,
                                                   int most_ids) {
  ASSAY_ASSIGN(const std::vector<DatasetVersionRecord> known, KnownVersions(context_.store, caller.project, suite));
  std::vector<DatasetVersion> versions;
  const std::size_t shown = std::min(known.size(), static_cast<std::size_t>(limit));
  for (std::size_t i = 0; i < shown; ++i) {
    const DatasetVersionRecord* before = i + 1 < known.size() ? &known[i + 1] : nullptr;
    ASSAY_ASSIGN(DatasetVersion version, VersionOf(caller, known[i], before, most_ids));
    versions.push_back(std::move(version));
  }
  ASSAY_TRY(AddNotes(caller, suite, versions));
  ASSAY_TRY(AddExports(caller, suite, versions));
  ASSAY_TRY(AddImports(caller, suite, versions));
  return versions;
}

// Ids of cases may tell whose they are: they are for who is cleared for both versions.
Result<DatasetVersion> Datasets::VersionOf(const Caller& caller, const DatasetVersionRecord& record,
                                           const DatasetVersionRecord* before, int most_ids) {
  ASSAY_ASSIGN(RunRecord first, context_.store.GetRun(record.first_run));
  DatasetVersion version{.digest = record.digest,
                         .cases = first.cases,
                         .first_run = std::move(first),
                         .runs = record.runs,
                         .suite_versions = record.suite_versions,
                         .has_cases = record.has_cases,
                         .is_first = before == nullptr};
  if (before == nullptr || !record.has_cases || !before->has_cases) return version;
  ASSAY_ASSIGN(version.changes, context_.store.CompareCases(before->key, record.key, most_ids));
  ASSAY_ASSIGN(version.withheld, context_.guarded_runs.UnclearedFor(caller, version.first_run));
  if (version.withheld.empty()) {
    ASSAY_ASSIGN(const RunRecord earlier, context_.store.GetRun(before->first_run));
    ASSAY_ASSIGN(version.withheld, context_.guarded_runs.UnclearedFor(caller, earlier));
  }
  if (version.withheld.empty()) return version;
  for (auto* ids : {&version.changes->added_ids, &version.changes->removed_ids, &version.changes->changed_ids})
    ids->clear();
  return version;
}

Status Datasets::AddNotes(const Caller& caller, const std::string& suite, std::vector<DatasetVersion>& versions) {
  ASSAY_ASSIGN(const std::vector<ReviewRecord> records, reviews_.ListRecords(caller.project, kNoteRecord));
  for (const ReviewRecord& record : records) {
    ASSAY_ASSIGN(DatasetNoteArguments said, NoteFrom(record));
    if (said.suite != suite) continue;
    const auto version = std::ranges::find(versions, said.digest, &DatasetVersion::digest);
    if (version != versions.end()) version->notes.push_back(AsNote(record, std::move(said)));
  }
  return {};
}

bool Datasets::MaySeeWhoExports(const Caller& caller) const {
  const auto roster = context_.reviewers();
  const auto found = std::ranges::find(*roster, caller.principal, &Reviewer::id);
  return found != roster->end() && CheckMayExport(*found).has_value();
}

// By the versions of the suite that the items in a file were of.
Status Datasets::AddExports(const Caller& caller, const std::string& suite, std::vector<DatasetVersion>& versions) {
  ASSAY_ASSIGN(const std::vector<KeptExport> exports, ReadExports(reviews_, caller.project, kMostExportsLookedAt, 0));
  const bool shows_names = MaySeeWhoExports(caller);
  for (const KeptExport& each : exports) {
    NameSources(each, versions);
    const auto of_suite = each.manifest.suites.find(suite);
    if (each.is_preview || !each.is_complete || of_suite == each.manifest.suites.end()) continue;
    for (DatasetVersion& version : versions) {
      const bool is_full = version.exports.size() >= kMostExportsShown;
      if (is_full || !Shares(of_suite->second, version.suite_versions)) continue;
      version.exports.push_back({.id = each.manifest.id,
                                 .by = shows_names ? each.manifest.exported_by : "",
                                 .at = each.manifest.exported_at,
                                 .format = each.manifest.format,
                                 .judgements = each.manifest.judgements,
                                 .sha256 = each.manifest.sha256});
    }
  }
  return {};
}

Status Datasets::AddImports(const Caller& caller, const std::string& suite, std::vector<DatasetVersion>& versions) {
  ASSAY_ASSIGN(const std::vector<KeptImport> imports, ReadImports(reviews_, caller.project, kMostImportsLookedAt));
  const bool shows_names = MaySeeWhoExports(caller);
  for (const KeptImport& each : imports) {
    for (DatasetVersion& version : versions) {
      DatasetImport added{.id = each.id,
                          .by = shows_names ? each.by : "",
                          .at = each.at,
                          .format = each.format,
                          .sha256 = each.sha256,
                          .approval = each.approval};
      for (const std::string& suite_version : version.suite_versions) {
        const auto taken = each.of_suites.find(std::pair(suite, suite_version));
        if (taken == each.of_suites.end()) continue;
        added.items += taken->second.items;
        added.judgements += taken->second.judgements;
      }
      if (added.items > 0 && version.imports.size() < kMostImportsShown) version.imports.push_back(std::move(added));
    }
  }
  return {};
}

asio::awaitable<Result<DatasetNote>> Datasets::Note(const Caller& caller, std::string_view key,
                                                    const DatasetNoteArguments& note) {
  ASSAY_CO_TRY(context_.guarded_runs.CheckMayRead(caller));
  ASSAY_CO_TRY(CheckNote("reason", note.reason, true));
  ASSAY_CO_TRY(CheckNote("expected_impact", note.expected_impact, false));
  ASSAY_CO_TRY(CheckSource(note.source));
  auto work = [this, &caller, key = std::string(key), &note]() { return Keep(caller, key, note); };
  co_return co_await RunBlocking(context_.reading, work);
}

Result<DatasetNote> Datasets::Keep(const Caller& caller, const std::string& key, const DatasetNoteArguments& note) {
  const Time now = context_.clock.Now();
  const std::string id = key.empty() ? MakeId(now) : "k-" + Sha256Hex(caller.principal + "\n" + key).substr(0, 32);
  const std::string body = NoteBody(note);
  ASSAY_ASSIGN(const std::optional<ReviewRecord> known, reviews_.FindRecord(caller.project, kNoteRecord, id));
  if (known) {
    ASSAY_ASSIGN(DatasetNoteArguments said, NoteFrom(*known));
    if (NoteBody(said) == body) return AsNote(*known, std::move(said));
    return Fail(ErrorCode::kAlreadyExists, "key: the note of this key says something else; notes are never changed");
  }
  ASSAY_ASSIGN(const std::vector<DatasetVersionRecord> versions,
               KnownVersions(context_.store, caller.project, note.suite));
  if (std::ranges::find(versions, note.digest, &DatasetVersionRecord::digest) == versions.end())
    return Fail(ErrorCode::kNotFound, "no run of suite \"" + note.suite + "\" had the dataset \"" + note.digest + "\"");
  if (!note.approval.empty())
    ASSAY_TRY(CheckApproved(reviews_, caller.project, note.approval, ReviewChange::kDataSource,
                            TextOfDatasetChange(note.suite, note.digest)));
  ASSAY_ASSIGN(const ReviewRecord kept, reviews_.PutRecord({.project = caller.project,
                                                            .kind = kNoteRecord,
                                                            .id = id,
                                                            .updated = now,
                                                            .principal = caller.principal,
                                                            .body = body}));
  return AsNote(kept, note);
}

}  // namespace assay
