// suite list|show: what the daemon serves.

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "assay/v1/catalog.grpc.pb.h"
#include "cli/exit_codes.h"
#include "cli/message_json.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace assay {
namespace {

int ListDocuments(const DaemonConnection& connection, v1::DocumentKind::Value kind) {
  v1::ListDocumentsRequest request;
  request.set_project(connection.options().project);
  request.set_kind(kind);
  v1::ListDocumentsResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status =
      v1::CatalogService::NewStub(connection.channel())->ListDocuments(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  if (connection.options().output == OutputFormat::kJson) {
    Json::Array documents;
    for (const v1::Document& document : response.documents()) documents.push_back(ToJson(document));
    return Print(Json(std::move(documents)).DumpIndented() + "\n");
  }
  Table table({"NAME", "VERSION", "FILE"});
  for (const v1::Document& document : response.documents()) {
    table.Add({document.name(), document.content_version().substr(0, 19), document.source()});
  }
  return Print(table.Render());
}

int ShowDocument(const DaemonConnection& connection, v1::DocumentKind::Value kind, const std::string& name) {
  v1::GetDocumentRequest request;
  request.set_project(connection.options().project);
  request.set_kind(kind);
  request.set_name(name);
  v1::GetDocumentResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status =
      v1::CatalogService::NewStub(connection.channel())->GetDocument(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  if (connection.options().output == OutputFormat::kJson)
    return Print(ToJson(response.document()).DumpIndented() + "\n");
  const v1::Document& document = response.document();
  const std::string text = "# " + document.source() + "  " + document.content_version() + "\n" + document.text() +
                           (document.text().ends_with('\n') ? "" : "\n");
  // A file for other programs, unless it is only looked at.
  return isatty(STDOUT_FILENO) == 1 ? Print(text) : PrintAsItIs(text);
}

}  // namespace

void AddCatalogVerbs(CLI::App& app, const GlobalOptions& options, Action& action) {
  auto* suite = app.add_subcommand("suite", "Suites of the catalog in service")->require_subcommand(1);
  suite->add_subcommand("list", "List the suites")->callback([&action, &options] {
    action = [&options] {
      return WithConnection(options, [](const DaemonConnection& connection) {
        return ListDocuments(connection, v1::DocumentKind::SUITE);
      });
    };
  });
  auto* show = suite->add_subcommand("show", "Print a suite as it was written");
  auto name = std::make_shared<std::string>();
  show->add_option("SUITE", *name, "name of the suite")->required();
  show->callback([&action, &options, name] {
    action = [&options, name] {
      return WithConnection(options, [&](const DaemonConnection& connection) {
        return ShowDocument(connection, v1::DocumentKind::SUITE, *name);
      });
    };
  });
}

}  // namespace assay
