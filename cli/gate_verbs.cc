// gate check|show and verdict show|list; verdict verify is in verify_verb.cc.

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "assay/v1/gate.grpc.pb.h"
#include "cli/check_report.h"
#include "cli/exit_codes.h"
#include "cli/failing_cases.h"
#include "cli/follow.h"
#include "cli/github_report.h"
#include "cli/log_commands.h"
#include "cli/message_json.h"
#include "cli/progress.h"
#include "cli/release_decisions.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/waivers_report.h"
#include "core/clock.h"
#include "core/identifier.h"

namespace assay {
namespace {

using std::chrono::steady_clock;

// For storing a check. A busy store answers within 10 s.
constexpr std::chrono::milliseconds kMinimumWait{15'000};
constexpr std::chrono::milliseconds kMaximumWait{60'000};
constexpr Duration kUsualTimeout = std::chrono::minutes(30);

struct CheckArguments {
  std::string gate;
  std::string candidate;
  std::string baseline;
  std::string timeout = "";  // "": the gate's own
  ReportFormat format = ReportFormat::kText;
  bool fresh = false;
};

void ShowProgress(const v1::Check& check, Progress& progress) {
  std::int64_t done = 0;
  std::int64_t total = 0;
  for (const v1::CheckRun& run : check.runs()) {
    done += run.run().counts().scheduled() - run.run().counts().outstanding();
    total += run.run().counts().scheduled();
  }
  progress.Show(done, total, v1::VerdictState::Value_Name(check.state()));
}

// Follows a check until its verdict or `deadline`, across restarts of the daemon. `check` is the newest that was seen.
grpc::Status Follow(const DaemonConnection& connection, steady_clock::time_point deadline, v1::Check& check) {
  Progress progress("gate " + check.gate());
  ShowProgress(check, progress);
  if (check.state() != v1::VerdictState::PENDING) return grpc::Status::OK;
  v1::WatchCheckRequest request;
  request.set_project(connection.options().project);
  request.set_id(check.id());
  const auto stub = v1::GateService::NewStub(connection.channel());
  const auto read = [&](grpc::ClientContext& context, bool& has_read) {
    const auto reader = stub->WatchCheck(&context, request);
    for (v1::WatchCheckResponse update; reader->Read(&update); has_read = true) {
      check = update.check();
      ShowProgress(check, progress);
    }
    return reader->Finish();
  };
  const grpc::Status status = FollowStream(connection, deadline, read);
  return status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED ? grpc::Status::OK : status;  // still PENDING
}

// What is given, else what the gate says.
Duration TimeoutOf(const std::optional<Duration>& given, const v1::Check& check) {
  if (given) return *given;
  if (!check.has_timeout()) return kUsualTimeout;
  return std::chrono::seconds(check.timeout().seconds()) +
         std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(check.timeout().nanos()));
}

int CheckGate(const DaemonConnection& connection, const CheckArguments& arguments) {
  std::optional<Duration> given;
  if (!arguments.timeout.empty()) {
    const auto parsed = ParseDuration(arguments.timeout);
    if (!parsed) {
      Complain("--timeout: " + parsed.error().message);
      return kExitUsage;
    }
    given = *parsed;
  }
  if (connection.options().output == OutputFormat::kJson && arguments.format != ReportFormat::kText &&
      arguments.format != ReportFormat::kJson) {
    std::fprintf(stderr, "assay: --output json and another --format contradict each other; give one\n");
    return kExitUsage;
  }
  const auto asked = steady_clock::now();
  v1::CheckGateRequest request;
  request.set_project(connection.options().project);
  request.set_request_id(MakeId(SystemClock().Now()));
  request.set_gate(arguments.gate);
  request.set_candidate(arguments.candidate);
  request.set_baseline(arguments.baseline);
  request.set_fresh(arguments.fresh);
  v1::CheckGateResponse response;
  grpc::ClientContext context;
  const auto answer_by = asked + given.value_or(kUsualTimeout);
  connection.Prepare(context, std::clamp(TimeLeft(answer_by), kMinimumWait, kMaximumWait));
  grpc::Status status = v1::GateService::NewStub(connection.channel())->CheckGate(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  v1::Check check = response.check();
  const Duration timeout = TimeoutOf(given, check);
  status = Follow(connection, asked + timeout, check);
  if (!status.ok()) return connection.Report(status);
  if (check.state() == v1::VerdictState::PENDING) {
    std::fprintf(stderr, "assay: no verdict within %s; check %s goes on (assay gate show %s --exit-code)\n",
                 FormatDuration(timeout).c_str(), check.id().c_str(), check.id().c_str());
  }
  const ReportFormat format =
      connection.options().output == OutputFormat::kJson ? ReportFormat::kJson : arguments.format;
  const std::vector<FailingCase> failing = LookUpFailingCases(connection, check);
  const FailureGroups groups = LookUpFailureGroups(connection, check);
  if (format == ReportFormat::kGithub) {
    // The verdict stands whether or not its page can be shown.
    if (const Status written = AppendStepSummary(check, failing, groups); !written) {
      Complain(written.error().message);
    }
  }
  if (const std::string hint = WaiverHint(check); !hint.empty() && format == ReportFormat::kText) Complain(hint);
  const std::string report = RenderCheck(check, failing, format, WantsColour(STDOUT_FILENO), groups);
  if (format == ReportFormat::kGithub) return PrintAsItIs(Printable(report, LineStarts::kOurOwn), ExitCodeOf(check));
  return Print(report, ExitCodeOf(check));
}

// `note` stands below it, in text.
enum class ShowExit { kShown, kOfTheCheck };

int ShowCheck(const DaemonConnection& connection, const std::string& id, ShowExit exit = ShowExit::kShown,
              const std::string& note = "") {
  v1::GetCheckRequest request;
  request.set_project(connection.options().project);
  request.set_id(id);
  v1::GetCheckResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status = v1::GateService::NewStub(connection.channel())->GetCheck(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  const ReportFormat format =
      connection.options().output == OutputFormat::kJson ? ReportFormat::kJson : ReportFormat::kText;
  const std::string decided =
      format == ReportFormat::kText ? note + DecisionLines(connection, response.check().verdict().id()) : "";
  return Print(RenderCheck(response.check(), LookUpFailingCases(connection, response.check()), format,
                           WantsColour(STDOUT_FILENO), LookUpFailureGroups(connection, response.check())) +
                   decided,
               exit == ShowExit::kOfTheCheck ? ExitCodeOf(response.check()) : kExitOk);
}

enum class VerdictFormat { kReport, kEnvelope, kSummary };
constexpr std::pair<const char*, VerdictFormat> kVerdictFormats[] = {
    {"report", VerdictFormat::kReport}, {"envelope", VerdictFormat::kEnvelope}, {"summary", VerdictFormat::kSummary}};

// Byte for byte, so that the digest of the file is the one that a summary names.
int PrintEnvelope(const v1::Verdict& verdict, VerdictFormat format) {
  const bool is_summary = format == VerdictFormat::kSummary;
  const std::string& text = is_summary ? verdict.summary_envelope() : verdict.envelope();
  if (!text.empty()) return PrintAsItIs(text);
  const bool is_signed = !verdict.envelope().empty();
  std::fprintf(stderr, "assay: verdict %s %s\n", verdict.id().c_str(),
               is_signed ? "has no summary: there is one of PASS only"
                         : "is not signed: its daemon had no signing key (verdicts.signing_key in assayd.yaml)");
  return kExitError;
}

std::string ChainNote(const v1::Verdict& verdict) {
  std::string note = "verdict " + verdict.id();
  if (verdict.sequence() > 0) note += ", number " + std::to_string(verdict.sequence()) + " of its gate";
  return note + (verdict.envelope().empty() ? ", not signed\n" : ", signed\n");
}

int ShowVerdict(const DaemonConnection& connection, const std::string& id, VerdictFormat format) {
  v1::GetVerdictRequest request;
  request.set_project(connection.options().project);
  request.set_id(id);
  v1::GetVerdictResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status = v1::GateService::NewStub(connection.channel())->GetVerdict(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  if (format != VerdictFormat::kReport) return PrintEnvelope(response.verdict(), format);
  if (connection.options().output == OutputFormat::kJson) {
    Json document = Json::Parse(response.verdict().document()).value_or(Json());
    Json::Object named = {{"id", response.verdict().id()},
                          {"check_id", response.verdict().check_id()},
                          {"document_hash", response.verdict().document_hash()},
                          {"signed", !response.verdict().envelope().empty()},
                          {"decision_now", v1::VerdictState::Value_Name(response.verdict().decision())},
                          {"waivers_now", WaiversJson(response.verdict())},
                          {"release_decisions", DecisionsJson(connection, response.verdict().id())}};
    if (document.is_object()) named.insert(named.end(), document.as_object().begin(), document.as_object().end());
    return Print(Json(std::move(named)).DumpIndented() + "\n");
  }
  return ShowCheck(connection, response.verdict().check_id(), ShowExit::kShown, ChainNote(response.verdict()));
}

int ListVerdicts(const DaemonConnection& connection, const std::string& gate, int limit) {
  v1::ListVerdictsRequest request;
  request.set_project(connection.options().project);
  request.set_gate(gate);
  request.set_page_size(limit);
  v1::ListVerdictsResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status =
      v1::GateService::NewStub(connection.channel())->ListVerdicts(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  Table table({"VERDICT", "GATE", "CANDIDATE", "STATE", "REASON"});
  Json::Array verdicts;
  for (const v1::Verdict& verdict : response.verdicts()) {
    const std::string state = v1::VerdictState::Value_Name(verdict.state());
    table.Add({verdict.id(), verdict.gate(), ModelReference(verdict.candidate()),
               ColourState(state, WantsColour(STDOUT_FILENO)) + (IsWaived(verdict) ? ", WAIVED" : ""),
               Excerpt(verdict.reason(), 60)});
    verdicts.push_back(Json::Of({{"id", verdict.id()},
                                 {"check_id", verdict.check_id()},
                                 {"gate", verdict.gate()},
                                 {"candidate", ModelReference(verdict.candidate())},
                                 {"state", state},
                                 {"decision", v1::VerdictState::Value_Name(verdict.decision())},
                                 {"reason", verdict.reason()}}));
  }
  return Print(connection.options().output == OutputFormat::kJson ? Json(std::move(verdicts)).DumpIndented() + "\n"
                                                                  : table.Render());
}

}  // namespace

void AddGateVerbs(CLI::App& app, const GlobalOptions& options, Action& action) {
  auto* gate = app.add_subcommand("gate", "Decide gates")->require_subcommand(1);
  auto arguments = std::make_shared<CheckArguments>();
  auto* check = gate->add_subcommand(
      "check", "May this candidate ship? Exit code 0 PASS (or waived), 1 FAIL, 2 INCONCLUSIVE, 3 ERROR, 4 PENDING");
  check->add_option("GATE", arguments->gate, "name of the gate")->required();
  check->add_option("--candidate", arguments->candidate, "M@V, or M for the newest registered version")->required();
  check->add_option("--baseline", arguments->baseline,
                    "M@V or M to compare with, for rules that compare; default: the gate's own");
  check->add_option("--timeout", arguments->timeout,
                    "how long to wait for the verdict, e.g. 90s or 2h; default: the gate's timeout, or 30m");
  const auto set_format = [arguments](const std::string& word) {
    arguments->format = *ParseReportFormat(word);  // checked below
  };
  check->add_option_function<std::string>("--format", set_format, "how the answer is printed")
      ->check(CLI::IsMember(ReportFormatWords()))
      ->type_name("FORMAT");
  check->add_flag("--fresh", arguments->fresh, "start new runs even where complete ones exist");
  check->callback([&action, &options, arguments] {
    action = [&options, arguments] {
      return WithConnection(options,
                            [&](const DaemonConnection& connection) { return CheckGate(connection, *arguments); });
    };
  });
  auto id = std::make_shared<std::string>();
  auto* show = gate->add_subcommand("show", "Show a check");
  show->add_option("CHECK", *id, "id of the check")->required();
  auto exit = std::make_shared<ShowExit>(ShowExit::kShown);
  show->add_flag_callback(
      "--exit-code", [exit] { *exit = ShowExit::kOfTheCheck; }, "exit as `gate check` does: 0 PASS, 1 FAIL, ...");
  show->callback([&action, &options, id, exit] {
    action = [&options, id, exit] {
      return WithConnection(options,
                            [&](const DaemonConnection& connection) { return ShowCheck(connection, *id, *exit); });
    };
  });
}

void AddVerdictVerbs(CLI::App& app, const GlobalOptions& options, Action& action) {
  auto* verdict = app.add_subcommand("verdict", "Verdicts of gates")->require_subcommand(1);
  auto id = std::make_shared<std::string>();
  auto* show = verdict->add_subcommand("show", "Show a verdict with its evidence");
  show->add_option("VERDICT", *id, "id of the verdict")->required();
  auto format = std::make_shared<VerdictFormat>(VerdictFormat::kReport);
  const auto set_format = [format](const std::string& word) {
    for (const auto& [name, value] : kVerdictFormats) {
      if (word == name) *format = value;
    }
  };
  show->add_option_function<std::string>("--format", set_format,
                                         "report, the signed envelope, or of a PASS the signed SLSA summary")
      ->check(CLI::IsMember({"report", "envelope", "summary"}))
      ->type_name("FORMAT");
  show->callback([&action, &options, id, format] {
    action = [&options, id, format] {
      return WithConnection(options,
                            [&](const DaemonConnection& connection) { return ShowVerdict(connection, *id, *format); });
    };
  });
  AddVerdictCasesVerb(*verdict, options, action);
  AddVerifyVerb(*verdict, options, action);
  AddReplayVerb(*verdict, options, action);
  AddReleaseVerbs(*verdict, options, action);
  auto gate = std::make_shared<std::string>();
  auto limit = std::make_shared<int>(20);
  auto* list = verdict->add_subcommand("list", "List verdicts, newest first");
  list->add_option("--gate", *gate, "only of this gate");
  list->add_option("--limit", *limit, "at most so many")->check(CLI::Range(1, 1000))->capture_default_str();
  list->callback([&action, &options, gate, limit] {
    action = [&options, gate, limit] {
      return WithConnection(
          options, [&](const DaemonConnection& connection) { return ListVerdicts(connection, *gate, *limit); });
    };
  });
}

}  // namespace assay
