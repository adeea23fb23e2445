#include "runners/graders/tools/text_similarity.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>

#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";

bool IsCommon(const std::string& word) {
  static const std::set<std::string_view> kCommon = {
      "the",  "and",   "for",   "that",  "this",  "with",  "from",        "are",     "was", "were",
      "will", "have",  "has",   "had",   "not",   "but",   "its",         "let",     "now", "next",
      "step", "above", "below", "about", "based", "going", "information", "provided"};
  return kCommon.contains(word);
}

std::size_t CharactersIn(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::vector<std::string_view> CharactersOf(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(CharacterLength(text.substr(0, 4)), 1);
    out.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return out;
}

using Characters = std::vector<std::string_view>;

struct Range {
  std::size_t a_begin, a_end, b_begin, b_end;
};
struct Block {
  std::size_t a, b, size;
};

class BlockFinder {
 public:
  BlockFinder(const Characters& a, const Characters& b)
      : a_(a), b_(b), run_(b.size() + 1, 0), next_run_(b.size() + 1, 0) {
    for (std::size_t i = 0; i < b.size(); ++i) places_[b[i]].push_back(i);
    constexpr std::size_t kLong = 200;
    if (b.size() < kLong) return;
    const std::size_t most = b.size() / 100 + 1;
    std::erase_if(places_, [&](const auto& entry) { return entry.second.size() > most; });
  }

  // The longest block of a range, the first of those. nullopt once the budget is spent.
  std::optional<Block> Longest(const Range& range, std::size_t& budget) {
    Block best{range.a_begin, range.b_begin, 0};
    // run_[j + 1]: how long the block is that ends at character i of a and character j of b.
    std::vector<std::size_t> set;
    for (std::size_t i = range.a_begin; i < range.a_end; ++i) {
      std::vector<std::size_t> next_set;
      const auto found = places_.find(a_[i]);
      if (found != places_.end()) {
        const std::vector<std::size_t>& places = found->second;
        for (auto place = std::ranges::lower_bound(places, range.b_begin);
             place != places.end() && *place < range.b_end; ++place) {
          if (budget == 0) return std::nullopt;
          --budget;
          const std::size_t length = run_[*place] + 1;
          next_run_[*place + 1] = length;
          next_set.push_back(*place + 1);
          if (length > best.size) best = {i + 1 - length, *place + 1 - length, length};
        }
      }
      for (const std::size_t place : set) run_[place] = 0;
      std::swap(run_, next_run_);
      set = std::move(next_set);
    }
    for (const std::size_t place : set) run_[place] = 0;
    while (best.a > range.a_begin && best.b > range.b_begin && a_[best.a - 1] == b_[best.b - 1]) {
      --best.a;
      --best.b;
      ++best.size;
    }
    while (best.a + best.size < range.a_end && best.b + best.size < range.b_end &&
           a_[best.a + best.size] == b_[best.b + best.size])
      ++best.size;
    return best;
  }

 private:
  const Characters& a_;
  const Characters& b_;
  std::unordered_map<std::string_view, std::vector<std::size_t>> places_;  // of each character of b
  std::vector<std::size_t> run_;
  std::vector<std::size_t> next_run_;
};

}  // namespace

std::vector<std::string> TellingWords(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
    std::string word(text.substr(0, end));
    text.remove_prefix(end);
    std::ranges::transform(word, word.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    if (CharactersIn(word) > 2 && !IsCommon(word)) words.push_back(std::move(word));
  }
}

double SharedPairs(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  using Pairs = std::set<std::pair<std::string_view, std::string_view>>;
  const auto pairs_of = [](const std::vector<std::string>& words) {
    Pairs pairs;
    for (std::size_t i = 1; i < words.size(); ++i) pairs.emplace(words[i - 1], words[i]);
    return pairs;
  };
  const Pairs of_a = pairs_of(a);
  const Pairs of_b = pairs_of(b);
  if (of_a.empty() || of_b.empty()) return 0;
  const auto shared =
      static_cast<std::size_t>(std::ranges::count_if(of_a, [&](const auto& pair) { return of_b.contains(pair); }));
  return static_cast<double>(shared) / static_cast<double>(of_a.size() + of_b.size() - shared);
}

std::optional<double> MatchingBlocks(std::string_view a, std::string_view b, std::size_t& budget) {
  const Characters of_a = CharactersOf(a);
  const Characters of_b = CharactersOf(b);
  if (of_a.empty() && of_b.empty()) return 1;
  BlockFinder finder(of_a, of_b);
  std::vector<Range> open{{0, of_a.size(), 0, of_b.size()}};
  std::size_t matched = 0;
  while (!open.empty()) {
    const Range range = open.back();
    open.pop_back();
    const std::size_t scanned = range.a_end - range.a_begin;
    if (budget < scanned) return std::nullopt;
    budget -= scanned;
    const std::optional<Block> block = finder.Longest(range, budget);
    if (!block) return std::nullopt;
    if (block->size == 0) continue;
    matched += block->size;
    const std::size_t a_after = block->a + block->size;
    const std::size_t b_after = block->b + block->size;
    if (range.a_begin < block->a && range.b_begin < block->b)
      open.push_back({range.a_begin, block->a, range.b_begin, block->b});
    if (a_after < range.a_end && b_after < range.b_end) open.push_back({a_after, range.a_end, b_after, range.b_end});
  }
  return 2.0 * static_cast<double>(matched) / static_cast<double>(of_a.size() + of_b.size());
}

}  // namespace assay
