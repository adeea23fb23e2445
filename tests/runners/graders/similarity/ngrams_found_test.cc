// Which n-grams of a text others have, against a search word by word.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "runners/graders/similarity/ngrams.h"

namespace assay {
namespace {

std::vector<bool> FoundBySearch(const TokenIds& response, const std::vector<TokenIds>& references, std::size_t order) {
  std::vector<bool> found;
  for (std::size_t i = 0; i + order <= response.size(); ++i) {
    const auto gram = std::span(response).subspan(i, order);
    found.push_back(std::ranges::any_of(
        references, [&](const TokenIds& reference) { return !std::ranges::search(reference, gram).empty(); }));
  }
  return found;
}

TEST(NgramsFound, AreThoseOfASearch) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    const auto text = [&](std::size_t most) {
      TokenIds ids(random() % most);
      for (auto& id : ids) id = random() % 4;
      return ids;
    };
    const TokenIds response = text(20);
    std::vector<TokenIds> references;
    for (std::size_t n = 1 + random() % 3; n > 0; --n) references.push_back(text(12));
    const int order = 1 + static_cast<int>(random() % 5);
    EXPECT_EQ(NgramsFound(response, references, order),
              FoundBySearch(response, references, static_cast<std::size_t>(order)));
  }
}

}  // namespace
}  // namespace assay
