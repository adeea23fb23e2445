#include "daemon/dataset_snapshots.h"

#include <filesystem>

#include "core/digest.h"
#include "runners/dataset.h"

namespace assay {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kRowsAtOnce = 1000;

const std::string* FileHash(const CatalogDocument& document, std::string_view name) {
  for (const ReferencedFile& file : document.files) {
    if (file.name == name) return &file.sha256;
  }
  return nullptr;
}

// The value of a slice field as text; absent for null and for what has parts.
std::optional<std::string> SliceText(const Json* value) {
  if (value == nullptr || value->is_null() || value->is_array() || value->is_object()) return std::nullopt;
  return value->is_string() ? value->as_string() : value->Dump();
}

CaseRow ToCaseRow(const DatasetRow& row, const SuiteSpec& suite) {
  CaseRow stored{.ordinal = row.ordinal, .id = row.case_id, .json = row.fields.Dump(), .slices = {}};
  for (const std::string& slice : suite.slices) {
    if (auto value = SliceText(row.fields.Find(slice))) stored.slices.push_back({slice, *std::move(value)});
  }
  return stored;
}

Status AppendAll(Store& store, SnapshotKey key, const SuiteSpec& suite, DatasetReader& reader) {
  std::vector<CaseRow> batch;
  std::int64_t rows = 0;
  for (;;) {
    ASSAY_ASSIGN(const std::optional<DatasetRow> row, reader.Next());
    if (row) {
      batch.push_back(ToCaseRow(*row, suite));
      ++rows;
    }
    if (batch.size() >= kRowsAtOnce || (!row && !batch.empty())) {
      ASSAY_TRY(store.AppendCases(key, batch));
      batch.clear();
    }
    if (!row) break;
  }
  if (rows == 0) {
    return Fail(ErrorCode::kInvalidArgument, "the dataset of suite \"" + suite.name + "\" has no case (" +
                                                 suite.dataset.front().file + " is empty); a gate needs at least one");
  }
  return {};
}

}  // namespace

std::string DatasetDigest(const CatalogDocument& document) {
  const SuiteSpec& suite = *document.suite();
  Json::Array entries;
  for (const DatasetSpec& entry : suite.dataset) {
    const std::string* hash = FileHash(document, entry.file);
    entries.push_back(
        Json::Of({{"sha256", hash == nullptr ? Json() : Json(*hash)}, {"id", entry.id ? Json(*entry.id) : Json()}}));
  }
  Json::Array slices;
  for (const std::string& slice : suite.slices) slices.emplace_back(slice);
  return ContentVersion(Json::Of({{"dataset", entries}, {"slices", slices}}).DumpCanonical());
}

Result<SnapshotRecord> EnsureSnapshot(Store& store, const std::string& project, const CatalogDocument& document,
                                      Time now, const std::string& principal) {
  const std::string digest = DatasetDigest(document);
  if (auto found = store.FindSnapshot(project, digest); found || found.error().code != ErrorCode::kNotFound)
    return found;
  const SuiteSpec& suite = *document.suite();
  ASSAY_ASSIGN(const auto reader, OpenDataset(suite, fs::path(document.file).parent_path()));
  ASSAY_ASSIGN(const SnapshotKey key, store.BeginSnapshot(project, digest, now, principal));
  if (Status appended = AppendAll(store, key, suite, *reader); !appended) {
    (void)store.DiscardSnapshot(
        key);  // the first error is the one to tell; what is left is discarded at the next start
    return Fail(appended.error());
  }
  return store.FinishSnapshot(key);
}

}  // namespace assay
