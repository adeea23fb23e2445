#include "runners/run_positions.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

using Positions = std::vector<std::int64_t>;

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
