#pragma once
// Asks graders that are plug-ins as a run does: on a loop, with services, counted failures, and a way to be cut off.

#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <map>
#include <mutex>
#include <string>

#include "runners/event_loops.h"
#include "runners/graders/waiting_grader.h"
#include "runners/http/http_client.h"
#include "tests/runners/graders/make_grader.h"
#include "tests/testing/await.h"

namespace assay {

class PluginAsking : public ::testing::Test {
 protected:
  using Waiting = std::shared_ptr<const WaitingGrader>;
  using Answer = std::future<Result<GradingOutcome>>;

  // Notes what a call is told of its requests.
  struct Guard final : SendGuard {
    Status Begin() override {
      ++begun;
      if (is_stopping) return Fail(ErrorCode::kCancelled, "the run is being stopped");
      return {};
    }
    void End(bool, bool) override { ++ended; }
    bool is_stopping = false;
    std::atomic<int> begun = 0;
    std::atomic<int> ended = 0;
  };

  GraderServices Services() {
    GraderServices services;
    services.http = &http_;
    services.on_plugin_failure = [this](std::string_view kind, const std::string& grader, PluginFailure failure) {
      const std::lock_guard lock(mutex_);
      ++failures_[std::string(kind) + " " + grader + " " + std::string(Name(failure))];
    };
    return services;
  }
  Result<SuiteGrader> Made(const std::string& kind, const std::string& options, const std::string& frame = "{}") {
    const GraderServices services = Services();
    return MakeGrader(SpecOf(kind, options, false, frame), {}, &services);
  }
  Waiting MakePlugin(const std::string& kind, const std::string& options, const std::string& frame = "{}") {
    auto made = Made(kind, options, frame);
    EXPECT_TRUE(made) << made.error().message;
    return made ? made->waiting : nullptr;
  }

  // `signal`, which outlives the answer, cuts it off by Cancel().
  Answer Start(const Waiting& grader, boost::asio::cancellation_signal& signal) {
    return boost::asio::co_spawn(loops_.executor(0), Asking(grader, "an answer", Json(Json::Object{})),
                                 boost::asio::bind_cancellation_slot(signal.slot(), boost::asio::use_future));
  }
  Answer Start(const Waiting& grader) {
    return boost::asio::co_spawn(loops_.executor(0), Asking(grader, "an answer", Json(Json::Object{})),
                                 boost::asio::use_future);
  }
  void Cancel(boost::asio::cancellation_signal& signal) {
    boost::asio::post(loops_.executor(0), [&signal] { signal.emit(boost::asio::cancellation_type::terminal); });
  }
  Score ScoreFrom(const Waiting& grader, std::string text = "an answer", Json fields = Json(Json::Object{})) {
    auto asking = Asking(grader, std::move(text), std::move(fields));
    auto outcome = testing::Await(loops_.executor(0), std::move(asking));
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome ? outcome->score : Score();
  }
  std::map<std::string, int> failures() {
    const std::lock_guard lock(mutex_);
    return failures_;
  }

  EventLoops loops_{1};
  HttpClient http_{loops_};
  boost::asio::cancellation_signal signal_;
  boost::asio::cancellation_signal other_signal_;
  Guard guard_;
  Duration patience_ = std::chrono::minutes(1);  // of a trial

 private:
  boost::asio::awaitable<Result<GradingOutcome>> Asking(Waiting grader, std::string text, Json fields) {
    return Ask(std::move(grader), std::move(text), std::move(fields), &guard_, DeadlineIn(patience_));
  }
  static boost::asio::awaitable<Result<GradingOutcome>> Ask(Waiting grader, std::string text, Json fields,
                                                            SendGuard* guard, Deadline deadline) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    const Case item{7, "case-7", std::move(fields)};
    Response response;
    response.text = std::move(text);
    const GradingTerms terms{.deadline = deadline, .sender = Sender(nullptr, guard)};
    auto grading = grader->Grade(item, response, terms);
    co_return co_await std::move(grading);
  }

  std::mutex mutex_;
  std::map<std::string, int> failures_;
};

// An example of the docs.
inline std::string ExampleOfDocs(const std::string& name) {
  return std::string(ASSAY_SOURCE_DIR) + "/docs/plugins/" + name;
}

}  // namespace assay
