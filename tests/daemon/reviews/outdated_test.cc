// What was answered under rules of before is found, and judged anew.

#include <gmock/gmock.h>

#include "tests/daemon/reviews/review_desk.h"

namespace assay::testing {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class OutdatedItems : public ReviewDeskTest {
 protected:
  std::vector<std::string> Listed(const std::string& person, const ItemFilter& filter) {
    const auto items = Ask(reviews_->ListItems(As(person), filter, {}));
    EXPECT_TRUE(items) << items.error().message;
    std::vector<std::string> ids;
    for (const ItemSummary& item : items->items) ids.push_back(item.id);
    return ids;
  }
  std::vector<std::string> DoneItems() {
    RunSuite();
    AwaitItems(2);
    const std::vector<std::string> items = Listed("lea", {});
    for (const std::string& item : items) {
      Judges("bob", item, 5);
      Judges("eve", item, 5);
    }
    clock_.Add(minutes(11));
    return items;
  }
};

TEST_P(OutdatedItems, AreFoundByTheVersionThatTheyWereAnsweredUnder) {
  const std::vector<std::string> items = DoneItems();
  for (const auto& [version, found] : std::vector<std::pair<std::string, std::size_t>>{
           {"1.0.0", 2}, {"1.0", 2}, {"1", 2}, {"1.0.1", 0}, {"1.1", 0}, {"2", 0}, {"0", 0}})
    EXPECT_THAT(Listed("lea", {.rubric_version = version}), SizeIs(found)) << version;
  EXPECT_THAT(Listed("lea", {.outdated = true}), IsEmpty());
  WriteRubric("1.0.1");
  Start();
  EXPECT_THAT(Listed("lea", {.outdated = true}), IsEmpty()) << "other words are no other rules";
  WriteRubric("1.1.0");
  Start();
  EXPECT_EQ(Listed("lea", {.outdated = true}), items);
  EXPECT_EQ(Listed("ann", {.outdated = true}), items) << "what is done is for everybody";
  const auto listed = Ask(reviews_->ListItems(As("lea"), {.outdated = true}, {}));
  EXPECT_EQ(listed->items.at(0).answered_under, (RubricVersion{1, 0, 0}));
}

TEST_P(OutdatedItems, AreJudgedAnewByALeadsWord) {
  const std::vector<std::string> items = DoneItems();
  WriteRubric("1.1.0");
  Start();
  EXPECT_EQ(Refusal("ann", items[0], ReopenCommand{.reason = "§ 2 is new", .cause = ReviewCause::kGuidelineChange}, "o")
                .substr(0, 17),
            "permission_denied");
  Acts("lea", items[0], ReopenCommand{.reason = "§ 2 is new", .cause = ReviewCause::kGuidelineChange}, "o");
  EXPECT_EQ(StateOf(items[0]), "rework");
  EXPECT_THAT(Listed("lea", {.states = {ReviewState::kRework}, .outdated = true}), ElementsAre(items[0]));
  EXPECT_THAT(Listed("ann", {.states = {ReviewState::kRework}, .outdated = true}), IsEmpty())
      << "who judges it anew is not told what it was";
  Judges("ann", items[0], 2);
  EXPECT_THAT(Listed("lea", {.outdated = true}), ElementsAre(items[1]));
  EXPECT_THAT(Listed("lea", {.rubric_version = "1.1"}), ElementsAre(items[0]));
}

INSTANTIATE_TEST_SUITE_P(Engines, OutdatedItems, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
