#include "runners/graders/similarity/tokens.h"

#include <utility>

#include "runners/graders/similarity/seeded_hash.h"
#include "runners/graders/similarity/unicode_text.h"

namespace assay {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsPeriodOrComma(char c) { return c == '.' || c == ','; }

// ASCII punctuation but for the apostrophe, the comma, the dash and the period.
bool StandsApart(char c) {
  return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') ||
         (c >= ':' && c <= '@') || c == '/';
}

// The four passes of mteval, each over the result of the one before. In a pass, what one match took is not looked at by
// the next: ".." after a letter is taken as the letter and a period, and then a period.
std::string PunctuationPass(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 2);
  for (const char c : text) {
    if (StandsApart(c)) {
      out += {' ', c, ' '};
    } else {
      out += c;
    }
  }
  return out;
}

std::string PassAfterNonDigit(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (!IsDigit(text[i]) && i + 1 < text.size() && IsPeriodOrComma(text[i + 1])) {
      out += {' ', text[i + 1], ' '};
      ++i;
    }
  }
  return out;
}

std::string PassBeforeNonDigit(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (IsPeriodOrComma(text[i]) && i + 1 < text.size() && !IsDigit(text[i + 1])) {
      out += {' ', text[i], ' ', text[i + 1]};
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string PassDashAfterDigit(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (IsDigit(text[i]) && i + 1 < text.size() && text[i + 1] == '-') {
      out += " - ";
      ++i;
    }
  }
  return out;
}

std::vector<std::string_view> CharactersOf(std::string_view text) {
  std::vector<std::string_view> out;
  out.reserve(text.size());
  while (!text.empty()) {
    const UnicodeCharacter c = FirstUnicodeCharacter(text);
    if (!IsUnicodeSpace(c.code)) out.push_back(text.substr(0, c.bytes));
    text.remove_prefix(c.bytes);
  }
  return out;
}

template <class Belongs>
std::vector<std::string_view> Runs(std::string_view text, Belongs belongs) {
  std::vector<std::string_view> out;
  std::size_t begin = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const UnicodeCharacter c = FirstUnicodeCharacter(text.substr(at));
    if (!belongs(c.code)) {
      if (at > begin) out.push_back(text.substr(begin, at - begin));
      begin = at + c.bytes;
    }
    at += c.bytes;
  }
  if (at > begin) out.push_back(text.substr(begin));
  return out;
}

std::uint32_t HashOf(std::string_view word, std::uint64_t hash) {
  for (const char c : word) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  hash ^= hash >> 29;
  hash *= 0xBF58476D1CE4E5B9u;
  return static_cast<std::uint32_t>(hash >> 32);
}

}  // namespace

std::string EachReplaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  for (;;) {
    const std::size_t at = text.find(from);
    if (at == std::string_view::npos) break;
    out += text.substr(0, at);
    out += to;
    text.remove_prefix(at + from.size());
  }
  out += text;
  return out;
}

std::string PunctuationApart(std::string_view text, bool possessives) {
  std::string line = PunctuationPass(text);
  if (possessives) line = EachReplaced(line, "'s ", " 's ");
  return PassDashAfterDigit(PassBeforeNonDigit(PassAfterNonDigit(line)));
}

std::string Tokenized13a(std::string_view text) {
  std::string line = " " + std::string(text) + " ";
  if (line.find('<') != std::string::npos) line = EachReplaced(line, "<skipped>", "");
  if (line.find('\n') != std::string::npos) line = EachReplaced(EachReplaced(line, "-\n", ""), "\n", " ");
  if (line.find('&') != std::string::npos) {
    line = EachReplaced(line, "&quot;", "\"");
    line = EachReplaced(line, "&amp;", "&");
    line = EachReplaced(line, "&lt;", "<");
    line = EachReplaced(line, "&gt;", ">");
  }
  return PunctuationApart(line, /*possessives=*/false);
}

TokenizedText::TokenizedText(TokenRule rule, std::string_view text, bool lower_case) {
  std::string line = lower_case || rule == TokenRule::kAlphanumeric ? UnicodeLowerCase(text) : std::string(text);
  if (rule == TokenRule::k13a) line = Tokenized13a(TrimUnicodeSpacesAtEnd(line));
  text_ = std::make_unique<const std::string>(std::move(line));
  switch (rule) {
    case TokenRule::k13a:
    case TokenRule::kWhitespace:
      tokens_ = SplitAtUnicodeSpaces(*text_);
      break;
    case TokenRule::kCharacters:
      tokens_ = CharactersOf(*text_);
      break;
    case TokenRule::kAlphanumeric:
      tokens_ = Runs(*text_, [](char32_t c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); });
      break;
    case TokenRule::kWords:
      tokens_ = Runs(*text_, [](char32_t c) { return IsUnicodeLetterOrNumber(c) || IsUnicodeMark(c); });
      break;
  }
}

Vocabulary::Vocabulary() : seed_(HashSeed()) {}

void Vocabulary::Grow() {
  std::vector<Slot> old = std::exchange(slots_, {});
  slots_.resize(old.empty() ? 256 : old.size() * 2);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.id == kNone) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].id != kNone) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

std::uint32_t Vocabulary::Id(std::string_view word) {
  if (entries_ * 2 >= slots_.size()) Grow();
  const std::uint32_t hash = HashOf(word, seed_);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    Slot& slot = slots_[at];
    if (slot.id == kNone) {
      slot = {word, hash, static_cast<std::uint32_t>(entries_++)};
      return slot.id;
    }
    if (slot.hash == hash && slot.word == word) return slot.id;
  }
}

TokenIds Vocabulary::Ids(std::span<const std::string_view> words) {
  TokenIds ids;
  ids.reserve(words.size());
  for (const std::string_view word : words) ids.push_back(Id(word));
  return ids;
}

}  // namespace assay
