#include "runners/graders/similarity/ter_edits.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

namespace assay {
namespace {

constexpr std::size_t kMaxShiftWords = 10;
constexpr std::int64_t kMaxShiftDistance = 50;
constexpr int kMaxShiftsTried = 1000;
constexpr int kBeam = 25;
constexpr std::int32_t kFar = INT32_MAX / 4;

enum class Edit : std::uint8_t { kNone, kSubstitute, kDelete, kInsert, kUnreached };

struct Cell {
  std::int32_t distance = kFar;
  Edit edit = Edit::kUnreached;
};

// The cells of a row that lie within the beam.
struct BeamRow {
  std::size_t begin = 0;
  std::vector<Cell> cells;
  std::int32_t DistanceAt(std::size_t column) const {
    return column < begin || column - begin >= cells.size() ? kFar : cells[column - begin].distance;
  }
  Edit EditAt(std::size_t column) const {
    return column < begin || column - begin >= cells.size() ? Edit::kUnreached : cells[column - begin].edit;
  }
};

// The table of edits from the words of the response to those of the reference. All responses are of one length.
class BeamTable {
 public:
  BeamTable(const TokenIds& reference, std::size_t words)
      : reference_(reference),
        ratio_(words == 0 ? 1 : static_cast<double>(reference.size()) / static_cast<double>(words)),
        rows_(words + 1),
        rest_(words + 1) {
    // Where the lengths differ much, rows have to be wide enough to meet.
    beam_ = kBeam < ratio_ / 2 ? static_cast<std::int64_t>(std::ceil(ratio_ / 2 + kBeam)) : kBeam;
    rows_[0].cells.resize(reference.size() + 1);
    for (std::size_t j = 0; j < rows_[0].cells.size(); ++j) {
      rows_[0].cells[j] = {static_cast<std::int32_t>(j), Edit::kInsert};
    }
  }

  // The distance of `words`; their table is the one that Trace() and Try() go by.
  std::int32_t Set(const TokenIds& words) {
    for (std::size_t i = 1; i <= words.size(); ++i) Fill(words, i, rows_[i - 1], rows_[i]);
    for (std::size_t i = words.size() + 1; i-- > 0;) FillRest(words, i);
    return rows_[words.size()].DistanceAt(reference_.size());
  }

  // The distance of `words`, which differ from those of the table only from place `begin` to before place `end`: the
  // table is made anew there, and what is left from each of its cells is known.
  std::int32_t Try(const TokenIds& words, std::size_t begin, std::size_t end) {
    const BeamRow* row = &rows_[begin];
    for (std::size_t i = begin + 1; i <= end; ++i) {
      BeamRow& next = trial_[i % 2];
      Fill(words, i, *row, next);
      row = &next;
    }
    std::int32_t least = kFar;
    for (std::size_t k = 0; k < row->cells.size(); ++k) least = std::min(least, row->cells[k].distance + rest_[end][k]);
    return least;
  }

  // The edits of the table, from the end to the beginning.
  std::vector<Edit> Trace() const {
    std::vector<Edit> trace;
    std::size_t i = rows_.size() - 1;
    std::size_t j = reference_.size();
    while (i > 0 || j > 0) {
      const Edit edit = rows_[i].EditAt(j);
      if (edit == Edit::kUnreached) return {};  // does not happen: neighbouring rows overlap
      trace.push_back(edit);
      if (edit != Edit::kInsert) --i;
      if (edit != Edit::kDelete) --j;
    }
    return trace;
  }

