// How much of the world the data speaks of: the share of a slice's values with enough scored cases. A count, not a
// sample: no interval. Without a metric a case is scored when every metric of the suite is.

#include <algorithm>
#include <cmath>
#include <vector>

#include "config/fields.h"
#include "config/plugin_kind.h"
#include "gates/rules/decision.h"
#include "gates/rules/rule.h"

namespace assay {
namespace {

struct CoverageOptions {
  std::string of;
  std::int64_t min_cases = 1;
  double at_least = 1;
  bool high_risk = false;
  static const FieldTable<CoverageOptions>& Fields() {
    static const auto table = FieldTable<CoverageOptions>()
                                  .Required("of", &CoverageOptions::of, "the slice whose values are counted",
                                            Limits{.form = TextForm::kSlice})
                                  .Required("min_cases", &CoverageOptions::min_cases,
                                            "scored cases a value needs to be covered", {.min = 1, .unit = "cases"})
                                  .Required("at_least", &CoverageOptions::at_least,
                                            "share of the slice's values that must be covered", {.max = 1, .above = 0})
                                  .Optional("high_risk", &CoverageOptions::high_risk,
                                            "true: of the journeys that the suite declares, only those of high risk");
    return table;
  }
};

struct ValueCounts {
  std::string_view value;
  std::int64_t scheduled = 0;
  std::int64_t surely = 0;    // scored for certain
  std::int64_t possibly = 0;  // scored, or may yet be
};

class CoverageRule : public Rule {
 public:
  explicit CoverageRule(CoverageOptions options) : options_(std::move(options)) {}

  double threshold() const override { return options_.at_least; }
  JudgeUse UseOfJudges() const override { return JudgeUse::kNone; }
  std::string Asks(const MetricShape*) const override {
    return ">= " + Shown(options_.at_least) + " of the " + (options_.high_risk ? "high-risk " : "") + "values of " +
           options_.of + " with " + Cases(options_.min_cases);
  }

  std::string Objection(const PartInput& input) const override {
    const SliceColumn* slice = input.suite.FindSlice(options_.of);
    if (slice == nullptr) return "the suite has no slice \"" + options_.of + "\"";
    const bool has_any = std::ranges::any_of(slice->declared(), [&](const auto& each) { return IsAsked(each); });
    if (!options_.high_risk || has_any) return "";
    return "the suite declares no journey of high risk in \"" + options_.of +
           "\" (journeys: {of, critical, high_risk})";
  }

  Finding Find(const PartInput& input, ErrorsAs errors) const override {
    const std::vector<ValueCounts> values = CountValues(input, errors);
    Finding finding;
    if (values.empty()) return finding;
    std::int64_t surely = 0;
    std::int64_t possibly = 0;
    for (const ValueCounts& value : values) {
      if (value.surely >= options_.min_cases) ++surely;
      if (value.possibly >= options_.min_cases) ++possibly;
    }
    const auto size = static_cast<double>(values.size());
    finding.pass_bound = static_cast<double>(surely) / size;
    finding.fail_bound = static_cast<double>(possibly) / size;
    finding.passes = finding.pass_bound >= options_.at_least;
    finding.fails = finding.fail_bound < options_.at_least;
    return finding;
  }

  double Margin(const PartInput&, double bound) const override { return bound - options_.at_least; }

  void Describe(const PartInput& input, const Finding& finding, RulePart& part) const override {
    const std::vector<ValueCounts> values = CountValues(input, ErrorsAs::kUnknown);
    part.estimate.method = "count";
    part.estimate.confidence = 1;
    part.estimate.cases = part.counts.scored;
    if (values.empty()) {
      part.reason = "no case has a value of \"" + options_.of + "\"";
      return;
    }
    part.estimate.value = part.estimate.lower = finding.pass_bound;
    part.estimate.upper = finding.fail_bound;
    std::int64_t covered = 0;
    std::string short_values;
    std::size_t shown = 0;
    for (const ValueCounts& value : values) {
      if (value.surely >= options_.min_cases) {
        ++covered;
      } else if (++shown <= kShownValues) {
        if (!short_values.empty()) short_values += ", ";
        short_values += std::string(value.value) + " (" + std::to_string(value.surely) + ")";
      }
    }
    if (shown > kShownValues) short_values += ", ...";
    part.reason = std::to_string(covered) + " of " + std::to_string(values.size()) +
                  (options_.high_risk ? " high-risk" : "") + " values of \"" + options_.of + "\" have " +
                  Cases(options_.min_cases) + " scored: " + Shown(finding.pass_bound) +
                  (finding.passes ? " >= " : " < ") + Shown(options_.at_least);
    if (!short_values.empty()) part.reason += "; short: " + short_values;
    if (part.state == VerdictState::kInconclusive) {
      part.more_cases = part.counts.scheduled - part.counts.scored;
      part.reason += "; " + MissingText(part.counts);
    }
  }

