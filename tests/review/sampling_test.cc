#include "review/sampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include <algorithm>
#include <cmath>

#include "review/gold.h"
#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::At;
using ::testing::ElementsAre;
using testing::Says;
using testing::TestItem;
using testing::TestQueue;
using testing::TestRubric;

TrialSignals Trial(int number) { return {.suite = "suite", .run = "run", .case_id = "c" + std::to_string(number)}; }

TEST(Draws, AreReproducibleAndDependOnTheSecret) {
  EXPECT_EQ(DrawOf("secret", "audit", "x"), DrawOf("secret", "audit", "x"));
  EXPECT_NE(DrawOf("secret", "audit", "x"), DrawOf("other", "audit", "x"));
  EXPECT_NE(DrawOf("secret", "audit", "x"), DrawOf("secret", "gold", "x"));
  EXPECT_NE(DrawOf("secret", "audit", "x"), DrawOf("secret", "audit", "y"));
}

TEST(EntryOf, TakesTheShareThatIsAskedFor) {
  QueueSpec queue = TestQueue();
  queue.enter = {{.every = true, .share = 0.2}};
  queue.overlap.share = 0.5;
  int entered = 0, overlapping = 0;
  constexpr int kTrials = 4000;
  for (int i = 0; i < kTrials; ++i) {
    const auto entry = EntryOf(queue, Trial(i), "secret");
    if (!entry) continue;
    ++entered;
    overlapping += entry->is_random_overlap ? 1 : 0;
    EXPECT_EQ(entry->people, entry->is_random_overlap ? 2 : 1);
    EXPECT_EQ(entry->at_most, 3);
  }
  // Four standard deviations.
  EXPECT_NEAR(entered, 0.2 * kTrials, 4 * std::sqrt(0.16 * kTrials));
  EXPECT_NEAR(overlapping, 0.5 * entered, 4 * std::sqrt(0.25 * entered));
}

TEST(EntryOf, KnowsWithWhichChanceATrialIsDrawnWhateverItLooksLike) {
  QueueSpec queue{.name = "q"};
  EXPECT_EQ(ChanceOf(queue), std::nullopt);
  queue.enter = {{.failed_invariants = true, .share = 0.5}};
  EXPECT_EQ(ChanceOf(queue), std::nullopt) << "chosen for what they look like";
  queue.enter.push_back({.every = true, .share = 0.2});
  EXPECT_EQ(ChanceOf(queue), 0.2);
  queue.enter.push_back({.every = true, .share = 0.5});
  EXPECT_DOUBLE_EQ(*ChanceOf(queue), 0.6);
  int drawn = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto entry = EntryOf(queue, Trial(i), "secret");
    if (!entry) continue;
    ++drawn;
  }
  EXPECT_NEAR(drawn, 6000, 200);
}

TEST(EntryOf, DrawsTheSameTrialsWhereItsDrawHasTheSameText) {
  const EntrySpec grave{.severity = 1};
  const EntrySpec some{.every = true, .share = 0.2};
  QueueSpec queue{.name = "q", .enter = {some}};
  const auto drawn = [](const QueueSpec& of) {
    std::vector<int> trials;
    for (int i = 0; i < 1000; ++i) {
      if (EntryOf(of, Trial(i), "secret")) trials.push_back(i);
    }
    return trials;
  };
  const QueueSpec behind{.name = "q", .enter = {grave, some}};
  EXPECT_EQ(DrawText(queue), "0:0.2");
  EXPECT_EQ(DrawText(behind), "1:0.2");
  EXPECT_NE(drawn(queue), drawn(behind));
  queue.enter.push_back(grave);
  EXPECT_EQ(DrawText(queue), "0:0.2");
  const QueueSpec salted{.name = "q", .enter = {{.every = true, .share = 0.2, .salt = "autumn"}}};
  EXPECT_EQ(DrawText(salted), "0:0.2:autumn");
  EXPECT_NE(drawn(queue), drawn(salted));
}

