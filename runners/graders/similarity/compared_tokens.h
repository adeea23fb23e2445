#pragma once
// A response and its references as numbered words. Only for the files of this folder.

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "runners/graders/similarity/tokens.h"

namespace assay {

struct ComparedTokens {
  // `stem`: words of more than three characters are their stems, as rouge-score has it.
  ComparedTokens(TokenRule rule, bool lower_case, bool stem, std::string_view response_text,
                 const std::vector<std::string>& reference_texts);

  TokenIds response;
  std::vector<TokenIds> references;

 private:
  TokenIds Read(TokenRule rule, bool lower_case, bool stem, std::string_view text);

  std::vector<TokenizedText> texts_;
  std::deque<std::string> stems_;
  Vocabulary vocabulary_;  // of words in the two above
};

}  // namespace assay
