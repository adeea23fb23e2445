#pragma once
// Where in a JSON answer something stands, written as a path of jq: `.choices[0].message.content`, `.a["b c"]`,
// `.[0]`, `.items[-1]`, `.content[].text`, each step with an optional `?`, and alternatives `.a // .b`. It means what
// it means in jq; full programs are refused, because nothing could interrupt them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/result.h"

namespace assay {

// Immutable, thread-safe. Finding takes time linear in the document at most, for each alternative.
class JsonPath {
 public:
  static constexpr std::size_t kMaxSource = 1000;  // bytes

  struct Step {
    enum class Kind { kKey, kIndex, kEach };
    Kind kind = Kind::kKey;
    std::string key = {};
    std::int64_t index = 0;    // from the end when negative
    bool is_optional = false;  // with `?`: nothing instead of an error
  };

  // kInvalidArgument for what is no path, with what and at which character.
  static Result<JsonPath> Compile(std::string_view source);

  // The values at the path, in their order. What is not there is null, as in jq: {} has null at `.a`. They point into
  // `document` or are null for ever. kInvalidArgument where jq ends in an error: `cannot index a text with "a"`.
  Result<std::vector<const Json*>> Find(const Json& document) const;

  // Whether there may be several values: the path has a `[]`.
  bool has_many() const;
  const std::string& source() const { return source_; }

 private:
  std::string source_;
  std::vector<std::vector<Step>> alternatives_;
};

}  // namespace assay
