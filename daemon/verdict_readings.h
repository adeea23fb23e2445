#pragma once
// A verdict as metrics: what on-call engineers watch.

#include <string>

#include "daemon/telemetry.h"
#include "gates/verdict.h"

namespace assay {

// Replaces what an earlier verdict of the same project, gate and model showed.
void ShowVerdict(Telemetry& telemetry, const std::string& project, const Verdict& verdict);

}  // namespace assay
