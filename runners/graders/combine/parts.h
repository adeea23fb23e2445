#pragma once
// The parts of combinations. Only for files of this folder.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/fields.h"
#include "core/score.h"
#include "runners/graders/grader.h"

namespace assay {

inline constexpr std::size_t kMostParts = 100;

// The option `of` of combinations that need nothing else.
struct PartsOptions {
  std::vector<std::string> of;
  static const FieldTable<PartsOptions>& Fields();
};

// The score of a combination that lacks one of its parts, which is never taken for a number: ERROR if one is in error,
// else UNSCORED; nullopt when all have a value.
std::optional<Score> LackOf(std::span<const Combination::Part> parts);

// "answer: captured \"B\"", shortened.
std::string ReasonOf(const Combination::Part& part);

}  // namespace assay
