#pragma once
// By which method a rule bounds what it judges: `method` of a rule.

#include <span>
#include <string>
#include <string_view>

#include "config/fields.h"

namespace assay {

enum class BoundMethod { kBounded, kT, kBootstrap, kPercentile, kSignFlip, kTango, kNewcombe, kUnpaired };
template <>
struct EnumWords<BoundMethod> {
  static constexpr EnumWord<BoundMethod> kWords[] = {
      {"bounded", BoundMethod::kBounded,
       "Gaffke's bound for values in [0, 1], of pass/fail data Clopper-Pearson's: the default there"},
      {"t", BoundMethod::kT, "Student's t: the default for means without bounds on their values"},
      {"bootstrap", BoundMethod::kBootstrap, "bias-corrected and accelerated bootstrap, 10,000 replicates"},
      {"percentile", BoundMethod::kPercentile, "percentile bootstrap, 10,000 replicates"},
      {"sign_flip", BoundMethod::kSignFlip, "sign-flip permutation of paired differences, 10,000 patterns"},
      {"tango", BoundMethod::kTango, "Tango's score interval for pairs of pass/fail data"},
      {"newcombe", BoundMethod::kNewcombe, "Newcombe's square-and-add interval for pairs of pass/fail data"},
      {"unpaired", BoundMethod::kUnpaired, "bounds of candidate and baseline apart, each at half the error rate"}};
};

// What a rule with a method is asked about.
struct MethodUse {
  std::string_view metric;
  bool is_mean = true;       // over cases; else a quantile
  bool is_unit = true;       // of values in [0, 1]
  bool is_blocking = false;  // the rule decides the verdict
};

// Whether the method may err more often than the confidence says, on values in [0, 1] or without bounds: it may be
// shown, and decides nothing. Without bounds on the values Student's t is an approximation too, and the best there is.
bool IsForAdviceOnly(BoundMethod method, bool is_unit);

// Why the method is not for that use, "" when it is.
std::string MethodObjection(BoundMethod method, const MethodUse& use);

}  // namespace assay