 private:
  static constexpr std::size_t kShownValues = 5;

  // Of every value that a case of the part has; cases without the field have none.
  std::vector<ValueCounts> CountValues(const PartInput& input, ErrorsAs errors) const {
    const SliceColumn* slice = input.suite.FindSlice(options_.of);
    if (slice == nullptr) return {};
    std::vector<ValueCounts> all(slice->values().size());
    const std::vector<const TallyColumn*> columns = CountedColumns(input);
    for (const std::uint32_t ordinal : input.cases) {
      ValueCounts& value = all[slice->ValueOf(ordinal)];
      ++value.scheduled;
      const Missing missing = MissingOf(columns, ordinal, input.suite.trials());
      if (missing.trials == (errors == ErrorsAs::kBest ? missing.errors : 0)) ++value.surely;
      if (errors != ErrorsAs::kWorst || missing.errors == 0) ++value.possibly;
    }
    for (std::size_t i = 0; i < all.size(); ++i) all[i].value = slice->values()[i];
    if (!slice->declared().empty()) return DeclaredOf(*slice, all);
    std::vector<ValueCounts> present;
    for (std::size_t i = 1; i < all.size(); ++i) {  // 0 is ""
      const bool is_missing = std::ranges::find(slice->missing(), all[i].value) != slice->missing().end();
      if (all[i].scheduled > 0 || is_missing) present.push_back(all[i]);
    }
    return present;
  }

  bool IsAsked(const SliceColumn::Declared& declared) const { return !options_.high_risk || declared.is_high_risk; }

  // What a suite says that it must cover counts, with cases or without; what else its cases have does not.
  std::vector<ValueCounts> DeclaredOf(const SliceColumn& slice, const std::vector<ValueCounts>& all) const {
    std::vector<ValueCounts> counted;
    for (const SliceColumn::Declared& declared : slice.declared()) {
      if (!IsAsked(declared)) continue;
      const auto found = std::ranges::find(all, std::string_view(declared.value), &ValueCounts::value);
      counted.push_back(found == all.end() ? ValueCounts{.value = declared.value} : *found);
    }
    return counted;
  }

  // Of the part's metric, or of all that can gate.
  static std::vector<const TallyColumn*> CountedColumns(const PartInput& input) {
    if (input.metric) return {&input.suite.Tallies(*input.metric)};
    const std::vector<MetricShape>& metrics = input.suite.metrics();
    const bool only_reports = std::ranges::all_of(metrics, &MetricShape::is_report);
    std::vector<const TallyColumn*> columns;
    for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
      if (only_reports || !metrics[metric].is_report) columns.push_back(&input.suite.Tallies(metric));
    }
    return columns;
  }

  // Trials of a case that are not scored, and those of them that ended in errors.
  struct Missing {
    int trials = 0;
    int errors = 0;
  };

  static Missing MissingOf(const std::vector<const TallyColumn*>& columns, std::uint32_t ordinal, int trials) {
    Missing missing;
    bool is_asked = false;
    for (const TallyColumn* column : columns) {
      const auto outcomes = column->outcomes();
      if (!outcomes.empty() && IsScored(outcomes[ordinal])) {
        is_asked = true;
        continue;
      }
      const CaseTally tally = (*column)[ordinal];
      if (tally.left_out > 0) continue;
      is_asked = true;
      missing.trials += trials - tally.scored;
      missing.errors += tally.error;
    }
    return is_asked ? missing : Missing{.trials = trials};
  }

  CoverageOptions options_;
};

}  // namespace

PluginKind CoverageKind() {
  PluginKind kind;
  kind.help = "enough values of a slice have enough scored cases";
  kind.schema = SchemaOf(CoverageOptions::Fields());
  kind.check = [](const Node& option, Diagnostics& diagnostics) {
    CoverageOptions options;
    ReadFields(option, options, diagnostics);
  };
  kind.target = RuleTarget::kNone;
  kind.judge_use = JudgeUse::kNone;
  kind.counts_cases = true;
  kind.has_confidence = false;
  kind.passes_on_part = true;  // more cases cannot uncover a value
  return kind;
}

Result<std::unique_ptr<Rule>> MakeCoverageRule(const Node& option) {
  Diagnostics diagnostics;
  CoverageOptions options;
  if (!ReadFields(option, options, diagnostics)) return Fail(OptionError("coverage", diagnostics));
  return std::make_unique<CoverageRule>(std::move(options));
}

}  // namespace assay
