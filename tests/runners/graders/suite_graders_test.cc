// The graders of a suite together: their order, what they make of a trial, what they cost.

#include "runners/graders/suite_graders.h"

#include <gtest/gtest.h>

#include "tests/runners/graders/make_grader.h"
#include "tests/runners/graders/scripted_endpoint.h"

namespace assay {
namespace {

SuiteGrader Named(const std::string& name, const std::string& type, const std::string& options,
                  const std::string& frame = "{}", const GraderServices* services = nullptr) {
  auto made = MakeGrader(SpecOf(type, options, false, frame), {}, services);
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
  made->name = name;
  return *std::move(made);
}

std::shared_ptr<const SuiteGraders> Suite(std::vector<SuiteGrader> graders) {
  auto made = SuiteGraders::Make(std::move(graders));
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
  return *std::move(made);
}

Response Saying(std::string text, std::vector<ToolCall> calls = {}) {
  Response response;
  response.text = std::move(text);
  response.tool_calls = std::move(calls);
  return response;
}

const Case kItem{0, "c", Json(Json::Object{})};

TEST(SuiteGradersTest, CombinationsComeAfterTheirParts) {
  const auto suite = Suite({Named("top", "all", "{of: [low, a]}"), Named("low", "any", "{of: [a, b]}"),
                            Named("a", "contains", "{value: x}"), Named("b", "contains", "{value: y}")});
  const GradedTrial trial = suite->Compute(kItem, Saying("x"), {});
  EXPECT_EQ(trial.scores.at(0).pass, true);
  EXPECT_EQ(trial.scores.at(1).pass, true);
  EXPECT_EQ(trial.scores.at(3).pass, false);
}

TEST(SuiteGradersTest, PartsThatAreMissingOrGoRoundAreRefused) {
  const auto error = [](std::vector<SuiteGrader> graders) {
    const auto made = SuiteGraders::Make(std::move(graders));
    return made ? "" : made.error().message;
  };
  EXPECT_EQ(error({Named("top", "all", "{of: [gone]}")}),
            "grader \"top\" combines \"gone\", which is no grader of this suite");
  EXPECT_EQ(error({Named("p", "all", "{of: [q]}"), Named("q", "any", "{of: [p]}")}),
            "grader \"p\" is a part of itself");
}

TEST(SuiteGradersTest, WhatHasNothingToJudgeMakesNoGoodValueOfAnExpression) {
  const auto one_minus = [](const std::string& frame) {
    return Suite({Named("b", "contains", "{value: bad}", frame),
                  Named("f", "formula", "{expression: '1 - b', of: {b: b}}", "{threshold: 0.5, direction: maximize}")});
  };
  struct TrialRow {
    std::string frame;
    Response response;
    bool passes;
  };
  for (const TrialRow& row : {TrialRow{"{}", Saying("good"), true}, TrialRow{"{}", Saying("bad"), false},
                              TrialRow{"{}", Saying(" "), false}, TrialRow{"{}", Saying("", {{"call", "{}"}}), false},
                              TrialRow{"{transform: [{after: 'ANSWER:'}]}", Saying("rude and without a mark"), false},
                              TrialRow{"{transform: [{after: 'ANSWER:'}]}", Saying("ANSWER: good"), true}}) {
    EXPECT_EQ(one_minus(row.frame)->Compute(kItem, row.response, {}).scores.at(1).pass, row.passes)
        << row.frame << " of " << row.response.text;
  }
}

TEST(SuiteGradersTest, WhatATrialIs) {
  struct TrialRow {
    std::vector<Score> scores;
    std::vector<GraderRole> roles;
    TrialStatus status;
  };
  const Score broken = Score::Broken("");
  const Score unscored = Score::Unscored("");
  const Score left_out = Score::NotApplicable("");
  constexpr auto kSignal = GraderRole::kSignal;
  constexpr auto kReport = GraderRole::kReport;
  for (const TrialRow& row : {TrialRow{{Score::Pass(), Score::Failing("")}, {kSignal, kSignal}, TrialStatus::kScored},
                              TrialRow{{Score::Pass(), unscored}, {kSignal, kSignal}, TrialStatus::kUnscored},
                              TrialRow{{unscored, broken}, {kSignal, kSignal}, TrialStatus::kError},
                              TrialRow{{Score::Pass(), broken}, {kSignal, kReport}, TrialStatus::kScored},
                              TrialRow{{Score::Pass(), left_out}, {kSignal, kSignal}, TrialStatus::kScored},
                              TrialRow{{left_out, left_out}, {kSignal, kSignal}, TrialStatus::kUnscored},
                              TrialRow{{left_out, Score::Pass()}, {kSignal, kReport}, TrialStatus::kUnscored},
                              TrialRow{{Score::Pass()}, {kReport}, TrialStatus::kScored},
                              TrialRow{{broken}, {kReport}, TrialStatus::kUnscored}}) {
    EXPECT_EQ(StatusOf(row.scores, row.roles), row.status) << row.scores.size();
  }
}

Result<GradedTrial> Graded(const SuiteGraders& suite, const Response& response, GradingBill& bill,
                           const SuiteGraders::KnownScores& known = {}) {
  boost::asio::io_context io;
  const GradingTerms terms{.deadline = DeadlineIn(std::chrono::minutes(1)), .sender = nullptr, .bill = &bill};
  const SuiteGraders::OnGraded nobody;
  auto grading = boost::asio::co_spawn(io, suite.Grade(kItem, response, terms, nobody, known), boost::asio::use_future);
  io.run();
  return grading.get();
}

TEST(SuiteGradersTest, VerdictsThatWerePaidForCountAlsoWhenTheTrialEndsInAnError) {
  auto endpoint = std::make_shared<ScriptedEndpoint>();
  const GraderServices services{.endpoint = [&](const std::string&) { return endpoint; }};
  const auto suite = Suite({Named("j", "judge", "{endpoint: m, criteria: good, votes: 3}", "{}", &services)});
  endpoint->replies = {"VERDICT {token}: PASS", "no verdict", "error: cancelled"};
  GradingBill spent;
  const auto stopped = Graded(*suite, Saying("x"), spent);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  EXPECT_DOUBLE_EQ(spent.usd, 0.5);
}

TEST(SuiteGradersTest, AReportWhoseModelIsDownIsNoErrorOfTheTrial) {
  auto endpoint = std::make_shared<ScriptedEndpoint>();
  endpoint->is_given_up = true;
  const GraderServices services{.endpoint = [&](const std::string&) { return endpoint; }};
  for (const bool is_report : {true, false}) {
    const auto suite =
        Suite({Named("a", "contains", "{value: x}"),
               Named("j", "judge", "{endpoint: m, criteria: good}", is_report ? "{role: report}" : "{}", &services)});
    endpoint->replies = {"error: down"};
    GradingBill spent;
    const auto trial = Graded(*suite, Saying("x"), spent);
    ASSERT_TRUE(trial);
    EXPECT_EQ(trial->scores.at(1).status, ScoreStatus::kError);
    EXPECT_EQ(trial->endpoint_error.has_value(), !is_report);
    EXPECT_EQ(trial->is_given_up, !is_report);
    EXPECT_EQ(trial->status, is_report ? TrialStatus::kScored : TrialStatus::kError);
  }
}

// A report whose score decides elsewhere is no mere report.
TEST(SuiteGradersTest, AReportThatACombinationRestsOnEndsTheRunWithItsModel) {
  auto endpoint = std::make_shared<ScriptedEndpoint>();
  endpoint->is_given_up = true;
  const GraderServices services{.endpoint = [&](const std::string&) { return endpoint; }};
  struct TrialRow {
    std::string combination;
    std::string frame;
    bool counts;
  };
  for (const TrialRow& row : {TrialRow{"all", "{}", true}, TrialRow{"any", "{}", false},  // which `a` decides
                              TrialRow{"all", "{role: report}", false}}) {
    const auto suite = Suite({Named("a", "contains", "{value: x}"),
                              Named("j", "judge", "{endpoint: m, criteria: good}", "{role: report}", &services),
                              Named("both", row.combination, "{of: [a, j]}", row.frame),
                              Named("top", "all", "{of: [both]}", row.frame)});
    endpoint->replies = {"error: down"};
    GradingBill spent;
    const auto trial = Graded(*suite, Saying("x"), spent);
    ASSERT_TRUE(trial);
    EXPECT_EQ(trial->endpoint_error.has_value(), row.counts) << row.combination << row.frame;
    EXPECT_EQ(trial->is_given_up, row.counts);
    EXPECT_EQ(trial->unanswered_grader, row.counts ? "j" : "");
    EXPECT_EQ(trial->status, row.counts ? TrialStatus::kError : TrialStatus::kScored);
  }
}

// Whoever was asked is not asked again; combinations go by the scores that there are then.
TEST(SuiteGradersTest, ScoresThatAreKnownStay) {
  auto endpoint = std::make_shared<ScriptedEndpoint>();
  const GraderServices services{.endpoint = [&](const std::string&) { return endpoint; }};
  const auto suite = Suite(
      {Named("a", "contains", "{value: x}"), Named("j", "judge", "{endpoint: m, criteria: good}", "{}", &services),
       Named("k", "judge", "{endpoint: m, criteria: good}", "{}", &services), Named("all", "all", "{of: [a, j, k]}")});
  endpoint->replies = {"VERDICT {token}: PASS"};
  GradingBill bill;
  const auto trial = Graded(*suite, Saying("x"), bill, {Score::Pass("was so"), Score::Failing("said no"), {}, {}});
  ASSERT_TRUE(trial);
  EXPECT_EQ(endpoint->requests.size(), 1u);
  EXPECT_EQ(trial->scores.at(0).reason, "was so");
  EXPECT_EQ(trial->scores.at(1).reason, "said no");
  EXPECT_EQ(trial->scores.at(2).pass, true);
  EXPECT_EQ(trial->scores.at(3).pass, false);
}

TEST(SuiteGradersTest, AnswersOfModelsWhoseCostIsNotKnownAreCounted) {
  auto endpoint = std::make_shared<ScriptedEndpoint>();
  const GraderServices services{.endpoint = [&](const std::string&) { return endpoint; }};
  const auto suite = Suite({Named("j", "judge", "{endpoint: m, criteria: good}", "{}", &services)});
  endpoint->replies = {"no verdict", "VERDICT {token}: PASS"};
  endpoint->cost_usd = std::nullopt;
  GradingBill bill;
  ASSERT_TRUE(Graded(*suite, Saying("x"), bill));
  EXPECT_EQ(bill.usd, 0);
  EXPECT_EQ(bill.answers_without_cost, 2);
}

}  // namespace
}  // namespace assay
