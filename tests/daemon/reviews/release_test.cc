// Blockers and go or no-go over the services, on real stores.

#include "daemon/releases.h"

#include <gmock/gmock.h>

#include "daemon/release_blockers.h"
#include "daemon/waivers.h"
#include "tests/daemon/reviews/human_gate.h"

namespace assay::testing {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ReleaseGate : public HumanGate {
 protected:
  void Open() {
    WriteAutomaticGate();
    std::vector<Reviewer> people = *people_;
    people.push_back({.id = "rita", .roles = {ReviewRole::kReleaseOwner}});
    people.push_back({.id = "ron", .roles = {ReviewRole::kReleaseOwner}});
    SetPeople(std::move(people));
    releases_ = std::make_unique<Releases>(ReleasesContext{.store = *work_->store,
                                                           .catalog = work_->catalog,
                                                           .models = work_->models,
                                                           .clock = clock_,
                                                           .blocking = work_->blocking.get_executor(),
                                                           .reading = work_->reading.get_executor(),
                                                           .approvers = {"cid", "bob", "local"},
                                                           .reviewers = [this] {
                                                             const std::lock_guard lock(people_mutex_);
                                                             return people_;
                                                           }});
    first_ = work_->Decided(work_->Check("auto", "m@1").check.id);
    ASSERT_EQ(first_.verdict->verdict.state, VerdictState::kPass) << first_.reason;
    AwaitItems(kHumanCases, "h");
  }
  void TearDown() override {
    releases_ = nullptr;
    HumanGate::TearDown();
  }
  BlockerArguments Wanted() {
    return {.candidate = "m@1",
            .gate = "",
            .severity = 2,
            .reason = "tells account numbers",
            .evidence = {{.run = first_.runs.at(0).run.id, .case_id = "c100"}}};
  }
  Result<BlockerStatus> Recommends(const std::string& who, const BlockerArguments& arguments) {
    return Ask(releases_->RecommendBlocker(As(who), arguments));
  }
  std::string Recommended(const std::string& who = "lea") {
    const BlockerArguments wanted = Wanted();
    const auto status = Recommends(who, wanted);
    EXPECT_TRUE(status) << status.error().message;
    return status ? status->blocker.id : "";
  }
  Result<BlockerStatus> Ends(const std::string& who, const std::string& id, BlockerState state) {
    return Ask(releases_->EndBlocker(As(who), id, state, "seen it"));
  }
  // The check that waits for the answer to a blocker.
  std::string Held() {
    const std::string check = AskedAgain("auto");
    EXPECT_TRUE(Eventually([&] { return Reason(check).starts_with("waiting for people: "); })) << Reason(check);
    return check;
  }
  Result<ReleaseDecision> Says(const std::string& who, const std::string& verdict, bool is_go,
                               const std::string& reason = "all is well") {
    const ReleaseArguments arguments{.verdict = verdict, .is_go = is_go, .reason = reason};
    return Ask(releases_->DecideRelease(As(who), arguments));
  }
  template <class T>
  static std::string Refusal(const Result<T>& result) {
    return result ? "" : std::string(Name(result.error().code)) + ": " + result.error().message;
  }

  std::unique_ptr<Releases> releases_;
  CheckStatus first_;
};

TEST_P(ReleaseGate, IsHeldByABlockerThoughItPassedBeforeAndAsksNoPeople) {
  Open();
  EXPECT_EQ(AskedAgain("auto"), first_.check.id);
  const std::string blocker = Recommended();
  const std::string check = Held();
  EXPECT_NE(check, first_.check.id);
  EXPECT_THAT(Reason(check), StartsWith("waiting for people: a blocker is recommended and not answered by a release "
                                        "role: blocker " +
                                        blocker + " (severity 2, by lea): tells account numbers; after "));
  const auto declined = Ends("rita", blocker, BlockerState::kDeclined);
  ASSERT_TRUE(declined) << declined.error().message;
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kPass) << decided.reason;
  EXPECT_THAT(decided.verdict->verdict.warnings,
              ::testing::Contains("blocker " + blocker +
                                  " (severity 2, by lea): tells account numbers; declined by rita: seen it"));
  EXPECT_EQ(DifferingWhenReplayed(decided.check.verdict_id), 0);
  EXPECT_EQ(AskedAgain("auto"), check) << "nothing has changed";
}

