// blocker recommend|uphold|decline|withdraw|list|show, verdict pack|decide

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "assay/v1/release.grpc.pb.h"
#include "cli/message_json.h"
#include "cli/release_decisions.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/clock.h"
#include "core/identifier.h"

namespace assay {
namespace {

constexpr std::size_t kWidestWords = 4000;

struct BlockerWords {
  std::string candidate;
  std::string gate;
  std::int64_t severity = 0;
  std::string reason;
  std::vector<std::string> items;
  std::vector<std::string> cases;  // "RUN/CASE"
};

std::string BlockerTime(const google::protobuf::Timestamp& time) {
  return FormatTime(Time(std::chrono::seconds(time.seconds()) + std::chrono::microseconds(time.nanos() / 1000)));
}

Json TextOrAbsent(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json BlockerJson(const v1::ReleaseBlocker& blocker) {
  Json::Array evidence;
  for (const v1::BlockerEvidence& each : blocker.evidence()) {
    evidence.push_back(Json::Of({{"item_id", TextOrAbsent(each.item_id())},
                                 {"run_id", TextOrAbsent(each.run_id())},
                                 {"case_id", TextOrAbsent(each.case_id())}}));
  }
  return Json::Of({{"id", blocker.id()},
                   {"state", v1::BlockerState::Value_Name(blocker.state())},
                   {"gate", TextOrAbsent(blocker.gate())},
                   {"candidate", blocker.has_candidate() ? Json(ModelReference(blocker.candidate())) : Json()},
                   {"severity", std::int64_t{blocker.severity()}},
                   {"reason", blocker.reason()},
                   {"evidence", std::move(evidence)},
                   {"recommender", blocker.recommender()},
                   {"recommended_at", BlockerTime(blocker.recommended_at())},
                   {"ended_by", TextOrAbsent(blocker.ended_by())},
                   {"ended_at", blocker.has_ended_at() ? Json(BlockerTime(blocker.ended_at())) : Json()},
                   {"answer", TextOrAbsent(blocker.answer())}});
}

std::string CandidateText(const v1::ReleaseBlocker& blocker) {
  return blocker.has_candidate() ? ModelReference(blocker.candidate()) : "(withheld)";
}

std::string BlockerText(const v1::ReleaseBlocker& blocker) {
  std::string text;
  const auto add = [&](const char* label, const std::string& value) {
    text += std::string(label) + Excerpt(value, kWidestWords) + "\n";
  };
  add("blocker      ", blocker.id() + "  " + v1::BlockerState::Value_Name(blocker.state()));
  add("candidate    ", CandidateText(blocker));
  add("gate         ", blocker.gate().empty() ? "every gate" : blocker.gate());
  add("severity     ", std::to_string(blocker.severity()));
  add("reason       ", blocker.reason());
  for (const v1::BlockerEvidence& each : blocker.evidence())
    add("evidence     ",
        each.item_id().empty() ? "case " + each.case_id() + " of run " + each.run_id() : "item " + each.item_id());
  add("recommended  ", BlockerTime(blocker.recommended_at()) + " by " + blocker.recommender());
  if (blocker.has_ended_at())
    add("ended        ", BlockerTime(blocker.ended_at()) + " by " + blocker.ended_by() +
                             (blocker.answer().empty() ? "" : ": " + blocker.answer()));
  if (blocker.state() == v1::BlockerState::OPEN)
    add("waits for    ", "a release role: assay blocker uphold|decline " + blocker.id() + " --reason ...");
  return text;
}

int ShowBlocker(const DaemonConnection& connection, const grpc::Status& status, const v1::ReleaseBlocker& blocker) {
  if (!status.ok()) return connection.Report(status);
  const bool is_json = connection.options().output == OutputFormat::kJson;
  return Print(is_json ? BlockerJson(blocker).DumpIndented() + "\n" : BlockerText(blocker));
}

// Sends one request of ReleaseService.
template <class Request, class Response>
grpc::Status CallRelease(const DaemonConnection& connection, Request& request, Response& response,
                         grpc::Status (v1::ReleaseService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                          Response*)) {
  request.set_project(connection.options().project);
  grpc::ClientContext context;
  connection.Prepare(context);
  const auto stub = v1::ReleaseService::NewStub(connection.channel());
  return (stub.get()->*method)(&context, request, &response);
}

int RecommendBlocker(const DaemonConnection& connection, const BlockerWords& words) {
  v1::RecommendBlockerRequest request;
  request.set_request_id(MakeId(SystemClock().Now()));
  request.set_candidate(words.candidate);
  request.set_gate(words.gate);
  request.set_severity(words.severity);
  request.set_reason(words.reason);
  for (const std::string& item : words.items) request.add_evidence()->set_item_id(item);
  for (const std::string& each : words.cases) {
    const std::size_t slash = each.find('/');
    v1::BlockerEvidence& evidence = *request.add_evidence();
    evidence.set_run_id(each.substr(0, slash));
    if (slash != std::string::npos) evidence.set_case_id(each.substr(slash + 1));
  }
  v1::RecommendBlockerResponse response;
  const grpc::Status status = CallRelease(connection, request, response, &v1::ReleaseService::Stub::RecommendBlocker);
  return ShowBlocker(connection, status, response.blocker());
}

int AnswerBlocker(const DaemonConnection& connection, const std::string& id, bool upholds, const std::string& reason) {
  v1::AnswerBlockerRequest request;
  request.set_id(id);
  request.set_uphold(upholds);
  request.set_reason(reason);
  v1::AnswerBlockerResponse response;
  const grpc::Status status = CallRelease(connection, request, response, &v1::ReleaseService::Stub::AnswerBlocker);
  return ShowBlocker(connection, status, response.blocker());
}

int WithdrawBlocker(const DaemonConnection& connection, const std::string& id, const std::string& reason) {
  v1::WithdrawBlockerRequest request;
  request.set_id(id);
  request.set_reason(reason);
  v1::WithdrawBlockerResponse response;
  const grpc::Status status = CallRelease(connection, request, response, &v1::ReleaseService::Stub::WithdrawBlocker);
  return ShowBlocker(connection, status, response.blocker());
}

int GetBlocker(const DaemonConnection& connection, const std::string& id) {
  v1::GetBlockerRequest request;
  request.set_id(id);
  v1::GetBlockerResponse response;
  const grpc::Status status = CallRelease(connection, request, response, &v1::ReleaseService::Stub::GetBlocker);
  return ShowBlocker(connection, status, response.blocker());
}

int ListBlockers(const DaemonConnection& connection, const std::string& gate, int limit) {
  v1::ListBlockersRequest request;
  request.set_gate(gate);
  request.set_page_size(limit);
  v1::ListBlockersResponse response;
  const grpc::Status status = CallRelease(connection, request, response, &v1::ReleaseService::Stub::ListBlockers);
  if (!status.ok()) return connection.Report(status);
  Table table({"BLOCKER", "STATE", "GATE", "CANDIDATE", "SEVERITY", "BY", "ANSWERED", "REASON"});
  Json::Array blockers;
  for (const v1::ReleaseBlocker& blocker : response.blockers()) {
    table.Add({blocker.id(), v1::BlockerState::Value_Name(blocker.state()),
               blocker.gate().empty() ? "(every)" : blocker.gate(), CandidateText(blocker),
               std::to_string(blocker.severity()), blocker.recommender(), blocker.ended_by(),
               Excerpt(blocker.reason(), 60)});
    blockers.push_back(BlockerJson(blocker));
  }
  return Print(connection.options().output == OutputFormat::kJson ? Json(std::move(blockers)).DumpIndented() + "\n"
                                                                  : table.Render());
}

int ShowEvidencePack(const DaemonConnection& connection, const std::string& verdict) {
  v1::GetEvidencePackRequest request;
  request.set_verdict_id(verdict);
  v1::GetEvidencePackResponse response;
  const grpc::Status status = CallRelease(connection, request, response, &v1::ReleaseService::Stub::GetEvidencePack);
  if (!status.ok()) return connection.Report(status);
  return Print(connection.options().output == OutputFormat::kJson ? response.document() + "\n" : response.markdown());
}

int DecideRelease(const DaemonConnection& connection, const std::string& verdict, bool is_go,
                  const std::string& reason) {
  v1::DecideReleaseRequest request;
  request.set_request_id(MakeId(SystemClock().Now()));
  request.set_verdict_id(verdict);
  request.set_decision(is_go ? v1::ReleaseDecision::GO : v1::ReleaseDecision::NO_GO);
  request.set_reason(reason);
  v1::DecideReleaseResponse response;
  const grpc::Status status = CallRelease(connection, request, response, &v1::ReleaseService::Stub::DecideRelease);
  if (!status.ok()) return connection.Report(status);
  if (connection.options().output == OutputFormat::kJson)
    return Print(ToJson(response.decision()).DumpIndented() + "\n");
  return Print(DecisionLines(connection, verdict));
}

using Verb = std::function<int(const DaemonConnection&)>;

void RunsVerb(CLI::App& verb, const GlobalOptions& options, Action& action, Verb run) {
  verb.callback(
      [&action, &options, run = std::move(run)] { action = [&options, run] { return WithConnection(options, run); }; });
}

void AddRecommend(CLI::App& blocker, const GlobalOptions& options, Action& action) {
  auto words = std::make_shared<BlockerWords>();
  auto* verb = blocker.add_subcommand("recommend", "Ask that a candidate be held until a release role has answered");
  verb->add_option("--candidate", words->candidate, "M@V, or M for the newest; default: the one of the evidence");
  verb->add_option("--gate", words->gate, "only at this gate; default: at every gate of the project");
  verb->add_option("--severity", words->severity, "from 1, the gravest, to 4")->required()->check(CLI::Range(1, 4));
  verb->add_option("--reason", words->reason, "what is wrong with it")->required();
  verb->add_option("--item", words->items, "review item that shows it; give it again for more");
  verb->add_option("--case", words->cases, "RUN/CASE that shows it; give it again for more");
  RunsVerb(*verb, options, action,
           [words](const DaemonConnection& connection) { return RecommendBlocker(connection, *words); });
}

void AddAnswers(CLI::App& blocker, const GlobalOptions& options, Action& action) {
  for (const bool upholds : {true, false}) {
    auto id = std::make_shared<std::string>();
    auto reason = std::make_shared<std::string>();
    auto* verb = blocker.add_subcommand(
        upholds ? "uphold" : "decline",
        upholds ? "The candidate fails, as a release role says" : "It holds nothing any more, as a release role says");
    verb->add_option("BLOCKER", *id, "id of the blocker")->required();
    verb->add_option("--reason", *reason, "why")->required();
    RunsVerb(*verb, options, action, [id, reason, upholds](const DaemonConnection& connection) {
      return AnswerBlocker(connection, *id, upholds, *reason);
    });
  }
}

}  // namespace

void AddBlockerVerbs(CLI::App& app, const GlobalOptions& options, Action& action) {
  auto* blocker = app.add_subcommand("blocker", "Recommendations that a candidate be blocked")->require_subcommand(1);
  AddRecommend(*blocker, options, action);
  AddAnswers(*blocker, options, action);
  auto id = std::make_shared<std::string>();
  auto reason = std::make_shared<std::string>();
  auto* withdraw = blocker->add_subcommand("withdraw", "Take back what you recommended");
  withdraw->add_option("BLOCKER", *id, "id of the blocker")->required();
  withdraw->add_option("--reason", *reason, "why");
  RunsVerb(*withdraw, options, action,
           [id, reason](const DaemonConnection& connection) { return WithdrawBlocker(connection, *id, *reason); });
  auto* show = blocker->add_subcommand("show", "Show a blocker");
  show->add_option("BLOCKER", *id, "id of the blocker")->required();
  RunsVerb(*show, options, action, [id](const DaemonConnection& connection) { return GetBlocker(connection, *id); });
  auto gate = std::make_shared<std::string>();
  auto limit = std::make_shared<int>(20);
  auto* list = blocker->add_subcommand("list", "List blockers, newest first");
  list->add_option("--gate", *gate, "only of this gate and of every gate");
  list->add_option("--limit", *limit, "at most so many")->check(CLI::Range(1, 1000))->capture_default_str();
  RunsVerb(*list, options, action,
           [gate, limit](const DaemonConnection& connection) { return ListBlockers(connection, *gate, *limit); });
}

void AddReleaseVerbs(CLI::App& verdict, const GlobalOptions& options, Action& action) {
  auto id = std::make_shared<std::string>();
  auto* pack = verdict.add_subcommand("pack", "The evidence of a verdict as one Markdown document, for go or no-go");
  pack->add_option("VERDICT", *id, "id of the verdict")->required();
  RunsVerb(*pack, options, action,
           [id](const DaemonConnection& connection) { return ShowEvidencePack(connection, *id); });
  auto word = std::make_shared<std::string>();
  auto reason = std::make_shared<std::string>();
  auto* decide = verdict.add_subcommand("decide", "Record go or no-go on a verdict, as a release role");
  decide->add_option("VERDICT", *id, "id of the verdict")->required();
  decide->add_option("DECISION", *word, "go, or no-go")->required()->check(CLI::IsMember({"go", "no-go"}));
  decide->add_option("--reason", *reason, "why")->required();
  RunsVerb(*decide, options, action, [id, word, reason](const DaemonConnection& connection) {
    return DecideRelease(connection, *id, *word == "go", *reason);
  });
}

}  // namespace assay
