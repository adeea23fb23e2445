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

GradedTrial Graded(const SuiteGraders& suite, const Response& response, GradingBill& bill,
                   const SuiteGraders::KnownScores& known = {}) {
  boost::asio::io_context io;
  const GradingTerms terms{.deadline = DeadlineIn(std::chrono::minutes(1)), .sender = nullptr, .bill = &bill};
  const SuiteGraders::OnGraded nobody;
  auto grading = boost::asio::co_spawn(io, suite.Grade(kItem, response, terms, nobody, known), boost::asio::use_future);
  io.run();
  return grading.get();
}

TEST(SuiteGradersTest, AJudgeThatIsInterruptedGoesOnWithTheVotesItHas) {
  auto endpoint = std::make_shared<ScriptedEndpoint>();
  const GraderServices services{.endpoint = [&](const std::string&) { return endpoint; }};
  const auto suite = Suite({Named("j", "judge", "{endpoint: m, criteria: good, votes: 3}", "{}", &services)});
  endpoint->replies = {"VERDICT {token}: PASS", "no verdict", "error: cancelled"};
  GradingBill spent;
  const GradedTrial stopped = Graded(*suite, Saying("x"), spent);
  ASSERT_TRUE(stopped.interruption);
  EXPECT_EQ(stopped.interruption->code, ErrorCode::kCancelled);
  EXPECT_EQ(stopped.status, TrialStatus::kSkipped);
  EXPECT_TRUE(stopped.scores.at(0).IsDue());
  EXPECT_EQ(stopped.scores.at(0).reason, "not graded: the run was interrupted");
  EXPECT_DOUBLE_EQ(spent.usd, 0.5);

  // Again, before it is asked anything.
  endpoint->replies = {"error: cancelled"};
  const GradedTrial again = Graded(*suite, Saying("x"), spent, stopped.scores);
  EXPECT_EQ(again.scores, stopped.scores);

  endpoint->requests.clear();
  endpoint->replies = {"VERDICT {token}: FAIL", "VERDICT {token}: PASS"};
  const GradedTrial whole = Graded(*suite, Saying("x"), spent, again.scores);
  EXPECT_FALSE(whole.interruption);
  EXPECT_EQ(whole.status, TrialStatus::kScored);
  EXPECT_EQ(whole.scores.at(0).pass, true);
  EXPECT_EQ(whole.scores.at(0).reason, "2 of 3 verdicts: PASS");
  ASSERT_EQ(endpoint->requests.size(), 2u);
  ASSERT_EQ(endpoint->requests[0].messages.size(), 3u) << "the second vote is repaired, not asked for anew";
  EXPECT_EQ(endpoint->requests[0].messages[1].content, "no verdict");
  EXPECT_EQ(endpoint->requests[1].messages.size(), 1u);
  EXPECT_EQ(endpoint->requests[1].sampling.seed, 2);
  const auto said = Json::Parse(whole.scores.at(0).evidence);
  const auto& verdicts = said->Find("verdicts")->as_array();
  ASSERT_EQ(verdicts.size(), 3u);
  EXPECT_EQ(*verdicts[0].Find("verdict"), Json("PASS"));
  EXPECT_EQ(*verdicts[1].Find("verdict"), Json("FAIL"));
  EXPECT_EQ(*verdicts[0].Find("answered_by"), Json("judge-2026"));
}

// What is weighed by log-probabilities is as it would have been in one go.
TEST(SuiteGradersTest, AnInterruptionChangesNoValue) {
  auto endpoint = std::make_shared<ScriptedEndpoint>();
  const GraderServices services{.endpoint = [&](const std::string&) { return endpoint; }};
  endpoint->logprobs = {{.chosen = {"4", -0.25}, .alternatives = {{"4", -0.25}, {"2", -1.5}}}};
  struct JudgeRow {
    std::string type;
    std::string options;
    std::vector<std::string> replies;
  };
  const std::string four = "So.\nVERDICT {token}: 4";
  for (const auto& [type, options, replies] :
       {JudgeRow{"judge",
                 "{endpoint: m, criteria: good, steps: [Read.], votes: 3, weigh_by_logprobs: true}",
                 {four, four, four}},
        JudgeRow{"judge", "{endpoint: m, steps: [Read.], votes: 2}", {four, "VERDICT {token}: 2"}},
        JudgeRow{"pairwise",
                 "{endpoint: m, against: b, question: q}",
                 {"So.\nVERDICT {token}: first", "VERDICT {token}: second"}}}) {
    const auto suite = Suite({Named("j", type, options, "{}", &services)});
    GradingBill spent;
    endpoint->replies = {replies.begin(), replies.end()};
    const GradedTrial whole = Graded(*suite, Saying("x"), spent);
    EXPECT_EQ(whole.scores.at(0).status, ScoreStatus::kScored) << whole.scores.at(0).reason;
    SuiteGraders::KnownScores known;
    endpoint->requests.clear();
    for (const std::string& reply : replies) {
      endpoint->replies = {reply, "error: cancelled"};
      known = Graded(*suite, Saying("x"), spent, known).scores;
    }
    Score expected = whole.scores.at(0);
    expected.evidence = known.at(0).evidence;  // quotes other tokens
    EXPECT_EQ(known.at(0), expected) << options;
  }
}

