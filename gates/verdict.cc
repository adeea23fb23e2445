#include "gates/verdict.h"

namespace assay {
namespace {

int Rank(VerdictState state) {
  switch (state) {
    case VerdictState::kPass:
      return 0;
    case VerdictState::kInconclusive:
      return 1;
    case VerdictState::kError:
      return 2;
    case VerdictState::kPending:
      return 3;
    case VerdictState::kFail:
      return 4;
  }
  return 4;
}

}  // namespace

std::string_view Name(VerdictState state) {
  switch (state) {
    case VerdictState::kPending:
      return "PENDING";
    case VerdictState::kPass:
      return "PASS";
    case VerdictState::kFail:
      return "FAIL";
    case VerdictState::kInconclusive:
      return "INCONCLUSIVE";
    case VerdictState::kError:
      return "ERROR";
  }
  return "ERROR";
}

std::optional<VerdictState> VerdictStateFrom(std::string_view word) {
  for (const VerdictState state : {VerdictState::kPending, VerdictState::kPass, VerdictState::kFail,
                                   VerdictState::kInconclusive, VerdictState::kError}) {
    if (word == Name(state)) return state;
  }
  return std::nullopt;
}

VerdictState Worse(VerdictState a, VerdictState b) { return Rank(a) >= Rank(b) ? a : b; }

}  // namespace assay
