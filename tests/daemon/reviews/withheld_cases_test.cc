// What privacy found in one item is looked for in all that ask the same, before anybody is shown them.

#include <gmock/gmock.h>

#include "core/digest.h"
#include "tests/daemon/reviews/review_files.h"

namespace assay::testing {
namespace {

using std::chrono::minutes;
using ::testing::HasSubstr;

class WithheldCases : public ReviewFiles {
 protected:
  ItemState Stored(const std::string& item) {
    ReviewStore store(*work_->store);
    const auto stored = store.ReadItem("default", item);
    EXPECT_TRUE(stored) << stored.error().message;
    return Fold(stored->facts).value_or(ItemState{});
  }
  // The items of case a, the oldest first, once there are `open` items.
  std::vector<std::string> ItemsOfA(std::int64_t open) {
    RunSuite();
    AwaitItems(open);
    std::vector<std::string> ids;
    const ItemFilter of_a{.queue = "q", .case_id = "a"};
    const auto listed = Ask(reviews_->ListItems(As("liz"), of_a, {}));
    for (const ItemSummary& item : listed->items) ids.insert(ids.begin(), item.id);
    return ids;
  }
  void SetUp() override {
    ReviewFiles::SetUp();
    if (::testing::Test::IsSkipped()) return;
    auto people = *people_;
    people.push_back({.id = "liz", .roles = {ReviewRole::kLead}});
    people.push_back({.id = "pia", .roles = {ReviewRole::kPrivacy}});
    SetPeople(std::move(people));
  }
  void Flags(const std::string& item, const std::string& key) {
    Acts("eve", item, QuarantineAct{.reason = "a phone number"}, key);
  }
  // What is left of it, with another question or another response.
  EndQuarantineAct Redacts(const std::string& item, bool question) {
    ItemContent content = *View("pia", item).content;
    (question ? content.prompt.at(0).text : content.responses.at(0).text) = "[redacted]";
    return {.content = content, .policy = "2026-1"};
  }
  std::string StateOfStored(const std::string& item) {
    const ItemState state = Stored(item);
    return std::string(WordOf(StateAt(state, std::max(clock_.Now(), state.last_at))));
  }
  // As the daemon stored it before it was killed.
  void Append(const std::string& item, const std::string& actor, const std::string& key, ReviewFactBody body,
              const std::optional<std::string>& content = {}) {
    const ItemState state = Stored(item);
    const ReviewFact fact{.item = item,
                          .seq = state.seq + 1,
                          .at = std::max(clock_.Now(), state.last_at),
                          .actor = actor,
                          .key = key,
                          .body = std::move(body)};
    ReviewStore store(*work_->store);
    ASSERT_TRUE(store.AppendFacts(item, {&fact, 1}, false, content));
  }
  std::string CopyOf(const std::string& item) {
    const ItemFilter of_b{.queue = "q", .case_id = "b"};
    const auto others = Ask(reviews_->ListItems(As("liz"), of_b, {}));
    const std::vector<std::string> items = {item, others->items.at(0).id};  // a session has two at least
    const std::vector<std::string> people = {"ann", "bob"};
    const auto session = Ask(reviews_->OpenCalibration(As("liz"), "q", items, people));
    EXPECT_TRUE(session) << session.error().message;
    return session ? session->entry.session.items.at(0) : "";
  }
};

TEST_P(WithheldCases, ItemsOfOtherRunsAreWithheldWithTheFirstAndFreeWhenNothingWasFound) {
  ItemsOfA(2);
  const std::vector<std::string> items = ItemsOfA(4);
  ASSERT_EQ(items.size(), 2u);
  Claims("ann", items[1]);
  Flags(items[0], "f");
  EXPECT_EQ(StateOfStored(items[1]), "quarantined");
  EXPECT_EQ(Stored(items[1]).quarantines.back().with, items[0]);
  EXPECT_FALSE(View("ann", items[1]).lease.has_value());
  EXPECT_FALSE(View("liz", items[1]).content.has_value());
  EXPECT_THAT(View("lea", items[1]).history.back().note, HasSubstr("item " + items[0]));
  const TakenFile file = Takes("liz", {.format = "native", .selection = {.queues = {"q"}}});
  ASSERT_TRUE(file.ended) << file.refusal;
  EXPECT_EQ(file.ended->manifest.excluded.at("quarantined"), 2) << "case a; b is another";
  EXPECT_EQ(ItemsOfA(6).size(), 3u);
  const std::string entered = ItemsOfA(8).back();
  EXPECT_EQ(StateOfStored(entered), "quarantined") << "what enters meanwhile is not shown either";
  Start();
  EXPECT_EQ(StateOfStored(entered), "quarantined");
  Acts("pia", items[0], EndQuarantineAct{}, "e");
  for (const std::string& item : {items[0], items[1], entered}) EXPECT_EQ(StateOfStored(item), "queued") << item;
}

TEST_P(WithheldCases, ARedactedResponseIsOfItsItemAlone) {
  ItemsOfA(2);
  const std::vector<std::string> items = ItemsOfA(4);
  Flags(items[0], "f");
  Acts("pia", items[0], Redacts(items[0], false), "e");
  EXPECT_EQ(StateOfStored(items[1]), "queued");
  EXPECT_EQ(Stored(items[1]).epoch, 1);
}

TEST_P(WithheldCases, ARedactedQuestionIsLookedForInEachItemThatAsksIt) {
  ItemsOfA(2);
  const std::vector<std::string> items = ItemsOfA(4);
  Flags(items[0], "f");
  Acts("pia", items[0], Redacts(items[0], true), "e");
  EXPECT_EQ(StateOfStored(items[0]), "queued");
  EXPECT_EQ(StateOfStored(items[1]), "quarantined") << "nobody has looked at it";
  const std::string entered = ItemsOfA(6).back();
  EXPECT_EQ(StateOfStored(entered), "quarantined") << "it has the question too";
  Acts("pia", items[1], Redacts(items[1], true), "e");
  EXPECT_EQ(StateOfStored(items[1]), "queued");
  EXPECT_EQ(View("pia", items[1]).content->prompt.at(0).text, "[redacted]");
  EXPECT_EQ(StateOfStored(entered), "quarantined");
}

TEST_P(WithheldCases, AnotherFlagOfTheCaseKeepsTheOthersWithheld) {
  ItemsOfA(2);
  ItemsOfA(4);
  const std::vector<std::string> items = ItemsOfA(6);
  ASSERT_EQ(items.size(), 3u);
  Append(items[1], "bob", "own", QuarantineOpened{.note = "a name", .due_at = clock_.Now()});
  Start();
  Flags(items[0], "f");
  Acts("pia", items[0], EndQuarantineAct{}, "e");
  EXPECT_EQ(StateOfStored(items[0]), "queued");
  EXPECT_EQ(StateOfStored(items[1]), "quarantined");
  EXPECT_EQ(StateOfStored(items[2]), "quarantined") << "whether it has the name nobody knows";
  Acts("pia", items[1], EndQuarantineAct{}, "e");
  EXPECT_EQ(StateOfStored(items[2]), "queued");
}

TEST_P(WithheldCases, AnEndThatDiedOnTheWayGoesOnWithWhoeverSendsIt) {
  for (const std::string key : {"e", "another"}) {
    const std::string item = ItemsOfA(key == "e" ? 2 : 4).back();
    const std::string copy = CopyOf(item);
    Flags(item, "f " + key);
    EXPECT_EQ(StateOfStored(copy), "quarantined");
    Append(item, "pia", "e", QuarantineClosed{});  // and then it was killed
    Start();
    EXPECT_EQ(StateOfStored(copy), "quarantined");
    const std::string refused = Refusal("pia", item, EndQuarantineAct{}, key);
    EXPECT_THAT(refused, HasSubstr(key == "e" ? "done" : "nobody can end the quarantine in this state"));
    EXPECT_EQ(StateOfStored(copy), "queued") << key;
  }
}

TEST_P(WithheldCases, ARedactionThatDiedOnTheWayReachesCopiesWhenItIsSentAgain) {
  const std::string item = ItemsOfA(2).back();
  const std::string copy = CopyOf(item);
  Flags(item, "f");
  const EndQuarantineAct act = Redacts(item, false);
  ItemContent left = *act.content;
  left.is_redacted = true;
  left.sources =
      ItemContentFrom(*ReviewStore(*work_->store).ReadContent("default", Stored(item).content_hash))->sources;
  const std::string text = StoredText(left);
  Append(item, "pia", "e", QuarantineClosed{.content_hash = Sha256Hex(text), .policy = "2026-1"}, text);
  Start();
  EXPECT_EQ(StateOfStored(copy), "quarantined");
  Acts("pia", item, act, "e");
  EXPECT_EQ(StateOfStored(copy), "queued");
  const auto shown = ItemContentFrom(*ReviewStore(*work_->store).ReadContent("default", Stored(copy).content_hash));
  EXPECT_EQ(shown->responses.at(0).text, "[redacted]");
  EXPECT_EQ(Stored(item).epoch, 2) << "once";
}

TEST_P(WithheldCases, AFlagThatDiedOnTheWayHasWithheldTheOthersFirst) {
  const std::string item = ItemsOfA(2).back();
  const std::string copy = CopyOf(item);
  Append(copy, std::string(kReviewSystem), "",
         QuarantineOpened{.note = "as " + item, .due_at = clock_.Now(), .with = item});
  Start();
  EXPECT_EQ(StateOfStored(item), "queued");
  Flags(item, "f");
  EXPECT_EQ(StateOfStored(item), "quarantined");
  Acts("pia", item, EndQuarantineAct{}, "e");
  EXPECT_EQ(StateOfStored(copy), "queued");
  Flags(item, "f");
  EXPECT_EQ(StateOfStored(copy), "queued") << "sent again after the end it withholds nothing anew";
}

INSTANTIATE_TEST_SUITE_P(Engines, WithheldCases, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
