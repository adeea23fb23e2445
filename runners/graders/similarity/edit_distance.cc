#include "runners/graders/similarity/edit_distance.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <unordered_map>
#include <vector>

#include "runners/graders/similarity/seeded_hash.h"

namespace assay {
namespace {

using Word = std::uint64_t;
constexpr std::size_t kWordBits = 64;

// Cuts off what both begin and end with, which is on a shortest way; returns how much that was.
std::size_t CutCommonEnds(Sequence& a, Sequence& b) {
  const auto front = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto prefix = static_cast<std::size_t>(front.first - a.begin());
  a = a.subspan(prefix);
  b = b.subspan(prefix);
  std::size_t suffix = 0;
  while (suffix < a.size() && suffix < b.size() && a[a.size() - 1 - suffix] == b[b.size() - 1 - suffix]) ++suffix;
  a = a.first(a.size() - suffix);
  b = b.first(b.size() - suffix);
  return prefix + suffix;
}

bool Within(Sequence a, Sequence b, std::uint64_t cap) { return a.empty() || b.size() <= cap / a.size(); }

// The elements of both sequences as numbers counted from 1 in the order of `pattern`; 0 for one that `pattern` lacks.
struct DenseIds {
  std::vector<std::uint32_t> pattern;
  std::vector<std::uint32_t> text;
  std::uint32_t count = 0;

  DenseIds(Sequence pattern_elements, Sequence text_elements) {
    constexpr std::uint32_t kSmall = 0x400;  // most characters and most words of a pair of texts are below
    std::vector<std::uint32_t> small(kSmall, 0);
    std::unordered_map<std::uint32_t, std::uint32_t, SeededHash> large;
    pattern.reserve(pattern_elements.size());
    for (const std::uint32_t element : pattern_elements) {
      std::uint32_t& id = element < kSmall ? small[element] : large[element];
      if (id == 0) id = ++count;
      pattern.push_back(id);
    }
    text.reserve(text_elements.size());
    for (const std::uint32_t element : text_elements) {
      if (element < kSmall) {
        text.push_back(small[element]);
      } else {
        const auto found = large.find(element);
        text.push_back(found == large.end() ? 0 : found->second);
      }
    }
  }
};

// For each element, in which of at most 64 places of the pattern it stands.
class Places {
 public:
  explicit Places(const DenseIds& ids) : ids_(ids), masks_(ids.count + 1, 0) {}
  // Of the places [block * 64, ...); the number of places.
  std::size_t Load(std::size_t block) {
    for (const std::uint32_t id : loaded_) masks_[id] = 0;
    const std::span<const std::uint32_t> pattern = ids_.pattern;
    const std::size_t begin = block * kWordBits;
    loaded_ = pattern.subspan(begin, std::min(kWordBits, pattern.size() - begin));
    for (std::size_t i = 0; i < loaded_.size(); ++i) masks_[loaded_[i]] |= Word{1} << i;
    return loaded_.size();
  }
  // Id 0 stands nowhere. The ids are those of DenseIds, and this is the innermost step: nothing is checked.
  Word At(std::uint32_t id) const { return *(masks_.data() + id); }

 private:
  const DenseIds& ids_;
  std::vector<Word> masks_;
  std::span<const std::uint32_t> loaded_;
};

// 64 rows of the table, of which only the differences between neighbours are kept (Myers 1999, Hyyrö 2003).
struct RowBlock {
  Word up = ~Word{0};  // rows that are one more than the row above
  Word down = 0;       // rows that are one less
  // Goes one column on. `in`: the difference to the column before in the row above; returns that of row `last`.
  int Step(Word equal, int in, std::size_t last) {
    const Word vertical = equal | down;
    if (in < 0) equal |= 1;
    const Word horizontal = (((equal & up) + up) ^ up) | equal;
    Word more = down | ~(horizontal | up);
    Word less = up & horizontal;
    const int out = static_cast<int>((more >> last) & 1) - static_cast<int>((less >> last) & 1);
    more = (more << 1) | static_cast<Word>(in > 0);
    less = (less << 1) | static_cast<Word>(in < 0);
    up = less | ~(vertical | more);
    down = more & vertical;
    return out;
  }
};

// The distance by bands: cells further than `most` from the diagonal are on no way of at most `most` edits, and are
// taken for larger than they are.
std::uint64_t BandedDistance(const DenseIds& ids, std::uint64_t most) {
  const std::size_t rows = ids.pattern.size();
  const std::size_t columns = ids.text.size();
  const std::size_t blocks = (rows + kWordBits - 1) / kWordBits;
  Places places(ids);
  std::vector<std::int8_t> in(columns, 1);  // of the row above the block
  std::uint64_t above = 0;                  // the cell of that row before the first column of the block
  std::uint64_t value = 0;
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::size_t first_row = block * kWordBits;
    const std::size_t height = places.Load(block);
    const std::size_t begin = first_row > most ? std::min<std::size_t>(first_row - most, columns) : 0;
    const std::size_t end = most >= columns ? columns : std::min<std::size_t>(columns, first_row + height + most);
    // The next block begins further right: its cell above is the last row of this block before that column.
    const std::size_t next_row = first_row + kWordBits;
    const std::size_t next_begin = next_row > most ? std::min<std::size_t>(next_row - most, columns) : 0;
    RowBlock cells;
    value = above + height;
    std::uint64_t next_above = value;
    const std::uint32_t* const text = ids.text.data();
    std::int8_t* const differences = in.data();
    for (std::size_t column = begin; column < end; ++column) {
      if (column == next_begin) next_above = value;
      const int out = cells.Step(places.At(text[column]), differences[column], height - 1);
      differences[column] = static_cast<std::int8_t>(out);
      value += static_cast<std::uint64_t>(static_cast<std::int64_t>(out));
    }
    if (next_begin >= end) next_above = value + (next_begin - end);
    value += columns - end;  // beyond the band, where `in` is still 1, each cell is one more than the one before it
    above = next_above;
  }
  return value;
}

}  // namespace

