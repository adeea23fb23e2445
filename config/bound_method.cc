#include "config/bound_method.h"

namespace assay {
namespace {

bool NeedsUnit(BoundMethod method) {
  return method == BoundMethod::kBounded || method == BoundMethod::kTango || method == BoundMethod::kNewcombe;
}

}  // namespace

bool IsForAdviceOnly(BoundMethod method, bool is_unit) {
  switch (method) {
    case BoundMethod::kBounded:
    case BoundMethod::kUnpaired:
      return false;
    case BoundMethod::kT:
      return is_unit;
    case BoundMethod::kBootstrap:
    case BoundMethod::kPercentile:
    case BoundMethod::kSignFlip:
    case BoundMethod::kTango:
    case BoundMethod::kNewcombe:
      break;
  }
  return true;
}

std::string MethodObjection(BoundMethod method, const MethodUse& use) {
  const std::string word(WordOf(method));
  const std::string metric = "metric \"" + std::string(use.metric) + "\"";
  if (!use.is_mean && method != BoundMethod::kUnpaired) {
    return "method " + word + " is for means, and " + metric + " is a quantile, which has bounds of its own";
  }
  if (!use.is_unit && NeedsUnit(method)) {
    return "method " + word + " needs values in [0, 1], and those of " + metric + " have no bounds";
  }
  if (use.is_blocking && IsForAdviceOnly(method, use.is_unit)) {
    return "method " + word +
           " passes more candidates on the threshold than the confidence says; make the rule advisory (role: "
           "advisory), "
           "or leave the method out";
  }
  return "";
}

}  // namespace assay
