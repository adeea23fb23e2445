// What rule options are refused, with which words.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "gates/rules/builtin.h"
#include "gates/rules/rule.h"

namespace assay {
namespace {

std::string Problems(const std::string& kind, const std::string& option) {
  Diagnostics diagnostics;
  const std::vector<YamlDocument> documents = ParseYaml("gate.yaml", "option: " + option, diagnostics);
  const std::vector<PluginKind> kinds = RuleKinds();
  const PluginKind* found = FindKind(kinds, kind);
  found->check(*documents.at(0).root.Find("option"), diagnostics);
  std::string text;
  for (const Diagnostic& one : diagnostics.Sorted()) text += (text.empty() ? "" : "; ") + one.path + ": " + one.message;
  return text;
}

TEST(RuleKinds, AreTheListInOrder) {
  std::vector<std::string> names;
  for (const PluginKind& kind : RuleKinds()) {
    names.push_back(kind.name);
    EXPECT_FALSE(kind.help.empty()) << kind.name;
    EXPECT_TRUE(kind.schema.is_object()) << kind.name;
  }
  EXPECT_THAT(names, ::testing::ElementsAre("at_least", "at_most", "zero_failures", "coverage", "non_inferior",
                                            "superior", "equivalent", "no_new_failures", "per_case_floor", "freshness",
                                            "budget", "expression", "drift", "agreement"));
}

TEST(RuleKinds, SayWhatTheyAreComputedOn) {
  const std::vector<PluginKind> kinds = RuleKinds();
  EXPECT_EQ(FindKind(kinds, "at_least")->target, RuleTarget::kMetric);
  EXPECT_EQ(FindKind(kinds, "at_most")->target, RuleTarget::kMetric);
  EXPECT_EQ(FindKind(kinds, "zero_failures")->target, RuleTarget::kGrader);
  EXPECT_EQ(FindKind(kinds, "coverage")->target, RuleTarget::kNone);
  EXPECT_FALSE(FindKind(kinds, "coverage")->is_of_run);
  EXPECT_TRUE(FindKind(kinds, "no_new_failures")->compares);
  for (const char* kind : {"freshness", "budget"}) {
    EXPECT_EQ(FindKind(kinds, kind)->target, RuleTarget::kNone);
    EXPECT_TRUE(FindKind(kinds, kind)->is_of_run);
  }
}

// A count has no error rate: of every case, or of some that may lie below.
TEST(RuleOptions, ConfidenceIsOfWhatConcludesFromASample) {
  const std::vector<PluginKind> kinds = RuleKinds();
  const auto has_confidence = [&](const std::string& kind, const std::string& option) {
    Diagnostics diagnostics;
    const auto documents = ParseYaml("gate.yaml", "option: " + option, diagnostics);
    return HasConfidence(*FindKind(kinds, kind), *documents.at(0).root.Find("option"));
  };
  EXPECT_TRUE(has_confidence("at_least", "0.9"));
  EXPECT_TRUE(has_confidence("per_case_floor", "{at_least: 0.5, share: 0.99}"));
  EXPECT_FALSE(has_confidence("per_case_floor", "{at_least: 0.5, share: 1}"));
  EXPECT_FALSE(has_confidence("per_case_floor", "{at_least: 0.5}"));
  EXPECT_FALSE(has_confidence("no_new_failures", "{}"));
  EXPECT_FALSE(has_confidence("drift", "{}"));
}

struct Row {
  std::string kind;
  std::string option;
};

TEST(RuleOptions, GoodOnesMakeARule) {
  for (const Row& row :
       {Row{"at_least", "0.9"}, Row{"at_least", "1"}, Row{"at_most", "2000"}, Row{"zero_failures", "{max_rate: 0.01}"},
        Row{"coverage", "{of: topic, min_cases: 5, at_least: 0.8}"}, Row{"no_new_failures", "{}"},
        Row{"no_new_failures", "{allow: 3, failing_trials: every}"}, Row{"per_case_floor", "{at_least: 0.5}"},
        Row{"per_case_floor", "{at_least: 0.5, share: 0.95}"}, Row{"freshness", "{max_age: 7d}"},
        Row{"budget", "{usd: 5}"}, Row{"drift", "{}"}, Row{"drift", "{method: page_hinkley, limit: 4, runs: 50}"},
        Row{"expression", "a - 0.5 * b >= 0.7"}, Row{"expression", "\"min('exact-match', 1 - b) > 0.5\""}}) {
    EXPECT_EQ(Problems(row.kind, row.option), "") << row.kind << " " << row.option;
    Diagnostics diagnostics;
    const auto documents = ParseYaml("gate.yaml", "option: " + row.option, diagnostics);
    EXPECT_TRUE(MakeRule(row.kind, *documents.at(0).root.Find("option")).has_value());
  }
}

TEST(RuleOptions, BadOnesAreReportedAndMakeNoRule) {
  for (const Row& row : {Row{"at_least", ""},
                         Row{"at_least", "high"},
                         Row{"at_least", "[0.9]"},
                         Row{"at_most", ".inf"},
                         Row{"at_most", ".nan"},
                         Row{"zero_failures", ""},
                         Row{"zero_failures", "0.01"},
                         Row{"zero_failures", "{}"},
                         Row{"zero_failures", "{max_rate: 0}"},
                         Row{"zero_failures", "{max_rate: 1}"},
                         Row{"zero_failures", "{max_rate: .nan}"},
                         Row{"zero_failures", "{max_rate: 0.1, min: 2}"},
                         Row{"coverage", "{of: topic}"},
                         Row{"coverage", "{of: topic, min_cases: 0, at_least: 0.8}"},
                         Row{"coverage", "{of: topic, min_cases: 5, at_least: 1.2}"},
                         Row{"coverage", "{of: topic, min_cases: 5, at_least: 0}"},
                         Row{"coverage", "{of: '', min_cases: 5, at_least: 1}"},
                         Row{"no_new_failures", ""},
                         Row{"no_new_failures", "{allow: -1}"},
                         Row{"no_new_failures", "{allow: 0.5}"},
                         Row{"no_new_failures", "{failing_trials: most}"},
                         Row{"per_case_floor", "{}"},
                         Row{"per_case_floor", "0.5"},
                         Row{"per_case_floor", "{at_least: .nan}"},
                         Row{"per_case_floor", "{at_least: 0.5, share: 0}"},
                         Row{"per_case_floor", "{at_least: 0.5, share: 1.1}"},
                         Row{"freshness", "7d"},
                         Row{"freshness", "{max_age: 0s}"},
                         Row{"freshness", "{max_age: 7}"},
                         Row{"freshness", "{max_age: -1d}"},
                         Row{"budget", "5"},
                         Row{"budget", "{usd: 0}"},
                         Row{"budget", "{usd: .inf}"},
                         Row{"expression", ""},
                         Row{"expression", "0.7"},
                         Row{"expression", "a"},
                         Row{"expression", "{a: 1}"}}) {
    EXPECT_NE(Problems(row.kind, row.option), "") << row.kind << " " << row.option;
    Diagnostics diagnostics;
    const auto documents = ParseYaml("gate.yaml", "option: " + row.option, diagnostics);
    EXPECT_FALSE(MakeRule(row.kind, *documents.at(0).root.Find("option")).has_value()) << row.kind << row.option;
  }
  EXPECT_EQ(MakeRule("at_lest", Node()).error().message, "there is no rule kind \"at_lest\"");
}

std::string Objection(const std::string& kind, const std::string& option, const MetricSpec& metric) {
  Diagnostics diagnostics;
  const std::vector<YamlDocument> documents = ParseYaml("gate.yaml", "option: " + option, diagnostics);
  const std::vector<PluginKind> kinds = RuleKinds();
  return FindKind(kinds, kind)->objection(*documents.at(0).root.Find("option"), metric);
}

// Whatever the metrics come to, within what they can be.
TEST(RuleOptions, ExpressionsThatDecideNothingAreRefused) {
  const MetricSpec a{.name = "a", .grader = "a"};
  const MetricSpec b{.name = "b", .grader = "b"};
  const MetricSpec time{.name = "t", .source = MetricSource::kLatencyMs};
  struct Refused {
    std::string expression;
    std::vector<MetricSpec> metrics;
    std::string objection;
  };
  for (const Refused& row :
       std::vector<Refused>{{"a >= 0", {a}, "holds for every candidate"},
                            {"a + b >= 0", {a, b}, "holds for every candidate"},
                            {"a / (b - 2) <= 0", {a, b}, "holds for every candidate"},
                            {"a + b > 2", {a, b}, "can be met by no candidate"},
                            {"a * 1e308 * 1e308 >= 1", {a}, "comes to more than the greatest number"},
                            {"a - 1e308 * b * 1e308 >= 1", {a, b}, "comes to more than the greatest number"},
                            {"a - 0.001 * t >= 0.5", {a, time}, ""},
                            {"a - b >= 0", {a, b}, ""},
                            {"a / b >= 1", {a, b}, ""}}) {
    Diagnostics diagnostics;
    const std::vector<YamlDocument> documents =
        ParseYaml("gate.yaml", "option: \"" + row.expression + "\"", diagnostics);
    const std::vector<PluginKind> kinds = RuleKinds();
    const Node option = *documents.at(0).root.Find("option");
    EXPECT_EQ(FindKind(kinds, "expression")->objection_to_all(option, row.metrics),
              row.objection.empty() ? "" : "\"" + row.expression + "\" " + row.objection);
  }
}

TEST(RuleOptions, AreHeldAgainstTheReductionOfTheMetric) {
  SuiteSpec suite;
  suite.trials = 3;
  suite.graders.resize(1);
  suite.graders[0].name = "a";
  suite.graders[0].is_unbounded = true;
  suite.metrics = {{.name = "sure", .grader = "a", .reduce = Reduce::kPassHatK, .k = 2},
                   {.name = "middle", .grader = "a", .reduce = Reduce::kMedian}};
  const MetricSpec sure = *FindMetric(suite, "sure");
  EXPECT_EQ(Objection("zero_failures", "{max_rate: 0.1}", sure),
            "metric \"sure\" reduces trials by pass_hat_k, and zero_failures counts every trial that fails; name the "
            "grader");
  EXPECT_EQ(Objection("zero_failures", "{max_rate: 0.1}", *FindMetric(suite, "a")), "");
  EXPECT_EQ(Objection("at_least", "90", sure), "threshold 90 is outside [0, 1], where metric \"sure\" lies");
  EXPECT_EQ(Objection("at_least", "90", *FindMetric(suite, "middle")), "");
}

// What passes for all or for none, by the values that the metric can have.
TEST(RuleOptions, ThresholdsThatDecideNothingAreRefused) {
  SuiteSpec suite;
  suite.graders.resize(3);
  suite.graders[0].name = "share";
  suite.graders[1].name = "rate";
  suite.graders[1].is_unbounded = suite.graders[1].is_nonnegative = true;
  suite.graders[2].name = "amount";
  suite.graders[2].is_unbounded = true;
  suite.metrics = {{.name = "share_p50", .grader = "share", .aggregate = Aggregate::kP50},
                   {.name = "rate_p90", .grader = "rate", .aggregate = Aggregate::kP90},
                   {.name = "time", .source = MetricSource::kLatencyMs},
                   {.name = "time_p95", .source = MetricSource::kLatencyMs, .aggregate = Aggregate::kP95}};
  const auto objection = [&](const char* rule, const char* option, const char* metric) {
    return Objection(rule, option, *FindMetric(suite, metric));
  };
  EXPECT_EQ(objection("at_least", "1", "share"),
            "threshold 1 can never be met: no number of cases shows that the mean of metric \"share\" is 1; "
            "zero_failures passes where no case fails");
  EXPECT_EQ(objection("at_most", "0", "share"),
            "threshold 0 can never be met: no number of cases shows that the mean of metric \"share\" is 0");
  EXPECT_EQ(objection("at_most", "0", "rate"),
            "threshold 0 can never be met: no number of cases shows that the mean of metric \"rate\" is 0");
  EXPECT_EQ(objection("at_most", "-1", "rate_p90"),
            "threshold -1 can never be met, since metric \"rate_p90\" is never below 0");
  EXPECT_EQ(objection("at_least", "0", "rate"),
            "threshold 0 holds for every candidate, since metric \"rate\" is never below 0");
  EXPECT_EQ(objection("at_least", "-5", "time_p95"),
            "threshold -5 holds for every candidate, since metric \"time_p95\" is never below 0");
  EXPECT_NE(objection("at_most", "0", "time"), "");
  for (const auto& [rule, option, metric] :
       std::initializer_list<std::array<const char*, 3>>{{"at_least", "0.999999", "share"},
                                                         {"at_most", "0.000001", "share"},
                                                         {"at_least", "1", "share_p50"},  // enough cases of 1 show it
                                                         {"at_most", "0", "share_p50"},
                                                         {"at_most", "0", "rate_p90"},
                                                         {"at_least", "1", "rate"},
                                                         {"at_most", "0", "amount"},
                                                         {"at_least", "-5", "amount"},
                                                         {"at_least", "1", "time"},
                                                         {"at_most", "2000", "time_p95"}}) {
    EXPECT_EQ(objection(rule, option, metric), "") << rule << option << metric;
  }
}

}  // namespace
}  // namespace assay
