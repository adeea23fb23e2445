// Levenshtein's distance against the table of its definition.

#include "runners/graders/structure/edit_distance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace assay {
namespace {

std::size_t ByDefinition(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t k = 0; k <= b.size(); ++k) row[k] = k;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t before = row[0]++;
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t replaced = before + (a[i - 1] == b[k - 1] ? 0 : 1);
      before = row[k];
      row[k] = std::min({replaced, row[k] + 1, row[k - 1] + 1});
    }
  }
  return row[b.size()];
}

TEST(EditDistance, IsThatOfItsDefinition) {
  std::mt19937 random(20261126);
  const auto text = [&](std::size_t longest) {
    std::string out;
    for (std::size_t n = random() % (longest + 1); n > 0; --n) out += static_cast<char>('a' + random() % 4);
    return out;
  };
  for (int i = 0; i < 3000; ++i) {
    const std::size_t longest = i % 10 == 0 ? 300 : 20;
    const std::string a = text(longest);
    const std::string b = text(longest);
    std::int64_t steps = 1'000'000;
    ASSERT_EQ(EditDistance(a, b, steps), std::optional(ByDefinition(a, b))) << a << " " << b;
  }
}

TEST(EditDistance, CountsCharacters) {
  std::int64_t steps = 1000;
  EXPECT_EQ(EditDistance("straße", "strasse", steps), 2u);
  EXPECT_EQ(EditDistance("\xFF", "\xFE", steps), 1u);
  EXPECT_EQ(EditSimilarity("été", "ete", steps), 1.0 - 2.0 / 3.0);
  EXPECT_EQ(EditSimilarity("", "", steps), 1.0);
}

TEST(EditDistance, StopsWhereItWouldTakeTooLong) {
  std::int64_t steps = 50'000'000;
  EXPECT_EQ(EditDistance(std::string(1'000'000, 'a'), std::string(1'000'000, 'b'), steps), std::nullopt);
  EXPECT_LT(steps, 0);
  steps = 50'000'000;
  EXPECT_EQ(EditDistance(std::string(1'000'000, 'a'), std::string(1'000'001, 'a'), steps), 1u);
}

}  // namespace
}  // namespace assay
