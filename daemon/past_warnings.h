#pragma once
// What people are told of the answers that were drawn beside those that a verdict rests on.

#include <string>
#include <string_view>
#include <vector>

#include "gates/verdict.h"

namespace assay {

// Of a run of `suite` in this role of a check (check_parameters.h). `draws_its_own`: the answers were drawn for the
// check, or while it waited.
std::vector<std::string> WarningsOfPast(const RunPast& past, const std::string& suite, std::string_view role,
                                        bool draws_its_own);

// Of `run` of `suite` in this role that asked again for errors (RunPast::retries); "" where it asked for none.
std::string WarningOfRetries(const RunPast& past, const std::string& run, const std::string& suite,
                             std::string_view role);

// Of a verdict whose baseline was found moved by another one (RunPast::alarm).
std::string WarningOfAlarm(const StandingAlarm& alarm, const std::string& suite);

}  // namespace assay
