#include "cli/rule_words.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <vector>

#include "assay/v1/types.pb.h"
#include "cli/table.h"
#include "gates/slice_value.h"
#include "gates/stats/paired_mean.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

constexpr std::size_t kLongestWord = 4000;
constexpr std::int64_t kMostPairsTried = 20'000;  // each try looks at all of them

std::optional<double> IfThere(bool has, double value) { return has ? std::optional(value) : std::nullopt; }

bool NeedsAtLeast(const v1::RuleOutcome& rule) {
  const bool is_expression = rule.kind() == "expression" && rule.asks().find('>') != std::string::npos;
  return rule.kind() == "at_least" || rule.kind() == "coverage" || rule.kind() == "per_case_floor" || is_expression ||
         rule.asks().starts_with("difference >");
}

bool ComparesModels(const v1::RuleOutcome& rule) {
  return std::ranges::any_of(rule.parts(), [](const v1::RulePart& part) { return part.has_comparison(); });
}

// " at 95 %", " at 97.5 % for PASS and 95 % for FAIL": of each bound by itself, one-sided.
std::string ConfidenceText(const v1::RuleOutcome& rule, const v1::RulePart& part) {
  const std::string pass = FormatNumber(100 * rule.confidence()) + " %";
  if (!part.has_fail_confidence() || part.fail_confidence() == rule.confidence()) return " at " + pass;
  return " at " + pass + " for PASS and " + FormatNumber(100 * part.fail_confidence()) + " % for FAIL";
}

std::string MethodOf(const v1::RuleOutcome& rule, const v1::RulePart& part) {
  if (rule.kind() == "drift") return "chart " + part.estimate().method();
  if (!part.method().empty()) return "bounds by " + part.method() + ConfidenceText(rule, part);
  return part.has_pass_bound() || part.has_fail_bound() ? "counted" : "no bounds";
}

std::string MethodText(const v1::RuleOutcome& rule, const v1::RulePart& part) {
  std::string text = rule.has_severity() ? "severity " + std::to_string(rule.severity()) + ", " : "";
  if (!rule.method().empty()) text += "asks for " + rule.method() + ", ";
  text += MethodOf(rule, part);
  if (part.has_clusters()) {
    const v1::PartClusters& clusters = part.clusters();
    text += ", " + std::to_string(clusters.count()) + (clusters.count() == 1 ? " cluster" : " clusters") +
            " of up to " + std::to_string(clusters.largest()) + " cases";
    if (clusters.has_design_effect()) text += ", design effect " + FormatNumber(clusters.design_effect());
  }
  return text;
}

// Of a floor or ceiling on the share of cases that pass, all of which are scored.
bool IsShareOfAll(const v1::RuleOutcome& rule, const v1::RulePart& part) {
  const v1::Counts& counts = part.counts();
  return (rule.kind() == "at_least" || rule.kind() == "at_most") && rule.has_threshold() && !part.has_judge() &&
         part.method() == "clopper_pearson" && counts.scored() > 0 && counts.scored() == counts.scheduled() &&
         part.estimate().cases() == counts.scored();
}

bool Passes(const v1::RuleOutcome& rule, std::int64_t passing, std::int64_t cases) {
  if (rule.kind() == "at_least")
    return ClopperPearsonLower(passing, cases, rule.confidence()).value_or(0) >= rule.threshold();
  return ClopperPearsonUpper(passing, cases, rule.confidence()).value_or(1) <= rule.threshold();
}

// The most from 0 to `most` with which it passes; absent where it passes with none. More never helps.
template <class PassesAt>
std::optional<std::int64_t> MostThatPasses(std::int64_t most, PassesAt passes) {
  if (!passes(0)) return std::nullopt;
  std::int64_t best = 0;
  std::int64_t beyond = most + 1;
  while (beyond - best > 1) {
    const std::int64_t middle = best + (beyond - best) / 2;
    (passes(middle) ? best : beyond) = middle;
  }
  return best;
}

// Of a comparison of passes by the bounds that need nothing else, all pairs of which are scored.
bool IsPairsOfAll(const v1::RuleOutcome& rule, const v1::RulePart& part) {
  const v1::PassTable& passes = part.comparison().passes();
  const std::int64_t pairs = passes.both() + passes.candidate_only() + passes.baseline_only() + passes.neither();
  return rule.kind() == "non_inferior" && rule.has_threshold() && rule.asks().starts_with("difference >") &&
         part.comparison().has_passes() && !part.has_judge() && !part.has_people() && !part.has_clusters() &&
         part.method() == "paired_gaffke" && pairs == part.counts().scheduled() && pairs <= kMostPairsTried &&
         pairs >= 2;
}

