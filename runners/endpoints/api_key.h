#pragma once
// Where an endpoint's key comes from.

#include <filesystem>
#include <string>
#include <string_view>

#include "config/model.h"
#include "core/result.h"

namespace assay {

// The key, without white space around it. Messages name the variable or the file, never what is in it.
// kFailedPrecondition for a variable that is not set, kNotFound for a missing file, kInvalidArgument for an empty key
// or one with characters that a header cannot carry. Messages begin with the name of the option, if any.
Result<std::string> ReadApiKey(const ApiKeySpec& spec, const std::filesystem::path& base_directory,
                               std::string_view option = "api_key");

}  // namespace assay
