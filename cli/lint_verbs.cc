// lint and schema: what needs no daemon.

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/exit_codes.h"
#include "cli/verbs.h"
#include "config/catalog.h"
#include "gates/rules/builtin.h"
#include "runners/dataset_fields.h"
#include "runners/endpoints/endpoint.h"
#include "runners/graders/grader.h"

namespace assay {
namespace {

PluginKinds AllKinds() { return {.graders = GraderKinds(), .providers = ProviderKinds(), .rules = RuleKinds()}; }

std::string Plural(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

int Lint(const std::vector<std::string>& paths) {
  Diagnostics diagnostics;
  const Catalog catalog = LoadCatalog(paths, AllKinds(), DatasetFieldNames, diagnostics);
  if (!diagnostics.empty()) {
    return Print(diagnostics.Render() + Plural(diagnostics.size(), "error") + "\n", kExitFail);
  }
  if (catalog.documents.empty()) {
    std::fprintf(stderr, "assay: no document found; a catalog is made of *.yaml files\n");
    return kExitFail;
  }
  return Print(Plural(catalog.documents.size(), "document") + ", no errors\n");
}

}  // namespace

void AddLintVerb(CLI::App& app, Action& action) {
  auto* lint =
      app.add_subcommand("lint", "Check catalog files; prints every error of every file, exit code 1 if there is one");
  auto paths = std::make_shared<std::vector<std::string>>();
  lint->add_option("PATH", *paths, "files or folders")->required();
  lint->callback([&action, paths] { action = [paths] { return Lint(*paths); }; });
}

void AddSchemaVerb(CLI::App& app, Action& action) {
  auto* schema = app.add_subcommand("schema", "Print the JSON Schema (draft 7) of catalog documents, for editors");
  schema->callback([&action] { action = [] { return Print(CatalogSchema(AllKinds()).DumpIndented() + "\n"); }; });
}

}  // namespace assay
