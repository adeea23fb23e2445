#pragma once
// A verdict as metrics: what on-call engineers watch. Metrics carry no project: their labels are bounded, and a project
// is any word of a caller. Gates and models of the same names in several projects share their series, which show the
// verdict that was given last.

#include "daemon/telemetry.h"
#include "gates/verdict.h"

namespace assay {

// Replaces what an earlier verdict of the same gate and model showed.
void ShowVerdict(Telemetry& telemetry, const Verdict& verdict);

}  // namespace assay
