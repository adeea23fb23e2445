#include "gates/judge_calibration.h"

#include <algorithm>
#include <iterator>

#include "core/json.h"
#include "gates/looks.h"
#include "gates/stats/contingency.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

Estimate ShareOf(std::int64_t right, std::int64_t lost, std::int64_t all, double confidence) {
  Estimate estimate;
  estimate.confidence = confidence;
  estimate.cases = all - lost;
  if (estimate.cases < 1) return estimate;
  estimate.value = static_cast<double>(right) / static_cast<double>(estimate.cases);
  estimate.lower = ClopperPearsonLower(right, all, confidence);
  estimate.upper = ClopperPearsonUpper(right + lost, all, confidence);
  estimate.method = "clopper_pearson";
  return estimate;
}

void Count(bool passes, std::optional<bool> verdict, SentinelCounts& counts) {
  ++(passes ? counts.passes : counts.fails);
  if (verdict == passes) ++(passes ? counts.true_passes : counts.true_fails);
  if (!verdict) ++(passes ? counts.lost_passes : counts.lost_fails);
}

// As it is now, or was in one of the runs before.
SentinelCounts CountsAt(const SentinelAnswers& answers, std::size_t time) {
  SentinelCounts counts;
  for (const SentinelAnswer& each : answers) {
    if (!each.verdicts.empty()) Count(each.passes, each.verdicts[time < each.verdicts.size() ? time : 0], counts);
  }
  return counts;
}

std::string ShareText(std::int64_t right, std::int64_t judged) {
  return std::to_string(right) + " of " + std::to_string(judged);
}

// Of the sentinels of one label: "" where the halves do not show that the judge changed.
std::string ChangeOn(bool passes, const SentinelCounts& first, const SentinelCounts& second) {
  const auto judged = [&](const SentinelCounts& half) {
    return passes ? half.passes - half.lost_passes : half.fails - half.lost_fails;
  };
  const auto right = [&](const SentinelCounts& half) { return passes ? half.true_passes : half.true_fails; };
  const auto p = FisherExact({.first_with = right(first),
                              .first_without = judged(first) - right(first),
                              .second_with = right(second),
                              .second_without = judged(second) - right(second)});
  if (!p || *p > kJudgeChangeErrorRate / (2 * Looks::kMost)) return "";
  const std::string verb = passes ? "pass" : "fail";
  return "of the sentinels that people " + verb + " it " + verb + "ed " + ShareText(right(first), judged(first)) +
         " in the first half of the run and " + ShareText(right(second), judged(second)) + " in the second";
}

std::string ChangeIn(const JudgeCalibration& judge, const SentinelAnswers& answers, std::int64_t cases) {
  SentinelCounts first;
  SentinelCounts second;
  for (const SentinelAnswer& each : answers) {
    if (!each.verdicts.empty() && each.due_cases > 0)
      Count(each.passes, each.verdicts.front(), 2 * each.due_cases <= cases ? first : second);
  }
  std::string shown = ChangeOn(true, first, second);
  const std::string of_fails = ChangeOn(false, first, second);
  if (!of_fails.empty()) shown += (shown.empty() ? "" : "; ") + of_fails;
  return shown.empty() ? "" : "judge \"" + judge.judge + "\" changed during the run: " + shown;
}

}  // namespace

std::string JudgeCalibration::Unsteady() const {
  if (answered_by.size() < 2) return changed;
  std::string names;
  for (const std::string& each : answered_by) {
    names += (names.empty() ? "" : ", ") + (each.empty() ? std::string("one that it did not name") : Json(each).Dump());
  }
  return "the endpoint of judge \"" + judge + "\" answered with several models during the run: " + names;
}

Estimate SensitivityOf(const SentinelCounts& counts, double confidence) {
  return ShareOf(counts.true_passes, counts.lost_passes, counts.passes, confidence);
}

Estimate SpecificityOf(const SentinelCounts& counts, double confidence) {
  return ShareOf(counts.true_fails, counts.lost_fails, counts.fails, confidence);
}

SentinelCounts CountsOf(const SentinelAnswers& answers) {
  std::size_t times = 1;
  for (const SentinelAnswer& each : answers) times = std::max(times, each.verdicts.size());
  SentinelCounts worst = CountsAt(answers, 0);
  for (std::size_t time = 1; time < times; ++time) worst = WorseOf(worst, CountsAt(answers, time));
  return worst;
}

JudgeCalibration CalibratedOn(JudgeCalibration judge, const SentinelAnswers& answers, std::int64_t cases) {
  SentinelAnswers due;
  std::ranges::copy_if(answers, std::back_inserter(due),
                       [&](const SentinelAnswer& each) { return each.due_cases <= cases; });
  judge.counts = CountsOf(due);
  judge.changed = ChangeIn(judge, due, cases);
  return judge;
}

SentinelCounts WorseOf(const SentinelCounts& a, const SentinelCounts& b) {
  SentinelCounts worse = a;
  worse.true_passes = std::min(a.true_passes, b.true_passes);
  worse.true_fails = std::min(a.true_fails, b.true_fails);
  worse.lost_passes = std::max(a.true_passes + a.lost_passes, b.true_passes + b.lost_passes) - worse.true_passes;
  worse.lost_fails = std::max(a.true_fails + a.lost_fails, b.true_fails + b.lost_fails) - worse.true_fails;
  return worse;
}

std::optional<double> AgreementOfJudge(const SentinelCounts& counts) {
  const std::int64_t judged = counts.passes - counts.lost_passes + counts.fails - counts.lost_fails;
  if (judged < 1) return std::nullopt;
  return static_cast<double>(counts.true_passes + counts.true_fails) / static_cast<double>(judged);
}

}  // namespace assay
