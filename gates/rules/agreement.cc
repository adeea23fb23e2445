// Whether a judge agrees with people, or people among themselves, on the sentinels of the run. The bounds are those of
// stats/judge_bounds.h, which hold at any number of sentinels; a point that looks good never passes. It says nothing of
// the candidate's answers.

#include <algorithm>
#include <cmath>

#include "config/agreement_words.h"
#include "config/fields.h"
#include "config/plugin_kind.h"
#include "gates/gate.h"
#include "gates/rules/decision.h"
#include "gates/rules/rule.h"

namespace assay {

namespace {

enum class AgreeingOnes { kJudge, kPeople };

}  // namespace

template <>
struct EnumWords<AgreeingOnes> {
  static constexpr EnumWord<AgreeingOnes> kWords[] = {
      {"judge", AgreeingOnes::kJudge, "the judge and the labels of people"},
      {"people", AgreeingOnes::kPeople, "people among themselves"}};
};

namespace {

struct AgreementOptions {
  std::string of;
  double at_least = 0;
  AgreementStatistic statistic = AgreementStatistic::kKappa;
  AgreeingOnes among = AgreeingOnes::kJudge;
  static const FieldTable<AgreementOptions>& Fields() {
    static const auto table =
        FieldTable<AgreementOptions>()
            .Required("of", &AgreementOptions::of, "the judge, a grader with sentinels", {.form = TextForm::kName})
            .Required("at_least", &AgreementOptions::at_least, "what the lower bound must reach",
                      {.above = 0, .below = 1})
            .Optional("statistic", &AgreementOptions::statistic, "how agreement is measured")
            .Optional("among", &AgreementOptions::among, "who must agree");
    return table;
  }
};

struct AgreementFound {
  std::optional<double> value = {};
  std::optional<Interval> bounds = {};
  std::int64_t cases = 0;
  std::string why = {};  // there is none
};

class AgreementRule : public Rule {
 public:
  explicit AgreementRule(AgreementOptions options) : options_(std::move(options)) {}

  double threshold() const override { return options_.at_least; }
  std::string Asks(const MetricShape*) const override { return Named() + " >= " + Shown(options_.at_least); }
  std::vector<std::string> MetricNames() const override { return {options_.of}; }
  JudgeUse UseOfJudges() const override { return JudgeUse::kNone; }

  Finding Find(const PartInput& input, ErrorsAs) const override {
    Finding finding;
    const AgreementFound found = FoundIn(input, input.confidence);
    if (!found.bounds) return finding;
    finding.method = Method();
    finding.pass_bound = found.bounds->lower;
    finding.fail_bound = found.bounds->upper;
    finding.passes = finding.pass_bound >= options_.at_least;
    finding.fails = finding.fail_bound < options_.at_least;
    return finding;
  }

  double Margin(const PartInput&, double bound) const override { return bound - options_.at_least; }

  void Describe(const PartInput& input, const Finding& finding, RulePart& part) const override {
    const AgreementFound found = FoundIn(input, input.confidence);
    part.estimate.confidence = input.confidence;
    part.estimate.cases = found.cases;
    part.estimate.value = found.value;
    if (found.bounds) {
      part.estimate.method = Method();
      part.estimate.lower = found.bounds->lower;
      part.estimate.upper = found.bounds->upper;
    }
    const std::string data = " (" + Named() + " " + (found.value ? Shown(*found.value) : std::string("unknown")) +
                             " on " + std::to_string(found.cases) + " sentinels)";
    if (part.state == VerdictState::kPass) {
      part.reason = "lower bound " + Shown(finding.pass_bound) + " >= " + Shown(options_.at_least) + data;
    } else if (part.state == VerdictState::kFail) {
      part.reason = "upper bound " + Shown(finding.fail_bound) + " < " + Shown(options_.at_least) + data;
    } else if (part.state == VerdictState::kInconclusive) {
      part.reason = found.bounds
                        ? Shown(options_.at_least) + " lies between the lower bound " + Shown(finding.pass_bound) +
                              " and the upper bound " + Shown(finding.fail_bound) + data + "; more sentinels would tell"
                        : found.why;
    }
  }

