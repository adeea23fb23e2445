#pragma once
// Every plug-in that this program is built with.

#include <memory>

#include "config/plugin_kind.h"

namespace assay {

struct GraderServices;  // runners/graders/waiting_grader.h

// With `services` graders are refused that need what these do not have; without, only what is wrong in itself.
PluginKinds BuiltinKinds(std::shared_ptr<const GraderServices> services = nullptr);

}  // namespace assay
