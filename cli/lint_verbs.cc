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
#include "core/plain_line.h"
#include "runners/dataset_fields.h"

namespace assay {
namespace {

std::string Plural(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// What `assay plan` would warn of, which needs the datasets. Those of more bytes than this take seconds, and are left
// to it.
constexpr std::uintmax_t kMostBytesToPlan = 64 << 20;

std::uintmax_t BytesOf(const CatalogDocument& suite) {
  std::uintmax_t bytes = 0;
  const std::filesystem::path folder = std::filesystem::path(suite.file).parent_path();
  for (const DatasetSpec& dataset : suite.suite()->dataset) {
    // How much is in one that is packed is known when it has been read.
    if (dataset.file.ends_with(".gz") || dataset.file.ends_with(".zst")) return kMostBytesToPlan + 1;
    std::error_code error;
    const auto size = std::filesystem::file_size(folder / dataset.file, error);
    if (!error) bytes += size;
  }
  return bytes;
}

std::uintmax_t BytesOf(const Catalog& catalog, const GateSpec& gate) {
  std::uintmax_t bytes = 0;
  for (const std::string& name : gate.suites) bytes += BytesOf(*catalog.FindSuite(name));
  return bytes;
}

// Of one of the two.
struct LintWarning {
  std::string file = {};
  std::string gate = {};
  std::string suite = {};
  std::string message = {};
  bool is_error = false;  // of a gate: a blocking rule is an ERROR at every check
};

void AddJourneyWarnings(const CatalogDocument& suite, std::vector<LintWarning>& warnings) {
  const auto& journeys = suite.suite()->journeys;
  if (!journeys || BytesOf(suite) > kMostBytesToPlan) return;
  const auto uncovered = UncoveredJourneys(suite);
  if (!uncovered)
    return warnings.push_back({.file = suite.file, .suite = suite.name, .message = uncovered.error().message});
  for (const std::string& journey : *uncovered) {
    const std::string risk = journeys->IsHighRisk(journey) ? "critical journey of high risk " : "critical journey ";
    warnings.push_back({.file = suite.file,
                        .suite = suite.name,
                        .message = risk + Json(journey).Dump() + " has no case (" + journeys->of + ")"});
  }
}

std::vector<LintWarning> WarningsOf(const Catalog& catalog) {
  std::vector<LintWarning> warnings;
  for (const CatalogDocument& document : catalog.documents) {
    if (document.suite() != nullptr) AddJourneyWarnings(document, warnings);
    if (document.gate() == nullptr || BytesOf(catalog, *document.gate()) > kMostBytesToPlan) continue;
    const auto add = [&](const std::string& message) {
      warnings.push_back({.file = document.file, .gate = document.name, .message = message});
    };
    const auto add_error = [&](const std::string& message) {
      warnings.push_back({.file = document.file, .gate = document.name, .message = message, .is_error = true});
    };
    const auto planned = PlanWithDatasets(catalog, document);
    if (!planned) {
      add(planned.error().message);
      continue;
    }
    std::ranges::for_each(planned->warnings, add);
    std::ranges::for_each(RuleWarningsOf(*planned), add);
    std::ranges::for_each(RuleErrorsOf(*planned), add_error);
  }
  return warnings;
}

std::string TextOf(const LintWarning& each) {
  return (each.gate.empty() ? "suite \"" + each.suite : "gate \"" + each.gate) + "\": " + each.message;
}

// {"documents", "errors": [{"file", "line", "column", "path", "message"}],
// "warnings": [{"file", "gate" or "suite", "message"}]}
Json LintJson(const Catalog& catalog, const Diagnostics& diagnostics, const std::vector<LintWarning>& of_documents) {
  Json::Array errors;
  for (const Diagnostic& error : diagnostics.Sorted()) {
    errors.push_back(Json::Of({{"file", error.file},
                               {"line", error.line == 0 ? Json() : Json(error.line)},
                               {"column", error.column == 0 ? Json() : Json(error.column)},
                               {"path", error.path.empty() ? Json() : Json(error.path)},
                               {"message", error.message}}));
  }
  Json::Array warnings;
  for (const LintWarning& each : of_documents) {
    if (each.is_error) {
      errors.push_back(Json::Of(
          {{"file", each.file}, {"line", Json()}, {"column", Json()}, {"path", Json()}, {"message", TextOf(each)}}));
      continue;
    }
    const bool is_of_gate = !each.gate.empty();
    warnings.push_back(Json::Of({{"file", each.file},
                                 {is_of_gate ? "gate" : "suite", is_of_gate ? each.gate : each.suite},
                                 {"message", each.message}}));
  }
  return Json::Of({{"documents", static_cast<std::int64_t>(catalog.documents.size())},
                   {"errors", std::move(errors)},
                   {"warnings", std::move(warnings)}});
}

int Lint(const std::vector<std::string>& paths, bool as_json) {
  Diagnostics diagnostics;
  const Catalog catalog = LoadCatalog(paths, AllKinds(), FirstRowOf, diagnostics);
  const std::vector<LintWarning> warnings = diagnostics.empty() ? WarningsOf(catalog) : std::vector<LintWarning>{};
  const auto errors = static_cast<std::size_t>(std::ranges::count(warnings, true, &LintWarning::is_error));
  if (as_json) {
    const bool is_good = diagnostics.empty() && errors == 0 && !catalog.documents.empty();
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
  for (const LintWarning& each : warnings)
    text += PlainLine(each.file + (each.is_error ? ": error: " : ": warning: ") + TextOf(each)) + "\n";
  text += Plural(catalog.documents.size(), "document") + ", " + (errors == 0 ? "no errors" : Plural(errors, "error"));
  if (warnings.size() > errors) text += ", " + Plural(warnings.size() - errors, "warning");
  return Print(text + "\n", errors == 0 ? kExitOk : kExitFail);
}

}  // namespace

void AddLintVerb(CLI::App& app, const GlobalOptions& options, Action& action) {
  auto* lint = app.add_subcommand("lint",
                                  "Check catalog files; prints every error of every file, exit code 1 if there is one, "
                                  "and warns of gates that cannot pass or cannot fail with their datasets, and of "
                                  "critical journeys without a case");
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
