#pragma once
// How arguments are compared. Only for files of this folder.

#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"

namespace assay {

// Equal values: numbers as numbers, exactly (1 is 1.0; 9007199254740993 is not 9007199254740992), members in any order.
bool IsSameValue(const Json& a, const Json& b);

// A text that is the same for equal values, and for no others.
std::string EqualText(const Json& value);

// Whether numbers are equal, exactly; both are numbers.
bool IsSameNumber(const Json& a, const Json& b);

// Whether `actual` has what `expected` has: members beyond those of an expected object do not matter, at any depth;
// lists have the same length.
bool HasValue(const Json& actual, const Json& expected);

// How much two lists of arguments agree, in [0, 1]: of the names of both, the share with equal values; objects within
// count by their own share.
double SharedArguments(const Json& a, const Json& b);

// A pattern for names: * is any text, ? any one character. Upper and lower case differ.
bool MatchesGlob(std::string_view name, std::string_view glob);
bool MatchesAnyGlob(std::string_view name, const std::vector<std::string>& globs);

// `object` without the members that match one of the globs.
Json WithoutMembers(const Json& object, const std::vector<std::string>& globs);

}  // namespace assay
