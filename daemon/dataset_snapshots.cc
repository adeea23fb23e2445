#include "daemon/dataset_snapshots.h"

#include <filesystem>
#include <map>

#include "core/digest.h"
#include "core/file.h"
#include "daemon/cases_digest.h"
#include "gates/observations.h"
#include "runners/dataset.h"
#include "runners/repeated_questions.h"

namespace assay {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kRowsAtOnce = 1000;
constexpr std::int64_t kRowsRead = 250;
constexpr std::size_t kBytesAtOnce = 16u << 20;

// Whoever asks for a run of a suite has not written its dataset: the request is right, the catalog is not. A file that
// cannot be read is no store out of reach either: asking again does not help.
std::unexpected<Error> FaultOfDataset(Error error) {
  error.code = ErrorCode::kFailedPrecondition;
  return Fail(std::move(error));
}

const std::string* FileHash(const CatalogDocument& document, std::string_view name) {
  for (const ReferencedFile& file : document.files) {
    if (file.name == name) return &file.sha256;
  }
  return nullptr;
}

// What was read must be what the version of the suite says: a file may have been edited since the catalog was loaded.
Status CheckUnchanged(const CatalogDocument& document) {
  for (const DatasetSpec& entry : document.suite()->dataset) {
    const std::string* expected = FileHash(document, entry.file);
    const fs::path path = fs::path(document.file).parent_path() / entry.file;
    const auto hash = HashFile(path);
    if (!hash) return FaultOfDataset(hash.error());
    if (expected == nullptr || *hash != *expected) {
      return Fail(ErrorCode::kFailedPrecondition,
                  "file " + path.string() + " has changed since the catalog was loaded; try again after its reload");
    }
  }
  return {};
}

// Clusters are stored as a slice is; unless the field is a slice already.
bool HasColumnOfItsOwn(const SuiteSpec& suite) {
  return suite.cluster && std::ranges::find(suite.slices, *suite.cluster) == suite.slices.end();
}

// Where the dataset says where its cases come from, that is stored as a slice is, too.
bool SaysProvenance(const SuiteSpec& suite) {
  const bool is_said = std::ranges::any_of(
      suite.dataset, [](const DatasetSpec& each) { return each.provenance || each.provenance_field; });
  const bool is_cluster = suite.cluster == kProvenanceField;
  return is_said && !is_cluster && std::ranges::find(suite.slices, kProvenanceField) == suite.slices.end();
}

CaseRow ToCaseRow(const DatasetRow& row, const SuiteSpec& suite) {
  CaseRow stored{.ordinal = row.ordinal, .id = row.case_id, .json = row.fields.Dump(), .slices = {}};
  for (const std::string& slice : suite.slices) {
    if (auto value = SliceText(row.fields.Find(slice))) stored.slices.push_back({slice, *std::move(value)});
  }
  if (SaysProvenance(suite)) {
    if (auto word = SliceText(row.fields.Find(kProvenanceField)))
      stored.slices.push_back({kProvenanceField, *std::move(word)});
  }
  if (HasColumnOfItsOwn(suite)) stored.slices.push_back({*suite.cluster, row.cluster});
  return stored;
}

// Refuses a field with more values than a verdict can be computed on, before anything is paid for.
class SliceValueCount {
 public:
  explicit SliceValueCount(const SuiteSpec& suite) {
    for (const std::string& slice : suite.slices) columns_.emplace(slice, SliceColumn(slice, 1));
  }

  Status Add(const DatasetRow& row, const CaseRow& stored) {
    for (const auto& [slice, value] : stored.slices) {
      const auto column = columns_.find(slice);
      if (column == columns_.end()) continue;  // of clusters there may be as many as there are cases
      const Status set = column->second.Set(0, value);
      if (!set) return Fail(ErrorCode::kFailedPrecondition, row.Place() + ": " + set.error().message);
    }
    return {};
  }

