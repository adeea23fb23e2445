#include "runners/graders/text/answer_marker.h"

#include <re2/re2.h>

#include "runners/graders/frame/target.h"

namespace assay {

std::string AnswerMarker::PatternOf(std::string_view marker) {
  std::string pattern;
  std::string_view rest = TrimBlanks(marker);
  while (!rest.empty()) {
    const char c = rest.front();
    const bool is_space = std::string_view(" \t\r\n\v\f").find(c) != std::string_view::npos;
    if (is_space) {
      rest.remove_prefix(rest.size() - TrimBlanks(rest).size());
      if (!rest.starts_with(':')) pattern += "\\s+";
      continue;
    }
    if (c == ':') pattern += "\\s*";
    const std::size_t length = std::min(rest.find_first_of(" \t\r\n\v\f:", 1), rest.size());
    pattern += RE2::QuoteMeta(re2::StringPiece(rest.data(), length));
    rest.remove_prefix(length);
  }
  return pattern;
}

AnswerMarker::AnswerMarker(std::string_view marker, bool ignore_case) {
  RE2::Options options;
  options.set_case_sensitive(!ignore_case);
  options.set_log_errors(false);
  pattern_ = std::make_shared<const RE2>(PatternOf(marker) + "\\s*", options);
}

std::optional<std::string_view> AnswerMarker::AfterLast(std::string_view text) const {
  re2::StringPiece rest(text.data(), text.size());
  std::optional<std::string_view> found;
  while (RE2::FindAndConsume(&rest, *pattern_)) found = std::string_view(rest.data(), rest.size());
  return found;
}

}  // namespace assay
