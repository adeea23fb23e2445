#include "runners/graders/plugins/program_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/file.h"

namespace assay {
namespace {

bool IsSame(const timespec& one, const timespec& other) {
  return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

// Whoever writes to a file changes its ctime, which nobody sets.
bool IsUntouched(const struct stat& before, const struct stat& now) {
  return before.st_dev == now.st_dev && before.st_ino == now.st_ino && before.st_size == now.st_size &&
         IsSame(before.st_mtim, now.st_mtim) && IsSame(before.st_ctim, now.st_ctim);
}

struct Contents {
  std::string sha256;
  struct stat seen;
};

Result<struct stat> Look(const std::filesystem::path& path) {
  struct stat seen {};
  if (stat(path.c_str(), &seen) == 0) return seen;
  return Fail(ErrorCode::kNotFound, path.string() + ": " + std::strerror(errno));
}

Result<Contents> ReadWhole(const std::filesystem::path& path) {
  ASSAY_ASSIGN(const struct stat before, Look(path));
  ASSAY_ASSIGN(std::string sha256, HashFile(path));
  ASSAY_ASSIGN(const struct stat after, Look(path));
  if (!IsUntouched(before, after)) return Fail(ErrorCode::kAborted, path.string() + " is being written");
  return Contents{std::move(sha256), after};
}

}  // namespace

Result<std::shared_ptr<const ProgramFile>> ProgramFile::Read(const std::filesystem::path& path) {
  ASSAY_ASSIGN(Contents contents, ReadWhole(path));
  return std::make_shared<const ProgramFile>(Private(), path, std::move(contents.sha256), contents.seen);
}

Status ProgramFile::Check() const {
  const auto now = Look(path_);
  const std::lock_guard lock(mutex_);
  if (now && IsUntouched(seen_, *now)) {
    if (is_same_) return {};
  } else {
    const auto contents = now ? ReadWhole(path_) : Result<Contents>(Fail(now.error()));
    if (!contents) {
      return Fail(ErrorCode::kFailedPrecondition,
                  "the program is not there as it was when the run began: " + contents.error().message);
    }
    seen_ = contents->seen;
    is_same_ = contents->sha256 == sha256_;
    if (is_same_) return {};
  }
  return Fail(ErrorCode::kFailedPrecondition, "the program is another one than when the run began (sha256 " +
                                                  sha256_.substr(0, 12) + "): " + path_.string());
}

}  // namespace assay
