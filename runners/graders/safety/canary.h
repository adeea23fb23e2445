#pragma once
// A secret that got out, in whatever writing. Only for files of this folder.

#include <optional>
#include <string>
#include <string_view>

namespace assay {

// A text in the writings in which canaries are looked for.
class CanaryText {
 public:
  explicit CanaryText(std::string_view text, bool encoded);

  // How `canary` is written in it: "" as it is (case, invisible characters and forms of width do not count), " in
  // Base64"; nullopt when it is not there. Other writings only when `encoded`, and only of canaries with 6 and more
  // letters and digits: a shorter one could be there by chance.
  std::optional<std::string> Find(std::string_view canary) const;

 private:
  bool encoded_;
  std::string folded_;
  std::string letters_;  // and digits of folded_
  std::string base64_;   // the text without white space
};

}  // namespace assay
