#include "daemon/rpc/convert_review.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "assay/v1/review.pb.h"

namespace assay {
namespace {

std::string Upper(std::string_view word) {
  std::string upper(word);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return upper;
}

// Our words, in the order of the enumerators, are those of the wire from number 1 on.
template <class E>
void ExpectSameWords(const google::protobuf::EnumDescriptor& wire) {
  constexpr auto& kWords = EnumWords<E>::kWords;
  ASSERT_EQ(wire.value_count(), static_cast<int>(std::size(kWords)) + 1) << wire.full_name();
  EXPECT_EQ(wire.value(0)->name(), "UNSPECIFIED") << wire.full_name();
  for (std::size_t i = 0; i < std::size(kWords); ++i) {
    const int number = static_cast<int>(kWords[i].value) + 1;
    EXPECT_EQ(wire.FindValueByNumber(number)->name(), Upper(kWords[i].word)) << wire.full_name();
  }
}

TEST(ReviewWire, HasTheWordsOfReview) {
  ExpectSameWords<ReviewItemKind>(*v1::ReviewItemKind::Value_descriptor());
  ExpectSameWords<ReviewState>(*v1::ReviewState::Value_descriptor());
  ExpectSameWords<ReviewLane>(*v1::ReviewLane::Value_descriptor());
  ExpectSameWords<ReviewRole>(*v1::ReviewRole::Value_descriptor());
  ExpectSameWords<LeaseRole>(*v1::LeaseRole::Value_descriptor());
  ExpectSameWords<JudgementRole>(*v1::JudgementRole::Value_descriptor());
  ExpectSameWords<ReviewCause>(*v1::ReviewCause::Value_descriptor());
  ExpectSameWords<EscalationReason>(*v1::EscalationReason::Value_descriptor());
  ExpectSameWords<EscalationRoute>(*v1::EscalationRoute::Value_descriptor());
  ExpectSameWords<EscalationOutcome>(*v1::EscalationOutcome::Value_descriptor());
  ExpectSameWords<WorkComplexity>(*v1::WorkComplexity::Value_descriptor());
  ExpectSameWords<TargetMeasure>(*v1::TargetMeasure::Value_descriptor());
  ExpectSameWords<TargetState>(*v1::TargetState::Value_descriptor());
  ExpectSameWords<DecisionMethod>(*v1::DecisionMethod::Value_descriptor());
  ExpectSameWords<ItemPurpose>(*v1::ItemPurpose::Value_descriptor());
  ExpectSameWords<PairChoice>(*v1::PairChoice::Value_descriptor());
  ExpectSameWords<PrelabelShow>(*v1::SuggestionShow::Value_descriptor());
  ExpectSameWords<ClaimSupport>(*v1::ClaimSupport::Value_descriptor());
  ExpectSameWords<ReviewChange>(*v1::ReviewChange::Value_descriptor());
  ExpectSameWords<ApprovalState>(*v1::ApprovalState::Value_descriptor());
  ExpectSameWords<CalibrationPhase>(*v1::CalibrationPhase::Value_descriptor());
}

TEST(ReviewWire, RefusesNumbersThatAreNoWords) {
  EXPECT_EQ(EnumFromProto<ReviewLane>(0, "lane").value(), std::nullopt);
  EXPECT_EQ(EnumFromProto<ReviewLane>(7, "lane").value(), ReviewLane::kNormal);
  EXPECT_EQ(EnumFromProto<ReviewLane>(8, "lane").error().message, "lane: unknown number 8");
  EXPECT_EQ(EnumFromProto<ReviewLane>(-1, "lane").error().message, "lane: unknown number -1");
}

TEST(ReviewWire, TakesEveryKindOfAnswersThereAndBack) {
  const std::vector<ReviewAnswers> all = {
      CriteriaAnswers{.criteria = {{.criterion = "quality", .score = 0},
                                   {.criterion = "tone", .labels = {"curt", "rude"}},
                                   {.criterion = "topics", .not_applicable = true}}},
      PairwiseAnswers{.choice = PairChoice::kWinner,
                      .winner = "r2",
                      .strength = 3,
                      .criteria = {{.criterion = "quality", .winner = "r1"}, {.criterion = "tone", .winner = ""}}},
      RankingAnswers{.ranks = {{"r2"}, {"r1", "r3"}}},
      SafetyAnswers{.harmful = true},
      RefusalAnswers{.allowed = true, .refused = true},
      GroundingAnswers{.claims = {{.claim = "c1", .support = ClaimSupport::kPartly}}},
      ToolUseAnswers{.calls = {{.call = "t1", .right_tool = true, .right_arguments = false, .result_used = true}},
                     .lacks_call = true},
      CorrectionAnswers{.unchanged = false, .expected = "12.50"}};
  for (const ReviewAnswers& answers : all) {
    const Opinion opinion{.answers = answers, .errors = {"hallucination", "leak"}, .severity = 1};
    v1::Opinion wire;
    ToProto(opinion, wire);
    const auto back = FromProto(wire);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, opinion) << wire.DebugString();
  }
  EXPECT_EQ(FromProto(v1::Opinion()).error().message, "opinion: needs answers of one kind");
}

TEST(ReviewWire, TakesAJudgementThereAndBack) {
  JudgementContent content{.opinion = {.answers = SafetyAnswers{.harmful = false}},
                           .rationale = "says nothing of it",
                           .clauses = {"1.2"},
                           .is_ambiguous = true,
                           .proposal = "say what counts",
                           .rubric_version = {2, 1, 0}};
  content.times.first_input_at = Time(std::chrono::seconds(1'700'000'000));
  content.times.active = std::chrono::seconds(12);
  v1::JudgementContent wire;
  ToProto(content, wire);
  const auto back = FromProto(wire);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, content);
  // What became of a suggestion is told, and never taken from a client.
  content.saw_suggestion = true;
  content.followed_suggestion = false;
  content.prelabel = PrelabelUse{PrelabelShow::kAfterAnswer, false, "judge@3", true, false};
  v1::JudgementContent told;
  ToProto(content, told);
  EXPECT_TRUE(told.saw_suggestion());
  EXPECT_FALSE(told.followed_suggestion());
  EXPECT_EQ(told.suggestion().show(), v1::SuggestionShow::AFTER_ANSWER);
  EXPECT_FALSE(told.suggestion().is_control());
  EXPECT_EQ(told.suggestion().by(), "judge@3");
  EXPECT_TRUE(told.suggestion().matches());
  EXPECT_TRUE(told.suggestion().has_first_matches());
  EXPECT_EQ(*FromProto(told), *back);
  wire.set_rubric_version("2");
  EXPECT_EQ(FromProto(wire).error().message, "rubric_version: is not of the form MAJOR.MINOR.PATCH");
}

}  // namespace
}  // namespace assay
