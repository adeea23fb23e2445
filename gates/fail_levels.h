#pragma once
// How sure each part of a rule must be of a FAIL. A rule passes only if all of its parts do, so that no part adds to
// the error of a PASS; but one part that fails is enough for a FAIL, so that many parts would fail a good candidate by
// chance. Pure functions, thread-safe.

#include <cstddef>
#include <functional>
#include <vector>

namespace assay {

enum class Multiplicity {
  kHolm,              // of rules that block: one false FAIL among all parts at most as often as the rule may err
  kBenjaminiHochberg  // of rules that are only shown: a share of the FAILs shown
};

// Whether the i-th of the parts that fail by themselves also fails at that error rate; if so, then at every greater
// one.
using FailsAt = std::function<bool(std::size_t i, double error_rate)>;

// The error rates at which parts are to be judged again: of `failing` parts that fail by themselves at `alpha`, of
// `parts` in all. Parts fail at their levels if and only if their p-values, adjusted for `parts`, are at most alpha,
// and none of these is computed: each step asks what fails at the next level. Holm (1979): r parts being rejected,
// those that fail at alpha / (parts - r) are too, until none is; their level is the one of the step, that of the others
// the last. Benjamini and Hochberg (1995): the greatest k of which k parts fail at alpha k / parts; of the others k
// + 1. At most `failing` steps, each at most one question a part; mostly two or three.
std::vector<double> FailLevels(std::size_t failing, std::size_t parts, double alpha, Multiplicity multiplicity,
                               const FailsAt& fails_at);

}  // namespace assay
