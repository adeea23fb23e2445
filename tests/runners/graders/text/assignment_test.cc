#include "runners/graders/text/assignment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace assay {
namespace {

double SumOf(const std::vector<double>& values, const std::vector<std::size_t>& pairs, std::size_t columns) {
  double sum = 0;
  for (std::size_t row = 0; row < pairs.size(); ++row) {
    if (pairs[row] != kNoPartner) sum += values[row * columns + pairs[row]];
  }
  return sum;
}

// The best over every way to pair the rows with the columns.
double BestByTrying(const std::vector<double>& values, std::size_t rows, std::size_t columns) {
  std::vector<std::size_t> order(std::max(rows, columns));
  std::iota(order.begin(), order.end(), std::size_t{0});
  double best = 0;
  do {
    double sum = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      if (order[row] < columns) sum += values[row * columns + order[row]];
    }
    best = std::max(best, sum);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

TEST(Assignment, IsTheBestOfAll) {
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    const std::size_t rows = 1 + random() % 6;
    const std::size_t columns = 1 + random() % 6;
    std::vector<double> values(rows * columns);
    for (double& value : values) value = static_cast<double>(random() % 11) / 10;
    const std::vector<std::size_t> pairs = BestPairs(values, rows, columns);
    ASSERT_EQ(pairs.size(), rows);
    std::vector<std::size_t> used;
    for (const std::size_t column : pairs) {
      if (column != kNoPartner) used.push_back(column);
    }
    EXPECT_EQ(used.size(), std::min(rows, columns));
    std::sort(used.begin(), used.end());
    EXPECT_EQ(std::adjacent_find(used.begin(), used.end()), used.end());
    EXPECT_NEAR(SumOf(values, pairs, columns), BestByTrying(values, rows, columns), 1e-9);
  }
}

}  // namespace
}  // namespace assay
