#include "cli/outlet.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace assay {
namespace {

int Create(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
}

std::unexpected<Error> CannotWrite(ErrorCode code, const std::string& path, const std::string& why) {
  return Fail(code, "cannot write " + path + ": " + why);
}

// Whether it is what a download that was broken off leaves: a plain file of this person's that has no other name.
bool IsLeftBehind(const std::string& path) {
  struct stat found {};
  return lstat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) && found.st_uid == geteuid() && found.st_nlink == 1;
}

bool IsStillThere(int file, const std::string& path) {
  struct stat ours {};
  struct stat named {};
  return fstat(file, &ours) == 0 && lstat(path.c_str(), &named) == 0 && ours.st_dev == named.st_dev &&
         ours.st_ino == named.st_ino;
}

// What open() gives a new file by default. There is no way to ask but to set it.
mode_t DefaultRights() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

}  // namespace

Result<Outlet> Outlet::Open(const std::string& path) {
  Outlet outlet;
  if (path == "-") return outlet;
  const std::string unfinished = path + ".part";
  int file = Create(unfinished);
  if (file < 0 && errno == EEXIST) {
    if (!IsLeftBehind(unfinished)) {
      return CannotWrite(
          ErrorCode::kInvalidArgument, unfinished,
          "something else than an earlier download of yours stands there; remove it, or choose another name");
    }
    unlink(unfinished.c_str());
    file = Create(unfinished);
  }
  if (file < 0) return CannotWrite(ErrorCode::kInvalidArgument, unfinished, std::strerror(errno));
  outlet.path_ = path;
  outlet.file_ = file;
  return outlet;
}

Outlet::Outlet(Outlet&& other) noexcept
    : path_(std::exchange(other.path_, "-")),
      file_(std::exchange(other.file_, -1)),
      digest_(std::move(other.digest_)),
      is_kept_(other.is_kept_) {}

Outlet::~Outlet() {
  if (file_ >= 0) close(file_);
  if (path_ != "-" && !is_kept_) unlink(Unfinished().c_str());
}

Status Outlet::Write(std::string_view bytes) {
  digest_.Update(bytes);
  if (path_ == "-") {
    if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size()) return {};
    return CannotWrite(ErrorCode::kUnavailable, Shown(), "it takes no more");
  }
  while (!bytes.empty()) {
    const ssize_t written = write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return CannotWrite(ErrorCode::kUnavailable, Shown(), std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status Outlet::Keep(const std::string& sha256) {
  if (digest_.FinishHex() != sha256)
    return Fail(ErrorCode::kDataLoss, "what came has another SHA-256 than the daemon says; export again");
  if (path_ == "-") {
    if (std::fflush(stdout) == 0) return {};
    return CannotWrite(ErrorCode::kUnavailable, Shown(), "it takes no more");
  }
  if (fsync(file_) != 0) return CannotWrite(ErrorCode::kUnavailable, Shown(), std::strerror(errno));
  if (!IsStillThere(file_, Unfinished())) {
    is_kept_ = true;  // what has the name now is not ours to remove
    return CannotWrite(ErrorCode::kUnavailable, Unfinished(), "another download has taken its place meanwhile");
  }
  if (std::rename(Unfinished().c_str(), path_.c_str()) != 0)
    return CannotWrite(ErrorCode::kUnavailable, path_, std::strerror(errno));
  is_kept_ = true;
  const bool is_shared = fchmod(file_, DefaultRights()) == 0;
  const bool is_closed = close(std::exchange(file_, -1)) == 0;
  if (is_shared && is_closed) return {};
  return CannotWrite(ErrorCode::kUnavailable, path_, std::strerror(errno));
}

}  // namespace assay
