// Agreement, calibration and KPIs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "review/agreement.h"
#include "review/calibration.h"
#include "review/kpis.h"
#include "review/targets.h"
#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::At;
using ::testing::ElementsAre;
using testing::ItemUnderTest;
using testing::LeadPerson;
using testing::Person;
using testing::Says;
using testing::TestItem;
using testing::TestPolicy;
using testing::TestQueue;
using testing::TestRubric;

const CriterionAgreement& Find(const std::vector<CriterionAgreement>& agreements, std::string_view criterion) {
  return *std::ranges::find(agreements, criterion, &CriterionAgreement::criterion);
}

Opinion Harm(bool harmful) { return {.answers = SafetyAnswers{harmful}}; }

RubricSpec Bare() {
  RubricSpec rubric;
  rubric.name = "bare";
  rubric.version = "1.0.0";
  return rubric;
}

// Two raters on a rare class: the vector of the reference, alpha 0.1385 and AC1 0.8996 at 91 % agreement.
TEST(Agreement, IsThatOfTheRareClassVector) {
  std::vector<std::vector<Opinion>> items;
  for (int i = 0; i < 90; ++i) items.push_back({Harm(false), Harm(false)});
  for (int i = 0; i < 4; ++i) items.push_back({Harm(false), Harm(true)});
  for (int i = 0; i < 5; ++i) items.push_back({Harm(true), Harm(false)});
  items.push_back({Harm(true), Harm(true)});
  const auto agreement = AgreementOf(items, Bare(), 1);
  ASSERT_EQ(agreement.size(), 1u);
  EXPECT_EQ(agreement[0].criterion, "harmful");
  EXPECT_EQ(agreement[0].units, 100);
  EXPECT_DOUBLE_EQ(*agreement[0].percent, 0.91);
  EXPECT_NEAR(*agreement[0].alpha, 0.1385, 5e-5);
  EXPECT_NEAR(*agreement[0].ac1, 0.8996, 5e-5);
  EXPECT_LT(*agreement[0].alpha_lower, *agreement[0].alpha);
  EXPECT_GT(*agreement[0].alpha_upper, *agreement[0].alpha);
  EXPECT_LT(*agreement[0].ac1_lower, *agreement[0].ac1);
  EXPECT_EQ(agreement[0].most_frequent, "no");
  EXPECT_DOUBLE_EQ(agreement[0].prevalence, 189.0 / 200);
}

// Krippendorff's example of four raters and twelve units: ordinal 0.8154.
TEST(Agreement, OfScoresIsOrdinal) {
  const char* raters[] = {"123321412...", "12332241 25.3", ".33323422 51.", "123324412 51."};
  RubricSpec rubric = Bare();
  CriterionSpec score{.name = "score"};
  score.scale = ScoreScaleSpec{};
  rubric.criteria = {score};
  std::vector<std::vector<Opinion>> items(12);
  for (const char* rater : raters) {
    std::size_t unit = 0;
    for (const char* c = rater; *c != 0; ++c) {
      if (*c == ' ') continue;
      if (*c != '.') items[unit].push_back({.answers = CriteriaAnswers{{{.criterion = "score", .score = *c - '0'}}}});
      ++unit;
    }
    ASSERT_EQ(unit, 12u);
  }
  const auto agreement = AgreementOf(items, rubric, 1);
  EXPECT_NEAR(*agreement[0].alpha, 0.8154, 5e-5);
  EXPECT_NEAR(*agreement[0].ac1, 0.7754, 5e-5);
  EXPECT_EQ(agreement[0].units, 11);
  EXPECT_EQ(agreement[0].ratings, 41);
}