// "3 or fewer of 120 cases lost to the baseline", of what the candidate fails and the baseline passes; the rest stays.
std::string PassesLosing(const v1::RuleOutcome& rule, const v1::RulePart& part) {
  const v1::PassTable& passes = part.comparison().passes();
  const std::int64_t pairs = part.counts().scheduled();
  const auto loses = [&](std::int64_t lost) {
    std::vector<double> differences(static_cast<std::size_t>(pairs), 0);
    std::fill_n(differences.begin(), passes.candidate_only(), 1);
    std::fill_n(differences.rbegin(), lost, -1);
    const auto bounds = BoundedMeanInterval(differences, rule.confidence());
    return bounds && bounds->lower >= -rule.threshold();
  };
  const auto most = MostThatPasses(pairs - passes.candidate_only(), loses);
  const std::string of = " of " + std::to_string(pairs) + " cases lost to the baseline";
  if (!most) return "no result" + of;
  return (*most == 0 ? "none" : std::to_string(*most) + " or fewer") + of;
}

// "95 or more of 100 cases", with which the rule passes; "" where it cannot be told.
std::string PassesWith(const v1::RuleOutcome& rule, const v1::RulePart& part) {
  const std::int64_t cases = part.counts().scored();
  const std::string of = " of " + std::to_string(cases) + (cases == 1 ? " case" : " cases");
  if (rule.kind() == "zero_failures" && rule.has_threshold() && !part.has_judge() && cases > 0) {
    const auto needed = ZeroFailuresNeeded(rule.threshold(), rule.confidence());
    return needed && *needed <= cases ? "no failure in " + std::to_string(cases) + (cases == 1 ? " case" : " cases")
                                      : "";
  }
  if (IsPairsOfAll(rule, part)) return PassesLosing(rule, part);
  if (!IsShareOfAll(rule, part)) return "";
  const bool is_floor = rule.kind() == "at_least";
  std::int64_t best = is_floor ? cases : 0;
  if (!Passes(rule, best, cases)) return "no result" + of;
  std::int64_t beyond = is_floor ? -1 : cases + 1;  // does not pass, or is none
  while (std::abs(best - beyond) > 1) {
    const std::int64_t middle = beyond + (best - beyond) / 2;
    (Passes(rule, middle, cases) ? best : beyond) = middle;
  }
  return std::to_string(best) + (is_floor ? " or more" : " or fewer") + of;
}

// Of rules that foretell no number: what the bound that PASS needs is, and what it is to meet.
std::string NeedsBound(const v1::RuleOutcome& rule, const v1::RulePart& part) {
  if (!part.has_pass_bound() || part.method().empty()) return "";
  return "would pass once its bound for PASS, " + FormatNumber(part.pass_bound()) + ", meets " + ThresholdText(rule);
}

// "" where nothing can be said.
std::string WhatWouldChange(const v1::RuleOutcome& rule, const v1::RulePart& part) {
  const std::string with = PassesWith(rule, part);
  switch (part.state()) {
    case v1::VerdictState::PASS:
      if (!with.empty()) return "passes with " + with;
      return part.has_margin() ? "passes no more with a bound that is worse by more than " + FormatNumber(part.margin())
                               : "";
    case v1::VerdictState::FAIL:
      return with.empty() ? NeedsBound(rule, part) : "would have passed with " + with;
    case v1::VerdictState::INCONCLUSIVE:
      if (part.has_more_cases()) return std::to_string(part.more_cases()) + " more cases like these would decide it";
      return with.empty() ? NeedsBound(rule, part) : "would have passed with " + with;
    default:
      return "";
  }
}

}  // namespace

std::string SliceOf(const v1::RulePart& part) {
  if (part.slice().empty()) return "";
  return Excerpt(part.slice() + "=" + ShownSliceValue(part.slice_value()), kLongestWord);
}

std::string BoundsText(const v1::RuleOutcome& rule, const v1::RulePart& part) {
  if (!part.has_pass_bound() && !part.has_fail_bound()) return "–";
  const auto pass = IfThere(part.has_pass_bound(), part.pass_bound());
  const auto fail = IfThere(part.has_fail_bound(), part.fail_bound());
  if (part.has_comparison() && pass && fail) {
    return "[" + FormatNumber(std::min(*pass, *fail)) + ", " + FormatNumber(std::max(*pass, *fail)) + "]";
  }
  const bool is_floor = NeedsAtLeast(rule);
  return "[" + FormatNumber(is_floor ? pass : fail) + ", " + FormatNumber(is_floor ? fail : pass) + "]";
}

