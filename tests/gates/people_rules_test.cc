// Gates on a grader that people correct on a random sample: how often whole rules err when the truth lies on the
// threshold, however bad the grader is; and that what people have not settled never passes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "gates/people_sample.h"
#include "gates/plan.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : seed_(seed) {}
  double Next() { return static_cast<double>(RandomAt(seed_, next_++) >> 11) * 0x1p-53; }
  bool Is(double probability) { return Next() < probability; }

 private:
  const std::uint64_t seed_;
  std::uint64_t next_ = 0;
};

// What a case is known by: its own value, or none.
SuiteEvidence EvidenceOf(double chance, const std::vector<SampledCase>& cases) {
  SuiteEvidence evidence = testing::MakeEvidence(
      {.cases = std::to_string(cases.size()) + " x outstanding", .source = MetricSource::kHumanCorrected});
  SuiteObservations& seen = evidence.observations;
  evidence.counts = {.scheduled = std::ssize(cases)};
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const SampledCase& each = cases[i];
    const bool is_settled = each.asked == AskedOfPeople::kNo || !std::isnan(each.said);
    const double known = std::isnan(each.said) ? each.judged : each.said;
    const auto ordinal = static_cast<std::int64_t>(i);
    const auto status = is_settled && !std::isnan(known) ? ScoreStatus::kScored : ScoreStatus::kUnscored;
    EXPECT_TRUE(seen.AddScore(0, ordinal, 0, status, known, std::nullopt));
    evidence.counts.Add(status == ScoreStatus::kScored ? TrialStatus::kScored : TrialStatus::kUnscored);
  }
  EXPECT_TRUE(seen.SetSample(0, PeopleSample(chance, cases)));
  evidence.people = {{.metric = "m", .queue = "q"}};
  return evidence;
}

struct Truth {
  double rate;   // of people, on all cases
  double right;  // share of cases on which the grader says what people say
  double chance = 0.2;
  std::int64_t cases = 200;
};

std::vector<SampledCase> DrawnCases(const Truth& truth, Chance& chance) {
  std::vector<SampledCase> cases;
  for (std::int64_t i = 0; i < truth.cases; ++i) {
    const double said = chance.Is(truth.rate) ? 1 : 0;
    const double judged = chance.Is(truth.right) ? said : 1 - said;
    const bool is_drawn = chance.Is(truth.chance);
    cases.push_back({.judged = judged,
                     .said = is_drawn ? said : kNotSaid,
                     .asked = is_drawn ? AskedOfPeople::kYes : AskedOfPeople::kNo});
  }
  return cases;
}

constexpr int kPeopleRuns = 300;
// The most of kPeopleRuns that a rate of 5 % gives, with three standard errors.
const int kMostOfPeople = static_cast<int>(kPeopleRuns * (0.05 + 3 * std::sqrt(0.05 * 0.95 / kPeopleRuns)));

struct States {
  int pass = 0;
  int fail = 0;
  void Count(VerdictState state) {
    pass += state == VerdictState::kPass ? 1 : 0;
    fail += state == VerdictState::kFail ? 1 : 0;
  }
};

States StatesOf(const Truth& truth, const std::string& rule) {
  States states;
  Chance chance(11);
  for (int run = 0; run < kPeopleRuns; ++run)
    states.Count(testing::DecideOn({EvidenceOf(truth.chance, DrawnCases(truth, chance))}, {rule}).state);
  return states;
}

TEST(PeopleRules, OnTheThresholdTheyPassAndFailNoMoreOftenThanTheySayWhateverTheGrader) {
  for (const double right : {0.98, 0.5, 0.0}) {
    for (const double chance : {0.1, 0.5}) {
      const States states = StatesOf({0.8, right, chance}, "{name: r, metric: m, at_least: 0.8}");
      EXPECT_LE(states.pass, kMostOfPeople) << right << " right, drawn " << chance;
      EXPECT_LE(states.fail, kMostOfPeople) << right << " right, drawn " << chance;
    }
  }
}

TEST(PeopleRules, AGoodGraderShowsMoreThanPeopleAloneWould) {
  const std::string floor = "{name: r, metric: m, at_least: 0.8}";
  const int corrected = StatesOf({0.9, 0.97, 0.2, 1000}, floor).pass;
  // As many cases as people are asked of, and no grader.
  const int alone = StatesOf({0.9, 1, 1, 200}, floor).pass;
  EXPECT_GT(corrected, alone);
  const States bad = StatesOf({0.7, 0.97, 0.2, 1000}, floor);
  EXPECT_EQ(bad.pass, 0);
  EXPECT_GT(bad.fail, kPeopleRuns * 3 / 4);
}

