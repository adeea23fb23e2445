// endpoint list: how much of itself each endpoint allows now, and why.

#include <google/protobuf/duration.pb.h>
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>

#include "assay/v1/endpoint.grpc.pb.h"
#include "cli/message_json.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/clock.h"

namespace assay {
namespace {

std::string Shown(const google::protobuf::Duration& duration) {
  const Duration exact = std::chrono::seconds(duration.seconds()) + std::chrono::microseconds(duration.nanos() / 1000);
  // Nobody reads the microseconds of minutes.
  const auto unit = exact < std::chrono::seconds(10) ? std::chrono::milliseconds(10) : std::chrono::milliseconds(1000);
  return FormatDuration(exact / unit * unit);
}

// What the endpoint is at, in a few words; the gravest first.
std::string StateOf(const v1::Endpoint& endpoint) {
  if (endpoint.has_failing_for()) {
    return std::string(endpoint.given_up() ? "given up" : "down") + " for " + Shown(endpoint.failing_for()) + ": " +
           endpoint.last_failure();
  }
  if (endpoint.given_up()) return "given up, it refuses everything: " + endpoint.last_failure();
  if (endpoint.has_held_for()) return "held for " + Shown(endpoint.held_for()) + ": it answered 429";
  if (endpoint.has_spacing()) return "slowed to one request in " + Shown(endpoint.spacing());
  if (endpoint.has_last_cut()) {
    const v1::LimitCut& cut = endpoint.last_cut();
    return "cut from " + std::to_string(cut.from()) + " to " + std::to_string(cut.to()) + " " + Shown(cut.ago()) +
           " ago: " + cut.reason();
  }
  return "ok";
}

int ListEndpoints(const DaemonConnection& connection) {
  v1::ListEndpointsRequest request;
  request.set_project(connection.options().project);
  v1::ListEndpointsResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status =
      v1::EndpointService::NewStub(connection.channel())->ListEndpoints(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  if (connection.options().output == OutputFormat::kJson) {
    Json::Array endpoints;
    for (const v1::Endpoint& endpoint : response.endpoints()) endpoints.push_back(ToJson(endpoint));
    return Print(Json(std::move(endpoints)).DumpIndented() + "\n");
  }
  if (response.endpoints().empty()) return Print("no endpoint is in use: no run is going on\n");
  Table table({"ENDPOINT", "LIMIT", "IN FLIGHT", "WAITING", "CREDENTIAL", "STATE"});
  for (const v1::Endpoint& endpoint : response.endpoints()) {
    table.Add(
        {endpoint.name() + "@" + endpoint.version(),
         std::to_string(endpoint.concurrency_limit()) + "/" + std::to_string(endpoint.concurrency()),
         std::to_string(endpoint.in_flight()), std::to_string(endpoint.waiting()),
         std::to_string(endpoint.credential_in_flight()) + "/" + std::to_string(endpoint.credential_concurrency()),
         StateOf(endpoint)});
  }
  return Print(table.Render());
}

}  // namespace

void AddEndpointVerbs(CLI::App& app, const GlobalOptions& options, Action& action) {
  auto* endpoint = app.add_subcommand("endpoint", "Endpoints that runs use now")->require_subcommand(1);
  endpoint->add_subcommand("list", "List them with the state of their limits")->callback([&action, &options] {
    action = [&options] { return WithConnection(options, ListEndpoints); };
  });
}

}  // namespace assay
