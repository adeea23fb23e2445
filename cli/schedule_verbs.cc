// schedule list|next: what the daemon checks by itself, and when.

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "assay/v1/catalog.grpc.pb.h"
#include "assay/v1/schedule.grpc.pb.h"
#include "cli/exit_codes.h"
#include "cli/kinds.h"
#include "cli/reflected_json.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "config/catalog.h"
#include "core/clock.h"
#include "runners/dataset_fields.h"

namespace assay {
namespace {

constexpr std::size_t kWidestScheduleError = 60;
constexpr int kMostDueTimes = 1000;

struct NextArguments {
  std::string name, from;
  std::vector<std::string> paths;
  int count = 5;
};

std::string ScheduleTime(const google::protobuf::Timestamp& time) {
  return FormatTime(Time(std::chrono::seconds(time.seconds()))).substr(0, 16) + "Z";
}

std::string CandidateInWords(const v1::ScheduledModel& model) {
  if (!model.version().empty()) return model.model() + "@" + model.version();
  return model.stage().empty() ? model.model() : model.model() + " (" + model.stage() + ")";
}

std::string LastInWords(const v1::Schedule& schedule) {
  if (!schedule.last_error().empty())
    return ColourState("ERROR", WantsColour(STDOUT_FILENO)) + ": " +
           Excerpt(schedule.last_error(), kWidestScheduleError);
  if (schedule.last_check_id().empty()) return "none yet";
  return ColourState(v1::VerdictState::Value_Name(schedule.last_state()), WantsColour(STDOUT_FILENO)) + ", due " +
         ScheduleTime(schedule.last_due_at());
}

int ListSchedules(const DaemonConnection& connection) {
  v1::ListSchedulesRequest request;
  request.set_project(connection.options().project);
  v1::ListSchedulesResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status =
      v1::ScheduleService::NewStub(connection.channel())->ListSchedules(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  if (connection.options().output == OutputFormat::kJson) {
    Json::Array schedules;
    for (const v1::Schedule& schedule : response.schedules()) schedules.push_back(ReflectedJson(schedule));
    return Print(Json(std::move(schedules)).DumpIndented() + "\n");
  }
  if (response.schedules().empty())
    return Print("no schedule: the daemon checks gates only when it is asked (kind: Schedule of docs/catalog.md)\n");
  Table table({"SCHEDULE", "GATE", "CANDIDATE", "WHEN", "NEXT", "LAST", "CHECK", "MISSED", "SKIPPED", "ERRORS"});
  for (const v1::Schedule& schedule : response.schedules()) {
    table.Add({schedule.name(), schedule.gate(), CandidateInWords(schedule.candidate()), schedule.timing(),
               schedule.has_next_due_at() ? ScheduleTime(schedule.next_due_at()) : "paused", LastInWords(schedule),
               schedule.last_check_id(), std::to_string(schedule.missed()), std::to_string(schedule.skipped()),
               std::to_string(schedule.failed())});
  }
  return Print(table.Render());
}

int PrintDueTimes(const ScheduleSpec& schedule, const NextArguments& arguments, Time from, bool as_json) {
  std::vector<Time> due;
  for (auto next = schedule.NextAfter(from); next && std::ssize(due) < arguments.count;
       next = schedule.NextAfter(*next))
    due.push_back(*next);
  if (as_json) {
    Json::Array times;
    for (const Time time : due) times.emplace_back(FormatTime(time));
    return Print(
        Json::Of({{"schedule", schedule.name}, {"paused", schedule.paused}, {"due", std::move(times)}}).DumpIndented() +
        "\n");
  }
  if (schedule.paused)
    std::fprintf(stderr, "assay: schedule \"%s\" is paused; these are due once it is not\n", schedule.name.c_str());
  std::string lines;
  for (const Time time : due) lines += FormatTime(time).substr(0, 19) + "Z\n";
  return Print(lines);
}

Result<Time> FromTime(const NextArguments& arguments) {
  return arguments.from.empty() ? SystemClock().Now() : ParseTime(arguments.from);
}

int WithoutSchedule(const std::string& name, const Catalog& catalog) {
  std::vector<std::string> names;
  for (const CatalogDocument& document : catalog.documents) {
    if (document.schedule() != nullptr) names.push_back(document.name);
  }
  std::fprintf(stderr, "assay: there is no schedule \"%s\" in the catalog%s\n", name.c_str(),
               DidYouMean(name, names).c_str());
  return kExitUsage;
}

int NextOfFiles(const NextArguments& arguments, Time from, bool as_json) {
  Diagnostics diagnostics;
  const Catalog catalog = LoadCatalog(arguments.paths, AllKinds(), FirstRowOf, diagnostics);
  if (!diagnostics.empty()) {
    std::fputs(diagnostics.Render().c_str(), stderr);
    return kExitFail;
  }
  const CatalogDocument* found = catalog.FindSchedule(arguments.name);
  return found == nullptr ? WithoutSchedule(arguments.name, catalog)
                          : PrintDueTimes(*found->schedule(), arguments, from, as_json);
}

int NextOfDaemon(const DaemonConnection& connection, const NextArguments& arguments, Time from) {
  v1::GetDocumentRequest request;
  request.set_project(connection.options().project);
  request.set_kind(v1::DocumentKind::SCHEDULE);
  request.set_name(arguments.name);
  v1::GetDocumentResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status =
      v1::CatalogService::NewStub(connection.channel())->GetDocument(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  Diagnostics diagnostics;
  const auto document =
      ParseDocument(arguments.name, response.document().text(), AllKinds(), ReferencedFiles::kIgnore, diagnostics);
  if (!document || document->schedule() == nullptr) {
    std::fprintf(stderr, "assay: the daemon serves what this assay cannot read:\n%s", diagnostics.Render().c_str());
    return kExitError;
  }
  return PrintDueTimes(*document->schedule(), arguments, from, connection.options().output == OutputFormat::kJson);
}

int NextDueTimes(const GlobalOptions& options, const NextArguments& arguments) {
  const auto from = FromTime(arguments);
  if (!from) {
    std::fprintf(stderr, "assay: --from: %s\n", from.error().message.c_str());
    return kExitUsage;
  }
  if (!arguments.paths.empty()) return NextOfFiles(arguments, *from, options.output == OutputFormat::kJson);
  return WithConnection(options,
                        [&](const DaemonConnection& connection) { return NextOfDaemon(connection, arguments, *from); });
}

}  // namespace

void AddScheduleVerbs(CLI::App& app, const GlobalOptions& options, Action& action) {
  auto* schedule = app.add_subcommand("schedule", "Gates that the daemon checks by itself")->require_subcommand(1);
  schedule->add_subcommand("list", "List the schedules: when each is due next, and what came of it last")
      ->callback([&action, &options] { action = [&options] { return WithConnection(options, ListSchedules); }; });
  auto* next = schedule->add_subcommand("next", "Print when a schedule is due next, in UTC");
  auto arguments = std::make_shared<NextArguments>();
  next->add_option("SCHEDULE", arguments->name, "name of the schedule")->required();
  next->add_option("PATH", arguments->paths, "files or folders of the catalog: then no daemon is asked");
  next->add_option("--count", arguments->count, "so many times")
      ->check(CLI::Range(1, kMostDueTimes))
      ->capture_default_str();
  next->add_option("--from", arguments->from, "after this time, such as 2026-11-28T00:00:00Z; default: now")
      ->type_name("TIME");
  next->callback(
      [&action, &options, arguments] { action = [&options, arguments] { return NextDueTimes(options, *arguments); }; });
}

}  // namespace assay
