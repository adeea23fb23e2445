#include "review/acceptance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/catalog.h"
#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What of `after` is weaker than `before`, each a term that is kept and read again.
std::vector<std::string> Weaker(const AcceptanceTerms& before, const AcceptanceTerms& after) {
  return WeakenedTerms(*Json::Parse(ToJson(before).Dump()), after);
}

AcceptanceTerms One(Json value, Weakens by) { return {{"term", std::move(value), by}}; }

TEST(AcceptanceTerms, WeakenInTheirDirection) {
  struct Case {
    Weakens by;
    Json before;
    Json after;
    std::string weaker;
  };
  const Json none;
  const Json ab(Json::Array{"a", "b"});
  const Json a(Json::Array{"a"});
  const Case cases[] = {
      {Weakens::kLower, 0.9, 0.8, "term 0.9 to 0.8"},
      {Weakens::kLower, 0.9, 0.95, ""},
      {Weakens::kLower, 1, 1.0, ""},
      {Weakens::kLower, 0.9, none, "term 0.9 to none"},
      {Weakens::kLower, none, 0.1, ""},
      {Weakens::kLower, true, false, "term true to false"},
      {Weakens::kLower, false, true, ""},
      {Weakens::kLower, "90%", "95%", "term 90% to 95%"},
      {Weakens::kHigher, 1, 2, "term 1 to 2"},
      {Weakens::kHigher, 2, 1, ""},
      {Weakens::kHigher, 1, none, "term 1 to none"},
      {Weakens::kHigher, false, true, "term false to true"},
      {Weakens::kFewer, ab, a, "term [\"a\",\"b\"] to [\"a\"]"},
      {Weakens::kFewer, a, ab, ""},
      {Weakens::kChange, "x", "y", "term x to y"},
      {Weakens::kChange, "x", "x", ""},
      {Weakens::kChange, none, "y", ""},
  };
  for (const Case& each : cases) {
    const auto weaker = Weaker(One(each.before, each.by), One(each.after, each.by));
    EXPECT_EQ(weaker.empty() ? "" : weaker[0], each.weaker) << each.before.Dump() << " to " << each.after.Dump();
  }
}

TEST(AcceptanceTerms, OneThatIsGoneIsWeakerAndOneThatIsNewIsNot) {
  EXPECT_THAT(Weaker(One(1, Weakens::kLower), {}), ElementsAre("term 1 is gone"));
  EXPECT_THAT(Weaker({}, One(1, Weakens::kLower)), IsEmpty());
}

RuleSpec Rule(std::string kind, const std::string& option) {
  Diagnostics diagnostics;
  RuleSpec rule;
  rule.name = "rule";
  rule.metric = "people";
  rule.kind = std::move(kind);
  rule.option = *ParseYaml("rule", "option: " + option, diagnostics).at(0).root.Find("option");
  EXPECT_TRUE(diagnostics.empty()) << diagnostics.Render();
  return rule;
}

AcceptanceTerms TermsOfRule(const RuleSpec& rule, const MetricSpec& metric) {
  GateSpec gate;
  gate.rules = {rule};
  SuiteSpec suite;
  suite.metrics = {metric};
  const std::vector<RuleOnPeople> rules = RulesOnPeople(gate, suite);
  return rules.size() == 1 ? rules[0].terms : AcceptanceTerms{};
}

MetricSpec People() { return {.name = "people", .queue = "q", .source = MetricSource::kHuman}; }

TEST(RulesOnPeople, HaveTheDirectionOfTheirKey) {
  struct Case {
    std::string kind;
    std::string before;
    std::string after;
    std::string weaker;
  };
  const Case cases[] = {
      {"at_least", "0.9", "0.8", "at_least 0.9 to 0.8"},
      {"at_most", "0.1", "0.2", "at_most 0.1 to 0.2"},
      {"at_most", "0.1", "0.05", ""},
      {"non_inferior", "{margin: 0.02}", "{margin: 0.05}", "non_inferior.margin 0.02 to 0.05"},
      {"non_inferior", "{margin: 0.02}", "{margin: 0.01}", ""},
      {"non_inferior", "{margin: 0.02}", "{margin: 0.02, better: lower}", "non_inferior {} to {\"better\":\"lower\"}"},
      {"equivalent", "{margin: 0.02}", "{margin: 0.05}", "equivalent.margin 0.02 to 0.05"},
      {"superior", "{margin: 0.02}", "{}", "superior.margin 0.02 to 0"},
      {"superior", "{}", "{margin: 0.02}", ""},
      {"expression", "people > 0.9", "people > 0.8", "expression people > 0.9 to people > 0.8"},
  };
  for (const Case& each : cases) {
    const auto weaker =
        Weaker(TermsOfRule(Rule(each.kind, each.before), People()), TermsOfRule(Rule(each.kind, each.after), People()));
    EXPECT_EQ(weaker.empty() ? "" : weaker[0], each.weaker) << each.kind << ": " << each.after;
    EXPECT_LE(weaker.size(), 1u);
  }
}

TEST(RulesOnPeople, HaveTheFrameOfTheRuleAndTheQualityOfTheMetric) {
  RuleSpec rule = Rule("at_least", "0.9");
  rule.by = {"journey"};
  rule.severity = 1;
  rule.waivable = false;
  MetricSpec metric = People();
  metric.quality = PeopleQualitySpec{.agreement = 0.6, .audits_passed = 0.9};
  const AcceptanceTerms before = TermsOfRule(rule, metric);
  EXPECT_THAT(Weaker(before, before), IsEmpty());
  rule.by = {};
  rule.severity.reset();
  rule.waivable = true;
  rule.method = BoundMethod::kT;
  metric.quality.reset();
  EXPECT_THAT(
      Weaker(before, TermsOfRule(rule, metric)),
      ElementsAre("by [\"journey\"] to []", "severity 1 to none", "method by the data to t", "waivable false to true",
                  "quality.overlap 30 to none", "quality.agreement 0.6 to none", "quality.statistic ac1 to none",
                  "quality.audits_passed 0.9 to none", "quality.over_seconds 2592000 to none"));
  EXPECT_THAT(Weaker(TermsOfRule(rule, metric), before), ElementsAre("method t to by the data"));
}

TEST(RulesOnPeople, AreThoseThatReadAMetricOfPeople) {
  RuleSpec other = Rule("at_least", "0.9");
  other.metric = "accuracy";
  EXPECT_THAT(TermsOfRule(other, People()), IsEmpty());
  MetricSpec graded = People();
  graded.source = MetricSource::kScore;
  EXPECT_THAT(TermsOfRule(Rule("at_least", "0.9"), graded), IsEmpty());
}

TEST(TermsOfQueue, AreHowItIsAnsweredAndAudited) {
  const QueueSpec before = testing::TestQueue();
  QueueSpec after = before;
  after.deadline = std::chrono::hours(1);
  after.undo += std::chrono::minutes(5);
  EXPECT_THAT(Weaker(TermsOf(before), TermsOf(after)), IsEmpty());
  after.overlap.people = 1;
  after.agreement.majority = true;
  after.audit.severity = 0;
  after.gold.every += 1;
  after.person_share = 1;
  QueueSpec narrow = before;
  narrow.person_share = 0.5;
  narrow.skills = {"law"};
  EXPECT_THAT(Weaker(TermsOf(narrow), TermsOf(after)),
              ElementsAre("overlap.people 2 to 1", "agreement.majority false to true", "audit.severity 1 to 0",
                          "gold.every 30 to 31", "skills [\"law\"] to []", "person_share 0.5 to 1"));
}

}  // namespace
}  // namespace assay
