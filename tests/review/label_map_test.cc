// Judgements that are carried over to another major version of the rubric.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "review/kpis.h"
#include "review/label_map.h"
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
using testing::TestRubric;

// Version 3: quality has three points, tone is "manner" and knows no curt, topics are gone, invented is made_up.
RubricSpec NextRubric() {
  RubricSpec rubric = TestRubric();
  rubric.version = "3.0.0";
  rubric.criteria[0].scale = ScoreScaleSpec{.from = 1, .to = 3, .pass = 2};
  rubric.criteria[1].name = "manner";
  rubric.criteria[1].labels = {{.name = "kind", .pass = true}, {.name = "rude", .pass = false}};
  rubric.criteria.pop_back();
  rubric.taxonomy[1].name = "made_up";
  rubric.maps = {
      {.from = 2,
       .criteria = {{.criterion = "quality", .answers = {{"1", "1"}, {"2", "1"}, {"4", "2"}, {"5", "3"}}},
                    {.criterion = "manner", .from = "tone", .answers = {{"friendly", "kind"}, {"rude", "rude"}}}},
       .errors = {{"invented", "made_up"}},
       .severities = {{"3", "2"}}}};
  return rubric;
}

Opinion RatedBefore(int quality, std::string tone, std::vector<std::string> errors = {},
                    std::optional<int> severity = {}) {
  Opinion opinion = Says(quality, std::move(tone)).opinion;
  opinion.errors = std::move(errors);
  opinion.severity = severity;
  return opinion;
}

// "" or the message.
std::string MapOf(const Opinion& opinion, Opinion& mapped) {
  const RubricSpec next = NextRubric();
  Result<Opinion> result = MapOpinion(opinion, *next.FindMap(2), TestItem().subject, next);
  if (!result) return result.error().message;
  mapped = *std::move(result);
  return "";
}

TEST(MapOpinion, ReadsAnswersErrorsAndSeveritiesByTheMap) {
  Opinion mapped;
  ASSERT_EQ(MapOf(RatedBefore(4, "friendly", {"hallucination", "invented"}, 3), mapped), "");
  const CriteriaAnswers expected{{{.criterion = "quality", .score = 2}, {.criterion = "manner", .labels = {"kind"}}}};
  EXPECT_EQ(mapped.answers, ReviewAnswers(expected));
  EXPECT_THAT(mapped.errors, ::testing::ElementsAre("hallucination", "made_up"));
  EXPECT_EQ(mapped.severity, 2);
}

TEST(MapOpinion, KeepsThatACriterionDoesNotApply) {
  Opinion opinion = RatedBefore(5, "friendly");
  auto& criteria = std::get<CriteriaAnswers>(opinion.answers).criteria;
  criteria[1] = {.criterion = "tone", .not_applicable = true};
  Opinion mapped;
  ASSERT_EQ(MapOf(opinion, mapped), "");
  EXPECT_TRUE(std::get<CriteriaAnswers>(mapped.answers).criteria[1].not_applicable);
}

TEST(MapOpinion, SaysWhatItDoesNotCover) {
  Opinion mapped;
  EXPECT_EQ(MapOf(RatedBefore(3, "friendly"), mapped),
            R"(the map from version 2 does not cover answer "3" to criterion "quality")");
  EXPECT_EQ(MapOf(RatedBefore(4, "curt"), mapped),
            R"(the map from version 2 does not cover answer "curt" to criterion "tone")");
  Opinion without = RatedBefore(4, "friendly");
  std::get<CriteriaAnswers>(without.answers).criteria.pop_back();
  EXPECT_EQ(MapOf(without, mapped),
            R"(the map from version 2 does not cover a judgement: criterion "manner" is not answered)");
}

TEST(MapOpinion, RenamesTheCriteriaOfAPair) {
  const RubricSpec next = NextRubric();
  const ReviewSubject subject{.kind = ReviewItemKind::kPairwise, .responses = {"a", "b"}};
  const Opinion opinion{.answers = PairwiseAnswers{PairChoice::kWinner, "a", 2, {{"tone", "b"}, {"topics", "a"}}}};
  const Result<Opinion> mapped = MapOpinion(opinion, *next.FindMap(2), subject, next);
  ASSERT_TRUE(mapped);
  EXPECT_EQ(mapped->answers, ReviewAnswers(PairwiseAnswers{PairChoice::kWinner, "a", 2, {{"manner", "b"}}}));
}

