// Why audits fail, and what follows from that; and what was answered under rules of before.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "review/kpis.h"
#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::At;
using testing::ItemUnderTest;
using testing::LeadPerson;
using testing::Person;
using testing::Says;
using testing::TestPolicy;
using testing::TestQueue;
using testing::TestRubric;

// Two people agree, and an auditor looks at it.
ItemUnderTest Audited() {
  ReviewPolicy policy = TestPolicy();
  policy.queue.audit.share = 1;
  ItemUnderTest item(policy);
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(4), At(3));
  return item;
}

TEST(AuditCauses, ThatFailForTheGuidelineAreNobodysMistake) {
  ItemUnderTest item = Audited();
  EXPECT_EQ(item.Audits(LeadPerson("lea"), false, At(15), ReviewCause::kAmbiguous), "");
  EXPECT_EQ(item.StateWord(At(16)), "rework");
  EXPECT_EQ(item.state.audits.back().cause, ReviewCause::kAmbiguous);
  EXPECT_EQ(item.state.rework_cause, ReviewCause::kAmbiguous);
  EXPECT_EQ(item.state.reworks_for_error, 0);
  EXPECT_EQ(item.Rebuilt().audits, item.state.audits);
  item.Judges(Person("bob"), Says(2), At(17));
  EXPECT_EQ(ActiveDecision(item.state)->cause, ReviewCause::kAmbiguous);
}

// A fact of a version that did not ask why.
TEST(AuditCauses, ThatSayNoCauseAreTakenForAMisreading) {
  ItemUnderTest item = Audited();
  EXPECT_EQ(item.Audits(LeadPerson("lea"), false, At(15), ReviewCause::kSubjective), "");
  ReviewFact before = item.facts.back();
  std::get<AuditMade>(before.body).cause = ReviewCause::kNone;
  EXPECT_EQ(ToJson(before).Dump().find("cause"), std::string::npos) << "its bytes stay as they were";
  ItemState state;
  for (std::size_t at = 0; at + 1 < item.facts.size(); ++at) ASSERT_TRUE(Apply(item.facts[at], state));
  ASSERT_TRUE(Apply(before, state));
  EXPECT_EQ(state.audits.back().cause, ReviewCause::kMisread);
  EXPECT_EQ(state.reworks_for_error, 1);
}

// K4 counts mistakes of labellers; what was wrong with a guideline is counted apart.
TEST(AuditCauses, SayWhichReworkCountsAsAMistake) {
  ItemUnderTest misread = Audited();
  ASSERT_EQ(misread.Audits(LeadPerson("lea"), false, At(20)), "");
  ItemUnderTest unclear = Audited();
  ASSERT_EQ(unclear.Audits(LeadPerson("lea"), false, At(20), ReviewCause::kMissing), "");
  const ItemState* states[] = {&misread.state, &unclear.state};
  const KpiWindow window{At(0), At(120)};
  const ReviewKpis kpis = KpisOf(states, window, TestQueue(), TestRubric());
  EXPECT_EQ(kpis.reworked.count, 1);
  EXPECT_EQ(kpis.reworked.of, 2);
  EXPECT_EQ(kpis.reworks,
            (std::map<ReviewCause, std::int64_t>{{ReviewCause::kMissing, 1}, {ReviewCause::kMisread, 1}}));
  EXPECT_EQ(kpis.audits_passed.count, 0) << "it was wrong, whosever fault that is";
  ItemState imported = unclear.state;
  imported.audits.back().cause = ReviewCause::kNone;
  states[1] = &imported;
  EXPECT_EQ(KpisOf(states, window, TestQueue(), TestRubric()).reworks,
            (std::map<ReviewCause, std::int64_t>{{ReviewCause::kMisread, 2}}))
      << "of a version that did not say";
}

TEST(OutdatedAnswers, AreOfAnotherMinorOrMajorVersion) {
  ItemUnderTest item;
  EXPECT_EQ(AnsweredUnder(item.state), std::nullopt);
  EXPECT_FALSE(IsOutdated(item.state, {9, 0, 0})) << "nobody has answered";
  item.Judges(Person("ann"), Says(4), At(1));
  item.policy.rubric.version = "2.2.0";
  JudgementContent later = Says(4);
  later.rubric_version = {2, 2, 0};
  item.Judges(Person("bob"), later, At(3));
  ASSERT_NE(ActiveDecision(item.state), nullptr);
  const RubricVersion first = item.state.judgements[0].content.rubric_version;
  EXPECT_EQ(AnsweredUnder(item.state), first) << "the oldest that it rests on";
  for (const auto& [served, is_outdated] :
       std::vector<std::pair<RubricVersion, bool>>{{first, false},
                                                   {{first.major, first.minor, first.patch + 1}, false},
                                                   {{first.major, first.minor + 1, 0}, true},
                                                   {{first.major + 1, 0, 0}, true},
                                                   {{first.major - 1, 9, 0}, false}})
    EXPECT_EQ(IsOutdated(item.state, served), is_outdated) << ToString(served);
}

}  // namespace
}  // namespace assay