TEST(SuiteGradersTest, WhatIsLeftWhenARunStopsIsDue) {
  auto endpoint = std::make_shared<ScriptedEndpoint>();
  const GraderServices services{.endpoint = [&](const std::string&) { return endpoint; }};
  const auto suite = Suite({Named("a", "judge", "{endpoint: m, criteria: good}", "{}", &services),
                            Named("b", "embedding_similarity", "{endpoint: m, reference: x}", "{}", &services),
                            Named("c", "judge", "{endpoint: m, criteria: good}", "{}", &services),
                            Named("d", "contains", "{value: x}"), Named("e", "all", "{of: [a, c, d]}")});
  endpoint->replies = {"VERDICT {token}: PASS", "error: cancelled"};
  GradingBill spent;
  const GradedTrial stopped = Graded(*suite, Saying("x"), spent);
  EXPECT_EQ(stopped.status, TrialStatus::kSkipped);
  EXPECT_EQ(stopped.scores.at(0).pass, true);
  EXPECT_TRUE(stopped.scores.at(1).IsDue());
  EXPECT_TRUE(stopped.scores.at(2).IsDue());
  EXPECT_EQ(stopped.scores.at(3).pass, true);
  EXPECT_FALSE(stopped.scores.at(4).IsDue());
  EXPECT_EQ(endpoint->requests.size() + endpoint->embedded.size(), 2u) << "after the first refusal nobody is asked";
  endpoint->replies = {"[[1, 0], [1, 0]]", "VERDICT {token}: FAIL"};
  const GradedTrial whole = Graded(*suite, Saying("x"), spent, stopped.scores);
  EXPECT_EQ(whole.status, TrialStatus::kScored);
  EXPECT_EQ(whole.scores.at(0), stopped.scores.at(0));
  EXPECT_EQ(whole.scores.at(4).pass, false);
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
    EXPECT_EQ(trial.scores.at(1).status, ScoreStatus::kError);
    EXPECT_EQ(trial.endpoint_error.has_value(), !is_report);
    EXPECT_EQ(trial.is_given_up, !is_report);
    EXPECT_EQ(trial.status, is_report ? TrialStatus::kScored : TrialStatus::kError);
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
    EXPECT_EQ(trial.endpoint_error.has_value(), row.counts) << row.combination << row.frame;
    EXPECT_EQ(trial.is_given_up, row.counts);
    EXPECT_EQ(trial.unanswered_grader, row.counts ? "j" : "");
    EXPECT_EQ(trial.status, row.counts ? TrialStatus::kError : TrialStatus::kScored);
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
  const auto trial =
      Graded(*suite, Saying("x"), bill, {Score::Pass("was so"), Score::Failing("said no"), Score::Due(""), {}});
  EXPECT_EQ(endpoint->requests.size(), 1u);
  EXPECT_EQ(trial.scores.at(0).reason, "was so");
  EXPECT_EQ(trial.scores.at(1).reason, "said no");
  EXPECT_EQ(trial.scores.at(2).pass, true);
  EXPECT_EQ(trial.scores.at(3).pass, false);
}

TEST(SuiteGradersTest, AnswersOfModelsWhoseCostIsNotKnownAreCounted) {
  auto endpoint = std::make_shared<ScriptedEndpoint>();
  const GraderServices services{.endpoint = [&](const std::string&) { return endpoint; }};
  const auto suite = Suite({Named("j", "judge", "{endpoint: m, criteria: good}", "{}", &services)});
  endpoint->replies = {"no verdict", "VERDICT {token}: PASS"};
  endpoint->cost_usd = std::nullopt;
  GradingBill bill;
  Graded(*suite, Saying("x"), bill);
  EXPECT_EQ(bill.usd, 0);
  EXPECT_EQ(bill.answers_without_cost, 2);
}

}  // namespace
}  // namespace assay
