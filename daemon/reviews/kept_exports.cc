#include "daemon/reviews/kept_exports.h"

#include <algorithm>
#include <functional>

#include "daemon/reviews/record_fields.h"

namespace assay {
namespace {

constexpr char kExportRecord[] = "export";
constexpr char kPreviewRecord[] = "export_preview";

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
                  .is_preview = record.kind == kPreviewRecord,
                  .revision = record.revision};
  ASSAY_ASSIGN(kept.manifest, ExportManifestFromJson(manifest));
  if (kept.is_complete) kept.manifest_text = text;
  return kept;
}

}  // namespace

std::string TextOf(const ExportManifest& manifest) { return ToJson(manifest).DumpIndented() + "\n"; }

Status PutExport(ReviewStore& store, const std::string& project, KeptExport& kept, Time now) {
  ASSAY_ASSIGN(const ReviewRecord stored, store.PutRecord({.project = project,
                                                           .kind = kept.is_preview ? kPreviewRecord : kExportRecord,
                                                           .id = kept.manifest.id,
                                                           .revision = kept.revision,
                                                           .updated = now,
                                                           .principal = kept.manifest.exported_by,
                                                           .body = ToJson(kept).Dump()}));
  kept.revision = stored.revision;
  return {};
}

Result<std::vector<KeptExport>> ReadExports(ReviewStore& store, const std::string& project, std::size_t exports,
                                            std::size_t previews) {
  std::vector<KeptExport> all;
  for (const auto& [kind, most] :
       {std::pair(std::string(kExportRecord), exports), std::pair(std::string(kPreviewRecord), previews)}) {
    ASSAY_ASSIGN(const std::vector<ReviewRecord> records, store.ListRecords(project, kind));
    std::size_t left = most;
    for (auto record = records.rbegin(); record != records.rend() && left > 0; ++record, --left) {
      ASSAY_ASSIGN(KeptExport kept, ExportFrom(*record));
      all.push_back(std::move(kept));
    }
  }
  // Ids begin with the time at which they were made.
  std::ranges::sort(all, std::ranges::greater(), [](const KeptExport& kept) { return kept.manifest.id; });
  return all;
}

Result<std::optional<KeptExport>> FindExport(ReviewStore& store, const std::string& project, const std::string& id) {
  for (const char* kind : {kExportRecord, kPreviewRecord}) {
    ASSAY_ASSIGN(const std::optional<ReviewRecord> record, store.FindRecord(project, kind, id));
    if (!record) continue;
    ASSAY_ASSIGN(KeptExport kept, ExportFrom(*record));
    return kept;
  }
  return std::nullopt;
}

}  // namespace assay
