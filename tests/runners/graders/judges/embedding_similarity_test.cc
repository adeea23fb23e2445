// How often vectors are asked for, by trials one after the other and at the same time, and what becomes of failures.

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>
#include <set>

#include "runners/graders/judges/embedding_cache.h"
#include "tests/runners/graders/make_grader.h"
#include "tests/runners/graders/scripted_endpoint.h"

namespace assay {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

// Every text has the vector (1, its length), after a while.
class SlowVectors final : public Endpoint {
 public:
  asio::awaitable<Result<Response>> Complete(const ModelRequest&, Deadline, Sender) override {
    co_return Fail(ErrorCode::kUnimplemented, "no answers");
  }
  asio::awaitable<Result<Embeddings>> Embed(const std::vector<std::string>& texts, Deadline, Sender) override {
    for (const std::string& text : texts) asked.insert(text);
    ++requests;
    most_texts = std::max(most_texts, texts.size());
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, texts.size() > 1 ? takes + takes_for_several : takes);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (failures > 0 && failures-- > 0) co_return Fail(ErrorCode::kUnavailable, "down");
    Embeddings embeddings;
    for (const std::string& text : texts) embeddings.vectors.push_back({1, static_cast<float>(text.size())});
    if (bad_vectors > 0 && bad_vectors-- > 0) embeddings.vectors.back() = bad_vector;  // of a reference
    embeddings.cost_usd = 0.25;
    co_return embeddings;
  }

  std::multiset<std::string> asked;
  int requests = 0;
  int failures = 0;
  int bad_vectors = 0;
  std::vector<float> bad_vector;
  std::size_t most_texts = 0;
  milliseconds takes{0};
  milliseconds takes_for_several{0};
};

class EmbeddingGrader : public ::testing::Test {
 protected:
  void Make(const std::string& options) {
    const GraderServices services{.endpoint = [this](const std::string&) { return endpoint_; }};
    const auto made = MakeGrader(SpecOf("embedding_similarity", options), {}, &services);
    ASSERT_TRUE(made) << made.error().message;
    grader_ = made->waiting;
  }
  // All at the same time.
  std::vector<Result<GradingOutcome>> GradeAll(const std::vector<std::string>& responses, const Case& item) {
    asio::io_context io;
    std::vector<Result<GradingOutcome>> outcomes(responses.size(), GradingOutcome{});
    std::vector<Response> texts(responses.size());
    const GradingTerms terms{.deadline = DeadlineIn(std::chrono::seconds(20)), .sender = nullptr, .bill = &bill_};
    for (std::size_t i = 0; i < responses.size(); ++i) {
      texts[i].text = responses[i];
      auto keep = [&outcomes, i](const std::exception_ptr&, Result<GradingOutcome> outcome) {
        outcomes[i] = std::move(outcome);
      };
      asio::co_spawn(io, grader_->Grade(item, texts[i], terms), std::move(keep));
    }
    io.run();
    return outcomes;
  }
  Score Grade(const std::string& response, const Case& item) { return GradeAll({response}, item).front()->score; }

  std::shared_ptr<SlowVectors> endpoint_ = std::make_shared<SlowVectors>();
  std::shared_ptr<const WaitingGrader> grader_;
  GradingBill bill_;
};

Case CaseWith(Json references) { return {0, "c", Json::Of({{"answers", std::move(references)}})}; }

TEST_F(EmbeddingGrader, AsksForAReferenceOnce) {
  Make("{endpoint: e, reference: \"{{answers}}\"}");
  const Case item = CaseWith(Json::Array{"one", "three", "one"});
  EXPECT_EQ(Grade("two", item).value, 1);
  EXPECT_EQ(Grade("four4", item).value, 1);
  EXPECT_EQ(endpoint_->asked.count("one"), 1u);
  EXPECT_EQ(endpoint_->asked.count("three"), 1u);
  EXPECT_DOUBLE_EQ(bill_.usd, 0.25 * endpoint_->requests);
}

TEST_F(EmbeddingGrader, AsksForAReferenceOnceForTrialsAtTheSameTime) {
  Make("{endpoint: e, reference: \"{{answers}}\"}");
  endpoint_->takes = milliseconds(20);
  const Case item = CaseWith("a reference");
  const auto outcomes = GradeAll({"a", "bb", "ccc", "dddd"}, item);
  for (const auto& outcome : outcomes) {
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->score.status, ScoreStatus::kScored) << outcome->score.reason;
  }
  EXPECT_EQ(endpoint_->asked.count("a reference"), 1u);
  EXPECT_EQ(endpoint_->asked.size(), 5u);
}