std::string ThresholdText(const v1::RuleOutcome& rule) {
  static const std::set<std::string> plain = {"at_least", "at_most", "zero_failures", "coverage"};
  if (ComparesModels(rule) || (!plain.contains(rule.kind()) && !rule.asks().empty()))
    return Excerpt(rule.asks(), kLongestWord);
  if (!rule.has_threshold()) return "–";
  return (NeedsAtLeast(rule) ? "≥ " : "≤ ") + FormatNumber(rule.threshold());
}

std::vector<std::string> MethodLines(const v1::Verdict& verdict) {
  std::vector<std::string> lines;
  for (const v1::RuleOutcome& rule : verdict.rules()) {
    std::set<std::string> texts;
    for (const v1::RulePart& part : rule.parts()) texts.insert(MethodText(rule, part));
    if (texts.size() == 1) {
      lines.push_back(rule.rule() + ": " + *texts.begin());
      continue;
    }
    for (const v1::RulePart& part : rule.parts()) {
      const std::string slice = SliceOf(part);
      lines.push_back(rule.rule() + (slice.empty() ? "" : " " + slice) + ": " + MethodText(rule, part));
    }
  }
  return lines;
}

std::vector<std::string> ChangeLines(const v1::Verdict& verdict) {
  std::vector<std::string> lines;
  for (const v1::RuleOutcome& rule : verdict.rules()) {
    for (int i = 0; i < rule.parts_size(); ++i) {
      const v1::RulePart& part = rule.parts(i);
      const bool is_deciding = rule.has_deciding_part() && rule.deciding_part() == i;
      if (part.state() != v1::VerdictState::FAIL && !is_deciding) continue;
      const std::string change = WhatWouldChange(rule, part);
      const std::string slice = SliceOf(part);
      if (!change.empty()) lines.push_back(rule.rule() + (slice.empty() ? "" : " " + slice) + ": " + change);
    }
  }
  return lines;
}

std::vector<std::string> LostLines(const v1::Verdict& verdict) {
  std::vector<std::string> lines;
  for (const v1::RuleOutcome& rule : verdict.rules()) {
    std::int64_t lost = 0;
    std::int64_t cases = 0;
    for (const v1::RulePart& part : rule.parts()) {
      // Every slice has all cases.
      if (part.state() != v1::VerdictState::PASS || part.slice() != rule.parts(0).slice()) continue;
      lost += part.comparison().passes().baseline_only();
      cases += part.estimate().cases();
    }
    if (lost == 0) continue;
    lines.push_back(rule.rule() + ": passes, and lost " + std::to_string(lost) + " of " + std::to_string(cases) +
                    " cases to the baseline: assay verdict cases " + verdict.id() + " --rule " + rule.rule());
  }
  return lines;
}

std::vector<std::string> RuleDetails(const v1::RuleOutcome& rule) {
  std::vector<std::string> lines;
  for (const v1::RulePart& part : rule.parts()) {
    const std::string slice = SliceOf(part);
    const std::string threshold = ThresholdText(rule);
    std::string line = slice.empty() ? "" : slice + ": ";
    if (threshold != "–") line += "asks " + threshold + "; ";
    line += "estimate " + FormatNumber(IfThere(part.estimate().has_value(), part.estimate().value())) + ", bounds " +
            BoundsText(rule, part) + ", " + std::to_string(part.counts().scored()) + " of " +
            std::to_string(part.counts().scheduled()) + " cases scored, " + MethodText(rule, part);
    if (const std::string change = WhatWouldChange(rule, part); !change.empty()) line += "; " + change;
    lines.push_back(std::move(line));
  }
  return lines;
}

FailingCount CountFailing(const v1::RuleOutcome& rule, const v1::RulePart& part) {
  if (part.comparison().has_passes()) return {.cases = part.comparison().passes().baseline_only()};
  const bool is_share = part.has_shown() && part.estimate().has_value() && !part.has_comparison();
  if (is_share && (rule.kind() == "at_least" || rule.kind() == "at_most")) {
    const double passing = part.estimate().value() * static_cast<double>(part.estimate().cases());
    const std::int64_t rounded = std::llround(passing);
    return {.cases = rule.kind() == "at_most" ? rounded : part.estimate().cases() - rounded};
  }
  constexpr int kMostWorstCases = 10;  // that a verdict names
  return {.cases = part.worst_cases_size(), .is_least = part.worst_cases_size() >= kMostWorstCases};
}

}  // namespace assay
