#include "core/score.h"

namespace assay {

std::string_view Name(ScoreStatus status) {
  switch (status) {
    case ScoreStatus::kScored:
      return "scored";
    case ScoreStatus::kUnscored:
      return "unscored";
    case ScoreStatus::kError:
      return "error";
    case ScoreStatus::kNotApplicable:
      return "not_applicable";
  }
  return "error";
}

}  // namespace assay
