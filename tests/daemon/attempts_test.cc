// Which answers are a second attempt: what is asked decides, not how its dataset is written, by which gate it is asked,
// or who started the run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/builtin_kinds.h"
#include "daemon/check_decision.h"
#include "daemon/decision_cache.h"
#include "daemon/verdict_replay.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using ::testing::Contains;
using testing::DaemonWork;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HttpStub;
using ::testing::IsEmpty;
using testing::StubRequest;

class Attempts : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::WriteWorkCatalog(files_, stub_.url());
    WriteSuite(Cases());
    WriteGates("");
    Start();
  }
  // Of 40 cases; the stub answers "no" to all of them, or to every tenth.
  static std::vector<std::string> Cases() {
    std::vector<std::string> cases;
    for (int i = 0; i < 40; ++i) {
      cases.push_back("{\"id\":\"c" + std::to_string(100 + i) + "\",\"question\":\"q" + std::to_string(100 + i) +
                      "\",\"topic\":\"" + (i % 2 == 0 ? "a" : "b") + "\"}\n");
    }
    return cases;
  }
  void WriteSuite(const std::vector<std::string>& cases, const std::string& more = "") {
    std::string text;
    for (const std::string& each : cases) text += each;
    files_.Write("catalog/rows.jsonl", text);
    files_.Write("catalog/r.yaml",
                 "kind: Suite\nname: r\ndataset: [{file: rows.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n" +
                     more + "graders: [{name: answer, type: equals, value: \"yes\"}]\n");
  }
  void WriteGates(const std::string& more) {
    files_.Write(
        "catalog/g.yaml",
        "kind: Gate\nname: floor\nsuites: [r]\nrules: [{name: floor, grader: answer, at_least: 0.8}]\n" + more);
  }
  void Start() {
    work_ = nullptr;
    work_ = std::make_unique<DaemonWork>(files_);
    work_->Resume();
  }
  CheckStatus Decide(const std::string& gate = "floor", bool fresh = false) {
    return work_->Decided(work_->Check(gate, "m@1", fresh).check.id);
  }
  RunRecord Run() { return work_->Ended(work_->StartRun("r", "m@1").id); }
  static std::int64_t AttemptOf(const CheckStatus& check) { return check.verdict->verdict.attempt; }
  void ExpectReplays(const CheckStatus& check) {
    const auto record = work_->store->GetVerdict("default", check.check.verdict_id);
    ASSERT_TRUE(record) << record.error().message;
    const auto replay = ReplayStoredVerdict(*work_->store, BuiltinKinds(), *record, {});
    ASSERT_TRUE(replay) << replay.error().message;
    EXPECT_TRUE(replay->IsReproduced()) << (replay->differences.empty() ? "" : replay->differences[0].path);
  }

  testing::TemporaryFolder files_;
  std::atomic<bool> is_good_ = false;
  HttpStub stub_{[this](const StubRequest&, int) { return testing::ChatAnswer(is_good_ ? "yes" : "no"); }};
  std::unique_ptr<DaemonWork> work_;
};

TEST_F(Attempts, GoOnWhenTheDatasetIsLaidOutAnew) {
  ASSERT_EQ(Decide().check.state, "FAIL");
  std::int64_t attempt = 1;
  const auto after = [&](const std::vector<std::string>& cases, const std::string& more, const char* change) {
    WriteSuite(cases, more);
    Start();
    const CheckStatus check = Decide();
    EXPECT_EQ(check.check.state, "FAIL");
    EXPECT_EQ(AttemptOf(check), ++attempt) << change;
    ExpectReplays(check);
  };
  std::vector<std::string> cases = Cases();
  after(cases, "slices: [topic]\n", "a slice was added");
  after(cases, "cluster: topic\n", "clusters were added");
  cases.push_back("\n");
  after(cases, "", "a blank line");
  cases = Cases();
  std::ranges::reverse(cases);
  after(cases, "", "another order");
  cases.push_back("{\"id\":\"d\",\"question\":\"new\",\"topic\":\"a\"}\n");
  WriteSuite(cases, "");
  Start();
  const CheckStatus other = Decide();
  EXPECT_EQ(AttemptOf(other), 1) << "other cases";
  EXPECT_THAT(other.verdict->verdict.warnings,
              Contains(HasSubstr("5 runs of suite \"r\" asked this candidate other cases (the last is ")));
  ExpectReplays(other);
}

