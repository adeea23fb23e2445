#include "daemon/reviews/kept_exports.h"

#include "daemon/reviews/record_fields.h"

namespace assay {
namespace {

constexpr char kExportRecord[] = "export";

// The manifest stands there as its text: a database that sorts the members of JSON would change its hash.
Json ToJson(const KeptExport& kept) {
  return Json::Of({{"is_complete", kept.is_complete},
                   {"with_names", kept.with_names},
                   {"manifest", TextOf(kept.manifest)},
                   {"manifest_sha256", kept.manifest_sha256}});
}

Result<KeptExport> ExportFrom(const ReviewRecord& record) {
  ASSAY_ASSIGN(const Json json, Json::Parse(record.body));
  const std::string text = TextOf(json, "manifest");
  ASSAY_ASSIGN(const Json manifest, Json::Parse(text));
  KeptExport kept{.manifest_sha256 = TextOf(json, "manifest_sha256"),
                  .with_names = FlagOf(json, "with_names"),
                  .is_complete = FlagOf(json, "is_complete"),
                  .revision = record.revision};
  ASSAY_ASSIGN(kept.manifest, ExportManifestFromJson(manifest));
  if (kept.is_complete) kept.manifest_text = text;
  return kept;
}

}  // namespace

std::string TextOf(const ExportManifest& manifest) { return ToJson(manifest).DumpIndented() + "\n"; }

Status PutExport(ReviewStore& store, const std::string& project, KeptExport& kept, Time now) {
  ASSAY_ASSIGN(const ReviewRecord stored, store.PutRecord({.project = project,
                                                           .kind = kExportRecord,
                                                           .id = kept.manifest.id,
                                                           .revision = kept.revision,
                                                           .updated = now,
                                                           .principal = kept.manifest.exported_by,
                                                           .body = ToJson(kept).Dump()}));
  kept.revision = stored.revision;
  return {};
}

Result<std::vector<KeptExport>> ReadExports(ReviewStore& store, const std::string& project, std::size_t limit) {
  ASSAY_ASSIGN(const std::vector<ReviewRecord> records, store.ListRecords(project, kExportRecord));
  std::vector<KeptExport> exports;
  for (auto record = records.rbegin(); record != records.rend() && exports.size() < limit; ++record) {
    ASSAY_ASSIGN(KeptExport kept, ExportFrom(*record));
    exports.push_back(std::move(kept));
  }
  return exports;
}

}  // namespace assay
