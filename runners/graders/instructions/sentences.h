#pragma once
// Sentences of English as IFEval counts them. Only for files of this folder.

#include <cstdint>
#include <string_view>

namespace assay::instructions {

// How many sentences the Punkt algorithm (Kiss and Strunk 2006) finds, as NLTK 3.9 applies it, with its English
// abbreviations and a part of its vocabulary. It has habits: in a numbered list "1." ends a sentence, and a period
// right before a typographic quote ends none.
std::int64_t CountSentences(std::string_view text);

}  // namespace assay::instructions
