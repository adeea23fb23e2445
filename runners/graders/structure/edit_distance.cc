// Myers' bit vectors in blocks of 64 rows (J. ACM 46, 1999; Hyyrö 2003 for the blocks).

#include "runners/graders/structure/edit_distance.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

std::u32string Characters(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t length = lead < 0x80 ? 1 : CharacterLength(text);
    char32_t code = length <= 1 ? lead : lead & (0xFFu >> (length + 1));
    if (length == 0) code = 0x110000u + lead;  // no character, so like none
    for (std::size_t i = 1; i < length; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
    out += code;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

struct Block {
  std::uint64_t plus = ~std::uint64_t{0};  // vertical differences +1
  std::uint64_t minus = 0;                 // and -1
};

// One column of one block. `in` and the result are the horizontal difference at its upper and lower edge.
int Advance(Block& block, std::uint64_t matches, int in, std::uint64_t last) {
  const std::uint64_t carry = in < 0 ? 1 : 0;
  const std::uint64_t x = matches | block.minus;
  matches |= carry;
  const std::uint64_t d = (((matches & block.plus) + block.plus) ^ block.plus) | matches;
  std::uint64_t up = block.minus | ~(d | block.plus);
  std::uint64_t down = block.plus & d;
  const int out = (up & last) != 0 ? 1 : (down & last) != 0 ? -1 : 0;
  up = up << 1 | (in > 0 ? 1 : 0);
  down = down << 1 | carry;
  block.plus = down | ~(x | up);
  block.minus = up & x;
  return out;
}

std::size_t Distance(std::u32string_view pattern, std::u32string_view text) {
  const std::size_t blocks = (pattern.size() + 63) / 64;
  std::unordered_map<char32_t, std::size_t> rows;  // where the bits of a character begin
  std::vector<std::uint64_t> bits(blocks, 0);      // of one that the pattern does not have
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const auto [row, is_new] = rows.emplace(pattern[i], bits.size());
    if (is_new) bits.resize(bits.size() + blocks, 0);
    bits[row->second + i / 64] |= std::uint64_t{1} << (i % 64);
  }
  std::vector<Block> column(blocks);
  const std::uint64_t whole = std::uint64_t{1} << 63;
  const std::uint64_t last = std::uint64_t{1} << ((pattern.size() - 1) % 64);
  std::size_t distance = pattern.size();
  for (const char32_t c : text) {
    const auto found = rows.find(c);
    const std::size_t row = found == rows.end() ? 0 : found->second;
    int edge = 1;
    for (std::size_t b = 0; b < blocks; ++b) {
      edge = Advance(column[b], bits[row + b], edge, b + 1 == blocks ? last : whole);
    }
    distance += static_cast<std::size_t>(edge);
  }
  return distance;
}

struct Measured {
  std::size_t distance = 0;
  std::size_t longer = 0;
};

std::optional<Measured> Measure(std::string_view a, std::string_view b, std::int64_t& steps) {
  // No text of more than these bytes is made characters of: that alone takes memory.
  if (static_cast<std::int64_t>((a.size() + b.size()) / 64) > steps) return std::nullopt;
  std::u32string left_characters = Characters(a);
  std::u32string right_characters = Characters(b);
  std::u32string_view left = left_characters;
  std::u32string_view right = right_characters;
  if (left.size() > right.size()) std::swap(left, right);
  const std::size_t longer = right.size();
  const std::size_t same = static_cast<std::size_t>(std::ranges::mismatch(left, right).in1 - left.begin());
  left.remove_prefix(same);
  right.remove_prefix(same);
  while (!left.empty() && left.back() == right.back()) {
    left.remove_suffix(1);
    right.remove_suffix(1);
  }
  if (left.empty()) return Measured{right.size(), longer};
  const std::size_t blocks = (left.size() + 63) / 64;
  if (static_cast<std::int64_t>(right.size()) > steps / static_cast<std::int64_t>(blocks)) {
    steps = -1;
    return std::nullopt;
  }
  steps -= static_cast<std::int64_t>(right.size() * blocks);
  return Measured{Distance(left, right), longer};
}

}  // namespace

std::optional<std::size_t> EditDistance(std::string_view a, std::string_view b, std::int64_t& steps) {
  const auto measured = Measure(a, b, steps);
  if (!measured) return std::nullopt;
  return measured->distance;
}

std::optional<double> EditSimilarity(std::string_view a, std::string_view b, std::int64_t& steps) {
  const auto measured = Measure(a, b, steps);
  if (!measured) return std::nullopt;
  if (measured->longer == 0) return 1.0;
  return 1.0 - static_cast<double>(measured->distance) / static_cast<double>(measured->longer);
}

}  // namespace assay
