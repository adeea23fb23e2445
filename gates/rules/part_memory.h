#pragma once
// What is computed once of one metric on the same cases, however many rules, levels and confidences ask for it. A gate
// has many rules on few metrics, and a rule that fails in many slices is asked at several levels: what each asks again
// are passes over all cases.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "gates/rules/bounds.h"
#include "gates/rules/reducer.h"
#include "gates/rules/rule.h"

namespace assay {

// Of values that are all known, one a case.
struct KnownValues {
  std::int64_t cases = 0;
  std::int64_t ones = 0;
  double mean = 0;
};

namespace part_memory {

template <class T, class Compute>
const T& Once(std::optional<T>& place, const Compute& compute) {
  if (!place) place = compute();
  return *place;
}

}  // namespace part_memory

// Of the cases that candidate and baseline both have a value of.
struct KnownPairs {
  std::int64_t cases = 0;
  Comparison comparison = {};
  std::vector<WeightedValue> groups = {};  // of their differences as values in [0, 1], for forecasts
};

// What rules that compare ask of the same cases of a candidate and its baseline.
class PairMemory {
 public:
  template <class Compute>
  const CaseCounts& Counts(const Compute& compute) {
    return part_memory::Once(counts_, compute);
  }
  // Of the differences as values in [0, 1].
  template <class Compute>
  const UnitEnds& Ends(ErrorValue errors, const Compute& compute) {
    return part_memory::Once(ends_[static_cast<std::size_t>(errors)], compute);
  }
  template <class Compute>
  const KnownPairs& Known(const Compute& compute) {
    return part_memory::Once(known_, compute);
  }
  // At most as many as a part shows unasked, by what the rule takes for harm.
  enum class Harm : std::uint8_t { kLower, kHigher, kEither };
  template <class Compute>
  const std::vector<WorstCase>& Worst(Harm harm, const Compute& compute) {
    return part_memory::Once(worst_[static_cast<std::size_t>(harm)], compute);
  }

 private:
  std::optional<CaseCounts> counts_;
  std::array<std::optional<UnitEnds>, 3> ends_;  // by ErrorValue
  std::optional<KnownPairs> known_;
  std::array<std::optional<std::vector<WorstCase>>, 3> worst_;
};

// For one thread. What it says is true of one metric of one suite, and of one baseline, as long as these do not change.
class PartMemory {
 public:
  // `cases` outlive it.
  PartMemory(std::optional<std::size_t> metric, std::span<const std::uint32_t> cases)
      : metric_(metric), cases_(cases) {}

  // That of the input; null pointer where there is none, or where it is of something else.
  static PartMemory* Of(const PartInput& input) {
    PartMemory* memory = input.memory;
    return memory != nullptr && input.baseline == nullptr && memory->IsOf(input) ? memory : nullptr;
  }
  // The same of rules that compare.
  static PairMemory* OfPairs(const PartInput& input) {
    PartMemory* memory = input.memory;
    if (memory == nullptr || input.baseline == nullptr || !memory->IsOf(input)) return nullptr;
    if (memory->baseline_ == nullptr) memory->baseline_ = input.baseline;
    return memory->baseline_ == input.baseline ? &memory->pairs_ : nullptr;
  }

  template <class Compute>
  const CaseCounts& Counts(const Compute& compute) {
    return part_memory::Once(counts_, compute);
  }
  template <class Compute>
  const UnitEnds& Ends(ErrorValue errors, const Compute& compute) {
    return part_memory::Once(ends_[static_cast<std::size_t>(errors)], compute);
  }
  // Absent where some are not known.
  template <class Compute>
  const std::optional<KnownValues>& Known(const Compute& compute) {
    return part_memory::Once(known_, compute);
  }
  // Of the values seen, for forecasts.
  template <class Compute>
  const std::vector<WeightedValue>& Groups(const Compute& compute) {
    return part_memory::Once(groups_, compute);
  }
  // Of the ends with these errors.
  template <class Compute>
  Bounds BoundsAt(ErrorValue errors, double confidence, const Compute& compute) {
    for (const auto& [asked, bounds] : bounds_) {
      if (asked == std::pair(errors, confidence)) return bounds;
    }
    bounds_.push_back({{errors, confidence}, compute()});
    return bounds_.back().second;
  }
  // At most as many as a part shows unasked.
  template <class Compute>
  const std::vector<WorstCase>& Worst(bool are_lowest, const Compute& compute) {
    return part_memory::Once(worst_[are_lowest ? 1 : 0], compute);
  }

 private:
  bool IsOf(const PartInput& input) const {
    return input.metric && metric_ == input.metric && cases_.data() == input.cases.data() &&
           cases_.size() == input.cases.size();
  }

  std::optional<std::size_t> metric_;
  std::span<const std::uint32_t> cases_;
  std::optional<CaseCounts> counts_;
  std::array<std::optional<UnitEnds>, 3> ends_;  // by ErrorValue
  std::optional<std::optional<KnownValues>> known_;
  std::optional<std::vector<WeightedValue>> groups_;
  std::vector<std::pair<std::pair<ErrorValue, double>, Bounds>> bounds_;
  std::array<std::optional<std::vector<WorstCase>>, 2> worst_;
  const SuiteObservations* baseline_ = nullptr;  // of the pairs
  PairMemory pairs_;
};

}  // namespace assay
