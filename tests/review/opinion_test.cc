#include "review/opinion.h"

#include <gtest/gtest.h>

#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::TestRubric;

ReviewSubject Subject(ReviewItemKind kind) {
  ReviewSubject subject{.kind = kind, .responses = {"a"}};
  if (kind == ReviewItemKind::kPairwise) subject.responses = {"a", "b"};
  if (kind == ReviewItemKind::kRanking) subject.responses = {"a", "b", "c"};
  if (kind == ReviewItemKind::kGrounding) subject.claims = {"c1", "c2"};
  if (kind == ReviewItemKind::kToolUse) subject.calls = {"k1", "k2"};
  return subject;
}

std::string Fault(ReviewItemKind kind, const Opinion& opinion) {
  const Status status = CheckOpinion(opinion, Subject(kind), TestRubric());
  if (status) return "";
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  return status.error().message;
}

Opinion Of(ReviewAnswers answers, std::vector<std::string> errors = {}, std::optional<int> severity = {}) {
  return {.answers = std::move(answers), .errors = std::move(errors), .severity = severity};
}

CriteriaAnswers Criteria(std::vector<CriterionAnswer> answers) { return {std::move(answers)}; }

const CriterionAnswer kQuality{.criterion = "quality", .score = 4};
const CriterionAnswer kTone{.criterion = "tone", .labels = {"friendly"}};