// An item of two people under a queue that maps.
class MappedItem : public ::testing::Test {
 protected:
  static ReviewPolicy Policy() {
    ReviewPolicy policy = TestPolicy();
    policy.queue.on_new_major = OnNewMajor::kMap;
    return policy;
  }
  static AdvanceCommand Command() {
    return {.reviewer = LeadPerson("lea"), .version = {3, 0, 0}, .approval = "a1", .rubric = NextRubric()};
  }
  std::string Advance(Time now, bool also_done = false) {
    AdvanceCommand command = Command();
    command.also_done = also_done;
    return item.Do(AdvanceRubric(item.state, command, item.policy, now));
  }
  ItemUnderTest item{Policy()};
};

TEST_F(MappedItem, GoesOnWithTheJudgementsOfBefore) {
  item.Judges(Person("ann"), Says(4), At(1));
  const Judgement before = item.state.judgements[0];
  ASSERT_EQ(Advance(At(3)), "");
  EXPECT_EQ(item.state.epoch, 2);
  EXPECT_EQ(item.state.rubric_version, (RubricVersion{3, 0, 0}));
  EXPECT_EQ(item.StateWord(At(3)), "partial");
  ASSERT_EQ(item.state.judgements.size(), 2u);
  EXPECT_EQ(item.state.judgements[0], before) << "what was said stays";
  const Judgement& mapped = item.state.judgements[1];
  EXPECT_EQ(mapped.id, FactId(item.state.item.id, item.state.seq) + ".1");
  EXPECT_EQ(mapped.person, "ann");
  EXPECT_EQ(mapped.mapped_from, before.id);
  EXPECT_EQ(mapped.at, before.at);
  EXPECT_EQ(mapped.content.rubric_version, (RubricVersion{3, 0, 0}));
  EXPECT_EQ(item.Claims(Person("ann"), At(4)).find("you have judged it") != std::string::npos, true);
  item.policy.rubric = NextRubric();
  JudgementContent agrees = Says(2);
  agrees.opinion.answers =
      CriteriaAnswers{{{.criterion = "quality", .score = 2}, {.criterion = "manner", .labels = {"kind"}}}};
  agrees.rubric_version = {3, 0, 0};
  item.Judges(Person("bob"), agrees, At(5));
  EXPECT_EQ(ActiveDecision(item.state)->method, DecisionMethod::kUnanimous);
  EXPECT_EQ(item.Rebuilt().judgements, item.state.judgements);
}

TEST_F(MappedItem, IsDecidedAgainByWhatPeopleHadSaid) {
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(5), At(3));
  ASSERT_EQ(ActiveDecision(item.state)->method, DecisionMethod::kTolerance);
  ASSERT_EQ(Advance(At(5)), "");
  ASSERT_NE(ActiveDecision(item.state), nullptr);
  EXPECT_EQ(ActiveDecision(item.state)->epoch, 2);
  EXPECT_EQ(std::get<CriteriaAnswers>(ActiveDecision(item.state)->outcome.answers).criteria[0].score, 2);
  EXPECT_EQ(item.state.decisions.size(), 2u);
}

TEST_F(MappedItem, KeepsThatThreeWereAsked) {
  item.Judges(Person("ann"), Says(5), At(1));
  item.Judges(Person("bob"), Says(1), At(3));
  item.Judges(Person("cid"), Says(2, "rude"), At(5));
  ASSERT_EQ(item.StateWord(At(7)), "adjudication");
  ASSERT_EQ(Advance(At(8)), "");
  EXPECT_EQ(item.state.target, 3);
  EXPECT_EQ(item.StateWord(At(8)), "adjudication");
}

TEST_F(MappedItem, KeepsWhatAnAdjudicatorDecided) {
  item.Judges(Person("ann"), Says(5), At(1));
  item.Judges(Person("bob"), Says(1), At(3));
  item.Judges(Person("cid"), Says(2, "rude"), At(5));
  ASSERT_EQ(item.Adjudicates(LeadPerson("lea"), Says(5), At(7)), "");
  ASSERT_EQ(Advance(At(60), true), "");
  const ReviewDecision* decision = ActiveDecision(item.state);
  ASSERT_NE(decision, nullptr);
  EXPECT_EQ(decision->method, DecisionMethod::kAdjudicated);
  EXPECT_EQ(decision->decided_by, "lea");
  EXPECT_EQ(decision->cause, ReviewCause::kGuidelineChange);
  EXPECT_EQ(std::get<CriteriaAnswers>(decision->outcome.answers).criteria[0].score, 3);
}

