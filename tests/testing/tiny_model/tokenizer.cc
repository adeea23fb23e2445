#include "tests/testing/tiny_model/tokenizer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "core/file.h"

namespace assay::testing {
namespace {

constexpr std::size_t kMostTokenBytes = 1024;

constexpr std::array<char, 256> kBytes = [] {
  std::array<char, 256> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i);
  return bytes;
}();

// Reads numbers of four bytes and texts one after the other.
class TokenFile {
 public:
  explicit TokenFile(std::string_view bytes) : rest_(bytes) {}
  template <class Number>
  bool Read(Number& number) {
    static_assert(sizeof(Number) == 4);
    if (rest_.size() < sizeof(Number)) return false;
    std::memcpy(&number, rest_.data(), sizeof(Number));
    rest_.remove_prefix(sizeof(Number));
    return true;
  }
  bool Read(std::string& text, std::int32_t size) {
    if (size < 0 || static_cast<std::size_t>(size) > std::min(rest_.size(), kMostTokenBytes)) return false;
    text = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(text.size());
    return true;
  }
  bool is_at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

std::size_t CharacterSize(std::string_view text) {
  std::size_t size = 1;
  while (size < std::min<std::size_t>(text.size(), 4) && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) {
    ++size;
  }
  return size;
}

}  // namespace

Result<Tokenizer> Tokenizer::Load(const std::filesystem::path& file, int vocabulary) {
  const auto wrong = [&file] {
    return Fail(ErrorCode::kInvalidArgument, file.string() + " is no tokenizer of this model");
  };
  ASSAY_ASSIGN(const std::string bytes, ReadFile(file));
  TokenFile input(bytes);
  std::int32_t longest = 0;
  if (vocabulary < kFirstByte + 256 || !input.Read(longest)) return wrong();
  Tokenizer tokenizer;
  for (int id = 0; id < vocabulary; ++id) {
    Token token;
    std::int32_t size = 0;
    if (!input.Read(token.score) || !input.Read(size) || !input.Read(token.text, size)) return wrong();
    tokenizer.by_text_.emplace(token.text, id);
    tokenizer.longest_ = std::max(tokenizer.longest_, token.text.size());
    tokenizer.tokens_.push_back(std::move(token));
  }
  if (!input.is_at_end() || tokenizer.Find(" ") < 0) return wrong();
  return tokenizer;
}

int Tokenizer::Find(const std::string& text) const {
  const auto found = by_text_.find(text);
  return found == by_text_.end() ? -1 : found->second;
}

std::vector<int> Tokenizer::Encode(std::string_view text) const {
  std::vector<int> tokens = {kBegin};
  if (text.empty()) return tokens;
  tokens.push_back(Find(" "));  // words are known with the space before them, the first one too
  while (!text.empty()) {
    const std::string character(text.substr(0, CharacterSize(text)));
    text.remove_prefix(character.size());
    if (const int token = Find(character); token >= 0) {
      tokens.push_back(token);
    } else {
      for (const char byte : character) tokens.push_back(kFirstByte + static_cast<unsigned char>(byte));
    }
  }
  for (;;) {
    int best = -1;
    std::size_t place = 0;
    for (std::size_t i = 1; i + 1 < tokens.size(); ++i) {
      const int merged = Find(Name(tokens[i]) + Name(tokens[i + 1]));
      const auto score = [this](int token) { return tokens_[static_cast<std::size_t>(token)].score; };
      if (merged < 0 || (best >= 0 && score(merged) <= score(best))) continue;
      best = merged;
      place = i;
    }
    if (best < 0) return tokens;
    tokens[place] = best;
    tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  }
}

std::string_view Tokenizer::Piece(int previous, int token) const {
  if (token == kBegin || token == kEnd) return {};
  if (token >= kFirstByte && token < kFirstByte + 256) {
    return {&kBytes[static_cast<std::size_t>(token - kFirstByte)], 1};
  }
  std::string_view text = Name(token);
  if (previous == kBegin && text.starts_with(' ')) text.remove_prefix(1);  // the one that Encode has put there
  return text;
}

std::string Tokenizer::Decode(std::span<const int> tokens) const {
  std::string text;
  for (std::size_t i = 1; i < tokens.size(); ++i) text += Piece(tokens[i - 1], tokens[i]);
  return text;
}

}  // namespace assay::testing
