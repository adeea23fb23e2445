#pragma once
// The numbered clauses of a guideline in Markdown: headings such as `## 2.3 Refunds`, which judgements and rulings
// refer to.

#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct GuidelineClause {
  std::string number;  // "2.3"
  std::string title;   // "Refunds"
  int line = 0;        // of the heading in the text, from 1
  friend bool operator==(const GuidelineClause&, const GuidelineClause&) = default;
};

// In the order of the text. Headings are those of CommonMark with `#`, at most three spaces before them; fenced blocks
// of code have none, nor have headings without a number. A full stop after the number is not part of it. Thread-safe.
std::vector<GuidelineClause> ClausesOf(std::string_view markdown);

// Whether `text` is the number of a clause: up to six numbers of up to three digits, with full stops between.
bool IsClauseNumber(std::string_view text);

}  // namespace assay
