#include <gmock/gmock.h>

#include <set>

#include "daemon/builtin_kinds.h"
#include "daemon/item_influence.h"
#include "daemon/verdict_replay.h"
#include "tests/daemon/reviews/review_desk.h"

namespace assay::testing {
namespace {

using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int kCases = 40;

// Suite "h" has 40 cases, metric "people" of queue "h", and gate "human" wants it to be at least 0.8.
class HumanGate : public ReviewDeskTest {
 protected:
  void WriteHumanGate(const std::string& share = "1", const std::string& gate = "") {
    std::string cases;
    for (int i = 0; i < kCases; ++i) cases += R"({"id":"c)" + std::to_string(100 + i) + R"(","question":"q"})" + "\n";
    files_.Write("catalog/h.jsonl", cases);
    files_.Write("catalog/h.yaml",
                 "kind: Suite\nname: h\ndataset: [{file: h.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "graders: [{name: answer, type: equals, value: \"yes\"}]\n"
                 "metrics: [{name: people, source: human, queue: h}]\n---\n"
                 "kind: Queue\nname: h\nsuites: [h]\nrubric: r\nitem: rubric\nundo: 1m\n"
                 "enter: [{every: true, share: " +
                     share +
                     "}]\noverlap: {people: 1, severity: 0}\naudit: {share: 0, new_share: 0, at_least: 0}\n---\n"
                     "kind: Gate\nname: human\nsuites: [h]\nreview_deadline: 2h\n"
                     "rules: [{name: people-say-so, metric: people, at_least: 0.8}]\n" +
                     gate);
    Start();
  }
  // The same suite and queue, and a gate that asks no people.
  void WriteAutomaticGate() {
    WriteHumanGate("1",
                   "---\nkind: Gate\nname: auto\nsuites: [h]\nreview_deadline: 2h\n"
                   "rules: [{name: right, metric: answer, at_least: 0.8}]\n");
  }
  // Whatever the criteria say.
  static JudgementContent Grave() {
    JudgementContent content = Quality(5);
    content.opinion.severity = 1;
    return content;
  }
  void Says(const std::string& person, const std::string& item, const JudgementContent& content) {
    const ItemView view = Claims(person, item);
    ASSERT_TRUE(view.lease.has_value());
    Acts(person, item, SubmitCommand{.token = view.lease->token, .content = content}, "k" + std::to_string(++keys_));
  }
  void Adjudicates(const std::string& person, const std::string& item, const JudgementContent& content) {
    const ItemView view = Claims(person, item);
    ASSERT_TRUE(view.lease.has_value());
    Acts(person, item,
         AdjudicateCommand{.token = view.lease->token, .content = content, .cause = ReviewCause::kMissing},
         "k" + std::to_string(++keys_));
  }
  VerdictReplay Replayed(const std::string& verdict) {
    VerdictReplays replays(*work_->store, work_->blocking.get_executor());
    const auto replayed = work_->Wait(replays.ReplayVerdict(work_->caller, verdict));
    EXPECT_TRUE(replayed) << replayed.error().message;
    replays.Stop();
    return replayed.value_or(VerdictReplay{});
  }
  // The same, of a metric that people correct on half of the cases; `metric` and `queue` add to them. Cases 0 to 7 are
  // of topic small, the others of topic large.
  void WriteCorrectedGate(const std::string& metric = "", const std::string& by = "",
                          const std::string& queue = "overlap: {people: 1, severity: 0}\n") {
    std::string cases;
    for (int i = 0; i < kCases; ++i) {
      cases += R"({"id":"c)" + std::to_string(100 + i) + R"(","question":"q","topic":")" + (i < 8 ? "small" : "large") +
               "\"}\n";
    }
    files_.Write("catalog/h.jsonl", cases);
    files_.Write("catalog/h.yaml",
                 "kind: Suite\nname: h\ndataset: [{file: h.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "slices: [topic]\ngraders: [{name: answer, type: equals, value: \"yes\"}]\n"
                 "metrics: [{name: people, source: human_corrected, grader: answer, queue: h" +
                     metric +
                     "}]\n---\nkind: Queue\nname: h\nsuites: [h]\nrubric: r\nitem: rubric\nundo: 1m\n"
                     "enter: [{every: true, share: 0.5}]\naudit: {share: 0, new_share: 0, at_least: 0}\n" +
                     queue +
                     "---\nkind: Gate\nname: human\nsuites: [h]\nreview_deadline: 2h\n"
                     "rules: [{name: people-say-so, metric: people, at_least: 0.8" +
                     by + "}]\n");
    Start();
  }
  // The check of the corrected gate, once it waits for people, who are asked of some of the cases.
  std::string WaitingForSample() {
    const std::string check = work_->Check("human", "m@1").check.id;
    const auto waits = [&] {
      return !Items().empty() &&
             Reason(check).starts_with("waiting for people: " + std::to_string(Items().size()) + " of");
    };
    EXPECT_TRUE(Eventually(waits)) << Reason(check);
    return check;
  }
  std::string Reason(const std::string& check) {
    const auto status = work_->Wait(work_->checks.GetCheck(work_->caller, check));
    EXPECT_TRUE(status) << status.error().message;
    return status ? status->reason : "";
  }
  // The check, once it waits for people.
  std::string WaitingCheck(std::int64_t items = kCases) {
    const std::string check = work_->Check("human", "m@1").check.id;
    AwaitItems(items, "h");
    const auto waits = [&] { return Reason(check).starts_with("waiting for people: " + std::to_string(items)); };
    EXPECT_TRUE(Eventually(waits)) << Reason(check);
    return check;
  }
  // The check that answers who asks without an id of the request.
  std::string AskedAgain(const std::string& gate = "human") {
    const CheckArguments arguments{.gate = gate, .candidate = "m@1", .baseline = "", .request = {}};
    const auto status = work_->Wait(work_->checks.CheckGate(work_->caller, arguments));
    EXPECT_TRUE(status) << status.error().message;
    return status ? status->check.id : "";
  }
  std::vector<std::string> Items() {
    const ItemFilter of_queue{.queue = "h"};
    const auto listed = Ask(reviews_->ListItems(As("lea"), of_queue, {}));
    std::vector<std::string> ids;
    for (const ItemSummary& item : listed->items) ids.push_back(item.id);
    return ids;
  }
  void JudgeAll(const std::vector<std::string>& items, int quality) {
    for (const std::string& item : items) Judges("ann", item, quality);
    clock_.Add(minutes(2));  // nobody may revise any more
  }
};

TEST_P(HumanGate, WaitsForPeopleAndPassesOnWhatTheySettled) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  EXPECT_EQ(
      Reason(check),
      "waiting for people: 40 of 40 answers of suite \"h\" are open in queue \"h\"; after 2026-11-27T12:00Z it is "
      "decided without the rest");
  JudgeAll(Items(), 5);
  const CheckStatus decided = work_->Decided(check);
  ASSERT_TRUE(decided.verdict.has_value()) << decided.reason;
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kPass) << decided.reason;
  EXPECT_EQ(decided.verdict->verdict.rules.at(0).parts.at(0).counts.scored, kCases);
}

TEST_P(HumanGate, FailsOnWhatTheySettled) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  JudgeAll(Items(), 2);
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kFail) << decided.reason;
}

TEST_P(HumanGate, IsDecidedWithoutTheRestAtItsDeadlineAndNeverPassesForThat) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  std::vector<std::string> items = Items();
  items.resize(30);
  JudgeAll(items, 5);
  EXPECT_THAT(Reason(check), StartsWith("waiting for people: "));
  clock_.Add(std::chrono::hours(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kInconclusive) << decided.reason;
  EXPECT_EQ(decided.verdict->verdict.rules.at(0).parts.at(0).counts.unscored, 10);
}

TEST_P(HumanGate, IsHeldByHarmThatIsFlaggedWhateverTheRestSays) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  std::vector<std::string> items = Items();
  const std::string harmful = items.back();
  items.pop_back();
  Claims("ann", harmful);
  Acts("ann", harmful, FlagSevereAct{.reason = "shows a number"}, "f");
  JudgeAll(items, 1);
  ASSERT_TRUE(Eventually([&] { return Reason(check).starts_with("waiting for people: 1 of 40"); })) << Reason(check);
  clock_.Add(std::chrono::hours(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_NE(decided.verdict->verdict.state, VerdictState::kPass);
}

TEST_P(HumanGate, DoesNotPassWhileHarmIsNotRuledOn) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  std::vector<std::string> items = Items();
  for (const std::string& item : items) Judges("ann", item, 5);
  Acts("bob", items[0], FlagSevereAct{.reason = "shows a number"}, "f");
  clock_.Add(minutes(2));
  ASSERT_TRUE(Eventually([&] { return Reason(check).starts_with("waiting for people: 1 of 40"); })) << Reason(check);
  clock_.Add(std::chrono::hours(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(decided.reason, HasSubstr("1 answer is flagged as harm of severity 1, and nobody has ruled on it"));
}

TEST_P(HumanGate, FailsOnHarmThatIsUpheldThoughEveryRulePasses) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  std::vector<std::string> items = Items();
  const std::string harmful = items.back();
  items.pop_back();
  Says("ann", harmful, Grave());
  Adjudicates("lea", harmful, Grave());
  const ItemView audit = Claims("max", harmful);
  Acts("max", harmful, AuditCommand{.token = audit.lease->token, .content = Grave(), .passes = true}, "a");
  JudgeAll(items, 5);
  const CheckStatus decided = work_->Decided(check);
  const Verdict& verdict = decided.verdict->verdict;
  ASSERT_EQ(verdict.state, VerdictState::kFail) << decided.reason;
  const std::string case_id = View("lea", harmful).item.case_id;
  EXPECT_EQ(decided.reason, "severe_harm: 1 of 40 answers that people settled does harm of severity 1: case " +
                                case_id + " (item " + harmful + " of queue \"h\"); none is accepted");
  EXPECT_EQ(verdict.rules.at(0).state, VerdictState::kPass);
  EXPECT_EQ(verdict.rules.at(1).parts.at(0).worst_cases.at(0).id, case_id);
  EXPECT_EQ(Replayed(decided.check.verdict_id).differing, 0);
}

TEST_P(HumanGate, PassesWithAsMuchHarmAsItAcceptsInSoManyWords) {
  WriteHumanGate("1", "severe: {at_most: 1}\n");
  const std::string check = WaitingCheck();
  std::vector<std::string> items = Items();
  const std::string harmful = items.back();
  items.pop_back();
  Says("ann", harmful, Grave());
  Adjudicates("lea", harmful, Grave());
  const ItemView audit = Claims("max", harmful);
  Acts("max", harmful, AuditCommand{.token = audit.lease->token, .passes = true}, "a");
  JudgeAll(items, 5);
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kPass) << decided.reason;
  EXPECT_THAT(decided.verdict->verdict.rules.at(1).reason, HasSubstr("at most 1 of the gate are accepted"));
}

TEST_P(HumanGate, IsHeldByHarmInAQueueThatItsRulesDoNotName) {
  WriteAutomaticGate();
  const CheckStatus first = work_->Decided(work_->Check("auto", "m@1").check.id);
  ASSERT_EQ(first.verdict->verdict.state, VerdictState::kPass) << first.reason;
  AwaitItems(kCases, "h");
  const std::vector<std::string> items = Items();
  EXPECT_EQ(AskedAgain("auto"), first.check.id) << "nobody has said anything";

  Acts("ann", items[0], FlagSevereAct{.reason = "shows a number"}, "f");
  clock_.Add(minutes(1));
  const std::string second = AskedAgain("auto");
  EXPECT_NE(second, first.check.id);
  ASSERT_TRUE(Eventually([&] { return Reason(second).starts_with("waiting for people: "); })) << Reason(second);
  EXPECT_THAT(Reason(second),
              StartsWith("waiting for people: 1 answer of suite \"h\" is flagged as harm of severity 1, "
                         "and nobody has ruled on it; after "));
  Adjudicates("lea", items[0], Quality(5));
  clock_.Add(minutes(1));
  const CheckStatus ruled = work_->Decided(second);
  EXPECT_EQ(ruled.verdict->verdict.state, VerdictState::kPass) << ruled.reason;
  EXPECT_EQ(ruled.verdict->verdict.rules.at(1).reason,
            "0 of 1 answers that people settled do harm of severity 1 (upper bound of the share 0.95)");
  EXPECT_EQ(AskedAgain("auto"), second) << "nothing has changed";

  Judges("ann", items[1], 5);
  clock_.Add(minutes(2));
  EXPECT_EQ(AskedAgain("auto"), second) << "what else people judge there is not asked";
  Acts("bob", items[1], FlagSevereAct{.reason = "of what is done"}, "g");
  Adjudicates("lea", items[1], Grave());
  clock_.Add(minutes(1));
  const CheckStatus harmful = work_->Decided(AskedAgain("auto"));
  EXPECT_EQ(harmful.verdict->verdict.state, VerdictState::kFail) << harmful.reason;
  for (const CheckStatus& each : {ruled, harmful}) EXPECT_EQ(Replayed(each.check.verdict_id).differing, 0);
}

TEST_P(HumanGate, IsInconclusiveAtItsDeadlineWhereNobodyRuledThoughItAsksNoPeople) {
  WriteAutomaticGate();
  work_->Decided(work_->Check("auto", "m@1").check.id);
  AwaitItems(kCases, "h");
  Acts("ann", Items()[0], FlagSevereAct{.reason = "shows a number"}, "f");
  clock_.Add(minutes(1));
  const std::string check = AskedAgain("auto");
  ASSERT_TRUE(Eventually([&] { return Reason(check).starts_with("waiting for people: "); })) << Reason(check);
  clock_.Add(std::chrono::hours(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(decided.reason, HasSubstr("1 answer is flagged as harm of severity 1, and nobody has ruled on it"));
  EXPECT_EQ(Replayed(decided.check.verdict_id).differing, 0);
}

// A document of before says nothing of harm, and is decided again as it was.
TEST_P(HumanGate, AVerdictFromBeforeHarmWasLookedForIsReplayedAsItWas) {
  WriteAutomaticGate();
  work_->Decided(work_->Check("auto", "m@1").check.id);
  AwaitItems(kCases, "h");
  const std::string item = Items()[0];
  Acts("ann", item, FlagSevereAct{.reason = "shows a number"}, "f");
  Adjudicates("lea", item, Grave());
  clock_.Add(minutes(1));
  const CheckStatus decided = work_->Decided(AskedAgain("auto"));
  auto record = work_->store->GetVerdict("default", decided.check.verdict_id);
  ASSERT_TRUE(record);
  Verdict before = *VerdictFromJson(*Json::Parse(record->document));
  ASSERT_EQ(before.state, VerdictState::kFail);
  before.suites[0].severe.reset();
  before.rules.pop_back();
  before.state = VerdictState::kPass;
  before.decision = VerdictState::kPass;
  before.deciding_rules = {"right"};
  before.reason = "right: " + before.rules.at(0).reason;
  record->document = ToJson(before).DumpCanonical();
  const auto replay = ReplayStoredVerdict(*work_->store, BuiltinKinds(), *record, {});
  ASSERT_TRUE(replay) << replay.error().message;
  EXPECT_EQ(replay->differing, 0) << (replay->differences.empty() ? "" : replay->differences[0].path);
}

TEST_P(HumanGate, IsDecidedOnTheSampleThatChanceDrew) {
  WriteHumanGate("0.5");
  const std::string check = work_->Check("human", "m@1").check.id;
  ASSERT_TRUE(Eventually([&] { return Reason(check).starts_with("waiting for people: "); })) << Reason(check);
  ASSERT_TRUE(Eventually([&] { return !Items().empty() && Reason(check).find(" are open in ") != std::string::npos; }));
  const std::vector<std::string> items = Items();
  EXPECT_GT(items.size(), 5u);
  EXPECT_LT(items.size(), 35u);
  JudgeAll(items, 5);
  const CheckStatus decided = work_->Decided(check);
  const CaseCounts& counts = decided.verdict->verdict.rules.at(0).parts.at(0).counts;
  EXPECT_EQ(counts.scored, std::ssize(items));
  EXPECT_EQ(counts.scheduled, std::ssize(items)) << "the others are none of the metric's";
}

TEST_P(HumanGate, AChangeAfterwardsGivesAnotherVerdictAndTheFirstIsReplayedAsItWas) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  const std::vector<std::string> items = Items();
  JudgeAll(items, 5);
  const CheckStatus first = work_->Decided(check);
  ASSERT_EQ(first.verdict->verdict.state, VerdictState::kPass) << first.reason;
  EXPECT_EQ(AskedAgain(), check) << "nothing has changed";
  clock_.Add(minutes(1));
  for (int i = 0; i < 20; ++i) {
    Acts("lea", items[static_cast<std::size_t>(i)],
         ReopenCommand{.reason = "seen wrongly", .cause = ReviewCause::kMisread}, "o" + std::to_string(i));
  }
  const std::string again = AskedAgain();
  EXPECT_NE(again, check);
  ASSERT_TRUE(Eventually([&] { return Reason(again).starts_with("waiting for people: 20 of 40"); })) << Reason(again);
  VerdictReplays replays(*work_->store, work_->blocking.get_executor());
  const auto replayed = work_->Wait(replays.ReplayVerdict(work_->caller, first.check.verdict_id));
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_EQ(replayed->differing, 0);
  replays.Stop();
}

TEST_P(HumanGate, GoesOnWaitingAfterARestart) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  const std::vector<std::string> items = Items();
  for (const std::string& item : items) Judges("ann", item, 5);
  Start();
  EXPECT_THAT(Reason(check), StartsWith("waiting for people: 40 of 40"));
  clock_.Add(minutes(2));
  EXPECT_EQ(work_->Decided(check).verdict->verdict.state, VerdictState::kPass);
}

TEST_P(HumanGate, PeopleCorrectAGraderOnASampleOfItsCases) {
  WriteCorrectedGate();
  const std::string check = WaitingForSample();
  const std::vector<std::string> items = Items();
  ASSERT_GT(items.size(), 5u);
  ASSERT_LT(items.size(), 35u);
  JudgeAll(items, 5);
  const CheckStatus decided = work_->Decided(check);
  ASSERT_EQ(decided.verdict->verdict.state, VerdictState::kPass) << decided.reason;
  const RulePart& part = decided.verdict->verdict.rules.at(0).parts.at(0);
  EXPECT_EQ(part.counts.scored, kCases) << "the grader speaks of all";
  EXPECT_EQ(part.method, "people_corrected");
  ASSERT_TRUE(part.people);
  EXPECT_EQ(part.people->chance, 0.5);
  EXPECT_EQ(part.people->asked, std::ssize(items));
  EXPECT_EQ(part.people->settled, std::ssize(items));
  VerdictReplays replays(*work_->store, work_->blocking.get_executor());
  const auto replayed = work_->Wait(replays.ReplayVerdict(work_->caller, decided.check.verdict_id));
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_EQ(replayed->differing, 0);
  replays.Stop();
}

TEST_P(HumanGate, FailsWherePeopleDoNotSayWhatTheGraderDoes) {
  WriteCorrectedGate();
  const std::string check = WaitingForSample();
  JudgeAll(Items(), 1);
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kFail) << decided.reason;
  EXPECT_THAT(decided.reason, HasSubstr(": 0 where the grader says 1, and 1 of all)"));
}

