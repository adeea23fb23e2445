#include "runners/position_tracker.h"

#include <gtest/gtest.h>

#include <numeric>

#include "core/random.h"
#include "runners/run_positions.h"

namespace assay {
namespace {

using Positions = std::vector<std::int64_t>;

TEST(PositionTracker, LowestUnfinishedMovesOverWhatIsContiguous) {
  PositionTracker tracker;
  EXPECT_EQ(tracker.lowest_unfinished(), 0);
  tracker.Finish(2);
  tracker.Finish(1);
  EXPECT_EQ(tracker.lowest_unfinished(), 0);
  EXPECT_EQ(tracker.FinishedAbove(), (Positions{1, 2}));
  tracker.Finish(0);
  EXPECT_EQ(tracker.lowest_unfinished(), 3);
  EXPECT_EQ(tracker.FinishedAbove(), Positions{});
}

TEST(PositionTracker, RepeatedPositionsChangeNothing) {
  PositionTracker tracker;
  for (int i = 0; i < 3; ++i) {
    tracker.Finish(0);
    tracker.Finish(2);
  }
  EXPECT_EQ(tracker.lowest_unfinished(), 1);
  EXPECT_EQ(tracker.FinishedAbove(), Positions{2});
}

TEST(PositionTracker, ResumesFromStartAndHoles) {
  const Positions finished = {9, 5, 3, 7, 6, 7};
  PositionTracker tracker(5, finished);
  EXPECT_EQ(tracker.lowest_unfinished(), 8);
  EXPECT_EQ(tracker.FinishedAbove(), Positions{9});
  EXPECT_TRUE(tracker.IsFinished(0));
  EXPECT_FALSE(tracker.IsFinished(8));
  EXPECT_TRUE(tracker.IsFinished(9));
  EXPECT_FALSE(tracker.IsFinished(1000));
}

TEST(PositionTracker, AnyOrderEndsWithEverythingFinished) {
  constexpr std::int64_t kCount = 5000;
  Permutation order(kCount, 11);
  PositionTracker tracker;
  for (std::int64_t i = 0; i < kCount; ++i)
    tracker.Finish(static_cast<std::int64_t>(order.At(static_cast<std::uint64_t>(i))));
  EXPECT_EQ(tracker.lowest_unfinished(), kCount);
  EXPECT_EQ(tracker.FinishedAbove(), Positions{});
}

Positions Rest(std::int64_t cases, int trials, std::int64_t start, const Positions& finished) {
  RunPositions positions(cases, trials, start, finished);
  Positions rest;
  std::int64_t expected = positions.remaining();
  for (; !positions.AtEnd(); positions.Pop()) rest.push_back(positions.Peek());
  EXPECT_EQ(static_cast<std::int64_t>(rest.size()), expected);
  return rest;
}

TEST(RunPositions, LeavesOutWhatIsRecorded) {
  EXPECT_EQ(Rest(2, 3, 0, {}), (Positions{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(Rest(2, 3, 2, {3, 5}), (Positions{2, 4}));
  EXPECT_EQ(Rest(2, 3, 1, {1, 2, 3}), (Positions{4, 5}));
  EXPECT_EQ(Rest(2, 3, 3, {0, 1, 4, 9}), (Positions{3, 5}));  // those below the start and beyond the end do not count
  EXPECT_EQ(Rest(2, 3, 6, {}), Positions{});
  EXPECT_EQ(Rest(0, 3, 0, {}), Positions{});
}

}  // namespace
}  // namespace assay
