// KPIs, their targets, and how far a grader is trusted.

#include <gtest/gtest.h>

#include "review/kpis.h"
#include "review/targets.h"
#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::At;
using testing::ItemUnderTest;
using testing::LeadPerson;
using testing::Person;
using testing::Says;
using testing::TestItem;
using testing::TestPolicy;
using testing::TestQueue;
using testing::TestRubric;

// Seven items with a history each, and the figures that follow, counted by hand.
class KpiTest : public ::testing::Test {
 protected:
  KpiTest() {
    ReviewPolicy policy = TestPolicy();
    policy.queue.audit.share = 1;
    const auto make = [&](auto change) -> ItemUnderTest& {
      ReviewItem item = TestItem();
      change(item);
      return *items_.emplace_back(std::make_unique<ItemUnderTest>(policy, item));
    };
    const auto plain = [](ReviewItem&) {};
    // Done, audited and right, and on time.
    ItemUnderTest& good = make([](ReviewItem& item) { item.due_at = At(60); });
    good.Judges(Person("ann"), Says(4), At(1));
    good.Judges(Person("bob"), Says(4), At(3));
    EXPECT_EQ(good.Audits(LeadPerson("lea"), true, At(20)), "");
    // The audit finds a mistake; judged again, and right; late.
    ItemUnderTest& bad = make([](ReviewItem& item) { item.due_at = At(30); });
    bad.Judges(Person("ann"), Says(4), At(1));
    bad.Judges(Person("bob"), Says(4), At(3));
    EXPECT_EQ(bad.Audits(LeadPerson("lea"), false, At(20)), "");
    bad.Judges(Person("cid"), Says(2), At(22));
    EXPECT_EQ(bad.Audits(LeadPerson("lea"), true, At(40)), "");
    // Adjudicated against bob and cid.
    ItemUnderTest& split = make(plain);
    split.Judges(Person("ann"), Says(4), At(1));
    split.Judges(Person("bob"), Says(2), At(3));
    split.Judges(Person("cid"), Says(1, "rude"), At(5));
    EXPECT_EQ(split.Adjudicates(LeadPerson("leo"), Says(4), At(7)), "");
    // Escalated for ambiguity, answered after 60 minutes, still open.
    ItemUnderTest& asked = make(plain);
    EXPECT_EQ(asked.Claims(Person("ann"), At(1)), "");
    EXPECT_EQ(asked.Do(Escalate(asked.state, {.reviewer = Person("ann")}, policy, At(2))), "");
    EXPECT_EQ(asked.Do(Resolve(asked.state, {.reviewer = LeadPerson("lea"), .ruling = "so"}, policy, At(62))), "");
    // Taken and left.
    ItemUnderTest& left = make(plain);
    EXPECT_EQ(left.Claims(Person("dan"), At(1)), "");
    // Gold: one right, one wrong. None of it is work.
    ItemUnderTest& gold = make([](ReviewItem& item) { item.purpose = ItemPurpose::kGold; });
    const GoldAnswer answer{.expected = Says(4).opinion};
    for (const char* name : {"ann", "bob"}) {
      EXPECT_EQ(gold.Claims(Person(name), At(1)), "");
      EXPECT_EQ(gold.Do(Submit(gold.state,
                               {.reviewer = Person(name),
                                .token = LeaseOf(gold.state, name)->token,
                                .key = "k",
                                .content = Says(name[0] == 'a' ? 4 : 1)},
                               policy, &answer, At(2))),
                "");
    }
    for (const auto& item : items_) states_.push_back(&item->state);
  }

  ReviewKpis Kpis(double from, double to) const {
    return KpisOf(states_, {At(from), At(to)}, TestQueue(), TestRubric());
  }

  std::vector<std::unique_ptr<ItemUnderTest>> items_;
  std::vector<const ItemState*> states_;
};

std::string Text(const ReviewShare& share) { return std::to_string(share.count) + "/" + std::to_string(share.of); }

