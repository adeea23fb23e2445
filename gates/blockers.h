#pragma once
// Recommended blockers of a candidate in its verdict: an open one keeps it from a PASS, one that was upheld fails it by
// a rule of its own, one that was declined is said. Pure functions, thread-safe.

#include <optional>
#include <string>
#include <vector>

#include "gates/verdict.h"

namespace assay {

// "" where none is open; else what has to be answered before anything can pass.
std::string OpenBlockersText(const std::vector<ReleaseBlocker>& blockers);

// FAIL with a part for each that was upheld, so that a waiver covers those that it was asked for and no others; absent
// where none was. Of severity 1: who waives it overrules a release role, and that takes two.
std::optional<RuleOutcome> DecideBlockers(const std::vector<ReleaseBlocker>& blockers);

// For people: who declined which, and why.
std::vector<std::string> WarnOfDeclined(const std::vector<ReleaseBlocker>& blockers);

}  // namespace assay
