#pragma once
// The texts an option compares with, of which one is enough. Only for files of this folder.

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/node.h"
#include "runners/graders/frame/target.h"

namespace assay {

// What the options of this folder say of their targets.
inline constexpr std::string_view kOneOfTexts =
    "a text or several, of which one is enough; templates over the case, `\"{{field}}\"` alone stands for the elements "
    "of a field that is a list";

// Immutable, thread-safe.
class TargetTexts {
 public:
  // Reports every problem of the texts `sources` of option `name`; nullopt then.
  static std::optional<TargetTexts> Compile(const Node& options, std::string_view name,
                                            const std::vector<std::string>& sources, Diagnostics& diagnostics);

  // At least one text, none of them blank; the score to give instead when a target is missing, null or blank.
  std::expected<std::vector<std::string>, Score> For(const Case& item) const;

  // Whether the texts for this case are the elements of a list: written as one, or those of a field that is one.
  bool IsList(const Case& item, const std::vector<std::string>& texts) const;

  bool IsConstant() const;
  std::vector<std::string> RequiredFields() const;

 private:
  std::vector<Target> targets_;
};

// `"a"`, or `one of "a", "b" and 3 more`.
std::string ListedTexts(const std::vector<std::string>& texts);

}  // namespace assay
