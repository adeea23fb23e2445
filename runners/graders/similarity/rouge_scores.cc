#include "runners/graders/similarity/rouge_scores.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <unordered_map>

#include "runners/graders/similarity/ngrams.h"
#include "runners/graders/similarity/seeded_hash.h"

namespace assay {
namespace {

PrecisionRecall Shares(double both, double response, double reference) {
  return {both / std::max(response, 1.0), both / std::max(reference, 1.0)};
}

std::int64_t WordsOf(const std::vector<TokenIds>& sentences) {
  std::int64_t words = 0;
  for (const TokenIds& sentence : sentences) words += static_cast<std::int64_t>(sentence.size());
  return words;
}

// How often each word is still to be counted.
using WordCounts = std::unordered_map<std::uint32_t, std::int64_t, SeededHash>;

WordCounts CountsOf(const std::vector<TokenIds>& sentences) {
  WordCounts counts;
  for (const TokenIds& sentence : sentences) {
    for (const std::uint32_t word : sentence) ++counts[word];
  }
  return counts;
}

// Each pair of sentences costs some steps even when both are one word.
constexpr std::uint64_t kMaxSentencePairs = 4'000'000;

}  // namespace

PrecisionRecall RougeN(const TokenIds& response, const TokenIds& reference, int order) {
  const NgramCount count = CountNgrams(response, std::span(&reference, 1), order).back();
  return Shares(static_cast<double>(count.in_both), static_cast<double>(count.in_response),
                static_cast<double>(count.in_reference));
}

RougeResult RougeL(const TokenIds& response, const TokenIds& reference) {
  const auto common = CommonSubsequence(reference, response);
  if (!common) return std::unexpected(TooLong(reference, response, "words"));
  return Shares(static_cast<double>(*common), static_cast<double>(response.size()),
                static_cast<double>(reference.size()));
}

RougeResult RougeLsum(const std::vector<TokenIds>& response, const std::vector<TokenIds>& reference) {
  const auto response_words = static_cast<std::uint64_t>(WordsOf(response));
  const auto reference_words = static_cast<std::uint64_t>(WordsOf(reference));
  if (response_words == 0 || reference_words == 0) return PrecisionRecall();
  if (response_words > kMaxTracedCells / reference_words ||
      response.size() > kMaxSentencePairs / std::max<std::size_t>(reference.size(), 1)) {
    return std::unexpected("the texts are too long to be compared: " + std::to_string(reference_words) + " and " +
                           std::to_string(response_words) + " words");
  }
  WordCounts left_in_response = CountsOf(response);
  WordCounts left_in_reference = CountsOf(reference);
  std::int64_t hits = 0;
  std::vector<bool> shared;
  for (const TokenIds& sentence : reference) {
    shared.assign(sentence.size(), false);
    for (const TokenIds& other : response) {
      const auto common = CommonElements(sentence, other);
      if (!common) return std::unexpected(TooLong(sentence, other, "words"));
      for (const std::uint32_t place : *common) shared[place] = true;
    }
    for (std::size_t i = 0; i < sentence.size(); ++i) {
      if (!shared[i]) continue;
      // No word counts more often than either text has it.
      std::int64_t& in_response = left_in_response[sentence[i]];
      std::int64_t& in_reference = left_in_reference[sentence[i]];
      if (in_response == 0 || in_reference == 0) continue;
      --in_response;
      --in_reference;
      ++hits;
    }
  }
  return Shares(static_cast<double>(hits), static_cast<double>(response_words), static_cast<double>(reference_words));
}

RougeResult RougeW(const TokenIds& response, const TokenIds& reference, double weight) {
  if (response.empty() || reference.empty()) return PrecisionRecall();
  if (response.size() > kMaxPlainCells / reference.size()) {
    return std::unexpected(TooLong(reference, response, "words"));
  }
  std::vector<double> power(std::max(response.size(), reference.size()) + 2);
  for (std::size_t k = 0; k < power.size(); ++k) power[k] = std::pow(static_cast<double>(k), weight);
  const std::size_t columns = response.size() + 1;
  // Of the row above and the row at hand: the greatest weight so far, and the length of the run that ends here.
  std::vector<double> above(columns, 0);
  std::vector<double> row(columns, 0);
  std::vector<std::uint32_t> run_above(columns, 0);
  std::vector<std::uint32_t> run(columns, 0);
  for (const std::uint32_t word : reference) {
    above.swap(row);
    run_above.swap(run);
    for (std::size_t j = 1; j < columns; ++j) {
      if (response[j - 1] == word) {
        const std::uint32_t length = run_above[j - 1];
        row[j] = above[j - 1] + power[length + 1] - power[length];
        run[j] = length + 1;
      } else {
        row[j] = std::max(above[j], row[j - 1]);
        run[j] = 0;
      }
    }
  }
  // At most 1 but for rounding.
  const auto share = [&](std::size_t words) { return std::min(1.0, std::pow(row.back() / power[words], 1 / weight)); };
  return PrecisionRecall{share(response.size()), share(reference.size())};
}

}  // namespace assay
