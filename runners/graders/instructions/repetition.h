#pragma once
// How much of a text is repetition. Each measure is in [0, 1] and takes linear time. Only for degeneration.cc.

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::repetition {

struct Measure {
  double share = 0;
  std::string_view example = {};  // what is repeated most, of the text; empty when nothing is
  std::size_t times = 0;          // how often it stands there
};

// What makes a repetition a loop.
struct LoopLimits {
  std::size_t repeats = 6;   // one after the other
  std::size_t length = 300;  // bytes of all of them
};

// The share of the text that stands in loops: a unit of one or more words again and again with nothing between. A unit
// without letters (rules of tables, zeros of a matrix) must be four times as long to count.
Measure Loops(std::string_view text, const LoopLimits& limits);

// The share of the text's lines, by their bytes, that are the same as one before. Short lines and those without letters
// are not looked at: "}", "| --- | --- |".
Measure Lines(std::string_view text);

// The share of the sequences of `size` words that occurred before: 1 - distinct-n.
Measure Grams(std::string_view text, std::size_t size);

// What zlib saves: 1 - compressed size / size.
Measure Compression(std::string_view text);

}  // namespace assay::repetition
