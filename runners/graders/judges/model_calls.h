#pragma once
// How many requests grading takes. Pure, thread-safe.

#include "config/grader_spec.h"

namespace assay {

// That a grader sends its model for one response at most, without retries and repairs of replies: one for each vote,
// and both orders of a pairwise comparison. Of a grader that asks no model it says nothing.
int ModelCallsOf(const GraderSpec& grader);

}  // namespace assay
