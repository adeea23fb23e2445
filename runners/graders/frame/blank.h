#pragma once
// Whether a text says nothing to a reader. Only for runners/graders.

#include <string_view>

namespace assay {

// Only white space and characters that are not seen, by Unicode: no-break and zero-width ones too.
bool IsBlank(std::string_view text);

}  // namespace assay
