// lint and schema: what needs no daemon.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "cli/exit_codes.h"
#include "cli/kinds.h"
#include "cli/planned_gate.h"
#include "cli/verbs.h"
#include "config/catalog.h"
#include "runners/dataset_fields.h"

namespace assay {
namespace {

std::string Plural(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// What `assay plan` would warn of, which needs the datasets. Those of more bytes than this take seconds, and are left
// to it.
constexpr std::uintmax_t kMostBytesToPlan = 64 << 20;

std::uintmax_t BytesOf(const Catalog& catalog, const GateSpec& gate) {
  std::uintmax_t bytes = 0;
  for (const std::string& name : gate.suites) {
    const CatalogDocument* suite = catalog.FindSuite(name);
    const std::filesystem::path folder = std::filesystem::path(suite->file).parent_path();
    for (const DatasetSpec& dataset : suite->suite()->dataset) {
      // How much is in one that is packed is known when it has been read.
      if (dataset.file.ends_with(".gz") || dataset.file.ends_with(".zst")) return kMostBytesToPlan + 1;
      std::error_code error;
      const auto size = std::filesystem::file_size(folder / dataset.file, error);
      if (!error) bytes += size;
    }
  }
  return bytes;
}

struct GateWarning {
  std::string file;
  std::string gate;
  std::string message;
};

std::vector<GateWarning> PlanWarningsOf(const Catalog& catalog) {
  std::vector<GateWarning> warnings;
  for (const CatalogDocument& document : catalog.documents) {
    if (document.gate() == nullptr || BytesOf(catalog, *document.gate()) > kMostBytesToPlan) continue;
    const auto add = [&](const std::string& message) { warnings.push_back({document.file, document.name, message}); };
    const auto planned = PlanWithDatasets(catalog, document);
    if (!planned) {
      add(planned.error().message);
      continue;
    }
    std::ranges::for_each(planned->warnings, add);
    std::ranges::for_each(RuleWarningsOf(*planned), add);
  }
  return warnings;
}

// {"documents", "errors": [{"file", "line", "column", "path", "message"}],
// "warnings": [{"file", "gate", "message"}]}
Json LintJson(const Catalog& catalog, const Diagnostics& diagnostics, const std::vector<GateWarning>& of_gates) {
  Json::Array errors;
  for (const Diagnostic& error : diagnostics.Sorted()) {
    errors.push_back(Json::Of({{"file", error.file},
                               {"line", error.line == 0 ? Json() : Json(error.line)},
                               {"column", error.column == 0 ? Json() : Json(error.column)},
                               {"path", error.path.empty() ? Json() : Json(error.path)},
                               {"message", error.message}}));
  }
  Json::Array warnings;
  for (const GateWarning& each : of_gates)
    warnings.push_back(Json::Of({{"file", each.file}, {"gate", each.gate}, {"message", each.message}}));
  return Json::Of({{"documents", static_cast<std::int64_t>(catalog.documents.size())},
                   {"errors", std::move(errors)},
                   {"warnings", std::move(warnings)}});
}

int Lint(const std::vector<std::string>& paths, bool as_json) {
  Diagnostics diagnostics;
  const Catalog catalog = LoadCatalog(paths, AllKinds(), FirstRowOf, diagnostics);
  const std::vector<GateWarning> warnings = diagnostics.empty() ? PlanWarningsOf(catalog) : std::vector<GateWarning>{};
  if (as_json) {
    const bool is_good = diagnostics.empty() && !catalog.documents.empty();
    return Print(LintJson(catalog, diagnostics, warnings).DumpIndented() + "\n", is_good ? kExitOk : kExitFail);
  }
  if (!diagnostics.empty()) {
    return Print(diagnostics.Render() + Plural(diagnostics.size(), "error") + "\n", kExitFail);
  }
  if (catalog.documents.empty()) {
    std::fprintf(stderr, "assay: no document found; a catalog is made of *.yaml files\n");
    return kExitFail;
  }
  std::string text;
  for (const GateWarning& each : warnings)
    text += each.file + ": warning: gate \"" + each.gate + "\": " + each.message + "\n";
  text += Plural(catalog.documents.size(), "document") + ", no errors";
  if (!warnings.empty()) text += ", " + Plural(warnings.size(), "warning");
  return Print(text + "\n");
}

}  // namespace

void AddLintVerb(CLI::App& app, const GlobalOptions& options, Action& action) {
  auto* lint = app.add_subcommand("lint",
                                  "Check catalog files; prints every error of every file, exit code 1 if there is one, "
                                  "and warns of gates that cannot pass or cannot fail with their datasets");
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
