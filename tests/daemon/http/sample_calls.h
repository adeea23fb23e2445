#pragma once
// A call of every method, as JSON.

#include <string>
#include <vector>

#include "tests/daemon/http/review_calls.h"

namespace assay::testing {

struct SampleCall {
  std::string path;
  std::string json;
};

inline const std::vector<SampleCall>& EveryMethod() {
  static const auto& calls = *new std::vector<SampleCall>([] {
    std::vector<SampleCall> all = {
        {"/assay.v1.CatalogService/GetDocument", R"({"kind":"SUITE","name":"support"})"},
        {"/assay.v1.CatalogService/ListDocuments", R"({"include_text":true})"},
        {"/assay.v1.CatalogService/GetStatus", "{}"},
        {"/assay.v1.CatalogService/Reload", "{}"},
        {"/assay.v1.ModelService/RegisterModel", R"({"document":"kind: Model","request_id":"r1"})"},
        {"/assay.v1.ModelService/GetModel", R"({"name":"bot"})"},
        {"/assay.v1.ModelService/ListModels", R"({"page_size":1})"},
        {"/assay.v1.ModelService/PromoteModel", R"({"name":"bot","version":"1","stage":"production"})"},
        {"/assay.v1.RunService/StartRun", R"({"suite":"support","model":"bot@1"})"},
        {"/assay.v1.RunService/GetRun", R"({"id":"019aa000-0000-7000-8000-000000000001"})"},
        {"/assay.v1.RunService/ListRuns", R"({"state":"CANCELLED","model":"bot@1"})"},
        {"/assay.v1.RunService/WatchRun", R"({"id":"019aa000-0000-7000-8000-000000000001"})"},
        {"/assay.v1.RunService/ListResults", R"({"run_id":"019aa000-0000-7000-8000-000000000001"})"},
        {"/assay.v1.RunService/GetCase", R"({"run_id":"019aa000-0000-7000-8000-000000000001","ordinal":1})"},
        {"/assay.v1.RunService/StreamResults", R"({"run_id":"019aa000-0000-7000-8000-000000000001"})"},
        {"/assay.v1.RunService/CancelRun", R"({"id":"019aa000-0000-7000-8000-000000000001"})"},
        {"/assay.v1.RunService/PauseRun", R"({"id":"019aa000-0000-7000-8000-000000000001","reason":"night"})"},
        {"/assay.v1.RunService/ResumeRun", R"({"id":"019aa000-0000-7000-8000-000000000001"})"},
        {"/assay.v1.RunService/RetryRun", R"({"id":"019aa000-0000-7000-8000-000000000001"})"},
        {"/assay.v1.RunService/SetRunConcurrency", R"({"id":"019aa000-0000-7000-8000-000000000001","concurrency":4})"},
        {"/assay.v1.RunService/DeleteRun", R"({"id":"019aa000-0000-7000-8000-000000000001","reason":"private"})"},
        {"/assay.v1.EndpointService/ListEndpoints", "{}"},
        {"/assay.v1.ScheduleService/ListSchedules", "{}"},
        {"/assay.v1.GateService/CheckGate", R"({"gate":"release","candidate":"bot@1","timeout":"30s"})"},
        {"/assay.v1.GateService/GetCheck", R"({"id":"019aa000-0000-7000-8000-000000000002"})"},
        {"/assay.v1.GateService/WatchCheck", R"({"id":"019aa000-0000-7000-8000-000000000002"})"},
        {"/assay.v1.GateService/ListChecks", "{}"},
        {"/assay.v1.GateService/GetVerdict", R"({"id":"019aa000-0000-7000-8000-000000000003"})"},
        {"/assay.v1.GateService/ListVerdicts", R"({"gate":"release"})"},
        {"/assay.v1.ReplayService/ReplayVerdict", R"({"id":"019aa000-0000-7000-8000-000000000003"})"},
        {"/assay.v1.ReplayService/ListWorstCases",
         R"({"verdict_id":"019aa000-0000-7000-8000-000000000003","rule":"floor"})"},
        {"/assay.v1.WaiverService/RequestWaiver",
         R"({"verdict_id":"019aa000-0000-7000-8000-000000000003","rules":["floor"],"reason":"known","ticket":"T-1",)"
         R"("expires_at":"2030-01-01T00:00:00Z"})"},
        {"/assay.v1.WaiverService/ApproveWaiver", R"({"id":"019aa000-0000-7000-8000-000000000009"})"},
        {"/assay.v1.WaiverService/RevokeWaiver", R"({"id":"019aa000-0000-7000-8000-000000000009","reason":"fixed"})"},
        {"/assay.v1.WaiverService/GetWaiver", R"({"id":"019aa000-0000-7000-8000-000000000009"})"},
        {"/assay.v1.WaiverService/ListWaivers", R"({"gate":"release"})"},
        {"/assay.v1.ReleaseService/RecommendBlocker",
         R"({"candidate":"bot@1","severity":"2","reason":"tells account numbers","evidence":[{"item_id":"i"}]})"},
        {"/assay.v1.ReleaseService/AnswerBlocker",
         R"({"id":"019aa000-0000-7000-8000-00000000000b","uphold":true,"reason":"seen it"})"},
        {"/assay.v1.ReleaseService/WithdrawBlocker", R"({"id":"019aa000-0000-7000-8000-00000000000b"})"},
        {"/assay.v1.ReleaseService/GetBlocker", R"({"id":"019aa000-0000-7000-8000-00000000000b"})"},
        {"/assay.v1.ReleaseService/ListBlockers", R"({"gate":"release"})"},
        {"/assay.v1.ReleaseService/DecideRelease",
         R"({"verdict_id":"019aa000-0000-7000-8000-000000000003","decision":"GO","reason":"all is well"})"},
        {"/assay.v1.ReleaseService/ListReleaseDecisions", R"({"verdict_id":"019aa000-0000-7000-8000-000000000003"})"},
        {"/assay.v1.ReleaseService/GetEvidencePack", R"({"verdict_id":"019aa000-0000-7000-8000-000000000003"})"},
    };
    for (const auto& [path, json] : ReviewCalls()) all.push_back({path, json});
    return all;
  }());
  return calls;
}

}  // namespace assay::testing
