// review lineage

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "assay/v1/review_interchange.grpc.pb.h"
#include "cli/lineage_text.h"
#include "cli/reflected_json.h"
#include "cli/verbs.h"

namespace assay {
namespace {

int ShowLineage(const DaemonConnection& connection, const std::string& id) {
  v1::GetLineageRequest request;
  request.set_project(connection.options().project);
  request.set_id(id);
  v1::GetLineageResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status =
      v1::ReviewInterchangeService::NewStub(connection.channel())->GetLineage(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  const bool is_json = connection.options().output == OutputFormat::kJson;
  return Print(is_json ? ReflectedJson(response).DumpIndented() + "\n" : LineageText(response));
}

}  // namespace

void AddReviewLineageVerb(CLI::App& review, const GlobalOptions& options, Action& action) {
  const auto id = std::make_shared<std::string>();
  auto* verb = review.add_subcommand(
      "lineage", "Where an item, a judgement or an export comes from, what it went into, and what happened since");
  verb->add_option("ID", *id, "of an item, of a judgement (ITEM/3), or of an export")->required();
  verb->callback([&action, &options, id] {
    action = [&options, id] {
      return WithConnection(options, [id](const DaemonConnection& connection) { return ShowLineage(connection, *id); });
    };
  });
}

}  // namespace assay
