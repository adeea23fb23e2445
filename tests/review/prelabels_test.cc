// Suggestions of models, winners by criteria, and the length of responses.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "review/agreement.h"
#include "review/prelabels.h"
#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::At;
using testing::ItemUnderTest;
using testing::Person;
using testing::Says;
using testing::TestItem;
using testing::TestPolicy;
using testing::TestRubric;

TEST(PrelabelPlan, HoldsBackTheShareThatIsWanted) {
  const PrelabelSpec spec{.show = PrelabelShow::kBefore, .control = 0.2};
  ReviewItem item = TestItem();
  int controls = 0;
  for (int i = 0; i < 2000; ++i) {
    item.id = "item" + std::to_string(i);
    const PrelabelPlan plan = PrelabelPlanOf(spec, item, "key");
    EXPECT_EQ(plan, PrelabelPlanOf(spec, item, "key"));
    EXPECT_NE(plan.IsShownBefore(), plan.is_control);
    EXPECT_FALSE(plan.IsShownAfter());
    controls += plan.is_control ? 1 : 0;
  }
  EXPECT_NEAR(controls, 400, 60);
}

TEST(PrelabelPlan, ShowsNothingWhereTheAnswerIsKnownOrAgreementIsMeasured) {
  PrelabelSpec spec{.show = PrelabelShow::kBefore, .control = 0.05};
  for (const ItemPurpose purpose : {ItemPurpose::kGold, ItemPurpose::kTraining, ItemPurpose::kCalibration}) {
    ReviewItem item = TestItem();
    item.purpose = purpose;
    EXPECT_EQ(PrelabelPlanOf(spec, item, "key"), PrelabelPlan());
  }
  ReviewItem measured = TestItem();
  measured.is_random_overlap = true;
  EXPECT_EQ(PrelabelPlanOf(spec, measured, "key"), PrelabelPlan());
  spec.show = PrelabelShow::kAfterAnswer;
  EXPECT_EQ(PrelabelPlanOf(spec, measured, "key").show, PrelabelShow::kAfterAnswer);
  EXPECT_EQ(PrelabelPlanOf({}, TestItem(), "key"), PrelabelPlan());
}

TEST(SuggestionOf, TakesTheFormInWhichPeopleAnswer) {
  const ReviewSubject pair{.kind = ReviewItemKind::kPairwise, .responses = {"a", "b"}};
  const auto winner = [&](double value) {
    const auto made = SuggestionOf({.by = "judge@3", .value = value}, pair, "b", TestRubric());
    EXPECT_EQ(made->by, "judge@3");
    return std::get<PairwiseAnswers>(made->opinion.answers).winner;
  };
  EXPECT_EQ(winner(1), "b") << "the one that is scored";
  EXPECT_EQ(winner(0.75), "b");
  EXPECT_EQ(winner(0), "a");
  const auto tie = SuggestionOf({.value = 0.5, .label = "flip"}, pair, "b", TestRubric());
  EXPECT_EQ(std::get<PairwiseAnswers>(tie->opinion.answers), (PairwiseAnswers{.choice = PairChoice::kTie}));
  EXPECT_EQ(SuggestionOf({.label = "win"}, pair, "b", TestRubric()), std::nullopt) << "no value";

  RubricSpec scored = TestRubric();
  scored.criteria = {{.name = "quality", .scale = ScoreScaleSpec{.from = 1, .to = 5}}};
  const ReviewSubject one{.kind = ReviewItemKind::kRubric, .responses = {"r1"}};
  const auto score = [&](double value) {
    const auto made = SuggestionOf({.value = value}, one, "r1", scored);
    return made ? std::get<CriteriaAnswers>(made->opinion.answers).criteria.front().score : std::nullopt;
  };
  EXPECT_EQ(score(0), 1);
  EXPECT_EQ(score(0.7), 4);
  EXPECT_EQ(score(1), 5);
  EXPECT_EQ(score(7), std::nullopt) << "no share of the scale";
  EXPECT_EQ(SuggestionOf({.value = 1}, one, "r1", TestRubric()), std::nullopt) << "several criteria";

  RubricSpec labelled = TestRubric();
  labelled.criteria = {{.name = "tone", .labels = {{.name = "curt"}, {.name = "kind"}}}};
  const ReviewSubject classes{.kind = ReviewItemKind::kClassification, .responses = {"r1"}};
  const auto kind = SuggestionOf({.value = 1, .label = "kind"}, classes, "r1", labelled);
  EXPECT_EQ(std::get<CriteriaAnswers>(kind->opinion.answers).criteria.front().labels, std::vector<std::string>{"kind"});
  EXPECT_EQ(SuggestionOf({.value = 1, .label = "loud"}, classes, "r1", labelled), std::nullopt) << "no label of it";

  const ReviewSubject safety{.kind = ReviewItemKind::kSafety, .responses = {"r1"}};
  const auto harm = [&](bool passes, std::optional<int> severity) {
    return SuggestionOf({.pass = passes, .severity = severity}, safety, "r1", TestRubric());
  };
  EXPECT_FALSE(std::get<SafetyAnswers>(harm(true, 1)->opinion.answers).harmful);
  EXPECT_EQ(harm(true, 1)->opinion.severity, std::nullopt);
  EXPECT_TRUE(std::get<SafetyAnswers>(harm(false, 1)->opinion.answers).harmful);
  EXPECT_EQ(harm(false, 1)->opinion.severity, 1);
  EXPECT_EQ(harm(false, {}), std::nullopt) << "harm without a severity is no answer";
  const ReviewSubject correction{.kind = ReviewItemKind::kCorrection, .responses = {"r1"}};
  EXPECT_EQ(SuggestionOf({.value = 1, .pass = true}, correction, "r1", TestRubric()), std::nullopt);
}