// Two suites on one dataset are usual, and so are two prompts: it is said where the questions are the same.
TEST_F(Attempts, OfASuiteUnderAnotherNameAreSaidAndNotCounted) {
  ASSERT_EQ(Decide().check.state, "FAIL");
  const std::string suite = "\ndataset: [{file: rows.jsonl, id: id}]\n";
  const std::string graders = "graders: [{name: answer, type: equals, value: \"yes\"}]\n";
  files_.Write("catalog/copies.yaml", "kind: Suite\nname: copy" + suite + "prompt: [{user: \"{{question}}\"}]\n" +
                                          graders + "---\nkind: Suite\nname: polite" + suite +
                                          "prompt: [{user: \"Please: {{question}}\"}]\n" + graders);
  const std::string rules = "rules: [{name: floor, grader: answer, at_least: 0.8}]\n";
  WriteGates("---\nkind: Gate\nname: again\nsuites: [copy]\n" + rules +
             "---\nkind: Gate\nname: courteous\nsuites: [polite]\n" + rules +
             "---\nkind: Gate\nname: together\nsuites: [r, copy]\n" + rules);
  Start();
  const CheckStatus again = Decide("again");
  EXPECT_EQ(AttemptOf(again), 1);
  EXPECT_THAT(again.verdict->verdict.warnings,
              ElementsAre("1 run of another suite asked this candidate the cases of suite \"copy\" by the same prompt "
                          "(\"r\"), and was decided without a PASS: if nothing but the suite's name has changed since, "
                          "this is a later attempt that is not counted as one"));
  ExpectReplays(again);
  EXPECT_THAT(Decide("courteous").verdict->verdict.warnings, IsEmpty());
  EXPECT_THAT(Decide("together").verdict->verdict.warnings, IsEmpty()) << "it asks them itself";
}

// Eight draws at a rate below the floor: the best of them passes more often than one may.
TEST_F(Attempts, AreNotDecidedOnTheBestOfRunsThatSomebodyStarted) {
  for (int i = 0; i < 3; ++i) Run();
  is_good_ = true;
  const RunRecord chosen = Run();
  is_good_ = false;
  const CheckStatus check = Decide();
  EXPECT_NE(check.runs.at(0).run.id, chosen.id);
  EXPECT_EQ(check.check.state, "FAIL");
  EXPECT_EQ(AttemptOf(check), 1) << "a schedule may have made them";
  EXPECT_THAT(
      check.verdict->verdict.warnings,
      Contains("4 earlier runs of suite \"r\" asked this candidate the same cases and no verdict but ERROR rests "
               "on them (the last is " +
               chosen.id + "): new answers were drawn"));
  ExpectReplays(check);
  const std::size_t runs = work_->AllRuns().size();
  WriteGates("---\nkind: Gate\nname: other\nsuites: [r]\nrules: [{name: floor, grader: answer, at_least: 0.7}]\n");
  Start();
  EXPECT_EQ(Decide("other").runs.at(0).run.id, check.runs.at(0).run.id) << "a verdict rests on that one";
  EXPECT_EQ(work_->AllRuns().size(), runs);
  is_good_ = true;
  const RunRecord again = Run();
  const CheckStatus later = Decide();
  EXPECT_NE(later.runs.at(0).run.id, again.id);
  EXPECT_EQ(AttemptOf(later), 2);
}

// Who asks 10 cases of stored answers, then 20, then all, and stops at the first PASS, has as many chances.
TEST_F(Attempts, AreLooksAtTheSameAnswersInAnotherLength) {
  WriteGates(
      "---\nkind: Gate\nname: ten\nsuites: [r]\nmax_n: 10\nrules: [{name: f, grader: answer, at_least: 0.8}]\n"
      "---\nkind: Gate\nname: twenty\nsuites: [r]\nmax_n: 20\nrules: [{name: f, grader: answer, at_least: 0.8}]\n"
      "---\nkind: Gate\nname: many\nsuites: [r]\nmax_n: 1000\nrules: [{name: f, grader: answer, at_least: 0.8}]\n"
      "---\nkind: Gate\nname: early\nsuites: [r]\nstop: early\nrules: [{name: f, grader: answer, at_least: 0.8}]\n"
      "---\nkind: Gate\nname: stricter\nsuites: [r]\nrules: [{name: f, grader: answer, at_least: 0.9}]\n");
  Start();
  const RunRecord run = Run();
  const auto attempt = [&](const std::string& gate) {
    const CheckStatus check = Decide(gate);
    EXPECT_EQ(check.runs.at(0).run.id, run.id);
    EXPECT_EQ(check.check.state, "FAIL") << check.reason;
    ExpectReplays(check);
    return AttemptOf(check);
  };
  EXPECT_EQ(attempt("ten"), 1);
  EXPECT_EQ(attempt("twenty"), 2);
  EXPECT_EQ(attempt("floor"), 3);
  EXPECT_EQ(attempt("stricter"), 3) << "of the same length";
  EXPECT_EQ(attempt("many"), 3) << "there are no more cases";
  EXPECT_EQ(attempt("early"), 4);
}

TEST_F(Attempts, RestOnTheOnlyRunThatThereIs) {
  const RunRecord run = Run();
  const CheckStatus check = Decide();
  EXPECT_EQ(check.runs.at(0).run.id, run.id) << "nobody had a choice";
  EXPECT_TRUE(check.verdict->verdict.warnings.empty());
}

