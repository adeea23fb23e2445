#include "gates/rules/builtin.h"

#include "gates/rules/rule.h"

namespace assay {

#define RULE(word, Name)   \
  PluginKind Name##Kind(); \
  Result<std::unique_ptr<Rule>> Make##Name##Rule(const Node& option);
#include "gates/rules/builtin.def"
#undef RULE

std::vector<PluginKind> RuleKinds() {
  std::vector<PluginKind> kinds;
#define RULE(word, Name)         \
  kinds.push_back(Name##Kind()); \
  kinds.back().name = word;
#include "gates/rules/builtin.def"
#undef RULE
  return kinds;
}

Result<std::unique_ptr<Rule>> MakeRule(const std::string& kind, const Node& option) {
#define RULE(word, Name) \
  if (kind == word) return Make##Name##Rule(option);
#include "gates/rules/builtin.def"
#undef RULE
  return Fail(ErrorCode::kNotFound, "there is no rule kind \"" + kind + "\"");
}

Error OptionError(const std::string& kind, const Diagnostics& diagnostics) {
  const std::vector<Diagnostic> sorted = diagnostics.Sorted();
  return Error{ErrorCode::kInvalidArgument, kind + ": " + (sorted.empty() ? "invalid option" : sorted.front().message),
               std::nullopt};
}

}  // namespace assay