TEST_F(KpiTest, CountByHand) {
  const ReviewKpis kpis = Kpis(0, 120);
  EXPECT_EQ(kpis.judgements,
            (std::map<JudgementRole, std::int64_t>{
                {JudgementRole::kLabel, 7}, {JudgementRole::kRework, 1}, {JudgementRole::kAdjudicate, 1}}));
  EXPECT_DOUBLE_EQ(kpis.active_seconds, 9 * 40);
  EXPECT_DOUBLE_EQ(*kpis.judgements_per_active_hour, 90);
  EXPECT_EQ(kpis.items_done, 2) << "the adjudicated one is drawn for an audit";
  EXPECT_EQ(Text(kpis.audits_passed), "2/3");
  EXPECT_DOUBLE_EQ(*kpis.decisions_right, 2.0 / 3);
  EXPECT_NEAR(*kpis.audits_passed.lower, 0.2077, 5e-5);
  EXPECT_EQ(Text(kpis.reworked), "1/3");
  EXPECT_EQ(kpis.reworks, (std::map<ReviewCause, std::int64_t>{{ReviewCause::kMisread, 1}}));
  EXPECT_EQ(Text(kpis.escalated), "1/4");
  EXPECT_EQ(kpis.escalations, (std::map<EscalationReason, std::int64_t>{{EscalationReason::kAmbiguity, 1}}));
  EXPECT_DOUBLE_EQ(*kpis.escalation_seconds_p50, 3600);
  EXPECT_EQ(Text(kpis.adjudicated), "1/3");
  EXPECT_EQ(kpis.adjudications, (std::map<ReviewCause, std::int64_t>{{ReviewCause::kMissing, 1}}));
  EXPECT_EQ(Text(kpis.labels_overturned), "2/3");
  EXPECT_EQ(Text(kpis.gold_hits), "1/2");
  EXPECT_EQ(kpis.items, (std::map<ReviewState, std::int64_t>{
                            {ReviewState::kDone, 2}, {ReviewState::kAudit, 1}, {ReviewState::kQueued, 2}}));
  EXPECT_DOUBLE_EQ(*kpis.oldest_open_seconds, 7200);
  EXPECT_EQ(kpis.leases_expired, 1);
  EXPECT_EQ(Text(kpis.on_time), "1/2");
  EXPECT_EQ(kpis.open_done_at, At(120 + 180)) << "three open, two done in two hours";
  EXPECT_EQ(Text(kpis.severe), "0/2");
}

TEST(Kpis, AreApartByWhetherASuggestionWasInView) {
  ReviewPolicy policy = TestPolicy();
  policy.queue.audit.share = 1;
  const auto saying = [](int quality, bool saw) {
    JudgementContent content = Says(quality);
    content.saw_suggestion = saw;
    return content;
  };
  // Adjudicated against bob, who had seen one.
  ItemUnderTest split(policy);
  split.Judges(Person("ann"), saying(4, false), At(1));
  split.Judges(Person("bob"), saying(1, true), At(3));
  split.Judges(Person("cid"), saying(2, false), At(5));
  ASSERT_EQ(split.Adjudicates(LeadPerson("leo"), Says(4), At(7)), "");
  // The decision of two of whom one had: its audit counts for both.
  ItemUnderTest agreed(policy);
  agreed.Judges(Person("ann"), saying(4, true), At(1));
  agreed.Judges(Person("bob"), saying(4, false), At(3));
  ASSERT_EQ(agreed.Audits(LeadPerson("lea"), false, At(20)), "");
  const ItemState* states[] = {&split.state, &agreed.state};
  const ReviewKpis kpis = KpisOf(states, {At(0), At(120)}, TestQueue(), TestRubric());
  EXPECT_EQ(kpis.saw_suggestion.judgements, 2);
  EXPECT_DOUBLE_EQ(kpis.saw_suggestion.active_seconds, 80);
  EXPECT_EQ(Text(kpis.saw_suggestion.labels_overturned), "1/1");
  EXPECT_EQ(Text(kpis.saw_suggestion.audits_passed), "0/1");
  EXPECT_EQ(kpis.saw_none.judgements, 3) << "the adjudication is no label";
  EXPECT_EQ(Text(kpis.saw_none.labels_overturned), "1/2");
  EXPECT_EQ(Text(kpis.saw_none.audits_passed), "0/1");
  const ReviewKpis later = KpisOf(states, {At(120), At(240)}, TestQueue(), TestRubric());
  EXPECT_EQ(later.saw_suggestion.judgements, 0);
  EXPECT_EQ(Text(later.saw_none.audits_passed), "0/0");
}

TEST_F(KpiTest, CountDaysOfPersons) {
  EXPECT_EQ(Kpis(0, 120).person_days, 4) << "ann, bob, cid and leo, on one day; dan only took an item";
  EXPECT_EQ(Kpis(120, 240).person_days, 0);
}

TEST_F(KpiTest, AreOfTheWindow) {
  const ReviewKpis later = Kpis(120, 240);
  EXPECT_TRUE(later.judgements.empty());
  EXPECT_EQ(Text(later.audits_passed), "0/0");
  EXPECT_EQ(later.audits_passed.share, std::nullopt);
  EXPECT_EQ(later.items_done, 0);
  EXPECT_EQ(later.open_done_at, std::nullopt) << "at no rate never";
  EXPECT_EQ(later.items.at(ReviewState::kDone), 2);
}

