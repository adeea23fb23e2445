#include "daemon/store/review_store.h"

#include <gmock/gmock.h>

#include "core/digest.h"
#include "review/commands.h"
#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

using ::testing::ElementsAre;

class ReviewStoreTest : public StoreTest {
 protected:
  ReviewStore reviews() { return ReviewStore(store()); }

  static NewReviewItem Item(int number, const std::string& queue = "answers") {
    const std::string content = Json::Of({{"text", "answer " + std::to_string(number)}}).Dump();
    const std::string digits = std::to_string(100 + number);
    const ReviewItem item{.id = "01930000-0000-7000-8000-000000000" + digits,
                          .project = "default",
                          .queue = queue,
                          .suite = "s",
                          .run = "run",
                          .case_id = "case-" + std::to_string(number),
                          .content_hash = Sha256Hex(content),
                          .subject = {.responses = {"r1"}},
                          .rubric = "support"};
    return {.entered = {.item = item.id, .seq = 1, .at = At(0), .actor = "system", .body = ItemEntered{.item = item}},
            .content = content};
  }
  static ReviewFact Lease(const std::string& item, std::int64_t seq, const std::string& person, Time at) {
    return {.item = item,
            .seq = seq,
            .at = at,
            .actor = person,
            .body = LeaseGranted{.lease = {.person = person, .token = seq, .granted_at = at, .expires_at = at}}};
  }
};

TEST_P(ReviewStoreTest, EntersAnItemOnceHoweverOftenItIsOffered) {
  const std::vector<NewReviewItem> items = {Item(1), Item(2)};
  const auto entered = reviews().EnterItems(items);
  ASSERT_OK(entered);
  EXPECT_THAT(*entered, ElementsAre(items[0].entered.item, items[1].entered.item));
  NewReviewItem again = Item(1);  // of another offer: it has another id and asks the same
  std::get<ItemEntered>(again.entered.body).item.id = "01930000-0000-7000-8000-000000000999";
  again.entered.item = "01930000-0000-7000-8000-000000000999";
  const auto repeated = reviews().EnterItems(std::vector{again, Item(3)});
  ASSERT_OK(repeated);
  EXPECT_THAT(*repeated, ElementsAre(Item(3).entered.item));
  EXPECT_EQ(ReadOne("SELECT CAST(COUNT(*) AS TEXT) FROM review_item"), "3");
  EXPECT_EQ(reviews().ReadContent("default", Sha256Hex(Item(2).content)).value(), Item(2).content);
  EXPECT_EQ(MessageOf(reviews().ReadContent("other", Sha256Hex(Item(2).content))),
            "not_found: the content of this review item is not stored");
}

TEST_P(ReviewStoreTest, GivesFactsBackAsTheyWereAppended) {
  ASSERT_OK(reviews().EnterItems(std::vector{Item(1)}));
  const std::string id = Item(1).entered.item;
  const std::vector<ReviewFact> facts = {Lease(id, 2, "ann", At(1)), Lease(id, 3, "bob", At(2))};
  ASSERT_OK(reviews().AppendFacts(id, facts, true));
  Reopen();
  const auto read = reviews().ReadItem("default", id);
  ASSERT_OK(read);
  EXPECT_THAT(read->facts, ElementsAre(Item(1).entered, facts[0], facts[1]));
  EXPECT_TRUE(read->is_open);
  EXPECT_EQ(MessageOf(reviews().ReadItem("other", id)), "not_found: there is no review item \"" + id + "\"");
}

TEST_P(ReviewStoreTest, OfTwoWritersOneIsToldToLookAgainAndNothingOfItIsKept) {
  ASSERT_OK(reviews().EnterItems(std::vector{Item(1)}));
  const std::string id = Item(1).entered.item;
  ASSERT_OK(reviews().AppendFacts(id, std::vector{Lease(id, 2, "ann", At(1))}));
  const std::vector<ReviewFact> late = {Lease(id, 2, "bob", At(1)), Lease(id, 3, "bob", At(1))};
  EXPECT_EQ(MessageOf(reviews().AppendFacts(id, late)),
            "aborted: review item " + id + " was changed at this moment; look at it again");
  EXPECT_EQ(reviews().ReadItem("default", id)->facts.size(), 2u);
  EXPECT_EQ(MessageOf(reviews().AppendFacts("none", late)), "not_found: there is no review item \"none\"");
}

TEST_P(ReviewStoreTest, AClosedItemIsOpenAgainWithTheNextFact) {
  ASSERT_OK(reviews().EnterItems(std::vector{Item(1), Item(2)}));
  const std::string id = Item(1).entered.item;
  const auto open = [&] {
    std::vector<std::string> ids;
    const Status read = reviews().ReadItems({.project = "", .only_open = true}, [&](StoredReviewItem item) -> Status {
      ids.push_back(item.id);
      return {};
    });
    EXPECT_TRUE(read) << read.error().message;
    return ids;
  };
  ASSERT_OK(reviews().CloseItem(id, 1));
  EXPECT_THAT(open(), ElementsAre(Item(2).entered.item));
  ASSERT_OK(reviews().AppendFacts(id, std::vector{Lease(id, 2, "ann", At(1))}));
  EXPECT_THAT(open(), ElementsAre(id, Item(2).entered.item));
  ASSERT_OK(reviews().CloseItem(id, 1));  // of a state that is not the newest any more
  EXPECT_THAT(open(), ElementsAre(id, Item(2).entered.item));
}

