#include "review/sampling.h"

#include <algorithm>
#include <cmath>
#include <ranges>

#include "core/digest.h"
#include "core/random.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

Random GeneratorOf(std::string_view key, std::string_view what, std::string_view id) {
  return Random(SeedFrom(HmacSha256(key, std::string(what) + "|" + std::string(id))));
}

bool Disagree(const TrialSignals& signals, const std::vector<std::string>& graders) {
  std::optional<bool> first;
  for (const TrialSignals::Grade& grade : signals.grades) {
    if (!grade.pass || std::ranges::find(graders, grade.grader) == graders.end()) continue;
    if (first && *first != *grade.pass) return true;
    first = grade.pass;
  }
  return false;
}

bool IsNear(const TrialSignals& signals, const LowMarginSpec& margin) {
  return std::ranges::any_of(signals.grades, [&](const TrialSignals::Grade& grade) {
    return grade.grader == margin.grader && grade.value && grade.threshold &&
           std::abs(*grade.value - *grade.threshold) <= margin.within;
  });
}

std::optional<int> GravestFailure(const TrialSignals& signals) {
  std::optional<int> gravest;
  for (const TrialSignals::Grade& grade : signals.grades) {
    if (grade.pass == false && grade.severity && (!gravest || *grade.severity < *gravest)) gravest = grade.severity;
  }
  return gravest;
}

bool IsInSlice(const TrialSignals& signals, const SliceEntrySpec& slice) {
  return std::ranges::any_of(signals.slices, [&](const auto& named) {
    return named.first == slice.of &&
           (slice.values.empty() || std::ranges::find(slice.values, named.second) != slice.values.end());
  });
}

// The word of the condition where it holds, else "".
std::string_view ConditionThatHolds(const EntrySpec& entry, const TrialSignals& signals) {
  if (entry.every) return "every";
  if (!entry.judges_disagree.empty()) return Disagree(signals, entry.judges_disagree) ? "judges_disagree" : "";
  if (entry.low_margin) return IsNear(signals, *entry.low_margin) ? "low_margin" : "";
  if (entry.failed_invariants) {
    const bool has_failed = std::ranges::any_of(
        signals.grades, [](const TrialSignals::Grade& grade) { return grade.is_invariant && grade.pass == false; });
    return has_failed ? "failed_invariants" : "";
  }
  if (entry.severity) {
    const std::optional<int> gravest = GravestFailure(signals);
    return gravest && *gravest <= *entry.severity ? "severity" : "";
  }
  return entry.slice && IsInSlice(signals, *entry.slice) ? "slice" : "";
}

// Not by run: the same cases are drawn of a candidate and of its baseline, so that they can be compared pair by pair.
std::string IdOf(const QueueSpec& queue, const TrialSignals& signals) {
  return Json(Json::Array{queue.name, signals.suite, signals.case_id, signals.trial}).DumpCanonical();
}

std::string DrawName(const EntrySpec& entry, std::size_t place) {
  return "enter" + std::to_string(place) + (entry.salt.empty() ? "" : "|" + entry.salt);
}

void SetOverlap(const QueueSpec& queue, const std::string& id, std::string_view key, QueueEntry& entry) {
  const OverlapSpec& overlap = queue.overlap;
  const bool is_drawn = DrawOf(key, "overlap", id) < overlap.share;
  entry.people = is_drawn ? overlap.people : 1;
  entry.is_random_overlap = is_drawn && overlap.people > 1;
  const bool is_severe = overlap.severity > 0 && entry.severity && *entry.severity <= overlap.severity;
  if (is_severe) entry.people = std::max(entry.people, 2);
  // Who judges alone may find it grave, and then a second person is asked.
  const bool may_grow = entry.people > 1 || overlap.severity > 0;
  entry.at_most = may_grow ? std::max({2, entry.people, overlap.Most()}) : 1;
}

}  // namespace

double DrawOf(std::string_view key, std::string_view what, std::string_view id) {
  return GeneratorOf(key, what, id).Uniform();
}

