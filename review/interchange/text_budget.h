#pragma once
// Texts of people within a bounded document: each is cut, and all together too. Not thread-safe.

#include <algorithm>
#include <string>
#include <string_view>

namespace assay {

class TextBudget {
 public:
  TextBudget(std::size_t of_one, std::size_t of_all) : of_one_(of_one), left_(of_all) {}

  // As much of the text as there is room for; what is cut says so at its end. A character of UTF-8 stays whole.
  std::string Take(std::string_view text) {
    std::size_t length = std::min({text.size(), of_one_, left_});
    while (length > 0 && length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
    left_ -= length;
    std::string taken(text.substr(0, length));
    if (length < text.size()) taken += "[cut: it has " + std::to_string(text.size()) + " bytes]";
    return taken;
  }

 private:
  const std::size_t of_one_;
  std::size_t left_;
};

}  // namespace assay