QueueSpec Wanting(TargetsSpec targets) {
  QueueSpec queue = TestQueue();
  queue.targets = targets;
  return queue;
}

TEST_F(KpiTest, StandAgainstTargets) {
  const ReviewKpis kpis = Kpis(0, 120);
  EXPECT_TRUE(StandingsOf(TestQueue(), kpis, {}).empty()) << "none are declared";
  const std::vector<CriterionAgreement> agreement = {
      {.criterion = "all the same", .units = 9},
      {.criterion = "tone", .units = 40, .alpha = 0.9, .alpha_lower = 0.8, .alpha_upper = 0.95},
      {.criterion = "correct", .units = 40, .alpha = 0.6, .alpha_lower = 0.5, .alpha_upper = 0.69}};
  const auto standings = StandingsOf(Wanting({.per_day = 2, .agreement = 0.7, .audits_passed = 0.9}), kpis, agreement);
  ASSERT_EQ(standings.size(), 3u);
  EXPECT_EQ(standings[0].measure, TargetMeasure::kPerDay);
  EXPECT_DOUBLE_EQ(*standings[0].value, 9.0 / 4);
  EXPECT_EQ(standings[0].of, 4);
  EXPECT_EQ(standings[0].state, TargetState::kMet);
  EXPECT_EQ(standings[1].measure, TargetMeasure::kAuditsPassed);
  EXPECT_EQ(standings[1].state, TargetState::kOpen) << "two of three may be 0.9";
  EXPECT_EQ(standings[2].criterion, "correct") << "the least of them";
  EXPECT_EQ(standings[2].state, TargetState::kMissed) << "even its upper bound";
  EXPECT_EQ(StandingsOf(Wanting({.per_day = 3}), kpis, {})[0].state, TargetState::kMissed);
}

TEST_F(KpiTest, StandNowhereWhereNothingIsMeasured) {
  const auto standings =
      StandingsOf(Wanting({.per_day = 2, .agreement = 0.7, .audits_passed = 0.9}), Kpis(120, 240), {});
  ASSERT_EQ(standings.size(), 3u);
  for (const TargetStanding& standing : standings) {
    EXPECT_EQ(standing.state, TargetState::kNothingYet);
    EXPECT_EQ(standing.value, std::nullopt);
  }
}

TEST_F(KpiTest, VolumeIsNoTargetWhereQualityGoesFirst) {
  QueueSpec queue = Wanting({.per_day = 2, .audits_passed = 0.9});
  queue.data_class = "customers";
  const auto standings = StandingsOf(queue, Kpis(0, 120), {});
  ASSERT_EQ(standings.size(), 1u);
  EXPECT_EQ(standings[0].measure, TargetMeasure::kAuditsPassed);
}

TEST_F(KpiTest, OfPersons) {
  const auto people = PersonKpisOf(states_, {At(0), At(120)}, TestQueue(), TestRubric());
  EXPECT_EQ(people.at("ann").judgements, 3);
  EXPECT_EQ(Text(people.at("ann").audits_passed), "1/2");
  EXPECT_EQ(Text(people.at("cid").audits_passed), "1/1");
  EXPECT_EQ(Text(people.at("ann").gold_hits), "1/1");
  EXPECT_EQ(Text(people.at("bob").gold_hits), "0/1");
  EXPECT_EQ(Text(people.at("ann").labels_overturned), "0/1");
  EXPECT_EQ(Text(people.at("bob").labels_overturned), "1/1");
  EXPECT_EQ(people.at("leo").judgements, 1);
  EXPECT_FALSE(people.contains("dan"));
}

// One item of each kind, judged by one person.
ReviewKpis KpisOfOutcomes(ReviewItemKind kind, const std::vector<Opinion>& opinions,
                          const std::vector<std::string>& claims = {}) {
  ReviewPolicy policy = TestPolicy();
  policy.queue.item = kind;
  policy.queue.undo = Duration(0);
  policy.queue.audit.severity = 0;
  std::vector<std::unique_ptr<ItemUnderTest>> items;
  std::vector<const ItemState*> states;
  for (const Opinion& opinion : opinions) {
    ReviewItem entering = TestItem();
    entering.id.back() = static_cast<char>('0' + items.size());
    entering.people = entering.at_most = 1;
    entering.subject = {.kind = kind, .responses = {"a"}, .claims = claims};
    if (kind == ReviewItemKind::kPairwise) entering.subject.responses = {"a", "b"};
    items.push_back(std::make_unique<ItemUnderTest>(policy, entering));
    JudgementContent content = Says(4);
    content.opinion = opinion;
    items.back()->Judges(Person("ann"), content, At(1));
    states.push_back(&items.back()->state);
  }
  return KpisOf(states, {At(0), At(60)}, policy.queue, policy.rubric);
}