 private:
  void Fill(const TokenIds& words, std::size_t i, const BeamRow& above, BeamRow& row) const {
    const auto columns = static_cast<std::int64_t>(reference_.size()) + 1;
    const auto diagonal = static_cast<std::int64_t>(std::floor(static_cast<double>(i) * ratio_));
    const std::int64_t begin = std::max<std::int64_t>(0, diagonal - beam_);
    const std::int64_t end = i == words.size() ? columns : std::min(columns, diagonal + beam_);
    row.begin = static_cast<std::size_t>(begin);
    row.cells.resize(static_cast<std::size_t>(std::max<std::int64_t>(0, end - begin)));
    const std::uint32_t word = words[i - 1];
    std::int32_t left = kFar;
    std::int32_t corner = row.begin == 0 ? kFar : above.DistanceAt(row.begin - 1);
    for (std::size_t k = 0; k < row.cells.size(); ++k) {
      const std::size_t j = row.begin + k;
      const std::int32_t up = above.DistanceAt(j);
      const bool same = j > 0 && word == reference_[j - 1];
      // Of equal ones the first counts: a match or substitution, a deletion, an insertion.
      Cell best = {corner + (same ? 0 : 1), same ? Edit::kNone : Edit::kSubstitute};
      if (up + 1 < best.distance) best = {up + 1, Edit::kDelete};
      if (left + 1 < best.distance) best = {left + 1, Edit::kInsert};
      if (best.distance >= kFar) best = Cell();
      row.cells[k] = best;
      left = best.distance;
      corner = up;
    }
  }

  // How far it is from each cell of row `i` to the end.
  void FillRest(const TokenIds& words, std::size_t i) {
    const BeamRow& row = rows_[i];
    std::vector<std::int32_t>& rest = rest_[i];
    rest.resize(row.cells.size());
    std::int32_t right = kFar;
    for (std::size_t k = row.cells.size(); k-- > 0;) {
      const std::size_t j = row.begin + k;
      std::int32_t least = right + 1;
      if (i == words.size()) {
        if (j == reference_.size()) least = 0;
      } else {
        least = std::min(least, RestAt(i + 1, j) + 1);
        if (j < reference_.size()) least = std::min(least, RestAt(i + 1, j + 1) + (words[i] == reference_[j] ? 0 : 1));
      }
      rest[k] = right = std::min(least, kFar);
    }
  }
  std::int32_t RestAt(std::size_t i, std::size_t column) const {
    const std::size_t begin = rows_[i].begin;
    return column < begin || column - begin >= rest_[i].size() ? kFar : rest_[i][column - begin];
  }

  const TokenIds& reference_;
  double ratio_;
  std::int64_t beam_;
  std::vector<BeamRow> rows_;
  std::vector<std::vector<std::int32_t>> rest_;  // as the cells of rows_
  BeamRow trial_[2];
};

// What the edits of a table say of each word.
struct WordErrors {
  std::vector<std::int64_t> place;  // of each word of the reference: the word of the response at or before it, or -1
  std::vector<std::int32_t> reference;  // how many words before this one are in error
  std::vector<std::int32_t> response;

  explicit WordErrors(const std::vector<Edit>& backwards) : reference{0}, response{0} {
    std::int64_t at = -1;
    for (auto edit = backwards.rbegin(); edit != backwards.rend(); ++edit) {
      const std::int32_t wrong = *edit == Edit::kNone ? 0 : 1;
      if (*edit != Edit::kInsert) {
        ++at;
        response.push_back(response.back() + wrong);
      }
      if (*edit != Edit::kDelete) {
        place.push_back(at);
        reference.push_back(reference.back() + wrong);
      }
    }
  }
  static bool AnyWrong(const std::vector<std::int32_t>& sums, std::size_t begin, std::size_t length) {
    return sums[std::min(begin + length, sums.size() - 1)] > sums[begin];
  }
};

// Moves the run of `length` words at `start` to before place `target`; a target within the run counts from the run's
// end. Only the words from place `begin` to before place `end` change.
struct Shift {
  std::size_t begin;
  std::size_t end;
  std::size_t middle;  // of the two runs between them, which change places

  Shift(std::size_t start, std::size_t length, std::size_t target, std::size_t words) {
    if (target < start) {
      begin = target;
      middle = start;
      end = start + length;
    } else {
      begin = start;
      middle = start + length;
      end = target > start + length ? target : std::min(length + target, words);
    }
  }
  void Apply(TokenIds& words) const {
    const auto at = [&](std::size_t place) { return words.begin() + static_cast<std::ptrdiff_t>(place); };
    std::rotate(at(begin), at(middle), at(end));
  }
};

// Tries every shift that may help and remembers the best.
class ShiftSearch {
 public:
  ShiftSearch(const TokenIds& response, const TokenIds& reference)
      : words_(response), reference_(reference), table_(reference, response.size()) {}

