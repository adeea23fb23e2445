#pragma once
// How good the judgements of a queue are, for gates that rest on them.

#include <map>
#include <string>
#include <tuple>

#include "config/suite.h"
#include "daemon/store/review_store.h"
#include "daemon/store/store.h"
#include "gates/people_opinion.h"

namespace assay {

inline constexpr double kQualityConfidence = 0.95;  // one-sided
inline constexpr std::int64_t kMostItemsOfQuality = 50'000;

// Blocking. Of items of the queue that were touched within `spec.over` before `as_of`, as they stood then. Agreement is
// that on pass or fail of the judgements that IndependentLabels (review/agreement.h) takes: several people by the draw
// alone, before any saw another's. Audits count once each. kResourceExhausted beyond kMostItemsOfQuality. O(facts).
Result<PeopleQuality> ReadPeopleQuality(Store& store, const std::string& project, const std::string& queue,
                                        const PeopleQualitySpec& spec, Time as_of);

// Each queue is read once, however many metrics, suites and rules of a decision ask for it. Not thread-safe.
class PeopleQualities {
 public:
  // As ReadPeopleQuality.
  Result<PeopleQuality> Read(Store& store, const std::string& project, const std::string& queue,
                             const PeopleQualitySpec& spec, Time as_of);
  int reads() const { return static_cast<int>(read_.size()); }

 private:
  std::map<std::tuple<std::string, std::string, Duration, AgreementStatistic, bool, Time>, Result<PeopleQuality>> read_;
};

// For people; "" when it has all that is asked for.
std::string WhatQualityLacks(const PeopleQuality& quality, const PeopleQualitySpec& spec, const std::string& queue);

}  // namespace assay
