#pragma once
// Whole small files: documents, schemas, token files.

#include <cstddef>
#include <filesystem>
#include <string>

#include "core/result.h"

namespace assay {

// The bytes of a regular file. kNotFound; kPermissionDenied; kInvalidArgument over `max_bytes` or for what is no
// regular file; kDataLoss when reading fails (never kUnavailable, which is tried again).
Result<std::string> ReadFile(const std::filesystem::path& path, std::size_t max_bytes = 16u << 20);

// 64 hex digits of the SHA-256 of a file of any size, in bounded memory. kNotFound; kDataLoss when reading fails.
Result<std::string> HashFile(const std::filesystem::path& path);

}  // namespace assay
