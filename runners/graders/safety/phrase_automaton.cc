#include "runners/graders/safety/phrase_automaton.h"

#include <algorithm>
#include <map>

namespace assay {

PhraseAutomaton::PhraseAutomaton(const std::vector<std::string>& phrases) {
  std::vector<std::map<unsigned char, std::int32_t>> children(1);
  nodes_.resize(1);
  for (std::size_t i = 0; i < phrases.size(); ++i) {
    std::int32_t node = 0;
    for (const char c : phrases[i]) {
      const auto [edge, is_new] = children[node].try_emplace(static_cast<unsigned char>(c), children.size());
      const std::int32_t next = edge->second;
      if (is_new) {
        children.emplace_back();
        nodes_.emplace_back();
      }
      node = next;
    }
    if (nodes_[node].phrase < 0) nodes_[node].phrase = static_cast<std::int32_t>(i);
  }
  for (std::size_t node = 0; node < children.size(); ++node) {
    nodes_[node].first_edge = static_cast<std::uint32_t>(edges_.size());
    nodes_[node].edges = static_cast<std::uint32_t>(children[node].size());
    for (const auto& [byte, to] : children[node]) edges_.push_back({byte, to});
  }
  for (const auto& [byte, to] : children[0]) root_[byte] = to;
  // Level by level, for a suffix is shorter than what it is one of.
  std::vector<std::int32_t> level = {0};
  while (!level.empty()) {
    std::vector<std::int32_t> next_level;
    for (const std::int32_t node : level) {
      for (const auto& [byte, to] : children[node]) {
        const std::int32_t fail = node == 0 ? 0 : Step(nodes_[node].fail, byte);
        nodes_[to].fail = fail;
        nodes_[to].shorter = nodes_[fail].phrase >= 0 ? fail : nodes_[fail].shorter;
        next_level.push_back(to);
      }
    }
    level = std::move(next_level);
  }
}

std::int32_t PhraseAutomaton::Child(std::int32_t node, unsigned char byte) const {
  const Node& at = nodes_[node];
  const auto begin = edges_.begin() + at.first_edge;
  const auto end = begin + at.edges;
  const auto edge = std::lower_bound(begin, end, byte, [](const Edge& e, unsigned char b) { return e.byte < b; });
  return edge != end && edge->byte == byte ? edge->to : -1;
}

std::int32_t PhraseAutomaton::Step(std::int32_t node, unsigned char byte) const {
  while (node != 0) {
    const std::int32_t child = Child(node, byte);
    if (child >= 0) return child;
    node = nodes_[node].fail;
  }
  return root_[byte];
}

void PhraseAutomaton::Search(std::string_view text,
                             const std::function<bool(int phrase, std::size_t end)>& found) const {
  std::int32_t node = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    node = Step(node, static_cast<unsigned char>(text[i]));
    for (std::int32_t at = nodes_[node].phrase >= 0 ? node : nodes_[node].shorter; at >= 0; at = nodes_[at].shorter) {
      if (!found(nodes_[at].phrase, i + 1)) return;
    }
  }
}

}  // namespace assay
