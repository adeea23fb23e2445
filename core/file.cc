#include "core/file.h"

#include <algorithm>
#include <fstream>
#include <system_error>

#include "core/digest.h"

namespace assay {

Result<std::string> ReadFile(const std::filesystem::path& path, std::size_t max_bytes) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return Fail(ErrorCode::kNotFound, "file " + path.string() + " does not exist");
  if (!std::filesystem::is_regular_file(status)) {
    return Fail(ErrorCode::kInvalidArgument, path.string() + " is not a regular file");
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return Fail(ErrorCode::kPermissionDenied, "file " + path.string() + " cannot be read");
  std::string bytes;
  std::string piece(std::min<std::size_t>(max_bytes + 1, 64 << 10), '\0');
  while (stream && bytes.size() <= max_bytes) {
    stream.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    bytes.append(piece, 0, static_cast<std::size_t>(stream.gcount()));
  }
  bytes.shrink_to_fit();
  if (stream.bad()) return Fail(ErrorCode::kDataLoss, "file " + path.string() + " cannot be read to its end");
  if (bytes.size() > max_bytes) {
    return Fail(ErrorCode::kInvalidArgument,
                "file " + path.string() + " is larger than " + std::to_string(max_bytes) + " bytes");
  }
  return bytes;
}

Result<std::string> HashFile(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return Fail(ErrorCode::kNotFound, "file " + path.string() + " cannot be read");
  Sha256 digest;
  std::string piece(64 << 10, '\0');
  while (stream) {
    stream.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    digest.Update(std::string_view(piece).substr(0, static_cast<std::size_t>(stream.gcount())));
  }
  if (stream.bad()) return Fail(ErrorCode::kDataLoss, "file " + path.string() + " cannot be read to its end");
  return digest.FinishHex();
}

}  // namespace assay
