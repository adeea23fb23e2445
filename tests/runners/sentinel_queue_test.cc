#include "runners/sentinel_queue.h"

#include <gtest/gtest.h>

#include "runners/finished_positions.h"

namespace assay {
namespace {

namespace asio = boost::asio;

class NoSink final : public SentinelSink {
 public:
  asio::awaitable<Status> Write(SentinelResult) override { co_return Status(); }
};

SentinelWork Work(std::int64_t ordinal, std::int64_t due, bool awaits_all_before = false) {
  SentinelWork work;
  work.item.ordinal = ordinal;
  work.due = due;
  work.awaits_all_before = awaits_all_before;
  return work;
}

std::int64_t Taken(SentinelQueue& queue, std::int64_t ended, std::int64_t all_below) {
  const auto work = queue.TakeDue(ended, all_below);
  return work ? work->item.ordinal : -1;
}

TEST(Sentinels, AreTakenWhenSoManyPositionsHaveEnded) {
  SentinelQueue queue({Work(0, 2), Work(1, 4)}, {}, std::make_unique<NoSink>());
  EXPECT_EQ(Taken(queue, 1, 1), -1);
  EXPECT_EQ(Taken(queue, 3, 0), 0) << "whichever they are";
  EXPECT_EQ(Taken(queue, 3, 3), -1);
  EXPECT_EQ(Taken(queue, 4, 0), 1);
  EXPECT_TRUE(queue.IsEmpty());
}

TEST(Sentinels, ThatCloseALookAwaitEveryPositionBefore) {
  SentinelQueue queue({Work(0, 4, true), Work(1, 5)}, {}, std::make_unique<NoSink>());
  EXPECT_EQ(Taken(queue, 6, 3), 1) << "those behind are not held up";
  EXPECT_EQ(Taken(queue, 9, 3), -1) << "a slow trial of the look is still on its way";
  EXPECT_EQ(Taken(queue, 9, 4), 0);
}

TEST(Sentinels, AreAskedTwiceWhereTheJudgeDoesNotAnswer) {
  SentinelQueue queue({Work(0, 0), Work(1, 0)}, {}, std::make_unique<NoSink>());
  auto unanswered = *queue.TakeDue(0, 0);
  EXPECT_TRUE(queue.PutBack(unanswered));
  EXPECT_EQ(Taken(queue, 0, 0), 1);
  unanswered = *queue.TakeDue(0, 0);
  EXPECT_EQ(unanswered.item.ordinal, 0);
  EXPECT_FALSE(queue.PutBack(unanswered));
  EXPECT_TRUE(queue.IsEmpty());
}

TEST(FinishedPositionsOfARun, AreCountedAndKnowWhatIsMissing) {
  const std::vector<std::int64_t> before{1, 3, 4, 7};
  FinishedPositions finished(3, before);
  EXPECT_EQ(finished.Now().ended, 6);
  EXPECT_EQ(finished.Now().all_below, 5);
  finished.Add(6);
  EXPECT_EQ(finished.Now().ended, 7);
  EXPECT_EQ(finished.Now().all_below, 5);
  finished.Add(5);
  EXPECT_EQ(finished.Now().ended, 8);
  EXPECT_EQ(finished.Now().all_below, 8);
}

}  // namespace
}  // namespace assay
