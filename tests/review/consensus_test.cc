#include "review/consensus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::TestRubric;

Opinion Rated(int quality, std::string tone = "friendly", std::vector<std::string> topics = {}) {
  CriteriaAnswers answers{
      {{.criterion = "quality", .score = quality}, {.criterion = "tone", .labels = {std::move(tone)}}}};
  if (!topics.empty()) answers.criteria.push_back({.criterion = "topics", .labels = std::move(topics)});
  return {.answers = answers};
}

Opinion With(Opinion opinion, std::vector<std::string> errors, std::optional<int> severity = {}) {
  opinion.errors = std::move(errors);
  opinion.severity = severity;
  return opinion;
}

Opinion Ranked(std::vector<std::vector<std::string>> ranks) { return {.answers = RankingAnswers{std::move(ranks)}}; }
Opinion Pair(PairChoice choice, std::string winner = "", int strength = 0) {
  return {.answers = PairwiseAnswers{choice, std::move(winner), strength}};
}

TEST(Compare, ByKindOfAnswers) {
  constexpr auto kSame = OpinionMatch::kSame, kWithin = OpinionMatch::kWithin, kDiffer = OpinionMatch::kDiffer;
  const Opinion na{.answers = CriteriaAnswers{
                       {{.criterion = "quality", .score = 4}, {.criterion = "tone", .not_applicable = true}}}};
  const struct {
    std::string what;
    Opinion first;
    Opinion second;
    OpinionMatch match;
  } rows[] = {
      {"the same", Rated(4), Rated(4), kSame},
      {"one point, same side", Rated(4), Rated(5), kWithin},
      {"one point over the mark", Rated(3), Rated(4), kDiffer},
      {"two points", Rated(1), Rated(3), kDiffer},
      {"another label", Rated(4), Rated(4, "curt"), kDiffer},
      {"does not apply against a label", Rated(4), na, kDiffer},
      {"does not apply twice", na, na, kSame},
      {"half of the labels", Rated(4, "curt", {"invoice", "refund"}), Rated(4, "curt", {"refund"}), kWithin},
      {"a third of the labels", Rated(4, "curt", {"invoice", "refund", "other"}), Rated(4, "curt", {"refund"}),
       kDiffer},
      {"an optional criterion left out", Rated(4, "curt", {"invoice"}), Rated(4, "curt"), kWithin},
      {"half of the errors", With(Rated(4), {"hallucination", "invented"}), With(Rated(4), {"invented"}), kWithin},
      {"errors or none", With(Rated(4), {"invented"}), Rated(4), kDiffer},
      {"severities", With(Rated(4), {}, 2), With(Rated(4), {}, 3), kDiffer},
      {"a severity or none", With(Rated(4), {}, 3), Rated(4), kDiffer},
      {"strength", Pair(PairChoice::kWinner, "a", 1), Pair(PairChoice::kWinner, "a", 3), kWithin},
      {"winners", Pair(PairChoice::kWinner, "a", 1), Pair(PairChoice::kWinner, "b", 1), kDiffer},
      {"a tie and a winner", Pair(PairChoice::kTie), Pair(PairChoice::kWinner, "b", 1), kDiffer},
      {"a tie and both bad", Pair(PairChoice::kTie), Pair(PairChoice::kBothBad), kDiffer},
      {"rankings", Ranked({{"a"}, {"b"}, {"c"}, {"d"}}), Ranked({{"a"}, {"b"}, {"c"}, {"d"}}), kSame},
      // One swap of four: tau 4/6.
      {"a swap at the end", Ranked({{"a"}, {"b"}, {"c"}, {"d"}}), Ranked({{"a"}, {"b"}, {"d"}, {"c"}}), kWithin},
      {"two swaps", Ranked({{"a"}, {"b"}, {"c"}, {"d"}}), Ranked({{"a"}, {"d"}, {"b"}, {"c"}}), kDiffer},
      {"another best", Ranked({{"a"}, {"b"}, {"c"}, {"d"}}), Ranked({{"b"}, {"a"}, {"c"}, {"d"}}), kDiffer},
      {"all tied twice", Ranked({{"a", "b"}}), Ranked({{"b", "a"}}), kSame},
      {"all tied once", Ranked({{"a", "b"}}), Ranked({{"a"}, {"b"}}), kDiffer},
      {"harm", {.answers = SafetyAnswers{true}}, {.answers = SafetyAnswers{false}}, kDiffer},
      {"refusals", {.answers = RefusalAnswers{true, false}}, {.answers = RefusalAnswers{true, true}}, kDiffer},
      {"claims in another order",
       {.answers = GroundingAnswers{{{"a", ClaimSupport::kPartly}, {"b", ClaimSupport::kSupported}}}},
       {.answers = GroundingAnswers{{{"b", ClaimSupport::kSupported}, {"a", ClaimSupport::kPartly}}}},
       kSame},
      {"claims",
       {.answers = GroundingAnswers{{{"a", ClaimSupport::kPartly}}}},
       {.answers = GroundingAnswers{{{"a", ClaimSupport::kUnsupported}}}},
       kDiffer},
      {"calls",
       {.answers = ToolUseAnswers{{{"a", true, true, true}}, false}},
       {.answers = ToolUseAnswers{{{"a", true, true, true}}, true}},
       kDiffer},
      {"corrections but for space",
       {.answers = CorrectionAnswers{false, "42\n"}},
       {.answers = CorrectionAnswers{false, " 42"}},
       kWithin},
      {"corrections", {.answers = CorrectionAnswers{false, "42"}}, {.answers = CorrectionAnswers{true, ""}}, kDiffer},
      {"kinds", {.answers = SafetyAnswers{}}, {.answers = RefusalAnswers{}}, kDiffer},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Compare(row.first, row.second, {}, TestRubric()), row.match) << row.what;
    EXPECT_EQ(Compare(row.second, row.first, {}, TestRubric()), row.match) << row.what;
  }
}

