#pragma once
// A list of patterns for names of tools, as an option has it. Only for files of this folder.

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/fields.h"
#include "config/node.h"
#include "core/case.h"
#include "core/score.h"
#include "runners/graders/frame/target.h"

namespace assay {

// Immutable, thread-safe.
class NameGlobs {
 public:
  // Of option `name`. Reports malformed and blank ones; nullopt then.
  static std::optional<NameGlobs> Compile(const Node& options, std::string_view name,
                                          const std::vector<std::string>& sources, Diagnostics& diagnostics);

  // The patterns for this case; "{{field}}" alone stands for the elements of a list. UNSCORED where the case lacks one.
  std::expected<std::vector<std::string>, Score> For(const Case& item) const;
  std::vector<std::string> RequiredFields() const;

 private:
  std::vector<Target> targets_;
};

// The limits of such an option: patterns are short, so that matching them stays linear.
inline constexpr Limits kGlobLimits = {.min_size = 1, .max_size = 1000, .one_or_list = true};

}  // namespace assay