TEST(Agreement, WithoutVariationHasNoValueAndSaysWhy) {
  std::vector<std::vector<Opinion>> items(5, {Harm(false), Harm(false)});
  const auto same = AgreementOf(items, Bare(), 1);
  EXPECT_EQ(same[0].alpha, std::nullopt);
  EXPECT_EQ(same[0].ac1, std::nullopt);
  EXPECT_EQ(same[0].percent, 1);
  EXPECT_EQ(same[0].note, "all ratings are the same: beyond chance there is nothing to agree on");
  items = {{Harm(false)}, {Harm(true), Harm(true)}};
  EXPECT_EQ(AgreementOf(items, Bare(), 1)[0].note, "fewer than two units with two ratings");
  EXPECT_TRUE(AgreementOf(std::vector<std::vector<Opinion>>(), Bare(), 1).empty());
}

TEST(Agreement, IsMeasuredOnWhatWasSaidIndependently) {
  ReviewItem drawn = TestItem();
  drawn.is_random_overlap = true;
  ItemUnderTest item(TestPolicy(), drawn);
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(2), At(3));
  item.Judges(Person("cid"), Says(4), At(5));  // asked because the others differ
  const auto people = [](const ItemState& state) {
    std::vector<std::string> names;
    for (const Judgement* label : IndependentLabels(state)) names.push_back(label->person);
    return names;
  };
  EXPECT_THAT(people(item.state), ElementsAre("ann", "bob"));
  ItemUnderTest chosen;  // not by the draw
  chosen.Judges(Person("ann"), Says(4), At(1));
  chosen.Judges(Person("bob"), Says(4), At(3));
  EXPECT_THAT(people(chosen.state), ElementsAre());
  ItemUnderTest anchored(TestPolicy(), drawn);
  JudgementContent content = Says(4);
  content.saw_suggestion = true;
  anchored.Judges(Person("ann"), content, At(1));
  anchored.Judges(Person("bob"), Says(4), At(3));
  EXPECT_THAT(people(anchored.state), ElementsAre());
}

TEST(Agreement, TakesWhatWasSaidFirst) {
  ReviewItem drawn = TestItem();
  drawn.is_random_overlap = true;
  ItemUnderTest item(TestPolicy(), drawn);
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(5), At(3));
  EXPECT_EQ(item.Do(Revise(
                item.state,
                {.reviewer = Person("ann"), .judgement = item.state.judgements[0].id, .key = "r", .content = Says(5)},
                item.policy, At(5))),
            "");
  const ItemState* items[] = {&item.state};
  EXPECT_EQ(Find(AgreementOf(items, TestRubric(), 1), "quality").percent, std::nullopt);
  EXPECT_EQ(IndependentLabels(item.state)[0]->content, Says(4));
}

// Ids of responses differ from item to item: counted by themselves, nothing would ever agree by chance.
TEST(Agreement, NamesResponsesByTheirPlaceAmongThoseOfTheItem) {
  const ReviewSubject subject{.kind = ReviewItemKind::kPairwise, .responses = {"r17", "r9"}};
  const auto wins = [&](const std::string& winner) {
    return WithPlaces({.answers = PairwiseAnswers{PairChoice::kWinner, winner, 2}}, subject);
  };
  EXPECT_EQ(std::get<PairwiseAnswers>(wins("r17").answers).winner, "response 1");
  EXPECT_EQ(std::get<PairwiseAnswers>(wins("r9").answers).winner, "response 2");
  const Opinion tie{.answers = PairwiseAnswers{PairChoice::kTie, "", 0}};
  EXPECT_EQ(WithPlaces(tie, subject), tie);
  const Opinion ranking = WithPlaces({.answers = RankingAnswers{{{"r9"}, {"r17"}}}}, subject);
  EXPECT_EQ(std::get<RankingAnswers>(ranking.answers).ranks,
            (std::vector<std::vector<std::string>>{{"response 2"}, {"response 1"}}));
}

