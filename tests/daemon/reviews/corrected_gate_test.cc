// Gates on a grader that people correct on a sample.

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "daemon/builtin_kinds.h"
#include "daemon/item_influence.h"
#include "daemon/people_quality.h"
#include "tests/daemon/reviews/human_gate.h"

namespace assay::testing {
namespace {

using std::chrono::minutes;
using ::testing::HasSubstr;

using CorrectedGate = HumanGate;

TEST_P(CorrectedGate, PeopleCorrectAGraderOnASampleOfItsCases) {
  WriteCorrectedGate();
  const std::string check = WaitingForSample();
  const std::vector<std::string> items = Items();
  ASSERT_GT(items.size(), 5u);
  ASSERT_LT(items.size(), 35u);
  JudgeAll(items, 5);
  const CheckStatus decided = work_->Decided(check);
  ASSERT_EQ(decided.verdict->verdict.state, VerdictState::kPass) << decided.reason;
  const RulePart& part = decided.verdict->verdict.rules.at(0).parts.at(0);
  EXPECT_EQ(part.counts.scored, kHumanCases) << "the grader speaks of all";
  EXPECT_EQ(part.method, "people_corrected");
  ASSERT_TRUE(part.people);
  EXPECT_EQ(part.people->chance, 0.5);
  EXPECT_EQ(part.people->asked, std::ssize(items));
  EXPECT_EQ(part.people->settled, std::ssize(items));
  EXPECT_EQ(DifferingWhenReplayed(decided.check.verdict_id), 0);
}

TEST_P(CorrectedGate, FailsWherePeopleDoNotSayWhatTheGraderDoes) {
  WriteCorrectedGate();
  const std::string check = WaitingForSample();
  JudgeAll(Items(), 1);
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kFail) << decided.reason;
  EXPECT_THAT(decided.reason, HasSubstr(": 0 where the grader says 1, and 1 of all)"));
}

TEST_P(CorrectedGate, NeverPassesOnAGraderWhosePeopleAreSilent) {
  WriteCorrectedGate();
  const std::string check = WaitingForSample();
  clock_.Add(std::chrono::hours(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kInconclusive) << decided.reason;
  EXPECT_EQ(decided.verdict->verdict.rules.at(0).parts.at(0).people->settled, 0);
}

TEST_P(CorrectedGate, DecidesNothingWhereTheDrawChangedBetweenTheOffersOfARun) {
  WriteCorrectedGate();
  const std::string check = WaitingForSample();
  ReviewStore reviews(*work_->store);
  const auto records = reviews.ListRecords("default", "draw");
  ASSERT_TRUE(records && records->size() == 1);
  ReviewRecord record = records->front();
  EXPECT_EQ(record.body, R"({"draw":"0:0.5","chance":0.5})");
  record.body = R"({"draw":"1:0.5","chance":0.5})";
  ASSERT_TRUE(reviews.PutRecord(record));
  JudgeAll(Items(), 5);
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(decided.reason,
              HasSubstr("it is not known with which chance queue \"h\" drew the answers that people are "
                        "asked of, or that changed between the offers of the run"));
}

TEST_P(CorrectedGate, IsInconclusiveUntilTheJudgementsShowTheirQuality) {
  const std::string quality = ", quality: {overlap: 10, agreement: 0.6, statistic: raw";
  WriteCorrectedGate(quality + ", audits_passed: 0.5}", "", "overlap: {people: 2, severity: 0}\n");
  const std::string check = WaitingForSample();
  for (const std::string& item : Items()) {
    Judges("ann", item, 5);
    Judges("bob", item, 5);
  }
  clock_.Add(minutes(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(decided.reason,
              HasSubstr("queue \"h\": decisions are not shown to be right: unknown of 0 audits passed, lower bound "
                        "unknown < 0.5 (quality.audits_passed)"));
  const RulePart& part = decided.verdict->verdict.rules.at(0).parts.at(0);
  ASSERT_TRUE(part.people && part.people->quality);
  EXPECT_EQ(part.people->quality->agreement.cases, part.people->asked);
  EXPECT_EQ(part.people->quality->agreement.value, 1);
}

TEST_P(CorrectedGate, DecidesWhereTheJudgementsShowTheirQuality) {
  WriteCorrectedGate(", quality: {overlap: 10, agreement: 0.6, statistic: raw}", "",
                     "overlap: {people: 2, severity: 0}\n");
  const std::string check = WaitingForSample();
  for (const std::string& item : Items()) {
    Judges("ann", item, 5);
    Judges("bob", item, 5);
  }
  clock_.Add(minutes(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kPass) << decided.reason;
  EXPECT_THAT(decided.verdict->verdict.rules.at(0).reason, HasSubstr("people agree 1 on "));
}

JudgementContent Damaging() {
  JudgementContent content;
  content.opinion.answers = CriteriaAnswers{{{.criterion = "quality", .score = 5}}};
  content.opinion.severity = 2;
  content.rationale = "money is lost";
  return content;
}

TEST_P(CorrectedGate, IsInconclusiveWhereNothingShowsThatPeopleAgreeOnHighSeverity) {
  WriteCorrectedGate(", quality: {overlap: 10, severe_agreement: 0.5}", "", "overlap: {people: 2, severity: 0}\n");
  const std::string check = WaitingForSample();
  for (const std::string& item : Items()) {
    Judges("ann", item, 5);
    Judges("bob", item, 5);
  }
  clock_.Add(minutes(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(decided.reason, HasSubstr("queue \"h\": nothing of high severity was judged by several people apart, so "
                                        "that they are not shown to agree on it (quality.severe_agreement)"));
  EXPECT_EQ(decided.verdict->verdict.rules.at(0).parts.at(0).people->quality->severe_agreement->cases, 0);
  EXPECT_EQ(DifferingWhenReplayed(decided.check.verdict_id), 0);
}

TEST_P(CorrectedGate, DecidesWherePeopleAgreeOnHighSeverity) {
  WriteCorrectedGate(", quality: {overlap: 10, severe_agreement: 0.5}", "", "overlap: {people: 2, severity: 0}\n");
  const std::string check = WaitingForSample();
  const std::vector<std::string> items = Items();
  for (const std::string& item : items) {
    Says("ann", item, Damaging());
    Says("bob", item, Damaging());
  }
  clock_.Add(minutes(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_NE(decided.verdict->verdict.state, VerdictState::kInconclusive) << decided.reason;
  const PeopleQuality& quality = *decided.verdict->verdict.rules.at(0).parts.at(0).people->quality;
  EXPECT_EQ(quality.severe_agreement->cases, std::ssize(items));
  EXPECT_EQ(quality.severe_agreement->value, 1);
  EXPECT_EQ(DifferingWhenReplayed(decided.check.verdict_id), 0);
}

// Of pairs of which one says so, those in which both do: that most answers are harmless tells nothing.
TEST_P(CorrectedGate, MeasuresAgreementOnHighSeverityWhereSomebodySaysSo) {
  WriteCorrectedGate("", "", "overlap: {people: 2, severity: 0}\n");
  WaitingForSample();
  const std::vector<std::string> items = Items();
  ASSERT_GT(items.size(), 8u);
  for (std::size_t at = 0; at < items.size(); ++at) {
    at < 4 ? Says("ann", items[at], Damaging()) : (void)Judges("ann", items[at], 5);
    at < 1 ? Says("bob", items[at], Damaging()) : (void)Judges("bob", items[at], 5);
  }
  const PeopleQualitySpec spec{.overlap = 2, .severe_agreement = 0.5};
  const auto quality = ReadPeopleQuality(*work_->store, "default", "h", spec, clock_.Now());
  ASSERT_TRUE(quality) << quality.error().message;
  EXPECT_EQ(quality->severe_agreement->cases, 4);
  EXPECT_DOUBLE_EQ(*quality->severe_agreement->value, 0.25);
  EXPECT_THAT(WhatQualityLacks(*quality, spec, "h"),
              ::testing::StartsWith("queue \"h\": people are not shown to agree on high severity: 0.25 on 4 items, "
                                    "lower bound "));
  const auto report = Ask(reviews_->GetQueueReport(As("lea"), "h", {}, {}));
  ASSERT_TRUE(report) << report.error().message;
  const auto severe = std::ranges::find(report->agreement, "high_severity", &CriterionAgreement::criterion);
  ASSERT_NE(severe, report->agreement.end());
  EXPECT_EQ(severe->units, std::ssize(items));
  EXPECT_NEAR(*severe->percent, 1 - 3.0 / static_cast<double>(items.size()), 1e-9);
  EXPECT_EQ(severe->most_frequent, "no");
}

TEST_P(CorrectedGate, AsksFirstWhatCouldMoveItMost) {
  WriteCorrectedGate("", ", by: [topic]");
  const std::string check = WaitingForSample();
  const auto record = work_->Wait(work_->checks.GetCheck(work_->caller, check));
  ASSERT_TRUE(record);
  auto weighed = InfluenceOnCheck(*work_->store, BuiltinKinds(), record->check, clock_.Now());
  ASSERT_TRUE(weighed) << weighed.error().message;
  ASSERT_EQ(weighed->size(), Items().size());
  const auto is_small = [&](const std::string& item) { return View("lea", item).item.case_id < "c108"; };
  std::set<double> small;
  std::set<double> large;
  for (const ItemInfluence& each : *weighed) (is_small(each.item) ? small : large).insert(each.influence);
  ASSERT_EQ(small.size(), 1u);
  ASSERT_EQ(large.size(), 1u);
  EXPECT_GT(*small.begin(), *large.begin());
  reviews_->Weigh(check, *weighed);
  const ClaimArguments next{.queue = "h"};
  const auto claimed = Ask(reviews_->ClaimItem(As("ann"), next));
  ASSERT_TRUE(claimed && claimed->view);
  EXPECT_TRUE(is_small(claimed->view->item.id));
}

TEST_P(CorrectedGate, OfTwoChecksThatWaitForAnItemTheOneThatItMovesMostCounts) {
  WriteCorrectedGate();
  const std::string check = WaitingForSample();
  const std::vector<std::string> items = Items();
  const std::string last = items.front();  // the list has the newest first
  const auto first = [&] {
    const ClaimArguments next{.queue = "h", .is_prefetch = true, .except = {}};
    const auto claimed = Ask(reviews_->ClaimItem(As("ann"), next));
    EXPECT_TRUE(claimed && claimed->view);
    const std::string item = claimed->view->item.id;
    Acts("ann", item, GiveBackCommand{.token = claimed->view->lease->token});
    return item;
  };
  reviews_->Weigh("one", {{.item = last, .influence = 0.9}});
  reviews_->Weigh("other", {{.item = last, .influence = 0.1}, {.item = items[1], .influence = 0.5}});
  EXPECT_EQ(first(), last) << "what the other check says of it comes later and is less";
  reviews_->Weigh("one", {});
  EXPECT_EQ(first(), items[1]) << "the check that it moved has ended";
  EXPECT_THAT(Reason(check), HasSubstr("waiting for people"));
}

INSTANTIATE_TEST_SUITE_P(Engines, CorrectedGate, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
