#pragma once
// Of the verdict document: what there was beside a run, and what a baseline was held against.

#include "core/json.h"
#include "gates/verdict.h"
#include "gates/verdict_reader.h"

namespace assay {

// Without what is not there: documents of versions that did not look for it stay as they are.
Json ToJson(const RunPast& past);
Json ToJson(const ControlComparison& control);

// As written by this version and earlier ones.
void ReadPast(VerdictReader& reader, RunPast& past);
void ReadControl(VerdictReader& reader, ControlComparison& control);

}  // namespace assay
