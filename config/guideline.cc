#include "config/guideline.h"

#include <algorithm>
#include <optional>

namespace assay {
namespace {

std::string_view WithoutSpaceAround(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// What stands behind an indentation of at most three spaces; absent for one of more, which makes a block of code.
std::optional<std::string_view> Unindented(std::string_view line) {
  const std::size_t indentation = std::min(line.find_first_not_of(' '), line.size());
  if (indentation > 3) return std::nullopt;
  return line.substr(indentation);
}

// "" or the run of ` or ~ that begins the line, if it is a fence.
std::string_view FenceOf(std::string_view line) {
  if (line.empty() || (line[0] != '`' && line[0] != '~')) return "";
  const std::size_t length = std::min(line.find_first_not_of(line[0]), line.size());
  return length >= 3 ? line.substr(0, length) : "";
}

bool ClosesFence(std::string_view line, std::string_view open) {
  const std::string_view fence = FenceOf(line);
  return !fence.empty() && fence[0] == open[0] && fence.size() >= open.size() &&
         WithoutSpaceAround(line.substr(fence.size())).empty();
}

std::optional<GuidelineClause> ReadHeading(std::string_view line, int number) {
  const std::size_t marks = std::min(line.find_first_not_of('#'), line.size());
  if (marks == 0 || marks > 6 || marks == line.size() || (line[marks] != ' ' && line[marks] != '\t')) {
    return std::nullopt;
  }
  const std::string_view heading = WithoutSpaceAround(line.substr(marks));
  const std::size_t end = std::min(heading.find_first_of(" \t"), heading.size());
  std::string_view clause = heading.substr(0, end);
  if (clause.ends_with('.')) clause.remove_suffix(1);
  if (!IsClauseNumber(clause)) return std::nullopt;
  return GuidelineClause{std::string(clause), std::string(WithoutSpaceAround(heading.substr(end))), number};
}

}  // namespace

bool IsClauseNumber(std::string_view text) {
  constexpr int kMostParts = 6;
  constexpr std::size_t kMostDigits = 3;
  for (int part = 0; part < kMostParts; ++part) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0 || digits > kMostDigits) return false;
    text.remove_prefix(digits);
    if (text.empty()) return true;
    if (text[0] != '.') return false;
    text.remove_prefix(1);
  }
  return false;
}

std::vector<GuidelineClause> ClausesOf(std::string_view markdown) {
  std::vector<GuidelineClause> clauses;
  std::string_view fence;
  int number = 0;
  for (std::size_t begin = 0; begin < markdown.size();) {
    const std::size_t end = std::min(markdown.find('\n', begin), markdown.size());
    const auto line = Unindented(markdown.substr(begin, end - begin));
    begin = end + 1;
    ++number;
    if (!line) continue;
    if (!fence.empty()) {
      if (ClosesFence(*line, fence)) fence = "";
      continue;
    }
    fence = FenceOf(*line);
    if (!fence.empty()) continue;
    if (auto clause = ReadHeading(*line, number)) clauses.push_back(*std::move(clause));
  }
  return clauses;
}

}  // namespace assay
