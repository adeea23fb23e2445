#include "daemon/verdict_cases.h"

#include <algorithm>
#include <map>

#include "core/json.h"
#include "daemon/check_decision.h"
#include "daemon/failure_groups.h"
#include "gates/attestation.h"

namespace assay {
namespace {

Result<RuleOutcome> FindRule(const VerdictRecord& record, const Verdict& verdict, const std::string& name) {
  const auto rule = std::ranges::find(verdict.rules, name, &RuleOutcome::rule);
  if (rule != verdict.rules.end()) return *rule;
  return Fail(ErrorCode::kNotFound, "verdict " + record.id + " has no rule \"" + name + "\"");
}

// Each once, in the order of the verdict.
Result<std::vector<RuleOutcome>> RulesAskedOf(const VerdictRecord& record, const Verdict& recorded,
                                              const std::vector<std::string>& names) {
  if (names.empty()) return recorded.rules;
  for (const std::string& name : names) ASSAY_TRY(FindRule(record, recorded, name));
  std::vector<RuleOutcome> rules;
  std::ranges::copy_if(recorded.rules, std::back_inserter(rules),
                       [&](const RuleOutcome& rule) { return std::ranges::find(names, rule.rule) != names.end(); });
  return rules;
}

// Fewer than a part can name are all that there are.
bool NamesAll(const RuleOutcome& rule) {
  return std::ranges::all_of(rule.parts,
                             [](const RulePart& part) { return part.worst_cases.size() < RulePart::kMaxWorstCases; });
}

std::int64_t CouldName(const RuleOutcome& rule, std::size_t most_of_part) {
  std::int64_t cases = 0;
  for (const RulePart& part : rule.parts)
    cases += std::min(part.counts.scheduled, static_cast<std::int64_t>(most_of_part));
  return cases;
}

// What is decided at once: rules whose cases the verdict does not all name.
std::vector<WantedCases> WantedAtOnce(const std::vector<RuleOutcome>& rules, std::size_t most, std::int64_t most_held) {
  std::vector<WantedCases> all;
  std::int64_t held = 0;
  for (const RuleOutcome& rule : rules) {
    if (NamesAll(rule)) continue;
    const std::int64_t more = CouldName(rule, most + 1);
    if (all.empty() || held + more > most_held) {
      all.push_back({.rules = {}, .most = most + 1});
      held = 0;
    }
    all.back().rules.insert(rule.rule);
    held += more;
  }
  return all;
}

std::vector<PartCases> CasesOf(RuleOutcome rule, std::size_t most) {
  std::vector<PartCases> parts;
  std::size_t left = kMostVerdictCases;
  for (RulePart& part : rule.parts) {
    PartCases& added = parts.emplace_back(PartCases{rule.rule, part.suite, part.slice, part.slice_value});
    added.cases = std::move(part.worst_cases);
    added.is_all = added.cases.size() <= std::min(most, left);
    if (!added.is_all) added.cases.resize(std::min(most, left));
    left -= added.cases.size();
  }
  return parts;
}

// Others may have their groups all the same.
bool IsOfOneRule(const Error& error) {
  return error.code == ErrorCode::kResourceExhausted || error.code == ErrorCode::kFailedPrecondition;
}

class CasesListing {
 public:
  CasesListing(const CasesContext& context, const VerdictRecord& record, const Verdict& recorded,
               const CasesQuestion& question, std::vector<RuleOutcome> rules)
      : context_(context), record_(record), recorded_(recorded), question_(question), rules_(std::move(rules)) {}

  Result<std::vector<PartCases>> List() {
    for (const RuleOutcome& rule : rules_)
      if (NamesAll(rule)) ASSAY_TRY(Add(rule));
    const std::size_t most = question_.is_grouped ? kMostVerdictCases : question_.most;
    for (WantedCases& wanted : WantedAtOnce(rules_, most, context_.most_held)) ASSAY_TRY(DecideFor(std::move(wanted)));
    return InOrder();
  }

 private:
  Status DecideFor(WantedCases wanted) {
    ASSAY_TRY(ReadInputs());
    inputs_->decision.wanted_cases = wanted;
    ASSAY_ASSIGN(const Verdict again, Decide());
    for (const std::string& name : wanted.rules) {
      ASSAY_ASSIGN(RuleOutcome rule, FindRule(record_, again, name));
      ASSAY_TRY(Add(std::move(rule)));
    }
    return {};
  }

  Status ReadInputs() {
    if (inputs_) return {};
    std::vector<std::string> missing;
    ASSAY_ASSIGN(inputs_, ReadRecordedInputs(context_.store, record_, recorded_, missing));
    if (!missing.empty()) return Fail(ErrorCode::kFailedPrecondition, missing.front());
    return {};
  }

  Result<Verdict> Decide() const {
    if (context_.decide) return context_.decide(*inputs_);
    return DecideOnRuns(context_.store, context_.kinds, inputs_->check, inputs_->links, inputs_->decision,
                        inputs_->decided_at, nullptr);
  }

  Status Add(RuleOutcome rule) {
    std::vector<PartCases>& parts = listed_[rule.rule];
    if (!question_.is_grouped) {
      parts = CasesOf(std::move(rule), question_.most);
      return {};
    }
    auto groups = GroupFailures(context_.store, context_.kinds, record_, recorded_, rule, context_.guard);
    if (!groups && (rules_.size() == 1 || !IsOfOneRule(groups.error()))) return Fail(groups.error());
    parts = CasesOf(std::move(rule), question_.most);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (groups) {
        AddGroups((*groups)[i], parts[i]);
      } else {
        parts[i].not_grouped = groups.error().message;
      }
    }
    return {};
  }

  static void AddGroups(GroupedFailures& groups, PartCases& part) {
    part.groups = std::move(groups.groups);
    part.failing = groups.failing;
    part.is_least = groups.is_least;
    part.labels_withheld = std::move(groups.labels_withheld);
  }

  std::vector<PartCases> InOrder() {
    std::vector<PartCases> parts;
    std::size_t left = kMostListedCases;
    for (const RuleOutcome& rule : rules_) {
      for (PartCases& part : listed_[rule.rule]) {
        if (part.cases.size() > left) {
          part.cases.resize(left);
          part.is_all = false;
        }
        left -= part.cases.size();
        parts.push_back(std::move(part));
      }
    }
    return parts;
  }

  const CasesContext& context_;
  const VerdictRecord& record_;
  const Verdict& recorded_;
  const CasesQuestion& question_;
  const std::vector<RuleOutcome> rules_;
  std::optional<RecordedInputs> inputs_;
  std::map<std::string, std::vector<PartCases>> listed_;  // by rule
};

}  // namespace

Result<std::vector<PartCases>> ListVerdictCases(const CasesContext& context, const VerdictRecord& record,
                                                const CasesQuestion& question) {
  ASSAY_ASSIGN(const Json document, Json::Parse(record.document));
  ASSAY_ASSIGN(const Verdict recorded, VerdictFromJson(document));
  ASSAY_ASSIGN(std::vector<RuleOutcome> rules, RulesAskedOf(record, recorded, question.rules));
  return CasesListing(context, record, recorded, question, std::move(rules)).List();
}

}  // namespace assay