TEST_P(ReleaseGate, FailsWhatARoleUpheldUntilTwoPeopleWaiveIt) {
  Open();
  const std::string blocker = Recommended();
  const std::string check = Held();
  ASSERT_TRUE(Ends("rita", blocker, BlockerState::kUpheld));
  const CheckStatus decided = work_->Decided(check);
  const Verdict& verdict = decided.verdict->verdict;
  ASSERT_EQ(verdict.state, VerdictState::kFail) << decided.reason;
  EXPECT_THAT(verdict.deciding_rules, ElementsAre("release_blocker"));
  EXPECT_EQ(verdict.rules.at(0).state, VerdictState::kPass);
  EXPECT_EQ(DifferingWhenReplayed(decided.check.verdict_id), 0);

  Waivers waivers(WaiversContext{.store = *work_->store,
                                 .clock = clock_,
                                 .blocking = work_->blocking.get_executor(),
                                 .reading = work_->reading.get_executor(),
                                 .approvers = {"cid", "bob"}});
  const WaiverArguments wanted{.verdict = decided.check.verdict_id,
                               .rules = {"release_blocker"},
                               .reason = "a fix is out",
                               .ticket = "T-1",
                               .expires_at = clock_.Now() + std::chrono::hours(24),
                               .request = {}};
  const auto asked = Ask(waivers.RequestWaiver(As("dora"), wanted));
  ASSERT_TRUE(asked) << asked.error().message;
  ASSERT_TRUE(Ask(waivers.ApproveWaiver(As("cid"), asked->waiver.id, "")));
  const auto shown = [&] { return work_->Wait(work_->checks.GetVerdict(work_->caller, decided.check.verdict_id)); };
  EXPECT_EQ(shown()->verdict.Decision(), VerdictState::kFail);
  ASSERT_TRUE(Ask(waivers.ApproveWaiver(As("bob"), asked->waiver.id, "")));
  EXPECT_EQ(shown()->verdict.Decision(), VerdictState::kPass);
  EXPECT_EQ(shown()->verdict.state, VerdictState::kFail);
}

