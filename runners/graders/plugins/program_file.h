#pragma once
// The file of a program, held to what it was when a run began: scores of two programs are not to be counted together.
// Only for files of this folder.

#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/result.h"

namespace assay {

// Thread-safe.
class ProgramFile {
  struct Private {};

 public:
  // Reads it whole. Errors of HashFile; kAborted while it is being written.
  static Result<std::shared_ptr<const ProgramFile>> Read(const std::filesystem::path& path);

  ProgramFile(Private, std::filesystem::path path, std::string sha256, struct stat seen)
      : path_(std::move(path)), sha256_(std::move(sha256)), seen_(seen) {}

  const std::filesystem::path& path() const { return path_; }
  const std::string& sha256() const { return sha256_; }  // 64 hex digits
  // kFailedPrecondition when it is another program by now, or gone. Reads the file where it was touched only.
  Status Check() const;

 private:
  const std::filesystem::path path_;
  const std::string sha256_;
  mutable std::mutex mutex_;  // guards what is below
  mutable struct stat seen_;  // when it was read last
  mutable bool is_same_ = true;
};

}  // namespace assay
