// What one item must not show, none that shows the same may.

#include <gmock/gmock.h>

#include "tests/daemon/reviews/review_desk.h"

namespace assay::testing {
namespace {

using std::chrono::minutes;
using ::testing::HasSubstr;

class Copies : public ReviewDeskTest {
 protected:
  // An item that is done, with a copy of it for training and one for a calibration of ann and bob.
  void MakeCopies() {
    RunSuite();
    AwaitItems(2);
    const auto listed = Ask(reviews_->ListItems(As("lea"), {}, {}));
    source_ = listed->items.at(0).id;
    other_ = listed->items.at(1).id;
    Judges("bob", source_, 5);
    Judges("eve", source_, 5);
    clock_.Add(minutes(11));
    const GoldArguments asked{.item = source_, .purpose = ItemPurpose::kTraining};
    const auto refused = Ask(reviews_->AddGold(As("lea"), asked));
    ASSERT_FALSE(refused);
    const std::string text = refused.error().message.substr(refused.error().message.find('{'));  // to be approved
    const auto proposed = Ask(reviews_->ProposeChange(As("ann"), ReviewChange::kGatingGold, "what", text, "why"));
    for (const std::string person : {"bob", "lea"})
      EXPECT_TRUE(Ask(reviews_->AnswerChange(As(person), proposed->request.id, true, proposed->request.diff_hash, "")));
    const GoldArguments wanted{.item = source_, .purpose = ItemPurpose::kTraining, .approval = proposed->request.id};
    const auto gold = Ask(reviews_->AddGold(As("lea"), wanted));
    ASSERT_TRUE(gold) << gold.error().message;
    gold_ = gold->entry.item;
    const std::vector<std::string> items = {source_, other_};
    const std::vector<std::string> people = {"ann", "bob"};
    const auto session = Ask(reviews_->OpenCalibration(As("lea"), "q", items, people));
    ASSERT_TRUE(session) << session.error().message;
    calibrated_ = session->entry.session.items.at(0);
  }
  // What is stored to be shown, whoever may see it now.
  ItemContent ShownIn(const std::string& item) {
    ReviewStore store(*work_->store);
    const auto stored = store.ReadItem("default", item);
    EXPECT_TRUE(stored);
    const auto state = Fold(stored->facts);
    EXPECT_TRUE(state);
    return *ItemContentFrom(*store.ReadContent("default", state->content_hash));
  }
  ItemContent Redacted(const std::string& text) {
    ItemContent content = *View("max", source_).content;
    content.responses.at(0).text = text;
    return content;
  }

  std::string source_;
  std::string other_;
  std::string gold_;
  std::string calibrated_;
};

TEST_P(Copies, AreWithheldWithWhatTheyWereMadeOf) {
  MakeCopies();
  Claims("ann", calibrated_);
  Acts("eve", source_, QuarantineAct{.reason = "a phone number"}, "q1");
  for (const std::string& item : {source_, gold_, calibrated_}) {
    EXPECT_EQ(StateOf(item), "quarantined") << item;
    const ItemView view = View("ann", item);
    EXPECT_FALSE(view.content.has_value());
    EXPECT_THAT(view.withheld, HasSubstr("it is quarantined"));
    EXPECT_FALSE(view.lease.has_value()) << "whoever had it has it no more";
  }
  EXPECT_EQ(StateOf(other_), "queued") << "it shows something else";
  Start();
  EXPECT_FALSE(View("ann", gold_).content.has_value());
  EXPECT_THAT(View("lea", calibrated_).history.back().note,
              HasSubstr("it shows what item " + source_ + " shows, which is quarantined: a phone number"));
}

TEST_P(Copies, WithholdWhatTheyWereMadeOf) {
  MakeCopies();
  Acts("ann", calibrated_, QuarantineAct{.reason = "a phone number"}, "q1");
  EXPECT_EQ(StateOf(source_), "quarantined");
  EXPECT_EQ(StateOf(gold_), "quarantined");
}

TEST_P(Copies, AreShownRedactedWithWhatTheyWereMadeOf) {
  MakeCopies();
  Acts("eve", source_, QuarantineAct{}, "q1");
  Acts("max", source_, EndQuarantineAct{.content = Redacted("[number]"), .policy = "1"}, "e1");
  for (const std::string& item : {source_, gold_, calibrated_}) {
    EXPECT_EQ(ShownIn(item).responses.at(0).text, "[number]");
    EXPECT_EQ(View("lea", item).item.epoch, 2) << "what was said of another text counts no more";
  }
}

TEST_P(Copies, AreGivenFreeWhereNothingWasFound) {
  MakeCopies();
  Acts("eve", source_, QuarantineAct{}, "q1");
  Acts("max", gold_, EndQuarantineAct{}, "e1");
  for (const std::string& item : {source_, gold_, calibrated_})
    EXPECT_THAT(View("ann", item).withheld, ::testing::Not(HasSubstr("quarantined"))) << item;
  EXPECT_EQ(StateOf(source_), "done");
  EXPECT_EQ(StateOf(gold_), "queued");
}

INSTANTIATE_TEST_SUITE_P(Engines, Copies, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
