#pragma once
// The graders of a suite from graders alone, for tests.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runners/graders/suite_graders.h"

namespace assay {

inline std::shared_ptr<const SuiteGraders> GradersOf(std::vector<std::shared_ptr<const Grader>> graders) {
  std::vector<SuiteGrader> all;
  for (auto& grader : graders) {
    all.push_back({.name = "g" + std::to_string(all.size()), .kind = "test", .grader = std::move(grader)});
  }
  return *SuiteGraders::Make(std::move(all));
}

}  // namespace assay
