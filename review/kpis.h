#pragma once
// What is measured of human review, from the states of items, which are folded from their facts. Definitions and what
// they leave out are those of docs/review.md. Pure functions, thread-safe. Intervals are two-sided 95 %.
//
// Measures of persons are for them and their leads; metrics never carry a person's name.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "review/clarifications.h"
#include "review/item_state.h"

namespace assay {

// Events at `from` and later, before `to`. States are those at `to`.
struct KpiWindow {
  Time from{};
  Time to{};
};

// k of n, with Wilson's bounds (gates/stats/proportion.h); absent of nothing.
struct ReviewShare {
  std::int64_t count = 0;
  std::int64_t of = 0;
  std::optional<double> share = {};
  std::optional<double> lower = {};
  std::optional<double> upper = {};
};
ReviewShare ShareOf(std::int64_t count, std::int64_t of);

struct ReviewKpis {
  // Throughput: judgements that count, by role, without gold, calibration, extras, void and superseded ones.
  std::map<JudgementRole, std::int64_t> judgements = {};
  double active_seconds = 0;
  std::optional<double> judgements_per_active_hour = {};
  std::int64_t person_days = 0;  // days (UTC) of persons on which there is such a judgement
  std::int64_t items_done = 0;   // decisions that became final in the window and still are

  // Audits. The estimate weighs each by the inverse of the probability with which it was drawn (Horvitz & Thompson,
  // JASA 47, 1952, as a ratio), so that it speaks of all decisions.
  ReviewShare audits_passed = {};
  std::optional<double> decisions_right = {};

  // Items sent back because of a labeller's mistake, of items on which something was submitted. Other causes apart.
  ReviewShare reworked = {};
  std::map<ReviewCause, std::int64_t> reworks = {};

  // Items with an escalation for ambiguity or policy, of items that were worked on.
  ReviewShare escalated = {};
  std::map<EscalationReason, std::int64_t> escalations = {};
  std::optional<double> escalation_seconds_p50 = {};  // from opening to ruling
  std::optional<double> escalation_seconds_p90 = {};

  // Items that an adjudicator decided, of those that several judged; and labels that the adjudication contradicts.
  ReviewShare adjudicated = {};
  std::map<ReviewCause, std::int64_t> adjudications = {};
  ReviewShare labels_overturned = {};

  ReviewShare gold_hits = {};  // of evaluation gold

  // At the end of the window.
  std::map<ReviewState, std::int64_t> items = {};
  std::optional<double> oldest_open_seconds = {};
  std::int64_t leases_expired = 0;  // in the window
  std::int64_t extras = 0;          // judgements that came too late, in the window

  // Items due in the window that were done by then; and when, at the rate of the last two hours, the open ones will be
  // done.
  ReviewShare on_time = {};
  std::optional<Time> open_done_at = {};

  // Of final decisions.
  ReviewShare severe = {};            // severity 1
  ReviewShare false_refusals = {};    // of requests that are allowed
  ReviewShare missed_refusals = {};   // of requests that are not
  ReviewShare hallucinating = {};     // outputs with an unsupported claim
  ReviewShare claims_supported = {};  // of claims that could be checked

  // Of labels on pairs: how often the response shown first wins, and the p-value of a fair coin.
  ReviewShare first_shown_wins = {};
  std::optional<double> first_shown_p = {};
  // Likewise the longer one, where the item says how long they are and they differ. Longer responses may be better
  // indeed: held against short ones of the same quality only by who knows that.
  ReviewShare longer_wins = {};
  std::optional<double> longer_p = {};
  ReviewShare suggestions_followed = {};

  // Labels apart by whether a suggestion was in view when they were made (JudgementContent::saw_suggestion).
  struct InSight {
    std::int64_t judgements = 0;
    double active_seconds = 0;
    ReviewShare labels_overturned = {};
    ReviewShare audits_passed = {};  // of decisions that rest on one of them
  };
  InSight saw_suggestion = {};
  InSight saw_none = {};
};
// O(facts). `queue` decides which labels an adjudication contradicts.
ReviewKpis KpisOf(std::span<const ItemState* const> items, const KpiWindow& window, const QueueSpec& queue,
                  const RubricSpec& rubric);

struct PersonKpis {
  std::int64_t judgements = 0;
  double active_seconds = 0;
  ReviewShare audits_passed = {};  // of decisions on their judgements
  ReviewShare gold_hits = {};
  ReviewShare labels_overturned = {};
};
std::map<std::string, PersonKpis> PersonKpisOf(std::span<const ItemState* const> items, const KpiWindow& window,
                                               const QueueSpec& queue, const RubricSpec& rubric);

// Whose judgements an audit was about, each once: of an adjudicated decision the adjudicator's.
std::vector<std::string> AuditedPeople(const ItemState& state, const ReviewAudit& audit);

// In business days, from the first confusion to the version that answers it.
struct ClarificationTimes {
  std::int64_t closed = 0;  // in the window
  std::optional<double> median = {};
  std::optional<double> p90 = {};
  std::int64_t open = 0;
  std::optional<double> oldest_open = {};
};
ClarificationTimes ClarificationTimesOf(std::span<const Clarification> clarifications, const KpiWindow& window,
                                        std::span<const std::int64_t> holidays = {});

// A grader held against people: on items whose people did not see what it said.
struct GraderAgainstPeople {
  bool grader_passes = false;
  bool people_pass = false;
};
struct GraderTrust {
  ReviewShare true_positive_rate = {};  // passes what people pass
  ReviewShare true_negative_rate = {};  // fails what people fail
  std::optional<double> kappa = {};     // Cohen's
  // The pass rate of people behind an observed one (Rogan & Gladen, American Journal of Epidemiology 107, 1978), within
  // [0, 1]; absent where the rates together are at most 1.2, so that the grader tells little.
  std::optional<double> Corrected(double observed) const;
};
GraderTrust TrustOf(std::span<const GraderAgainstPeople> pairs);

}  // namespace assay
