#include "gates/people_sample.h"

#include <algorithm>
#include <cmath>

namespace assay {

Interval PeopleSample::ValueOf(std::size_t ordinal) const {
  const SampledCase& each = cases_[ordinal];
  const double reach = this->reach();
  if (each.asked == AskedOfPeople::kUnknown) return {1 - reach, reach};
  const bool is_judged = !std::isnan(each.judged);
  if (each.asked == AskedOfPeople::kNo) {
    // There is no answer, or no value of it: it could have any.
    return is_judged ? Interval{each.judged, each.judged} : Interval{0, 1};
  }
  // Written so that it is exactly what people said where they were asked of every case, and where they agree.
  const auto value = [reach](double judged, double said) {
    return judged == said ? said : said * reach + judged * (1 - reach);
  };
  const double least_said = std::isnan(each.said) ? 0 : each.said;
  const double most_said = std::isnan(each.said) ? 1 : each.said;
  // It falls when the grader's value rises.
  return {value(is_judged ? each.judged : 1, least_said), value(is_judged ? each.judged : 0, most_said)};
}

SampleSummary PeopleSample::SummaryOf(std::span<const std::uint32_t> ordinals) const {
  SampleSummary summary;
  double judged = 0;
  double judged_asked = 0;
  double said = 0;
  std::int64_t of_all = 0;
  std::int64_t of_both = 0;
  for (const std::uint32_t ordinal : ordinals) {
    const SampledCase& each = cases_[ordinal];
    summary.asked += each.asked == AskedOfPeople::kYes ? 1 : 0;
    const bool is_settled = each.asked == AskedOfPeople::kYes && !std::isnan(each.said);
    summary.settled += is_settled ? 1 : 0;
    if (std::isnan(each.judged)) continue;
    judged += each.judged;
    ++of_all;
    if (!is_settled) continue;
    judged_asked += each.judged;
    said += each.said;
    ++of_both;
  }
  if (of_all > 0) summary.judged_mean = judged / static_cast<double>(of_all);
  if (of_both == 0) return summary;
  summary.judged_mean_asked = judged_asked / static_cast<double>(of_both);
  summary.said_mean = said / static_cast<double>(of_both);
  summary.value = std::clamp(*summary.judged_mean + *summary.said_mean - *summary.judged_mean_asked, 0.0, 1.0);
  return summary;
}

PeopleSample PeopleSample::Part(std::span<const std::uint32_t> ordinals) const {
  std::vector<SampledCase> part;
  part.reserve(ordinals.size());
  for (const std::uint32_t ordinal : ordinals) part.push_back(cases_[ordinal]);
  return {chance_, std::move(part)};
}

}  // namespace assay
