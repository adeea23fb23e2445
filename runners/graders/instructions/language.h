#pragma once
// Which language a text is in, as the Python package langdetect says it. Only for files of this folder.

#include <optional>
#include <string_view>

namespace assay::instructions {

// "en", "zh-cn"; "unknown" where no language is likely; nullopt for a text without letters that tell. langdetect
// draws at random which letters it looks at; here the same text always gives the same answer, the likelier one where it
// wavers. Of a long text the first 10,000 characters count, so that the time is bounded.
std::optional<std::string_view> IdentifyLanguage(std::string_view text);

// Whether texts can be in that language: one of 55.
bool IsKnownLanguage(std::string_view code);

}  // namespace assay::instructions