TEST(EntryOf, KnowsEveryCondition) {
  const auto reasons = [](EntrySpec entry, TrialSignals signals) {
    QueueSpec queue = TestQueue();
    queue.enter = {std::move(entry)};
    const auto entered = EntryOf(queue, signals, "secret");
    return entered ? entered->reasons : std::vector<std::string>();
  };
  TrialSignals trial = Trial(1);
  trial.grades = {{.grader = "a", .pass = true},
                  {.grader = "b", .severity = 2, .pass = false},
                  {.grader = "c", .is_invariant = true, .severity = 1, .pass = true},
                  {.grader = "m", .pass = true, .value = 0.55, .threshold = 0.5}};
  trial.slices = {{"risk", "high"}};
  EXPECT_THAT(reasons({.every = true}, trial), ElementsAre("every"));
  EXPECT_THAT(reasons({.judges_disagree = {"a", "b"}}, trial), ElementsAre("judges_disagree"));
  EXPECT_THAT(reasons({.judges_disagree = {"a", "c"}}, trial), ElementsAre());
  EXPECT_THAT(reasons({.judges_disagree = {"a", "missing"}}, trial), ElementsAre());
  EXPECT_THAT(reasons({.low_margin = LowMarginSpec{"m", 0.06}}, trial), ElementsAre("low_margin"));
  EXPECT_THAT(reasons({.low_margin = LowMarginSpec{"m", 0.04}}, trial), ElementsAre());
  EXPECT_THAT(reasons({.failed_invariants = true}, trial), ElementsAre());
  EXPECT_THAT(reasons({.severity = 2}, trial), ElementsAre("severity"));
  EXPECT_THAT(reasons({.severity = 1}, trial), ElementsAre());
  EXPECT_THAT(reasons({.slice = SliceEntrySpec{"risk", {"high"}}}, trial), ElementsAre("slice"));
  EXPECT_THAT(reasons({.slice = SliceEntrySpec{"risk", {}}}, trial), ElementsAre("slice"));
  EXPECT_THAT(reasons({.slice = SliceEntrySpec{"risk", {"low"}}}, trial), ElementsAre());
  trial.grades[2].pass = false;
  EXPECT_THAT(reasons({.failed_invariants = true}, trial), ElementsAre("failed_invariants"));
  trial.grades[2].pass.reset();
  EXPECT_THAT(reasons({.failed_invariants = true}, trial), ElementsAre()) << "what was not scored has not failed";
}

TEST(EntryOf, EntersOnceAsTheMostUrgentAndNeverAloneWhereItIsGrave) {
  QueueSpec queue = TestQueue();
  queue.overlap = {.people = 1, .severity = 2};
  queue.enter = {{.every = true}, {.failed_invariants = true, .priority = ReviewLane::kIncident}};
  TrialSignals trial = Trial(1);
  trial.grades = {{.grader = "c", .is_invariant = true, .severity = 2, .pass = false}};
  const auto entry = EntryOf(queue, trial, "secret");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->lane, ReviewLane::kIncident);
  EXPECT_THAT(entry->reasons, ElementsAre("every", "failed_invariants"));
  EXPECT_EQ(entry->severity, 2);
  EXPECT_EQ(entry->people, 2);
  EXPECT_FALSE(entry->is_random_overlap) << "agreement is not measured on what was chosen for its gravity";
  queue.overlap.severity = 0;
  EXPECT_EQ(EntryOf(queue, trial, "secret")->people, 1);
  EXPECT_EQ(EntryOf(queue, trial, "secret")->at_most, 1);
  queue.overlap.severity = 2;
  trial.grades[0].severity = 3;
  EXPECT_EQ(EntryOf(queue, trial, "secret")->people, 1);
}

TEST(PresentationOf, DealsSidesEvenly) {
  ReviewItem item = TestItem();
  item.subject.responses = {"a", "b"};
  int first = 0;
  for (int i = 0; i < 1000; ++i) first += PresentationOf(item, "p" + std::to_string(i), "secret")[0] == "a" ? 1 : 0;
  EXPECT_NEAR(first, 500, 64);
  item.subject.responses = {"a", "b", "c", "d", "e"};
  std::vector<std::string> order = PresentationOf(item, "ann", "secret");
  EXPECT_EQ(order, PresentationOf(item, "ann", "secret"));
  std::ranges::sort(order);
  EXPECT_EQ(order, item.subject.responses);
}

