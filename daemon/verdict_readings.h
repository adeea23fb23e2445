#pragma once
// A verdict as metrics: what on-call engineers watch.

#include "daemon/telemetry.h"
#include "gates/verdict.h"

namespace assay {

// Replaces what an earlier verdict of the same gate and model showed.
void ShowVerdict(Telemetry& telemetry, const Verdict& verdict);

}  // namespace assay
