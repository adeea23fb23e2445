#pragma once
// Where the bytes of a download go: stdout, or a file that has its name only once it is whole, and that nobody else can
// read before. Not thread-safe.

#include <string>
#include <string_view>

#include "core/digest.h"
#include "core/result.h"

namespace assay {

class Outlet {
 public:
  // `path` "-" is stdout. The file is PATH.part until Keep: made anew, mode 0600, never through a link. What an earlier
  // download of the same person has left under that name is replaced; kInvalidArgument for anything else that stands
  // there, and where the file cannot be made.
  static Result<Outlet> Open(const std::string& path);
  Outlet(Outlet&& other) noexcept;
  // Removes what was not kept.
  ~Outlet();

  // kUnavailable.
  Status Write(std::string_view bytes);
  // The file is whole, by the hash that it has to have (else kDataLoss): it is on the disk, then has its name, and the
  // rights that new files have here.
  Status Keep(const std::string& sha256);

 private:
  Outlet() = default;
  std::string Unfinished() const { return path_ + ".part"; }
  std::string Shown() const { return path_ == "-" ? "stdout" : Unfinished(); }

  std::string path_ = "-";
  int file_ = -1;
  Sha256 digest_;
  bool is_kept_ = false;
};

}  // namespace assay
