// Who may take an item, who sees what of it, and what comes first.

#include <gtest/gtest.h>

#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::At;
using testing::ItemUnderTest;
using testing::LeadPerson;
using testing::Person;
using testing::Says;
using testing::TestItem;
using testing::TestPolicy;

std::string OfTheItem(const std::string& rest) { return "item " + TestItem().id + rest; }

TEST(Eligibility, NamesWhatKeepsAPersonFromAnItem) {
  const auto obstacle = [](auto change) {
    ReviewPolicy policy = TestPolicy();
    ReviewItem entering = TestItem();
    Reviewer ann = Person("ann");
    ReviewerLoad load;
    change(policy.queue, entering, ann, load);
    ItemUnderTest item(policy, entering);
    const ClaimPermission permission = MayClaim(item.state, ann, load, item.roster, item.policy.queue, At(1));
    return std::string(WordOf(permission.obstacle)) + (permission.detail.empty() ? "" : ":" + permission.detail);
  };
  using Queue = QueueSpec;
  using Item = ReviewItem;
  using Load = ReviewerLoad;
  EXPECT_EQ(obstacle([](Queue&, Item&, Reviewer&, Load&) {}), "none");
  EXPECT_EQ(obstacle([](Queue&, Item&, Reviewer& p, Load&) { p.roles = {ReviewRole::kAuditor}; }), "role:reviewer");
  EXPECT_EQ(obstacle([](Queue&, Item&, Reviewer& p, Load&) { p.is_paused = true, p.paused_why = "gold"; }),
            "paused:gold");
  EXPECT_EQ(obstacle([](Queue&, Item&, Reviewer& p, Load&) { p.queues = {"other"}; }), "queue:review");
  EXPECT_EQ(obstacle([](Queue& q, Item&, Reviewer& p, Load&) {
              q.certified = true, p.certificates = {{"support", 1}};
            }),
            "certificate:support 2");
  EXPECT_EQ(obstacle([](Queue& q, Item&, Reviewer& p, Load&) {
              q.certified = true, p.certificates = {{"support", 2}};
            }),
            "none");
  EXPECT_EQ(obstacle([](Queue&, Item& i, Reviewer& p, Load&) { i.language = "es", p.languages = {"en"}; }),
            "language:es");
  EXPECT_EQ(obstacle([](Queue&, Item& i, Reviewer& p, Load&) {
              i.skills = {"tax", "law"}, p.skills = {"tax"};
            }),
            "skill:law");
  EXPECT_EQ(obstacle([](Queue&, Item& i, Reviewer&, Load&) { i.data_class = "health"; }), "clearance:health");
  EXPECT_EQ(obstacle([](Queue&, Item& i, Reviewer& p, Load&) { i.data_class = "health", p.clearances = {"health"}; }),
            "none");
  EXPECT_EQ(obstacle([](Queue&, Item& i, Reviewer&, Load&) { i.authors = {"ann"}; }), "author");
  EXPECT_EQ(obstacle([](Queue&, Item&, Reviewer&, Load& l) { l.live_leases = 2; }), "busy");
  EXPECT_EQ(obstacle([](Queue& q, Item&, Reviewer&, Load& l) { q.person_share = 0.4, l.share_of_run = 0.4; }), "share");
}

// Two leads only: were one of them to label it, nobody could adjudicate it and somebody else audit that.
TEST(Reserve, KeepsAnAdjudicatorAndAnAuditorFree) {
  ItemUnderTest item;
  EXPECT_EQ(item.Claims(LeadPerson("lea"), At(1)),
            OfTheItem(" (queued), \"lea\": you are kept free to adjudicate or audit it"));
  item.roster.push_back(LeadPerson("lou"));
  EXPECT_EQ(item.Claims(LeadPerson("lea"), At(1)), "");
  EXPECT_EQ(item.Claims(LeadPerson("leo"), At(1)),
            OfTheItem(" (leased), \"leo\": you are kept free to adjudicate or audit it"));
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "") << "others need not be kept free";
}

