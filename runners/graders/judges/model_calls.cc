#include "runners/graders/judges/model_calls.h"

namespace assay {

int ModelCallsOf(const GraderSpec& grader) {
  if (grader.type == "pairwise") return 2;
  const auto votes = grader.options.Find("votes");
  return votes && votes->is_integer() ? static_cast<int>(votes->as_integer()) : 1;
}

}  // namespace assay
