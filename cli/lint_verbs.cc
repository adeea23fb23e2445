// lint and schema: what needs no daemon.

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/exit_codes.h"
#include "cli/kinds.h"
#include "cli/verbs.h"
#include "config/catalog.h"
#include "runners/dataset_fields.h"

namespace assay {
namespace {

std::string Plural(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// {"documents", "errors": [{"file", "line", "column", "path", "message"}]}
Json LintJson(const Catalog& catalog, const Diagnostics& diagnostics) {
  Json::Array errors;
  for (const Diagnostic& error : diagnostics.Sorted()) {
    errors.push_back(Json::Of({{"file", error.file},
                               {"line", error.line == 0 ? Json() : Json(error.line)},
                               {"column", error.column == 0 ? Json() : Json(error.column)},
                               {"path", error.path.empty() ? Json() : Json(error.path)},
                               {"message", error.message}}));
  }
  return Json::Of({{"documents", static_cast<std::int64_t>(catalog.documents.size())}, {"errors", std::move(errors)}});
}

int Lint(const std::vector<std::string>& paths, bool as_json) {
  Diagnostics diagnostics;
  const Catalog catalog = LoadCatalog(paths, AllKinds(), FirstRowOf, diagnostics);
  if (as_json) {
    const bool is_good = diagnostics.empty() && !catalog.documents.empty();
    return Print(LintJson(catalog, diagnostics).DumpIndented() + "\n", is_good ? kExitOk : kExitFail);
  }
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

void AddLintVerb(CLI::App& app, const GlobalOptions& options, Action& action) {
  auto* lint =
      app.add_subcommand("lint", "Check catalog files; prints every error of every file, exit code 1 if there is one");
  auto paths = std::make_shared<std::vector<std::string>>();
  lint->add_option("PATH", *paths, "files or folders")->required();
  lint->callback([&action, &options, paths] {
    action = [&options, paths] { return Lint(*paths, options.output == OutputFormat::kJson); };
  });
}

void AddSchemaVerb(CLI::App& app, Action& action) {
  auto* schema = app.add_subcommand("schema", "Print the JSON Schema (draft 7) of catalog documents, for editors");
  schema->callback([&action] { action = [] { return Print(CatalogSchema(AllKinds()).DumpIndented() + "\n"); }; });
}

}  // namespace assay
