#pragma once
// Runs over sources, endpoints and sinks that a test can watch.

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"
#include "runners/endpoints/endpoint.h"
#include "runners/run_pipeline.h"
#include "tests/runners/graders_of.h"
#include "tests/testing/await.h"

namespace assay::testing {

using Key = std::pair<std::int64_t, int>;

inline boost::asio::awaitable<void> Pause(Duration duration) {
  boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor, duration);
  co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

class Cases : public CaseSource {
 public:
  boost::asio::awaitable<Result<std::vector<Case>>> Read(std::vector<std::int64_t> ordinals) override {
    ++reads;
    largest = std::max(largest, ordinals.size());
    std::vector<Case> cases;
    for (std::int64_t ordinal : ordinals) {
      read.push_back(ordinal);
      if (ordinal == thrown_at) throw std::bad_alloc();
      if (ordinal == broken) co_return Fail(ErrorCode::kUnavailable, "the store is gone");
      cases.push_back({ordinal, "case-" + std::to_string(ordinal), Json::Of({{"q", std::to_string(ordinal)}})});
      cases.back().bytes = bytes_of_case;
      if (ordinal == without_field) cases.back().fields = Json::Of({{"other", 1}});
    }
    co_return cases;
  }
  int reads = 0;
  std::size_t largest = 0;
  std::vector<std::int64_t> read;
  std::size_t bytes_of_case = 0;
  std::int64_t broken = -1;
  std::int64_t thrown_at = -1;
  std::int64_t without_field = -1;
};

class Results : public ResultSink {
 public:
  boost::asio::awaitable<Status> Write(TrialResult result) override {
    if (pause > Duration::zero()) co_await Pause(pause);
    std::lock_guard lock(mutex);
    if (static_cast<int>(results.size()) == fail_after) co_return Fail(ErrorCode::kDataLoss, "disk full");
    results.push_back(std::move(result));
    count = static_cast<int>(results.size());
    if (on_write) on_write(count);
    co_return Status();
  }
  std::multiset<Key> Keys() const {
    std::multiset<Key> keys;
    for (const TrialResult& result : results) keys.insert({result.ordinal, result.trial});
    return keys;
  }
  std::mutex mutex;
  std::vector<TrialResult> results;
  std::atomic<int> count = 0;
  int fail_after = -1;
  Duration pause{0};
  std::function<void(int)> on_write;
};

inline Response Said(const std::string& text) {
  Response response;
  response.text = text;
  return response;
}

// Answers as told; counts.
class Scripted : public Endpoint {
 public:
  boost::asio::awaitable<Result<Response>> Complete(const ModelRequest& request, Deadline, Sender sender) override {
    if (sender.guard != nullptr) {
      if (Status may_leave = sender.guard->Begin(); !may_leave) co_return Fail(may_leave.error());
    }
    int now = in_flight.fetch_add(1) + 1;
    int seen = most;
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    int number = asked.fetch_add(1);
    std::string text = request.messages.back().content;
    if (pass_on) pass_on(request);
    if (pause > Duration::zero()) co_await Pause(pause);
    if (!slow.empty() && text.find(slow) != std::string::npos) co_await Pause(slow_for);
    --in_flight;
    if (sender.guard != nullptr) sender.guard->End(true, false);
    auto cancellation = co_await boost::asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != boost::asio::cancellation_type::none) {
      co_return Fail(ErrorCode::kCancelled, "cancelled");
    }
    if (answer) co_return answer(text, number);
    co_return Said(text);
  }
  EndpointState State() const override {
    EndpointState state;
    state.is_given_up = is_given_up;
    return state;
  }
  std::function<Result<Response>(const std::string& text, int number)> answer;
  std::function<void(const ModelRequest& request)> pass_on;
  std::atomic<bool> is_given_up = false;
  Duration pause{0};
  std::string slow;  // requests with this text take so much longer
  Duration slow_for{0};
  std::atomic<int> asked = 0;
  std::atomic<int> in_flight = 0;
  std::atomic<int> most = 0;
};

class Fixed : public Grader {
 public:
  explicit Fixed(Score score) : score_(std::move(score)) {}
  Score Grade(const Case&, const Response&) const override { return score_; }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  Score score_;
};

inline boost::asio::awaitable<RunEnd> Execute(const RunPlan& plan, EventLoops& loops, CaseSource& source,
                                              ResultSink& sink, RunControl& control) {
  co_return co_await ExecuteRun(plan, loops, source, sink, control);
}

inline Result<Dialogue> Prompt(const Json& fields) {
  const Json* q = fields.Find("q");
  if (q == nullptr) return Fail(ErrorCode::kFailedPrecondition, "the case has no field \"q\"");
  return Dialogue{.turns = {{{Role::kUser, q->as_string()}}}};
}

class RunFixture : public ::testing::Test {
 protected:
  RunFixture() {
    plan.cases = 50;
    plan.trials = 3;
    plan.seed = 5;
    plan.max_concurrency = 8;
    plan.prompt = Prompt;
    plan.endpoint = endpoint;
    plan.graders = GradersOf({std::make_shared<Fixed>(Score::Pass())});
  }
  RunEnd Run() { return Await(loops.executor(0), Execute(plan, loops, source, sink, control)); }
  std::int64_t OrdinalAt(std::int64_t position) const {
    Permutation order(static_cast<std::uint64_t>(plan.cases), plan.seed);
    return static_cast<std::int64_t>(order.At(static_cast<std::uint64_t>(position / plan.trials)));
  }
  static Result<Response> Dead(const std::string&, int) {
    return Fail(ErrorCode::kUnavailable, "endpoint \"bot@1\": connection refused");
  }

  EventLoops loops{2};
  std::shared_ptr<Scripted> endpoint = std::make_shared<Scripted>();
  Cases source;
  Results sink;
  RunControl control;
  RunPlan plan;
};

}  // namespace assay::testing
