#pragma once
// Text inside HTML and XML.

#include <string>
#include <string_view>

namespace assay {

// Text that is the content of an element or of an attribute in double quotes, in HTML and XML 1.0. Line breaks survive
// in attributes; other control characters, which XML cannot hold, are left out, and U+FFFE and U+FFFF replaced.
std::string EscapeMarkup(std::string_view text);

}  // namespace assay
