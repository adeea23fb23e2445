// An ASCII text is folded by lowering ASCII letters. Only k and s have partners outside of ASCII, the Kelvin sign and
// the long s; they are lowered too. For all other texts RE2 compares. memmem is linear, whatever the texts.

#include "runners/graders/text/text_match.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>
#include <utility>

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

bool Occurs(std::string_view needle, std::string_view text) {
  return ::memmem(text.data(), text.size(), needle.data(), needle.size()) != nullptr;
}

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Result<TextMatch> TextMatch::Make(std::string text, bool ignore_case) {
  TextMatch match;
  match.text_ = std::move(text);
  if (!ignore_case) return match;
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

bool TextMatch::IsIn(std::string_view other) const {
  if (folded_) return RE2::PartialMatch(Piece(other), *folded_);
  return lower_.empty() ? Occurs(text_, other) : Occurs(lower_, Lowered(other));
}

bool TextMatch::Equals(std::string_view other) const {
  if (folded_) return RE2::FullMatch(Piece(other), *folded_);
  return lower_.empty() ? other == text_ : Lowered(other) == lower_;
}

}  // namespace assay