TEST(Kpis, OfRefusals) {
  const ReviewKpis kpis = KpisOfOutcomes(ReviewItemKind::kRefusal, {{.answers = RefusalAnswers{true, true}},
                                                                    {.answers = RefusalAnswers{true, false}},
                                                                    {.answers = RefusalAnswers{true, false}},
                                                                    {.answers = RefusalAnswers{false, false}}});
  EXPECT_EQ(Text(kpis.false_refusals), "1/3");
  EXPECT_EQ(Text(kpis.missed_refusals), "1/1");
}

TEST(Kpis, OfGrounding) {
  using Support = ClaimSupport;
  const auto claims = [](Support first, Support second) {
    return Opinion{.answers = GroundingAnswers{{{"c1", first}, {"c2", second}}}};
  };
  const ReviewKpis kpis =
      KpisOfOutcomes(ReviewItemKind::kGrounding,
                     {claims(Support::kSupported, Support::kUncheckable), claims(Support::kSupported, Support::kPartly),
                      claims(Support::kUnsupported, Support::kUnsupported)},
                     {"c1", "c2"});
  EXPECT_EQ(Text(kpis.hallucinating), "1/3");
  EXPECT_EQ(Text(kpis.claims_supported), "2/5");
}

TEST(Kpis, OfSidesOfPairs) {
  std::vector<Opinion> opinions(9, {.answers = PairwiseAnswers{PairChoice::kWinner, "a", 1}});
  opinions.push_back({.answers = PairwiseAnswers{PairChoice::kTie, "", 0}});
  const ReviewKpis kpis = KpisOfOutcomes(ReviewItemKind::kPairwise, opinions);
  EXPECT_EQ(kpis.first_shown_wins.of, 9);
  EXPECT_GT(kpis.first_shown_wins.count, 0) << "sides are dealt";
  EXPECT_LT(kpis.first_shown_wins.count, 9);
  EXPECT_TRUE(kpis.first_shown_p);
}

TEST(ClarificationTimes, AreInBusinessDays) {
  const auto day = [](double days) { return At(days * 24 * 60); };
  const Clarification closed{
      .id = "1", .first_at = day(0), .opened_at = day(1), .closed_at = day(7), .closed_by = "2.2.0"};
  const Clarification open{.id = "2", .first_at = day(2), .opened_at = day(3)};
  Clarification rejected = open;
  rejected.is_rejected = true;
  const Clarification all[] = {closed, open, rejected};
  const ClarificationTimes times = ClarificationTimesOf(all, {day(0), day(9)});
  EXPECT_EQ(times.closed, 1);
  EXPECT_DOUBLE_EQ(*times.median, 5);
  EXPECT_EQ(times.open, 1);
  EXPECT_DOUBLE_EQ(*times.oldest_open, 5);
}

// The 2x2 table of the reference: 20, 5, 10, 15 has kappa 0.4.
TEST(GraderTrust, IsThatOfTheTable) {
  std::vector<GraderAgainstPeople> pairs;
  for (const auto& [count, grader, people] : {std::tuple(20, true, true), std::tuple(5, true, false),
                                              std::tuple(10, false, true), std::tuple(15, false, false)}) {
    pairs.insert(pairs.end(), static_cast<std::size_t>(count), {grader, people});
  }
  const GraderTrust trust = TrustOf(pairs);
  EXPECT_EQ(Text(trust.true_positive_rate), "20/30");
  EXPECT_EQ(Text(trust.true_negative_rate), "15/20");
  EXPECT_NEAR(*trust.kappa, 0.4, 1e-12);
  EXPECT_NEAR(*trust.Corrected(0.5), (0.5 + 0.75 - 1) / (20.0 / 30 + 0.75 - 1), 1e-12);
  EXPECT_EQ(TrustOf(std::span(pairs).first(20)).Corrected(0.5), std::nullopt) << "no case that people fail";
  GraderTrust weak = trust;
  weak.true_negative_rate = ShareOf(10, 20);
  EXPECT_EQ(weak.Corrected(0.5), std::nullopt);
}

}  // namespace
}  // namespace assay
