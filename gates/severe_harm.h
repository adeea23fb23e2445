#pragma once
// Harm of severity 1 that people upheld fails a gate, whatever its rules ask: the rule that every gate has
// (docs/review.md). Pure functions, thread-safe.

#include <optional>
#include <string>
#include <string_view>

#include "config/gate.h"
#include "gates/verdict.h"

namespace assay {

struct GateEvidence;

// "" where nothing is open; else what has to be ruled on before anything can pass.
std::string OpenHarmText(std::int64_t open);

// The outcome of the rule over the candidate's runs: FAIL where more answers do such harm than the gate accepts, with a
// part for each of them, so that a waiver covers those that it was asked for and no others; else PASS, with the upper
// bound of their share. Absent where people were asked of no answer.
std::optional<RuleOutcome> DecideSevereHarm(const GateSpec& gate, const GateEvidence& evidence);

}  // namespace assay
