#pragma once
// Text of others within Markdown.

#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Text within GitHub's Markdown, as one line: what could become a link, HTML, code, a mention or a table cell is
// escaped; control characters and others that are no plain line are left out.
std::string EscapeMarkdown(std::string_view text);

// The same text of several lines as a quotation, which ends with an empty line.
std::string MarkdownQuote(std::string_view text);

// A row of a table, its cells escaped; and the first row with the line below it.
std::string MarkdownRow(const std::vector<std::string>& cells);
std::string MarkdownHead(const std::vector<std::string>& names);

// The same text as code within a line: what is not plain as an escape, backquotes as quotes.
std::string MarkdownCode(std::string_view text);

// The length of a character at the begin of `text` that is obeyed instead of shown, or not seen (plain_line.h): U+0080
// to U+009F, those that change the writing direction, U+2028. 0 for any other, and for ASCII.
std::size_t ControlLength(std::string_view text);

}  // namespace assay
