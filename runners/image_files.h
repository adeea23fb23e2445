#pragma once
// Image files as data of a request. Thread-safe.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/conversation.h"
#include "core/result.h"
#include "runners/deadline.h"

namespace assay {

class Wakeup;  // runners/wakeup.h

inline constexpr std::size_t kMaxImageBytes = 20u << 20;  // of one file

// "image/png", "image/jpeg", "image/gif" or "image/webp" by the first bytes of a file; "" for anything else.
std::string_view ImageMediaType(std::string_view bytes);

// Blocking. A file of the suite's own text, wherever it lies. kNotFound, kInvalidArgument for what is no image or too
// large, kDataLoss.
Result<Image> ReadImageFile(const std::filesystem::path& path);
// Blocking. A file that a case names: `name` is relative to `folder`, and neither `..` nor a link leads out of it.
// kPermissionDenied when it does; else as above.
Result<Image> ReadImageBelow(const std::filesystem::path& folder, const std::string& name);

// Reads the images of one run's trials when they are sent, and bounds how much of them is in memory.
class ImageFiles {
 public:
  // The share of the files' bytes that a trial has in memory; given back by the destructor.
  class Hold {
   public:
    Hold() = default;
    Hold(std::shared_ptr<ImageFiles> files, std::size_t bytes) : files_(std::move(files)), bytes_(bytes) {}
    Hold(Hold&& other) noexcept : files_(std::move(other.files_)), bytes_(std::exchange(other.bytes_, 0)) {}
    Hold& operator=(Hold&& other) noexcept {
      std::swap(files_, other.files_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Hold() {
      if (files_) files_->Release(bytes_);
    }

   private:
    std::shared_ptr<ImageFiles> files_;
    std::size_t bytes_ = 0;
  };

  static constexpr std::size_t kMaxBytesOfATrial = 64u << 20;  // of all its images together

  // Files are read on `blocking` from below `folder`. All trials together have at most `max_bytes` of images in memory;
  // a single one may have more.
  ImageFiles(std::filesystem::path folder, boost::asio::any_io_executor blocking, std::size_t max_bytes = 64u << 20);

  // Fills in every image of `dialogue` that is still a name; those that are data already count too. kResourceExhausted
  // for more than kMaxBytesOfATrial. Waits for room until the deadline, woken through `wakeup`,
  // which is the caller's. Returns early with kCancelled when the coroutine is cancelled. `self` is this.
  static boost::asio::awaitable<Result<Hold>> Load(std::shared_ptr<ImageFiles> self, Dialogue& dialogue,
                                                   Deadline deadline, std::shared_ptr<Wakeup> wakeup);

 private:
  bool Acquire(std::size_t bytes, const std::shared_ptr<Wakeup>& wakeup);
  void Release(std::size_t bytes);

  const std::filesystem::path folder_;
  const boost::asio::any_io_executor blocking_;
  const std::size_t max_bytes_;
  std::mutex mutex_;
  std::size_t held_ = 0;                        // guarded, as what follows
  std::vector<std::weak_ptr<Wakeup>> waiting_;  // woken by each release
};

// Whether an image of the dialogue is data, or a file that becomes data.
bool HasImageData(const Dialogue& dialogue);

}  // namespace assay
