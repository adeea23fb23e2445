#include "runners/graders/instructions/pattern.h"

#include <re2/re2.h>

#include <algorithm>

#include "runners/graders/instructions/letters.h"

namespace assay::instructions {
namespace {

char AsciiLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Short, ASCII and without special characters: found by comparing at every place, which needs no expression.
bool IsShortAndPlain(std::string_view source) {
  constexpr std::size_t kShort = 40;
  const auto is_plain = [](char c) {
    return static_cast<unsigned char>(c) < 0x80 &&
           std::string_view("\\.+*?()|[]{}^$").find(c) == std::string_view::npos;
  };
  return source.size() <= kShort && std::ranges::all_of(source, is_plain);
}

std::shared_ptr<const RE2> Compile(const std::string& source, bool ignore_case) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!ignore_case);
  auto compiled = std::make_shared<const RE2>(source, options);
  return compiled->ok() ? compiled : nullptr;
}

std::size_t FindIgnoringCase(std::string_view text, std::string_view lower, std::size_t from) {
  const auto same = [](char a, char b) { return AsciiLower(a) == b; };
  const auto found =
      std::search(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), lower.begin(), lower.end(), same);
  return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

}  // namespace

Result<Pattern> Pattern::Make(std::string source, bool ignore_case) {
  if (source.empty()) return Fail(ErrorCode::kInvalidArgument, "is empty, which is in every text");
  if (source.size() > kMaxSource) return Fail(ErrorCode::kInvalidArgument, "is too long to be searched for");
  Pattern pattern;
  pattern.source_ = std::move(source);
  pattern.ignore_case_ = ignore_case;
  if (IsShortAndPlain(pattern.source_)) {
    pattern.needle_ = ignore_case ? Lowered(pattern.source_) : pattern.source_;
    return pattern;
  }
  pattern.expression_ = Compile(pattern.source_, ignore_case);
  if (!pattern.expression_) pattern.expression_ = Compile(RE2::QuoteMeta(pattern.source_), ignore_case);
  if (!pattern.expression_) return Fail(ErrorCode::kInvalidArgument, "is no UTF-8");
  return pattern;
}

std::optional<Pattern::Span> Pattern::Next(std::string_view text, std::size_t from) const {
  if (from > text.size()) return std::nullopt;
  if (expression_) {
    re2::StringPiece match;
    const re2::StringPiece piece(text.data(), text.size());
    if (!expression_->Match(piece, from, text.size(), RE2::UNANCHORED, &match, 1)) return std::nullopt;
    const auto begin = static_cast<std::size_t>(match.data() - text.data());
    return Span{begin, begin + match.size()};
  }
  const std::size_t begin = ignore_case_ ? FindIgnoringCase(text, needle_, from) : text.find(needle_, from);
  if (begin == std::string_view::npos) return std::nullopt;
  return Span{begin, begin + needle_.size()};
}

std::int64_t Pattern::Count(std::string_view text) const {
  std::int64_t count = 0;
  std::size_t from = 0;
  while (const auto match = Next(text, from)) {
    ++count;
    from = match->end > match->begin ? match->end : match->end + 1;
  }
  return count;
}

bool Pattern::IsInAsWord(std::string_view text) const {
  const auto is_edge = [&](std::size_t at) { return IsWordBefore(text, at) != IsWordAt(text, at); };
  std::size_t from = 0;
  while (const auto match = Next(text, from)) {
    if (is_edge(match->begin) && is_edge(match->end)) return true;
    // A plain text may overlap the match that failed. The matches of an expression may be long; none is looked into.
    from = expression_ && match->end > match->begin ? match->end : match->begin + 1;
  }
  return false;
}

}  // namespace assay::instructions