TEST_P(ReviewStoreTest, ListsNewestFirstByPages) {
  std::vector<NewReviewItem> items;
  for (int i = 1; i <= 5; ++i) items.push_back(Item(i, i % 2 == 0 ? "even" : "odd"));
  ASSERT_OK(reviews().EnterItems(items));
  const auto first = reviews().ListItems({.queue = "odd"}, {.token = "", .limit = 2});
  ASSERT_OK(first);
  ASSERT_EQ(first->items.size(), 2u);
  EXPECT_EQ(first->items[0].id, Item(5).entered.item);
  EXPECT_EQ(first->items[1].id, Item(3).entered.item);
  const auto second = reviews().ListItems({.queue = "odd"}, {.token = first->next, .limit = 2});
  ASSERT_OK(second);
  ASSERT_EQ(second->items.size(), 1u);
  EXPECT_EQ(second->items[0].id, Item(1).entered.item);
  EXPECT_EQ(second->next, "");
  EXPECT_EQ(reviews().ListItems({.case_id = "case-4"}, {})->items.size(), 1u);
  EXPECT_EQ(reviews().ListItems({.touched_from = At(1)}, {})->items.size(), 0u);
}

TEST_P(ReviewStoreTest, ADraftIsWrittenOverByItsNextRevisionOnly) {
  const ReviewDraft draft{
      .item = "i", .person = "ann", .epoch = 2, .revision = 3, .text = "{\"a\":1}", .saved_at = At(1)};
  ASSERT_OK(reviews().PutDraft("default", draft));
  ReviewDraft late = draft;
  late.revision = 2;
  late.text = "{}";
  ASSERT_OK(reviews().PutDraft("default", late));
  EXPECT_EQ(reviews().ReadDraft("i", "ann").value(), draft);
  EXPECT_EQ(reviews().ReadDraft("i", "bob").value(), std::nullopt);
  EXPECT_THAT(reviews().ListDrafts("default", "ann").value(), ElementsAre("i"));
  ASSERT_OK(reviews().RemoveDraft("i", "ann"));
  EXPECT_EQ(reviews().ReadDraft("i", "ann").value(), std::nullopt);
}

TEST_P(ReviewStoreTest, ARecordIsWrittenOverTheRevisionThatWasReadOrNotAtAll) {
  const ReviewRecord record{.kind = "gold", .id = "g", .updated = At(1), .principal = "lea", .body = "{\"a\":1}"};
  const auto first = reviews().PutRecord(record);
  ASSERT_OK(first);
  EXPECT_EQ(first->revision, 1);
  EXPECT_EQ(MessageOf(reviews().PutRecord(record)), "aborted: gold \"g\" was changed at this moment; look at it again");
  ReviewRecord changed = *first;
  changed.body = "{\"a\":2}";
  ASSERT_OK(reviews().PutRecord(changed));
  EXPECT_EQ(MessageOf(reviews().PutRecord(changed)),
            "aborted: gold \"g\" was changed at this moment; look at it again");
  const auto read = reviews().FindRecord("default", "gold", "g");
  ASSERT_OK(read);
  EXPECT_EQ((*read)->body, "{\"a\":2}");
  EXPECT_EQ((*read)->revision, 2);
  EXPECT_EQ(reviews().ListRecords("default", "gold")->size(), 1u);
  EXPECT_EQ(reviews().FindRecord("other", "gold", "g").value(), std::nullopt);
}

TEST_P(ReviewStoreTest, RemembersWhichQueueARunWasOffered) {
  const RunRecord run = StartRun("019300000000", 2);
  EXPECT_EQ(reviews().OfferedAt(run.key, "answers").value(), std::nullopt);
  ASSERT_OK(reviews().MarkOffered(run.key, "answers", At(1)));
  ASSERT_OK(reviews().MarkOffered(run.key, "answers", At(2)));
  EXPECT_EQ(reviews().OfferedAt(run.key, "answers").value(), At(1));
  EXPECT_EQ(reviews().OfferedAt(run.key, "others").value(), std::nullopt);
  EXPECT_THAT(reviews().ListCompleteRuns(At(0)).value(), ElementsAre());
}

INSTANTIATE_TEST_SUITE_P(Engines, ReviewStoreTest, ::testing::Values(Engine::kSqlite, Engine::kPostgres),
                         [](const auto& engine) { return engine.param == Engine::kSqlite ? "Sqlite" : "Postgres"; });

}  // namespace
}  // namespace assay::testing
