#pragma once
// The review service on a real store, over a run that was made by a real endpoint stub, with people and a clock that
// tests set.

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/reviews/reviews.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay::testing {

// Stands until a test moves it.
class StandingClock final : public Clock {
 public:
  Time Now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  void Add(Duration by) {
    const std::lock_guard lock(mutex_);
    now_ += by;
  }

 private:
  mutable std::mutex mutex_;
  Time now_ = *ParseTime("2026-11-27T10:00:00Z");
};

// The catalog has suite "s" over the cases a and b, which the model m answers, rubric "r" (criterion quality 1 to 5,
// pass 4; severities 1 to 3) and queue "q". People: ann, bob and eve label; lea and max lead, adjudicate and audit.
class ReviewDeskTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Instead of the queue `q: every trial, two people, three when they differ, undo 10m`.
  void WriteQueue(const std::string& more);
  void WriteRubric(const std::string& version, const std::string& changes = "");
  // Starts what a daemon has; again is its next start.
  void Start();
  // The same, without what looks at things by itself: nothing happens but what the test asks for.
  void Open();
  void Stop();
  // Runs suite s against m@1, and waits until the items of it are there.
  RunRecord RunSuite();
  // Until `count` items are open.
  void AwaitItems(std::int64_t count, const std::string& queue = "q");

  Caller As(const std::string& person) { return {.principal = person}; }
  template <class T>
  Result<T> Ask(boost::asio::awaitable<Result<T>> call) {
    return work_->Wait(std::move(call));
  }
  // Each fails the test unless it is done.
  ItemView Claims(const std::string& person, const std::string& item = "");
  ItemView Judges(const std::string& person, const std::string& item, int quality);
  // Judges it, is shown the decision, and says whether it is right.
  ItemView Audits(const std::string& person, const std::string& item, const JudgementContent& own, AuditCommand audit);
  ItemView Acts(const std::string& person, const std::string& item, const ItemCommand& command,
                const std::string& key = "");
  // What an act is refused with: "code: message".
  std::string Refusal(const std::string& person, const std::string& item, const ItemCommand& command,
                      const std::string& key = "");
  void SetPeople(std::vector<Reviewer> people) {
    const std::lock_guard lock(people_mutex_);
    people_ = std::make_shared<std::vector<Reviewer>>(std::move(people));
  }
  ItemView View(const std::string& person, const std::string& item);
  std::string StateOf(const std::string& item) { return std::string(WordOf(View("lea", item).item.state)); }
  static JudgementContent Quality(int score);

  TemporaryFolder files_;
  std::string location_;
  StandingClock clock_;
  HttpStub stub_{[](const StubRequest&, int) { return ChatAnswer("yes"); }};
  std::mutex people_mutex_;
  std::shared_ptr<const std::vector<Reviewer>> people_;  // read by the desk: SetPeople while it is there
  std::unique_ptr<DaemonWork> work_;
  std::unique_ptr<boost::asio::thread_pool> desk_;
  std::unique_ptr<Reviews> reviews_;
  int keys_ = 0;
  std::chrono::milliseconds predict_time_{20'000};
};

}  // namespace assay::testing
