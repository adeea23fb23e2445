// Documents and cases that somebody edits in the store after a verdict rests on them.

#include "daemon/stored_documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/digest.h"
#include "daemon/cases_digest.h"
#include "daemon/dataset_snapshots.h"
#include "tests/daemon/judged_run.h"
#include "tests/daemon/verdict_replays.h"

namespace assay {
namespace {

using testing::DaemonWork;
using testing::EditStore;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using testing::ReplayOf;
using testing::Shown;

// The suite "s" of two cases, the gate "release" with a baseline, m@1 and m@2.
class EditedDocuments : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::WriteWorkCatalog(files_, stub_.url(), "description: two questions\nslices: [kind]\n");
    files_.Write(
        "catalog/cases.jsonl",
        "{\"id\":\"a\",\"question\":\"q\",\"kind\":\"x\"}\n{\"id\":\"b\",\"question\":\"r\",\"kind\":\"y\"}\n");
    files_.Write("catalog/gates.yaml",
                 "kind: Gate\nname: release\ndescription: the last word\nsuites: [s]\n"
                 "baseline: {model: m, version: \"1\"}\nrules:\n"
                 "  - {name: some, grader: answer, at_least: 0.01}\n"
                 "  - {name: not-worse, grader: answer, non_inferior: {margin: 0.5}}\n");
    files_.Write(
        "catalog/m2.yaml",
        "kind: Model\nname: m\nversion: \"2\"\nendpoint: {provider: openai-chat, model: m2, attempts: 1, url: \"" +
            stub_.url() + "/v1\"}\n");
    work_ = std::make_unique<DaemonWork>(files_);
    work_->Resume();
    status_ = work_->Decided(work_->Check("release", "m@2").check.id);
    ASSERT_TRUE(status_.verdict) << status_.reason;
    ASSERT_EQ(Replayed(), "") << "nothing is edited yet";
  }

  const Verdict& verdict() const { return status_.verdict->verdict; }
  std::string Replayed() { return Shown(ReplayOf(*work_, status_.check.verdict_id)); }
  // Of a document in the store, now.
  std::string VersionOf(const std::string& kind, const std::string& name, const std::string& version) {
    return ContentVersion(work_->store->GetDocumentVersion("default", kind, name, version)->json);
  }
  // The text has to be there.
  void EditDocument(const std::string& kind, const std::string& label, const std::string& from, const std::string& to) {
    EditStore(files_, "UPDATE document SET body = replace(body, '" + from + "', '" + to + "') WHERE kind = '" + kind +
                          "' AND label = '" + label + "' AND body LIKE '%" + from + "%'");
  }

  testing::TemporaryFolder files_;
  testing::HttpStub stub_{[](const testing::StubRequest&, int) { return testing::ChatAnswer("yes"); }};
  std::unique_ptr<DaemonWork> work_;
  CheckStatus status_;
};

TEST_F(EditedDocuments, AreNotTheVersionThatNamesThem) {
  EditDocument("Gate", "", "the last word", "the first word");
  EXPECT_EQ(Replayed(), "stored Gate \"release\" is not the version that it is named by: recorded " +
                            verdict().gate_version + ", replayed " +
                            VersionOf("Gate", "release", verdict().gate_version) + "\n");
  const VerdictReplay replay = ReplayOf(*work_, status_.check.verdict_id);
  EXPECT_EQ(replay.differing, 1);
  EXPECT_FALSE(replay.IsReproduced());
}

TEST_F(EditedDocuments, OfCandidateAndBaselineToo) {
  EditDocument("Model", "2", stub_.url(), "http://127.0.0.1:1");
  const ModelIdentity& candidate = verdict().candidate;
  EXPECT_EQ(Replayed(), "stored Model \"m\" is not the version that it is named by: recorded " +
                            candidate.content_version + ", replayed " +
                            VersionOf("Model", "m", candidate.content_version) + "\n");
  EditDocument("Model", "1", stub_.url(), "http://127.0.0.1:1");
  EXPECT_THAT(Replayed(), HasSubstr("recorded " + verdict().baseline->content_version + ", replayed"));
}