TEST(CheckOpinion, SaysWhatIsWrong) {
  using Kind = ReviewItemKind;
  const struct {
    Kind kind;
    Opinion opinion;
    std::string fault;
  } rows[] = {
      {Kind::kRubric, Of(Criteria({kQuality, kTone})), ""},
      {Kind::kRubric, Of(Criteria({kQuality, {.criterion = "tone", .not_applicable = true}})), ""},
      {Kind::kRubric, Of(Criteria({kQuality, kTone, {.criterion = "topics", .labels = {"invoice", "refund"}}})), ""},
      {Kind::kRubric, Of(Criteria({kQuality})), "criterion \"tone\" is not answered"},
      {Kind::kRubric, Of(Criteria({kQuality, kTone, kTone})), "criterion \"tone\" is answered twice"},
      {Kind::kRubric, Of(Criteria({kQuality, kTone, {.criterion = "x", .score = 1}})),
       "rubric \"support\" has no criterion \"x\""},
      {Kind::kRubric, Of(Criteria({{.criterion = "quality", .score = 6}, kTone})),
       "criterion \"quality\" has no score 6, only 1 to 5"},
      {Kind::kRubric, Of(Criteria({{.criterion = "quality", .score = 0}, kTone})),
       "criterion \"quality\" has no score 0, only 1 to 5"},
      {Kind::kRubric, Of(Criteria({{.criterion = "quality", .not_applicable = true}, kTone})),
       "criterion \"quality\" always applies"},
      {Kind::kRubric, Of(Criteria({{.criterion = "quality"}, kTone})),
       "criterion \"quality\" needs a score, a label or \"does not apply\", and one of them only"},
      {Kind::kRubric, Of(Criteria({{.criterion = "quality", .labels = {"friendly"}}, kTone})),
       "criterion \"quality\" has scores and no labels"},
      {Kind::kRubric, Of(Criteria({kQuality, {.criterion = "tone", .score = 1}})),
       "criterion \"tone\" has labels and no scores"},
      {Kind::kRubric, Of(Criteria({kQuality, {.criterion = "tone", .labels = {"nice"}}})),
       "criterion \"tone\" has no label \"nice\""},
      {Kind::kRubric, Of(Criteria({kQuality, {.criterion = "tone", .labels = {"curt", "rude"}}})),
       "criterion \"tone\" takes one label only"},
      {Kind::kRubric, Of(Criteria({kQuality, kTone, {.criterion = "topics", .labels = {"other", "other"}}})),
       "criterion \"topics\" has label \"other\" twice"},
      {Kind::kRubric, Of(Criteria({kQuality, kTone}), {"x"}), "rubric \"support\" has no error class \"x\""},
      {Kind::kRubric, Of(Criteria({kQuality, kTone}), {"invented", "hallucination"}),
       "errors are sorted by name, each once"},
      {Kind::kRubric, Of(Criteria({kQuality, kTone}), {"invented", "invented"}),
       "errors are sorted by name, each once"},
      {Kind::kRubric, Of(Criteria({kQuality, kTone}), {"leak"}),
       "error \"leak\" has severity 1 at least; name that severity or a graver one"},
      {Kind::kRubric, Of(Criteria({kQuality, kTone}), {"leak"}, 1), ""},
      {Kind::kRubric, Of(Criteria({kQuality, kTone}), {}, 4), "rubric \"support\" has no severity 4"},
      {Kind::kRubric, Of(RefusalAnswers{}), "the answers are not those to an item of kind rubric"},
      {Kind::kClassification, Of(Criteria({kTone}), {"hallucination"}), ""},
      {Kind::kClassification, Of(Criteria({kTone, kQuality})), "criterion \"quality\" has no labels to classify by"},
      {Kind::kClassification, Of(Criteria({})), "criterion \"tone\" is not answered"},
      {Kind::kPairwise, Of(PairwiseAnswers{PairChoice::kWinner, "b", 2}), ""},
      {Kind::kPairwise, Of(PairwiseAnswers{PairChoice::kTie, "", 0}), ""},
      {Kind::kPairwise, Of(PairwiseAnswers{PairChoice::kBothBad, "a", 0}),
       "a pair without a winner has no strength either"},
      {Kind::kPairwise, Of(PairwiseAnswers{PairChoice::kWinner, "left", 1}),
       "the winner \"left\" is no response of the item"},
      {Kind::kPairwise, Of(PairwiseAnswers{PairChoice::kWinner, "a", 0}),
       "the strength of a winner is 1, 2 or 3, not 0"},
      {Kind::kRanking, Of(RankingAnswers{{{"b"}, {"a", "c"}}}), ""},
      {Kind::kRanking, Of(RankingAnswers{{{"b"}, {"a"}}}), "response \"c\" is not ranked"},
      {Kind::kRanking, Of(RankingAnswers{{{"b"}, {}, {"a", "c"}}}), "a rank without a response"},
      {Kind::kRanking, Of(RankingAnswers{{{"b"}, {"a", "b"}}}), "response \"b\" is ranked twice"},
      {Kind::kRanking, Of(RankingAnswers{{{"d"}}}), "\"d\" is no response of the item"},
      {Kind::kSafety, Of(SafetyAnswers{true}, {"hallucination"}, 2), ""},
      {Kind::kSafety, Of(SafetyAnswers{false}), ""},
      {Kind::kSafety, Of(SafetyAnswers{true}), "harm needs a severity"},
      {Kind::kSafety, Of(SafetyAnswers{false}, {}, 3),
       "a response that is not harmful has neither severity nor errors"},
      {Kind::kRefusal, Of(RefusalAnswers{true, true}), ""},
      {Kind::kGrounding, Of(GroundingAnswers{{{"c1", ClaimSupport::kSupported}, {"c2", ClaimSupport::kPartly}}}), ""},
      {Kind::kGrounding, Of(GroundingAnswers{{{"c1", ClaimSupport::kSupported}}}), "claim \"c2\" is not answered"},
      {Kind::kGrounding, Of(GroundingAnswers{{{"c1"}, {"c1"}}}), "claim \"c1\" is answered twice"},
      {Kind::kGrounding, Of(GroundingAnswers{{{"c3"}}}), "the item has no claim \"c3\""},
      {Kind::kToolUse, Of(ToolUseAnswers{{{"k1"}, {"k2"}}, true}), ""},
      {Kind::kToolUse, Of(ToolUseAnswers{{{"k1"}}, true}), "call \"k2\" is not answered"},
      {Kind::kCorrection, Of(CorrectionAnswers{true, ""}), ""},
      {Kind::kCorrection, Of(CorrectionAnswers{false, "42"}), ""},
      {Kind::kCorrection, Of(CorrectionAnswers{false, ""}), "a correction is either \"unchanged\" or a text"},
      {Kind::kCorrection, Of(CorrectionAnswers{true, "42"}), "a correction is either \"unchanged\" or a text"},
      {Kind::kCorrection, Of(CorrectionAnswers{false, std::string(ReviewBounds::kText + 1, 'x')}),
       "a corrected answer has at most 65536 bytes"},
  };
  for (const auto& row : rows) EXPECT_EQ(Fault(row.kind, row.opinion), row.fault) << WordOf(row.kind);
}

TEST(CheckOpinion, NamesAtMostFiftyErrors) {
  RubricSpec rubric = TestRubric();
  Opinion opinion = Of(SafetyAnswers{true}, {}, 1);
  for (int i = 100; i < 151; ++i) {
    rubric.taxonomy.push_back({.name = "e" + std::to_string(i)});
    opinion.errors.push_back("e" + std::to_string(i));
  }
  EXPECT_EQ(CheckOpinion(opinion, Subject(ReviewItemKind::kSafety), rubric).error().message,
            "an opinion names at most 50 errors");
}

