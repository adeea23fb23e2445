// Suggestions of a grader as the service shows them, holds them back, and keeps what became of them.

#include <gmock/gmock.h>

#include "tests/daemon/reviews/review_desk.h"

namespace assay::testing {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;

// The grader `answer` passes what says "yes", as the stub does: it suggests the score 5 of the one criterion.
class ReviewSuggestions : public ReviewDeskTest {
 protected:
  // So many that chance does not hold all of them back.
  static constexpr int kItems = 12;
  std::string AnItem(const std::string& prelabel) {
    std::string cases;
    for (int i = 0; i < kItems; ++i) cases += "{\"id\":\"" + std::to_string(i) + "\",\"question\":\"q\"}\n";
    files_.Write("catalog/cases.jsonl", cases);
    WriteQueue("overlap: {people: 1, severity: 0}\nlease: {per_person: 20}\nprelabel: " + prelabel + "\n");
    auto people = *people_;
    people.push_back({.id = "liz", .roles = {ReviewRole::kLead}});  // audits nothing, so that all is shown to her
    SetPeople(std::move(people));
    Start();
    RunSuite();
    AwaitItems(kItems);
    return Ask(reviews_->ListItems(As("lea"), {}, {}))->items[0].id;
  }
  static std::optional<int> Score(const std::optional<ReviewSuggestion>& suggestion) {
    return suggestion ? std::get<CriteriaAnswers>(suggestion->opinion.answers).criteria.at(0).score : std::nullopt;
  }
  // What became of it, by who may know.
  PrelabelUse UseIn(const std::string& item) {
    const ItemView view = View("liz", item);
    EXPECT_FALSE(view.judgements.empty());
    const auto& use = view.judgements.back().judgement.content.prelabel;
    EXPECT_TRUE(use.has_value());
    return use.value_or(PrelabelUse{});
  }
};

TEST_P(ReviewSuggestions, AreInViewFromTheStartAndItIsKeptWhetherTheyWereFollowed) {
  AnItem("{show: before, grader: answer, control: 0.05}");
  std::vector<std::string> shown;
  const auto listed = Ask(reviews_->ListItems(As("lea"), {}, {}));
  for (const ItemSummary& each : listed->items) {
    const ItemView view = Claims("ann", each.id);
    if (!view.suggestion) continue;  // held back, by chance
    EXPECT_EQ(Score(view.suggestion), 5);
    EXPECT_EQ(view.suggestion->by.substr(0, 7), "answer@");
    EXPECT_FALSE(view.content->suggestion.has_value()) << "it is in one place, which is not always shown";
    shown.push_back(each.id);
  }
  ASSERT_FALSE(shown.empty());
  const std::string& judged = shown.front();
  Judges("ann", judged, 3);
  EXPECT_EQ(UseIn(judged), (PrelabelUse{PrelabelShow::kBefore, false, UseIn(judged).by, false, {}}));
  const ItemView own = View("ann", judged);
  EXPECT_TRUE(own.judgements.back().judgement.content.saw_suggestion);
  EXPECT_EQ(own.judgements.back().judgement.content.followed_suggestion, false);
  clock_.Add(minutes(11));
  const auto report = Ask(reviews_->GetQueueReport(As("lea"), "q", std::nullopt, std::nullopt));
  EXPECT_EQ(report->suggestions.followed.of, 1);
  EXPECT_EQ(report->suggestions.followed.count, 0);
}

TEST_P(ReviewSuggestions, AreToldToNobodyWhoJudgesAnItemOfTheControl) {
  const std::string item = AnItem("{show: before, grader: answer, control: 1}");
  EXPECT_FALSE(Claims("ann", item).suggestion.has_value());
  JudgementContent claims = Quality(5);
  claims.saw_suggestion = true;
  claims.prelabel = PrelabelUse{PrelabelShow::kBefore, false, "me", true, {}};
  const ItemView held = Claims("ann", item);
  const ItemView after = Acts("ann", item, SubmitCommand{.token = held.lease->token, .content = claims}, "k");
  EXPECT_FALSE(after.suggestion.has_value());
  ASSERT_EQ(after.judgements.size(), 1u);
  EXPECT_FALSE(after.judgements[0].judgement.content.prelabel.has_value()) << "that it matches would tell it";
  EXPECT_FALSE(after.judgements[0].judgement.content.saw_suggestion) << "whatever a client says";
  EXPECT_EQ(UseIn(item), (PrelabelUse{PrelabelShow::kBefore, true, UseIn(item).by, true, {}}));
  EXPECT_EQ(Acts("ann", item, SubmitCommand{.token = held.lease->token, .content = claims}, "k").judgement,
            after.judgement)
      << "the same again is the same";
  clock_.Add(minutes(11));
  EXPECT_EQ(Score(View("ann", item).suggestion), 5) << "once it is done";
  EXPECT_EQ(Ask(reviews_->GetQueueReport(As("lea"), "q", {}, {}))->suggestions.control.count, 1);
}

TEST_P(ReviewSuggestions, MayFollowTheAnswerWhichMayThenBeChanged) {
  std::string item = AnItem("{show: after_answer, grader: answer, control: 0.05}");
  ItemView answered;
  std::vector<bool> before;
  const auto listed = Ask(reviews_->ListItems(As("lea"), {}, {}));
  for (const ItemSummary& each : listed->items) {
    before.push_back(Claims("ann", each.id).suggestion.has_value());
    answered = Judges("ann", each.id, 2);
    item = each.id;
    if (answered.suggestion) break;
  }
  EXPECT_THAT(before, ::testing::Each(false));
  ASSERT_EQ(Score(answered.suggestion), 5);
  EXPECT_EQ(UseIn(item).first_matches, false);
  EXPECT_FALSE(UseIn(item).matches);
  EXPECT_FALSE(View("bob", item).suggestion.has_value()) << "who has not answered";
  Acts("ann", item, ReviseCommand{.judgement = answered.judgement, .content = Quality(5)}, "revised");
  EXPECT_EQ(UseIn(item), (PrelabelUse{PrelabelShow::kAfterAnswer, false, UseIn(item).by, true, false}));
  clock_.Add(minutes(1));
  const auto report = Ask(reviews_->GetQueueReport(As("lea"), "q", std::nullopt, std::nullopt));
  EXPECT_EQ(report->suggestions.changed.count, 1);
}

TEST_P(ReviewSuggestions, SwayNeitherAdjudicatorsNorAuditors) {
  WriteQueue("overlap: {people: 2, share: 0.5, severity: 0}\nprelabel: {show: after_answer, grader: answer}\n");
  Start();
  RunSuite();
  AwaitItems(2);
  const std::string item = Ask(reviews_->ListItems(As("lea"), {}, {}))->items[0].id;
  Judges("ann", item, 5);
  if (StateOf(item) == "partial") Judges("bob", item, 1);
  Acts("eve", item, FlagSevereAct{.reason = "shows data"}, "f");
  const ItemView held = Claims("max", item);
  ASSERT_TRUE(held.lease.has_value());
  EXPECT_EQ(held.lease->role, LeaseRole::kAdjudicate);
  EXPECT_FALSE(held.suggestion.has_value());
  ASSERT_FALSE(held.judgements.empty());
  for (const ShownJudgement& shown : held.judgements) {
    EXPECT_FALSE(shown.judgement.content.prelabel.has_value());
    EXPECT_FALSE(shown.judgement.content.followed_suggestion.has_value());
  }
}

TEST_P(ReviewSuggestions, OfLabelStudioEndInTimeWhateverIsAskedForAtOnce) {
  const std::string item = AnItem("{show: before, grader: answer, control: 0.05}");
  const auto asked = [&](int tasks) {
    Json::Array list;
    for (int i = 0; i < tasks; ++i)
      list.push_back(Json::Of({{"id", std::int64_t{i}}, {"data", Json::Of({{"ref", item}, {"prompt", "q"}})}}));
    return Json::Of({{"tasks", std::move(list)}}).Dump();
  };
  const auto predicted = [&](int tasks) {
    return Ask(reviews_->AnswerLabelStudio(As("lea"), "q", LabelStudioCall::kPredict, asked(tasks)));
  };
  const auto in_time = predicted(120);
  ASSERT_TRUE(in_time) << in_time.error().message;
  EXPECT_EQ(Json::Parse(*in_time)->Find("results")->as_array().size(), 120u);
  EXPECT_EQ(predicted(1001).error().message, "tasks: has more than 1000 tasks");
  predict_time_ = std::chrono::milliseconds(0);
  Start();
  const auto late = predicted(120);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(late.error().message, "suggestions for 0 of 120 tasks took 0s; ask for fewer at once");
  EXPECT_TRUE(predicted(0)) << "what asks for nothing is answered";
}

TEST_P(ReviewSuggestions, AreNotAskedForWhereTheQueueShowsNone) {
  const std::string item = AnItem("{show: off, grader: answer}");
  EXPECT_FALSE(Claims("ann", item).suggestion.has_value());
  JudgementContent claims = Quality(5);
  claims.saw_suggestion = true;
  const ItemView held = Claims("ann", item);
  const ItemView after = Acts("ann", item, SubmitCommand{.token = held.lease->token, .content = claims}, "k");
  EXPECT_FALSE(after.judgements[0].judgement.content.saw_suggestion);
  EXPECT_THAT(View("ann", item).item.lengths, ElementsAre(3)) << "of \"yes\"";
  Acts("lea", item, QuarantineAct{.reason = "a name"}, "q");
  EXPECT_THAT(View("bob", item).item.lengths, ::testing::IsEmpty()) << "what is withheld has no length";
}

INSTANTIATE_TEST_SUITE_P(Engines, ReviewSuggestions, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