TEST_F(EmbeddingGrader, WhoWaitedAsksWhereTheOtherFailed) {
  Make("{endpoint: e, reference: \"{{answers}}\"}");
  endpoint_->takes = milliseconds(10);
  endpoint_->failures = 1;
  const auto outcomes = GradeAll({"a", "bb"}, CaseWith("a reference"));
  int errors = 0;
  for (const auto& outcome : outcomes) {
    ASSERT_TRUE(outcome);
    if (outcome->score.status == ScoreStatus::kError) ++errors;
    EXPECT_EQ(outcome->endpoint_error.has_value(), outcome->score.status == ScoreStatus::kError);
  }
  EXPECT_EQ(errors, 1);
  EXPECT_EQ(endpoint_->asked.count("a reference"), 2u);
}

TEST_F(EmbeddingGrader, AVectorThatCannotBeMeasuredIsAskedForAgain) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const std::vector<float>& bad : {std::vector<float>{0, 0}, {1}, {1, 2, 3}, {kInfinity, 1}, {}}) {
    Make("{endpoint: e, reference: \"{{answers}}\"}");
    endpoint_->bad_vectors = 1;
    endpoint_->bad_vector = bad;
    const Case item = CaseWith("a reference");
    EXPECT_EQ(Grade("one", item).status, ScoreStatus::kError) << bad.size();
    EXPECT_EQ(Grade("two", item).status, ScoreStatus::kScored) << bad.size();
    EXPECT_EQ(Grade("three", item).status, ScoreStatus::kScored) << bad.size();
    EXPECT_EQ(endpoint_->asked.count("a reference"), 2u) << bad.size();
    endpoint_->asked.clear();
  }
}

TEST_F(EmbeddingGrader, AsksForManyInPieces) {
  Make("{endpoint: e, reference: \"{{answers}}\"}");
  Json::Array references;
  for (int i = 0; i < 200; ++i) references.push_back("reference " + std::to_string(i));
  EXPECT_EQ(Grade("a", CaseWith(std::move(references))).status, ScoreStatus::kScored);
  EXPECT_EQ(endpoint_->requests, 4);
  EXPECT_EQ(endpoint_->most_texts, 64u);
  EXPECT_EQ(endpoint_->asked.size(), 201u);
}

TEST_F(EmbeddingGrader, AsksForNothingWhereNothingCanBeCompared) {
  Make("{endpoint: e, reference: \"{{answers}}\"}");
  EXPECT_EQ(Grade("", CaseWith("a")).value, 0);
  EXPECT_EQ(Grade(" \n", CaseWith("a")).pass, std::nullopt);
  EXPECT_EQ(Grade("a", {0, "c", Json(Json::Object{})}).status, ScoreStatus::kUnscored);
  EXPECT_EQ(Grade(std::string((1u << 20) + 1, 'a'), CaseWith("a")).status, ScoreStatus::kError);
  EXPECT_EQ(endpoint_->requests, 0);
}

// Who is waited for may never come back.
TEST_F(EmbeddingGrader, WaitsNoLongerThanItsTime) {
  Make("{endpoint: e, reference: \"{{answers}}\", timeout: 1s}");
  endpoint_->takes_for_several = milliseconds(1200);
  const auto outcomes = GradeAll({"a", "bb"}, CaseWith("a reference"));
  int errors = 0;
  for (const auto& outcome : outcomes) {
    ASSERT_TRUE(outcome);
    if (outcome->score.status != ScoreStatus::kError) continue;
    ++errors;
    EXPECT_FALSE(outcome->endpoint_error) << "it is not the endpoint's fault";
  }
  EXPECT_EQ(errors, 1);
}

TEST(EmbeddingCalls, ThatAreCancelledAreTheTrials) {
  auto endpoint = std::make_shared<ScriptedEndpoint>();
  endpoint->replies = {"error: cancelled"};
  const GraderServices services{.endpoint = [&](const std::string&) { return endpoint; }};
  const auto made = MakeGrader(SpecOf("embedding_similarity", "{endpoint: e, reference: a}"), {}, &services);
  ASSERT_TRUE(made);
  Response response;
  response.text = "b";
  const auto outcome = GradeWaiting(*made->waiting, {0, "c", Json(Json::Object{})}, response);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kCancelled);
}

TEST(EmbeddingCaches, ForgetWhatWasNotUsedForLongest) {
  EmbeddingCache cache(3 * 800);  // room for three of a hundred numbers
  const auto keep = [&](const std::string& text) {
    EmbeddingCache::Claim claim(cache, text);
    if (claim.is_mine()) claim.Keep(std::make_shared<const std::vector<float>>(100, 1.0F));
    return claim.is_mine();
  };
  EXPECT_TRUE(keep("a") && keep("b") && keep("c"));
  EXPECT_FALSE(keep("a"));
  EXPECT_TRUE(keep("d")) << "which b makes room for";
  EXPECT_FALSE(keep("a") || keep("c") || keep("d"));
  EXPECT_TRUE(keep("b"));
  EmbeddingCache::Claim large(cache, "large");
  large.Keep(std::make_shared<const std::vector<float>>(1000, 1.0F));
  EXPECT_FALSE(keep("b")) << "what has no room makes none";
  EXPECT_EQ(EmbeddingCache::Claim(cache, "large").vector(), nullptr);
}

}  // namespace
}  // namespace assay
