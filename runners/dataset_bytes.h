#pragma once
// Where the bytes of a dataset come from: the file itself, or what is compressed in it. Only for dataset*.cc.

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace assay {

// Not thread-safe; blocking.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills `out` from its beginning; 0 bytes only at the end. kInvalidArgument for a compressed stream that is corrupt
  // or cut off, kUnavailable when the file cannot be read on; what came before such a fault is given first.
  virtual Result<std::size_t> Read(std::span<char> out) = 0;
};

// The bytes of `path`, decompressed when its name ends in .gz (one or more gzip members) or .zst (one or more zstd
// frames with windows of up to 128 MiB). Memory is constant: 64 KiB, and the window that the stream asks for.
// kInvalidArgument when name and content disagree about the compression. `name` stands for the file in messages.
Result<std::unique_ptr<ByteSource>> OpenBytes(const std::filesystem::path& path, const std::string& name);

// "cases.csv" of "cases.csv.gz"; any other name as it is.
std::string_view WithoutCompression(std::string_view name);

// The extensions of the compressions: "gz", "zst".
std::vector<std::string> DatasetCompressions();

}  // namespace assay
