// review lineage

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "assay/v1/review_interchange.grpc.pb.h"
#include "cli/lineage_pages.h"
#include "cli/lineage_text.h"
#include "cli/reflected_json.h"
#include "cli/verbs.h"

namespace assay {
namespace {

struct LineageArguments {
  std::string id;
  int most = 10'000;
};

int ShowLineage(const DaemonConnection& connection, const LineageArguments& arguments) {
  v1::GetLineageRequest request;
  request.set_project(connection.options().project);
  request.set_id(arguments.id);
  const auto stub = v1::ReviewInterchangeService::NewStub(connection.channel());
  const LineageFetch fetch =
      [&](const v1::GetLineageRequest& page) -> std::expected<v1::GetLineageResponse, grpc::Status> {
    v1::GetLineageResponse response;
    grpc::ClientContext context;
    connection.Prepare(context);
    const grpc::Status status = stub->GetLineage(&context, page, &response);
    if (!status.ok()) return std::unexpected(status);
    return response;
  };
  const auto lineage = ReadLineage(std::move(request), arguments.most, fetch);
  if (!lineage) return connection.Report(lineage.error());
  const bool is_json = connection.options().output == OutputFormat::kJson;
  return Print(is_json ? ReflectedJson(*lineage).DumpIndented() + "\n" : LineageText(*lineage));
}

}  // namespace

void AddReviewLineageVerb(CLI::App& review, const GlobalOptions& options, Action& action) {
  const auto arguments = std::make_shared<LineageArguments>();
  auto* verb = review.add_subcommand(
      "lineage", "Where an item, a judgement or an export comes from, what it went into, and what happened since");
  verb->add_option("ID", arguments->id, "of an item, of a judgement (ITEM/3), or of an export")->required();
  verb->add_option("--most", arguments->most, "items of an export, the oldest first")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  verb->callback([&action, &options, arguments] {
    action = [&options, arguments] {
      return WithConnection(options,
                            [&](const DaemonConnection& connection) { return ShowLineage(connection, *arguments); });
    };
  });
}

}  // namespace assay