TEST_P(ReleaseGate, IsInconclusiveAtItsDeadlineWhereNobodyAnswered) {
  Open();
  const std::string blocker = Recommended();
  const std::string check = Held();
  clock_.Add(std::chrono::hours(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(decided.reason,
              HasSubstr("a blocker is recommended and not answered by a release role: blocker " + blocker));
  EXPECT_EQ(DifferingWhenReplayed(decided.check.verdict_id), 0);
  ASSERT_TRUE(Ends("rita", blocker, BlockerState::kDeclined));
  EXPECT_EQ(DifferingWhenReplayed(decided.check.verdict_id), 0) << "what was known then is in the verdict";
  const CheckStatus next = work_->Decided(AskedAgain("auto"));
  EXPECT_EQ(next.verdict->verdict.state, VerdictState::kPass) << next.reason;
}

TEST_P(ReleaseGate, PassesAgainOnceABlockerIsWithdrawn) {
  Open();
  const std::string blocker = Recommended();
  const std::string check = Held();
  EXPECT_THAT(Refusal(Ends("rita", blocker, BlockerState::kWithdrawn)), StartsWith("permission_denied: "));
  ASSERT_TRUE(Ends("lea", blocker, BlockerState::kWithdrawn));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kPass) << decided.reason;
  EXPECT_TRUE(decided.verdict->verdict.blockers.empty());
}

TEST_P(ReleaseGate, IsNotHeldByABlockerOfAnotherGate) {
  Open();
  BlockerArguments wanted = Wanted();
  wanted.gate = "human";
  ASSERT_TRUE(Recommends("lea", wanted));
  EXPECT_EQ(AskedAgain("auto"), first_.check.id);
  wanted.gate = "nothing";
  EXPECT_THAT(Refusal(Recommends("lea", wanted)), StartsWith("not_found: "));
  wanted.gate = "auto";
  ASSERT_TRUE(Recommends("lea", wanted));
  EXPECT_NE(AskedAgain("auto"), first_.check.id);
  const PageRequest page;
  EXPECT_EQ(Ask(releases_->ListBlockers(As("lea"), "auto", page))->items.size(), 1u);
  EXPECT_EQ(Ask(releases_->ListBlockers(As("lea"), "", page))->items.size(), 2u);
}

TEST_P(ReleaseGate, BlockersAreRecommendedAndAnsweredByWhoMay) {
  Open();
  const BlockerArguments wanted = Wanted();
  EXPECT_THAT(Refusal(Recommends("local", wanted)),
              StartsWith("permission_denied: recommending a blocker needs a name"));
  EXPECT_THAT(Refusal(Recommends("ci", wanted)), StartsWith("permission_denied: \"ci\" has no role in human review"));
  const std::string blocker = Recommended("rita");
  EXPECT_THAT(Refusal(Ends("local", blocker, BlockerState::kDeclined)), StartsWith("permission_denied: answering"));
  EXPECT_THAT(Refusal(Ends("lea", blocker, BlockerState::kDeclined)),
              StartsWith("permission_denied: \"lea\" has no release role: "));
  EXPECT_THAT(Refusal(Ends("rita", blocker, BlockerState::kDeclined)),
              StartsWith("permission_denied: blocker " + blocker + ": \"rita\" has recommended it"));
  ASSERT_TRUE(Ends("cid", blocker, BlockerState::kDeclined)) << "who approves waivers has a release role";
  EXPECT_EQ(Refusal(Ends("ron", blocker, BlockerState::kUpheld)),
            "failed_precondition: blocker " + blocker + " is DECLINED already, by \"cid\"");
  EXPECT_THAT(Refusal(Ends("ron", "none", BlockerState::kUpheld)), StartsWith("not_found: "));
}

TEST_P(ReleaseGate, BlockersRestOnEvidenceOfTheirCandidate) {
  Open();
  BlockerArguments wanted = Wanted();
  wanted.evidence[0].case_id = "c999";
  EXPECT_EQ(Refusal(Recommends("lea", wanted)),
            "not_found: evidence: run " + wanted.evidence[0].run + " has no case \"c999\"");
  wanted = Wanted();
  wanted.evidence = {{.item = "no-item"}};
  EXPECT_THAT(Refusal(Recommends("lea", wanted)), StartsWith("not_found: "));
  wanted.evidence = {{.item = Items()[0]}};
  wanted.candidate = "";
  const auto of_item = Recommends("lea", wanted);
  ASSERT_TRUE(of_item) << of_item.error().message;
  EXPECT_EQ(of_item->candidate->name + "@" + of_item->candidate->version, "m@1");
}

// Whose response an item has stays unknown to who judges it.
TEST_P(ReleaseGate, WhoOnlyJudgesRecommendsByTheItemAndLearnsNotWhoseItIs) {
  Open();
  BlockerArguments wanted = Wanted();
  EXPECT_THAT(Refusal(Recommends("ann", wanted)),
              StartsWith("permission_denied: \"ann\" judges in human review: name one item as the evidence"));
  wanted.candidate = "";
  wanted.evidence = {{.item = Items()[0]}};
  const auto status = Recommends("ann", wanted);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_FALSE(status->candidate);
  const std::string other = Recommended();
  const PageRequest page;
  const auto listed = Ask(releases_->ListBlockers(As("ann"), "", page));
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->items.size(), 1u);
  EXPECT_EQ(listed->items[0].blocker.id, status->blocker.id);
  EXPECT_FALSE(listed->items[0].candidate);
  EXPECT_THAT(Refusal(Ask(releases_->GetBlocker(As("ann"), other))), StartsWith("permission_denied: "));
  EXPECT_TRUE(Ask(releases_->GetBlocker(As("lea"), status->blocker.id))->candidate);
  EXPECT_THAT(Refusal(Ask(releases_->GetEvidencePack(As("ann"), first_.check.verdict_id))),
              StartsWith("permission_denied: "));
  Held();
}

TEST_P(ReleaseGate, ABlockerThatIsSentTwiceIsOne) {
  Open();
  BlockerArguments wanted = Wanted();
  wanted.request = RequestKey{.method = "RecommendBlocker", .request_id = "r1", .content_hash = "h"};
  const auto one = Recommends("lea", wanted);
  const auto again = Recommends("lea", wanted);
  ASSERT_TRUE(one && again);
  EXPECT_EQ(one->blocker, again->blocker);
  const PageRequest page;
  EXPECT_EQ(Ask(releases_->ListBlockers(As("lea"), "", page))->items.size(), 1u);
}

