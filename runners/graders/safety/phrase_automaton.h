#pragma once
// Many phrases searched for at once: the automaton of Aho and Corasick. Only for files of this folder.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Immutable after construction, thread-safe. Memory and time of construction grow with the bytes of the phrases, the
// time of a search with those of the text and the matches.
class PhraseAutomaton {
 public:
  // None is empty. Of phrases that are alike the first counts.
  explicit PhraseAutomaton(const std::vector<std::string>& phrases);

  // Calls `found` with the index of each phrase that occurs and where it ends, until that returns false.
  void Search(std::string_view text, const std::function<bool(int phrase, std::size_t end)>& found) const;

 private:
  struct Edge {
    unsigned char byte;
    std::int32_t to;
  };
  struct Node {
    std::uint32_t first_edge = 0;
    std::uint32_t edges = 0;
    std::int32_t fail = 0;      // the longest proper suffix that is a beginning of a phrase
    std::int32_t phrase = -1;   // that ends here
    std::int32_t shorter = -1;  // the longest suffix where a phrase ends
  };

  std::int32_t Step(std::int32_t node, unsigned char byte) const;
  std::int32_t Child(std::int32_t node, unsigned char byte) const;  // -1: none

  std::vector<Node> nodes_;
  std::vector<Edge> edges_;                  // of a node in one piece, by byte
  std::array<std::int32_t, 256> root_ = {};  // where each byte leads from the root
};

}  // namespace assay
