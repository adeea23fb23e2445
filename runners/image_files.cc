#include "runners/image_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <cstring>

#include "core/file.h"
#include "runners/blocking.h"
#include "runners/wakeup.h"

namespace assay {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

std::string Base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) out += k <= count ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::unexpected<Error> BadImage(ErrorCode code, const std::string& name, const std::string& what) {
  return Fail(code, "image " + Json(name).Dump() + " " + what);
}

Result<Image> ToImage(const std::string& name, std::string_view bytes) {
  const std::string_view media_type = ImageMediaType(bytes);
  if (media_type.empty()) {
    return BadImage(ErrorCode::kInvalidArgument, name, "is no PNG, JPEG, GIF or WebP by its first bytes");
  }
  return Image{.base64 = Base64(bytes), .media_type = std::string(media_type), .file = name};
}

// A file descriptor that closes itself.
struct OpenFile {
  int descriptor = -1;
  explicit OpenFile(int opened) : descriptor(opened) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

bool GoesUp(const fs::path& path) {
  return path.is_absolute() || std::ranges::any_of(path, [](const fs::path& part) { return part == ".."; });
}

// Where an open file really lies: asked after it was opened, so that nothing can be exchanged between look and use.
std::string PlaceOf(int descriptor) {
  std::error_code error;
  return fs::read_symlink("/proc/self/fd/" + std::to_string(descriptor), error).string();
}

Result<std::string> ReadAll(int descriptor, const std::string& name, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count = ::read(descriptor, bytes.data() + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return BadImage(ErrorCode::kDataLoss, name, "cannot be read to its end");
    done += static_cast<std::size_t>(count);
  }
  return bytes;
}

// The images that are still names, in their order.
std::vector<Image*> ImagesToRead(Dialogue& dialogue) {
  std::vector<Image*> images;
  for (std::vector<Message>& turn : dialogue.turns) {
    for (Message& message : turn) {
      for (Image& image : message.images) {
        if (!image.file.empty() && image.base64.empty()) images.push_back(&image);
      }
    }
  }
  return images;
}

std::size_t BytesOfData(const Dialogue& dialogue) {
  std::size_t bytes = 0;
  for (const std::vector<Message>& turn : dialogue.turns) {
    for (const Message& message : turn) {
      for (const Image& image : message.images) bytes += image.base64.size();
    }
  }
  return bytes;
}

std::size_t SizeOf(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : std::min<std::size_t>(size, kMaxImageBytes);
}

}  // namespace

std::string_view ImageMediaType(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return "image/gif";
  if (bytes.starts_with("RIFF") && bytes.substr(std::min<std::size_t>(bytes.size(), 8)).starts_with("WEBP")) {
    return "image/webp";
  }
  return "";
}

Result<Image> ReadImageFile(const fs::path& path) {
  Result<std::string> bytes = ReadFile(path, kMaxImageBytes);
  if (!bytes) return Fail(std::move(bytes).error());
  return ToImage(path.string(), *bytes);
}

Result<Image> ReadImageBelow(const fs::path& folder, const std::string& name) {
  constexpr char kOutside[] = "is not below the suite's folder, from where alone a case may name files";
  if (GoesUp(name)) return BadImage(ErrorCode::kPermissionDenied, name, kOutside);
  const OpenFile file(::open((folder / name).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.descriptor < 0) {
    const ErrorCode code = errno == ENOENT || errno == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kPermissionDenied;
    return BadImage(code, name, code == ErrorCode::kNotFound ? "is missing" : "cannot be opened");
  }
  std::error_code error;
  const std::string below = (fs::canonical(folder.empty() ? "." : folder, error) / "").string();
  if (error || !PlaceOf(file.descriptor).starts_with(below)) {
    return BadImage(ErrorCode::kPermissionDenied, name, kOutside);
  }
  struct stat about {};
  if (::fstat(file.descriptor, &about) != 0 || !S_ISREG(about.st_mode)) {
    return BadImage(ErrorCode::kInvalidArgument, name, "is no regular file");
  }
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size > kMaxImageBytes) {
    return BadImage(ErrorCode::kInvalidArgument, name,
                    "has more than " + std::to_string(kMaxImageBytes >> 20) + " MiB");
  }
  ASSAY_ASSIGN(const std::string bytes, ReadAll(file.descriptor, name, size));
  return ToImage(name, bytes);
}

ImageFiles::ImageFiles(fs::path folder, asio::any_io_executor blocking, std::size_t max_bytes)
    : folder_(std::move(folder)), blocking_(std::move(blocking)), max_bytes_(max_bytes) {}

asio::awaitable<Result<ImageFiles::Hold>> ImageFiles::Load(std::shared_ptr<ImageFiles> self, Dialogue& dialogue,
                                                           Deadline deadline, std::shared_ptr<Wakeup> wakeup) {
  const std::vector<Image*> images = ImagesToRead(dialogue);
  std::size_t bytes = BytesOfData(dialogue);
  auto measure = [self, &images, &bytes]() -> Status {
    for (const Image* image : images) bytes += SizeOf(self->folder_ / image->file);
    return {};
  };
  Status done;
  if (!images.empty()) {
    auto measuring = RunBlocking(self->blocking_, measure);
    done = co_await std::move(measuring);
    if (!done) co_return std::unexpected(std::move(done).error());
  }
  if (bytes > kMaxBytesOfATrial) {
    co_return Fail(ErrorCode::kResourceExhausted,
                   "its images have more than " + std::to_string(kMaxBytesOfATrial >> 20) + " MiB together");
  }
  while (!self->Acquire(bytes, wakeup)) {
    if (TimeUntil(deadline) == Duration::zero()) {
      co_return Fail(ErrorCode::kDeadlineExceeded, "no room for its images before the time of the trial ended");
    }
    auto waiting = wakeup->WaitUntil(deadline);
    co_await std::move(waiting);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) co_return Fail(ErrorCode::kCancelled, "cancelled");
  }
  Hold hold(self, bytes);
  if (images.empty()) co_return std::move(hold);
  auto read = [self, &images]() -> Status {
    for (Image* image : images) {
      ASSAY_ASSIGN(*image, ReadImageBelow(self->folder_, image->file));
    }
    return {};
  };
  auto reading = RunBlocking(self->blocking_, read);
  done = co_await std::move(reading);
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return std::move(hold);
}

bool ImageFiles::Acquire(std::size_t bytes, const std::shared_ptr<Wakeup>& wakeup) {
  const std::lock_guard lock(mutex_);
  if (held_ > 0 && held_ + bytes > max_bytes_) {
    waiting_.push_back(wakeup);
    return false;
  }
  held_ += bytes;
  return true;
}

void ImageFiles::Release(std::size_t bytes) {
  std::vector<std::weak_ptr<Wakeup>> waiting;
  {
    const std::lock_guard lock(mutex_);
    held_ -= bytes;
    waiting.swap(waiting_);
  }
  for (const std::weak_ptr<Wakeup>& each : waiting) {
    if (const auto wakeup = each.lock()) wakeup->Notify();
  }
}

bool HasImageData(const Dialogue& dialogue) {
  for (const std::vector<Message>& turn : dialogue.turns) {
    for (const Message& message : turn) {
      const auto is_data = [](const Image& image) { return !image.file.empty() || !image.base64.empty(); };
      if (std::ranges::any_of(message.images, is_data)) return true;
    }
  }
  return false;
}

}  // namespace assay
