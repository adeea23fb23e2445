#pragma once
// All recorded answers of a replay, rendered once at load and found by request key.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "replay/record.h"

namespace assay {

// Immutable after Load; thread-safe. Memory: the rendered answers plus about 50 bytes a record.
class Recordings {
 public:
  // The answers to one request, in the order of the files.
  struct Group {
    RecordKey key;
    std::uint32_t first = 0;  // index of the first body
    std::uint32_t count = 0;
  };

  Recordings() = default;  // none

  // Reads JSONL files (blank lines are skipped, a line is at most 16 MiB). kInvalidArgument with `FILE:LINE: message`,
  // a line for each of the first 20 mistakes of all files; a file given twice is one. kNotFound for a file that cannot
  // be opened.
  static Result<Recordings> Load(std::span<const std::filesystem::path> files);

  // The position in groups(), or -1.
  std::ptrdiff_t Find(const RecordKey& key) const;
  std::span<const Group> groups() const { return groups_; }
  // The answer bytes; index is below size().
  std::string_view Body(std::uint32_t index) const { return bodies_[index]; }
  std::size_t size() const { return bodies_.size(); }
  // Sorted, unique.
  const std::vector<std::string>& models() const { return models_; }

 private:
  std::string_view Keep(std::string_view text);

  std::vector<Group> groups_;                    // by key
  std::vector<std::string_view> bodies_;         // by group
  std::vector<std::unique_ptr<char[]>> blocks_;  // what bodies_ point into
  std::size_t room_ = 0;                         // left in the last block
  char* next_ = nullptr;
  std::vector<std::string> models_;
};

}  // namespace assay