std::string DrawText(const QueueSpec& queue) {
  std::string text;
  for (std::size_t i = 0; i < queue.enter.size(); ++i) {
    const EntrySpec& entry = queue.enter[i];
    if (!entry.every.value_or(false)) continue;
    text += (text.empty() ? "" : " ") + std::to_string(i) + ":" + Json(entry.share).Dump();
    if (!entry.salt.empty()) text += ":" + entry.salt;
  }
  return text;
}

// Each entry draws by itself. Added up so that one entry has exactly its share.
std::optional<double> ChanceOf(const QueueSpec& queue) {
  std::optional<double> chance;
  for (const EntrySpec& entry : queue.enter) {
    if (entry.every.value_or(false)) chance = chance.value_or(0) + (1 - chance.value_or(0)) * entry.share;
  }
  return chance;
}

std::optional<QueueEntry> EntryOf(const QueueSpec& queue, const TrialSignals& signals, std::string_view key) {
  const std::string id = IdOf(queue, signals);
  QueueEntry entry;
  for (std::size_t i = 0; i < queue.enter.size(); ++i) {
    const std::string_view reason = ConditionThatHolds(queue.enter[i], signals);
    if (reason.empty() || DrawOf(key, DrawName(queue.enter[i], i), id) >= queue.enter[i].share) continue;
    if (std::ranges::find(entry.reasons, reason) == entry.reasons.end()) entry.reasons.emplace_back(reason);
    entry.lane = std::min(entry.lane, queue.enter[i].priority);
  }
  if (entry.reasons.empty()) return std::nullopt;
  entry.severity = GravestFailure(signals);
  SetOverlap(queue, id, key, entry);
  return entry;
}

std::vector<std::string> PresentationOf(const ReviewItem& item, std::string_view person, std::string_view key) {
  std::vector<std::string> order = item.subject.responses;
  Random random = GeneratorOf(key, "order", item.id + "|" + std::string(person));
  for (std::size_t left = order.size(); left > 1; --left) std::swap(order[left - 1], order[random.Below(left)]);
  return order;
}

double AuditProbability(const AuditSpec& audit, const Opinion& outcome, DecisionMethod method, Duration active,
                        const AuditHistory& history) {
  constexpr std::size_t kRecent = 20;
  constexpr std::size_t kLongRun = 50;
  if (method == DecisionMethod::kRework) return 1;
  if (audit.severity > 0 && outcome.severity && *outcome.severity <= audit.severity) return 1;
  if (active < audit.fast) return 1;
  double share = history.is_new ? std::max(audit.share, audit.new_share) : audit.share;
  const auto first = [&](std::size_t most) { return history.results | std::views::take(most); };
  const bool is_good = history.results.size() >= kLongRun && std::ranges::count(first(kLongRun), false) == 0;
  if (std::ranges::count(first(kRecent), false) >= 2) {
    share *= 3;
  } else if (is_good) {
    share /= 2;
  }
  const double floor = audit.share <= 0 ? 0
                                        : static_cast<double>(audit.at_least) /
                                              std::max(history.decisions_30d, std::max(audit.at_least, 1));
  return std::min(1.0, std::max(share, floor));
}

AuditDraw DrawAudit(std::string_view item, int epoch, double probability, std::string_view key) {
  const double draw = DrawOf(key, "audit", std::string(item) + "|" + std::to_string(epoch));
  return {.probability = probability, .is_drawn = draw < probability};
}

std::optional<std::int64_t> AuditsNeeded(double target, std::int64_t failures) {
  constexpr std::int64_t kMost = 100'000;
  if (!(target > 0 && target < 1) || failures < 0) return std::nullopt;
  const auto shows = [&](std::int64_t n) {
    const auto bound = WilsonLower(n - failures, n, 0.95);
    return bound && *bound >= target;
  };
  // The bound rises with n where the number of failures stays.
  std::int64_t low = failures;
  std::int64_t high = kMost;
  if (!shows(high)) return std::nullopt;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (shows(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace assay
