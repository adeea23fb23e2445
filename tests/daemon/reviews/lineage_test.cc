// Where what people judged comes from, what it went into, and what has happened since.

#include <gmock/gmock.h>

#include <set>

#include "core/digest.h"
#include "tests/daemon/reviews/review_files.h"

namespace assay::testing {
namespace {

using ::testing::ElementsAre;

class LineageTest : public ReviewFiles {
 protected:
  Result<Lineage> Asks(const std::string& person, const std::string& id) {
    return Ask(reviews_->GetLineage(As(person), id, {}));
  }
  Result<Lineage> AsksForPage(const std::string& id, int limit, const std::string& token) {
    return Ask(reviews_->GetLineage(As("lea"), id, {.token = token, .limit = limit}));
  }
  std::string RefusalOfAsking(const std::string& person, const std::string& id) {
    const auto lineage = Asks(person, id);
    return lineage ? "" : RefusalOf(lineage.error());
  }
  static std::vector<std::string> Words(const std::vector<ShownEvent>& events) {
    std::vector<std::string> words;
    for (const ShownEvent& event : events) words.push_back(event.what);
    return words;
  }
  static std::vector<std::string> Ids(const std::vector<LineageUse>& uses) {
    std::vector<std::string> ids;
    for (const LineageUse& use : uses) ids.push_back(use.what + " " + use.id);
    return ids;
  }
};

TEST_P(LineageTest, OfAnItemGoesFromItsRunToTheExportsThatTookItAndWhatHasHappenedSince) {
  const std::vector<std::string> items = JudgedItems();
  const TakenFile before = Takes("lea", {.format = "native", .selection = {.decided_only = true}});
  const TakenFile other = Takes("lea", {.format = "native", .selection = {.queues = {"other"}}});
  ASSERT_TRUE(before.ended && other.ended);
  const auto lineage = Asks("lea", items[0]);
  ASSERT_TRUE(lineage) << lineage.error().message;
  EXPECT_EQ(lineage->exported, std::nullopt);
  ASSERT_EQ(lineage->items.size(), 1u);
  const ItemLineage& item = lineage->items[0];
  ASSERT_TRUE(item.run);
  EXPECT_EQ(item.run->id, item.view.item.run);
  EXPECT_EQ(item.run->suite, "s");
  EXPECT_EQ(item.run->model, "m");
  EXPECT_EQ(item.run->snapshot_digest.substr(0, 7), "sha256:");
  EXPECT_EQ(item.view.judgements.size(), 2u);
  EXPECT_EQ(item.view.decisions.size(), 1u);
  EXPECT_EQ(item.view.content, std::nullopt);
  EXPECT_THAT(Ids(item.uses), ElementsAre("export " + before.ended->manifest.id));
  EXPECT_EQ(item.uses[0].by, "lea");
  EXPECT_TRUE(item.since.empty());
  EXPECT_EQ(lineage->derived.size(), 2u) << "verdicts and exports keep no list of items";
  const auto undecided = Asks("lea", items[1]);
  EXPECT_TRUE(undecided->items[0].uses.empty()) << "the selection is of what is decided";

  clock_.Add(std::chrono::minutes(1));
  Acts("lea", items[0], ReopenCommand{.reason = "it is wrong", .cause = ReviewCause::kOther}, "o");
  const auto after = Asks("lea", items[0]);
  EXPECT_THAT(Words(after->items[0].since), ElementsAre("item_reopened"));
  EXPECT_THAT(Ids(after->items[0].uses), ElementsAre("export " + before.ended->manifest.id))
      << "it took the item as it stood then";
}

TEST_P(LineageTest, OfAJudgementIsThatOfItsItemAndOnlyForWhoIsShownIt) {
  const std::vector<std::string> items = JudgedItems();
  const ItemView view = View("lea", items[0]);
  const std::string first = view.judgements[0].judgement.id;
  const auto lineage = Asks("lea", first);
  ASSERT_TRUE(lineage) << lineage.error().message;
  EXPECT_EQ(lineage->judgement, first);
  EXPECT_EQ(lineage->items[0].view.item.id, items[0]);
  Judges("ann", items[1], 2);
  const std::string open = View("ann", items[1]).judgements[0].judgement.id;
  EXPECT_EQ(Asks("ann", open)->items[0].run, std::nullopt) << "a labeller is not told whose answer it is";
  EXPECT_EQ(RefusalOfAsking("bob", open), "not_found: there is no review item, judgement or export \"" + open + "\"");
  EXPECT_EQ(RefusalOfAsking("lea", items[0] + "/99"),
            "not_found: there is no review item, judgement or export \"" + items[0] + "/99\"");
}

TEST_P(LineageTest, OfAnExportListsTheItemsThatItTookAndWhatHasBecomeOfThem) {
  const std::vector<std::string> items = JudgedItems();
  const TakenFile file = Takes("lea", {.format = "native", .selection = {.decided_only = true}});
  ASSERT_TRUE(file.ended) << file.refusal;
  const std::string id = file.ended->manifest.id;
  clock_.Add(std::chrono::minutes(1));
  Judges("ann", items[1], 4);
  Judges("bob", items[1], 4);
  Acts("lea", items[0], ReopenCommand{.reason = "it is wrong", .cause = ReviewCause::kOther}, "o");
  const auto lineage = Asks("lea", id);
  ASSERT_TRUE(lineage) << lineage.error().message;
  ASSERT_TRUE(lineage->exported);
  EXPECT_EQ(lineage->exported->manifest_sha256, file.ended->manifest_sha256);
  EXPECT_EQ(lineage->exported->manifest_text, file.ended->manifest_text);
  ASSERT_EQ(lineage->items.size(), 1u) << "the other one was decided later";
  EXPECT_EQ(lineage->items[0].view.item.id, items[0]);
  EXPECT_THAT(Words(lineage->items[0].since), ElementsAre("item_reopened"));
  EXPECT_EQ(lineage->next_page, "");
  EXPECT_THAT(lineage->derived,
              ElementsAre("items: those that its selection takes of what is stored, as it stood at " +
                          FormatTime(*lineage->exported->manifest.exported_at) +
                          "; the export kept how many there were and the hash of its file, and no list of them"));
  EXPECT_EQ(RefusalOfAsking("ann", id),
            "permission_denied: \"ann\" may not export: it needs one of the roles lead, ml_lead and manager");
  EXPECT_EQ(RefusalOfAsking("lea", "no-such"), "not_found: there is no review item, judgement or export \"no-such\"");
}

TEST_P(LineageTest, OfAnExportOfManyItemsComesInPages) {
  constexpr int kItems = 250;
  std::string cases;
  for (int i = 0; i < kItems; ++i) cases += R"({"id":"c)" + std::to_string(1000 + i) + R"(","question":"q"})" + "\n";
  files_.Write("catalog/cases.jsonl", cases);
  Start();
  RunSuite();
  AwaitItems(kItems);
  const TakenFile file = Takes("lea", {.format = "native"});
  ASSERT_TRUE(file.ended) << file.refusal;
  ASSERT_EQ(file.ended->manifest.records, kItems);
  std::vector<std::size_t> sizes;
  std::set<std::string> items;
  std::string last;
  std::string token;
  do {
    const auto page = AsksForPage(file.ended->manifest.id, 100, token);
    ASSERT_TRUE(page) << page.error().message;
    sizes.push_back(page->items.size());
    for (const ItemLineage& item : page->items) {
      EXPECT_LT(last, item.view.item.id) << "the oldest first";
      last = item.view.item.id;
      items.insert(item.view.item.case_id);
    }
    token = page->next_page;
  } while (!token.empty());
  EXPECT_THAT(sizes, ElementsAre(100u, 100u, 50u));
  EXPECT_EQ(items.size(), static_cast<std::size_t>(kItems));
  EXPECT_EQ(*items.begin(), "c1000");
  EXPECT_EQ(RefusalOf(AsksForPage(file.ended->manifest.id, 100, "x").error()),
            "invalid_argument: page token \"x\" is not one of ours");
}

TEST_P(LineageTest, OfAKnownAnswerNamesWhatItWasMadeOfToLeads) {
  const std::vector<std::string> items = JudgedItems();
  GoldArguments wanted{.item = items[0], .purpose = ItemPurpose::kTraining, .why = "as the handbook says"};
  const std::string refused = RefusalOf(Ask(reviews_->AddGold(As("lea"), wanted)).error());
  const std::string text = refused.substr(refused.find('{'));
  const auto change = Ask(reviews_->ProposeChange(As("max"), ReviewChange::kGatingGold, "gold", text, "known"));
  ASSERT_TRUE(change) << change.error().message;
  for (const std::string person : {"eve", "lea"})
    ASSERT_TRUE(Ask(reviews_->AnswerChange(As(person), change->request.id, true, Sha256Hex(text), "")));
  wanted.approval = change->request.id;
  const auto gold = Ask(reviews_->AddGold(As("lea"), wanted));
  ASSERT_TRUE(gold) << gold.error().message;
  const std::string copy = gold->entry.item;
  EXPECT_EQ(Asks("lea", copy)->items[0].copied_from, items[0]);
  const Lineage source = *Asks("lea", items[0]);
  EXPECT_THAT(Ids(source.items[0].uses), ElementsAre("training " + copy));
  EXPECT_EQ(source.items[0].uses[0].approval, change->request.id);
  EXPECT_THAT(Ids(Asks("ann", items[0])->items[0].uses), ElementsAre()) << "ann may be asked it";
}

TEST_P(LineageTest, OfACopyInACalibrationIsNotToldToWhoIsToJudgeIt) {
  const std::vector<std::string> items = JudgedItems();
  const auto opened = Ask(reviews_->OpenCalibration(As("lea"), "q", items, {"eve", "max"}));
  ASSERT_TRUE(opened) << opened.error().message;
  const std::string copy = opened->entry.session.items[0];
  EXPECT_EQ(Asks("lea", copy)->items[0].copied_from, items[0]);
  EXPECT_EQ(Asks("max", copy)->items[0].copied_from, "") << "what was settled of that is what max is asked for";
}

INSTANTIATE_TEST_SUITE_P(Engines, LineageTest, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
