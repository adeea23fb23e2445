#include "cli/judge_lines.h"

#include <optional>

#include "assay/v1/run.pb.h"
#include "assay/v1/types.pb.h"
#include "cli/table.h"

namespace assay {
namespace {

std::string Number(bool has, double value) { return FormatNumber(has ? std::optional(value) : std::nullopt); }

// "0.98 in [0.94, 0.996]"
std::string Share(const v1::Estimate& estimate) {
  return Number(estimate.has_value(), estimate.value()) + " in [" + Number(estimate.has_lower(), estimate.lower()) +
         ", " + Number(estimate.has_upper(), estimate.upper()) + "]";
}

// "judge j passes 98 of 100 sentinels that people pass (0.98 in [0.94, 0.996]) and fails …"
std::string Describe(const v1::JudgeCalibration& judge) {
  const auto of = [](std::int64_t right, std::int64_t all) {
    return std::to_string(right) + " of " + std::to_string(all);
  };
  std::string text = "judge " + judge.judge() + " passes " + of(judge.true_passes(), judge.human_passes()) +
                     " sentinels that people pass (sensitivity " + Share(judge.sensitivity()) + ") and fails " +
                     of(judge.true_fails(), judge.human_fails()) + " that they fail (specificity " +
                     Share(judge.specificity()) + ")";
  const std::int64_t lost = judge.lost_passes() + judge.lost_fails();
  if (lost > 0) text += ", no verdict on " + std::to_string(lost);
  std::string models;
  for (const std::string& model : judge.answered_by()) {
    if (!model.empty()) models += (models.empty() ? "" : ", ") + model;
  }
  return models.empty() ? text : text + ", answered by " + models;
}

// Of the part that decides, else of the first.
const v1::RulePart* PartOf(const v1::RuleOutcome& rule) {
  if (rule.parts().empty()) return nullptr;
  const bool is_inside = rule.has_deciding_part() && rule.deciding_part() < rule.parts_size();
  return &rule.parts(is_inside ? rule.deciding_part() : 0);
}

}  // namespace

std::vector<std::string> JudgeLines(const v1::Verdict& verdict) {
  std::vector<std::string> lines;
  for (const v1::RuleOutcome& rule : verdict.rules()) {
    const v1::RulePart* part = PartOf(rule);
    if (part == nullptr || !part->has_judge()) continue;
    const v1::JudgeEvidence& evidence = part->judge();
    std::string line = rule.rule() + ": ";
    line += evidence.corrected() ? "corrected for the judge's errors" : "not corrected for a judge's errors";
    if (rule.uncorrected()) line += ", as the rule says";
    if (evidence.raw().has_value()) line += "; as judged " + Share(evidence.raw());
    for (const v1::JudgeCalibration& judge : evidence.judges()) line += "; " + Describe(judge);
    for (const v1::JudgeCalibration& judge : evidence.baseline_judges())
      line += "; in the baseline's run " + Describe(judge);
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> JudgeLines(const v1::Run& run) {
  std::vector<std::string> lines;
  for (const v1::JudgeCalibration& judge : run.judges())
    lines.push_back("grader " + judge.grader() + ": " + Describe(judge));
  return lines;
}

}  // namespace assay
