// Recommended blockers: an open one keeps a candidate from PASS, one that was upheld fails it, one that was declined is
// said.

#include "gates/blockers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gates/waivers.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using ::testing::ElementsAre;

ReleaseBlocker Blocker(const std::string& id = "b1", const std::string& who = "ann") {
  return {.id = id,
          .severity = 2,
          .reason = "tells account numbers",
          .evidence = {{.item = "i1"}},
          .recommender = who,
          .recommended_at = Time(std::chrono::hours(1))};
}

ReleaseBlocker Ended(BlockerState state, const std::string& id = "b1") {
  auto ended = EndBlocker(Blocker(id), state, state == BlockerState::kWithdrawn ? "ann" : "rita", "seen it",
                          Time(std::chrono::hours(2)));
  EXPECT_TRUE(ended) << ended.error().message;
  return ended.value_or(ReleaseBlocker{});
}

Verdict Decided(std::vector<ReleaseBlocker> blockers, const std::string& cases = "60 x 1") {
  std::vector<SuiteEvidence> suites = {testing::MakeEvidence({.cases = cases})};
  const GateSpec gate = testing::MakeGate(suites, {"{name: r, metric: m, at_least: 0.9}"});
  const GateEvidence evidence{.gate_version = "sha256:g",
                              .candidate = {"c", "1", "sha256:c"},
                              .suites = std::move(suites),
                              .blockers = std::move(blockers)};
  return Decide(gate, evidence, Time{});
}

TEST(Blockers, KeepACandidateFromPassingWhileTheyAreOpen) {
  const Verdict verdict = Decided({Blocker()});
  EXPECT_EQ(verdict.state, VerdictState::kInconclusive);
  EXPECT_EQ(
      verdict.reason,
      "a blocker is recommended and not answered by a release role: blocker b1 (severity 2, by ann): tells account "
      "numbers");
  EXPECT_EQ(verdict.rules.size(), 1u);
  EXPECT_NE(ObstacleTo(verdict), "") << "it is answered, not waived";
  EXPECT_EQ(Decided({Blocker()}, "60 x 0").state, VerdictState::kFail) << "they excuse nothing";
}

TEST(Blockers, FailACandidateOnceTheyAreUpheldByARuleOfTheirOwn) {
  const Verdict verdict = Decided({Ended(BlockerState::kUpheld), Ended(BlockerState::kUpheld, "b2")});
  EXPECT_EQ(verdict.state, VerdictState::kFail);
  EXPECT_THAT(verdict.deciding_rules, ElementsAre("release_blocker"));
  EXPECT_EQ(
      verdict.reason,
      "release_blocker: blocker b1 (severity 2, by ann): tells account numbers (upheld by rita: seen it); blocker "
      "b2 (severity 2, by ann): tells account numbers (upheld by rita: seen it)");
  ASSERT_EQ(verdict.rules.at(1).parts.size(), 2u);
  EXPECT_EQ(verdict.rules[1].parts[1].slice_value, "b2");
  EXPECT_EQ(verdict.rules[1].severity, 1);
  EXPECT_EQ(ObstacleTo(verdict), "");
  EXPECT_EQ(ObstacleTo(verdict.rules[1]), "");
}

TEST(Blockers, AreWaivedByTwoPeopleEachByItself) {
  Verdict verdict = Decided({Ended(BlockerState::kUpheld)});
  verdict.origin = VerdictOrigin{.verdict = "v", .check = "k", .project = "p", .sequence = 1};
  const WaiverRequest request{.requester = "dora",
                              .rules = {"release_blocker"},
                              .reason = "a fix is out",
                              .ticket = "T-1",
                              .expires_at = Time(std::chrono::hours(24))};
  auto waiver = MakeWaiver(verdict, request, kLongestWaiver, Time{});
  ASSERT_TRUE(waiver) << waiver.error().message;
  EXPECT_EQ(ApprovalsNeeded(*waiver), 2);
  waiver->approvals = {{.principal = "cid", .at = Time{}, .comment = ""}};
  ApplyWaivers("p", std::vector{*waiver}, Time{}, verdict);
  EXPECT_EQ(verdict.Decision(), VerdictState::kFail) << "one is not enough";
  waiver->approvals.push_back({.principal = "bob", .at = Time{}, .comment = ""});
  ApplyWaivers("p", std::vector{*waiver}, Time{}, verdict);
  EXPECT_EQ(verdict.Decision(), VerdictState::kPass);

  Verdict another = Decided({Ended(BlockerState::kUpheld), Ended(BlockerState::kUpheld, "b2")});
  ApplyWaivers("p", std::vector{*waiver}, Time{}, another);
  EXPECT_EQ(another.Decision(), VerdictState::kFail) << "the waiver is of the other one";
}