TEST_P(HumanGate, NeverPassesOnAGraderWhosePeopleAreSilent) {
  WriteCorrectedGate();
  const std::string check = WaitingForSample();
  clock_.Add(std::chrono::hours(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kInconclusive) << decided.reason;
  EXPECT_EQ(decided.verdict->verdict.rules.at(0).parts.at(0).people->settled, 0);
}

TEST_P(HumanGate, DecidesNothingWhereTheDrawChangedBetweenTheOffersOfARun) {
  WriteCorrectedGate();
  const std::string check = WaitingForSample();
  ReviewStore reviews(*work_->store);
  const auto records = reviews.ListRecords("default", "draw");
  ASSERT_TRUE(records && records->size() == 1);
  ReviewRecord record = records->front();
  EXPECT_EQ(record.body, R"({"draw":"0:0.5","chance":0.5})");
  record.body = R"({"draw":"1:0.5","chance":0.5})";
  ASSERT_TRUE(reviews.PutRecord(record));
  JudgeAll(Items(), 5);
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(decided.reason,
              HasSubstr("it is not known with which chance queue \"h\" drew the answers that people are "
                        "asked of, or that changed between the offers of the run"));
}

TEST_P(HumanGate, IsInconclusiveUntilTheJudgementsShowTheirQuality) {
  const std::string quality = ", quality: {overlap: 10, agreement: 0.6, statistic: raw";
  WriteCorrectedGate(quality + ", audits_passed: 0.5}", "", "overlap: {people: 2, severity: 0}\n");
  const std::string check = WaitingForSample();
  for (const std::string& item : Items()) {
    Judges("ann", item, 5);
    Judges("bob", item, 5);
  }
  clock_.Add(minutes(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(decided.reason,
              HasSubstr("queue \"h\": decisions are not shown to be right: unknown of 0 audits passed, lower bound "
                        "unknown < 0.5 (quality.audits_passed)"));
  const RulePart& part = decided.verdict->verdict.rules.at(0).parts.at(0);
  ASSERT_TRUE(part.people && part.people->quality);
  EXPECT_EQ(part.people->quality->agreement.cases, part.people->asked);
  EXPECT_EQ(part.people->quality->agreement.value, 1);
}

TEST_P(HumanGate, DecidesWhereTheJudgementsShowTheirQuality) {
  WriteCorrectedGate(", quality: {overlap: 10, agreement: 0.6, statistic: raw}", "",
                     "overlap: {people: 2, severity: 0}\n");
  const std::string check = WaitingForSample();
  for (const std::string& item : Items()) {
    Judges("ann", item, 5);
    Judges("bob", item, 5);
  }
  clock_.Add(minutes(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kPass) << decided.reason;
  EXPECT_THAT(decided.verdict->verdict.rules.at(0).reason, HasSubstr("people agree 1 on "));
}

TEST_P(HumanGate, AsksFirstWhatCouldMoveItMost) {
  WriteCorrectedGate("", ", by: [topic]");
  const std::string check = WaitingForSample();
  const auto record = work_->Wait(work_->checks.GetCheck(work_->caller, check));
  ASSERT_TRUE(record);
  auto weighed = InfluenceOnCheck(*work_->store, BuiltinKinds(), record->check, clock_.Now());
  ASSERT_TRUE(weighed) << weighed.error().message;
  ASSERT_EQ(weighed->size(), Items().size());
  const auto is_small = [&](const std::string& item) { return View("lea", item).item.case_id < "c108"; };
  std::set<double> small;
  std::set<double> large;
  for (const ItemInfluence& each : *weighed) (is_small(each.item) ? small : large).insert(each.influence);
  ASSERT_EQ(small.size(), 1u);
  ASSERT_EQ(large.size(), 1u);
  EXPECT_GT(*small.begin(), *large.begin());
  reviews_->Weigh(*weighed);
  const ClaimArguments next{.queue = "h"};
  const auto claimed = Ask(reviews_->ClaimItem(As("ann"), next));
  ASSERT_TRUE(claimed && claimed->view);
  EXPECT_TRUE(is_small(claimed->view->item.id));
}

INSTANTIATE_TEST_SUITE_P(Engines, HumanGate, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
