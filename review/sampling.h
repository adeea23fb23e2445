#pragma once
// Every draw of human review: which trials enter, how many people judge an item, in what order responses are shown, who
// gets an item whose answer is known, which decisions are audited. All are reproducible from ids and a secret of the
// installation, `key`, so that nobody who reviews can tell or steer them. Pure functions, thread-safe.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/queue.h"
#include "review/review_item.h"

namespace assay {

// A number in [0, 1) that belongs to these ids: HMAC-SHA256 under `key` seeds the generator of core/random.h.
double DrawOf(std::string_view key, std::string_view what, std::string_view id);

// What a queue is told of one trial.
struct TrialSignals {
  std::string suite = {};
  std::string run = {};
  std::string case_id = {};
  std::int64_t trial = 0;
  struct Grade {
    std::string grader = {};
    bool is_invariant = false;
    std::optional<int> severity = {};
    std::optional<bool> pass = {};  // absent: not scored, or it only measures
    std::optional<double> value = {};
    std::optional<double> threshold = {};
  };
  std::vector<Grade> grades = {};
  std::vector<std::pair<std::string, std::string>> slices = {};  // name, value
};

struct QueueEntry {
  ReviewLane lane = ReviewLane::kNormal;
  std::vector<std::string> reasons = {};  // the conditions that held and were drawn: "every", "failed_invariants"
  std::optional<int> severity = {};       // of the gravest grader that failed
  int people = 1;
  int at_most = 1;
  bool is_random_overlap = false;
};
// The probability with which an entry {every: true} draws a trial, whatever it looks like; absent where the queue has
// none. And which these entries are: with the same text the same trials are drawn. "0:0.2" is the first entry, with a
// share of 0.2.
std::optional<double> ChanceOf(const QueueSpec& queue);
std::string DrawText(const QueueSpec& queue);
// Absent where the trial does not enter.
std::optional<QueueEntry> EntryOf(const QueueSpec& queue, const TrialSignals& signals, std::string_view key);

// The responses in the order in which this person sees them.
std::vector<std::string> PresentationOf(const ReviewItem& item, std::string_view person, std::string_view key);

// What is known of the person whose decision may be audited.
struct AuditHistory {
  bool is_new = false;             // the person, or the rubric, for less than audit.new_for
  int decisions_30d = 0;           // of the person
  std::vector<bool> results = {};  // of audits of the person, the newest first: whether they passed
};
// The probability with which a decision is audited: 1 after rework, for severities that the queue names, and for what
// took less active time than it says; else its share (new_share for what is new; three times that with two failures
// among the last 20; half of it after 50 passes in a row; at least so much that audit.at_least of 30 days can be
// expected).
double AuditProbability(const AuditSpec& audit, const Opinion& outcome, DecisionMethod method, Duration active,
                        const AuditHistory& history);
// Whether the decision of an item is drawn, the same for each decision of an epoch.
AuditDraw DrawAudit(std::string_view item, int epoch, double probability, std::string_view key);

// How many audits show, with one-sided confidence of 95 % (Wilson's bound), that a share of `target` passes, when
// `failures` of them fail: the fewest. Absent for a target outside (0, 1) and where 100,000 do not suffice.
std::optional<std::int64_t> AuditsNeeded(double target, std::int64_t failures);

}  // namespace assay
