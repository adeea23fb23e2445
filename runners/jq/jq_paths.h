#pragma once
// Paths of jq, followed by libjq (the one file that wraps it is jq_paths.cc). libjq says where the values are; the
// values themselves are those of our document, so that an integer beyond 2^53 stays what it is.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/json.h"
#include "core/result.h"
#include "runners/jq/json_path.h"

namespace assay {

// Some paths that are looked up together. Immutable, thread-safe, cheap to copy.
class JqPaths {
 public:
  // More values at one path are an error.
  static constexpr std::size_t kMaxFound = 10'000;

  // The values at one path, in their order. What is not there is null, as in jq: {} has null at `.a`. They point into
  // the document or are null for ever. kInvalidArgument where jq ends in an error, with what it says, and for a path
  // with more than kMaxFound values and those after it.
  using Found = Result<std::vector<const Json*>>;

  // Takes about 20 ms for each of two states of libjq. kInvalidArgument when libjq refuses one, kInternal when
  // it has no memory.
  static Result<JqPaths> Compile(std::span<const std::optional<JsonPath>> paths);

  // One for each path, in their order; no values for an absent one. About 10 µs for six paths and a small answer,
  // linear in the document; waits its turn when both states are in use. `document` outlives what is found.
  std::vector<Found> Find(const Json& document) const;

 private:
  class Pool;
  explicit JqPaths(std::shared_ptr<Pool> pool) : pool_(std::move(pool)) {}
  std::shared_ptr<Pool> pool_;
};

}  // namespace assay
