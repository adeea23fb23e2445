#pragma once
// What the verbs that write and read files of review data share. Pure.

#include <algorithm>
#include <string>

namespace assay {

// The daemon's name of a format: "label-studio" is "label_studio", "csv" is "judgements_csv".
inline std::string ExchangeFormatOf(std::string word) {
  std::ranges::replace(word, '-', '_');
  return word == "csv" ? "judgements_csv" : word;
}

}  // namespace assay
