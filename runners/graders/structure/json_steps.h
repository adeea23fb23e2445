#pragma once
// Paths into a JSON value, in the syntax that endpoints have them in, which is jq's: `.answer.items[0]["a b"]`,
// `.items[].price`,
// `.[-1]`, `.`. What is not there is not found; it is not null. Linear in what is visited; without libjq, whose states
// take turns and whose programs nothing can interrupt (docs/decisions/0012).

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/result.h"

namespace assay {

// Immutable, thread-safe.
class JsonSteps {
 public:
  static constexpr std::size_t kMaxSource = 1000;  // bytes

  // kInvalidArgument for what is no path, with the character.
  static Result<JsonSteps> Compile(std::string_view source);

  // The values there, which point into `value`, in their order; at most `max_found`, which are enough for "all" to fail
  // on and too many to look at by hand.
  std::vector<const Json*> Find(const Json& value, std::size_t max_found) const;

  // Removes the members and elements there.
  void Remove(Json& value) const;

  const std::string& source() const { return source_; }
  bool has_many() const { return has_many_; }

 private:
  enum class Kind { kMember, kElement, kEach };
  struct Step {
    Kind kind;
    std::string name;
    std::int64_t index = 0;
  };
  void Find(const Json& value, std::size_t step, std::size_t max_found, std::vector<const Json*>& found) const;
  void Remove(Json& value, std::size_t step) const;
  friend class StepReader;

  std::string source_;
  std::vector<Step> steps_;
  bool has_many_ = false;
};

}  // namespace assay