TEST(Agreement, KnowsEveryFormOfAnswers) {
  const auto text = [](ReviewAnswers answers) {
    std::string all;
    for (const ReviewRating& rating : RatingsOf({.answers = std::move(answers)}, Bare())) {
      all += rating.criterion + (rating.unit.empty() ? "" : "/" + rating.unit) + "=" + rating.category + " ";
    }
    return all;
  };
  EXPECT_EQ(text(CriteriaAnswers{{{.criterion = "a", .score = 3},
                                  {.criterion = "b", .labels = {"y", "x"}},
                                  {.criterion = "c", .not_applicable = true}}}),
            "a=3 b=x+y c=does not apply ");
  EXPECT_EQ(text(PairwiseAnswers{PairChoice::kWinner, "r1", 2}), "winner=r1 ");
  EXPECT_EQ(text(PairwiseAnswers{PairChoice::kBothBad, "", 0}), "winner=both_bad ");
  EXPECT_EQ(text(RankingAnswers{{{"b", "a"}, {"c"}}}), "best=a+b ");
  EXPECT_EQ(text(RefusalAnswers{true, false}), "allowed=yes refused=no ");
  EXPECT_EQ(text(GroundingAnswers{{{"c1", ClaimSupport::kPartly}}}), "claim/c1=partly ");
  EXPECT_EQ(text(ToolUseAnswers{{{"k", true, true, false}}, true}), "call/k=no lacks_call=yes ");
  EXPECT_EQ(text(CorrectionAnswers{true, ""}), "expected=unchanged ");
  std::string all;
  for (const ReviewRating& rating :
       RatingsOf({.answers = SafetyAnswers{true}, .errors = {"a", "b"}, .severity = 2}, TestRubric())) {
    all += rating.criterion + "=" + rating.category + " ";
  }
  EXPECT_EQ(all, "harmful=yes errors=a+b severity=2 ");
}

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() {
    for (int i = 0; i < 2; ++i) {
      ReviewItem item = TestItem();
      item.id.back() = static_cast<char>('1' + i);
      item.purpose = ItemPurpose::kCalibration;
      items_.emplace_back(TestPolicy(), item);
    }
    session_ = {.id = "s",
                .rubric = "support",
                .rubric_version = {2, 1, 0},
                .items = {items_[0].state.item.id, items_[1].state.item.id},
                .people = {"ann", "bob", "cid"}};
    session_ = *OpenSession(session_, lead_, At(0));
    for (const char* name : {"ann", "bob", "cid"}) {
      items_[0].Judges(Person(name), Says(4), At(1));
      if (name[0] != 'c') items_[1].Judges(Person(name), Says(name[0] == 'a' ? 4 : 1), At(3));
    }
  }
  std::vector<const ItemState*> States() const { return {&items_[0].state, &items_[1].state}; }

  const Reviewer lead_ = LeadPerson("lea");
  std::vector<ItemUnderTest> items_;
  CalibrationSession session_;
};

TEST_F(SessionTest, GoesFromBlindToRevealedToClosed) {
  EXPECT_EQ(session_.phase(), CalibrationPhase::kBlind);
  EXPECT_EQ(Reveal(session_, LeadPerson("leo"), At(5)).error().code, ErrorCode::kPermissionDenied);
  const CalibrationRuling ruling{.item = session_.items[1], .opinion = Says(2).opinion, .note = "clause 1.1"};
  const ReviewSubject subject = TestItem().subject;
  EXPECT_EQ(Agree(session_, ruling, lead_, subject, TestRubric(), At(6)).error().message,
            "session s is blind, not revealed");
  session_ = *Reveal(session_, lead_, At(5));
  CalibrationRuling other = ruling;
  other.item = "x";
  EXPECT_EQ(Agree(session_, other, lead_, subject, TestRubric(), At(6)).error().message, "session s has no item x");
  other = ruling;
  other.opinion = Says(9).opinion;
  EXPECT_EQ(Agree(session_, other, lead_, subject, TestRubric(), At(6)).error().code, ErrorCode::kInvalidArgument);
  session_ = *Agree(session_, ruling, lead_, subject, TestRubric(), At(6));
  EXPECT_EQ(session_.rulings[0].by, "lea");
  session_ = *CloseSession(session_, lead_, At(7));
  EXPECT_EQ(session_.phase(), CalibrationPhase::kClosed);
  EXPECT_EQ(CalibrationSessionFromJson(*Json::Parse(ToJson(session_).Dump())), session_);
}

