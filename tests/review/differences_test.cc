#include "review/differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::At;
using ::testing::ElementsAre;
using testing::ItemUnderTest;
using testing::Person;
using testing::Says;
using testing::TestItem;
using testing::TestPolicy;
using testing::TestRubric;

TEST(Differences, NamePairsOfPeopleAndAnswersAgainstAnswers) {
  std::vector<std::unique_ptr<ItemUnderTest>> items;
  std::vector<const ItemState*> states;
  const auto judge = [&](int ann, int bob) {
    ReviewItem item = TestItem();
    item.is_random_overlap = true;
    item.id.back() = static_cast<char>('0' + items.size());
    items.push_back(std::make_unique<ItemUnderTest>(TestPolicy(), item));
    items.back()->Judges(Person("bob"), Says(bob), At(1));
    items.back()->Judges(Person("ann"), Says(ann), At(3));
    states.push_back(&items.back()->state);
  };
  judge(4, 4);
  judge(4, 2);
  judge(1, 1);
  judge(2, 4);
  const std::vector<CriterionDifferences> differences = DifferencesOf(states, TestRubric());
  ASSERT_FALSE(differences.empty());
  const CriterionDifferences& scores = differences.front();
  EXPECT_EQ(scores.criterion, TestRubric().criteria.front().name);
  ASSERT_EQ(scores.people.size(), 1u);
  EXPECT_EQ(scores.people[0].one, "ann");
  EXPECT_EQ(scores.people[0].other, "bob");
  EXPECT_EQ(scores.people[0].units, 4);
  EXPECT_EQ(scores.people[0].same, 2);
  EXPECT_NEAR(*scores.people[0].kappa, (0.5 - 0.375) / (1 - 0.375), 1e-12);
  EXPECT_THAT(scores.answers, ElementsAre("1", "2", "4"));
  std::vector<std::string> cells;
  for (const AnswerPair& cell : scores.confusion)
    cells.push_back(cell.one + "/" + cell.other + " " + std::to_string(cell.count));
  EXPECT_THAT(cells, ElementsAre("1/1 1", "2/4 2", "4/4 1")) << "each pair of judgements once, whoever said which";
}

TEST(Differences, OfManyAnswersTheRareOnesAreOne) {
  std::vector<std::unique_ptr<ItemUnderTest>> items;
  std::vector<const ItemState*> states;
  ReviewPolicy policy = TestPolicy();
  policy.rubric.taxonomy.clear();
  for (int i = 0; i < 15; ++i) policy.rubric.taxonomy.push_back({.name = "e" + std::to_string(10 + i)});
  for (int i = 0; i < 15; ++i) {
    ReviewItem item = TestItem();
    item.is_random_overlap = true;
    item.id.replace(item.id.size() - 2, 2, std::to_string(10 + i));
    items.push_back(std::make_unique<ItemUnderTest>(policy, item));
    for (const char* person : {"ann", "bob"}) {
      JudgementContent content = Says(4);
      content.opinion.errors = {"e" + std::to_string(10 + i)};
      items.back()->Judges(Person(person), content, At(person[0] == 'a' ? 1 : 3));
    }
    states.push_back(&items.back()->state);
  }
  const auto differences = DifferencesOf(states, policy.rubric);
  const auto errors = std::ranges::find(differences, "errors", &CriterionDifferences::criterion);
  ASSERT_NE(errors, differences.end());
  EXPECT_EQ(errors->answers.size(), kMostAnswers + 1);
  EXPECT_EQ(errors->answers.back(), "other");
  EXPECT_EQ(errors->confusion.back().one, "other");
  EXPECT_EQ(errors->confusion.back().count, 3);
}

}  // namespace
}  // namespace assay
