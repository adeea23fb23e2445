// Agreement and calibration.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "review/agreement.h"
#include "review/calibration.h"
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

}  // namespace
}  // namespace assay
