#pragma once
// A rubric, queues, people and items for the tests of human review, and an item whose facts are kept as a store would.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "review/commands.h"

namespace assay::testing {

// Criteria quality (1 to 5, pass 4), tone (labels friendly, curt, rude), topics (several labels); errors hallucination,
// invented (below it), leak (severity 1); severities 1 to 3; clauses 1, 1.1, 2.
RubricSpec TestRubric();
// Of item kind rubric: two people, three when they differ; audits nothing by chance, but severity 1; undo 10m, lease
// 15m.
QueueSpec TestQueue();
ReviewPolicy TestPolicy();

Reviewer Person(std::string id, EnumSet<ReviewRole> roles = {ReviewRole::kReviewer});
// May adjudicate and audit, and judge too.
Reviewer LeadPerson(std::string id);

ReviewItem TestItem();
Time At(double minutes);

// The content of a judgement of quality and tone under the rubric's version.
JudgementContent Says(int quality, std::string tone = "friendly");

// An item under a policy, with the facts of every command that succeeded.
class ItemUnderTest {
 public:
  explicit ItemUnderTest(ReviewPolicy policy = TestPolicy(), ReviewItem item = TestItem());

  // Appends the facts; the message of the error, or "".
  std::string Do(const Result<ReviewFacts>& facts);
  std::string Claims(const Reviewer& person, Time now);
  std::string Submits(const Reviewer& person, JudgementContent content, Time now);
  // Claims and submits a minute later.
  void Judges(const Reviewer& person, const JudgementContent& content, Time now);
  std::string Adjudicates(const Reviewer& person, const JudgementContent& content, Time now,
                          ReviewCause cause = ReviewCause::kMissing);
  std::string Audits(const Reviewer& person, bool passes, Time now, ReviewCause cause = ReviewCause::kMisread);

  // As after a restart: from the facts alone, by way of their JSON.
  ItemState Rebuilt() const;
  std::string_view StateWord(Time now) const { return WordOf(StateAt(state, now)); }

  ReviewPolicy policy;
  ItemState state;
  std::vector<ReviewFact> facts;
  std::vector<Reviewer> roster;
  int submissions = 0;
};

}  // namespace assay::testing
