#include "runners/graders/tools/pairing.h"

#include <algorithm>
#include <limits>

namespace assay {
namespace {

constexpr std::size_t kFree = std::numeric_limits<std::size_t>::max();

class Matching {
 public:
  Matching(std::size_t wanted, std::size_t made, const PairFits& fits) : fitting_(wanted), owner_(made, kFree) {
    for (std::size_t i = 0; i < wanted; ++i) {
      for (std::size_t k = 0; k < made; ++k) {
        if (fits(i, k)) fitting_[i].push_back(k);
      }
    }
  }

  // Finds a call for `wanted`, moving others to other calls of theirs where needed: breadth first, so that the depth of
  // the stack does not grow with the number of calls.
  bool Pair(std::size_t wanted) {
    std::vector<std::size_t> from(owner_.size(), kFree);  // the wanted one that reached a call
    std::vector<std::size_t> queue{wanted};
    for (std::size_t next = 0; next < queue.size(); ++next) {
      for (const std::size_t call : fitting_[queue[next]]) {
        if (from[call] != kFree) continue;
        from[call] = queue[next];
        if (owner_[call] != kFree) {
          queue.push_back(owner_[call]);
          continue;
        }
        Move(call, wanted, from);
        return true;
      }
    }
    return false;
  }

 private:
  void Move(std::size_t call, std::size_t wanted, const std::vector<std::size_t>& from) {
    while (true) {
      const std::size_t taker = from[call];
      const auto had = std::ranges::find(owner_, taker);
      const std::size_t before = had == owner_.end() ? kFree : static_cast<std::size_t>(had - owner_.begin());
      owner_[call] = taker;
      if (taker == wanted) return;
      call = before;
    }
  }

  std::vector<std::vector<std::size_t>> fitting_;
  std::vector<std::size_t> owner_;  // of each call, the wanted one that has it
};

}  // namespace

std::optional<std::size_t> FirstUnpaired(std::size_t wanted, std::size_t made, const PairFits& fits) {
  Matching matching(wanted, made, fits);
  for (std::size_t i = 0; i < wanted; ++i) {
    if (!matching.Pair(i)) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> FirstUnpairedGreedily(std::size_t wanted, std::size_t made, const PairFits& fits) {
  std::vector<bool> is_taken(made, false);
  for (std::size_t i = 0; i < wanted; ++i) {
    std::size_t k = 0;
    while (k < made && (is_taken[k] || !fits(i, k))) ++k;
    if (k == made) return i;
    is_taken[k] = true;
  }
  return std::nullopt;
}

}  // namespace assay
