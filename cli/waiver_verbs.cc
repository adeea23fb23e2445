// waiver request|approve|revoke|list|show

#include <google/protobuf/timestamp.pb.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "assay/v1/waivers.grpc.pb.h"
#include "cli/exit_codes.h"
#include "cli/message_json.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/clock.h"
#include "core/identifier.h"
#include "core/json.h"
#include "gates/slice_value.h"

namespace assay {
namespace {

constexpr std::size_t kWidest = 4000;

struct RequestArguments {
  std::string verdict;
  std::vector<std::string> rules;
  std::string reason;
  std::string ticket;
  std::string expires;
};

std::string TimeText(const google::protobuf::Timestamp& time) {
  return FormatTime(Time(std::chrono::seconds(time.seconds()) + std::chrono::microseconds(time.nanos() / 1000)));
}

Json ModelJson(const v1::ModelRef& model) {
  return Json::Of({{"name", model.name()}, {"version", model.version()}, {"content_version", model.content_version()}});
}

Json TextOrNothing(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json FindingJson(const v1::WaivedFinding& finding) {
  Json::Array cases;
  for (const v1::WaivedCase& one : finding.cases()) {
    cases.push_back(Json::Of({{"ordinal", std::int64_t{one.ordinal()}}, {"id", TextOrNothing(one.id())}}));
  }
  return Json::Of({{"margin", finding.has_margin() ? Json(finding.margin()) : Json()},
                   {"missing", std::int64_t{finding.missing()}},
                   {"scored", finding.has_scored() ? Json(std::int64_t{finding.scored()}) : Json()},
                   {"cases", std::move(cases)}});
}

// ": margin -0.02, cases c3, c7", what it may not be worse than.
std::string FindingText(const v1::WaivedPart& part) {
  if (!part.has_finding()) return "";
  std::vector<std::string> facts;
  if (part.finding().has_margin()) facts.push_back("margin " + FormatNumber(part.finding().margin()));
  if (part.finding().has_scored()) facts.push_back("on " + std::to_string(part.finding().scored()) + " cases");
  if (part.finding().missing() > 0) facts.push_back(std::to_string(part.finding().missing()) + " without a score");
  std::string cases;
  for (const v1::WaivedCase& one : part.finding().cases()) cases += (cases.empty() ? "" : ", ") + one.id();
  if (!cases.empty()) facts.push_back("failing " + cases);
  std::string text;
  for (const std::string& fact : facts) text += (text.empty() ? ": " : ", ") + fact;
  return text;
}

Json WaiverJson(const v1::Waiver& waiver) {
  Json::Array suites;
  for (const v1::SuiteRef& suite : waiver.suites()) {
    suites.push_back(Json::Of({{"suite", suite.name()},
                               {"suite_version", suite.content_version()},
                               {"dataset_version", suite.dataset_version()}}));
  }
  Json::Array rules;
  for (const v1::WaivedRule& rule : waiver.rules()) {
    Json::Array parts;
    for (const v1::WaivedPart& part : rule.parts()) {
      parts.push_back(Json::Of({{"suite", part.suite()},
                                {"slice", TextOrNothing(part.slice())},
                                {"slice_value", part.slice().empty() ? Json() : Json(part.slice_value())},
                                {"state", v1::VerdictState::Value_Name(part.state())},
                                {"finding", part.has_finding() ? FindingJson(part.finding()) : Json()}}));
    }
    rules.push_back(Json::Of({{"rule", rule.rule()},
                              {"state", v1::VerdictState::Value_Name(rule.state())},
                              {"severity", rule.has_severity() ? Json(std::int64_t{rule.severity()}) : Json()},
                              {"parts", std::move(parts)}}));
  }
  Json::Array approvals;
  for (const v1::WaiverApproval& approval : waiver.approvals()) {
    approvals.push_back(Json::Of({{"principal", approval.principal()},
                                  {"at", TimeText(approval.at())},
                                  {"comment", TextOrNothing(approval.comment())}}));
  }
  return Json::Of({{"id", waiver.id()},
                   {"state", v1::WaiverState::Value_Name(waiver.state())},
                   {"gate", waiver.gate()},
                   {"gate_version", waiver.gate_version()},
                   {"candidate", ModelJson(waiver.candidate())},
                   {"baseline", waiver.has_baseline() ? ModelJson(waiver.baseline()) : Json()},
                   {"suites", std::move(suites)},
                   {"rules", std::move(rules)},
                   {"verdict_id", waiver.verdict_id()},
                   {"reason", waiver.reason()},
                   {"ticket", waiver.ticket()},
                   {"requester", waiver.requester()},
                   {"requested_at", TimeText(waiver.requested_at())},
                   {"expires_at", TimeText(waiver.expires_at())},
                   {"approvals", std::move(approvals)},
                   {"approvals_needed", waiver.approvals_needed()},
                   {"revoked_at", waiver.has_revoked_at() ? Json(TimeText(waiver.revoked_at())) : Json()},
                   {"revoked_by", TextOrNothing(waiver.revoked_by())},
                   {"revoke_reason", TextOrNothing(waiver.revoke_reason())}});
}

std::string RulesOf(const v1::Waiver& waiver) {
  std::string text;
  for (const v1::WaivedRule& rule : waiver.rules()) text += (text.empty() ? "" : ", ") + rule.rule();
  return text;
}

// What people write stays on its line.
std::string WaiverText(const v1::Waiver& waiver) {
  std::string text;
  const auto add = [&](const char* label, const std::string& value) {
    if (!value.empty()) text += std::string(label) + Excerpt(value, kWidest) + "\n";
  };
  add("waiver     ", waiver.id() + "  " + v1::WaiverState::Value_Name(waiver.state()));
  add("gate       ", waiver.gate() + " (" + waiver.gate_version() + ")");
  add("candidate  ", ModelReference(waiver.candidate()) + " (" + waiver.candidate().content_version() + ")");
  if (waiver.has_baseline()) add("baseline   ", ModelReference(waiver.baseline()));
  for (const v1::WaivedRule& rule : waiver.rules()) {
    const std::string severity = rule.has_severity() ? ", severity " + std::to_string(rule.severity()) : "";
    add("rule       ", rule.rule() + " " + v1::VerdictState::Value_Name(rule.state()) + severity);
    for (const v1::WaivedPart& part : rule.parts()) {
      const std::string slice =
          part.slice().empty() ? "" : " " + part.slice() + "=" + ShownSliceValue(part.slice_value());
      add("  of       ", part.suite() + slice + " " + v1::VerdictState::Value_Name(part.state()) + FindingText(part));
    }
  }
  add("verdict    ", waiver.verdict_id());
  add("reason     ", waiver.reason());
  add("ticket     ", waiver.ticket());
  add("requested  ", TimeText(waiver.requested_at()) + " by " + waiver.requester());
  add("expires    ", TimeText(waiver.expires_at()));
  for (const v1::WaiverApproval& approval : waiver.approvals()) {
    const std::string comment = approval.comment().empty() ? "" : ": " + approval.comment();
    add("approved   ", TimeText(approval.at()) + " by " + approval.principal() + comment);
  }
  if (waiver.state() == v1::WaiverState::REQUESTED)
    add("lacks      ", std::to_string(waiver.approvals_needed() - waiver.approvals_size()) + " of " +
                           std::to_string(waiver.approvals_needed()) + " approvals: assay waiver approve " +
                           waiver.id());
  if (waiver.has_revoked_at())
    add("revoked    ", TimeText(waiver.revoked_at()) + " by " + waiver.revoked_by() + ": " + waiver.revoke_reason());
  return text;
}

int Show(const DaemonConnection& connection, const grpc::Status& status, const v1::Waiver& waiver) {
  if (!status.ok()) return connection.Report(status);
  const bool is_json = connection.options().output == OutputFormat::kJson;
  return Print(is_json ? WaiverJson(waiver).DumpIndented() + "\n" : WaiverText(waiver));
}

// A time, or how long from now.
Result<Time> ExpiryOf(const std::string& text) {
  if (const auto duration = ParseDuration(text)) return SystemClock().Now() + *duration;
  auto time = ParseTime(text);
  if (!time)
    return Fail(ErrorCode::kInvalidArgument,
                "\"" + text + "\" is neither a duration (7d, 12h) nor a time (2026-12-24T18:00:00Z)");
  return time;
}

int RequestWaiver(const DaemonConnection& connection, const RequestArguments& arguments) {
  const auto expires = ExpiryOf(arguments.expires);
  if (!expires) {
    Complain("--expires: " + expires.error().message);
    return kExitUsage;
  }
  v1::RequestWaiverRequest request;
  request.set_project(connection.options().project);
  request.set_request_id(MakeId(SystemClock().Now()));
  request.set_verdict_id(arguments.verdict);
  for (const std::string& rule : arguments.rules) request.add_rules(rule);
  request.set_reason(arguments.reason);
  request.set_ticket(arguments.ticket);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(*expires);
  request.mutable_expires_at()->set_seconds(seconds.time_since_epoch().count());
  request.mutable_expires_at()->set_nanos(
      static_cast<std::int32_t>(std::chrono::nanoseconds(*expires - seconds).count()));
  v1::RequestWaiverResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const auto stub = v1::WaiverService::NewStub(connection.channel());
  const grpc::Status status = stub->RequestWaiver(&context, request, &response);
  return Show(connection, status, response.waiver());
}

int ApproveWaiver(const DaemonConnection& connection, const std::string& id, const std::string& comment) {
  v1::ApproveWaiverRequest request;
  request.set_project(connection.options().project);
  request.set_id(id);
  request.set_comment(comment);
  v1::ApproveWaiverResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const auto stub = v1::WaiverService::NewStub(connection.channel());
  const grpc::Status status = stub->ApproveWaiver(&context, request, &response);
  return Show(connection, status, response.waiver());
}

int RevokeWaiver(const DaemonConnection& connection, const std::string& id, const std::string& reason) {
  v1::RevokeWaiverRequest request;
  request.set_project(connection.options().project);
  request.set_id(id);
  request.set_reason(reason);
  v1::RevokeWaiverResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const auto stub = v1::WaiverService::NewStub(connection.channel());
  const grpc::Status status = stub->RevokeWaiver(&context, request, &response);
  return Show(connection, status, response.waiver());
}

int ShowWaiver(const DaemonConnection& connection, const std::string& id) {
  v1::GetWaiverRequest request;
  request.set_project(connection.options().project);
  request.set_id(id);
  v1::GetWaiverResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const auto stub = v1::WaiverService::NewStub(connection.channel());
  const grpc::Status status = stub->GetWaiver(&context, request, &response);
  return Show(connection, status, response.waiver());
}

int ListWaivers(const DaemonConnection& connection, const std::string& gate, int limit) {
  v1::ListWaiversRequest request;
  request.set_project(connection.options().project);
  request.set_gate(gate);
  request.set_page_size(limit);
  v1::ListWaiversResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const auto stub = v1::WaiverService::NewStub(connection.channel());
  const grpc::Status status = stub->ListWaivers(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  Table table({"WAIVER", "STATE", "GATE", "CANDIDATE", "RULES", "REQUESTER", "APPROVALS", "EXPIRES", "TICKET"});
  Json::Array waivers;
  for (const v1::Waiver& waiver : response.waivers()) {
    table.Add({waiver.id(), v1::WaiverState::Value_Name(waiver.state()), waiver.gate(),
               ModelReference(waiver.candidate()), Excerpt(RulesOf(waiver), 40), waiver.requester(),
               std::to_string(waiver.approvals_size()) + "/" + std::to_string(waiver.approvals_needed()),
               TimeText(waiver.expires_at()), Excerpt(waiver.ticket(), 30)});
    waivers.push_back(WaiverJson(waiver));
  }
  return Print(connection.options().output == OutputFormat::kJson ? Json(std::move(waivers)).DumpIndented() + "\n"
                                                                  : table.Render());
}

}  // namespace

void AddWaiverVerbs(CLI::App& app, const GlobalOptions& options, Action& action) {
  auto* waiver = app.add_subcommand("waiver", "Exceptions to rules that do not pass")->require_subcommand(1);
  auto arguments = std::make_shared<RequestArguments>();
  auto* request = waiver->add_subcommand("request", "Ask for an exception; it holds once others have approved it");
  request->add_option("VERDICT", arguments->verdict, "id of the verdict that is FAIL or INCONCLUSIVE")->required();
  request->add_option("--rule", arguments->rules, "rule that is to be waived; give it again for more")->required();
  request->add_option("--reason", arguments->reason, "why it may ship all the same")->required();
  request->add_option("--ticket", arguments->ticket, "where the exception is followed up")->required();
  request->add_option("--expires", arguments->expires, "how long it holds, 7d, or until when, 2026-12-24T18:00:00Z")
      ->required();
  request->callback([&action, &options, arguments] {
    action = [&options, arguments] {
      return WithConnection(options,
                            [&](const DaemonConnection& connection) { return RequestWaiver(connection, *arguments); });
    };
  });
  auto id = std::make_shared<std::string>();
  auto words = std::make_shared<std::string>();
  auto* approve = waiver->add_subcommand("approve", "Approve a waiver that somebody else has asked for");
  approve->add_option("WAIVER", *id, "id of the waiver")->required();
  approve->add_option("--comment", *words, "what the record says beside the name");
  approve->callback([&action, &options, id, words] {
    action = [&options, id, words] {
      return WithConnection(options,
                            [&](const DaemonConnection& connection) { return ApproveWaiver(connection, *id, *words); });
    };
  });
  auto* revoke = waiver->add_subcommand("revoke", "End a waiver for good");
  revoke->add_option("WAIVER", *id, "id of the waiver")->required();
  revoke->add_option("--reason", *words, "why it ends")->required();
  revoke->callback([&action, &options, id, words] {
    action = [&options, id, words] {
      return WithConnection(options,
                            [&](const DaemonConnection& connection) { return RevokeWaiver(connection, *id, *words); });
    };
  });
  auto* show = waiver->add_subcommand("show", "Show a waiver with its approvals");
  show->add_option("WAIVER", *id, "id of the waiver")->required();
  show->callback([&action, &options, id] {
    action = [&options, id] {
      return WithConnection(options, [&](const DaemonConnection& connection) { return ShowWaiver(connection, *id); });
    };
  });
  auto gate = std::make_shared<std::string>();
  auto limit = std::make_shared<int>(20);
  auto* list = waiver->add_subcommand("list", "List waivers, newest first");
  list->add_option("--gate", *gate, "only of this gate");
  list->add_option("--limit", *limit, "at most so many")->check(CLI::Range(1, 1000))->capture_default_str();
  list->callback([&action, &options, gate, limit] {
    action = [&options, gate, limit] {
      return WithConnection(options,
                            [&](const DaemonConnection& connection) { return ListWaivers(connection, *gate, *limit); });
    };
  });
}

}  // namespace assay
