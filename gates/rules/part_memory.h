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

// For one thread. What it says is true of one metric of one suite without a baseline, as long as that does not change.
class PartMemory {
 public:
  // `cases` outlive it.
  PartMemory(std::optional<std::size_t> metric, std::span<const std::uint32_t> cases)
      : metric_(metric), cases_(cases) {}

  // That of the input; null pointer where there is none, or where it is of something else.
  static PartMemory* Of(const PartInput& input) {
    PartMemory* memory = input.memory;
    if (memory == nullptr || !input.metric || input.baseline != nullptr) return nullptr;
    const bool is_of_it = memory->metric_ == input.metric && memory->cases_.data() == input.cases.data() &&
                          memory->cases_.size() == input.cases.size();
    return is_of_it ? memory : nullptr;
  }

  template <class Compute>
  const CaseCounts& Counts(const Compute& compute) {
    return Once(counts_, compute);
  }
  template <class Compute>
  const UnitEnds& Ends(ErrorValue errors, const Compute& compute) {
    return Once(ends_[static_cast<std::size_t>(errors)], compute);
  }
  // Absent where some are not known.
  template <class Compute>
  const std::optional<KnownValues>& Known(const Compute& compute) {
    return Once(known_, compute);
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
    return Once(worst_[are_lowest ? 1 : 0], compute);
  }

 private:
  template <class T, class Compute>
  static const T& Once(std::optional<T>& place, const Compute& compute) {
    if (!place) place = compute();
    return *place;
  }

  std::optional<std::size_t> metric_;
  std::span<const std::uint32_t> cases_;
  std::optional<CaseCounts> counts_;
  std::array<std::optional<UnitEnds>, 3> ends_;  // by ErrorValue
  std::optional<std::optional<KnownValues>> known_;
  std::vector<std::pair<std::pair<ErrorValue, double>, Bounds>> bounds_;
  std::array<std::optional<std::vector<WorstCase>>, 2> worst_;
};

}  // namespace assay