TEST(WithPrelabel, RecordsWhatBecameOfTheSuggestion) {
  const ReviewSuggestion five{.opinion = Says(5).opinion, .by = "judge@3"};
  struct Row {
    PrelabelPlan plan;
    int answer;
    std::optional<int> first;
    bool saw;
    std::optional<bool> followed;
    std::optional<PrelabelUse> use;
  };
  constexpr PrelabelPlan kShown{.show = PrelabelShow::kBefore};
  constexpr PrelabelPlan kControl{.show = PrelabelShow::kBefore, .is_control = true};
  constexpr PrelabelPlan kAfter{.show = PrelabelShow::kAfterAnswer};
  const std::vector<Row> rows = {
      {{}, 5, {}, false, {}, {}},
      {kShown, 5, {}, true, true, PrelabelUse{PrelabelShow::kBefore, false, "judge@3", true, {}}},
      {kShown, 4, {}, true, false, PrelabelUse{PrelabelShow::kBefore, false, "judge@3", false, {}}},
      {kControl, 5, {}, false, {}, PrelabelUse{PrelabelShow::kBefore, true, "judge@3", true, {}}},
      {kAfter, 5, 4, true, true, PrelabelUse{PrelabelShow::kAfterAnswer, false, "judge@3", true, false}},
      {kAfter, 4, 4, false, {}, PrelabelUse{PrelabelShow::kAfterAnswer, false, "judge@3", false, false}},
      {kAfter, 5, 5, false, {}, PrelabelUse{PrelabelShow::kAfterAnswer, false, "judge@3", true, true}},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto first = rows[i].first ? std::optional(Says(*rows[i].first).opinion) : std::nullopt;
    JudgementContent claims = Says(rows[i].answer);
    claims.saw_suggestion = true;  // what a page says of itself does not count
    claims.followed_suggestion = true;
    const Result<JudgementContent> content = WithPrelabel(claims, rows[i].plan, five, first, TestPolicy());
    ASSERT_TRUE(content) << i;
    EXPECT_EQ(content->saw_suggestion, rows[i].saw) << i;
    EXPECT_EQ(content->followed_suggestion, rows[i].followed) << i;
    EXPECT_EQ(content->prelabel, rows[i].use) << i;
    EXPECT_EQ(JudgementContentFromJson(ToJson(*content)), *content) << i;
  }
  const auto refused = WithPrelabel(Says(5), kControl, five, Says(4).opinion, TestPolicy());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "a first answer has no meaning where no suggestion is shown after it");
}