 private:
  std::map<std::string, SliceColumn> columns_;  // of one case each: only their distinct values matter
};

// The store knows ordinals only: a repeated case id that the reader did not see any more is looked for in the files.
Error PlaceOfFault(const SuiteSpec& suite, const fs::path& base_dir, const std::vector<CaseRow>& batch,
                   const Error& error) {
  const Status unique = CheckRowsAreUnique(suite, base_dir, batch.front().ordinal, batch.back().ordinal + 1);
  return unique ? error : unique.error();
}

struct Digests {
  std::string of_cases;
  std::string exact;
  std::optional<std::int64_t> repeated;
};

Result<Digests> AppendAll(Store& store, SnapshotKey key, const SuiteSpec& suite, const fs::path& base_dir,
                          DatasetReader& reader, const std::function<bool()>& gives_up) {
  SliceValueCount slice_values(suite);
  CasesDigest digest;
  ExactCasesDigest exact;
  std::optional<RepeatedQuestions> questions = RepeatedQuestions::Of(suite, base_dir);
  std::vector<CaseRow> batch;
  std::int64_t rows = 0;
  std::size_t bytes = 0;  // of the batch
  for (;;) {
    auto next = reader.Next();
    if (!next) return FaultOfDataset(next.error());
    std::optional<DatasetRow>& row = *next;
    if (row) {
      batch.push_back(ToCaseRow(*row, suite));
      bytes += batch.back().json.size();
      ASSAY_TRY(slice_values.Add(*row, batch.back()));
      exact.Add(batch.back(), row->fields);
      if (questions) questions->Add(row->fields, row->cluster);
      digest.Add(HashOfContent(*std::move(row), suite));
      ++rows;
    }
    if (batch.size() >= kRowsAtOnce || bytes >= kBytesAtOnce || (!row && !batch.empty())) {
      if (gives_up()) return Fail(ErrorCode::kUnavailable, "assayd stops; its next start reads the dataset again");
      if (const Status stored = store.AppendCases(key, batch); !stored) {
        if (stored.error().code != ErrorCode::kInvalidArgument) return Fail(stored.error());
        return FaultOfDataset(PlaceOfFault(suite, base_dir, batch, stored.error()));
      }
      batch.clear();
      bytes = 0;
    }
    if (!row) break;
  }
  if (rows == 0) {
    return Fail(ErrorCode::kFailedPrecondition, "the dataset of suite \"" + suite.name + "\" has no case (" +
                                                    suite.dataset.front().file +
                                                    " is empty); a gate needs at least one");
  }
  return Digests{.of_cases = digest.Text(),
                 .exact = exact.Text(),
                 .repeated = questions ? std::optional(questions->Count()) : std::nullopt};
}

// All that what is asked of a case depends on beside its fields, and may differ between two of them.
std::string DigestOfPrompt(const CatalogDocument& suite) {
  const auto json = Json::Parse(suite.canonical_json);
  const auto part = [&](std::string_view name) {
    const Json* found = json ? json->Find(name) : nullptr;
    return found == nullptr ? Json() : *found;
  };
  return ContentVersion(Json::Of({{"prompt", part("prompt")}, {"tools_field", part("tools_field")}}).DumpCanonical());
}

// The slices of a snapshot that was stored before these were refused.
Status CheckStoredSlices(const SuiteSpec& suite, const CaseRow& row, const Json& fields) {
  for (const std::string& slice : suite.slices) {
    const Json* value = fields.Find(slice);
    if (value == nullptr || value->is_null() || SliceText(value)) continue;
    return Fail(ErrorCode::kFailedPrecondition, "case \"" + row.id + "\": field \"" + slice +
                                                    "\" is a slice and must be a text, a number, true or false");
  }
  return {};
}

Result<std::int64_t> CountInStoredCases(Store& store, SnapshotKey snapshot, const SuiteSpec& suite,
                                        RepeatedQuestions questions, const std::function<bool()>& gives_up) {
  std::vector<std::string> cluster;
  if (suite.cluster) cluster.push_back(*suite.cluster);
  for (std::int64_t from = 0;;) {
    if (gives_up && gives_up()) return Fail(ErrorCode::kUnavailable, "assayd stops; its next start can do it again");
    ASSAY_ASSIGN(const std::vector<CaseRow> rows, store.ReadCaseRows(snapshot, cluster, from, kRowsRead));
    if (rows.empty()) return questions.Count();
    for (const CaseRow& row : rows) {
      const auto fields = Json::Parse(row.json);
      if (!fields) return Fail(ErrorCode::kDataLoss, "stored case \"" + row.id + "\": " + fields.error().message);
      ASSAY_TRY(CheckStoredSlices(suite, row, *fields));
      questions.Add(*fields, row.slices.empty() ? std::string_view() : std::string_view(row.slices.front().value));
    }
    from = rows.back().ordinal + 1;
  }
}

// Of one from before there was such a digest.
Result<SnapshotRecord> WithExactDigest(Store& store, SnapshotRecord snapshot, const std::function<bool()>& gives_up) {
  if (!snapshot.exact_digest.empty()) return snapshot;
  ASSAY_ASSIGN(snapshot.exact_digest, DigestOfStoredCases(store, snapshot.key, gives_up));
  ASSAY_TRY(store.SetExactDigest(snapshot.key, snapshot.exact_digest));
  return snapshot;
}

}  // namespace

