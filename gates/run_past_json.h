#pragma once
// Of the verdict document: what there was beside a run, and what a baseline was held against.

#include "core/json.h"
#include "gates/verdict.h"
#include "gates/verdict_reader.h"

namespace assay {

// Without what is not there: documents of versions that did not look for it stay as they are.
Json ToJson(const RunPast& past);
Json ToJson(const ControlComparison& control);

// Of a verdict, what its baselines were held against: a small part of its document.
struct ControlsOfVerdict {
  std::vector<ControlComparison> controls = {};
  std::map<std::string, RunPast> pasts = {};  // of the baseline's runs, by suite
};
// kInvalidArgument names what is wrong.
Result<ControlsOfVerdict> ControlsFromJson(const Json& document);

// As written by this version and earlier ones.
void ReadPast(VerdictReader& reader, RunPast& past);
void ReadControl(VerdictReader& reader, ControlComparison& control);

}  // namespace assay
