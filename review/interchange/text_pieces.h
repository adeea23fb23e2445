#pragma once
// Cuts a stream of bytes, which arrives in chunks split anywhere, into the texts of single values, and holds one of
// them at most. Not thread-safe.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace assay {

struct PieceHandlers {
  // A whole value and the line on which it begins.
  std::function<Status(std::string_view text, std::int64_t line)> piece;
  // What is no value, or too long; the stream goes on behind it.
  std::function<Status(std::int64_t line, const std::string& reason)> fault;
};

// Lines; blank ones are none. A carriage return before the end and a byte order mark at the start are left off.
class LinePieces {
 public:
  LinePieces(PieceHandlers handlers, std::size_t longest) : handlers_(std::move(handlers)), longest_(longest) {}
  Status Read(std::string_view chunk);
  Status Finish();

 private:
  void Take(std::string_view bytes);
  Status EndLine();

  PieceHandlers handlers_;
  std::size_t longest_;
  std::string held_;
  bool is_too_long_ = false;
  std::int64_t line_ = 1;
};

// The objects of a JSON list, of a sequence of objects with white space or nothing between them, or the one object that
// there is. Whether an object is well-formed is for who parses it; brackets and quotes are what it is cut by.
class JsonPieces {
 public:
  JsonPieces(PieceHandlers handlers, std::size_t longest) : handlers_(std::move(handlers)), longest_(longest) {}
  Status Read(std::string_view chunk);
  Status Finish();

 private:
  enum class At { kStart, kBetween, kAfterComma, kAfterValue, kInside, kInScalar, kEnd };

  Status Take(char c);
  Status TakeBetween(char c);
  void TakeInside(char c);
  Status Begin(char c);
  Status End();
  Status Complain(const std::string& reason) { return handlers_.fault(line_, reason); }

  PieceHandlers handlers_;
  std::size_t longest_;
  At at_ = At::kStart;
  bool is_list_ = false;
  std::string held_;
  bool is_too_long_ = false;
  int depth_ = 0;
  bool in_string_ = false;
  bool is_escaped_ = false;
  bool has_complained_ = false;
  int mark_bytes_ = 0;
  std::int64_t line_ = 1;
  std::int64_t begun_at_ = 1;
};

}  // namespace assay
