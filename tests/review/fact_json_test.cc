#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "review/facts.h"
#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::At;
using testing::Says;
using testing::TestItem;

std::vector<ReviewFactBody> EveryBody() {
  JudgementContent content = Says(4);
  content.clauses = {"1.1"};
  content.is_ambiguous = true;
  content.proposal = "say \"cent\"";
  content.saw_suggestion = true;
  content.followed_suggestion = false;
  content.times.first_input_at = At(1);
  content.times.idle = std::chrono::seconds(3);
  content.opinion.errors = {"invented"};
  content.opinion.severity = 2;
  ReviewItem item = TestItem();
  item.due_at = At(60);
  item.severity = 3;
  item.reasons = {"every"};
  item.authors = {"zoe"};
  item.subject.claims = {"c1"};
  return {
      ItemEntered{item},
      LeaseGranted{{.person = "ann",
                    .role = LeaseRole::kAdjudicate,
                    .token = 7,
                    .granted_at = At(1),
                    .expires_at = At(16),
                    .is_prefetch = true,
                    .presented = {"b", "a"},
                    .rubric_version = {2, 1, 0}}},
      LeaseRenewed{"ann", 7, At(20)},
      LeaseEnded{"ann", 7, true, "no idea"},
      JudgementMade{7, JudgementRole::kLabel, "x/3", {"b", "a"}, content},
      JudgementVoided{"x/3", "paused"},
      OverlapGrown{3},
      AdjudicationOpened{"people differ"},
      DecisionMade{content.opinion,
                   DecisionMethod::kTolerance,
                   {"x/3", "x/5"},
                   "lea",
                   ReviewCause::kMissing,
                   At(9),
                   {0.25, true}},
      AuditMade{8, "x/6", false, "hallucination", 2, "talk about it", ReviewCause::kMissing},
      ItemReopened{"wrong", ReviewCause::kGuidelineChange, {"v1"}},
      EscalationOpened{EscalationReason::kPolicy, EscalationRoute::kTrustSafety, "may we?", "2", At(100)},
      EscalationResolved{"x/9", EscalationOutcome::kVoid, "no"},
      QuarantineOpened{"a card number", At(70), "y"},
      QuarantineClosed{"after", "2026-11"},
      GuidelineAwaited{"c1"},
      GuidelineArrived{"c1"},
      RubricAdvanced{{3, 0, 0}, OnNewMajor::kRestart, "a1"},
      SevereFlagged{"numbers of accounts", At(31)},
      LaneChanged{ReviewLane::kIncident, At(5), "hotfix"},
      ItemCancelled{"the run was withdrawn"},
      GoldGraded{"x/4", false, {"criterion tone: curt, not rude"}},
      AuditOrdered{"it could move a verdict"},
      JudgementImported{{.id = "label_studio/7",
                         .person = "imported:zoe",
                         .presented = {"b", "a"},
                         .content = content,
                         .at = At(1),
                         .imported_by = "lea"}},
      HistoryImported{.epoch = 2,
                      .rubric_version = {2, 1, 0},
                      .content_hash = "h",
                      .state = ReviewState::kAdjudication,
                      .judgements = {{.id = "y/3", .person = "p_6fd1c41b3f2a9e07", .content = content, .at = At(1)}},
                      .decisions = {{.id = "y/4", .outcome = content.opinion, .inputs = {"y/3"}, .at = At(2)}},
                      .audits = {{.id = "y/5", .auditor = "imported:max", .decision = "y/4", .at = At(3)}},
                      .more = Json::Of({{"gates", Json()}, {"extra", "x"}})}};
}

ReviewFact FactOf(ReviewFactBody body) {
  return {.item = "x", .seq = 12, .at = At(2), .actor = "ann", .key = "k", .body = std::move(body)};
}

TEST(FactJson, IsTheIdentityThereAndBackForEveryFact) {
  const std::vector<ReviewFactBody> bodies = EveryBody();
  ASSERT_EQ(bodies.size(), std::variant_size_v<ReviewFactBody>);
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    ASSERT_EQ(bodies[i].index(), i);
    const ReviewFact fact = FactOf(bodies[i]);
    const Result<ReviewFact> read = ReviewFactFromJson(*Json::Parse(ToJson(fact).Dump()));
    ASSERT_TRUE(read) << Name(bodies[i]) << ": " << read.error().message;
    EXPECT_EQ(*read, fact) << Name(bodies[i]);
  }
}

TEST(FactJson, IsTheIdentityForEveryFormOfAnswers) {
  const std::vector<ReviewAnswers> answers = {
      CriteriaAnswers{{{.criterion = "a", .labels = {"x", "y"}}, {.criterion = "b", .not_applicable = true}}},
      PairwiseAnswers{PairChoice::kWinner, "b", 3},
      RankingAnswers{{{"a", "b"}, {"c"}}},
      SafetyAnswers{true},
      RefusalAnswers{true, true},
      GroundingAnswers{{{"c", ClaimSupport::kUncheckable}}},
      ToolUseAnswers{{{"k", true, false, true}}, true},
      CorrectionAnswers{false, "zweiundvierzig \U0001F600"}};
  ASSERT_EQ(answers.size(), std::variant_size_v<ReviewAnswers>);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_EQ(answers[i].index(), i);
    const Opinion opinion{.answers = answers[i], .errors = {"e"}, .severity = 1};
    EXPECT_EQ(OpinionFromJson(ToJson(opinion)), opinion) << i;
  }
  const JudgementContent content = Says(3);
  EXPECT_EQ(JudgementContentFromJson(ToJson(content)), content);
}

