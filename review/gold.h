#pragma once
// Items whose answer is known: who gets one and when, whether an answer is right, and who is paused. Judgements of gold
// never reach a decision. Pure functions, thread-safe.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/queue.h"
#include "config/rubric.h"
#include "core/clock.h"
#include "review/opinion.h"

namespace assay {

// An answer with its tolerance.
struct GoldAnswer {
  Opinion expected = {};
  int scores_within = 1;                    // of scores
  std::vector<std::string> must_name = {};  // errors that must be among those named; others are free
  bool checks_severity = true;
  std::string why = {};  // shown after training
};
struct GoldGrade {
  bool is_hit = false;
  std::vector<std::string> misses = {};  // for people: "criterion tone: friendly, not curt"
};
// Scores may differ by scores_within, on the same side of the mark; everything else is as expected, but that strengths
// of pairs and errors beyond must_name are free.
GoldGrade GradeGold(const GoldAnswer& gold, const Opinion& opinion, const RubricSpec& rubric);

// What a person has been shown in a queue.
struct GoldRecord {
  int training_done = 0;
  int training_hits = 0;
  std::vector<bool> evaluations = {};  // the newest first: whether they were hits
  int claims = 0;                      // of this person in this queue, ever
  int claims_since_gold = 0;
};
enum class GoldKind { kNone, kTraining, kEvaluation };
// What the next claim of a person gets. A newcomer is trained first, then evaluated with a probability that the draw
// decides, and at the latest at every `every`-th claim.
GoldKind NextGold(const GoldSpec& gold, const GoldRecord& record, std::string_view person, std::string_view queue,
                  std::string_view key);

// The place, of so many known answers, at which to begin to look for one that the person may be given; 0 of none.
std::size_t GoldPlace(std::size_t known, std::string_view person, int claims, std::string_view key);

enum class GoldStanding { kUnknown, kTraining, kFailedTraining, kGood, kUnderMark };
// kUnderMark and kFailedTraining pause the person; a lead ends the pause with a reason. Looks at the newest `minimum`
// evaluations; kUnknown where there are fewer.
GoldStanding StandingOf(const GoldSpec& gold, const GoldRecord& record);

// How good an item of gold is: one that most people miss is itself wrong.
struct GoldItemRecord {
  int shown = 0;
  int hits = 0;
  Time made_at{};
};
enum class GoldItemHealth { kGood, kMissedByMost, kOld };
// Of five answers and more; old after 90 days.
GoldItemHealth HealthOf(const GoldItemRecord& record, Time now);

}  // namespace assay
