#include "cli/release_decisions.h"

#include <grpcpp/grpcpp.h>

#include "assay/v1/release.grpc.pb.h"
#include "cli/connection.h"
#include "cli/table.h"
#include "core/clock.h"

namespace assay {
namespace {

constexpr std::size_t kLongestDecision = 4200;

std::string DecidedAt(const v1::ReleaseDecision& decision) {
  return FormatTime(
      Time(std::chrono::seconds(decision.at().seconds()) + std::chrono::microseconds(decision.at().nanos() / 1000)));
}

v1::ListReleaseDecisionsResponse StoredDecisions(const DaemonConnection& connection, const std::string& verdict) {
  v1::ListReleaseDecisionsRequest request;
  request.set_project(connection.options().project);
  request.set_verdict_id(verdict);
  v1::ListReleaseDecisionsResponse response;
  grpc::ClientContext context;
  connection.Prepare(context, std::chrono::seconds(10));
  const auto stub = v1::ReleaseService::NewStub(connection.channel());
  if (!stub->ListReleaseDecisions(&context, request, &response).ok()) return {};
  return response;
}

}  // namespace

Json ToJson(const v1::ReleaseDecision& decision) {
  return Json::Of({{"verdict_id", decision.verdict_id()},
                   {"gate", decision.gate()},
                   {"decision", v1::ReleaseDecision::Value_Name(decision.decision())},
                   {"reason", decision.reason()},
                   {"principal", decision.principal()},
                   {"at", DecidedAt(decision)},
                   {"superseded", decision.superseded()}});
}

std::string DecisionLines(const DaemonConnection& connection, const std::string& verdict) {
  if (verdict.empty()) return "";
  std::string text;
  const auto response = StoredDecisions(connection, verdict);
  for (const v1::ReleaseDecision& decision : response.decisions()) {
    const std::string word = decision.decision() == v1::ReleaseDecision::GO ? "go" : "no-go";
    text += Excerpt(word + " by " + decision.principal() + " at " + DecidedAt(decision) +
                        (decision.superseded() ? ", superseded" : "") + ": " + decision.reason(),
                    kLongestDecision) +
            "\n";
  }
  return text;
}

Json DecisionsJson(const DaemonConnection& connection, const std::string& verdict) {
  Json::Array decisions;
  const auto response = StoredDecisions(connection, verdict);
  for (const v1::ReleaseDecision& decision : response.decisions()) decisions.push_back(ToJson(decision));
  return Json(std::move(decisions));
}

}  // namespace assay
