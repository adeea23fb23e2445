#pragma once
// From confusion that recurs to a guideline that answers it. Pure functions, thread-safe; time is an argument.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/rubric.h"
#include "core/clock.h"
#include "core/result.h"
#include "review/item_state.h"

namespace assay {

// Somebody did not know: an escalation for ambiguity or policy, an adjudication with cause ambiguous or missing, or a
// judgement that says that the guideline does not say.
struct Confusion {
  std::string item = {};
  std::string rubric = {};
  std::string clause = {};  // "" where none was named
  Time at{};
  friend bool operator==(const Confusion&, const Confusion&) = default;
};
// Those of an item, by time.
std::vector<Confusion> ConfusionsOf(const ItemState& state);

struct Recurrence {
  std::string rubric = {};
  std::string clause = {};
  Time first_at{};
  std::vector<std::string> items = {};  // each once
  friend bool operator==(const Recurrence&, const Recurrence&) = default;
};
// Clauses of rubrics about which three items and more were confusing within 14 days, the newest such time. Each calls
// for a clarification. By rubric and clause. O(n log n).
std::vector<Recurrence> RecurrencesOf(std::span<const Confusion> confusions);

// What somebody finds unclear about it, in their words.
struct ClarificationNote {
  std::string person = {};
  std::string text = {};
  Time at{};
  friend bool operator==(const ClarificationNote&, const ClarificationNote&) = default;
};

struct Clarification {
  static constexpr std::size_t kMostNotes = 100;

  std::string id = {};
  std::string rubric = {};
  std::string clause = {};
  Time first_at{};  // of the confusion
  Time opened_at{};
  std::optional<Time> closed_at = {};
  std::string closed_by = {};  // version of the rubric
  bool is_rejected = false;
  std::vector<ClarificationNote> notes = {};  // oldest first
  std::string ended_by = {};                  // who closed or rejected it
  std::string reason = {};                    // in their words
  friend bool operator==(const Clarification&, const Clarification&) = default;
};
// With a note of a person more; one that says nothing, or what the same person has said, adds none. kInvalidArgument
// for one that is too long, kResourceExhausted beyond kMostNotes.
Result<Clarification> WithNote(const Clarification& clarification, ClarificationNote note);

// Closed by a version of its rubric whose change log names its id, and nothing less. kFailedPrecondition otherwise.
Result<Clarification> Close(const Clarification& clarification, const RubricSpec& published, Time now);

// Days from Monday to Friday that have passed between two times, in UTC, with fractions; those in `holidays` (days
// since 1970-01-01) do not count.
double BusinessDays(Time from, Time to, std::span<const std::int64_t> holidays = {});

}  // namespace assay
