#include "review/acceptance.h"

#include <algorithm>
#include <chrono>

namespace assay {
namespace {

Json WholeSeconds(Duration duration) { return std::chrono::duration_cast<std::chrono::seconds>(duration).count(); }

Json ListOf(const std::vector<std::string>& texts) { return Json::Array(texts.begin(), texts.end()); }

template <class T>
Json Known(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

// What the rule asks of its metric. A margin has a direction; of other options nobody knows which way is easier.
void AddRuleKey(const RuleSpec& rule, AcceptanceTerms& terms) {
  const Json option = rule.option.ToJson();
  if (rule.kind == "at_least") return terms.push_back({rule.kind, option, Weakens::kLower});
  if (rule.kind == "at_most") return terms.push_back({rule.kind, option, Weakens::kHigher});
  const bool has_margin = rule.kind == "non_inferior" || rule.kind == "equivalent" || rule.kind == "superior";
  if (!has_margin || !option.is_object()) return terms.push_back({rule.kind, option, Weakens::kChange});
  const Json* margin = option.Find("margin");
  Json::Object others;
  for (const auto& [name, value] : option.as_object()) {
    if (name != "margin") others.emplace_back(name, value);
  }
  terms.push_back({rule.kind + ".margin", margin == nullptr ? Json(0) : *margin,
                   rule.kind == "superior" ? Weakens::kLower : Weakens::kHigher});
  terms.push_back({rule.kind, Json(std::move(others)), Weakens::kChange});
}

void AddQuality(const MetricSpec& metric, AcceptanceTerms& terms) {
  const PeopleQualitySpec none;
  const bool has_quality = metric.quality.has_value();
  const PeopleQualitySpec& quality = has_quality ? *metric.quality : none;
  terms.push_back({"quality.overlap", has_quality ? Json(quality.overlap) : Json(), Weakens::kLower});
  terms.push_back({"quality.agreement", Known(quality.agreement), Weakens::kLower});
  terms.push_back(
      {"quality.statistic", quality.agreement ? Json(WordOf(quality.statistic)) : Json(), Weakens::kChange});
  terms.push_back({"quality.audits_passed", Known(quality.audits_passed), Weakens::kLower});
  terms.push_back({"quality.severe_agreement", Known(quality.severe_agreement), Weakens::kLower});
  terms.push_back({"quality.over_seconds", has_quality ? WholeSeconds(quality.over) : Json(), Weakens::kChange});
}

AcceptanceTerms TermsOf(const RuleSpec& rule, const MetricSpec& metric) {
  AcceptanceTerms terms;
  AddRuleKey(rule, terms);
  terms.push_back({"confidence", rule.confidence, Weakens::kLower});
  terms.push_back({"by", ListOf(rule.by), Weakens::kFewer});
  terms.push_back({"blocking", rule.role == RuleRole::kBlocking, Weakens::kLower});
  terms.push_back({"severity", Known(rule.severity), Weakens::kHigher});
  terms.push_back({"method", rule.method ? Json(WordOf(*rule.method)) : Json("by the data"), Weakens::kChange});
  terms.push_back({"uncorrected", rule.uncorrected, Weakens::kHigher});
  terms.push_back({"waivable", rule.waivable, Weakens::kHigher});
  terms.push_back({"source", WordOf(metric.source), Weakens::kChange});
  terms.push_back({"grader", metric.grader.value_or("none"), Weakens::kChange});
  terms.push_back({"aggregate", WordOf(metric.aggregate), Weakens::kChange});
  AddQuality(metric, terms);
  terms.push_back({"queue", metric.queue.value_or(""), Weakens::kChange});
  return terms;
}

// An expression names its metrics in its text; one that only looks alike asks for an approval too many, and no more.
bool Reads(const RuleSpec& rule, const std::string& metric) {
  if (rule.metric == metric) return true;
  return rule.kind == "expression" && rule.option.ToJson().Dump().find(metric) != std::string::npos;
}

bool ListsValue(const Json::Array& values, const Json& value) {
  return std::ranges::any_of(values, [&](const Json& each) { return each.DumpCanonical() == value.DumpCanonical(); });
}

bool HasFewer(const Json& before, const Json& after) {
  if (!before.is_array() || !after.is_array()) return before.DumpCanonical() != after.DumpCanonical();
  return std::ranges::any_of(before.as_array(), [&](const Json& each) { return !ListsValue(after.as_array(), each); });
}

std::optional<double> NumberIn(const Json& value) {
  if (value.is_bool()) return value.as_bool() ? 1 : 0;
  return value.is_number() ? std::optional(value.as_number()) : std::nullopt;
}

bool IsWeaker(const Json& before, const AcceptanceTerm& after) {
  if (before.is_null()) return false;
  if (after.by == Weakens::kFewer) return HasFewer(before, after.value);
  const auto was = NumberIn(before);
  const auto is = NumberIn(after.value);
  if (after.by == Weakens::kChange || !was || !is) return before.DumpCanonical() != after.value.DumpCanonical();
  return after.by == Weakens::kLower ? *is < *was : *is > *was;
}

std::string Shown(const Json& value) {
  if (value.is_null()) return "none";
  return value.is_string() ? value.as_string() : value.DumpCanonical();
}

}  // namespace

AcceptanceTerms TermsOf(const QueueSpec& queue) {
  const OverlapSpec& overlap = queue.overlap;
  const AgreementSpec& agreement = queue.agreement;
  const AuditSpec& audit = queue.audit;
  const GoldSpec& gold = queue.gold;
  return {{"item", WordOf(queue.item), Weakens::kChange},
          {"overlap.people", overlap.people, Weakens::kLower},
          {"overlap.at_most", overlap.Most(), Weakens::kLower},
          {"overlap.share", overlap.share, Weakens::kLower},
          {"overlap.severity", overlap.severity, Weakens::kLower},
          {"agreement.scores_within", agreement.scores_within, Weakens::kHigher},
          {"agreement.error_overlap", agreement.error_overlap, Weakens::kLower},
          {"agreement.rank_correlation", agreement.rank_correlation, Weakens::kLower},
          {"agreement.majority", agreement.majority, Weakens::kHigher},
          {"audit.share", audit.share, Weakens::kLower},
          {"audit.new_share", audit.new_share, Weakens::kLower},
          {"audit.new_for_seconds", WholeSeconds(audit.new_for), Weakens::kLower},
          {"audit.severity", audit.severity, Weakens::kLower},
          {"audit.fast_seconds", WholeSeconds(audit.fast), Weakens::kLower},
          {"audit.at_least", audit.at_least, Weakens::kLower},
          {"gold.share", gold.share, Weakens::kLower},
          {"gold.share_after_miss", gold.share_after_miss, Weakens::kLower},
          {"gold.every", gold.every, Weakens::kHigher},
          {"gold.training", gold.training, Weakens::kLower},
          {"gold.mark", gold.mark, Weakens::kLower},
          {"gold.minimum", gold.minimum, Weakens::kChange},
          {"gold.again_after_seconds", WholeSeconds(gold.again_after), Weakens::kLower},
          {"skills", ListOf(queue.skills), Weakens::kFewer},
          {"certified", queue.certified, Weakens::kLower},
          {"person_share", queue.person_share, Weakens::kHigher}};
}

AcceptanceTerms TermsOf(const GateSpec& gate) {
  return {{"severe.at_most", gate.severe ? gate.severe->at_most : 0, Weakens::kHigher}};
}

std::vector<RuleOnPeople> RulesOnPeople(const GateSpec& gate, const SuiteSpec& suite) {
  std::vector<RuleOnPeople> found;
  for (const RuleSpec& rule : gate.rules) {
    for (const MetricSpec& metric : suite.metrics) {
      if (!IsOfPeople(metric.source) || !Reads(rule, metric.name)) continue;
      found.push_back(
          {.rule = rule.name, .suite = suite.name, .queue = metric.queue.value_or(""), .terms = TermsOf(rule, metric)});
    }
  }
  return found;
}

Json ToJson(const AcceptanceTerms& terms) {
  Json::Object values;
  for (const AcceptanceTerm& term : terms) values.emplace_back(term.name, term.value);
  return Json(std::move(values));
}

std::vector<std::string> WeakenedTerms(const Json& before, const AcceptanceTerms& after) {
  std::vector<std::string> weakened;
  for (const AcceptanceTerm& term : after) {
    const Json* was = before.Find(term.name);
    if (was == nullptr || !IsWeaker(*was, term)) continue;
    weakened.push_back(term.name + " " + Shown(*was) + " to " + Shown(term.value));
  }
  if (!before.is_object()) return weakened;
  for (const auto& [name, was] : before.as_object()) {
    if (std::ranges::find(after, name, &AcceptanceTerm::name) == after.end())
      weakened.push_back(name + " " + Shown(was) + " is gone");
  }
  return weakened;
}

}  // namespace assay
