// An ASCII text is folded by lowering ASCII letters. Only k and s have partners outside of ASCII, the Kelvin sign and
// the long s; they are lowered too. For all other texts RE2 compares. memmem is linear, whatever the texts.

#include "runners/graders/text/text_match.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

constexpr std::string_view kKelvinSign = "\xE2\x84\xAA";
constexpr std::string_view kLongS = "\xC5\xBF";

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string Lowered(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char c = text.front();
    if (text.starts_with(kKelvinSign)) {
      out += 'k';
      text.remove_prefix(kKelvinSign.size());
    } else if (text.starts_with(kLongS)) {
      out += 's';
      text.remove_prefix(kLongS.size());
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
      text.remove_prefix(1);
    }
  }
  return out;
}

// Where `needle` stands in `text` at or after `from`; npos if nowhere.
std::size_t Find(std::string_view needle, std::string_view text, std::size_t from) {
  if (from > text.size()) return std::string_view::npos;
  const void* found = ::memmem(text.data() + from, text.size() - from, needle.data(), needle.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

bool IsWordAtFront(std::string_view text) { return !text.empty() && IsWordCharacter(TakeCharacter(text)); }

bool IsWordAtBack(std::string_view text) {
  if (text.empty()) return false;
  std::size_t begin = text.size() - 1;
  while (begin > 0 && text.size() - begin < 4 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  return IsWordAtFront(text.substr(begin));
}

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Result<TextMatch> TextMatch::Make(std::string text, TextMatchOptions how) {
  TextMatch match;
  match.text_ = std::move(text);
  match.whole_word_ = how.whole_word;
  if (!how.ignore_case) return match;
  if (IsAscii(match.text_)) {
    match.lower_ = Lowered(match.text_);
    return match;
  }
  RE2::Options options;
  options.set_literal(true);
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  auto folded = std::make_shared<const RE2>(match.text_, options);
  if (!folded->ok()) return Fail(ErrorCode::kInvalidArgument, "the text cannot be folded: " + folded->error());
  match.folded_ = std::move(folded);
  return match;
}

bool TextMatch::IsWholeWord(std::string_view text, std::size_t begin, std::size_t size) const {
  const std::string_view found = text.substr(begin, size);
  return !(IsWordAtFront(found) && IsWordAtBack(text.substr(0, begin))) &&
         !(IsWordAtBack(found) && IsWordAtFront(text.substr(begin + size)));
}

bool TextMatch::IsIn(std::string_view other) const {
  if (folded_) {
    re2::StringPiece found;
    for (std::size_t from = 0; folded_->Match(Piece(other), from, other.size(), RE2::UNANCHORED, &found, 1);) {
      const auto begin = static_cast<std::size_t>(found.data() - other.data());
      if (!whole_word_ || IsWholeWord(other, begin, found.size())) return true;
      from = begin + 1;
    }
    return false;
  }
  const std::string lowered = lower_.empty() ? std::string() : Lowered(other);
  const std::string_view text = lower_.empty() ? other : std::string_view(lowered);
  const std::string_view needle = lower_.empty() ? text_ : lower_;
  for (std::size_t from = 0; (from = Find(needle, text, from)) != std::string_view::npos; ++from) {
    if (!whole_word_ || IsWholeWord(text, from, needle.size())) return true;
  }
  return false;
}

bool TextMatch::Equals(std::string_view other) const {
  if (folded_) return RE2::FullMatch(Piece(other), *folded_);
  return lower_.empty() ? other == text_ : Lowered(other) == lower_;
}

}  // namespace assay
