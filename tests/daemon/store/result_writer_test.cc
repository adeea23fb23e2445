#include "daemon/store/result_writer.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>

#include "core/random.h"
#include "daemon/store/position_tracker.h"
#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

constexpr RunKey kRun{1};
constexpr RunKey kOther{2};
constexpr auto kNever = std::chrono::hours(1);

// A store that keeps what it is told, can be held, and can fail.
class FakeStore {
 public:
  struct Batch {
    RunKey run{};
    std::vector<std::int64_t> positions;
    std::int64_t position = 0;
  };

  ResultWriter::Append Append() {
    return [this](RunKey run, std::span<const TrialResult> results, std::int64_t position) -> Status {
      std::unique_lock lock(mutex_);
      Batch batch{run, {}, position};
      for (const TrialResult& result : results) batch.positions.push_back(result.position);
      batches_.push_back(std::move(batch));
      changed_.notify_all();
      changed_.wait(lock, [&] { return !held_; });
      if (run == failing_) return Fail(ErrorCode::kDataLoss, "the disk is broken");
      if (failures_.empty()) return {};
      const ErrorCode code = failures_.front();
      failures_.pop_front();
      return Fail(code, "the disk is full");
    };
  }
  void Hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  void FailRun(RunKey run) {
    const std::lock_guard lock(mutex_);
    failing_ = run;
  }
  // So fail the next attempts.
  void FailNext(std::deque<ErrorCode> failures) {
    const std::lock_guard lock(mutex_);
    failures_ = std::move(failures);
  }
  void WaitForBatches(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return batches_.size() >= count; });
  }
  std::vector<Batch> batches() {
    const std::lock_guard lock(mutex_);
    return batches_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  RunKey failing_{};
  std::deque<ErrorCode> failures_;
  std::vector<Batch> batches_;
};

// Counts answers and lets a test wait for them.
class Answers {
 public:
  ResultWriter::Callback Expect() {
    return [this](const Status& outcome) {
      const std::lock_guard lock(mutex_);
      messages_.push_back(outcome ? "ok" : outcome.error().message);
      changed_.notify_all();
    };
  }
  std::vector<std::string> WaitFor(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return messages_.size() >= count; });
    return messages_;
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return messages_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> messages_;
};

void Ignore(const Status&) {}

