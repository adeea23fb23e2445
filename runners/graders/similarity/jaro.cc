// Jaro's similarity: elements that both have at about the same place, less those that are in another order.

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "runners/graders/similarity/edit_distance.h"
#include "runners/graders/similarity/seeded_hash.h"

namespace assay {
namespace {

constexpr double kWinklerFrom = 0.7;
constexpr double kWinklerWeight = 0.1;
constexpr std::size_t kWinklerPrefix = 4;

// The places of one element in `b`, ascending, of which those before `next` are taken or out of reach.
struct Queue {
  std::vector<std::size_t> places;
  std::size_t next = 0;
};

}  // namespace

double JaroSimilarity(Sequence a, Sequence b) {
  if (a.empty() && b.empty()) return 1;
  if (a.empty() || b.empty()) return 0;
  const std::size_t longest = std::max(a.size(), b.size());
  const std::size_t reach = longest / 2 > 1 ? longest / 2 - 1 : 0;
  // Each element of `a` takes the first place in its reach that is left. Reaches only move on, so a queue is enough.
  std::unordered_map<std::uint32_t, Queue, SeededHash> queues;
  for (std::size_t j = 0; j < b.size(); ++j) queues[b[j]].places.push_back(j);
  std::vector<std::uint32_t> taken_of_a;
  std::vector<bool> is_taken(b.size(), false);
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto found = queues.find(a[i]);
    if (found == queues.end()) continue;
    Queue& queue = found->second;
    while (queue.next < queue.places.size() && queue.places[queue.next] + reach < i) ++queue.next;
    if (queue.next == queue.places.size() || queue.places[queue.next] > i + reach) continue;
    is_taken[queue.places[queue.next++]] = true;
    taken_of_a.push_back(a[i]);
  }
  if (taken_of_a.empty()) return 0;
  std::size_t out_of_order = 0;
  for (std::size_t j = 0, k = 0; j < b.size(); ++j) {
    if (is_taken[j] && b[j] != taken_of_a[k++]) ++out_of_order;
  }
  const auto common = static_cast<double>(taken_of_a.size());
  const auto swaps = static_cast<double>(out_of_order / 2);
  return (common / static_cast<double>(a.size()) + common / static_cast<double>(b.size()) + (common - swaps) / common) /
         3;
}

double JaroWinklerSimilarity(Sequence a, Sequence b) {
  const double jaro = JaroSimilarity(a, b);
  if (jaro <= kWinklerFrom) return jaro;
  std::size_t prefix = 0;
  while (prefix < std::min({a.size(), b.size(), kWinklerPrefix}) && a[prefix] == b[prefix]) ++prefix;
  return jaro + static_cast<double>(prefix) * kWinklerWeight * (1 - jaro);
}

}  // namespace assay