TEST(Facts, OfBeforePrelabelsKeepTheirBytes) {
  const std::string text = ToJson(Says(4)).Dump();
  EXPECT_EQ(text.find("prelabel"), std::string::npos);
  EXPECT_EQ(ToJson(ReviewFact{.item = "x", .body = ItemEntered{TestItem()}}).Dump().find("lengths"), std::string::npos);
  EXPECT_EQ(ToJson(Opinion{.answers = PairwiseAnswers{PairChoice::kTie}}).Dump(),
            R"({"answers":{"pairwise":{"choice":"tie","winner":"","strength":0}},"errors":[],"severity":null})");
}

// An item that one person has judged, with what became of the suggestion.
ItemUnderTest JudgedWith(const PrelabelUse& use) {
  ReviewItem one = TestItem();
  one.people = 1;
  one.at_most = 1;
  ItemUnderTest item(TestPolicy(), one);
  JudgementContent content = Says(4);
  content.prelabel = use;
  item.Judges(Person("ann"), content, At(1));
  return item;
}

TEST(SuggestionBias, HasNoLimitsWhereOneItemSaysIt) {
  std::vector<ItemUnderTest> items{JudgedWith({PrelabelShow::kBefore, false, "j", true, {}}),
                                   JudgedWith({PrelabelShow::kBefore, true, "j", false, {}})};
  std::vector<const ItemState*> states;
  for (const ItemUnderTest& item : items) states.push_back(&item.state);
  const SuggestionBias bias = SuggestionBiasOf(states, {.from = At(0), .to = At(10)});
  EXPECT_EQ(bias.difference, 1);
  EXPECT_EQ(bias.lower, std::nullopt);
  EXPECT_EQ(bias.upper, std::nullopt);
}

TEST(SuggestionBias, IsTheDifferenceToTheControl) {
  std::vector<ItemUnderTest> items;
  const auto add = [&](PrelabelUse use, int count) {
    for (int i = 0; i < count; ++i) items.push_back(JudgedWith(use));
  };
  add({PrelabelShow::kBefore, false, "j", true, {}}, 48);
  add({PrelabelShow::kBefore, false, "j", false, {}}, 2);
  add({PrelabelShow::kBefore, true, "j", true, {}}, 14);
  add({PrelabelShow::kBefore, true, "j", false, {}}, 6);
  add({PrelabelShow::kAfterAnswer, false, "j", true, false}, 3);
  add({PrelabelShow::kAfterAnswer, false, "j", false, false}, 1);
  add({PrelabelShow::kAfterAnswer, false, "j", true, true}, 5);
  std::vector<const ItemState*> states;
  for (const ItemUnderTest& item : items) states.push_back(&item.state);
  const SuggestionBias bias = SuggestionBiasOf(states, {.from = At(0), .to = At(10)});
  EXPECT_EQ(bias.followed.count, 48);
  EXPECT_EQ(bias.followed.of, 50);
  EXPECT_EQ(bias.control.count, 14);
  EXPECT_EQ(bias.control.of, 20);
  EXPECT_EQ(bias.changed.count, 3);
  EXPECT_EQ(bias.changed.of, 4);
  // Wilson's bounds of 48/50 are 0.8654 and 0.9889, of 14/20 0.4810 and 0.8545.
  EXPECT_DOUBLE_EQ(*bias.difference, 0.96 - 0.7);
  EXPECT_NEAR(*bias.lower, 0.26 - std::hypot(0.96 - 0.8654, 0.8545 - 0.7), 1e-4);
  EXPECT_NEAR(*bias.upper, 0.26 + std::hypot(0.9889 - 0.96, 0.7 - 0.4810), 1e-4);
  EXPECT_GT(*bias.lower, 0) << "people follow it because it is shown";
  EXPECT_EQ(SuggestionBiasOf(states, {.from = At(5), .to = At(10)}).difference, std::nullopt);
}

ReviewPolicy PairPolicy() {
  ReviewPolicy policy = TestPolicy();
  policy.queue.item = ReviewItemKind::kPairwise;
  return policy;
}