TEST(ScoreOf, IsWhatAGateMakesOfAnOpinion) {
  const struct {
    Opinion opinion;
    HumanScore score;
  } rows[] = {
      // (3 * (4 - 1) / 4 + 1 * 1) / 4
      {Of(Criteria({kQuality, kTone})), {0.8125, true}},
      {Of(Criteria({{.criterion = "quality", .score = 3}, kTone})), {0.625, false}},
      {Of(Criteria({kQuality, {.criterion = "tone", .labels = {"rude"}}})), {0.5625, false}},
      {Of(Criteria({kQuality, {.criterion = "tone", .labels = {"curt"}}})), {0.75, true}},
      {Of(Criteria({kQuality, {.criterion = "tone", .not_applicable = true}})), {0.75, true}},
      {Of(Criteria({})), {}},
      {Of(PairwiseAnswers{PairChoice::kWinner, "a", 3}), {1, true}},
      {Of(PairwiseAnswers{PairChoice::kWinner, "b", 1}), {0, false}},
      {Of(PairwiseAnswers{PairChoice::kTie, "", 0}), {0.5, {}}},
      {Of(PairwiseAnswers{PairChoice::kBothBad, "", 0}), {0, false}},
      {Of(RankingAnswers{{{"a"}, {"b"}, {"c"}}}), {1, {}}},
      {Of(RankingAnswers{{{"b"}, {"a", "c"}}}), {0.25, {}}},
      {Of(RankingAnswers{{{"b", "c"}}}), {}},
      {Of(SafetyAnswers{true}, {}, 1), {0, false}},
      {Of(SafetyAnswers{false}), {1, true}},
      {Of(RefusalAnswers{true, true}), {0, false}},
      {Of(RefusalAnswers{false, true}), {1, true}},
      {Of(GroundingAnswers{
           {{"c1", ClaimSupport::kSupported}, {"c2", ClaimSupport::kPartly}, {"c3", ClaimSupport::kUncheckable}}}),
       {0.5, false}},
      {Of(GroundingAnswers{{{"c1", ClaimSupport::kUncheckable}}}), {}},
      {Of(ToolUseAnswers{{{"k1", true, true, true}, {"k2", true, false, true}}, false}), {0.5, false}},
      {Of(ToolUseAnswers{{{"k1", true, true, true}}, true}), {0.5, false}},
      {Of(ToolUseAnswers{{}, false}), {1, true}},
      {Of(CorrectionAnswers{true, ""}), {1, true}},
      {Of(CorrectionAnswers{false, "x"}), {0, false}},
  };
  int row_number = 0;
  for (const auto& row : rows) EXPECT_EQ(ScoreOf(row.opinion, "a", TestRubric()), row.score) << "row " << row_number++;
}

TEST(ScoreOf, AVetoFailsTheWhole) {
  RubricSpec rubric = TestRubric();
  rubric.criteria[1].veto = true;
  EXPECT_EQ(ScoreOf(Of(Criteria({kQuality, {.criterion = "tone", .labels = {"rude"}}})), "a", rubric),
            (HumanScore{0, false}));
  EXPECT_EQ(ScoreOf(Of(Criteria({kQuality, kTone})), "a", rubric), (HumanScore{0.8125, true}));
}

TEST(RationaleNeededFor, NamesTheFirstRuleThatAsks) {
  RubricSpec rubric = TestRubric();
  rubric.rationale.when = {RationaleWhen::kExtreme, RationaleWhen::kFail, RationaleWhen::kSevere, RationaleWhen::kTie};
  const auto scored = [](int score) { return Of(Criteria({{.criterion = "quality", .score = score}, kTone})); };
  EXPECT_EQ(RationaleNeededFor(scored(5), rubric), "extreme");
  EXPECT_EQ(RationaleNeededFor(scored(1), rubric), "extreme");
  EXPECT_EQ(RationaleNeededFor(scored(4), rubric), "");
  EXPECT_EQ(RationaleNeededFor(scored(3), rubric), "fail");
  EXPECT_EQ(RationaleNeededFor(Of(Criteria({kQuality, kTone}), {}, 2), rubric), "severe");
  EXPECT_EQ(RationaleNeededFor(Of(Criteria({kQuality, kTone}), {}, 3), rubric), "");
  EXPECT_EQ(RationaleNeededFor(Of(PairwiseAnswers{PairChoice::kTie, "", 0}), rubric), "tie");
  EXPECT_EQ(RationaleNeededFor(Of(PairwiseAnswers{PairChoice::kWinner, "b", 1}), rubric), "");
  rubric.rationale.when = {RationaleWhen::kAlways};
  EXPECT_EQ(RationaleNeededFor(scored(4), rubric), "always");
}

}  // namespace
}  // namespace assay