TEST(AuditProbability, FollowsThePersonAndTheOutcome) {
  const AuditSpec audit{.share = 0.1, .new_share = 0.2, .severity = 1, .fast = std::chrono::seconds(5), .at_least = 0};
  const auto probability = [&](AuditHistory history, std::optional<int> severity = {},
                               Duration active = std::chrono::seconds(9),
                               DecisionMethod method = DecisionMethod::kSingle) {
    history.decisions_30d = 1000;
    return AuditProbability(audit, {.severity = severity}, method, active, history);
  };
  EXPECT_DOUBLE_EQ(probability({}), 0.1);
  EXPECT_DOUBLE_EQ(probability({.is_new = true}), 0.2);
  EXPECT_DOUBLE_EQ(probability({}, 1), 1);
  EXPECT_DOUBLE_EQ(probability({}, 2), 0.1);
  EXPECT_DOUBLE_EQ(probability({}, {}, std::chrono::seconds(4)), 1);
  EXPECT_DOUBLE_EQ(probability({}, {}, std::chrono::seconds(9), DecisionMethod::kRework), 1);
  std::vector<bool> results(50, true);
  EXPECT_DOUBLE_EQ(probability({.results = results}), 0.05);
  results[30] = false;
  EXPECT_DOUBLE_EQ(probability({.results = results}), 0.1);
  results[3] = false;
  EXPECT_DOUBLE_EQ(probability({.results = results}), 0.1);
  results[4] = false;
  EXPECT_DOUBLE_EQ(probability({.results = results}), 0.3);
}

TEST(AuditProbability, LooksAtSomeOfEverybody) {
  const AuditSpec audit{.share = 0.01, .new_share = 0.01, .at_least = 10};
  const auto of = [&](int decisions) {
    return AuditProbability(audit, {}, DecisionMethod::kSingle, std::chrono::seconds(9), {.decisions_30d = decisions});
  };
  EXPECT_DOUBLE_EQ(of(3), 1);
  EXPECT_DOUBLE_EQ(of(40), 0.25);
  EXPECT_DOUBLE_EQ(of(5000), 0.01);
  EXPECT_DOUBLE_EQ(
      AuditProbability({.share = 0, .new_share = 0}, {}, DecisionMethod::kSingle, {}, {.decisions_30d = 3}), 0)
      << "a queue without audits has none";
}

TEST(DrawAudit, IsTheSameForEveryDecisionOfAnEpoch) {
  int drawn = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string item = "item" + std::to_string(i);
    const AuditDraw draw = DrawAudit(item, 1, 0.3, "secret");
    EXPECT_EQ(draw, DrawAudit(item, 1, 0.3, "secret"));
    EXPECT_TRUE(DrawAudit(item, 1, 1, "secret").is_drawn);
    EXPECT_FALSE(DrawAudit(item, 1, 0, "secret").is_drawn);
    drawn += draw.is_drawn ? 1 : 0;
  }
  EXPECT_NEAR(drawn, 600, 4 * std::sqrt(420.0));
}

// The pairs of sample size and failures that the review of 2026-11 lists.
TEST(AuditsNeeded, IsTheSmallestSampleThatShowsTheTarget) {
  const std::int64_t ninety[] = {25, 42, 58, 72, 86, 100};
  const std::int64_t ninety_five[] = {52, 87, 118, 147, 175, 202};
  for (int failures = 0; failures < 6; ++failures) {
    EXPECT_EQ(AuditsNeeded(0.9, failures), ninety[failures]) << failures;
    EXPECT_EQ(AuditsNeeded(0.95, failures), ninety_five[failures]) << failures;
  }
  EXPECT_EQ(AuditsNeeded(1, 0), std::nullopt);
  EXPECT_EQ(AuditsNeeded(0.9, -1), std::nullopt);
  EXPECT_EQ(AuditsNeeded(0.99999, 9), std::nullopt);
}

TEST(GradeGold, HasATolerance) {
  GoldAnswer gold{.expected = Says(4).opinion, .must_name = {"invented"}};
  Opinion opinion = Says(5).opinion;
  EXPECT_THAT(GradeGold(gold, opinion, TestRubric()).misses, ElementsAre("error invented is not named"));
  opinion.errors = {"hallucination", "invented"};
  EXPECT_TRUE(GradeGold(gold, opinion, TestRubric()).is_hit);
  opinion = Says(3, "curt").opinion;
  opinion.severity = 2;
  EXPECT_THAT(GradeGold(gold, opinion, TestRubric()).misses,
              ElementsAre("criterion quality: 4, not 3", "criterion tone: friendly, not curt", "severity: none, not 2",
                          "error invented is not named"));
  gold = {.expected = {.answers = PairwiseAnswers{PairChoice::kWinner, "a", 3}}};
  EXPECT_TRUE(GradeGold(gold, {.answers = PairwiseAnswers{PairChoice::kWinner, "a", 1}}, TestRubric()).is_hit);
  EXPECT_THAT(GradeGold(gold, {.answers = PairwiseAnswers{PairChoice::kTie, "", 0}}, TestRubric()).misses,
              ElementsAre("the answers differ from those expected"));
}