  std::int64_t Edits() {
    std::int64_t shifts = 0;
    std::int32_t distance = table_.Set(words_);
    while (Round(distance) && tried_ < kMaxShiftsTried) {
      ++shifts;
      words_ = best_words_;
      distance = table_.Set(words_);
    }
    return shifts + distance;
  }

 private:
  // Whether a shift makes the distance smaller; that is then best_words_.
  bool Round(std::int32_t distance) {
    has_best_ = false;
    const WordErrors errors(table_.Trace());
    for (std::size_t start = 0; start < words_.size(); ++start) {
      const auto first =
          static_cast<std::size_t>(std::max<std::int64_t>(0, static_cast<std::int64_t>(start) - kMaxShiftDistance));
      const std::size_t last = std::min(reference_.size(), start + static_cast<std::size_t>(kMaxShiftDistance) + 1);
      for (std::size_t in_reference = first; in_reference < last; ++in_reference) {
        for (std::size_t length = 1; length <= kMaxShiftWords; ++length) {
          if (start + length > words_.size() || in_reference + length > reference_.size() ||
              words_[start + length - 1] != reference_[in_reference + length - 1]) {
            break;
          }
          if (!TryTargets(distance, errors, start, in_reference, length)) continue;
          if (tried_ >= kMaxShiftsTried) return BestHelps();
        }
      }
    }
    return BestHelps();
  }
  bool BestHelps() const { return has_best_ && std::get<0>(best_) > 0; }

  // False when this run is not worth a shift.
  bool TryTargets(std::int32_t distance, const WordErrors& errors, std::size_t start, std::size_t in_reference,
                  std::size_t length) {
    if (!WordErrors::AnyWrong(errors.response, start, length)) return false;
    if (!WordErrors::AnyWrong(errors.reference, in_reference, length)) return false;
    const std::int64_t place = errors.place[in_reference];
    if (place >= static_cast<std::int64_t>(start) && place < static_cast<std::int64_t>(start + length)) return false;
    std::int64_t previous = -1;
    for (std::size_t offset = 0; offset <= length; ++offset) {
      // To before the word that stands where the run should end, one word further each time.
      const std::size_t word = in_reference + offset;  // one more than the word of the reference to go behind
      if (word > reference_.size()) break;
      const std::int64_t target = word == 0 ? 0 : errors.place[word - 1] + 1;
      if (target == previous) continue;
      previous = target;
      Try(distance, start, length, static_cast<std::size_t>(target));
    }
    return true;
  }

  void Try(std::int32_t distance, std::size_t start, std::size_t length, std::size_t target) {
    const Shift shift(start, length, target, words_.size());
    shifted_ = words_;
    shift.Apply(shifted_);
    const std::int32_t gain = distance - table_.Try(shifted_, shift.begin, shift.end);
    ++tried_;
    // The most gain first, then the longest run, the first run, the first target.
    const Rank rank{gain, length, -static_cast<std::int64_t>(start), -static_cast<std::int64_t>(target)};
    if (has_best_ && rank <= best_) return;
    has_best_ = true;
    best_ = rank;
    best_words_ = shifted_;
  }

  using Rank = std::tuple<std::int32_t, std::size_t, std::int64_t, std::int64_t>;

  TokenIds words_;
  const TokenIds& reference_;
  BeamTable table_;
  TokenIds shifted_;
  TokenIds best_words_;
  Rank best_;
  bool has_best_ = false;
  int tried_ = 0;
};

}  // namespace

std::optional<std::int64_t> TranslationEdits(const TokenIds& response, const TokenIds& reference) {
  if (reference.empty()) return static_cast<std::int64_t>(response.size());
  if (response.size() > kMaxTerWords || reference.size() > kMaxTerWords) return std::nullopt;
  return ShiftSearch(response, reference).Edits();
}

}  // namespace assay
