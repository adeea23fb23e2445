#pragma once
// What two verdicts on one pair, asked in both orders, come to. Only for files of this folder and its tests.

#include <string_view>

namespace assay {

enum class PairPreference { kResponse, kOther, kNeither };

struct PairOutcome {
  std::string_view label;  // win, loss, tie, or flip: the preference went with the order, which is a tie
  double value = 0.5;
};

constexpr PairOutcome PairOutcomeOf(PairPreference first_order, PairPreference second_order) {
  if (first_order == PairPreference::kResponse && second_order == PairPreference::kResponse) return {"win", 1};
  if (first_order == PairPreference::kOther && second_order == PairPreference::kOther) return {"loss", 0};
  const bool is_flip = first_order != second_order && first_order != PairPreference::kNeither &&
                       second_order != PairPreference::kNeither;
  return {is_flip ? "flip" : "tie", 0.5};
}

}  // namespace assay
