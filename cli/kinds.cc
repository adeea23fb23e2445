#include "cli/kinds.h"

#include "gates/rules/builtin.h"
#include "runners/endpoints/endpoint.h"
#include "runners/graders/grader.h"

namespace assay {

PluginKinds AllKinds() { return {.graders = GraderKinds(), .providers = ProviderKinds(), .rules = RuleKinds()}; }

}  // namespace assay
