// The bit-parallel distances against tables filled cell by cell, and their bounds.

#include "runners/graders/similarity/edit_distance.h"
#include "tests/testing/thread_time.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

namespace assay {
namespace {

using Elements = std::vector<std::uint32_t>;

Elements RandomElements(std::mt19937& random, std::size_t longest, std::uint32_t alphabet) {
  Elements elements(random() % (longest + 1));
  for (std::uint32_t& element : elements) element = random() % alphabet;
  return elements;
}

// A copy with some elements changed, left out and added.
Elements Mutated(std::mt19937& random, Elements elements, std::uint32_t alphabet) {
  for (std::size_t edits = random() % 8; edits > 0; --edits) {
    const std::size_t place = elements.empty() ? 0 : random() % elements.size();
    const auto at = elements.begin() + static_cast<std::ptrdiff_t>(place);
    if (elements.empty() || random() % 3 == 0) {
      elements.insert(at, random() % alphabet);
    } else if (random() % 2 == 0) {
      elements.erase(at);
    } else {
      *at = random() % alphabet;
    }
  }
  return elements;
}

std::vector<std::vector<std::uint64_t>> PlainTable(Sequence a, Sequence b, bool common) {
  std::vector<std::vector<std::uint64_t>> table(a.size() + 1, std::vector<std::uint64_t>(b.size() + 1, 0));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (common) {
        if (i == 0 || j == 0) continue;
        table[i][j] = a[i - 1] == b[j - 1] ? table[i - 1][j - 1] + 1 : std::max(table[i - 1][j], table[i][j - 1]);
      } else if (i == 0 || j == 0) {
        table[i][j] = i + j;
      } else {
        table[i][j] =
            std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      }
    }
  }
  return table;
}

// The ones of rouge-score, by the whole table.
std::vector<std::uint32_t> PlainCommonElements(Sequence a, Sequence b) {
  const auto table = PlainTable(a, b, true);
  std::vector<std::uint32_t> found;
  for (std::size_t i = a.size(), j = b.size(); i > 0 && j > 0;) {
    if (a[i - 1] == b[j - 1]) {
      found.insert(found.begin(), static_cast<std::uint32_t>(i - 1));
      --i;
      --j;
    } else if (table[i][j - 1] > table[i - 1][j]) {
      --j;
    } else {
      --i;
    }
  }
  return found;
}

TEST(EditDistance, EqualsThePlainTable) {
  std::mt19937 random(7);
  for (int round = 0; round < 1500; ++round) {
    const std::size_t longest = round % 3 == 0 ? 12 : round % 3 == 1 ? 90 : 300;
    const std::uint32_t alphabet = round % 5 == 0 ? 2000 : 2 + random() % 6;
    const Elements a = RandomElements(random, longest, alphabet);
    const Elements b = random() % 2 == 0 ? RandomElements(random, longest, alphabet) : Mutated(random, a, alphabet);
    const std::uint64_t distance = PlainTable(a, b, false).back().back();
    EXPECT_EQ(LevenshteinDistance(a, b), distance);
    for (const std::uint64_t most : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{5}, std::uint64_t{64},
                                     std::uint64_t{100}, distance, distance + 1}) {
      const auto banded = LevenshteinDistance(a, b, most);
      ASSERT_TRUE(banded.has_value());
      if (distance <= most) {
        EXPECT_EQ(*banded, distance) << "of at most " << most;
      } else {
        EXPECT_GT(*banded, most);
      }
    }
    EXPECT_EQ(CommonSubsequence(a, b), PlainTable(a, b, true).back().back());
    EXPECT_EQ(CommonElements(a, b), PlainCommonElements(a, b));
    const auto alignment = AlignSequences(a, b);
    ASSERT_TRUE(alignment.has_value());
    EXPECT_EQ(alignment->substitutions + alignment->deletions + alignment->insertions, distance);
    EXPECT_EQ(alignment->hits + alignment->substitutions + alignment->deletions, a.size());
    EXPECT_EQ(alignment->hits + alignment->substitutions + alignment->insertions, b.size());
    // Swaps save edits, never the other way round; and the unrestricted distance is the least.
    const auto restricted = RestrictedDamerauDistance(a, b);
    const auto damerau = DamerauDistance(a, b);
    ASSERT_TRUE(restricted.has_value() && damerau.has_value());
    EXPECT_LE(*restricted, distance);
    EXPECT_LE(*damerau, *restricted);
    EXPECT_EQ(DamerauDistance(b, a), damerau);
    EXPECT_GE(HammingDistance(a, b), distance);
  }
}

TEST(EditDistance, ComparesLongTextsInBoundedTime) {
  std::mt19937 random(11);
  Elements a(60'000);
  for (std::uint32_t& element : a) element = random() % 30;
  Elements b = Mutated(random, a, 30);
  Elements c(60'000);
  for (std::uint32_t& element : c) element = random() % 30;
  const auto begin = ThreadTime::now();
  EXPECT_LE(LevenshteinDistance(a, b).value_or(UINT64_MAX), 8U);
  EXPECT_TRUE(LevenshteinDistance(a, c).has_value());
  EXPECT_TRUE(CommonSubsequence(a, c).has_value());
  // Beyond the caps nothing is computed.
  EXPECT_FALSE(RestrictedDamerauDistance(a, c).has_value());
  EXPECT_FALSE(DamerauDistance(a, c).has_value());
  EXPECT_FALSE(AlignSequences(a, c).has_value());
  EXPECT_FALSE(CommonElements(a, c).has_value());
  Elements ones(1'000'000, 1);
  Elements twos(1'000'000, 2);
  EXPECT_FALSE(LevenshteinDistance(ones, twos).has_value());
  EXPECT_FALSE(CommonSubsequence(ones, twos).has_value());
  EXPECT_GT(LevenshteinDistance(ones, twos, 1000).value_or(0), 1000U);
  EXPECT_EQ(JaroSimilarity(ones, twos), 0);
  EXPECT_EQ(JaroSimilarity(ones, ones), 1);
  EXPECT_LT(ThreadTime::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace assay