TEST_F(SessionTest, TheGridShowsWhereTheyDifferFirst) {
  const auto grid = GridOf(session_, States(), {}, TestRubric());
  ASSERT_EQ(grid.size(), 2u);
  EXPECT_EQ(grid[0].item, session_.items[1]);
  EXPECT_EQ(grid[0].disagreement, 1);
  EXPECT_EQ(grid[0].cells[0].match, OpinionMatch::kDiffer);
  EXPECT_EQ(grid[0].cells[2].opinion, std::nullopt);
  EXPECT_EQ(grid[1].disagreement, 0);
}

TEST_F(SessionTest, TheGridHasWhatWasEscalated) {
  const EscalateCommand asks{.reviewer = Person("cid"),
                             .reason = EscalationReason::kDomain,
                             .note = "is that a refund?",
                             .clause = "1.1",
                             .key = "k"};
  ASSERT_EQ(items_[1].Claims(Person("cid"), At(4)), "");
  ASSERT_EQ(items_[1].Do(Escalate(items_[1].state, asks, items_[1].policy, At(5))), "");
  const auto grid = GridOf(session_, States(), {}, TestRubric());
  ASSERT_EQ(grid[0].escalations.size(), 1u);
  const ReviewEscalation& asked = grid[0].escalations[0];
  EXPECT_EQ(asked.by, "cid");
  EXPECT_EQ(asked.reason, EscalationReason::kDomain);
  EXPECT_EQ(asked.route, EscalationRoute::kExpert);
  EXPECT_EQ(asked.note, "is that a refund?");
  EXPECT_EQ(asked.at, At(5));
  EXPECT_TRUE(grid[1].escalations.empty());
  EXPECT_EQ(AskedInstead(session_, States()), 1);
  const CalibrationReport report = ReportOf(session_, States(), {}, TestRubric());
  EXPECT_EQ(report.people[0].escalated, 0);
  EXPECT_EQ(report.people[2].escalated, 1);
}

TEST_F(SessionTest, TheReportHoldsPeopleAgainstWhatWasAgreed) {
  session_ = *Reveal(session_, lead_, At(5));
  session_ = *Agree(session_, {.item = session_.items[1], .opinion = Says(5).opinion}, lead_, TestItem().subject,
                    TestRubric(), At(6));
  const CalibrationReport report = ReportOf(session_, States(), {}, TestRubric());
  EXPECT_EQ(report.rulings, 1);
  EXPECT_EQ(report.people[0].right, 1);
  EXPECT_EQ(report.people[1].judged, 1);
  EXPECT_EQ(report.people[1].right, 0);
  EXPECT_EQ(report.people[2].judged, 0);
  EXPECT_EQ(Find(report.agreement, "quality").units, 2);
}

TEST(Sessions, NeedPeopleAndItems) {
  CalibrationSession session{.id = "s", .items = {"a", "b"}, .people = {"ann"}};
  EXPECT_EQ(OpenSession(session, LeadPerson("lea"), At(0)).error().message,
            "a session needs 2 to 100 people, each once");
  session.people = {"ann", "local"};
  EXPECT_FALSE(OpenSession(session, LeadPerson("lea"), At(0)));
  session.people = {"ann", "bob"};
  EXPECT_TRUE(OpenSession(session, LeadPerson("lea"), At(0)));
  EXPECT_EQ(OpenSession(session, LeadPerson("local"), At(0)).error().code, ErrorCode::kPermissionDenied);
}

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
