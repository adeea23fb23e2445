#include "runners/graders/similarity/ngrams.h"

#include <algorithm>
#include <bit>

namespace assay {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

// Numbers for pairs of numbers, counted from 0.
class PairIds {
 public:
  // For at most `entries` pairs; forgets all.
  void Reset(std::size_t entries) {
    const std::size_t wanted = std::bit_ceil(std::max<std::size_t>(entries * 2, 16));
    if (wanted > slots_.size() || wanted < slots_.size() / 8) slots_.resize(wanted);
    std::fill(slots_.begin(), slots_.end(), Slot{});
    mask_ = slots_.size() - 1;
    count_ = 0;
  }
  std::uint32_t Add(std::uint32_t first, std::uint32_t second) {
    Slot& slot = Find(first, second);
    if (slot.id == kNone) slot = {KeyOf(first, second), count_++};
    return slot.id;
  }
  // kNone for a pair that was not added.
  std::uint32_t Get(std::uint32_t first, std::uint32_t second) { return Find(first, second).id; }
  std::uint32_t count() const { return count_; }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t id = kNone;
  };
  static std::uint64_t KeyOf(std::uint32_t first, std::uint32_t second) {
    return (std::uint64_t{first} << 32) | second;
  }
  Slot& Find(std::uint32_t first, std::uint32_t second) {
    const std::uint64_t key = KeyOf(first, second);
    std::uint64_t hash = key * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 32;
    for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
      if (slots_[at].id == kNone || slots_[at].key == key) return slots_[at];
    }
  }

  std::vector<Slot> slots_;  // open addressing, at most half full
  std::size_t mask_ = 0;
  std::uint32_t count_ = 0;
};

// What stands at each place of a text, of the order at hand.
struct Grams {
  std::vector<std::uint32_t> ids;
};

std::int64_t Places(std::size_t tokens, int order) {
  const auto needed = static_cast<std::size_t>(order) - 1;
  return tokens > needed ? static_cast<std::int64_t>(tokens - needed) : 0;
}

}  // namespace

// An n-gram is the (n-1)-gram at its place and the token after that, so each order takes one look-up a place, whatever
// the order; and a place of the response whose (n-1)-gram no reference has needs none.
std::vector<NgramCount> CountNgrams(std::span<const std::uint32_t> response, std::span<const TokenIds> references,
                                    int max_order) {
  std::vector<NgramCount> counts(static_cast<std::size_t>(max_order));
  std::size_t places = 0;
  for (const TokenIds& reference : references) places += reference.size();
  PairIds pairs;
  std::vector<Grams> of_references(references.size());
  Grams of_response;
  std::vector<std::uint32_t> most;   // of each n-gram: how often the reference has it that has it most often
  std::vector<std::uint32_t> times;  // in the text at hand
  for (int order = 1; order <= max_order; ++order) {
    NgramCount& count = counts[static_cast<std::size_t>(order) - 1];
    const auto last = static_cast<std::size_t>(order) - 1;  // from the place of an n-gram to its last token
    pairs.Reset(places);
    most.clear();
    for (std::size_t r = 0; r < references.size(); ++r) {
      const TokenIds& tokens = references[r];
      std::vector<std::uint32_t>& ids = of_references[r].ids;
      const std::int64_t here = Places(tokens.size(), order);
      ids.resize(static_cast<std::size_t>(here), 0);
      times.assign(most.size(), 0);
      for (std::size_t i = 0; i < ids.size(); ++i) {
        ids[i] = pairs.Add(order == 1 ? 0 : ids[i], tokens[i + last]);
        if (ids[i] >= times.size()) {
          times.push_back(0);
          most.push_back(0);
        }
        most[ids[i]] = std::max(most[ids[i]], ++times[ids[i]]);
      }
      count.in_reference += here;
    }
    count.in_response = Places(response.size(), order);
    std::vector<std::uint32_t>& ids = of_response.ids;
    ids.resize(static_cast<std::size_t>(count.in_response), 0);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (order > 1 && ids[i] == kNone) continue;
      ids[i] = pairs.Get(order == 1 ? 0 : ids[i], response[i + last]);
      if (ids[i] != kNone && most[ids[i]] > 0) {
        --most[ids[i]];
        ++count.in_both;
      }
    }
  }
  return counts;
}

std::vector<bool> NgramsFound(std::span<const std::uint32_t> response, std::span<const TokenIds> references,
                              int order) {
  std::size_t places = 0;
  for (const TokenIds& reference : references) places += reference.size();
  PairIds pairs;
  std::vector<Grams> of_references(references.size());
  std::vector<std::uint32_t> of_response(static_cast<std::size_t>(Places(response.size(), order)), 0);
  for (int length = 1; length <= order; ++length) {
    const auto last = static_cast<std::size_t>(length) - 1;
    pairs.Reset(places);
    for (std::size_t r = 0; r < references.size(); ++r) {
      std::vector<std::uint32_t>& ids = of_references[r].ids;
      ids.resize(static_cast<std::size_t>(Places(references[r].size(), length)), 0);
      for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = pairs.Add(ids[i], references[r][i + last]);
    }
    for (std::size_t i = 0; i < of_response.size(); ++i) {
      if (of_response[i] != kNone) of_response[i] = pairs.Get(of_response[i], response[i + last]);
    }
  }
  std::vector<bool> found;
  for (const std::uint32_t id : of_response) found.push_back(id != kNone);
  return found;
}

}  // namespace assay