// A service that is deployed anew behind its address has another label and is another model; one that is not has one
// too. Nobody can tell but its owner: it is said.
TEST_F(Attempts, UnderAnotherLabelOfTheSameEndpointAreSaidAndNotCounted) {
  const auto model = [&](const std::string& name, const std::string& version, const std::string& asks) {
    files_.Write("catalog/" + name + version + ".yaml", "kind: Model\nname: " + name + "\nversion: \"" + version +
                                                            "\"\nendpoint: {provider: openai-chat, model: " + asks +
                                                            ", attempts: 2, url: \"" + stub_.url() + "/v1\"}\n");
  };
  model("m", "2", "m");
  model("copy", "1", "m");
  model("another", "1", "quite-another");
  files_.Write("catalog/spelt.yaml",
               "kind: Model\nname: spelt\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, attempts: 2, "
               "url: \"" +
                   stub_.url() + "/v1//\"}\n");
  Start();
  const auto decided = [&](const std::string& candidate) {
    CheckStatus check = work_->Decided(work_->Check("floor", candidate).check.id);
    EXPECT_EQ(check.check.state, "FAIL");
    EXPECT_EQ(AttemptOf(check), 1);
    ExpectReplays(check);
    return check;
  };
  const CheckStatus first = decided("m@1");
  EXPECT_TRUE(first.verdict->verdict.warnings.empty());
  const CheckStatus second = decided("m@2");
  EXPECT_THAT(second.verdict->verdict.warnings,
              Contains("1 run of suite \"r\" asked the same model of the same endpoint the same cases under another "
                       "name or version (m@1), and no PASS rests on it: if nothing but the label has changed "
                       "since, this is a later attempt that is not counted as one"));
  EXPECT_THAT(decided("copy@1").verdict->verdict.warnings,
              Contains(HasSubstr("2 runs of suite \"r\" asked the same model of the same endpoint the same cases under "
                                 "another name or version (the last is m@2), and no PASS rests on them")));
  EXPECT_TRUE(decided("another@1").verdict->verdict.warnings.empty());
  EXPECT_THAT(decided("spelt@1").verdict->verdict.warnings,
              Contains(HasSubstr("3 runs of suite \"r\" asked the same model of the same endpoint")))
      << "however its address is written";
  // Of ten that somebody starts by hand only the best may ever be shown to a gate.
  work_->Ended(work_->StartRun("r", "m@1").id);
  EXPECT_THAT(work_->Decided(work_->Check("floor", "copy@1", true).check.id).verdict->verdict.warnings,
              Contains(HasSubstr("4 runs of suite \"r\" asked the same model of the same endpoint")));
  ExpectReplays(first);
  ExpectReplays(second);
}

// A check that waits is looked at again and again; what other models ask does not change.
TEST_F(Attempts, ReadWhatOtherModelsAskOnce) {
  for (const std::string version : {"2", "3"}) {
    files_.Write("catalog/m" + version + ".yaml", "kind: Model\nname: m\nversion: \"" + version +
                                                      "\"\nendpoint: {provider: openai-chat, model: m, attempts: 2, "
                                                      "url: \"" +
                                                      stub_.url() + "/v1\"}\n");
  }
  Start();
  Decide();
  work_->Decided(work_->Check("floor", "m@2").check.id);
  const CheckStatus third = work_->Decided(work_->Check("floor", "m@3").check.id);
  DecisionCache cache;
  for (int look = 0; look < 3; ++look) {
    const auto verdict =
        DecideCheck(*work_->store, BuiltinKinds(), third.check, std::nullopt, SystemClock().Now(), &cache);
    ASSERT_TRUE(verdict) << verdict.error().message;
    EXPECT_THAT(verdict->warnings, Contains(HasSubstr("2 runs of suite \"r\" asked the same model")));
    EXPECT_EQ(cache.asked.reads(), 3) << "the candidate and two others";
  }
  testing::EditStore(files_, "UPDATE document SET body = '{}' WHERE kind = 'Model'");
  const auto verdict =
      DecideCheck(*work_->store, BuiltinKinds(), third.check, std::nullopt, SystemClock().Now(), &cache);
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(verdict->warnings, third.verdict->verdict.warnings);
}

TEST_F(Attempts, AreNotComparedWithTheWorstOfRunsOfABaseline) {
  files_.Write("catalog/n.yaml",
               "kind: Model\nname: n\nversion: \"1\"\nendpoint: {provider: openai-chat, model: n, url: \"" +
                   stub_.url() + "/v1\"}\n");
  WriteGates(
      "---\nkind: Gate\nname: pair\nsuites: [r]\nbaseline: {model: m, version: \"1\"}\n"
      "rules: [{name: r, grader: answer, non_inferior: {margin: 0.2}}]\n");
  Start();
  is_good_ = true;
  Run();
  is_good_ = false;
  const RunRecord chosen = Run();
  is_good_ = true;
  const CheckStatus check = work_->Decided(work_->Check("pair", "n@1").check.id);
  ASSERT_EQ(check.runs.size(), 2u);
  EXPECT_EQ(check.runs[1].role, "baseline");
  EXPECT_NE(check.runs[1].run.id, chosen.id);
  EXPECT_THAT(check.verdict->verdict.warnings, Contains(HasSubstr("2 earlier runs of suite \"r\" asked the baseline")));
  ExpectReplays(check);
}

}  // namespace
}  // namespace assay