TEST(ResultWriter, WritesWhenItHasEnoughRows) {
  FakeStore store;
  Answers written;
  ResultWriter writer(store.Append(), {.max_rows = 3, .max_age = kNever});
  writer.OpenRun(kRun, 0, {});
  for (int i = 0; i < 4; ++i) writer.Submit(kRun, MakeResult(i, i), Ignore, written.Expect());
  written.WaitFor(3);
  ASSERT_EQ(store.batches().size(), 1u);
  EXPECT_EQ(store.batches()[0].positions, (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(store.batches()[0].position, 3);
  EXPECT_EQ(writer.pending(), 1u);
}

TEST(ResultWriter, WritesWhenItsOldestResultIsOldEnough) {
  FakeStore store;
  Answers written;
  ResultWriter writer(store.Append(), {.max_rows = 1000, .max_age = std::chrono::milliseconds(1)});
  writer.OpenRun(kRun, 0, {});
  writer.Submit(kRun, MakeResult(0, 0), Ignore, written.Expect());
  EXPECT_EQ(written.WaitFor(1)[0], "ok");
}

TEST(ResultWriter, FlushWritesAtOnceAndByRun) {
  FakeStore store;
  Answers written;
  ResultWriter writer(store.Append(), {.max_age = kNever});
  writer.OpenRun(kRun, 0, {});
  writer.OpenRun(kOther, 5, std::vector<std::int64_t>{6});
  writer.Submit(kRun, MakeResult(1, 1), Ignore, written.Expect());
  writer.Submit(kOther, MakeResult(5, 5), Ignore, written.Expect());
  writer.Submit(kRun, MakeResult(0, 0), Ignore, written.Expect());
  writer.Flush();
  written.WaitFor(3);
  const auto batches = store.batches();
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(batches[0].positions, (std::vector<std::int64_t>{1, 0}));
  EXPECT_EQ(batches[0].position, 2);
  EXPECT_EQ(batches[1].run, kOther);
  EXPECT_EQ(batches[1].position, 7) << "5 closed the gap below 6";
}

TEST(ResultWriter, FullQueueMakesItsCallersWait) {
  FakeStore store;
  store.Hold(true);
  Answers accepted, written;
  ResultWriter writer(store.Append(), {.max_rows = 2, .max_age = kNever, .queue = 2});
  writer.OpenRun(kRun, 0, {});
  const auto submit = [&](int i) { writer.Submit(kRun, MakeResult(i, i), accepted.Expect(), written.Expect()); };
  submit(0);
  submit(1);
  store.WaitForBatches(1);  // 0 and 1 are being written, the queue is empty again
  submit(2);
  submit(3);
  EXPECT_EQ(accepted.size(), 4u);
  submit(4);
  submit(5);
  EXPECT_EQ(accepted.size(), 4u) << "the queue is full";
  EXPECT_EQ(written.size(), 0u);
  store.Hold(false);
  accepted.WaitFor(6);
  written.WaitFor(6);
  EXPECT_EQ(store.batches().back().position, 6);
  EXPECT_EQ(writer.pending(), 0u);
}

TEST(ResultWriter, AQueueOfLargeResultsIsFullSooner) {
  FakeStore store;
  store.Hold(true);
  Answers accepted, written;
  ResultWriter writer(store.Append(), {.max_rows = 1, .max_age = kNever, .queue = 100, .queue_bytes = 2500});
  writer.OpenRun(kRun, 0, {});
  const auto submit = [&](int i) {
    TrialResult result = MakeResult(i, i);
    result.response.emplace().text = std::string(1000, 'x');
    writer.Submit(kRun, std::move(result), accepted.Expect(), written.Expect());
  };
  submit(0);
  store.WaitForBatches(1);
  for (int i = 1; i < 6; ++i) submit(i);
  EXPECT_EQ(accepted.size(), 4u) << "the third goes beyond";
  store.Hold(false);
  accepted.WaitFor(6);
  writer.Flush();
  written.WaitFor(6);
  EXPECT_EQ(store.batches().back().position, 6);
}

TEST(ResultWriter, FailureReachesEveryResultOfTheRunAndNoOther) {
  FakeStore store;
  store.FailRun(kRun);
  Answers accepted, written, other;
  ResultWriter writer(store.Append(), {.max_rows = 3, .max_age = kNever});
  writer.OpenRun(kRun, 0, {});
  writer.OpenRun(kOther, 0, {});
  writer.Submit(kRun, MakeResult(0, 0), Ignore, written.Expect());
  writer.Submit(kRun, MakeResult(1, 1), Ignore, written.Expect());
  writer.Submit(kOther, MakeResult(0, 0), Ignore, other.Expect());
  EXPECT_EQ(written.WaitFor(2), (std::vector<std::string>(2, "the disk is broken")));
  EXPECT_EQ(other.WaitFor(1)[0], "ok");
  Answers later;
  writer.Submit(kRun, MakeResult(2, 2), accepted.Expect(), later.Expect());
  EXPECT_EQ(accepted.WaitFor(1)[0], "the disk is broken");
  EXPECT_EQ(later.WaitFor(1)[0], "the disk is broken");
  EXPECT_EQ(store.batches().size(), 2u) << "a failed run is not tried again";
  store.FailRun(RunKey{});
  writer.OpenRun(kRun, 0, {});
  writer.Submit(kRun, MakeResult(0, 0), Ignore, later.Expect());
  writer.Flush();
  EXPECT_EQ(later.WaitFor(2)[1], "ok");
}

constexpr auto kFull = ErrorCode::kUnavailable;
constexpr auto kSoon = std::chrono::milliseconds(1);

TEST(ResultWriter, WhatTheStoreDoesNotTakeIsKeptUntilItDoes) {
  FakeStore store;
  store.FailNext({kFull, kFull, kFull});
  Answers accepted, written, delays;
  ResultWriter writer(store.Append(), {.max_rows = 2, .max_age = kNever, .queue = 2, .retry_interval = kSoon});
  const auto on_delay = [told = std::make_shared<ResultWriter::Callback>(delays.Expect())](const Error& error) {
    (*told)(Fail(error));
  };
  writer.OpenRun(kRun, 0, {}, on_delay);
  for (int i = 0; i < 6; ++i) writer.Submit(kRun, MakeResult(i, i), accepted.Expect(), written.Expect());
  EXPECT_EQ(written.WaitFor(6), std::vector<std::string>(6, "ok"));
  EXPECT_EQ(accepted.WaitFor(6), std::vector<std::string>(6, "ok"));
  EXPECT_EQ(delays.WaitFor(3), std::vector<std::string>(3, "the disk is full"));
  const auto batches = store.batches();
  ASSERT_EQ(batches.size(), 6u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(batches[i].positions, (std::vector<std::int64_t>{0, 1}));
    EXPECT_EQ(batches[i].position, 2);
  }
  EXPECT_EQ(batches[5].position, 6);
}

TEST(ResultWriter, CallersWaitWhileTheStoreTakesNothing) {
  FakeStore store;
  store.FailNext(std::deque<ErrorCode>(1000, kFull));
  Answers accepted, written;
  ResultWriter writer(store.Append(), {.max_rows = 2, .max_age = kNever, .queue = 2, .retry_interval = kSoon});
  writer.OpenRun(kRun, 0, {});
  const auto submit = [&](int i) { writer.Submit(kRun, MakeResult(i, i), accepted.Expect(), written.Expect()); };
  submit(0);
  submit(1);
  store.WaitForBatches(3);
  for (int i = 2; i < 8; ++i) submit(i);
  store.WaitForBatches(store.batches().size() + 3);
  EXPECT_EQ(accepted.size(), 4u) << "two are being written, two fill the queue";
  EXPECT_EQ(written.size(), 0u);
  store.FailNext({});
  written.WaitFor(8);
}

// A commit whose answer was lost.
TEST(ResultWriter, WhatIsThereAlreadyWhenItIsTriedAgainIsStored) {
  FakeStore store;
  store.FailNext({kFull, ErrorCode::kAlreadyExists});
  Answers written;
  ResultWriter writer(store.Append(), {.max_rows = 1, .max_age = kNever, .retry_interval = kSoon});
  writer.OpenRun(kRun, 0, {});
  writer.Submit(kRun, MakeResult(0, 0), Ignore, written.Expect());
  EXPECT_EQ(written.WaitFor(1)[0], "ok");
  store.FailNext({ErrorCode::kAlreadyExists});
  writer.Submit(kRun, MakeResult(0, 0), Ignore, written.Expect());
  EXPECT_EQ(written.WaitFor(2)[1], "the disk is full") << "it was not tried before";
  writer.OpenRun(kRun, 0, {});
  store.FailNext({kFull, ErrorCode::kFailedPrecondition});
  writer.Submit(kRun, MakeResult(0, 0), Ignore, written.Expect());
  EXPECT_EQ(written.WaitFor(3)[2], "it is not known whether results are stored: the disk is full");
}

// PostgreSQL restarted: results that it had taken just before may be gone, of every run.
TEST(ResultWriter, AfterTheServerWasAwayNoPositionRunsAheadOfWhatItMayHaveLost) {
  FakeStore store;
  Answers written;
  ResultWriter writer(store.Append(),
                      {.max_rows = 1, .max_age = kNever, .retry_interval = kSoon, .server_may_lose_results = true});
  writer.OpenRun(kRun, 0, {});
  writer.OpenRun(kOther, 0, {});
  writer.Submit(kRun, MakeResult(0, 0), Ignore, written.Expect());
  written.WaitFor(1);
  store.FailNext({kFull});
  writer.Submit(kRun, MakeResult(1, 1), Ignore, written.Expect());
  written.WaitFor(2);
  writer.Submit(kOther, MakeResult(0, 0), Ignore, written.Expect());
  EXPECT_EQ(written.WaitFor(3), std::vector<std::string>(3, "ok"));
  std::vector<std::int64_t> positions;
  for (const FakeStore::Batch& batch : store.batches()) positions.push_back(batch.position);
  EXPECT_EQ(positions, (std::vector<std::int64_t>{1, 2, 0, 0}));
  for (const RunKey run : {kRun, kOther}) {
    EXPECT_EQ(MessageOf(writer.CloseRun(run)),
              "unavailable: the store was out of reach, and may have lost what it had taken just before");
    EXPECT_TRUE(writer.CloseRun(run));
  }
}

TEST(ResultWriter, ItsEndWaitsForNoStoreThatTakesNothing) {
  FakeStore store;
  store.FailNext(std::deque<ErrorCode>(1000, kFull));
  Answers written;
  ResultWriter writer(store.Append(), {.max_rows = 1, .max_age = kNever, .retry_interval = kNever});
  writer.OpenRun(kRun, 0, {});
  writer.OpenRun(kOther, 0, {});
  for (int i = 0; i < 5; ++i) writer.Submit(i % 2 == 0 ? kRun : kOther, MakeResult(i, i), Ignore, written.Expect());
  store.WaitForBatches(1);
  writer.RetryUntil(std::chrono::steady_clock::now());
  EXPECT_EQ(written.WaitFor(5), std::vector<std::string>(5, "the disk is full"));
  EXPECT_LE(store.batches().size(), 2u);
  writer.Stop();
}

TEST(ResultWriter, StopWritesWhatItHasAndRefusesMore) {
  FakeStore store;
  Answers written;
  ResultWriter writer(store.Append(), {.max_rows = 4, .max_age = kNever, .queue = 4});
  writer.OpenRun(kRun, 0, {});
  for (int i = 0; i < 11; ++i) writer.Submit(kRun, MakeResult(i, i), Ignore, written.Expect());
  writer.Stop();
  EXPECT_EQ(written.size(), 11u);
  writer.Submit(kRun, MakeResult(11, 11), Ignore, written.Expect());
  EXPECT_EQ(written.WaitFor(12)[11], "the result writer has stopped");
}

TEST(ResultWriter, UnknownRunIsRefused) {
  FakeStore store;
  Answers written;
  ResultWriter writer(store.Append(), {});
  writer.Submit(kRun, MakeResult(0, 0), Ignore, written.Expect());
  EXPECT_EQ(written.WaitFor(1)[0], "the run is not open for results");
  writer.OpenRun(kRun, 0, {});
  writer.CloseRun(kRun);
  writer.Submit(kRun, MakeResult(0, 0), Ignore, written.Expect());
  EXPECT_EQ(written.WaitFor(2)[1], "the run is not open for results");
}

TEST_P(StoreTest, WriterAndStoreTogether) {
  constexpr std::int64_t kCases = 700;
  const RunKey key = StartRun("run-1", kCases).key;
  std::size_t observed = 0;
  {
    ResultWriter writer([&](RunKey run, std::span<const TrialResult> results,
                            std::int64_t position) { return store().AppendTrials(run, results, position); },
                        {.max_age = kNever},
                        [&](std::size_t rows, std::chrono::microseconds, const Status& outcome) {
                          EXPECT_TRUE(outcome);
                          observed += rows;
                        });
    writer.OpenRun(key, 0, {});
    for (std::int64_t i = kCases; i-- > 0;) writer.Submit(key, MakeResult(i, i), Ignore, Ignore);
  }
  EXPECT_EQ(observed, static_cast<std::size_t>(kCases));
  EXPECT_EQ(store().GetRun(key)->position, kCases);
  EXPECT_EQ(store().GetRun(key)->counts.Accounted(), kCases);
}

TEST(PositionTracker, FollowsTheLowestGap) {
  const std::vector<std::int64_t> ahead = {4, 6};
  PositionTracker tracker(3, ahead);
  EXPECT_EQ(tracker.position(), 3);
  tracker.Finish(3);
  EXPECT_EQ(tracker.position(), 5);
  tracker.Finish(2);
  EXPECT_EQ(tracker.position(), 5);
  tracker.Finish(5);
  EXPECT_EQ(tracker.position(), 7);
}

TEST(PositionTracker, KeepsStretchesAndNotPositions) {
  std::vector<std::int64_t> ahead;
  for (std::int64_t i = 1; i < 100'000; ++i) ahead.push_back(i);
  PositionTracker tracker(0, ahead);
  EXPECT_EQ(tracker.position(), 0);
  EXPECT_EQ(tracker.stretches(), 1u);
  tracker.Finish(100'001);
  tracker.Finish(50);
  EXPECT_EQ(tracker.stretches(), 2u);
  tracker.Finish(100'000);
  EXPECT_EQ(tracker.stretches(), 1u);
  tracker.Finish(0);
  EXPECT_EQ(tracker.position(), 100'002);
  EXPECT_EQ(tracker.stretches(), 0u);
}

TEST(PositionTracker, InWhateverOrderTheyFinish) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Permutation order(200, seed);
    PositionTracker tracker(0, {});
    std::set<std::int64_t> finished;
    for (std::uint64_t i = 0; i < 200; ++i) {
      const auto position = static_cast<std::int64_t>(order.At(i));
      tracker.Finish(position);
      finished.insert(position);
      std::int64_t lowest = 0;
      while (finished.contains(lowest)) ++lowest;
      ASSERT_EQ(tracker.position(), lowest);
    }
    EXPECT_EQ(tracker.stretches(), 0u);
  }
}

}  // namespace
}  // namespace assay::testing
