#include "gates/retries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// The first `retried` cases were asked for again.
SuiteEvidence Evidence(const std::string& cases, std::int64_t retried, AnswerOrigin origin = AnswerOrigin::kRetried) {
  testing::EvidenceText text;
  text.cases = cases;
  SuiteEvidence evidence = testing::MakeEvidence(text);
  for (std::int64_t i = 0; i < retried; ++i) EXPECT_TRUE(evidence.observations.AddOrigin(i, origin));
  return evidence;
}

TEST(WarnOfRetries, NamesBothGroupsWhereTheyDiffer) {
  EXPECT_THAT(
      WarnOfRetries(Evidence("12 x 0; 38 x 1; 30 x 0; 920 x 1", 50)),
      ElementsAre("suite \"s\", metric \"m\": 50 cases whose requests failed and were sent again have a mean "
                  "of 0.76, the 950 others 0.968421 (p = 2.29652e-07): the endpoint's faults do not fall on the cases "
                  "at random"));
  // Better ones too: the others may have been spared by luck.
  EXPECT_THAT(WarnOfRetries(Evidence("20 x 1; 80 x 0", 20)), ElementsAre(StartsWith("suite \"s\", metric \"m\"")));
}

TEST(WarnOfRetries, IsSilentWhereNothingDiffersOrTooFewAreThere) {
  EXPECT_THAT(WarnOfRetries(Evidence("5 x 0; 45 x 1; 95 x 0; 855 x 1", 50)), IsEmpty());
  EXPECT_THAT(WarnOfRetries(Evidence("9 x 0; 900 x 1", 9)), IsEmpty());
  EXPECT_THAT(WarnOfRetries(Evidence("900 x 0; 9 x 1", 900)), IsEmpty());
  EXPECT_THAT(WarnOfRetries(Evidence("10 x 0; 900 x 1", 0)), IsEmpty());
  EXPECT_THAT(WarnOfRetries(Evidence("10 x 0; 900 x 1", 10)), ::testing::SizeIs(1));
}

TEST(WarnOfRetries, CountsNeitherCachedAnswersNorCasesWithoutAScore) {
  EXPECT_THAT(WarnOfRetries(Evidence("20 x 0; 900 x 1", 20, AnswerOrigin::kCached)), IsEmpty());
  EXPECT_THAT(WarnOfRetries(Evidence("20 x error; 900 x 1", 20)), IsEmpty());
  SuiteEvidence both = Evidence("20 x 0; 900 x 1", 20);
  for (int i = 0; i < 11; ++i) ASSERT_TRUE(both.observations.AddOrigin(i, AnswerOrigin::kCached));
  EXPECT_THAT(WarnOfRetries(both), IsEmpty());
}

TEST(WarnOfRetries, ACaseOfSeveralTrialsCountsOnce) {
  // 12 cases are no more than 12, however many trials each has: 4 of 12 against 20 of 200.
  EXPECT_THAT(WarnOfRetries(Evidence("4 x 0,0,0,0,0; 8 x 1,1,1,1,1; 20 x 0,0,0,0,0; 180 x 1,1,1,1,1", 12)), IsEmpty());
  EXPECT_THAT(WarnOfRetries(Evidence("12 x 0,1,0; 100 x 1,1,1", 12)), ::testing::SizeIs(1));
}

TEST(WarnOfRetries, ScoresBetweenAreComparedAtTheirMean) {
  EXPECT_THAT(WarnOfRetries(Evidence("8 x 0.4; 7 x 0.6; 60 x 0.4; 70 x 0.6", 15)), IsEmpty());
  EXPECT_THAT(WarnOfRetries(Evidence("15 x 0.4; 100 x 0.6; 5 x 0.3", 15)),
              ElementsAre(::testing::HasSubstr("mean of 0.4, the 105 others 0.585714")));
}

TEST(Verdict, CarriesTheWarningAndKeepsItsState) {
  const SuiteEvidence evidence = Evidence("12 x 0; 38 x 1; 30 x 0; 920 x 1", 50);
  const Verdict verdict = testing::DecideOn({evidence}, {"{name: r, metric: m, at_least: 0.9}"});
  EXPECT_EQ(verdict.state, VerdictState::kPass);
  EXPECT_THAT(verdict.warnings, ElementsAre(StartsWith("suite \"s\", metric \"m\": 50 cases")));
}

TEST(AnswerOrigin, OfACaseThatIsNotThereIsRefused) {
  SuiteEvidence evidence = Evidence("2 x 1", 0);
  EXPECT_FALSE(evidence.observations.AddOrigin(2, AnswerOrigin::kRetried));
  EXPECT_FALSE(evidence.observations.AddOrigin(-1, AnswerOrigin::kRetried));
  EXPECT_FALSE(evidence.observations.HasRetries());
}

}  // namespace
}  // namespace assay