std::optional<std::uint64_t> LevenshteinDistance(Sequence a, Sequence b, std::uint64_t most) {
  CutCommonEnds(a, b);
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > most || a.empty()) return b.size() - a.size();
  const std::uint64_t band = most < b.size() ? std::min<std::uint64_t>(b.size(), 2 * most + kWordBits) : b.size();
  if (a.size() > kMaxBitCells / band) return std::nullopt;
  return BandedDistance(DenseIds(a, b), most);
}

std::optional<std::uint64_t> RestrictedDamerauDistance(Sequence a, Sequence b) {
  CutCommonEnds(a, b);
  if (!Within(a, b, kMaxPlainCells)) return std::nullopt;
  const std::size_t columns = b.size() + 1;
  std::vector<std::uint32_t> before_last(columns);
  std::vector<std::uint32_t> last(columns);
  std::vector<std::uint32_t> row(columns);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = static_cast<std::uint32_t>(i);
    for (std::size_t j = 1; j < columns; ++j) {
      const std::uint32_t differs = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + differs});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
  }
  return row.back();
}

// Of the ways through an earlier swap only those count whose swapped elements are next to each other in one of the two
// sequences (Zhao and Sahni 2019), so that two rows and the cells before such elements are enough.
std::optional<std::uint64_t> DamerauDistance(Sequence a, Sequence b) {
  CutCommonEnds(a, b);
  if (!Within(a, b, kMaxPlainCells)) return std::nullopt;
  const DenseIds ids(a, b);
  const auto infinite = static_cast<std::int64_t>(std::max(a.size(), b.size())) + 1;
  const std::size_t columns = b.size();
  // Shifted by one: index 0 stands for the column before the first.
  std::vector<std::int64_t> row(columns + 2);
  std::vector<std::int64_t> above(columns + 2, infinite);
  std::vector<std::int64_t> before_swap(columns + 2, infinite);
  row[0] = infinite;
  std::iota(row.begin() + 1, row.end(), std::int64_t{0});
  std::vector<std::int64_t> last_row(ids.count + 1, -1);  // where an element of b stood last in a
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row.swap(above);
    std::int64_t last_column = -1;
    std::int64_t two_above = row[1];  // of the cell at hand, while `row` still holds the row before `above`
    std::int64_t after_swap = infinite;
    row[1] = static_cast<std::int64_t>(i);
    for (std::size_t j = 1; j <= columns; ++j) {
      const bool same = ids.pattern[i - 1] == ids.text[j - 1];
      std::int64_t cost = std::min({above[j] + (same ? 0 : 1), row[j] + 1, above[j + 1] + 1});
      const auto at_row = static_cast<std::int64_t>(i);
      const auto at_column = static_cast<std::int64_t>(j);
      if (same) {
        last_column = at_column;
        before_swap[j] = above[j - 1];
        after_swap = two_above;
      } else if (at_column - last_column == 1) {
        cost = std::min(cost, before_swap[j] + (at_row - last_row[ids.text[j - 1]]));
      } else if (at_row - last_row[ids.text[j - 1]] == 1) {
        cost = std::min(cost, after_swap + (at_column - last_column));
      }
      two_above = row[j + 1];
      row[j + 1] = cost;
    }
    last_row[ids.pattern[i - 1]] = static_cast<std::int64_t>(i);
  }
  return static_cast<std::uint64_t>(row.back());
}

std::uint64_t HammingDistance(Sequence a, Sequence b) {
  if (a.size() > b.size()) std::swap(a, b);
  std::uint64_t distance = b.size() - a.size();
  for (std::size_t i = 0; i < a.size(); ++i) distance += a[i] == b[i] ? 0 : 1;
  return distance;
}