TEST(NextGold, TrainsFirstAndThenDraws) {
  const GoldSpec gold{.share = 0.1, .share_after_miss = 0.4, .every = 30, .training = 2};
  EXPECT_EQ(NextGold(gold, {.training_done = 1}, "ann", "q", "secret"), GoldKind::kTraining);
  EXPECT_EQ(NextGold(gold, {.training_done = 2, .claims_since_gold = 29}, "ann", "q", "secret"), GoldKind::kEvaluation);
  EXPECT_EQ(NextGold({}, {.claims_since_gold = 99}, "ann", "q", "secret"), GoldKind::kNone);
  int after_hit = 0, after_miss = 0;
  for (int claims = 0; claims < 2000; ++claims) {
    after_hit += NextGold(gold, {.training_done = 2, .evaluations = {true}, .claims = claims}, "ann", "q", "secret") ==
                         GoldKind::kEvaluation
                     ? 1
                     : 0;
    after_miss += NextGold(gold, {.training_done = 2, .evaluations = {false, true}, .claims = claims}, "ann", "q",
                           "secret") == GoldKind::kEvaluation
                      ? 1
                      : 0;
  }
  EXPECT_NEAR(after_hit, 200, 4 * std::sqrt(180.0));
  EXPECT_NEAR(after_miss, 800, 4 * std::sqrt(480.0));
}

TEST(GoldPlace, IsDrawnForEachClaimAmongAll) {
  std::set<std::size_t> places;
  for (int claims = 0; claims < 200; ++claims) {
    const std::size_t place = GoldPlace(7, "ann", claims, "secret");
    EXPECT_EQ(place, GoldPlace(7, "ann", claims, "secret"));
    places.insert(place);
  }
  EXPECT_EQ(places, (std::set<std::size_t>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(GoldPlace(0, "ann", 1, "secret"), 0u);
}

TEST(StandingOf, PausesWhoMissesTooManyOfTheNewest) {
  const GoldSpec gold{.training = 5, .mark = 0.8, .minimum = 10};
  EXPECT_EQ(StandingOf(gold, {.training_done = 4}), GoldStanding::kTraining);
  EXPECT_EQ(StandingOf(gold, {.training_done = 5, .training_hits = 3}), GoldStanding::kFailedTraining);
  GoldRecord record{.training_done = 5, .training_hits = 4, .evaluations = std::vector<bool>(9, true)};
  EXPECT_EQ(StandingOf(gold, record), GoldStanding::kUnknown);
  record.evaluations.insert(record.evaluations.begin(), false);
  EXPECT_EQ(StandingOf(gold, record), GoldStanding::kGood);
  record.evaluations.insert(record.evaluations.begin(), {false, false});
  EXPECT_EQ(StandingOf(gold, record), GoldStanding::kUnderMark);
  record.evaluations.insert(record.evaluations.begin(), 8, true);
  EXPECT_EQ(StandingOf(gold, record), GoldStanding::kGood) << "what is long ago is forgotten";
}

TEST(HealthOf, FindsGoldThatIsItselfWrong) {
  EXPECT_EQ(HealthOf({.shown = 4, .hits = 0, .made_at = At(0)}, At(1)), GoldItemHealth::kGood);
  EXPECT_EQ(HealthOf({.shown = 5, .hits = 2, .made_at = At(0)}, At(1)), GoldItemHealth::kMissedByMost);
  EXPECT_EQ(HealthOf({.shown = 6, .hits = 3, .made_at = At(0)}, At(1)), GoldItemHealth::kGood);
  EXPECT_EQ(HealthOf({.made_at = At(0)}, At(60 * 24 * 91)), GoldItemHealth::kOld);
}

}  // namespace
}  // namespace assay