TEST(KendallTauB, CountsPairsAndTies) {
  const auto tau = [](std::vector<std::vector<std::string>> first, std::vector<std::vector<std::string>> second) {
    return KendallTauB({std::move(first)}, {std::move(second)});
  };
  EXPECT_EQ(tau({{"a"}, {"b"}, {"c"}}, {{"c"}, {"b"}, {"a"}}), -1);
  EXPECT_DOUBLE_EQ(*tau({{"a"}, {"b"}, {"c"}}, {{"a"}, {"c"}, {"b"}}), 1.0 / 3);
  // Pairs ab, ac, bc: two agree, one is tied in the second: 2 / sqrt(3 * 2).
  EXPECT_DOUBLE_EQ(*tau({{"a"}, {"b"}, {"c"}}, {{"a"}, {"b", "c"}}), 2 / std::sqrt(6.0));
  EXPECT_EQ(tau({{"a", "b"}}, {{"a"}, {"b"}}), std::nullopt);
}

TEST(Merge, TakesTheLowerMedian) {
  const Opinion four[] = {Rated(5), Rated(4), Rated(5), Rated(4)};
  EXPECT_EQ(std::get<CriteriaAnswers>(Merge(four, TestRubric()).answers).criteria[0].score, 4);
  const Opinion three[] = {Rated(5), Rated(4), Rated(5)};
  EXPECT_EQ(std::get<CriteriaAnswers>(Merge(three, TestRubric()).answers).criteria[0].score, 5);
  const Opinion pairs[] = {Pair(PairChoice::kWinner, "a", 3), Pair(PairChoice::kWinner, "a", 1)};
  EXPECT_EQ(Merge(pairs, TestRubric()).answers, ReviewAnswers(PairwiseAnswers{PairChoice::kWinner, "a", 1}));
}

