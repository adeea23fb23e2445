#pragma once
// Cases that ask what another one asks. Each counts as evidence by itself, and tells nothing that the other does not.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "config/suite.h"
#include "core/json.h"
#include "runners/prompt.h"

namespace assay {

// Not thread-safe. 16 bytes a case.
class RepeatedQuestions {
 public:
  // Blocking: reads what Prompt::Compile does. Absent where that is in error: such a prompt asks nothing.
  static std::optional<RepeatedQuestions> Of(const SuiteSpec& suite, const std::filesystem::path& base_dir);

  // A case, and which cluster it is of; "" of suites without clusters. One whose prompt cannot be rendered asks
  // nothing.
  void Add(const Json& fields, std::string_view cluster);

  // How many cases less would ask all the same: of each question, those beyond the first, or beyond the cases of one
  // cluster, the one with the most. By 64-bit digests: of 10,000,000 cases two look alike by chance in one dataset of
  // 300,000. O(n log n).
  std::int64_t Count();

 private:
  struct Asked {
    std::uint64_t question;
    std::uint64_t cluster;
    friend auto operator<=>(const Asked&, const Asked&) = default;
  };

  explicit RepeatedQuestions(Prompt prompt) : prompt_(std::move(prompt)) {}

  Prompt prompt_;
  std::vector<Asked> asked_;
};

}  // namespace assay