TEST_F(MappedItem, IsHeldWhereTheNewVersionFindsSeverityOne) {
  JudgementContent grave = Says(4);
  grave.opinion.severity = 2;
  item.Judges(Person("ann"), grave, At(1));
  item.Judges(Person("bob"), grave, At(3));
  ASSERT_EQ(item.StateWord(At(5)), "decided");
  AdvanceCommand command = Command();
  command.rubric->maps[0].severities = {{"2", "1"}};
  ASSERT_EQ(item.Do(AdvanceRubric(item.state, command, item.policy, At(5))), "");
  EXPECT_TRUE(HasOpenSevereFlag(item.state));
  EXPECT_EQ(ActiveDecision(item.state), nullptr);
  EXPECT_EQ(item.StateWord(At(5)), "adjudication");
  EXPECT_EQ(CountedLabels(item.state).size(), 2u);
}

TEST_F(MappedItem, BeginsAnewWhereTheMapLeavesSomethingOpen) {
  item.Judges(Person("ann"), Says(3), At(1));
  ASSERT_EQ(Advance(At(3)), "");
  EXPECT_EQ(item.state.epoch, 2);
  EXPECT_EQ(item.state.judgements.size(), 1u);
  EXPECT_EQ(item.StateWord(At(3)), "queued");
  EXPECT_EQ(item.Claims(Person("ann"), At(4)), "") << "who judged it before may judge it now";
}

TEST_F(MappedItem, BeginsAnewWhenAnAuditHadSentItBack) {
  item.policy.queue.audit.share = 1;
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(4), At(3));
  ASSERT_EQ(item.Audits(LeadPerson("lea"), false, At(30)), "");
  ASSERT_EQ(item.StateWord(At(31)), "rework");
  ASSERT_EQ(Advance(At(32)), "");
  EXPECT_EQ(item.StateWord(At(32)), "queued");
}

TEST_F(MappedItem, NeedsTheVersionThatItIsMappedTo) {
  AdvanceCommand command = Command();
  command.rubric.reset();
  EXPECT_EQ(item.Do(AdvanceRubric(item.state, command, item.policy, At(1))),
            "mapping judgements needs version 3.0.0 of the rubric, whose map says what they mean");
  command.rubric = TestRubric();
  EXPECT_EQ(item.Do(AdvanceRubric(item.state, command, item.policy, At(1))),
            "mapping judgements needs version 3.0.0 of the rubric, whose map says what they mean");
}

TEST_F(MappedItem, CountsAJudgementOnce) {
  item.Judges(Person("ann"), Says(4), At(1));
  ASSERT_EQ(Advance(At(3)), "");
  const ItemState* items[] = {&item.state};
  const ReviewKpis kpis = KpisOf(items, {.from = At(0), .to = At(100)}, item.policy.queue, item.policy.rubric);
  EXPECT_EQ(kpis.judgements.at(JudgementRole::kLabel), 1);
}

TEST(FoldOfMappedJudgements, RefusesWhatCannotBeCarriedOver) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(4), At(1));
  const std::string judgement = item.state.judgements[0].id;
  const auto apply = [&](OnNewMajor policy, std::vector<MappedJudgement> mapped) {
    ItemState state = item.state;
    const ReviewFact fact{.item = state.item.id,
                          .seq = state.seq + 1,
                          .at = At(9),
                          .actor = "lea",
                          .body = RubricAdvanced{{3, 0, 0}, policy, "a", std::move(mapped)}};
    const Status status = Apply(fact, state);
    return status ? "" : status.error().message.substr(status.error().message.find(": ") + 2);
  };
  const MappedJudgement known{judgement, Says(4).opinion};
  EXPECT_EQ(apply(OnNewMajor::kMap, {known}), "");
  EXPECT_EQ(apply(OnNewMajor::kRestart, {known}), "only another major version carries judgements over");
  EXPECT_EQ(apply(OnNewMajor::kMap, {known, known}), "judgement " + judgement + " cannot be carried over");
  EXPECT_EQ(apply(OnNewMajor::kMap, {{"x/9", Says(4).opinion}}), "judgement x/9 cannot be carried over");
}

}  // namespace
}  // namespace assay