// What is stored today is read for ever: a change here needs a reader of both.
TEST(FactJson, HasThisForm) {
  EXPECT_EQ(ToJson(FactOf(LeaseRenewed{"ann", 7, At(20)})).Dump(),
            R"({"item":"x","seq":12,"at":"2026-11-24T10:02:00.000000Z","actor":"ann","key":"k","fact":"lease_renewed",)"
            R"("body":{"person":"ann","token":7,"expires_at":"2026-11-24T10:20:00.000000Z"}})");
  EXPECT_EQ(
      ToJson(
          FactOf(DecisionMade{.outcome = {.answers = PairwiseAnswers{PairChoice::kWinner, "b", 2}}, .inputs = {"x/3"}}))
          .Dump(),
      R"({"item":"x","seq":12,"at":"2026-11-24T10:02:00.000000Z","actor":"ann","key":"k","fact":"decision_made","body":{)"
      R"("outcome":{"answers":{"pairwise":{"choice":"winner","winner":"b","strength":2}},"errors":[],"severity":null},)"
      R"("method":"single","inputs":["x/3"],"decided_by":"","cause":"none","revisable_until":null,)"
      R"("draw":{"probability":0,"is_drawn":false}}})");
  std::string words;
  for (const ReviewFactBody& body : EveryBody()) words += std::string(Name(body)) + " ";
  EXPECT_EQ(words,
            "item_entered lease_granted lease_renewed lease_ended judgement_made judgement_voided overlap_grown "
            "adjudication_opened decision_made audit_made item_reopened escalation_opened escalation_resolved "
            "quarantine_opened "
            "quarantine_closed guideline_awaited guideline_arrived rubric_advanced severe_flagged lane_changed "
            "item_cancelled "
            "gold_graded audit_ordered judgement_imported history_imported ");
}

TEST(FactJson, RefusesWhatItDoesNotKnow) {
  const std::string good = ToJson(FactOf(LeaseEnded{"ann", 7, false, ""})).Dump();
  const auto fault = [&](std::string_view what, std::string_view with) {
    std::string text = good;
    const std::size_t at = text.find(what);
    if (at == std::string::npos) return std::string("no such text");
    text.replace(at, what.size(), with);
    const Result<ReviewFact> read = ReviewFactFromJson(*Json::Parse(text));
    return read ? std::string() : read.error().message;
  };
  EXPECT_EQ(fault("7", "7"), "");
  EXPECT_EQ(fault("\"token\":7", "\"token\":\"7\""), "body.token: expected a whole number");
  EXPECT_EQ(fault("\"token\":7", "\"token\":7.5"), "body.token: expected a whole number");
  EXPECT_EQ(fault("\"token\":7,", ""), "body.token: is missing");
  EXPECT_EQ(fault("\"token\":7", "\"token\":7,\"more\":1"), "body: has members that this version does not know");
  EXPECT_EQ(fault("\"key\":\"k\"", "\"key\":\"k\",\"more\":1"),
            "has members that this version does not know, or lacks some");
  EXPECT_EQ(fault("lease_ended", "lease_lost"), "fact: \"lease_lost\" is none that this version knows");
  EXPECT_EQ(fault("10:02:00.000000Z", "noon"), "at: expected a time (RFC 3339)");
  EXPECT_EQ(fault("\"is_skip\":false", "\"is_skip\":0"), "body.is_skip: expected true or false");
  EXPECT_EQ(fault("\"reason\":\"\"", "\"reason\":\"" + std::string(ReviewBounds::kText + 1, 'x') + "\""),
            "body.reason: expected a shorter text");
  EXPECT_EQ(ReviewFactFromJson(Json(Json::Array{})).error().message, "expected an object");
  EXPECT_EQ(OpinionFromJson(*Json::Parse(R"({"answers":{"guess":{}},"errors":[],"severity":null})")).error().message,
            "answers: expected one of criteria, pairwise, ranking, safety, refusal, grounding, tool_use, correction");
  EXPECT_EQ(
      OpinionFromJson(
          *Json::Parse(
              R"({"answers":{"pairwise":{"choice":"left","winner":"","strength":0}},"errors":[],"severity":null})"))
          .error()
          .message,
      "answers.pairwise.choice: expected one of winner, tie, both_bad");
}

TEST(ItemKey, IsThatOfWhatIsAsked) {
  const ReviewItem item = TestItem();
  ReviewItem other = item;
  other.id = "another";
  other.content_hash = "after";
  other.people = 3;
  other.rubric_version = {2, 9, 9};
  EXPECT_EQ(ItemKey(other), ItemKey(item));
  std::vector<ReviewItem> different(8, item);
  different[0].project = "p";
  different[1].queue = "q";
  different[2].run = "r";
  different[3].case_id = "c";
  different[4].trial = 1;
  different[5].subject.responses = {"r2"};
  different[6].rubric_version.major = 3;
  different[7].purpose = ItemPurpose::kCalibration;
  for (const ReviewItem& each : different) EXPECT_NE(ItemKey(each), ItemKey(item));
}

}  // namespace
}  // namespace assay
