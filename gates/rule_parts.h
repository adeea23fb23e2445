#pragma once
// The parts of a rule: a suite each, or a value of a slice of it.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/gate.h"
#include "gates/asked_cases.h"
#include "gates/checked_suite.h"
#include "gates/judge_opinion.h"
#include "gates/rules/decision.h"
#include "gates/rules/rule.h"

namespace assay {

// Of a rule that names `named` itself, or its metric or grader; absent when the suite does not have them.
std::optional<MetricsOfRule> MetricsFor(const RuleSpec& spec, const std::vector<std::string>& named,
                                        const SuiteObservations& suite);

// Whether a blocking rule of the gate is on scores of that suite, and not only on times, tokens, rates and cost: these
// say nothing of what an answer is worth.
bool AsksWhatAnswersSay(const GateSpec& gate, const SuiteObservations& suite);
// For people, where none is.
std::string OnlyMeasuredText(const std::string& suite);
// Whether every blocking rule on scores of that suite judges each case by itself, and none says how many it takes.
bool CanPassOnOneCase(const GateSpec& gate, const SuiteObservations& suite);
// For people, where that is so.
std::string OneCaseText(const std::string& suite);

// A part before it is decided. The evidence outlives it.
struct PartQuestion {
  RulePart part = {};       // with its names; decided already when there is nothing to ask
  bool is_decided = false;  // it is an error, or nothing can be known of it
  const SuiteObservations* suite = nullptr;
  const SuiteObservations* baseline = nullptr;
  MetricsOfRule metrics = {};
  SharedCases asked = {};                     // null pointer where there is nothing to ask
  std::span<const std::uint32_t> cases = {};  // of these
  double confidence = 0.95;
  RunProgress progress = {};
  bool run_ended = false;
  RunFacts facts = {};
  std::optional<BoundMethod> method = {};
  JudgeOpinion opinion = {};
  std::size_t most_worst_cases = RulePart::kMaxWorstCases;

  PartInput Input() const {
    return {*suite,
            metrics.metric,
            cases,
            confidence,
            run_ended,
            baseline,
            std::nullopt,
            facts,
            metrics.named,
            method,
            opinion.judge,
            opinion.baseline_judge,
            opinion.named_judges,
            most_worst_cases,
            asked == nullptr ? nullptr : &asked->memory};
  }
  void Ask(SharedCases of) {
    asked = std::move(of);
    cases = asked->ordinals;
  }
};

// Appends those of `spec` on one suite, on `metrics`, at time `now`. `pass_confidence` as below; `asked` is shared by
// the rules of a gate.
void AskOfSuite(const Rule& rule, const RuleSpec& spec, double pass_confidence, const CheckedSuite& suite,
                const MetricsOfRule& metrics, Time now, AskedCasesOf& asked, std::vector<PartQuestion>& questions);

// Decides all parts of a rule. Those that fail must do so at the level that their number asks for (fail_levels.h).
// PASS needs `pass_confidence`, at least that of `spec`, which FAIL needs: answers that are drawn again are drawn to
// pass.
std::vector<RulePart> DecideParts(const Rule& rule, const RuleSpec& spec, double pass_confidence,
                                  std::vector<PartQuestion> questions);

}  // namespace assay
