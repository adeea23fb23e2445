// Documents of the catalog and the daemon's own configuration: a document or diagnostics, never both, never neither.

#include "config/catalog.h"
#include "config/daemon_config.h"
#include "gates/rules/builtin.h"
#include "runners/endpoints/endpoint.h"
#include "runners/graders/grader.h"
#include "tests/fuzz/invariant.h"

namespace assay::fuzz {
namespace {

void CheckDiagnostics(const Diagnostics& diagnostics, std::size_t size) {
  for (const Diagnostic& diagnostic : diagnostics.Sorted()) {
    Require(!diagnostic.message.empty(), "a diagnostic says what is wrong");
    Require(diagnostic.line >= 0 && static_cast<std::size_t>(diagnostic.line) <= size + 1, "it stands in the text");
    Require(diagnostic.column >= 0 && static_cast<std::size_t>(diagnostic.column) <= size + 1, "in a line of it");
  }
  const std::string text = diagnostics.Render();
  Require(text.empty() == diagnostics.empty(), "diagnostics are shown");
  Require(text.size() <= Diagnostics::kMaxKept * (2000 + 2 * size), "and bounded");
}

void Check(std::string_view text) {
  static const PluginKinds kinds = {.graders = GraderKinds(), .providers = ProviderKinds(), .rules = RuleKinds()};
  Diagnostics diagnostics;
  const auto document = ParseDocument("fuzz.yaml", std::string(text), kinds, ReferencedFiles::kIgnore, diagnostics);
  Require(document.has_value() == diagnostics.empty(), "a document or diagnostics");
  CheckDiagnostics(diagnostics, text.size());
  if (document) {
    Diagnostics none;
    const auto again = ParseDocument("fuzz.yaml", document->canonical_json, kinds, ReferencedFiles::kIgnore, none);
    Require(again.has_value(), "the canonical text is a document");
    Require(again->canonical_json == document->canonical_json, "the same one");
    Require(again->version == document->version && again->name == document->name, "of the same version");
  }
  Diagnostics of_daemon;
  ParseDaemonConfig("assayd.yaml", std::string(text), of_daemon);
  CheckDiagnostics(of_daemon, text.size());
}

}  // namespace
}  // namespace assay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::fuzz::Check(assay::fuzz::TextOf(data, size));
  return 0;
}