// What a daemon that is started anew knows of blockers is what the one before knew.
TEST_P(ReleaseGate, BlockersAreTheSameWhenTheyAreReadAgain) {
  Open();
  const std::string blocker = Recommended();
  const auto ended = Ends("rita", blocker, BlockerState::kUpheld);
  ASSERT_TRUE(ended);
  const auto read = Ask(releases_->GetBlocker(As("lea"), blocker));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->blocker, ended->blocker);
  EXPECT_EQ(read->blocker.answer, "seen it");
  const auto facts = work_->store->ReadReleaseFacts("default", kAboutBlocker, blocker);
  ASSERT_EQ(facts->size(), 2u);
  EXPECT_EQ(facts->at(0).act, "recommend");
  EXPECT_EQ(facts->at(1).act, "uphold");
  ReleaseFact late = facts->at(1);
  late.act = "decline";
  EXPECT_THAT(Refusal(work_->store->AppendReleaseFact(late)), StartsWith("aborted: ")) << "facts stay as they are";
}

TEST_P(ReleaseGate, GoAndNoGoAreSaidOfAVerdictByAReleaseRoleAndBothStay) {
  Open();
  const std::string verdict = first_.check.verdict_id;
  EXPECT_THAT(Refusal(Says("local", verdict, true)), StartsWith("permission_denied: go or no-go needs a name"));
  EXPECT_THAT(Refusal(Says("lea", verdict, true)), StartsWith("permission_denied: \"lea\" has no release role"));
  EXPECT_EQ(Refusal(Says("rita", verdict, true, " ")), "invalid_argument: reason: say why");
  ASSERT_TRUE(Says("rita", verdict, false, "not on a Friday"));
  clock_.Add(minutes(1));
  const auto go = Says("cid", verdict, true);
  ASSERT_TRUE(go) << go.error().message;
  EXPECT_FALSE(go->is_superseded);
  const auto said = Ask(releases_->ListReleaseDecisions(As("ci"), verdict));
  ASSERT_EQ(said->size(), 2u);
  EXPECT_TRUE(said->at(0).is_go);
  EXPECT_EQ(said->at(1).reason, "not on a Friday");
  EXPECT_TRUE(said->at(1).is_superseded);
  EXPECT_EQ(AskedAgain("auto"), first_.check.id) << "the verdict is what it was";
  const auto pack = Ask(releases_->GetEvidencePack(As("ci"), verdict));
  ASSERT_TRUE(pack) << pack.error().message;
  EXPECT_THAT(pack->markdown, HasSubstr("- **go** by cid at 2026-11-27T"));
  EXPECT_THAT(pack->markdown, HasSubstr(": not on a Friday (superseded by a later one)\n"));
  EXPECT_THAT(pack->markdown, HasSubstr("40 items, 40 open"));
}

TEST_P(ReleaseGate, GoIsRefusedForWhatMayNotShip) {
  Open();
  const std::string passed = first_.check.verdict_id;
  const std::string blocker = Recommended();
  EXPECT_EQ(Refusal(Says("rita", passed, true)),
            "failed_precondition: verdict " + passed + ": blocker " + blocker +
                " of its candidate is open; answer it first (assay blocker uphold|decline)");
  ASSERT_TRUE(Ends("rita", blocker, BlockerState::kUpheld));
  EXPECT_EQ(Refusal(Says("rita", passed, true)), "failed_precondition: verdict " + passed + ": blocker " + blocker +
                                                     " of its candidate was upheld since; check the gate again");
  const CheckStatus failed = work_->Decided(AskedAgain("auto"));
  ASSERT_EQ(failed.check.state, "FAIL");
  EXPECT_EQ(Refusal(Says("rita", passed, true)), "failed_precondition: verdict " + passed +
                                                     " has a successor of the same gate and candidate, verdict " +
                                                     failed.check.verdict_id + ": decide on that one");
  EXPECT_THAT(Refusal(Says("rita", failed.check.verdict_id, true)),
              HasSubstr("ask for a waiver of the rules that keep it from one (assay waiver request "));
  EXPECT_TRUE(Says("rita", failed.check.verdict_id, false)) << "no-go may always be said";
  EXPECT_THAT(Refusal(Says("rita", "none", false)), StartsWith("not_found: "));
}

INSTANTIATE_TEST_SUITE_P(Engines, ReleaseGate, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