std::optional<std::uint64_t> CommonSubsequence(Sequence a, Sequence b) {
  const std::size_t ends = CutCommonEnds(a, b);
  if (a.size() > b.size()) std::swap(a, b);
  if (!Within(a, b, kMaxBitCells)) return std::nullopt;
  const DenseIds ids(a, b);
  Places places(ids);
  std::vector<std::uint8_t> carry(ids.text.size(), 0);
  std::uint64_t length = ends;
  for (std::size_t first = 0; first < ids.pattern.size(); first += kWordBits) {
    const std::size_t height = places.Load(first / kWordBits);
    Word open = ~Word{0};  // rows that are as the row above; the others are one more
    for (std::size_t column = 0; column < ids.text.size(); ++column) {
      const Word taken = open & places.At(ids.text[column]);
      Word sum = 0;
      const bool overflow = __builtin_add_overflow(open, taken, &sum);
      const bool overflow_by_carry = __builtin_add_overflow(sum, Word{carry[column]}, &sum);
      carry[column] = overflow || overflow_by_carry ? 1 : 0;
      open = sum | (open - taken);
    }
    const Word used = height == kWordBits ? ~Word{0} : (Word{1} << height) - 1;
    length += static_cast<std::uint64_t>(std::popcount(~open & used));
  }
  return length;
}

std::optional<std::vector<std::uint32_t>> CommonElements(Sequence reference, Sequence other) {
  if (!Within(reference, other, kMaxTracedCells)) return std::nullopt;
  const DenseIds ids(reference, other);
  const std::size_t columns = ids.text.size();
  const std::size_t blocks = (ids.pattern.size() + kWordBits - 1) / kWordBits;
  Places places(ids);
  std::vector<std::uint8_t> carry(columns, 0);
  std::vector<Word> rows(blocks * columns);  // of each block and column: the rows that are as the row above
  for (std::size_t block = 0; block < blocks; ++block) {
    places.Load(block);
    Word open = ~Word{0};
    for (std::size_t column = 0; column < columns; ++column) {
      const Word taken = open & places.At(ids.text[column]);
      Word sum = 0;
      const bool overflow = __builtin_add_overflow(open, taken, &sum);
      const bool overflow_by_carry = __builtin_add_overflow(sum, Word{carry[column]}, &sum);
      carry[column] = overflow || overflow_by_carry ? 1 : 0;
      open = sum | (open - taken);
      rows[block * columns + column] = open;
    }
  }
  std::vector<std::uint32_t> found;
  for (std::size_t i = ids.pattern.size(), j = columns; i > 0 && j > 0;) {
    if (ids.pattern[i - 1] == ids.text[j - 1]) {
      found.push_back(static_cast<std::uint32_t>(i - 1));
      --i;
      --j;
    } else if ((rows[(i - 1) / kWordBits * columns + j - 1] >> ((i - 1) % kWordBits) & 1) == 0) {
      --j;
    } else {
      --i;
    }
  }
  std::reverse(found.begin(), found.end());
  return found;
}

std::optional<SequenceAlignment> AlignSequences(Sequence reference, Sequence response) {
  SequenceAlignment alignment;
  alignment.hits = CutCommonEnds(reference, response);
  if (!Within(reference, response, kMaxTracedCells)) return std::nullopt;
  const DenseIds ids(reference, response);
  const std::size_t columns = ids.text.size();
  const std::size_t blocks = (ids.pattern.size() + kWordBits - 1) / kWordBits;
  Places places(ids);
  std::vector<std::int8_t> in(columns, 1);
  std::vector<RowBlock> table(blocks * columns);
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::size_t height = places.Load(block);
    RowBlock cells;
    for (std::size_t column = 0; column < columns; ++column) {
      in[column] = static_cast<std::int8_t>(cells.Step(places.At(ids.text[column]), in[column], height - 1));
      table[block * columns + column] = cells;
    }
  }
  const auto bit = [&](std::size_t i, std::size_t j, Word RowBlock::*rows) {
    return ((table[(i - 1) / kWordBits * columns + j - 1].*rows) >> ((i - 1) % kWordBits) & 1) != 0;
  };
  std::size_t i = ids.pattern.size();
  std::size_t j = columns;
  while (i > 0 && j > 0) {
    if (bit(i, j, &RowBlock::up)) {
      ++alignment.deletions;
      --i;
    } else if (j > 1 && bit(i, j - 1, &RowBlock::down)) {
      ++alignment.insertions;
      --j;
    } else {
      ++(ids.pattern[i - 1] == ids.text[j - 1] ? alignment.hits : alignment.substitutions);
      --i;
      --j;
    }
  }
  alignment.deletions += i;
  alignment.insertions += j;
  return alignment;
}

std::string TooLong(Sequence a, Sequence b, std::string_view unit) {
  return "the texts are too long to be compared: " + std::to_string(a.size()) + " and " + std::to_string(b.size()) +
         " " + std::string(unit);
}

}  // namespace assay
