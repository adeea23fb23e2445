// model register|list|show|promote.

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "assay/v1/model.grpc.pb.h"
#include "cli/exit_codes.h"
#include "cli/message_json.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/file.h"
#include "core/identifier.h"

namespace assay {
namespace {

int PrintModel(const DaemonConnection& connection, const v1::Model& model, const std::string& text) {
  return Print(connection.options().output == OutputFormat::kJson ? ToJson(model).DumpIndented() + "\n" : text);
}

int Register(const DaemonConnection& connection, const std::string& file) {
  const auto document = ReadFile(file, 1 << 20);
  if (!document) {
    Complain(document.error().message);
    return kExitUsage;
  }
  v1::RegisterModelRequest request;
  request.set_project(connection.options().project);
  request.set_request_id(MakeId(SystemClock().Now()));
  request.set_document(*document);
  v1::RegisterModelResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status =
      v1::ModelService::NewStub(connection.channel())->RegisterModel(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  return PrintModel(
      connection, response.model(),
      "registered " + ModelReference(response.model().ref()) + "  " + response.model().ref().content_version() + "\n");
}

int List(const DaemonConnection& connection, const std::string& name) {
  Table table({"MODEL", "VERSION", "CONTENT", "REGISTERED", "BY"});
  Json::Array models;
  v1::ListModelsRequest request;
  request.set_project(connection.options().project);
  request.set_name(name);
  request.set_page_size(1000);
  do {
    v1::ListModelsResponse response;
    grpc::ClientContext context;
    connection.Prepare(context);
    const grpc::Status status =
        v1::ModelService::NewStub(connection.channel())->ListModels(&context, request, &response);
    if (!status.ok()) return connection.Report(status);
    for (const v1::Model& model : response.models()) {
      Json json = ToJson(model);
      const std::string registered =
          json.Find("registered_at")->is_string() ? json.Find("registered_at")->as_string() : "";
      table.Add({model.ref().name(), model.ref().version(), model.ref().content_version().substr(0, 19),
                 registered.substr(0, 19), model.principal()});
      models.push_back(std::move(json));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return Print(connection.options().output == OutputFormat::kJson ? Json(std::move(models)).DumpIndented() + "\n"
                                                                  : table.Render());
}

int Show(const DaemonConnection& connection, const std::string& reference, const std::string& stage) {
  const std::size_t at = reference.find('@');
  if (at == 0 || (at != std::string::npos && at + 1 == reference.size())) {
    Complain("\"" + reference + "\" names no model; write M@V, or M for the newest version");
    return kExitUsage;
  }
  v1::GetModelRequest request;
  request.set_project(connection.options().project);
  request.set_name(reference.substr(0, at));
  if (at != std::string::npos) request.set_version(reference.substr(at + 1));
  request.set_stage(stage);
  v1::GetModelResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status = v1::ModelService::NewStub(connection.channel())->GetModel(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  const v1::Model& model = response.model();
  return PrintModel(connection, model,
                    "# " + ModelReference(model.ref()) + "  " + model.ref().content_version() + "\n" +
                        model.document() + (model.document().ends_with('\n') ? "" : "\n"));
}

int Promote(const DaemonConnection& connection, const std::string& reference, const std::string& stage) {
  const std::size_t at = reference.find('@');
  if (at == std::string::npos) {
    Complain("\"" + reference + "\" names no version; write M@V");
    return kExitUsage;
  }
  v1::PromoteModelRequest request;
  request.set_project(connection.options().project);
  request.set_name(reference.substr(0, at));
  request.set_version(reference.substr(at + 1));
  request.set_stage(stage);
  v1::PromoteModelResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status =
      v1::ModelService::NewStub(connection.channel())->PromoteModel(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  return PrintModel(connection, response.model(), ModelReference(response.model().ref()) + " is " + stage + " now\n");
}

}  // namespace

void AddModelVerbs(CLI::App& app, const GlobalOptions& options, Action& action) {
  auto* model = app.add_subcommand("model", "Registered models")->require_subcommand(1);
  struct Arguments {
    std::string file, name, reference, stage;
  };
  auto arguments = std::make_shared<Arguments>();
  const auto bind = [&action, &options](CLI::App* verb, std::function<int(const DaemonConnection&)> body) {
    verb->callback([&action, &options, body = std::move(body)] {
      action = [&options, body] { return WithConnection(options, body); };
    });
  };
  auto* add = model->add_subcommand("register", "Register a model from a file with one document of kind Model");
  add->add_option("FILE", arguments->file, "YAML or JSON")->required()->type_name("");
  bind(add, [arguments](const DaemonConnection& connection) { return Register(connection, arguments->file); });

  auto* list = model->add_subcommand("list", "List registered models, newest first");
  list->add_option("NAME", arguments->name, "only versions of this model");
  bind(list, [arguments](const DaemonConnection& connection) { return List(connection, arguments->name); });

  auto* show = model->add_subcommand("show", "Print a model as it was registered");
  show->add_option("MODEL", arguments->reference, "M@V, or M for the newest")->required();
  show->add_option("--stage", arguments->stage, "the version at this stage, e.g. production");
  bind(show, [arguments](const DaemonConnection& connection) {
    return Show(connection, arguments->reference, arguments->stage);
  });

  auto* promote = model->add_subcommand("promote", "Give a version a stage, and take it from the version that had it");
  promote->add_option("MODEL", arguments->reference, "M@V")->required();
  promote->add_option("--stage", arguments->stage, "e.g. production")->required();
  bind(promote, [arguments](const DaemonConnection& connection) {
    return Promote(connection, arguments->reference, arguments->stage);
  });
}

}  // namespace assay
