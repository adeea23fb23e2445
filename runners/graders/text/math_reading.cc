// From text to tree: what stands around an expression is taken off, and words are told from expressions.

#include <algorithm>
#include <array>
#include <utility>

#include "runners/graders/text/math_parser.h"
#include "runners/graders/text/math_value.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

std::string_view WithoutWrappers(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kWrappers = {
      {{"**", "**"}, {"$$", "$$"}, {"\\[", "\\]"}, {"\\(", "\\)"}, {"$", "$"}}};
  constexpr std::array<std::string_view, 6> kSpaces = {"\\,", "\\;", "\\:", "\\!", "\\quad", "\\qquad"};
  for (bool is_changed = true; is_changed;) {
    const std::size_t before = text.size();
    text = Trimmed(text);
    for (const std::string_view space : kSpaces) {
      if (text.starts_with(space)) text = Trimmed(text.substr(space.size()));
      if (text.ends_with(space)) text = Trimmed(text.substr(0, text.size() - space.size()));
    }
    while (!text.empty() && std::string_view(".,;:").find(text.back()) != std::string_view::npos) text.remove_suffix(1);
    for (const auto& [open, close] : kWrappers) {
      const bool is_wrapped =
          text.size() >= open.size() + close.size() && text.starts_with(open) && text.ends_with(close);
      const std::string_view inside =
          is_wrapped ? text.substr(open.size(), text.size() - open.size() - close.size()) : std::string_view();
      if (is_wrapped && inside.find(open) == std::string_view::npos) text = inside;
    }
    is_changed = text.size() != before;
  }
  return text;
}

std::size_t CountLongWords(std::string_view text) {
  std::size_t count = 0;
  std::size_t letters = 0;
  for (const char c : text) {
    letters = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? letters + 1 : 0;
    if (letters == 2) ++count;
  }
  return count;
}

// Words with pieces of mathematics among them: "odd $n$".
bool HasWordsOutsideOfMath(std::string_view text) {
  bool is_math = false;
  std::string outside;
  for (const char c : text) {
    if (c == '$') {
      is_math = !is_math;
      outside += ' ';
    } else if (!is_math) {
      outside += c;
    }
  }
  return text.find('$') != std::string_view::npos && CountLongWords(outside) > 0;
}

bool IsProse(std::string_view text) {
  if (HasWordsOutsideOfMath(text)) return true;
  return text.find_first_of("\\=+-*/^<>[]{}()") == std::string_view::npos && CountLongWords(text) >= 2;
}

constexpr std::array<std::string_view, 5> kTextCommands = {"\\textbf", "\\textit", "\\text", "\\mathrm", "\\mbox"};

bool HasOnlyTextCommands(std::string_view text) {
  for (std::size_t at = 0; (at = text.find('\\', at)) != std::string_view::npos; ++at) {
    const bool is_text = std::any_of(kTextCommands.begin(), kTextCommands.end(),
                                     [&](std::string_view command) { return text.substr(at).starts_with(command); });
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (!is_text && next != ' ' && next != '$' && next != '%' && next != '&') return false;
  }
  return true;
}

MathValue Words(std::string_view text) {
  std::string words(text);
  for (const std::string_view command : kTextCommands) {
    for (std::size_t at; (at = words.find(command)) != std::string::npos;) words.erase(at, command.size());
  }
  std::erase_if(words, [](char c) { return c == '{' || c == '}' || c == '$' || c == '\\'; });
  std::string_view plain = words;
  while (!plain.empty() && std::string_view(" \t\r\n.,;:").find(plain.back()) != std::string_view::npos) {
    plain.remove_suffix(1);
  }
  return {MathKind::kText, CaseFolded(WithSingleSpaces(plain))};
}

}  // namespace

std::expected<MathValue, std::string> ParseMath(std::string_view text, PercentMeaning percent) {
  text = WithoutWrappers(text);
  if (text.empty()) return std::unexpected("it is empty");
  if (text.size() > kMaxMathBytes) return std::unexpected("it is longer than 4096 bytes");
  if (IsProse(text)) return Words(text);
  auto tokens = MathTokens(text);
  if (!tokens) return std::unexpected(std::move(tokens).error());
  auto value = MathParser(*std::move(tokens), percent).Run();
  if (value || CountLongWords(text) == 0 || text.find('=') != std::string_view::npos) return value;
  // What is no expression may be words, but not with commands in it that say more than the look.
  return HasOnlyTextCommands(text) ? std::expected<MathValue, std::string>(Words(text)) : value;
}

}  // namespace assay
