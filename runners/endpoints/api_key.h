#pragma once
// Where an endpoint's key comes from.

#include <filesystem>
#include <string>

#include "config/model.h"
#include "core/result.h"

namespace assay {

// The key, without white space around it. Messages name the variable or the file, never what is in it.
// kFailedPrecondition for a variable that is not set, kNotFound for a missing file, kInvalidArgument for an empty key
// or one with characters that a header cannot carry.
Result<std::string> ReadApiKey(const ApiKeySpec& spec, const std::filesystem::path& base_directory);

}  // namespace assay