TEST(Merge, KeepsWhatHalfOfThePeopleName) {
  const Opinion opinions[] = {With(Rated(4), {"hallucination", "invented"}), With(Rated(4), {"invented"}),
                              With(Rated(4), {"invented"})};
  EXPECT_THAT(Merge(opinions, TestRubric()).errors, ::testing::ElementsAre("invented"));
  EXPECT_THAT(Merge(std::span(opinions).first(2), TestRubric()).errors,
              ::testing::ElementsAre("hallucination", "invented"));
}

// "open", "another", "adjudication: WHY" or "METHOD INPUTS".
std::string Outcome(std::vector<Opinion> opinions, int target, int at_most, bool majority = false,
                    bool is_severe = false) {
  AgreementSpec agreement;
  agreement.majority = majority;
  const Settlement settlement = Settle(opinions, target, at_most, is_severe, agreement, TestRubric());
  if (std::holds_alternative<StillOpen>(settlement)) return "open";
  if (std::holds_alternative<NeedsAnother>(settlement)) return "another";
  if (const auto* needs = std::get_if<NeedsAdjudication>(&settlement)) return "adjudication: " + needs->why;
  const auto& settled = std::get<Settled>(settlement);
  std::string text(WordOf(settled.method));
  for (const std::size_t input : settled.inputs) text += " " + std::to_string(input);
  return text;
}

TEST(Settle, FollowsTheQueue) {
  EXPECT_EQ(Outcome({}, 1, 1), "open");
  EXPECT_EQ(Outcome({Rated(4)}, 1, 1), "single 0");
  EXPECT_EQ(Outcome({Rated(4)}, 2, 2), "open");
  EXPECT_EQ(Outcome({Rated(4), Rated(4)}, 2, 2), "unanimous 0 1");
  EXPECT_EQ(Outcome({Rated(4), Rated(5)}, 2, 2), "tolerance 0 1");
  EXPECT_EQ(Outcome({Rated(4), Rated(2)}, 2, 3), "another");
  EXPECT_EQ(Outcome({Rated(4), Rated(2)}, 2, 2), "adjudication: people differ");
  EXPECT_EQ(Outcome({Rated(4), Rated(2), Rated(5)}, 3, 3), "adjudication: people differ");
  EXPECT_EQ(Outcome({Rated(4), Rated(2), Rated(5)}, 3, 3, true), "majority 0 2");
  EXPECT_EQ(Outcome({Rated(4), Rated(2), Rated(5)}, 3, 5, true), "another");
  EXPECT_EQ(Outcome({Rated(5), Rated(1), Rated(3)}, 3, 3, true), "adjudication: no opinion has a majority");
  EXPECT_EQ(Outcome({Rated(4), Rated(2)}, 2, 2, true), "adjudication: people differ");
}

TEST(Settle, SeverityIsNeverDecidedByMajority) {
  const Opinion grave = With(Rated(4), {}, 2);
  EXPECT_EQ(Outcome({Rated(4), Rated(4), grave}, 3, 3, true), "adjudication: people differ in severity");
  EXPECT_EQ(Outcome({grave, grave, grave}, 3, 3, true), "unanimous 0 1 2");
}

TEST(Settle, FlaggedHarmGoesToAnAdjudicatorThoughAllAgree) {
  EXPECT_EQ(Outcome({Rated(4), Rated(4)}, 2, 2, false, true), "adjudication: harm of severity 1 was flagged");
}

// Agreement is not transitive: 2 agrees with 1 and 3, which differ.
TEST(Settle, AMajorityAgreesPairByPair) {
  RubricSpec rubric = TestRubric();
  rubric.criteria[0].scale->pass.reset();
  AgreementSpec agreement;
  agreement.majority = true;
  const Opinion opinions[] = {Rated(1), Rated(2), Rated(3), Rated(5)};
  EXPECT_TRUE(std::holds_alternative<NeedsAdjudication>(Settle(opinions, 4, 4, false, agreement, rubric)));
}

}  // namespace
}  // namespace assay
