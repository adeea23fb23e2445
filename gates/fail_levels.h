#pragma once
// How sure each part of a rule must be of a FAIL. A rule passes only if all of its parts do, so that no part adds to
// the error of a PASS; but one part that fails is enough for a FAIL, so that many parts would fail a good candidate by
// chance. Pure functions, thread-safe.

#include <cstddef>
#include <span>
#include <vector>

#include "gates/rules/rule.h"

namespace assay {

enum class Multiplicity {
  kHolm,              // of rules that block: one false FAIL among all parts at most as often as the rule may err
  kBenjaminiHochberg  // of rules that are only shown: a share of the FAILs shown
};

// The least error rate at which `rule` fails `input`, to 1e-6 of itself from above; 1e-9 for all that are less. `input`
// fails at its own confidence. About 40 times the cost of Find.
double FailPValue(const Rule& rule, const PartInput& input);

// The error rates at which parts are to be judged again: `p_values` are of the parts that fail by themselves at
// `alpha`, of `parts` in all. A part fails when its p-value is at most its level. Holm (1979): the i-th least p-value
// is held against alpha / (parts - i + 1), those behind the first that is greater against the level of that one.
// Benjamini and Hochberg (1995): all against alpha k / parts with the greatest k of which that holds for k of them.
std::vector<double> FailLevels(std::span<const double> p_values, std::size_t parts, double alpha,
                               Multiplicity multiplicity);

}  // namespace assay
