#pragma once
// Whole small files: documents, schemas, token files.

#include <cstddef>
#include <filesystem>
#include <string>

#include "core/result.h"

namespace assay {

// The bytes of a regular file. kNotFound; kInvalidArgument over `max_bytes` or for what is no regular file.
Result<std::string> ReadFile(const std::filesystem::path& path, std::size_t max_bytes = 16u << 20);

}  // namespace assay