TEST(Reserve, CountsOnlyWhoCouldDoIt) {
  ItemUnderTest item;
  item.roster.push_back(LeadPerson("lou"));
  item.roster.back().is_paused = true;
  EXPECT_NE(item.Claims(LeadPerson("lea"), At(1)), "");
}

TEST(Reserve, AnAdjudicatorLeavesTheAuditorFree) {
  ReviewPolicy policy = TestPolicy();
  ItemUnderTest item(policy);
  item.roster = {Person("ann"), Person("bob"), Person("cid"), Person("jo", {ReviewRole::kAdjudicator}),
                 Person("kim", {ReviewRole::kAdjudicator, ReviewRole::kAuditor})};
  item.Judges(item.roster[0], Says(4), At(1));
  item.Judges(item.roster[1], Says(2), At(3));
  item.Judges(item.roster[2], Says(1), At(5));
  EXPECT_EQ(item.Claims(item.roster[4], At(7)),
            OfTheItem(" (adjudication), \"kim\": you are kept free to adjudicate or audit it"));
  EXPECT_EQ(item.Claims(item.roster[3], At(7)), "");
}

TEST(Sweep, EscalatesWhatNobodyCanGoOnWith) {
  ItemUnderTest item;
  item.roster = {Person("ann"), LeadPerson("lea"), LeadPerson("leo")};
  EXPECT_EQ(Sweep(item.state, item.roster, item.policy, At(1)), ReviewFacts());
  item.Judges(Person("ann"), Says(4), At(1));
  EXPECT_FALSE(CanGoOn(item.state, item.roster, item.policy.queue, At(3)));
  EXPECT_EQ(item.Do(Sweep(item.state, item.roster, item.policy, At(3))), "");
  EXPECT_EQ(item.StateWord(At(3)), "escalated");
  EXPECT_EQ(OpenEscalation(item.state)->reason, EscalationReason::kStuck);
  EXPECT_EQ(Sweep(item.state, item.roster, item.policy, At(4)), ReviewFacts()) << "once";
}

TEST(Views, ShowContentToWhoIsClearedForIt) {
  ReviewItem entering = TestItem();
  entering.data_class = "health";
  ItemUnderTest item(TestPolicy(), entering);
  Reviewer ann = Person("ann");
  ann.clearances = {"health"};
  EXPECT_FALSE(ViewOf(item.state, ann, At(1)).shows_content) << "it is no business of theirs yet";
  EXPECT_EQ(item.Claims(ann, At(1)), "");
  EXPECT_TRUE(ViewOf(item.state, ann, At(2)).shows_content);
  ann.clearances.clear();
  EXPECT_FALSE(ViewOf(item.state, ann, At(2)).shows_content);
}

TEST(Views, AnItemIsThereForWhoIsOfItsQueueAndClearedForItsData) {
  ReviewItem item = TestItem();
  item.data_class = "health";
  const std::string where = "item " + item.id;
  struct Row {
    std::vector<std::string> clearances = {};
    std::vector<std::string> queues = {};
    EnumSet<ReviewRole> roles = {ReviewRole::kReviewer};
    std::string refusal = {};
  };
  const std::string uncleared =
      where + " has data of the class \"health\", for which \"ann\" is not cleared (clearances= of the token file)";
  const std::string elsewhere = where + " belongs to queue \"" + item.queue +
                                "\", which is not among those of \"ann\" (queues= of the token file)";
  const Row rows[] = {{.clearances = {"health"}},
                      {.clearances = {"health"}, .queues = {item.queue}},
                      {.clearances = {"health"}, .queues = {"other"}, .refusal = elsewhere},
                      {.refusal = uncleared},
                      {.clearances = {"Health"}, .refusal = uncleared},
                      {.queues = {"other"}, .refusal = elsewhere},
                      {.roles = {ReviewRole::kLead, ReviewRole::kManager}, .refusal = uncleared},
                      {.roles = {ReviewRole::kPrivacy}},
                      {.queues = {"other"}, .roles = {ReviewRole::kPrivacy}, .refusal = elsewhere}};
  for (const Row& row : rows) {
    const Reviewer ann{.id = "ann", .roles = row.roles, .clearances = row.clearances, .queues = row.queues};
    const Status may = CheckMayLookAt(ann, item);
    EXPECT_EQ(may ? "" : may.error().message, row.refusal);
    EXPECT_EQ(MayLookAt(ann, item), row.refusal.empty());
  }
  item.data_class.clear();
  EXPECT_TRUE(MayLookAt({.id = "ann"}, item)) << "of no class, it is for all";
}

