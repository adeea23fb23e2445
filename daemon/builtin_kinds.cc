#include "daemon/builtin_kinds.h"

#include "gates/rules/builtin.h"
#include "runners/endpoints/endpoint.h"
#include "runners/graders/grader.h"

namespace assay {

PluginKinds BuiltinKinds(std::shared_ptr<const GraderServices> services) {
  return {.graders = GraderKinds(std::move(services)), .providers = ProviderKinds(), .rules = RuleKinds()};
}

}  // namespace assay
