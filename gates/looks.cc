#include "gates/looks.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/random.h"
#include "gates/rules/builtin.h"

namespace assay {

Looks Looks::Of(StopWhen stop, std::int64_t most_cases) {
  int count = 1;
  if (stop == StopWhen::kEarly) {
    while (count < kMost && most_cases >> count >= kFewestCases) ++count;
  }
  return Looks(count);
}

std::optional<Looks> Looks::OfCount(std::int64_t count) {
  return count >= 1 && count <= kMost ? std::optional(Looks(static_cast<int>(count))) : std::nullopt;
}

std::int64_t Looks::CasesAt(int look, std::int64_t planned) const {
  const std::int64_t parts = std::int64_t{1} << (count_ - look);
  return (planned + parts - 1) / parts;
}

double Looks::ErrorShareOf(int look) const {
  if (count_ == 1) return 1;
  return look == count_ ? 0.5 : 0.5 / (count_ - 1);
}

std::int64_t PlannedCases(const GateSpec& gate, std::int64_t cases) {
  return gate.max_n ? std::min(*gate.max_n, cases) : cases;
}

std::vector<std::int64_t> SpreadOver(const Looks& looks, std::int64_t planned, std::int64_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::int64_t> due;
  std::int64_t before = 0;  // cases of earlier looks
  for (int look = 1; look <= looks.count() && planned > 0; ++look) {
    const std::int64_t cases = looks.CasesAt(look, planned);
    const std::int64_t first = std::ssize(due);
    const std::int64_t here = count * cases / planned - first;
    for (std::int64_t i = 0; i < here; ++i) {
      const std::int64_t begin = i * (cases - before) / here;
      const std::int64_t end = ((i + 1) * (cases - before) + here - 1) / here;
      const auto drawn = static_cast<std::int64_t>(random.Below(static_cast<std::uint64_t>(end - begin)));
      due.push_back(before + begin + drawn + 1);
    }
    before = cases;
  }
  due.resize(static_cast<std::size_t>(count), planned);
  return due;
}

SuiteEvidence EvidenceOn(const SuiteEvidence& whole, std::span<const std::uint32_t> ordinals,
                         const TrialStatuses& statuses) {
  SuiteEvidence part = whole;
  part.observations = whole.observations.Part(ordinals);
  for (std::size_t i = 0; i < part.judges.size() && i < part.sentinels.size(); ++i)
    part.judges[i] = CalibratedOn(std::move(part.judges[i]), part.sentinels[i], std::ssize(ordinals));
  part.state = RunState::kComplete;
  part.cause.clear();
  const auto trials = static_cast<std::size_t>(whole.observations.trials());
  part.counts = {.scheduled = static_cast<std::int64_t>(ordinals.size() * trials)};
  for (const std::uint32_t ordinal : ordinals) {
    for (std::size_t trial = 0; trial < trials; ++trial) {
      if (const auto status = statuses[ordinal * trials + trial]) part.counts.Add(*status);
    }
  }
  return part;
}

bool IsSettled(const GateSpec& gate, const Verdict& verdict) {
  const std::vector<PluginKind> kinds = RuleKinds();
  const auto kind_of = [&](const RuleSpec& rule) { return FindKind(kinds, rule.kind); };
  if (verdict.state == VerdictState::kPass) {
    return std::ranges::all_of(gate.rules, [&](const RuleSpec& rule) {
      return rule.role != RuleRole::kBlocking || (kind_of(rule) != nullptr && kind_of(rule)->passes_on_part);
    });
  }
  if (verdict.state != VerdictState::kFail) return false;
  for (std::size_t i = 0; i < gate.rules.size() && i < verdict.rules.size(); ++i) {
    const PluginKind* kind = kind_of(gate.rules[i]);
    const bool fails = verdict.rules[i].blocking && verdict.rules[i].state == VerdictState::kFail;
    if (fails && kind != nullptr && kind->fails_on_part) return true;
  }
  return false;
}

}  // namespace assay
