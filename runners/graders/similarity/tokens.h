#pragma once
// The words of a text, by one of several rules. Only for the files of this folder.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/fields.h"

namespace assay {

enum class TokenRule { k13a, kWhitespace, kCharacters, kAlphanumeric, kWords };

template <>
struct EnumWords<TokenRule> {
  static constexpr EnumWord<TokenRule> kWords[] = {
      {"13a", TokenRule::k13a, "the tokeniser of mteval-v13a: punctuation apart from words, but 3.14 stays whole"},
      {"whitespace", TokenRule::kWhitespace, "the parts between white space"},
      {"char", TokenRule::kCharacters, "every character but white space"},
      {"alphanumeric", TokenRule::kAlphanumeric, "runs of a-z and 0-9 after lower-casing; other scripts have none"},
      {"words", TokenRule::kWords, "runs of letters, marks and numbers of any script"}};
};

class TokenizedText {
 public:
  TokenizedText(TokenRule rule, std::string_view text, bool lower_case);

  const std::vector<std::string_view>& list() const { return tokens_; }
  bool empty() const { return tokens_.empty(); }

 private:
  std::unique_ptr<const std::string> text_;  // what the tokens point into; a moved string may move its text
  std::vector<std::string_view> tokens_;
};

using TokenIds = std::vector<std::uint32_t>;

// Numbers for words: equal words have equal numbers, counted from 0. The words must outlive it.
class Vocabulary {
 public:
  Vocabulary();
  TokenIds Ids(std::span<const std::string_view> words);
  std::uint32_t Id(std::string_view word);
  std::size_t size() const { return entries_; }

 private:
  struct Slot {
    std::string_view word;
    std::uint32_t hash = 0;
    std::uint32_t id = kNone;
  };
  static constexpr std::uint32_t kNone = UINT32_MAX;
  void Grow();

  std::vector<Slot> slots_;  // open addressing, at most half full
  std::size_t entries_ = 0;
  std::uint64_t seed_;
};

// The text as mteval-v13a writes it: tokens separated by single or more spaces.
std::string Tokenized13a(std::string_view text);

// The rules of mteval that 13a and TER share: a space around most ASCII punctuation, and around periods, commas and
// dashes by what stands beside them. `possessives`: the 's at the end of a word is a word of its own.
std::string PunctuationApart(std::string_view text, bool possessives);

// `text` with every `from` replaced by `to`, from left to right.
std::string EachReplaced(std::string_view text, std::string_view from, std::string_view to);

}  // namespace assay
