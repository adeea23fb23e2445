#include "runners/graders/text/math_answer.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <optional>

#include "runners/graders/text/math_value.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

// The inside of the last box whose braces close. What stands in the box of a box is its inside.
std::optional<std::string_view> LastBox(std::string_view text) {
  static const RE2 start(R"((?:\\(?:beginboxed|boxed|fbox)|\b(?:boxed|fbox))\s*\{)");
  re2::StringPiece rest(text.data(), text.size());
  std::optional<std::string_view> found;
  while (RE2::FindAndConsume(&rest, start)) {
    const std::string_view inside(rest.data(), rest.size());
    int depth = 1;
    for (std::size_t i = 0; i < inside.size() && depth > 0 && i <= kMaxMathBytes; ++i) {
      if (inside[i] == '{') ++depth;
      if (inside[i] != '}' || --depth > 0) continue;
      found = inside.substr(0, i);
      rest.remove_prefix(static_cast<re2::StringPiece::size_type>(i + 1));
    }
  }
  const std::optional<std::string_view> inner =
      found && found->size() <= kMaxMathBytes ? LastBox(*found) : std::nullopt;
  return inner ? inner : found;
}

std::optional<std::string_view> BehindMarker(std::string_view text) {
  static const RE2 marker(R"((?i)(?:final\s+answer|answer|result)\s*(?:is\b|[:=])[\s*_:]*)");
  re2::StringPiece rest(text.data(), text.size());
  std::optional<std::string_view> found;
  while (RE2::FindAndConsume(&rest, marker)) found = std::string_view(rest.data(), rest.size());
  if (!found) return std::nullopt;
  const std::string_view line = found->substr(0, found->find_first_of("\r\n"));
  // "\[" alone on its line begins a formula that stands on the next ones.
  if (Trimmed(line) == "\\[" || Trimmed(line) == "$$") {
    const std::string_view close = Trimmed(line) == "$$" ? "$$" : "\\]";
    const std::size_t begin = found->find(Trimmed(line)) + 2;
    const std::size_t end = found->find(close, begin);
    if (end != std::string_view::npos) return found->substr(begin, end - begin);
  }
  return line;
}

std::optional<std::string_view> LastBetween(std::string_view text, std::string_view open, std::string_view close,
                                            std::size_t& end) {
  end = text.rfind(close);
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  const std::size_t begin = text.rfind(open, end - 1);
  if (begin == std::string_view::npos || begin + open.size() > end) return std::nullopt;
  return text.substr(begin + open.size(), end - begin - open.size());
}

std::optional<std::string_view> LastFormula(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kMarks = {
      {{"$$", "$$"}, {"\\[", "\\]"}, {"\\(", "\\)"}, {"$", "$"}}};
  std::optional<std::string_view> found;
  std::size_t last = 0;
  for (const auto& [open, close] : kMarks) {
    std::size_t end = 0;
    const auto formula = LastBetween(text, open, close, end);
    if (!formula || Trimmed(*formula).empty() || (found && end <= last)) continue;
    found = formula;
    last = end;
  }
  return found;
}

std::string_view LastLine(std::string_view text) {
  text = Trimmed(text);
  const std::size_t end = text.find_last_of("\r\n");
  return end == std::string_view::npos ? text : Trimmed(text.substr(end + 1));
}

std::optional<std::string> LastNumber(std::string_view text) {
  static const RE2 number(R"(([-+]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?\s*%?))");
  re2::StringPiece rest(text.data(), text.size());
  std::optional<std::string> found;
  re2::StringPiece match;
  while (RE2::FindAndConsume(&rest, number, &match)) found = std::string(match.data(), match.size());
  return found;
}

}  // namespace

std::vector<MathCandidate> MathCandidates(std::string_view response) {
  std::vector<MathCandidate> candidates;
  const auto add = [&](std::optional<std::string_view> text, bool is_marked) {
    if (text && !Trimmed(*text).empty()) candidates.push_back({std::string(Trimmed(*text)), is_marked});
  };
  add(LastBox(response), true);
  for (MathCandidate& box : candidates) box.is_boxed = true;
  add(BehindMarker(response), true);
  if (response.size() <= kMaxMathBytes) add(response, false);
  add(LastFormula(response), false);
  add(LastLine(response), false);
  if (auto number = LastNumber(response)) candidates.push_back({std::move(*number), false});
  return candidates;
}

std::string MathTarget(std::string_view target) {
  const auto box = LastBox(target);
  return std::string(box && !Trimmed(*box).empty() ? *box : target);
}

}  // namespace assay