TEST(PeopleRules, AComparisonPassesOnTheMarginNoMoreOftenThanItSays) {
  for (const double right : {0.95, 0.6}) {
    States states;
    Chance chance(13);
    for (int run = 0; run < kPeopleRuns; ++run) {
      const auto worse = EvidenceOf(0.25, DrawnCases({0.75, right, 0.25}, chance));
      const auto baseline = EvidenceOf(0.25, DrawnCases({0.85, right, 0.25}, chance));
      states.Count(testing::DecideOn({worse}, {"{name: r, metric: m, non_inferior: {margin: 0.1}}"}, {baseline}).state);
    }
    EXPECT_LE(states.pass, kMostOfPeople) << right;
    EXPECT_LE(states.fail, kMostOfPeople) << right;
  }
}

TEST(PeopleRules, ACandidateThatIsItsBaselineCaseByCasePasses) {
  Chance chance(3);
  const auto cases = DrawnCases({0.8, 0.9, 0.5, 600}, chance);
  const Verdict verdict = testing::DecideOn(
      {EvidenceOf(0.5, cases)}, {"{name: r, metric: m, non_inferior: {margin: 0.05}}"}, {EvidenceOf(0.5, cases)});
  EXPECT_EQ(verdict.state, VerdictState::kPass) << verdict.reason;
  EXPECT_EQ(verdict.rules[0].parts[0].method, "people_corrected");
}

TEST(PeopleRules, AreThoseOfPeopleAloneWhereTheyWereAskedOfEveryCase) {
  Chance chance(5);
  const auto cases = DrawnCases({0.9, 0.3, 1, 300}, chance);
  std::int64_t passing = 0;
  for (const SampledCase& each : cases) passing += each.said == 1 ? 1 : 0;
  const RulePart part =
      testing::DecideOn({EvidenceOf(1, cases)}, {"{name: r, metric: m, at_least: 0.8}"}).rules[0].parts[0];
  const RulePart alone = testing::OutcomeOn(std::to_string(passing) + " x 1; " + std::to_string(300 - passing) + " x 0",
                                            "{name: r, metric: m, at_least: 0.8}")
                             .parts[0];
  EXPECT_EQ(part.pass_bound, alone.pass_bound);
  EXPECT_EQ(part.fail_bound, alone.fail_bound);
  EXPECT_NEAR(*part.estimate.value, *alone.estimate.value, 1e-12);
}

// Whatever people say of the rest, a decision that was made before stands.
TEST(PeopleRules, AreNotOverturnedByWhatPeopleStillSay) {
  Chance chance(17);
  int decided = 0;
  for (int round = 0; round < 300; ++round) {
    const double rate = chance.Next();
    auto cases = DrawnCases({rate, 0.5 + chance.Next() / 2, 0.5, 120}, chance);
    auto known = cases;
    for (SampledCase& each : known) {
      if (chance.Is(0.1)) each.judged = kNotSaid;
      if (each.asked == AskedOfPeople::kYes && chance.Is(0.1)) each.said = kNotSaid;
    }
    const std::string rule = "{name: r, metric: m, at_least: 0.5}";
    const VerdictState early = testing::DecideOn({EvidenceOf(0.5, known)}, {rule}).state;
    if (early == VerdictState::kInconclusive) continue;
    ++decided;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      if (std::isnan(known[i].judged)) cases[i].judged = chance.Is(0.5) ? 1 : 0;
      const bool is_open = cases[i].asked == AskedOfPeople::kYes && std::isnan(known[i].said);
      if (is_open) cases[i].said = chance.Is(0.5) ? 1 : 0;
    }
    EXPECT_EQ(testing::DecideOn({EvidenceOf(0.5, cases)}, {rule}).state, early) << round;
  }
  EXPECT_GT(decided, 50);
}

