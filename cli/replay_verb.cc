// verdict replay: a stored verdict computed again by the daemon, and what came out otherwise.

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "assay/v1/replay.grpc.pb.h"
#include "cli/exit_codes.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/clock.h"
#include "core/json.h"

namespace assay {
namespace {

constexpr std::size_t kWidestValue = 400;  // what models and datasets say stays on its line

int ExitCodeOfReplay(const v1::ReplayVerdictResponse& replay) {
  if (replay.reproduced() && replay.differing() == 0 && replay.missing_size() == 0) return kExitOk;
  return replay.differing() > 0 ? kExitFail : kExitError;
}

Json ReplayJson(const v1::ReplayVerdictResponse& replay) {
  Json::Array differences;
  for (const v1::ReplayDifference& difference : replay.differences()) {
    differences.push_back(Json::Of(
        {{"path", difference.path()}, {"recorded", difference.recorded()}, {"replayed", difference.replayed()}}));
  }
  Json::Array missing;
  for (const std::string& text : replay.missing()) missing.emplace_back(text);
  Json::Array unchecked;
  for (const std::string& text : replay.unchecked()) unchecked.emplace_back(text);
  const auto text_or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  return Json::Of({{"verdict", replay.verdict_id()},
                   {"reproduced", replay.reproduced()},
                   {"differing", std::int64_t{replay.differing()}},
                   {"differences", std::move(differences)},
                   {"missing", std::move(missing)},
                   {"recorded_version", text_or_null(replay.recorded_version())},
                   {"recorded_build", text_or_null(replay.recorded_build())},
                   {"version", replay.version()},
                   {"build", text_or_null(replay.build())},
                   {"trials", std::int64_t{replay.trials()}},
                   {"scores", std::int64_t{replay.scores()}},
                   {"from_record", std::int64_t{replay.from_record()}},
                   {"unchecked", std::move(unchecked)}});
}

std::string ReplayText(const v1::ReplayVerdictResponse& replay) {
  std::string text = "verdict " + replay.verdict_id() + ": ";
  const int code = ExitCodeOfReplay(replay);
  if (code == kExitOk) text += "reproduced, byte for byte\n";
  if (code == kExitFail) text += "NOT reproduced: " + std::to_string(replay.differing()) + " differences\n";
  if (code == kExitError) text += "cannot be reproduced: something is missing\n";
  for (const v1::ReplayDifference& difference : replay.differences()) {
    text += "  " + Excerpt(difference.path(), kWidestValue) + ": recorded " +
            Excerpt(difference.recorded(), kWidestValue) + ", replayed " +
            Excerpt(difference.replayed(), kWidestValue) + "\n";
  }
  const std::int64_t more = replay.differing() - replay.differences_size();
  if (more > 0) text += "  and " + std::to_string(more) + " more\n";
  for (const std::string& missing : replay.missing()) text += "  missing: " + Excerpt(missing, kWidestValue) + "\n";
  for (const std::string& each : replay.unchecked()) text += "  not checked: " + Excerpt(each, kWidestValue) + "\n";
  text += std::to_string(replay.trials()) + " trials judged again, " + std::to_string(replay.scores()) +
          " scores compared, " + std::to_string(replay.from_record()) +
          " of judges, plug-ins and people taken from the record\n";
  if (!replay.recorded_version().empty() && replay.recorded_version() != replay.version())
    text += "decided by assayd " + replay.recorded_version() + ", replayed by " + replay.version() + "\n";
  return text;
}

int ReplayVerdict(const DaemonConnection& connection, const std::string& id, const std::string& timeout) {
  const auto time = ParseDuration(timeout);
  if (!time) {
    Complain("--timeout: " + time.error().message);
    return kExitUsage;
  }
  v1::ReplayVerdictRequest request;
  request.set_project(connection.options().project);
  request.set_id(id);
  v1::ReplayVerdictResponse response;
  grpc::ClientContext context;
  connection.Prepare(context, std::chrono::duration_cast<std::chrono::milliseconds>(*time));
  const auto stub = v1::ReplayService::NewStub(connection.channel());
  const grpc::Status status = stub->ReplayVerdict(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  const bool is_json = connection.options().output == OutputFormat::kJson;
  return Print(is_json ? ReplayJson(response).DumpIndented() + "\n" : ReplayText(response), ExitCodeOfReplay(response));
}

}  // namespace

void AddReplayVerb(CLI::App& verdict, const GlobalOptions& options, Action& action) {
  auto id = std::make_shared<std::string>();
  auto timeout = std::make_shared<std::string>("30m");
  auto* replay = verdict.add_subcommand(
      "replay",
      "Compute a verdict again from what it rests on. Exit code 0: reproduced, 1: it differs, 3: something is missing");
  replay->add_option("VERDICT", *id, "id of the verdict")->required();
  replay->add_option("--timeout", *timeout, "how long it may take")->capture_default_str();
  replay->callback([&action, &options, id, timeout] {
    action = [&options, id, timeout] {
      return WithConnection(
          options, [&](const DaemonConnection& connection) { return ReplayVerdict(connection, *id, *timeout); });
    };
  });
}

}  // namespace assay