// Nothing of the answers depends on what is asked of a model that is not asked again.
TEST_F(EditedDocuments, OfASuiteWhoseFilesAreInTheManifest) {
  EditDocument("Suite", "", "s: {{question}}", "t: {{question}}");
  EXPECT_THAT(Replayed(), MatchesRegex("stored Suite \"s\" is not the version that it is named by: recorded " +
                                       verdict().suites.at(0).suite_version + ", replayed sha256:[0-9a-f]+\n"));
}

// As a second one is written under the same hash of files, or these are taken away.
TEST_F(EditedDocuments, AreNotHiddenByAManifestThatTellsLess) {
  EditDocument("Suite", "", "s: {{question}}", "t: {{question}}");
  EditStore(files_, "UPDATE run SET manifest = replace(manifest, 'dataset_files', 'other_files')");
  EXPECT_THAT(Replayed(), HasSubstr("run " + verdict().suites.at(0).run + " manifest: files of suite \"s\": recorded " +
                                    verdict().suites.at(0).suite_version + ", replayed absent\n"));
  EditStore(files_, "UPDATE run SET manifest = replace(manifest, 'cases_digest', 'other_digest')");
  EXPECT_THAT(Replayed(), HasSubstr("suites[0].cases_digest: recorded \"" + verdict().suites.at(0).cases_digest +
                                    "\", replayed absent\n"));
}

TEST_F(EditedDocuments, ThatAreGoneAreMissing) {
  EditStore(files_, "DELETE FROM document WHERE kind = 'Model' AND label = '2'");
  EXPECT_THAT(Replayed(), HasSubstr("missing: Model \"m\" of version " + verdict().candidate.content_version +
                                    " is not stored any more\n"));
}

TEST_F(EditedDocuments, OfCasesAreFoundByTheirDigest) {
  const std::string& recorded = verdict().suites.at(0).cases_digest;
  EXPECT_THAT(recorded, MatchesRegex("sha256:[0-9a-f]{64}"));
  EXPECT_EQ(verdict().baseline_suites.at(0).cases_digest, recorded) << "the same cases";
  const auto expect_found = [&](const std::string& edit, const std::string& undo) {
    EditStore(files_, edit);
    const std::string shown = Replayed();
    for (const SuiteIdentity& suite : {verdict().suites.at(0), verdict().baseline_suites.at(0)}) {
      EXPECT_THAT(shown, HasSubstr("stored cases of suite \"s\" are not those that run " + suite.run +
                                   " was made on: recorded " + recorded + ", replayed sha256:"))
          << edit;
    }
    EditStore(files_, undo);
    EXPECT_EQ(Replayed(), "") << undo;
  };
  expect_found("UPDATE dataset_case SET fields = replace(fields, '\"q\"', '\"Q\"') WHERE case_id = 'a'",
               "UPDATE dataset_case SET fields = replace(fields, '\"Q\"', '\"q\"') WHERE case_id = 'a'");
  expect_found("UPDATE dataset_case SET case_id = 'c' WHERE case_id = 'b'",
               "UPDATE dataset_case SET case_id = 'b' WHERE case_id = 'c'");
  expect_found("UPDATE case_slice SET value = 'z' WHERE value = 'y'",
               "UPDATE case_slice SET value = 'y' WHERE value = 'z'");
  expect_found(
      "INSERT INTO dataset_case (snapshot_key, ordinal, case_id, fields) SELECT snapshot_key, 7, 'new', '{}' "
      "FROM dataset_case WHERE case_id = 'a'",
      "DELETE FROM dataset_case WHERE case_id = 'new'");
}