TEST(PeopleRules, SayWhatPeopleSaidBesideTheGrader) {
  std::vector<SampledCase> cases(100, SampledCase{.judged = 1});
  for (std::size_t i = 0; i < 20; ++i)
    cases[i] = {.judged = 1, .said = i < 5 ? 0.0 : 1.0, .asked = AskedOfPeople::kYes};
  cases[20].asked = AskedOfPeople::kYes;
  const Verdict verdict = testing::DecideOn({EvidenceOf(0.2, cases)}, {"{name: r, metric: m, at_least: 0.8}"});
  const RulePart& part = verdict.rules[0].parts[0];
  EXPECT_EQ(part.state, VerdictState::kInconclusive);
  EXPECT_THAT(part.reason, HasSubstr("(people settled 20 of 21 cases that were drawn with chance 20 %: 0.75 where the "
                                     "grader says 1, and 1 of all)"));
  EXPECT_THAT(part.reason, HasSubstr("what people have not settled yet may decide"));
  EXPECT_DOUBLE_EQ(*part.estimate.value, 0.75);
  const auto read = VerdictFromJson(ToJson(verdict));
  ASSERT_TRUE(read) << read.error().message;
  const auto& people = read->rules[0].parts[0].people;
  ASSERT_TRUE(people);
  EXPECT_EQ(people->queue, "q");
  EXPECT_EQ(people->chance, 0.2);
  EXPECT_EQ(people->asked, 21);
  EXPECT_EQ(people->settled, 20);
  EXPECT_EQ(people->said_mean, 0.75);
  EXPECT_EQ(ToJson(*read).Dump(), ToJson(verdict).Dump());
}

TEST(PeopleRules, SayWhatPeopleSaidOfEachRunAndOfEachMetric) {
  const auto drawn = [](std::size_t wrong) {
    std::vector<SampledCase> cases(100, SampledCase{.judged = 1});
    for (std::size_t i = 0; i < 20; ++i)
      cases[i] = {.judged = 1, .said = i < wrong ? 0.0 : 1.0, .asked = AskedOfPeople::kYes};
    return EvidenceOf(0.2, cases);
  };
  const Verdict verdict = testing::DecideOn(
      {drawn(5)}, {"{name: r, metric: m, non_inferior: {margin: 0.1}}", "{name: e, expression: m >= 0.5}"}, {drawn(1)});
  const auto read = VerdictFromJson(ToJson(verdict));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(ToJson(*read).Dump(), ToJson(verdict).Dump());
  const RulePart& compared = read->rules[0].parts[0];
  ASSERT_TRUE(compared.people && compared.people->others.size() == 1) << compared.reason;
  EXPECT_EQ(compared.people->metric, "m");
  EXPECT_FALSE(compared.people->is_baseline);
  EXPECT_EQ(compared.people->said_mean, 0.75);
  EXPECT_TRUE(compared.people->others[0].is_baseline);
  EXPECT_EQ(compared.people->others[0].said_mean, 0.95);
  EXPECT_THAT(compared.reason, HasSubstr("; of the baseline: people settled 20 of 20 cases that were drawn with chance "
                                         "20 %: 0.95 where the grader says 1, and 1 of all)"));
  const RulePart& expressed = read->rules[1].parts[0];
  ASSERT_TRUE(expressed.people) << expressed.reason;
  EXPECT_EQ(expressed.people->metric, "m");
  EXPECT_EQ(expressed.people->said_mean, 0.75);
  EXPECT_TRUE(expressed.people->others.empty()) << "it compares with nothing";
}

TEST(PeopleRules, KnowNothingWhereItIsNotKnownWhoWasDrawn) {
  const std::vector<SampledCase> cases(1000, {.judged = 1, .asked = AskedOfPeople::kUnknown});
  const Verdict verdict = testing::DecideOn({EvidenceOf(1, cases)}, {"{name: r, metric: m, at_least: 0.1}"});
  EXPECT_EQ(verdict.state, VerdictState::kInconclusive) << verdict.reason;
}

TEST(PeopleRules, DecideNothingWhereTheQualityOfJudgementsIsNotShown) {
  SuiteEvidence evidence =
      EvidenceOf(1, std::vector<SampledCase>(100, {.judged = 1, .said = 1, .asked = AskedOfPeople::kYes}));
  EXPECT_EQ(testing::DecideOn({evidence}, {"{name: r, metric: m, at_least: 0.9}"}).state, VerdictState::kPass);
  evidence.people[0].problem = "queue \"q\": 3 of at least 30 items were judged by several people apart";
  evidence.people[0].quality = PeopleQuality{};
  for (const char* rule : {"{name: r, metric: m, at_least: 0.9}", "{name: r, metric: m, at_most: 0.9}",
                           "{name: r, metric: m, at_most: 0.9, by: [topic]}", "{name: r, expression: \"m > 0.5\"}"}) {
    const Verdict verdict = testing::DecideOn({evidence}, {rule});
    EXPECT_EQ(verdict.state, VerdictState::kInconclusive) << rule;
    EXPECT_THAT(verdict.rules[0].reason, StartsWith("queue \"q\": 3 of at least 30 items"));
  }
  evidence.state = RunState::kRunning;
  EXPECT_EQ(testing::DecideOn({evidence}, {"{name: r, metric: m, at_most: 0.9}"}).rules[0].state,
            VerdictState::kPending);
}