TEST(WhoCanGoOn, OnAnItemOfAClassAreThoseWhoAreCleared) {
  ReviewItem entering = TestItem();
  entering.data_class = "health";
  ItemUnderTest item(TestPolicy(), entering);
  Reviewer ann = Person("ann");
  ann.clearances = {"health"};
  ASSERT_EQ(item.Claims(ann, At(1)), "");
  ASSERT_EQ(item.Do(Escalate(item.state, {.reviewer = ann, .reason = EscalationReason::kAmbiguity, .note = "why"},
                             item.policy, At(2))),
            "");
  Reviewer lead = LeadPerson("lea");
  lead.roles.Remove(ReviewRole::kPrivacy);
  const std::vector<Reviewer> uncleared = {ann, lead};
  EXPECT_FALSE(CanGoOn(item.state, uncleared, item.policy.queue, At(3)));
  lead.clearances = {"health"};
  const std::vector<Reviewer> cleared = {ann, lead};
  EXPECT_TRUE(CanGoOn(item.state, cleared, item.policy.queue, At(3)));
}

TEST(Views, ShowOthersJudgementsToWhoIsNotInfluencedByThem) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(4), At(1));
  EXPECT_EQ(item.Claims(Person("bob"), At(3)), "");
  EXPECT_FALSE(ViewOf(item.state, Person("bob"), At(3)).shows_judgements);
  EXPECT_TRUE(ViewOf(item.state, LeadPerson("lea"), At(3)).shows_names);
  EXPECT_EQ(item.Submits(Person("bob"), Says(2), At(4)), "");
  item.Judges(Person("cid"), Says(1), At(5));
  EXPECT_EQ(item.Claims(Person("jo", {ReviewRole::kAdjudicator}), At(7)), "");
  const ReviewView view = ViewOf(item.state, Person("jo", {ReviewRole::kAdjudicator}), At(7));
  EXPECT_TRUE(view.shows_judgements);
  EXPECT_FALSE(view.shows_names);
  EXPECT_FALSE(ViewOf(item.state, Person("local"), At(7)).shows_content);
}

TEST(WorkOrder, IsLaneThenInfluenceThenDueTimeThenTheRest) {
  const auto place = [](auto change, double influence = 0) {
    ReviewItem entering = TestItem();
    change(entering);
    const ItemUnderTest item(TestPolicy(), entering);
    return PlaceOf(item.state, "ann", influence, At(1));
  };
  const auto same = [](ReviewItem&) {};
  const WorkPlace order[] = {place([](ReviewItem& i) { i.lane = ReviewLane::kIncident; }),
                             place([](ReviewItem& i) { i.lane = ReviewLane::kGateBlocking; }, 0.9),
                             place([](ReviewItem& i) { i.lane = ReviewLane::kGateBlocking, i.due_at = At(3); }, 0.1),
                             place(same, 0.2),
                             place([](ReviewItem& i) { i.due_at = At(9); }),
                             place([](ReviewItem& i) { i.due_at = At(10), i.severity = 1; }),
                             place([](ReviewItem& i) { i.due_at = At(10), i.severity = 2; }),
                             place([](ReviewItem& i) { i.severity = 2; }),
                             place(same)};
  for (std::size_t i = 1; i < std::size(order); ++i) EXPECT_LT(order[i - 1], order[i]) << i;
  ItemUnderTest judged;
  judged.Judges(Person("bob"), Says(4), At(0));
  EXPECT_LT(PlaceOf(judged.state, "ann", 0, At(2)), place(same)) << "what was begun is finished first";
  EXPECT_NE(PlaceOf(judged.state, "ann", 0, At(2)).draw, PlaceOf(judged.state, "bob", 0, At(2)).draw);
}

}  // namespace
}  // namespace assay
