#pragma once
// Text of others within Markdown.

#include <string>
#include <string_view>

namespace assay {

// Text within GitHub's Markdown, as one line: what could become a link, HTML, code, a mention or a table cell is
// escaped; control characters and those that change the writing direction are left out.
std::string EscapeMarkdown(std::string_view text);

// The length of a character at the begin of `text` that is obeyed instead of shown: U+0080 to U+009F, and those that
// change the writing direction. 0 for any other.
std::size_t ControlLength(std::string_view text);

}  // namespace assay