TEST(PeopleRules, ThatCountCasesDoNotTakeAMetricThatPeopleCorrect) {
  const SuiteEvidence evidence = EvidenceOf(1, {{.judged = 1, .said = 1, .asked = AskedOfPeople::kYes}});
  for (const auto& [kind, rule] :
       {std::pair("zero_failures", "{name: r, grader: m, zero_failures: {max_rate: 0.1}}"),
        std::pair("per_case_floor", "{name: r, metric: m, per_case_floor: {at_least: 0.5}}")}) {
    const Verdict verdict = testing::DecideOn({evidence}, {rule});
    EXPECT_EQ(verdict.state, VerdictState::kError);
    EXPECT_THAT(
        verdict.rules[0].reason,
        HasSubstr("metric \"m\" is corrected by people, who were asked of a sample: only its mean is known, and " +
                  std::string(kind) + " needs more"));
  }
}

TEST(PeopleRules, AnExpressionTakesTheMeanThatPeopleCorrect) {
  std::vector<SampledCase> cases(400, SampledCase{.judged = 1});
  for (std::size_t i = 0; i < 200; ++i) cases[i] = {.judged = 1, .said = 0, .asked = AskedOfPeople::kYes};
  const Verdict verdict = testing::DecideOn({EvidenceOf(0.5, cases)}, {"{name: r, expression: \"1 - m > 0.6\"}"});
  EXPECT_EQ(verdict.state, VerdictState::kPass) << verdict.reason << ": people say 0 of all, and the grader 1";
}

TEST(PeopleRules, APlanKnowsHowManyPeopleAreAskedOf) {
  const std::string rule = "{name: r, metric: m, at_least: 0.9}";
  const auto plan_of = [&](std::int64_t cases, double chance) {
    SuiteEvidence evidence = EvidenceOf(chance, std::vector<SampledCase>(static_cast<std::size_t>(cases)));
    const auto asked = std::vector<SampledCase>(static_cast<std::size_t>(cases), {.asked = AskedOfPeople::kUnknown});
    EXPECT_TRUE(evidence.observations.SetSample(0, PeopleSample(chance, asked)));
    const GateSpec gate = testing::MakeGate({evidence}, {rule});
    return PlanGate(gate, {{.name = "s", .cases = evidence.observations}}).at(0).parts.at(0);
  };
  const PartPlan all = plan_of(100, 1);
  EXPECT_TRUE(all.can_pass);
  EXPECT_EQ(all.cases_to_pass, 29) << "as without a grader";
  const PartPlan fifth = plan_of(100, 0.2);
  EXPECT_FALSE(fifth.can_pass) << "even where people say what the grader does";
  EXPECT_EQ(fifth.cases_to_pass, 149);
  EXPECT_THAT(fifth.remark,
              HasSubstr("people are asked of about 20 of these cases, and say here what the grader does"));
}

TEST(PeopleSample, BelongsToAMetricAndItsCases) {
  SuiteEvidence evidence = EvidenceOf(1, {{.judged = 1}});
  EXPECT_EQ(evidence.observations.SetSample(1, PeopleSample(1, {{}})).error().message, "there is no metric 1");
  EXPECT_EQ(evidence.observations.SetSample(0, PeopleSample(1, {{}, {}})).error().message,
            "people were asked of a suite of 2 cases, and this one has 1");
}

TEST(PeopleSample, AValueLiesWithinWhatItsUnknownsLeave) {
  const PeopleSample sample(0.25, {{.judged = 0.5},
                                   {},
                                   {.judged = 0.5, .said = 0.25, .asked = AskedOfPeople::kYes},
                                   {.judged = 0.5, .asked = AskedOfPeople::kYes},
                                   {.said = 1, .asked = AskedOfPeople::kYes},
                                   {.asked = AskedOfPeople::kUnknown}});
  const std::vector<Interval> expected = {{0.5, 0.5}, {0, 1}, {-0.5, -0.5}, {-1.5, 2.5}, {1, 4}, {-3, 4}};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(sample.ValueOf(i), expected[i]) << i;
}

}  // namespace
}  // namespace assay
