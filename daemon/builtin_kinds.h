#pragma once
// Every plug-in that this program is built with.

#include "config/plugin_kind.h"

namespace assay {

PluginKinds BuiltinKinds();

}  // namespace assay