ReviewItem PairItem(std::vector<std::int64_t> lengths) {
  ReviewItem item = TestItem();
  item.subject = {.kind = ReviewItemKind::kPairwise, .responses = {"a", "b"}};
  item.people = 1;
  item.at_most = 1;
  item.lengths = std::move(lengths);
  return item;
}

JudgementContent Prefers(const std::string& winner) {
  JudgementContent content = Says(4);
  content.opinion.answers = PairwiseAnswers{PairChoice::kWinner, winner, 1};
  return content;
}

TEST(LengthBias, CountsPairsOfWhichOneIsLonger) {
  std::vector<ItemUnderTest> items;
  const auto add = [&](std::vector<std::int64_t> lengths, const std::string& winner) {
    items.emplace_back(PairPolicy(), PairItem(std::move(lengths)));
    items.back().Judges(Person("ann"), Prefers(winner), At(1));
  };
  for (int i = 0; i < 7; ++i) add({100, 20}, "a");
  add({20, 100}, "a");
  add({50, 50}, "a");
  add({}, "a");
  std::vector<const ItemState*> states;
  for (const ItemUnderTest& item : items) states.push_back(&item.state);
  const ReviewKpis kpis = KpisOf(states, {.from = At(0), .to = At(10)}, PairPolicy().queue, TestRubric());
  EXPECT_EQ(kpis.longer_wins.count, 7);
  EXPECT_EQ(kpis.longer_wins.of, 8);
  EXPECT_DOUBLE_EQ(*kpis.longer_p, 2 * (8 + 1) / 256.0);
}

TEST(WinnersByCriteria, AreCheckedAgainstTheRubric) {
  const ReviewSubject subject{.kind = ReviewItemKind::kPairwise, .responses = {"a", "b"}};
  const auto check = [&](std::vector<CriterionWinner> criteria) {
    const Opinion opinion{.answers = PairwiseAnswers{PairChoice::kWinner, "a", 2, std::move(criteria)}};
    const Status status = CheckOpinion(opinion, subject, TestRubric());
    return status ? "" : status.error().message;
  };
  EXPECT_EQ(check({{"quality", "b"}, {"tone", ""}, {"topics", "a"}}), "");
  EXPECT_EQ(check({{"speed", "a"}}), R"(rubric "support" has no criterion "speed")");
  EXPECT_EQ(check({{"tone", "a"}, {"quality", "a"}}),
            R"(criterion "quality" is out of order: as in the rubric, each once)");
  EXPECT_EQ(check({{"tone", "a"}, {"tone", "b"}}), R"(criterion "tone" is out of order: as in the rubric, each once)");
  EXPECT_EQ(check({{"tone", "c"}}), R"(the winner "c" is no response of the item)");
}

TEST(WinnersByCriteria, AreRatedMergedAndDoNotDecideWhetherPeopleAgree) {
  const auto says = [](std::vector<CriterionWinner> criteria) {
    return Opinion{.answers = PairwiseAnswers{PairChoice::kWinner, "a", 2, std::move(criteria)}};
  };
  const Opinion opinions[] = {says({{"quality", "a"}, {"tone", ""}}), says({{"quality", "a"}, {"tone", "b"}}),
                              says({{"quality", "b"}, {"tone", ""}})};
  EXPECT_EQ(Compare(opinions[0], opinions[1], {}, TestRubric()), OpinionMatch::kWithin);
  EXPECT_EQ(Merge(opinions, TestRubric()).answers, says({{"quality", "a"}, {"tone", ""}}).answers);
  EXPECT_EQ(Merge(std::span(opinions).first(2), TestRubric()).answers, says({{"quality", "a"}}).answers);
  const std::vector<ReviewRating> ratings = RatingsOf(opinions[0], TestRubric());
  ASSERT_GE(ratings.size(), 3u);
  EXPECT_EQ(ratings[1].criterion + "=" + ratings[1].category, "quality=a");
  EXPECT_EQ(ratings[2].criterion + "=" + ratings[2].category, "tone=tie");
  EXPECT_EQ(OpinionFromJson(ToJson(opinions[0])), opinions[0]);
}

}  // namespace
}  // namespace assay
