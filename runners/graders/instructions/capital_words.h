#pragma once
// Words in capital letters as IFEval counts them. Only for files of this folder.

#include <cstdint>
#include <string_view>

namespace assay::instructions {

// How many of the text's tokens have capital letters and no small ones. Tokens are those of NLTK's word tokenizer, the
// Treebank's: punctuation stands alone, "DON'T" are DO and N'T, "JOHN'S" are JOHN and 'S, "CANNOT" are CAN and NOT, but
// "WELL-KNOWN" is one.
std::int64_t CountCapitalWords(std::string_view text);

}  // namespace assay::instructions
