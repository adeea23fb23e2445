// Files as they are, gzip by zlib, zstd by libzstd. Both libraries keep to C: nothing is thrown through them.

#include "runners/dataset_bytes.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <fstream>
#include <optional>
#include <utility>

namespace assay {
namespace {

constexpr std::size_t kCompressedPiece = 64u << 10;
constexpr int kMaxWindowLog = 27;  // 128 MiB

class FileBytes final : public ByteSource {
 public:
  explicit FileBytes(const std::filesystem::path& path) : stream_(path, std::ios::binary) {}
  bool is_open() const { return stream_.is_open(); }

  Result<std::size_t> Read(std::span<char> out) override {
    stream_.read(out.data(), static_cast<std::streamsize>(out.size()));
    if (stream_.bad()) return Fail(ErrorCode::kUnavailable, "cannot be read on");
    return static_cast<std::size_t>(stream_.gcount());
  }

 private:
  std::ifstream stream_;
};

// One step of a decompressor.
struct Decompressed {
  std::size_t consumed = 0;
  std::size_t produced = 0;
  bool is_end = false;         // of a member or frame; another may follow
  std::optional<Error> fault;  // what comes after `produced`
};

Error CorruptStream(std::string message) {
  return Error{ErrorCode::kInvalidArgument, std::move(message), std::nullopt};
}

class Decompressor {
 public:
  virtual ~Decompressor() = default;
  virtual Decompressed Step(std::span<const char> in, std::span<char> out) = 0;
};

class Gunzip final : public Decompressor {
 public:
  Gunzip() { is_ready_ = inflateInit2(&stream_, 15 + 16) == Z_OK; }  // the largest window; gzip, not zlib
  ~Gunzip() override {
    if (is_ready_) inflateEnd(&stream_);
  }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  Decompressed Step(std::span<const char> in, std::span<char> out) override {
    if (!is_ready_) return {.fault = CorruptStream("no memory to decompress it")};
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    Decompressed step{in.size() - stream_.avail_in, out.size() - stream_.avail_out, result == Z_STREAM_END, {}};
    if (result == Z_STREAM_END) {
      inflateReset(&stream_);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {  // the latter: it needs more bytes
      const std::string cause = stream_.msg != nullptr ? stream_.msg : zError(result);
      step.fault = CorruptStream("the gzip stream is corrupt (" + cause + ")");
    }
    return step;
  }

 private:
  z_stream stream_{};
  bool is_ready_ = false;
};

class Unzstd final : public Decompressor {
 public:
  Unzstd() : context_(ZSTD_createDCtx()) {
    if (context_ != nullptr) ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
  }

  Decompressed Step(std::span<const char> in, std::span<char> out) override {
    if (context_ == nullptr) return {.fault = CorruptStream("no memory to decompress it")};
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t result = ZSTD_decompressStream(context_.get(), &to, &from);
    Decompressed step{from.pos, to.pos, result == 0, {}};
    if (ZSTD_isError(result) == 0) return step;
    step.fault =
        ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge
            ? CorruptStream("the zstd stream needs a window of more than 128 MiB; compress it with --long=27 or less")
            : CorruptStream(std::string("the zstd stream is corrupt (") + ZSTD_getErrorName(result) + ")");
    return step;
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_;
};

// What `decompressor` makes of a file. A fault is kept until all before it was given.
class DecompressedBytes final : public ByteSource {
 public:
  DecompressedBytes(std::unique_ptr<ByteSource> file, std::unique_ptr<Decompressor> decompressor, std::string word)
      : file_(std::move(file)), decompressor_(std::move(decompressor)), word_(std::move(word)) {}

  Result<std::size_t> Read(std::span<char> out) override {
    std::size_t produced = 0;
    while (produced < out.size() && !is_over_) {
      // Having filled all it was given, the decompressor may hold more without another byte of input.
      if (in_.empty() && !(is_inside_ && is_full_) && !Refill()) break;
      Decompressed step = decompressor_->Step(in_, out.subspan(produced));
      in_ = in_.subspan(step.consumed);
      produced += step.produced;
      is_inside_ = !step.is_end;
      is_full_ = produced == out.size();
      if (step.fault) EndWith(*std::move(step.fault));
    }
    if (produced == 0 && fault_) return Fail(*fault_);
    return produced;
  }

