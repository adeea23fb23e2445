#include "runners/graders/plugins/plugin_grading.h"

#include <algorithm>
#include <utility>

#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

GraderValue Meaning(PluginValue value) {
  switch (value) {
    case PluginValue::kDecision:
      return GraderValue::kPass;
    case PluginValue::kShare:
      return GraderValue::kShare;
    case PluginValue::kErrorRate:
      return GraderValue::kErrorRate;
    case PluginValue::kAmount:
      return GraderValue::kAmount;
  }
  return GraderValue::kPass;
}

}  // namespace

GraderValue PluginValueOf(const Node& options, const std::filesystem::path&) {
  Diagnostics ignored;  // reported by the kind's factory
  PluginValue value = PluginValue::kDecision;
  if (const auto node = options.Find("value")) FieldType<PluginValue>::Read(*node, {}, value, ignored);
  return Meaning(value);
}

PluginGrading::PluginGrading(std::string_view kind, const PluginOptions& options, const GraderPlace& place)
    : kind_(kind),
      name_(place.name),
      options_(options),
      value_(Meaning(options.value)),
      on_failure_(place.services == nullptr ? OnPluginFailure() : place.services->on_plugin_failure) {}

std::string PluginGrading::Request(std::string_view id, const Case& item, const Response& response) const {
  return PluginRequest({.id = id,
                        .grader = name_,
                        .options = options_.options,
                        .item = item,
                        .response = response,
                        .timeout = options_.timeout});
}

GradingOutcome PluginGrading::Answered(std::string_view id, std::string_view reply, const GradingTerms& terms) const {
  return Answered(id, ReadPluginReply(reply), terms);
}

GradingOutcome PluginGrading::Answered(std::string_view id, Result<PluginReply> reply,
                                       const GradingTerms& terms) const {
  auto outcome = Understood(id, std::move(reply), terms);
  if (!outcome) return Failed(PluginFailure::kGarbage, outcome.error().message);
  return *std::move(outcome);
}

Result<GradingOutcome> PluginGrading::Understood(std::string_view id, Result<PluginReply> reply,
                                                 const GradingTerms& terms) const {
  constexpr std::string_view kUnusable = "its answer cannot be used: ";
  if (!reply) return Fail(reply.error().code, std::string(kUnusable) + reply.error().message);
  const double cost = reply->cost_usd.value_or(0);
  auto score = ScoreOfPlugin(*std::move(reply), id, value_);
  if (!score) return Fail(score.error().code, std::string(kUnusable) + score.error().message);
  terms.Charge(cost);
  return GradingOutcome{*std::move(score)};
}

GradingOutcome PluginGrading::Failed(PluginFailure failure, std::string_view reason) const {
  if (on_failure_) on_failure_(kind_, name_, failure);
  return GradingOutcome{Score::Broken(
      CutText("plug-in (" + std::string(Name(failure)) + "): " + std::string(reason), Score::kMaxReason))};
}

Deadline PluginGrading::DeadlineOf(const GradingTerms& terms) const {
  return std::min(terms.deadline, DeadlineIn(options_.timeout));
}

}  // namespace assay
