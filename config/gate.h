#pragma once
// kind: Gate. A named policy: suites, baseline, rules.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/bound_method.h"
#include "config/fields.h"
#include "config/node.h"
#include "core/clock.h"

namespace assay {

enum class RuleRole { kBlocking, kAdvisory };
template <>
struct EnumWords<RuleRole> {
  static constexpr EnumWord<RuleRole> kWords[] = {{"blocking", RuleRole::kBlocking, "decides the verdict"},
                                                  {"advisory", RuleRole::kAdvisory, "is shown, decides nothing"}};
};

// When a check has seen enough.
enum class StopWhen { kAll, kEarly };
template <>
struct EnumWords<StopWhen> {
  static constexpr EnumWord<StopWhen> kWords[] = {
      {"all", StopWhen::kAll, "every case is asked"},
      {"early", StopWhen::kEarly, "looks at set numbers of cases, and asks no more once every rule is settled"}};
};

// One condition. A rule with `metric` or `grader` is computed on every suite of the gate that defines it.
struct RuleSpec {
  std::string name;
  std::optional<std::string> metric;  // at most one of metric and grader is set
  std::optional<std::string> grader;
  double confidence = 0.95;     // one-sided, in (0.5, 1)
  std::vector<std::string> by;  // slices; the rule must hold in each value of each
  RuleRole role = RuleRole::kBlocking;
  std::optional<int> severity;             // 1 is the gravest
  std::optional<BoundMethod> method = {};  // absent: the one that is right for the data
  bool uncorrected = false;  // takes what a judge says as it stands; its sentinels must show that it can tell
  bool waivable = true;      // false: no waiver covers it
  Node rest;                 // the keys that are not of the frame: the rule key
  // Set by ResolveRule.
  std::string kind;  // the rule key: "at_least"
  Node option;       // the value under it
  static const FieldTable<RuleSpec>& Fields();
};

// Finds the one rule key of `kinds` in `rule.rest` and sets kind and option. None, several and unknown keys are
// reported. Returns whether the rule is usable.
bool ResolveRule(RuleSpec& rule, std::span<const std::string> kinds, Diagnostics& diagnostics);

// What a candidate is compared with; exactly one of stage and version is set.
struct BaselineSpec {
  std::string model;
  std::optional<std::string> stage;
  std::optional<std::string> version;
  static const FieldTable<BaselineSpec>& Fields();
};

// The rule on harm of severity 1 that every gate has, by this name and kind.
inline constexpr std::string_view kSevereHarmRule = "severe_harm";
// Likewise on blockers that a release role upheld.
inline constexpr std::string_view kReleaseBlockerRule = "release_blocker";
// Whether a rule of this name stands in no document: people alone decide it.
inline bool IsOfPeopleAlone(std::string_view rule) { return rule == kSevereHarmRule || rule == kReleaseBlockerRule; }

// How much harm of severity 1 that people upheld a gate accepts.
struct SevereSpec {
  std::int64_t at_most = 0;  // cases, one with several trials once
  static const FieldTable<SevereSpec>& Fields();
};

struct GateSpec {
  std::string name;
  std::string description;
  std::string owner;
  std::vector<std::string> suites;
  std::optional<BaselineSpec> baseline;
  std::vector<RuleSpec> rules;
  StopWhen stop = StopWhen::kAll;
  bool interleave = false;                 // the baseline is asked anew beside the candidate
  std::optional<std::int64_t> max_n = {};  // cases of each suite that are asked at most
  std::optional<Duration> timeout = {};    // how long who asks waits for a verdict, unless they say otherwise
  Duration review_deadline = std::chrono::hours(24 * 7);  // of rules that ask people, after the check was asked for
  std::optional<SevereSpec> severe = {};                  // absent: none
  static const FieldTable<GateSpec>& Fields();
};

}  // namespace assay
