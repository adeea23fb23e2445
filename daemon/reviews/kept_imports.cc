#include "daemon/reviews/kept_imports.h"

#include "daemon/reviews/record_fields.h"

namespace assay {
namespace {

constexpr char kImportRecord[] = "import";

Json SuitesOf(const ImportSession& session) {
  Json::Array suites;
  for (const auto& [suite, taken] : session.of_suites)
    suites.push_back(Json::Of(
        {{"suite", suite.first}, {"version", suite.second}, {"items", taken.items}, {"judgements", taken.judgements}}));
  return Json(std::move(suites));
}

Result<KeptImport> ImportFrom(const ReviewRecord& record) {
  ASSAY_ASSIGN(const Json json, Json::Parse(record.body));
  KeptImport kept{.id = record.id,
                  .by = record.principal,
                  .at = record.updated,
                  .format = TextOf(json, "format"),
                  .queue = TextOf(json, "queue"),
                  .approval = TextOf(json, "approval"),
                  .sha256 = TextOf(json, "sha256")};
  const Json* suites = json.Find("suites");
  if (suites == nullptr || !suites->is_array()) return kept;
  for (const Json& suite : suites->as_array())
    kept.of_suites[{TextOf(suite, "suite"), TextOf(suite, "version")}] = {.items = NumberOf(suite, "items"),
                                                                          .judgements = NumberOf(suite, "judgements")};
  return kept;
}

}  // namespace

Status PutImport(ReviewStore& store, ImportSession& session, Time now) {
  const ImportProgress& progress = session.progress;
  ASSAY_ASSIGN(const ReviewRecord stored,
               store.PutRecord({.project = session.project,
                                .kind = kImportRecord,
                                .id = session.id(),
                                .revision = session.revision,
                                .updated = now,
                                .principal = session.owner,
                                .body = Json::Of({{"format", session.arguments.format},
                                                  {"queue", session.arguments.queue},
                                                  {"approval", session.arguments.approval},
                                                  {"sha256", session.sha256},
                                                  {"bytes", progress.bytes},
                                                  {"items", progress.items},
                                                  {"items_new", progress.items_new},
                                                  {"items_changed", progress.items_changed},
                                                  {"judgements_new", progress.judgements_new},
                                                  {"refused", progress.refused},
                                                  {"suites", SuitesOf(session)}})
                                            .Dump()}));
  session.revision = stored.revision;
  return {};
}

Result<std::vector<KeptImport>> ReadImports(ReviewStore& store, const std::string& project, std::size_t most) {
  ASSAY_ASSIGN(const std::vector<ReviewRecord> records, store.ListRecords(project, kImportRecord));
  std::vector<KeptImport> all;
  for (auto record = records.rbegin(); record != records.rend() && all.size() < most; ++record) {
    ASSAY_ASSIGN(KeptImport kept, ImportFrom(*record));
    all.push_back(std::move(kept));
  }
  return all;
}

}  // namespace assay
