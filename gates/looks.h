#pragma once
// Verdicts before the last case: a gate with `stop: early` looks at set numbers of cases, each twice the one before,
// and ends once its rules are settled. Pure functions, thread-safe.
//
// At each look a rule is decided on the first cases in the run's order, as if there were no others, with a share of its
// error rate: half of it for the last look, and as much as is left for each of the others. The shares add up to the
// rate, so that the probability that any look ever decides wrongly is at most that of the rule (Bonferroni over looks;
// Jennison & Turnbull, Group Sequential Methods, 2000, chapter 7, spend it so, and Howard et al., Annals of Statistics
// 49, 2021, section 3, stitch their confidence sequences of such epochs). This needs nothing of a bound but that it
// holds at a number of cases that was set beforehand, and so serves every rule as it is: clusters, the correction of
// judges, quantiles, expressions, many slices. It holds whichever looks are taken, and whenever one stops: what is
// decided rests on the order that was set before the first answer, not on the order of arrival.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "config/gate.h"
#include "gates/gate.h"

namespace assay {

// Set before the first answer. The last look is at all cases that are planned.
class Looks {
 public:
  static constexpr int kMost = 12;
  static constexpr std::int64_t kFewestCases = 25;  // of the largest suite at the first look

  Looks() = default;  // one, at the end
  // Of a gate whose largest suite has so many cases planned.
  static Looks Of(StopWhen stop, std::int64_t most_cases);
  // So many; absent outside [1, kMost].
  static std::optional<Looks> OfCount(std::int64_t count);

  int count() const { return count_; }
  // Of a suite of `planned` cases, at look 1 ... count(). At least 1 where `planned` is.
  std::int64_t CasesAt(int look, std::int64_t planned) const;
  // Of a rule's error rate; they add up to 1.
  double ErrorShareOf(int look) const;

  friend bool operator==(const Looks&, const Looks&) = default;

 private:
  explicit Looks(int count) : count_(count) {}

  int count_ = 1;
};

// How many cases of a suite a check of this gate asks at most.
std::int64_t PlannedCases(const GateSpec& gate, std::int64_t cases);

// After how many of a suite's `planned` cases each of `count` sentinels of one kind is asked, ascending: one in each of
// as many stretches of equal length, at a place drawn from `seed`. So every look has as large a part of them as of the
// cases, and what they show is in the mean what the cases met, also of a judge that changes in step with its requests,
// as one does behind which two answer in turn.
std::vector<std::int64_t> SpreadOver(const Looks& looks, std::int64_t planned, std::int64_t count, std::uint64_t seed);

// What a trial is, by ordinal * trials + trial; absent while it is outstanding.
using TrialStatuses = std::vector<std::optional<TrialStatus>>;

// The evidence of a suite at a look: of the cases `ordinals` alone, which are all there, as a complete run of them.
// `statuses` are those of the whole run. Of judges it is what the sentinels show that were due by then, where single
// answers are known.
SuiteEvidence EvidenceOn(const SuiteEvidence& whole, std::span<const std::uint32_t> ordinals,
                         const TrialStatuses& statuses);

// Whether the verdict on the first cases is the gate's: a PASS of rules that pass on a part of the cases, or a FAIL of
// one that fails on it.
bool IsSettled(const GateSpec& gate, const Verdict& verdict);

}  // namespace assay
