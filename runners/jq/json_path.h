#pragma once
// What of jq an option may hold that says where in a JSON answer something stands: a path like
// `.choices[0].message.content`, `.a["b c"]`, `.[0]`, `.items[-1]`, `.content[].text`, each step with an optional `?`,
// and alternatives `.a // .b`. Full programs are refused, because nothing could interrupt them. This only reads the
// path; jq_paths.h follows it.

#include <string>
#include <string_view>

#include "core/result.h"

namespace assay {

// Immutable, thread-safe.
class JsonPath {
 public:
  static constexpr std::size_t kMaxSource = 1000;  // bytes

  // kInvalidArgument for what is no path, with what and at which character.
  static Result<JsonPath> Compile(std::string_view source);

  // Whether there may be several values: the path has a `[]`.
  bool has_many() const { return has_many_; }
  const std::string& source() const { return source_; }

 private:
  JsonPath(std::string_view source, bool has_many) : source_(source), has_many_(has_many) {}

  std::string source_;
  bool has_many_;
};

}  // namespace assay
