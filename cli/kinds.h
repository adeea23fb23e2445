#pragma once
// The plug-ins that are built in, for what needs no daemon.

#include "config/plugin_kind.h"

namespace assay {

PluginKinds AllKinds();

}  // namespace assay
