#include "runners/graders/instructions/repetition.h"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

#include "runners/graders/instructions/letters.h"

namespace assay::repetition {
namespace {

using instructions::IsAlphabetic;
using instructions::IsWordPart;
using instructions::Stripped;
using instructions::TakeLetter;

constexpr std::uint64_t kPrime = 0x100000001B3;

std::uint64_t Mixed(std::uint64_t value) {
  value ^= value >> 32;
  value *= 0xD6E8FEB86659FD93;
  return value ^ value >> 32;
}

std::uint64_t HashOf(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  return Mixed(hash);
}

bool HasLetter(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (IsAlphabetic(TakeLetter(text, at))) return true;
  }
  return false;
}

struct Word {
  std::uint64_t hash = 0;
  std::size_t begin = 0;
};

// Words and single other characters, those between words included; a word is cut after 16 bytes, so that a text without
// blanks has words too.
std::vector<Word> PiecesOf(std::string_view text) {
  constexpr std::size_t kLongest = 16;
  std::vector<Word> pieces;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    bool is_word = IsWordPart(TakeLetter(text, at));
    while (is_word && at < text.size() && at - begin < kLongest) {
      std::size_t next = at;
      is_word = IsWordPart(TakeLetter(text, next));
      if (is_word) at = next;
    }
    pieces.push_back({HashOf(text.substr(begin, at - begin)), begin});
  }
  return pieces;
}

// A run of pieces each of which is the same as the one `period` before it.
struct Run {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t period = 0;
};

// Where sequences of a few pieces stood last; newer ones displace older ones, so that it takes little space.
class LastPlaces {
 public:
  static constexpr std::size_t kNone = std::numeric_limits<std::uint32_t>::max();

  explicit LastPlaces(std::size_t most) : places_(std::bit_ceil(std::min(most + 1, kMost)), kNone) {}

  std::size_t Replace(std::uint64_t hash, std::size_t place) {
    std::uint32_t& slot = places_[hash % places_.size()];
    const std::uint32_t last = slot;
    slot = static_cast<std::uint32_t>(place);
    return last;
  }

 private:
  static constexpr std::size_t kMost = std::size_t{1} << 16;
  std::vector<std::uint32_t> places_;
};

std::vector<Run> RunsOf(const std::vector<Word>& pieces) {
  constexpr std::size_t kSeen = 8;  // pieces that must be the same for a run to begin
  std::vector<Run> runs;
  LastPlaces places(pieces.size());
  const auto same = [&](std::size_t a, std::size_t b) { return pieces[a].hash == pieces[b].hash; };
  for (std::size_t end = kSeen; end <= pieces.size(); ++end) {
    std::uint64_t hash = 0;
    for (std::size_t i = end - kSeen; i < end; ++i) hash = Mixed(hash * kPrime + pieces[i].hash);
    const std::size_t last = places.Replace(hash, end);
    if (last == LastPlaces::kNone) continue;
    const std::size_t period = end - last;
    bool is_same = true;
    for (std::size_t i = 1; i <= kSeen && is_same; ++i) is_same = same(end - i, last - i);
    if (!is_same) continue;
    const std::size_t begin = last - kSeen;
    while (end < pieces.size() && same(end, end - period)) ++end;
    runs.push_back({begin, end, period});
  }
  return runs;
}

// Numbers that have been seen, in a table at most half full.
class Seen {
 public:
  explicit Seen(std::size_t most) : slots_(std::bit_ceil(most * 2 + 2)) {}

  // Whether it is new.
  bool Add(std::uint64_t number) {
    number |= 1;  // 0 is a free slot
    for (std::size_t at = Mixed(number) & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at] == number) return false;
      if (slots_[at] != 0) continue;
      slots_[at] = number;
      return true;
    }
  }

 private:
  std::vector<std::uint64_t> slots_;
};

double ShareOf(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::vector<Word> WordsOf(std::string_view text) {
  std::vector<Word> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    if (!IsWordPart(TakeLetter(text, at))) continue;
    std::size_t next = at;
    while (next < text.size() && IsWordPart(TakeLetter(text, next))) at = next;
    words.push_back({HashOf(text.substr(begin, at - begin)), begin});
  }
  return words;
}

}  // namespace

Measure Loops(std::string_view text, const LoopLimits& limits) {
  constexpr std::size_t kWithoutLetters = 4;
  const std::vector<Word> pieces = PiecesOf(text);
  const auto place = [&](std::size_t piece) { return piece < pieces.size() ? pieces[piece].begin : text.size(); };
  Measure measure;
  std::size_t looped = 0;
  std::size_t longest = 0;
  std::size_t counted = 0;  // end of the last loop
  for (const Run& run : RunsOf(pieces)) {
    const std::size_t begin = place(run.begin);
    const std::size_t length = place(run.end) - begin;
    const std::size_t times = (run.end - run.begin) / run.period;
    if (times < limits.repeats || length < limits.length) continue;
    const std::string_view unit = text.substr(begin, place(run.begin + run.period) - begin);
    if (length < kWithoutLetters * limits.length && !HasLetter(unit)) continue;
    looped += begin + length - std::max(begin, counted);
    counted = begin + length;
    if (length <= longest) continue;
    longest = length;
    measure.example = unit;
    measure.times = times;
  }
  measure.share = ShareOf(looped, text.size());
  return measure;
}

Measure Lines(std::string_view text) {
  constexpr std::size_t kShort = 20;
  std::vector<std::string_view> lines;
  std::size_t whole = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = Stripped(text.substr(begin, end - begin));
    whole += line.size();
    if (line.size() >= kShort && HasLetter(line)) lines.push_back(line);
    begin = end + 1;
  }
  Seen seen(lines.size());
  Measure measure;
  std::size_t repeated = 0;
  for (const std::string_view line : lines) {
    if (seen.Add(HashOf(line))) continue;
    repeated += line.size();
    if (measure.example.empty()) measure.example = line;
  }
  measure.times = static_cast<std::size_t>(std::ranges::count(lines, measure.example));
  measure.share = ShareOf(repeated, whole);
  return measure;
}

Measure Grams(std::string_view text, std::size_t size) {
  const std::vector<Word> words = WordsOf(text);
  if (words.size() < size) return {};
  const std::size_t count = words.size() - size + 1;
  Seen seen(count);
  Measure measure;
  std::size_t repeated = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t hash = 0;
    for (std::size_t k = 0; k < size; ++k) hash = Mixed(hash * kPrime + words[i + k].hash);
    if (seen.Add(hash)) continue;
    ++repeated;
    if (!measure.example.empty()) continue;
    const std::size_t end = i + size < words.size() ? words[i + size].begin : text.size();
    measure.example = Stripped(text.substr(words[i].begin, end - words[i].begin));
  }
  measure.times = repeated + (repeated > 0 ? 1 : 0);
  measure.share = ShareOf(repeated, count);
  return measure;
}

Measure Compression(std::string_view text) {
  constexpr int kFast = 1;
  const auto size = static_cast<uLong>(text.size());
  std::vector<Bytef> out(compressBound(size));
  auto length = static_cast<uLongf>(out.size());
  const auto* bytes = reinterpret_cast<const Bytef*>(text.data());
  if (text.empty() || compress2(out.data(), &length, bytes, size, kFast) != Z_OK) return {};
  return {.share = std::max(0.0, 1 - ShareOf(length, text.size()))};
}

}  // namespace assay::repetition
