// run start|list|show|watch|results|cancel|pause|resume|set|retry|delete.

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>

#include "assay/v1/run.grpc.pb.h"
#include "cli/cost.h"
#include "cli/exit_codes.h"
#include "cli/follow.h"
#include "cli/judge_lines.h"
#include "cli/message_json.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/identifier.h"
#include "core/money.h"
#include "core/plain_line.h"

namespace assay {
namespace {

constexpr std::chrono::hours kWatchTimeout{24 * 7};

// Empty for a run without an answer, and for a model that neither has prices nor says how many tokens there were.
std::string CostLine(const v1::Run& run) {
  const Cost cost = CostOf(run);
  std::string line;
  if (cost.usd) line = "cost " + Describe(cost);
  if (run.has_budget_usd()) line += (cost.usd ? ", of a budget of " : "budget ") + FormatUsd(run.budget_usd());
  if (run.tokens_in() + run.tokens_out() > 0) {
    line += (line.empty() ? "" : "; ") + std::to_string(run.tokens_in()) + " tokens in, " +
            std::to_string(run.tokens_out()) + " out";
  }
  return line.empty() ? "" : "  " + line + "\n";
}

std::string TimeOf(const google::protobuf::Timestamp& time) {
  return FormatTime(Time(std::chrono::seconds(time.seconds()) + std::chrono::microseconds(time.nanos() / 1000)));
}

// What is gone of the run.
std::string DeletedLine(const v1::Run& run) {
  if (run.has_deleted_at())
    return "  deleted at " + TimeOf(run.deleted_at()) + " by " + PlainLine(run.deleted_by()) +
           ": its trials and scores are gone, its counts are what it had\n";
  if (run.has_responses_deleted_at())
    return "  responses deleted at " + TimeOf(run.responses_deleted_at()) + ": its scores are there, without reasons\n";
  return "";
}

std::string Describe(const v1::Run& run) {
  const v1::Counts& counts = run.counts();
  std::string text = "run " + run.id() + "  suite " + run.suite().name() + "  model " + ModelReference(run.model()) +
                     "  " + v1::RunState::Value_Name(run.state()) + "\n";
  Table table({"SCHEDULED", "SCORED", "UNSCORED", "ERROR", "SKIPPED", "AWAITING HUMAN", "OUTSTANDING"});
  table.Add({std::to_string(counts.scheduled()), std::to_string(counts.scored()), std::to_string(counts.unscored()),
             std::to_string(counts.error()), std::to_string(counts.skipped()), std::to_string(counts.awaiting_human()),
             std::to_string(counts.outstanding())});
  text += table.Render(2);
  text += DeletedLine(run);
  if (!run.error().empty()) text += "  " + PlainLine(run.error()) + "\n";
  if (!run.retry_of().empty()) text += "  asks again for what run " + run.retry_of() + " left without an answer\n";
  text += CostLine(run);
  if (run.answers_cached() > 0) text += "  " + std::to_string(run.answers_cached()) + " answers from the cache\n";
  for (const std::string& line : JudgeLines(run)) text += "  " + PlainLine(line) + "\n";
  if (run.concurrency() > 0) text += "  " + std::to_string(run.concurrency()) + " trials at once\n";
  return text;
}

int ExitCodeOf(const v1::Run& run) {
  if (run.state() == v1::RunState::ERROR) return kExitError;
  if (run.state() == v1::RunState::STOPPED) return kExitInconclusive;
  return run.state() == v1::RunState::CANCELLED ? kExitCancelled : kExitOk;
}

int PrintRun(const DaemonConnection& connection, const v1::Run& run, int code = kExitOk) {
  return Print(connection.options().output == OutputFormat::kJson ? ToJson(run).DumpIndented() + "\n" : Describe(run),
               code);
}

int Watch(const DaemonConnection& connection, const std::string& id) {
  v1::WatchRunRequest request;
  request.set_project(connection.options().project);
  request.set_id(id);
  Progress progress("run " + id.substr(0, 8));
  v1::Run last;
  const auto stub = v1::RunService::NewStub(connection.channel());
  const auto read = [&](grpc::ClientContext& context, bool& has_read) {
    const auto reader = stub->WatchRun(&context, request);
    for (v1::WatchRunResponse update; reader->Read(&update); has_read = true) {
      last = update.run();
      progress.Show(last.counts().scheduled() - last.counts().outstanding(), last.counts().scheduled(),
                    v1::RunState::Value_Name(last.state()));
    }
    return reader->Finish();
  };
  const grpc::Status status = FollowStream(connection, std::chrono::steady_clock::now() + kWatchTimeout, read);
  progress.End();
  if (!status.ok()) return connection.Report(status);
  return PrintRun(connection, last, ExitCodeOf(last));
}

int Start(const DaemonConnection& connection, const std::string& suite, const std::string& model,
          const std::optional<double>& budget_usd, bool wait) {
  v1::StartRunRequest request;
  request.set_project(connection.options().project);
  request.set_request_id(MakeId(SystemClock().Now()));
  request.set_suite(suite);
  request.set_model(model);
  if (budget_usd) request.set_budget_usd(*budget_usd);
  v1::StartRunResponse response;
  grpc::ClientContext context;
  connection.Prepare(context, std::chrono::minutes(10));  // the first run of a suite reads its dataset
  const grpc::Status status = v1::RunService::NewStub(connection.channel())->StartRun(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  return wait ? Watch(connection, response.run().id()) : PrintRun(connection, response.run());
}

int Show(const DaemonConnection& connection, const std::string& id) {
  v1::GetRunRequest request;
  request.set_project(connection.options().project);
  request.set_id(id);
  v1::GetRunResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status = v1::RunService::NewStub(connection.channel())->GetRun(&context, request, &response);
  return status.ok() ? PrintRun(connection, response.run()) : connection.Report(status);
}

// A call on one run that answers with the run as it is then.
template <class Response, class Request>
int Change(const DaemonConnection& connection, const std::string& id, Request request,
           grpc::Status (v1::RunService::StubInterface::*method)(grpc::ClientContext*, const Request&, Response*),
           std::chrono::seconds timeout = std::chrono::seconds(30)) {
  request.set_project(connection.options().project);
  request.set_id(id);
  Response response;
  grpc::ClientContext context;
  connection.Prepare(context, timeout);
  const auto stub = v1::RunService::NewStub(connection.channel());
  v1::RunService::StubInterface& calls = *stub;
  const grpc::Status status = (calls.*method)(&context, request, &response);
  return status.ok() ? PrintRun(connection, response.run()) : connection.Report(status);
}

int Cancel(const DaemonConnection& connection, const std::string& id, const std::string& reason) {
  v1::CancelRunRequest request;
  request.set_reason(reason);
  return Change(connection, id, request, &v1::RunService::StubInterface::CancelRun, std::chrono::seconds(60));
}

int Pause(const DaemonConnection& connection, const std::string& id, const std::string& reason) {
  v1::PauseRunRequest request;
  request.set_reason(reason);
  return Change(connection, id, request, &v1::RunService::StubInterface::PauseRun, std::chrono::seconds(90));
}

int Resume(const DaemonConnection& connection, const std::string& id) {
  return Change(connection, id, v1::ResumeRunRequest(), &v1::RunService::StubInterface::ResumeRun);
}

int SetConcurrency(const DaemonConnection& connection, const std::string& id, int concurrency) {
  v1::SetRunConcurrencyRequest request;
  request.set_concurrency(concurrency);
  return Change(connection, id, request, &v1::RunService::StubInterface::SetRunConcurrency);
}

int Delete(const DaemonConnection& connection, const std::string& id, const std::string& reason) {
  v1::DeleteRunRequest request;
  request.set_reason(reason);
  return Change(connection, id, request, &v1::RunService::StubInterface::DeleteRun);
}

int Retry(const DaemonConnection& connection, const std::string& id, bool wait) {
  v1::RetryRunRequest request;
  request.set_project(connection.options().project);
  request.set_request_id(MakeId(SystemClock().Now()));
  request.set_id(id);
  v1::RetryRunResponse response;
  grpc::ClientContext context;
  connection.Prepare(context, std::chrono::minutes(10));  // answered trials are copied
  const grpc::Status status = v1::RunService::NewStub(connection.channel())->RetryRun(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  return wait ? Watch(connection, response.run().id()) : PrintRun(connection, response.run());
}

int List(const DaemonConnection& connection, const std::string& suite, const std::string& model, int limit) {
  v1::ListRunsRequest request;
  request.set_project(connection.options().project);
  request.set_suite(suite);
  request.set_model(model);
  request.set_page_size(limit);
  v1::ListRunsResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status = v1::RunService::NewStub(connection.channel())->ListRuns(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  if (connection.options().output == OutputFormat::kJson) {
    Json::Array runs;
    for (const v1::Run& run : response.runs()) runs.push_back(ToJson(run));
    return Print(Json(std::move(runs)).DumpIndented() + "\n");
  }
  Table table({"RUN", "SUITE", "MODEL", "STATE", "TRIALS", "COST"});
  for (const v1::Run& run : response.runs()) {
    table.Add({run.id(), run.suite().name(), ModelReference(run.model()),
               v1::RunState::Value_Name(run.state()) + (run.has_deleted_at() ? ", deleted" : ""),
               std::to_string(run.counts().scheduled() - run.counts().outstanding() - run.counts().skipped()) + "/" +
                   std::to_string(run.counts().scheduled()),
               Describe(CostOf(run))});
  }
  return Print(table.Render());
}

// One JSON line a trial in either output format: made for jq and for files.
int Results(const DaemonConnection& connection, const std::string& id, const std::string& status_word,
            bool without_responses) {
  v1::StreamResultsRequest request;
  request.set_project(connection.options().project);
  request.set_run_id(id);
  request.set_omit_responses(without_responses);
  if (!status_word.empty()) {
    std::string word = status_word;
    for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    v1::TrialStatus::Value value{};
    if (!v1::TrialStatus::Value_Parse(word, &value) || value == v1::TrialStatus::UNSPECIFIED) {
      std::fprintf(stderr, "assay: \"%s\" is no status; use scored, unscored, error, skipped or awaiting_human\n",
                   status_word.c_str());
      return kExitUsage;
    }
    request.set_status(value);
  }
  grpc::ClientContext context;
  connection.Prepare(context, std::chrono::hours(6));
  const auto reader = v1::RunService::NewStub(connection.channel())->StreamResults(&context, request);
  v1::StreamResultsResponse page;
  while (reader->Read(&page)) {
    std::string lines;
    for (const v1::Trial& trial : page.trials()) lines += ToJson(trial).Dump() + "\n";
    if (const int code = Print(lines); code != kExitOk) {
      context.TryCancel();
      return code;
    }
  }
  return connection.Report(reader->Finish());
}

}  // namespace

void AddRunVerbs(CLI::App& app, const GlobalOptions& options, Action& action) {
  auto* run = app.add_subcommand("run", "Runs of suites against models")->require_subcommand(1);
  struct Arguments {
    std::string suite, model, id, status, reason;
    bool wait = false, without_responses = false;
    int limit = 20, concurrency = 0;
    std::optional<double> budget_usd;
  };
  auto arguments = std::make_shared<Arguments>();
  const auto bind = [&action, &options](CLI::App* verb, std::function<int(const DaemonConnection&)> body) {
    verb->callback([&action, &options, body = std::move(body)] {
      action = [&options, body] { return WithConnection(options, body); };
    });
  };
  auto* start = run->add_subcommand("start", "Start a run");
  start->add_option("--suite", arguments->suite, "name of the suite")->required();
  start->add_option("--model", arguments->model, "M@V, or M for the newest registered version")->required();
  start
      ->add_option("--budget-usd", arguments->budget_usd,
                   "stop it before it costs more; instead of the suite's budget_usd")
      ->check(CLI::Validator(
          [](const std::string& text) {
            double usd = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), usd);
            const bool is_amount = error == std::errc() && end == text.data() + text.size() && usd > 0 && usd < 1e12;
            return is_amount ? std::string() : "expected dollars above 0, such as 2.50, not \"" + text + "\"";
          },
          "USD"));
  start->add_flag(
      "--wait", arguments->wait,
      "wait for its end: exit code 2 if it stopped at its budget, 3 if it ended in ERROR, 5 if it was cancelled");
  bind(start, [arguments](const DaemonConnection& connection) {
    return Start(connection, arguments->suite, arguments->model, arguments->budget_usd, arguments->wait);
  });

  auto* list = run->add_subcommand("list", "List runs, newest first");
  list->add_option("--suite", arguments->suite, "only of this suite");
  list->add_option("--model", arguments->model, "only of this model, M or M@V");
  list->add_option("--limit", arguments->limit, "at most so many")->check(CLI::Range(1, 1000))->capture_default_str();
  bind(list, [arguments](const DaemonConnection& connection) {
    return List(connection, arguments->suite, arguments->model, arguments->limit);
  });

  const auto with_id = [&](const char* name, const char* help) {
    auto* verb = run->add_subcommand(name, help);
    verb->add_option("RUN", arguments->id, "id of the run")->required();
    return verb;
  };
  bind(with_id("show", "Show a run with its counts"),
       [arguments](const DaemonConnection& connection) { return Show(connection, arguments->id); });
  bind(with_id("watch", "Follow a run to its end; exit codes as of start --wait"),
       [arguments](const DaemonConnection& connection) { return Watch(connection, arguments->id); });
  auto* results = with_id("results", "Print one JSON line for each trial");
  results->add_option("--status", arguments->status, "only scored, unscored, error, skipped or awaiting_human");
  results->add_flag("--without-responses", arguments->without_responses, "leave the responses out");
  bind(results, [arguments](const DaemonConnection& connection) {
    return Results(connection, arguments->id, arguments->status, arguments->without_responses);
  });
  auto* cancel = with_id("cancel", "Stop a run");
  cancel->add_option("--reason", arguments->reason, "for people");
  bind(cancel, [arguments](const DaemonConnection& connection) {
    return Cancel(connection, arguments->id, arguments->reason);
  });
  auto* pause = with_id("pause", "Send nothing more until resume; waits for what is in flight");
  pause->add_option("--reason", arguments->reason, "for people");
  bind(pause,
       [arguments](const DaemonConnection& connection) { return Pause(connection, arguments->id, arguments->reason); });
  bind(with_id("resume", "Go on with a paused run"),
       [arguments](const DaemonConnection& connection) { return Resume(connection, arguments->id); });
  auto* set = with_id("set", "Change a run that is going on");
  set->add_option("--concurrency", arguments->concurrency,
                  "trials in progress at once; 0: as many as the endpoint's limits allow")
      ->check(CLI::Range(0, 10'000))
      ->required();
  bind(set, [arguments](const DaemonConnection& connection) {
    return SetConcurrency(connection, arguments->id, arguments->concurrency);
  });
  auto* remove = with_id("delete", "Delete the trials and scores of an ended run, unless a live verdict rests on it");
  remove->add_option("--reason", arguments->reason, "for people");
  bind(remove, [arguments](const DaemonConnection& connection) {
    return Delete(connection, arguments->id, arguments->reason);
  });
  auto* retry =
      with_id("retry", "Start a run that takes over the answered trials of an ended one and asks for the rest");
  retry->add_flag("--wait", arguments->wait, "wait for its end; exit codes as of start --wait");
  bind(retry,
       [arguments](const DaemonConnection& connection) { return Retry(connection, arguments->id, arguments->wait); });
}

}  // namespace assay