TEST(Blockers, AreSaidWhereTheyWereDeclined) {
  const Verdict verdict = Decided({Ended(BlockerState::kDeclined)});
  EXPECT_EQ(verdict.state, VerdictState::kPass) << verdict.reason;
  EXPECT_THAT(verdict.warnings,
              ElementsAre("blocker b1 (severity 2, by ann): tells account numbers; declined by rita: seen it"));
}

TEST(Blockers, AreReadFromTheDocumentAsTheyWereWritten) {
  const Verdict verdict = Decided({Ended(BlockerState::kUpheld), Blocker("b2"), Ended(BlockerState::kDeclined, "b3")});
  const auto again = VerdictFromJson(ToJson(verdict));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->blockers, verdict.blockers);
  EXPECT_EQ(ToJson(*again).DumpCanonical(), ToJson(verdict).DumpCanonical());
  EXPECT_EQ(ToJson(Decided({})).Find("blockers"), nullptr) << "documents without are what they were";
}

TEST(Blockers, AreRecommendedWithAReasonAndEvidence) {
  EXPECT_TRUE(CheckRecommendation(Blocker()));
  const auto refused = [](auto change) {
    ReleaseBlocker blocker = Blocker();
    change(blocker);
    const Status status = CheckRecommendation(blocker);
    return status ? "" : std::string(Name(status.error().code)) + ": " + status.error().message;
  };
  EXPECT_EQ(
      refused([](ReleaseBlocker& each) { each.recommender = "local"; }),
      "permission_denied: recommending a blocker needs a name, and without tokens every caller is \"local\"; give "
      "callers tokens (auth: {tokens: FILE} in assayd.yaml)");
  EXPECT_EQ(refused([](ReleaseBlocker& each) { each.reason = " \n"; }), "invalid_argument: reason: say why");
  EXPECT_EQ(refused([](ReleaseBlocker& each) { each.reason.assign(4001, 'x'); }),
            "invalid_argument: reason: has 4001 bytes, at most 4000 are kept");
  EXPECT_EQ(refused([](ReleaseBlocker& each) { each.severity = 5; }),
            "invalid_argument: severity: 5 is not between 1, the gravest, and 4");
  EXPECT_EQ(refused([](ReleaseBlocker& each) { each.evidence.clear(); }),
            "invalid_argument: evidence: name at least one review item, or case of a run");
  EXPECT_EQ(refused([](ReleaseBlocker& each) { each.evidence = {{.run = "r"}}; }),
            "invalid_argument: evidence: each is a review item, or a case with its run");
}

TEST(Blockers, AreEndedOnceByWhoMay) {
  const auto refused = [](const ReleaseBlocker& blocker, BlockerState state, const std::string& who,
                          const std::string& reason = "seen it") {
    const auto ended = EndBlocker(blocker, state, who, reason, Time{});
    return ended ? "" : std::string(Name(ended.error().code)) + ": " + ended.error().message;
  };
  EXPECT_EQ(refused(Blocker(), BlockerState::kDeclined, "ann"),
            "permission_denied: blocker b1: \"ann\" has recommended it; somebody else has to answer");
  EXPECT_EQ(refused(Blocker(), BlockerState::kWithdrawn, "rita"),
            "permission_denied: blocker b1 was recommended by \"ann\", who alone may withdraw it; a release role may "
            "decline it");
  EXPECT_EQ(refused(Blocker(), BlockerState::kUpheld, "rita", ""), "invalid_argument: reason: say why");
  EXPECT_EQ(refused(Blocker(), BlockerState::kWithdrawn, "ann", ""), "");
  EXPECT_EQ(refused(Ended(BlockerState::kUpheld), BlockerState::kDeclined, "bob"),
            "failed_precondition: blocker b1 is UPHELD already, by \"rita\"");
  EXPECT_TRUE(refused(Blocker(), BlockerState::kDeclined, "local").starts_with("permission_denied: "));
}

}  // namespace
}  // namespace assay
