#pragma once
// What text the databases can hold.

#include <string>
#include <string_view>

namespace assay {

// `text` if it is UTF-8 without NUL, else a copy in `scratch` with U+FFFD for every byte that is not.
std::string_view StorableText(std::string_view text, std::string& scratch);

}  // namespace assay
