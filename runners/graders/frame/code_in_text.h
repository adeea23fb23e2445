#pragma once
// Fenced blocks of code in a text of Markdown.

#include <string_view>
#include <vector>

namespace assay {

struct CodeBlock {
  std::string_view language;  // the first word after the fence, "" for none
  std::string_view code;      // the lines between the fences
  std::string_view whole;     // with them
  bool is_closed = true;      // false: the text ends within it
};

// As CommonMark has it: a fence is a line of three or more backticks or tildes, indented by at most three spaces; it is
// closed by a line of as many or more of the same and nothing else. What follows an opening fence may have no backtick
// when the fence is of them. A block that is not closed goes to the end of the text. Fences within lists and quotations
// are found where they are indented so. Linear.
std::vector<CodeBlock> FindCodeBlocks(std::string_view text);

}  // namespace assay