 private:
  bool IsOfJudge() const { return options_.among == AgreeingOnes::kJudge; }
  std::string_view Method() const { return IsOfJudge() ? "clopper_pearson" : "gaffke"; }

  // "kappa of judge \"good\" and people"
  std::string Named() const {
    const std::string measure =
        options_.statistic == AgreementStatistic::kRaw ? "agreement" : std::string(WordOf(options_.statistic));
    return measure + " of " +
           (IsOfJudge() ? "judge \"" + options_.of + "\" and people"
                        : "people on the sentinels of \"" + options_.of + "\"");
  }

  AgreementFound FoundIn(const PartInput& input, double confidence) const {
    const JudgeCalibration* judge = input.facts.run == nullptr ? nullptr : input.facts.run->FindJudge(options_.of);
    if (judge == nullptr) return {.why = "grader \"" + options_.of + "\" has no sentinels in this run"};
    if (!input.run_ended) return {.why = "the run has not ended"};
    return IsOfJudge() ? OfJudge(*judge, confidence) : OfPeople(*judge, confidence);
  }

  AgreementFound OfJudge(const JudgeCalibration& judge, double confidence) const {
    const SentinelCounts& counts = judge.counts;
    AgreementFound found{.cases = counts.passes - counts.lost_passes + counts.fails - counts.lost_fails};
    found.why = judge.Unsteady();
    if (!found.why.empty()) return found;
    found.bounds = BoundJudgeAgreement(options_.statistic, counts, confidence);
    if (!found.bounds) {
      found.why = "the judge gave no verdict on sentinels of both labels";
      return found;
    }
    const double share = static_cast<double>(counts.passes) / static_cast<double>(counts.passes + counts.fails);
    found.value = JudgeAgreementAt(options_.statistic, *SensitivityOf(counts, confidence).value,
                                   *SpecificityOf(counts, confidence).value, share);
    return found;
  }

  AgreementFound OfPeople(const JudgeCalibration& judge, double confidence) const {
    const auto agreement = BoundPeopleAgreement(options_.statistic, judge.people, confidence);
    if (!agreement) return {.why = "no sentinel has the labels of two people or more"};
    return {.value = agreement->value, .bounds = agreement->bounds, .cases = agreement->cases};
  }

  AgreementOptions options_;
};

}  // namespace

PluginKind AgreementKind() {
  PluginKind kind;
  kind.help = "a judge is shown to agree with people on its sentinels, or people among themselves";
  kind.schema = SchemaOf(AgreementOptions::Fields());
  kind.check = [](const Node& option, Diagnostics& diagnostics) {
    AgreementOptions options;
    ReadFields(option, options, diagnostics);
  };
  kind.metrics = [](const Node& option) -> std::vector<std::string> {
    Diagnostics ignored;  // reported by check
    AgreementOptions options;
    if (!ReadFields(option, options, ignored)) return {};
    return {options.of};
  };
  kind.objection = [](const Node&, const MetricSpec& metric) -> std::string {
    if (metric.has_sentinels && metric.grader == metric.name) return "";
    return "\"" + metric.name + "\" is no grader with sentinels, which agreement is measured on";
  };
  kind.target = RuleTarget::kNone;
  kind.is_of_run = true;
  kind.passes_on_part = kind.fails_on_part = true;
  kind.judge_use = JudgeUse::kNone;
  return kind;
}

Result<std::unique_ptr<Rule>> MakeAgreementRule(const Node& option) {
  Diagnostics diagnostics;
  AgreementOptions options;
  if (!ReadFields(option, options, diagnostics)) return Fail(OptionError("agreement", diagnostics));
  return std::make_unique<AgreementRule>(std::move(options));
}

}  // namespace assay
