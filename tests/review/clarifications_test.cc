#include "review/clarifications.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "review/drafts.h"
#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::At;
using ::testing::ElementsAre;
using testing::ItemUnderTest;
using testing::LeadPerson;
using testing::Person;
using testing::Says;
using testing::TestRubric;

Time Day(double day) { return At(day * 24 * 60); }

TEST(Confusions, AreEscalationsAdjudicationsAndFlags) {
  ItemUnderTest item;
  JudgementContent unsure = Says(4);
  unsure.is_ambiguous = true;
  unsure.clauses = {"1.1", "2"};
  item.Judges(Person("ann"), unsure, At(1));
  item.Judges(Person("bob"), Says(2), At(3));
  EXPECT_EQ(item.Claims(Person("cid"), At(5)), "");
  EXPECT_EQ(item.Do(Escalate(item.state, {.reviewer = Person("cid"), .reason = EscalationReason::kBroken}, item.policy,
                             At(5))),
            "");
  EXPECT_EQ(item.Do(Resolve(item.state, {.reviewer = Person("sue", {ReviewRole::kSuiteOwner}), .ruling = "mended"},
                            item.policy, At(6))),
            "");
  item.Judges(Person("cid"), Says(1), At(7));
  EXPECT_EQ(item.Adjudicates(LeadPerson("lea"), unsure, At(9), ReviewCause::kMissing), "");
  const std::string id = item.state.item.id;
  EXPECT_THAT(ConfusionsOf(item.state),
              ElementsAre(Confusion{id, "support", "1.1", At(2)}, Confusion{id, "support", "1.1", At(9)},
                          Confusion{id, "support", "1.1", At(9)}));
}

TEST(Confusions, AreFailedAuditsThatFindFaultWithTheGuideline) {
  for (const auto& [cause, confusions] : {std::pair(ReviewCause::kAmbiguous, 1), std::pair(ReviewCause::kSlip, 0)}) {
    ItemUnderTest item;
    item.policy.queue.audit.share = 1;
    item.Judges(Person("ann"), Says(4), At(1));
    item.Judges(Person("bob"), Says(4), At(3));
    EXPECT_EQ(item.Audits(LeadPerson("lea"), false, At(30), cause), "");
    EXPECT_EQ(std::ssize(ConfusionsOf(item.state)), confusions) << WordOf(cause);
  }
}

TEST(Recurrences, AreThreeItemsWithinFourteenDays) {
  const auto confusion = [](std::string item, std::string clause, double day) {
    return Confusion{std::move(item), "support", std::move(clause), Day(day)};
  };
  std::vector<Confusion> all = {confusion("a", "1.1", 0),  confusion("b", "1.1", 10), confusion("b", "1.1", 11),
                                confusion("c", "1.1", 15), confusion("d", "2", 1),    confusion("e", "2", 2)};
  EXPECT_THAT(RecurrencesOf(all), ElementsAre()) << "a and c are 15 days apart, and b is one item";
  all.push_back(confusion("d", "1.1", 16));
  EXPECT_THAT(RecurrencesOf(all), ElementsAre(Recurrence{"support", "1.1", Day(10), {"b", "c", "d"}}));
  all.push_back(confusion("f", "2", 15));
  EXPECT_EQ(RecurrencesOf(all).size(), 2u) << "days 1 to 15 are 14 days";
}

TEST(Clarifications, AreClosedByAVersionThatNamesThem) {
  const Clarification open{.id = "C-7", .rubric = "support", .clause = "1.1", .first_at = At(0), .opened_at = At(1)};
  RubricSpec rubric = TestRubric();
  EXPECT_EQ(Close(open, rubric, At(9)).error().message,
            "clarification C-7: the change log of version 2.1.0 does not name it");
  rubric.changes = {{.version = "2.1.0", .reason = "amounts are to the cent (C-7)"}};
  const auto closed = Close(open, rubric, At(9));
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->closed_at, At(9));
  EXPECT_EQ(closed->closed_by, "2.1.0");
  EXPECT_EQ(Close(*closed, rubric, At(9)).error().message, "clarification C-7: is closed");
  rubric.name = "other";
  EXPECT_EQ(Close(open, rubric, At(9)).error().message, "clarification C-7: is about rubric \"support\"");
}

// At(0) is Tuesday, 24 November 2026, 10:00.
TEST(BusinessDays, LeaveOutWeekendsAndHolidays) {
  EXPECT_DOUBLE_EQ(BusinessDays(Day(0), Day(1)), 1);
  EXPECT_DOUBLE_EQ(BusinessDays(Day(0), Day(0.25)), 0.25);
  EXPECT_DOUBLE_EQ(BusinessDays(Day(3), Day(6)), 1) << "Friday 10:00 to Monday 10:00";
  EXPECT_DOUBLE_EQ(BusinessDays(Day(4), Day(5)), 0) << "Saturday";
  EXPECT_DOUBLE_EQ(BusinessDays(Day(0), Day(7)), 5);
  EXPECT_DOUBLE_EQ(BusinessDays(Day(1), Day(0)), 0);
  const std::int64_t wednesday[] = {std::chrono::floor<std::chrono::days>(Day(1)).time_since_epoch().count()};
  EXPECT_DOUBLE_EQ(BusinessDays(Day(0), Day(2), wednesday), 14.0 / 24 + 10.0 / 24);
}

TEST(Drafts, OutliveLeasesAndLoseNoTypingToALateSave) {
  ItemUnderTest item;
  const auto save = [&](const Reviewer& person, const std::optional<ReviewDraft>& earlier, std::int64_t revision,
                        std::string text,
                        Time now) { return SaveDraft(item.state, earlier, person, revision, std::move(text), now); };
  EXPECT_EQ(save(Person("ann"), {}, 1, "{}", At(1)).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  const auto first = save(Person("ann"), {}, 1, R"({"quality":4})", At(2));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->epoch, 1);
  EXPECT_EQ(save(Person("ann"), *first, 1, "{}", At(3)).error().code, ErrorCode::kAborted);
  EXPECT_TRUE(save(Person("ann"), *first, 2, R"({"quality":5})", At(500))) << "the lease has long ended";
  EXPECT_EQ(item.Do(Quarantine(item.state, {.reviewer = Person("bob")}, item.policy, At(501))), "");
  EXPECT_TRUE(save(Person("ann"), *first, 3, R"({"quality":5})", At(502))) << "and been taken away";
  EXPECT_EQ(save(Person("ann"), {}, 4, "[]", At(3)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(save(Person("ann"), {}, 4, "{", At(3)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(save(Person("ann"), {}, 4, "{\"a\":\"" + std::string(kMostDraftBytes, 'x') + "\"}", At(3)).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(save(Person("local"), {}, 4, "{}", At(3)).error().code, ErrorCode::kPermissionDenied);
}

}  // namespace
}  // namespace assay
