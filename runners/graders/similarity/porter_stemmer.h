#pragma once
// The stem of an English word: Porter's algorithm with the extensions of NLTK (its default mode), which rouge-score and
// NLTK's METEOR use. Only for the files of this folder.

#include <string>
#include <string_view>

namespace assay {

// `word` is lower-case. A word with more than 100 different characters beyond ASCII is its own stem. Linear time.
std::string PorterStem(std::string_view word);

}  // namespace assay