TEST_F(EditedDocuments, AreNoJsonAnyMore) {
  EditStore(files_, "UPDATE dataset_case SET fields = '{' WHERE case_id = 'a'");
  EXPECT_THAT(Replayed(), HasSubstr("replayed stored case \"a\" is no JSON any more: "));
}

// The SHA-256 of the two lines, as anybody can write them.
TEST_F(EditedDocuments, HaveADigestOfTheCasesThatAnybodyCanCompute) {
  EXPECT_EQ(verdict().suites.at(0).cases_digest,
            ContentVersion(R"({"fields":{"id":"a","kind":"x","question":"q"},"id":"a","slices":{"kind":"x"}})"
                           "\n"
                           R"({"fields":{"id":"b","kind":"y","question":"r"},"id":"b","slices":{"kind":"y"}})"
                           "\n"));
}

// A dataset that was stored by an earlier version gets its digest with the next run; a verdict on a run without one
// says nothing of it.
TEST_F(EditedDocuments, OfEarlierVersionsAreNotChecked) {
  const std::string digest = verdict().suites.at(0).cases_digest;
  EditStore(files_, "UPDATE snapshot SET exact_digest = ''");
  EditStore(files_, "UPDATE run SET manifest = replace(replace(manifest, 'cases_digest', 'x'), 'dataset_files', 'y')");
  work_ = nullptr;
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  files_.Write("catalog/other.yaml",
               "kind: Gate\nname: other\nsuites: [s]\nrules: [{name: some, grader: answer, at_least: 0.01}]\n");
  work_->catalog.Reload();
  const CheckStatus old = work_->Decided(work_->Check("other", "m@2").check.id);
  const std::string run = old.verdict->verdict.suites.at(0).run;
  ASSERT_EQ(run, verdict().suites.at(0).run) << "it is used again";
  EXPECT_EQ(old.verdict->verdict.suites.at(0).cases_digest, "");
  const VerdictReplay replay = ReplayOf(*work_, old.check.verdict_id);
  EXPECT_TRUE(replay.IsReproduced()) << Shown(replay);
  EXPECT_EQ(Shown(replay), "not checked: run " + run +
                               " does not tell the files of suite \"s\", which its version is of: it is of an earlier "
                               "version of assayd\n"
                               "not checked: the verdict carries no digest of the cases of suite \"s\": run " +
                               run + " is of an earlier version of assayd\n");
  const CheckStatus fresh = work_->Decided(work_->Check("other", "m@2", true).check.id);
  EXPECT_EQ(fresh.verdict->verdict.suites.at(0).cases_digest, digest) << "of what is stored";
  EXPECT_EQ(Shown(ReplayOf(*work_, fresh.check.verdict_id)), "");
}

TEST_F(EditedDocuments, OrATranscriptThatIsNoneCannotBeGradedAgain) {
  EditStore(files_,
            "UPDATE trial_body SET transcript = '[]' WHERE trial_key = (SELECT MIN(trial_key) FROM trial_body)");
  EXPECT_THAT(Replayed(),
              MatchesRegex("missing: run [-0-9a-f]+ cannot be graded again: what is stored of case \"[ab]\", "
                           "trial 0 cannot be read: its transcript: the list of messages is empty\n"));
}

class EditedJudges : public testing::JudgedRun {};

TEST_F(EditedJudges, AreNotTheVersionThatTheirGraderNames) {
  Serve();
  work_->Resume();
  const CheckStatus decided = Decided();
  ASSERT_EQ(Shown(ReplayOf(*work_, decided.check.verdict_id)), "");
  EditStore(files_, "UPDATE document SET body = replace(body, '\"j\"', '\"k\"') WHERE name = 'judge'");
  EXPECT_THAT(Shown(ReplayOf(*work_, decided.check.verdict_id)),
              MatchesRegex("stored Model \"judge\" is not the version that it is named by: recorded sha256:[0-9a-f]+, "
                           "replayed sha256:[0-9a-f]+\n"));
}

}  // namespace
}  // namespace assay