 private:
  // False at the end.
  bool Refill() {
    const Result<std::size_t> read = file_->Read(buffer_);
    if (read && *read > 0) {
      in_ = std::span<const char>(buffer_).first(*read);
      return true;
    }
    is_over_ = true;
    if (!read) {
      EndWith(read.error());
    } else if (is_inside_) {
      EndWith(CorruptStream("the " + word_ + " stream is cut off"));
    }
    return false;
  }

  void EndWith(Error fault) {
    fault_ = std::move(fault);
    is_over_ = true;
  }

  std::unique_ptr<ByteSource> file_;
  std::unique_ptr<Decompressor> decompressor_;
  std::string word_;
  std::string buffer_ = std::string(kCompressedPiece, '\0');
  std::span<const char> in_;  // of buffer_, not consumed yet
  bool is_inside_ = false;    // a member or frame has begun and not ended
  bool is_full_ = false;
  bool is_over_ = false;
  std::optional<Error> fault_;
};

struct Compression {
  std::string_view extension;
  std::string_view word;
  std::string_view magic;
  std::unique_ptr<Decompressor> (*make)();
};

template <class Made>
std::unique_ptr<Decompressor> MakeDecompressor() {
  return std::make_unique<Made>();
}

constexpr Compression kCompressions[] = {
    {"gz", "gzip", "\x1F\x8B", &MakeDecompressor<Gunzip>},
    {"zst", "zstd", "\x28\xB5\x2F\xFD", &MakeDecompressor<Unzstd>},
};

const Compression* NamedBy(std::string_view name) {
  for (const Compression& compression : kCompressions) {
    const std::size_t length = compression.extension.size() + 1;
    if (name.size() > length && name.ends_with(compression.extension) && name[name.size() - length] == '.') {
      return &compression;
    }
  }
  return nullptr;
}

const Compression* BegunBy(std::string_view bytes) {
  for (const Compression& compression : kCompressions) {
    if (bytes.starts_with(compression.magic)) return &compression;
  }
  return nullptr;
}

Result<std::string> FirstBytes(const std::filesystem::path& path, const std::string& name) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return Fail(ErrorCode::kUnavailable, name + ": cannot be read");
  std::string bytes(4, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  return bytes;
}

}  // namespace

Result<std::unique_ptr<ByteSource>> OpenBytes(const std::filesystem::path& path, const std::string& name) {
  const Compression* named = NamedBy(name);
  ASSAY_ASSIGN(const std::string first, FirstBytes(path, name));
  const Compression* begun = BegunBy(first);
  if (begun != nullptr && begun != named) {
    return Fail(ErrorCode::kInvalidArgument, name + ": the file is compressed with " + std::string(begun->word) +
                                                 "; its name must end in ." + std::string(begun->extension));
  }
  if (named != nullptr && begun == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, name + ": the file is not compressed with " + std::string(named->word) +
                                                 ", as its name says; name it " +
                                                 std::string(WithoutCompression(name)));
  }
  auto file = std::make_unique<FileBytes>(path);
  if (!file->is_open()) return Fail(ErrorCode::kUnavailable, name + ": cannot be read");
  if (named == nullptr) return file;
  return std::make_unique<DecompressedBytes>(std::move(file), named->make(), std::string(named->word));
}

std::string_view WithoutCompression(std::string_view name) {
  const Compression* named = NamedBy(name);
  return named == nullptr ? name : name.substr(0, name.size() - named->extension.size() - 1);
}

std::vector<std::string> DatasetCompressions() {
  std::vector<std::string> extensions;
  for (const Compression& compression : kCompressions) extensions.emplace_back(compression.extension);
  return extensions;
}

}  // namespace assay
