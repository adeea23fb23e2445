#include "runners/graders/similarity/compared_tokens.h"

#include "runners/graders/similarity/porter_stemmer.h"
#include "runners/graders/similarity/unicode_text.h"

namespace assay {

ComparedTokens::ComparedTokens(TokenRule rule, bool lower_case, bool stem, std::string_view response_text,
                               const std::vector<std::string>& reference_texts) {
  texts_.reserve(reference_texts.size() + 1);
  for (const std::string& text : reference_texts) references.push_back(Read(rule, lower_case, stem, text));
  response = Read(rule, lower_case, stem, response_text);
}

TokenIds ComparedTokens::Read(TokenRule rule, bool lower_case, bool stem, std::string_view text) {
  const TokenizedText& tokens = texts_.emplace_back(rule, text, lower_case);
  if (!stem) return vocabulary_.Ids(tokens.list());
  constexpr std::size_t kShort = 3;
  TokenIds ids;
  ids.reserve(tokens.list().size());
  for (const std::string_view word : tokens.list()) {
    const bool is_short =
        word.size() <= kShort || (word.size() <= 4 * kShort && UnicodeCharacters(word).size() <= kShort);
    ids.push_back(vocabulary_.Id(is_short ? word : std::string_view(stems_.emplace_back(PorterStem(word)))));
  }
  return ids;
}

}  // namespace assay