std::string DatasetDigest(const CatalogDocument& document) {
  const SuiteSpec& suite = *document.suite();
  Json::Array entries;
  for (const DatasetSpec& entry : suite.dataset) {
    const std::string* hash = FileHash(document, entry.file);
    Json described =
        Json::Of({{"sha256", hash == nullptr ? Json() : Json(*hash)}, {"id", entry.id ? Json(*entry.id) : Json()}});
    if (entry.provenance) described.Set("provenance", std::string(WordOf(*entry.provenance)));
    if (entry.provenance_field) described.Set("provenance_field", *entry.provenance_field);
    entries.push_back(std::move(described));
  }
  Json::Array slices;
  for (const std::string& slice : suite.slices) slices.emplace_back(slice);
  Json content = Json::Of({{"dataset", entries}, {"slices", slices}});
  if (suite.cluster) content.Set("cluster", *suite.cluster);
  return ContentVersion(content.DumpCanonical());
}

std::string DatasetFilesDigest(const CatalogDocument& document) {
  Json::Array entries;
  for (const DatasetSpec& entry : document.suite()->dataset) {
    const std::string* hash = FileHash(document, entry.file);
    entries.push_back(
        Json::Of({{"sha256", hash == nullptr ? Json() : Json(*hash)}, {"id", entry.id ? Json(*entry.id) : Json()}}));
  }
  return ContentVersion(Json(std::move(entries)).DumpCanonical());
}

Result<std::string> DigestOfStoredCases(Store& store, SnapshotKey snapshot, const std::function<bool()>& gives_up) {
  ASSAY_ASSIGN(const std::vector<std::string> slices, store.ListSliceNames(snapshot));
  ExactCasesDigest digest;
  for (std::int64_t from = 0;;) {
    if (gives_up && gives_up()) return Fail(ErrorCode::kUnavailable, "assayd stops; its next start can do it again");
    ASSAY_ASSIGN(const std::vector<CaseRow> rows, store.ReadCaseRows(snapshot, slices, from, kRowsRead));
    if (rows.empty()) return digest.Text();
    for (const CaseRow& row : rows) {
      const auto fields = Json::Parse(row.json);
      if (!fields) {
        return Fail(ErrorCode::kDataLoss,
                    "stored case \"" + row.id + "\" is no JSON any more: " + fields.error().message);
      }
      digest.Add(row, *fields);
    }
    from = rows.back().ordinal + 1;
  }
}

Result<SnapshotRecord> EnsureSnapshot(Store& store, const std::string& project, const CatalogDocument& document,
                                      Time now, const std::string& principal, const std::function<bool()>& gives_up) {
  const std::string digest = DatasetDigest(document);
  auto found = store.FindSnapshot(project, digest);
  if (found) {
    ASSAY_TRY(CountRepeatedCases(store, found->key, document, gives_up));
    return WithExactDigest(store, *std::move(found), gives_up);
  }
  if (found.error().code != ErrorCode::kNotFound) return found;
  const SuiteSpec& suite = *document.suite();
  const fs::path base_dir = fs::path(document.file).parent_path();
  auto reader = OpenDataset(suite, base_dir);
  if (!reader) return FaultOfDataset(reader.error());
  ASSAY_ASSIGN(const SnapshotKey key, store.BeginSnapshot(project, digest, now, principal));
  const Result<Digests> appended = AppendAll(store, key, suite, base_dir, **reader, gives_up);
  const Status read = appended ? CheckUnchanged(document) : Status(Fail(appended.error()));
  if (!read) {
    // The first error is the one to tell; what is left is discarded at the next start.
    (void)store.DiscardSnapshot(key, gives_up);
    return Fail(read.error());
  }
  ASSAY_ASSIGN(SnapshotRecord finished, store.FinishSnapshot(key, appended->of_cases, appended->exact));
  if (appended->repeated) ASSAY_TRY(store.SetRepeatedCases(key, DigestOfPrompt(document), *appended->repeated));
  return finished;
}

Result<bool> AreRepeatedCasesCounted(Store& store, SnapshotKey snapshot, const CatalogDocument& document) {
  ASSAY_ASSIGN(const auto known, store.FindRepeatedCases(snapshot, DigestOfPrompt(document)));
  return known || !RepeatedQuestions::Of(*document.suite(), fs::path(document.file).parent_path());
}

Result<std::optional<std::int64_t>> CountRepeatedCases(Store& store, SnapshotKey snapshot,
                                                       const CatalogDocument& document,
                                                       const std::function<bool()>& gives_up) {
  const std::string asks = DigestOfPrompt(document);
  ASSAY_ASSIGN(const auto known, store.FindRepeatedCases(snapshot, asks));
  if (known) return known;
  auto questions = RepeatedQuestions::Of(*document.suite(), fs::path(document.file).parent_path());
  if (!questions) return std::nullopt;
  ASSAY_ASSIGN(const std::int64_t cases,
               CountInStoredCases(store, snapshot, *document.suite(), *std::move(questions), gives_up));
  ASSAY_TRY(store.SetRepeatedCases(snapshot, asks, cases));
  return std::optional(cases);
}

}  // namespace assay
