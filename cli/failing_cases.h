#pragma once
// The cases behind a verdict, with what the judged grader said of them and what the model answered.

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace assay::v1 {
class Check;
class RuleOutcome;
class RulePart;
class Trial;
class Verdict;
class WorstCase;
}  // namespace assay::v1

namespace assay {

class DaemonConnection;

// One of the cases that count against a rule.
struct FailingCase {
  std::string rule;
  std::string case_id;
  std::string reason;    // of the grader that the rule judges, or the measured value
  std::string response;  // whole
  // Of rules that compare: the same of the baseline.
  struct Baseline {
    std::string reason;
    std::string response;
  };
  std::optional<Baseline> baseline = {};
  std::string suite = {};
  std::string slice = {};  // SliceOf the part (rule_words.h)
  std::string label = {};  // that the grader gave
};

// The first few worst cases of every part of a rule that does not pass, by rule, part and label. The verdict stands
// without what was answered to them: where that cannot be read, the reason says so.
std::vector<FailingCase> LookUpFailingCases(const DaemonConnection& connection, const v1::Check& check);

// Of these cases of a part, at most 1,000, with both models' responses where the rule compares; likewise.
std::vector<FailingCase> LookUpCases(const DaemonConnection& connection, const v1::Verdict& verdict,
                                     const v1::RuleOutcome& rule, const v1::RulePart& part,
                                     std::span<const v1::WorstCase> worst_cases);

// What counts against `rule` in the trial: "answer: expected 4, got 5", "latency_ms 812", the error of the trial.
// Empty when nothing does.
std::string WhatCounts(const v1::RuleOutcome& rule, const v1::Trial& trial);

}  // namespace assay
