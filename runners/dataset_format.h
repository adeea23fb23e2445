#pragma once
// What a dataset format implements. Only for dataset*.cc.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/json.h"
#include "core/result.h"
#include "runners/dataset.h"

namespace assay {

class ByteSource;

// The bytes of one dataset file, decompressed, in pieces of 64 KiB, without a byte order mark. Not thread-safe;
// blocking.
class DatasetInput {
 public:
  // `name` stands for the file in messages and tells its compression. kNotFound; kInvalidArgument for what is no
  // regular file or not compressed as its name says; kUnavailable.
  static Result<std::unique_ptr<DatasetInput>> Open(const std::filesystem::path& path, std::string name);
  ~DatasetInput();

  // The next byte as 0-255, or kEnd.
  int Get() { return at_ < size_ || Fill() ? static_cast<unsigned char>(Advance()) : kEnd; }
  // The same without moving on.
  int Peek() { return at_ < size_ || Fill() ? static_cast<unsigned char>(buffer_[at_]) : kEnd; }
  static constexpr int kEnd = -1;

  // The bytes up to a newline or the end, without it; false at the end. `out` gets at most `max_bytes` + 1 of them.
  bool ReadLine(std::string& out, std::size_t max_bytes);

  // The line of the next byte, from 1.
  std::int64_t line() const { return line_; }
  const std::string& name() const { return name_; }
  // Why the bytes ended before the file did. Readers need not ask: whoever uses one does after every row.
  Status state() const;

  // "cases.jsonl:12: message"
  std::unexpected<Error> Wrong(std::int64_t line, const std::string& message,
                               ErrorCode code = ErrorCode::kInvalidArgument) const;
  // The error of a row with more than `max_bytes`.
  std::unexpected<Error> TooLong(std::int64_t line, std::size_t max_bytes) const;

 private:
  DatasetInput(std::string name, std::unique_ptr<ByteSource> bytes);
  bool Fill();
  char Advance() {
    const char c = buffer_[at_++];
    if (c == '\n') ++line_;
    return c;
  }

  std::string name_;
  std::unique_ptr<ByteSource> bytes_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t size_ = 0;
  std::int64_t line_ = 1;
  std::optional<Error> fault_;
};

struct DatasetRecord {
  Json fields;            // an object
  std::int64_t line = 0;  // where it starts
};

// The rows of one file, whose input outlives it. Not thread-safe.
class RowReader {
 public:
  virtual ~RowReader() = default;
  // The next row, nullopt at the end. Errors start with "file:line: "; after one the reader is not used again. What
  // stands between two rows counts as part of the second, so that each call is bounded.
  virtual Result<std::optional<DatasetRecord>> Next() = 0;
};

// Whether `text` is well-formed UTF-8.
bool IsUtf8(std::string_view text);

}  // namespace assay
