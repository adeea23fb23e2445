#include "config/guideline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/rubric.h"

namespace assay {
namespace {

using ::testing::ElementsAre;

TEST(Guideline, ClausesAreHeadingsWithANumber) {
  EXPECT_THAT(
      ClausesOf("# Title\n\n## 1 One\ntext 2 Two\n### 1.1. One one \r\n   #\t10.20.30 Deep\n####### 4 Not a heading\n"
                "    # 5 Indented code\n#6 No space\n## 7\n## 8a Not a number\n"),
      ElementsAre(GuidelineClause{"1", "One", 3}, GuidelineClause{"1.1", "One one", 5},
                  GuidelineClause{"10.20.30", "Deep", 6}, GuidelineClause{"7", "", 10}));
  EXPECT_THAT(ClausesOf(""), ElementsAre());
}

TEST(Guideline, CodeHasNoClauses) {
  EXPECT_THAT(ClausesOf("```sh\n# 1 Comment\n~~~\n``\n# 2 Comment\n````\n# 3 Clause\n~~~\n```\n# 4 Comment\n"),
              ElementsAre(GuidelineClause{"3", "Clause", 7}));
}

TEST(Guideline, NumbersOfClauses) {
  for (const char* good : {"0", "1", "12.3", "1.2.3.4.5.6", "999"}) EXPECT_TRUE(IsClauseNumber(good)) << good;
  for (const char* bad : {"", ".", "1.", ".1", "1..2", "1234", "1.2.3.4.5.6.7", "a", "1a", "-1", " 1"}) {
    EXPECT_FALSE(IsClauseNumber(bad)) << bad;
  }
}

TEST(RubricVersions, AreThreeNumbers) {
  EXPECT_EQ(ParseRubricVersion("3.1.0"), (RubricVersion{3, 1, 0}));
  EXPECT_EQ(ParseRubricVersion("0.0.9999"), (RubricVersion{0, 0, 9999}));
  EXPECT_EQ(ToString(RubricVersion{3, 10, 2}), "3.10.2");
  EXPECT_LT((RubricVersion{3, 9, 5}), (RubricVersion{3, 10, 0}));
  for (const char* bad :
       {"", "3", "3.1", "3.1.", "3.1.0.", "3.1.0.0", "03.1.0", "3.1.-1", "3.1.10000", "v3.1.0", "3.1.0 "}) {
    EXPECT_EQ(ParseRubricVersion(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace assay
