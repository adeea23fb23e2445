#pragma once
// The rule kinds that are built in (builtin.def).

#include <vector>

#include "config/plugin_kind.h"

namespace assay {

// Name, help, schema and check of every rule kind, in the order of builtin.def.
std::vector<PluginKind> RuleKinds();

}  // namespace assay
