#pragma once
// Regular expressions of JSON Schema, which are ECMAScript's, for RE2.

#include <memory>
#include <string>

#include "core/result.h"

namespace re2 {
class RE2;
}

namespace assay {

// \uXXXX, \cX, \s, [^], (?<name>…) and \p{Letter} are put as RE2 has them. What RE2 does not know, lookaround and back
// references first, is kInvalidArgument. \d and \w are digits and letters of ASCII; \S in brackets is too.
Result<std::shared_ptr<const re2::RE2>> CompileSchemaPattern(const std::string& source);

}  // namespace assay
