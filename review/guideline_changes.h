#pragma once
// What differs between two versions of a rubric, for people: clauses of the guideline, criteria, errors, severities,
// examples. Pure, thread-safe.

#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/json.h"

namespace assay {

// A version that came into service after the one that is spoken of.
struct RubricStep {
  std::string version = {};
  std::string reason = {};  // of its change log
  Time kept_at{};
  friend bool operator==(const RubricStep&, const RubricStep&) = default;
};

enum class GuidelineEdit { kAdded, kRemoved, kChanged };
struct GuidelineChange {
  std::string part = {};  // "clause", "criterion", "error", "severity", "example", "counterexample"
  std::string name = {};  // "2.3" of a clause; of examples their title
  GuidelineEdit edit = GuidelineEdit::kChanged;
  std::string before = {};  // "" of what was added; clauses as their text, others as JSON
  std::string after = {};   // "" of what was removed
  friend bool operator==(const GuidelineChange&, const GuidelineChange&) = default;
};
std::string_view WordOf(GuidelineEdit edit);  // "added", "removed", "changed"

// Of two documents of a rubric, as their JSON. By part, in the order of the later one, what was removed at the end of
// its part. A clause is its heading with the text until the next clause.
std::vector<GuidelineChange> GuidelineChangesOf(const Json& before, const Json& after);

}  // namespace assay
