#pragma once
// Text to tokens and back: byte pair encoding with scores, as SentencePiece does it, and bytes for what has no token.

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/result.h"

namespace assay::testing {

// Immutable, thread-safe.
class Tokenizer {
 public:
  static constexpr int kBegin = 1;  // stands before every text, and between two
  static constexpr int kEnd = 2;
  static constexpr int kFirstByte = 3;  // token of byte 0; 256 of them

  // `vocabulary` is the number of tokens in the file. kInvalidArgument for what is no such file.
  static Result<Tokenizer> Load(const std::filesystem::path& file, int vocabulary);

  // kBegin, and the tokens of `text`. The time grows with the square of its length.
  std::vector<int> Encode(std::string_view text) const;
  // The bytes of `token` after `previous`: a part of a character when it is a byte token.
  std::string_view Piece(int previous, int token) const;
  // The text of `tokens`, which begin with kBegin.
  std::string Decode(std::span<const int> tokens) const;
  // Bytes of the longest token: a text has at least a token for so many.
  std::size_t longest() const { return longest_; }
  // What the file calls the token: "<0x0A>" of a byte.
  const std::string& Name(int token) const { return tokens_[static_cast<std::size_t>(token)].text; }

 private:
  struct Token {
    std::string text;
    float score = 0;
  };
  // -1 when no token has that text.
  int Find(const std::string& text) const;

  std::vector<Token> tokens_;
  std::unordered_map<std::string, int> by_text_;
  std::size_t longest_ = 1;
};

}  // namespace assay::testing
