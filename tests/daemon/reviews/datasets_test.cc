// The log of a suite's datasets, as those who may read runs see it.

#include <gmock/gmock.h>

#include "core/digest.h"
#include "daemon/reviews/datasets.h"
#include "tests/daemon/reviews/review_files.h"

namespace assay::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DatasetLog : public ReviewFiles {
 protected:
  template <class F>
  auto With(F ask) {
    const auto people = [this] { return people_; };
    const auto everybody = [this] {
      auto all = std::make_shared<std::vector<Reviewer>>(*people_);
      all->push_back({.id = "ci"});
      return all;
    };
    GuardedRuns runs({.runs = work_->runs,
                      .store = *work_->store,
                      .catalog = work_->catalog,
                      .reading = work_->reading.get_executor(),
                      .reviewers = people,
                      .principals = everybody});
    Datasets datasets({.store = *work_->store,
                       .guarded_runs = runs,
                       .clock = clock_,
                       .reading = work_->reading.get_executor(),
                       .reviewers = people});
    return ask(datasets);
  }
  std::vector<DatasetVersion> Log(const std::string& person, int limit = 20, int ids = 10) {
    const auto versions =
        With([&](Datasets& datasets) { return Ask(datasets.ListVersions(As(person), "s", limit, ids)); });
    EXPECT_TRUE(versions) << versions.error().message;
    return versions.value_or(std::vector<DatasetVersion>{});
  }
  Result<std::vector<DatasetVersion>> Asked(const std::string& person) {
    return With([&](Datasets& datasets) { return Ask(datasets.ListVersions(As(person), "s", 20, 10)); });
  }
  Result<DatasetNote> Notes(const std::string& person, const DatasetNoteArguments& note, const std::string& key = "") {
    return With([&](Datasets& datasets) { return Ask(datasets.Note(As(person), key, note)); });
  }
  static std::string Refused(const auto& result) { return result ? "done" : RefusalOf(result.error()); }
  // a, b are there; then b becomes c, and a asks something else.
  void TwoVersions() {
    RunSuite();
    files_.Write("catalog/cases.jsonl", "{\"id\":\"a\",\"question\":\"p\"}\n{\"id\":\"c\",\"question\":\"r\"}\n");
    clock_.Add(std::chrono::hours(24));
    Start();
    RunSuite();
  }
};

TEST_P(DatasetLog, SaysWhatEachVersionChangedAndByWhichRunItWasFirstSeen) {
  TwoVersions();
  RunSuite();
  const std::vector<DatasetVersion> log = Log("ci");
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log[0].cases, 2);
  EXPECT_EQ(log[0].runs, 2);
  EXPECT_EQ(log[0].first_run.snapshot_digest, log[0].digest);
  EXPECT_EQ(log[0].first_run.created - log[1].first_run.created, std::chrono::hours(24));
  EXPECT_NE(log[0].digest, log[1].digest);
  EXPECT_THAT(log[0].suite_versions, ElementsAre(log[0].first_run.suite_version));
  const CaseDifference expected{
      .added = 1, .removed = 1, .changed = 1, .added_ids = {"c"}, .removed_ids = {"b"}, .changed_ids = {"a"}};
  ASSERT_TRUE(log[0].changes.has_value());
  EXPECT_EQ(*log[0].changes, expected);
  EXPECT_FALSE(log[0].is_first);
  EXPECT_TRUE(log[1].is_first);
  EXPECT_FALSE(log[1].changes.has_value());
  const std::vector<DatasetVersion> newest = Log("ci", 1);
  ASSERT_EQ(newest.size(), 1u);
  EXPECT_EQ(newest[0].changes->added, 1) << "against the one that is not asked for";
}

TEST_P(DatasetLog, HasNoIdsForWhoIsNotClearedForEitherVersion) {
  TwoVersions();
  WriteWorkCatalog(files_, stub_.url(), "data_class: health\n");
  Start();
  const DatasetVersion withheld = Log("ci")[0];
  EXPECT_EQ(withheld.withheld, "withheld: you are not cleared for its data (health)");
  EXPECT_EQ(*withheld.changes, (CaseDifference{.added = 1, .removed = 1, .changed = 1})) << "numbers are no data";
  EXPECT_THAT(Log("lea")[0].changes->added_ids, ElementsAre("c")) << "of the privacy role";
}

TEST_P(DatasetLog, IsNotForWhoOnlyJudgesAndOfNoSuiteThatNobodyRan) {
  EXPECT_EQ(Refused(Asked("ci")), "not_found: no run was of a suite \"s\": its dataset has no versions yet");
  TwoVersions();
  EXPECT_EQ(Refused(Asked("ann")).substr(0, 18), "permission_denied:");
  EXPECT_EQ(Refused(Notes("ann", {.suite = "s", .digest = "d", .reason = "r"})).substr(0, 18), "permission_denied:");
}

TEST_P(DatasetLog, KeepsWhyThereIsAVersionAndWhatIsExpectedOfIt) {
  TwoVersions();
  const std::string digest = Log("ci")[0].digest;
  const DatasetNoteArguments why{.suite = "s", .digest = digest, .reason = "new fees", .expected_impact = "fewer 2nd"};
  ASSERT_TRUE(Notes("lea", why, "k"));
  clock_.Add(std::chrono::hours(1));
  const auto again = Notes("lea", why, "k");
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_TRUE(Notes("max", {.suite = "s", .digest = digest, .reason = "and b was wrong"}));
  const DatasetVersion version = Log("ci")[0];
  ASSERT_THAT(version.notes, SizeIs(2));
  EXPECT_EQ(version.notes[0], *again) << "of the first time";
  EXPECT_EQ(version.notes[0].by, "lea");
  EXPECT_EQ(version.notes[0].expected_impact, "fewer 2nd");
  EXPECT_EQ(version.notes[1].reason, "and b was wrong");
  EXPECT_THAT(Log("ci")[1].notes, IsEmpty());
  EXPECT_EQ(Refused(Notes("lea", {.suite = "s", .digest = digest, .reason = "other"}, "k")),
            "already_exists: key: the note of this key says something else; notes are never changed");
  EXPECT_EQ(Refused(Notes("lea", {.suite = "s", .digest = "sha256:0", .reason = "r"})),
            "not_found: no run of suite \"s\" had the dataset \"sha256:0\"");
  EXPECT_EQ(Refused(Notes("lea", {.suite = "s", .digest = digest})), "invalid_argument: needs a reason");
}

TEST_P(DatasetLog, NamesAnApprovalOnlyOfExactlyThisVersion) {
  TwoVersions();
  auto people = *people_;
  people.push_back({.id = "mona", .roles = {ReviewRole::kManager}});
  SetPeople(people);
  const std::string digest = Log("ci")[0].digest;
  const auto approved = [this](const std::string& diff) {
    const auto change =
        Ask(reviews_->ProposeChange(As("lea"), ReviewChange::kDataSource, "a dataset", diff, "customers asked"));
    EXPECT_TRUE(change) << change.error().message;
    const auto answered =
        Ask(reviews_->AnswerChange(As("mona"), change->request.id, true, change->request.diff_hash, ""));
    EXPECT_TRUE(answered) << answered.error().message;
    return change->request.id;
  };
  const std::string other = approved(TextOfDatasetChange("s", "sha256:0"));
  const std::string right = approved(TextOfDatasetChange("s", digest));
  EXPECT_EQ(Refused(Notes("lea", {.suite = "s", .digest = digest, .reason = "r", .approval = other})).substr(0, 20),
            "failed_precondition:");
  const auto noted = Notes("lea", {.suite = "s", .digest = digest, .reason = "r", .approval = right});
  ASSERT_TRUE(noted) << noted.error().message;
  EXPECT_EQ(Log("ci")[0].notes.at(0).approval, right);
}

TEST_P(DatasetLog, NamesTheFilesWithLabelsOfAVersion) {
  JudgedItems();
  const TakenFile file = Takes("lea", {.format = "native"});
  ASSERT_TRUE(file.ended) << file.refusal;
  const DatasetVersion version = Log("lea")[0];
  ASSERT_THAT(version.exports, SizeIs(1));
  EXPECT_EQ(version.exports[0].id, file.ended->manifest.id);
  EXPECT_EQ(version.exports[0].by, "lea");
  EXPECT_EQ(version.exports[0].judgements, 2);
  EXPECT_EQ(version.exports[0].sha256, file.ended->manifest.sha256);
  EXPECT_EQ(Log("ci")[0].exports.at(0).by, "") << "who takes what is for who may export";
}

TEST_P(DatasetLog, NamesTheFilesByWhichLabelsOfAVersionCameIn) {
  // A third who may adjudicate, so that who brings it in is not needed.
  auto people = *people_;
  people.push_back({.id = "imo", .roles = {ReviewRole::kLead, ReviewRole::kAdjudicator, ReviewRole::kAuditor}});
  SetPeople(people);
  TwoVersions();
  AwaitItems(4);
  const std::string item = Ask(reviews_->ListItems(As("lea"), {}, {}))->items[0].id;
  const TakenFile tasks =
      Takes("lea", {.format = "label_studio", .selection = {.queues = {"q"}}, .for_labelling = true});
  ASSERT_EQ(tasks.refusal, "");
  const std::string zoe = Labelled(tasks.bytes, item, "zoe", 4);
  ImportArguments how{.format = "label_studio", .queue = "q", .is_dry_run = true};
  ASSERT_TRUE(Brings("lea", zoe, how));
  EXPECT_THAT(Log("lea")[0].imports, IsEmpty()) << "a dry run brings in nothing";
  how.is_dry_run = false;
  const auto brought = Brings("lea", zoe, how);
  ASSERT_TRUE(brought) << brought.error().message;
  const std::vector<DatasetVersion> log = Log("lea");
  ASSERT_THAT(log[0].imports, SizeIs(1));
  const DatasetImport& import = log[0].imports[0];
  EXPECT_EQ(import.id, brought->import);
  EXPECT_EQ(import.by, "lea");
  EXPECT_EQ(import.at, clock_.Now());
  EXPECT_EQ(import.format, "label_studio");
  EXPECT_EQ(import.sha256, Sha256Hex(zoe));
  EXPECT_EQ(import.items, 1);
  EXPECT_EQ(import.judgements, 1);
  EXPECT_THAT(log[1].imports, IsEmpty()) << "the item is of the newer version";
  EXPECT_EQ(Log("ci")[0].imports.at(0).by, "") << "who moves data is for who may";
  ASSERT_TRUE(Brings("lea", zoe, how));
  EXPECT_THAT(Log("lea")[0].imports, SizeIs(1)) << "the same file again adds nothing to any item";
}

TEST_P(DatasetLog, AFileThatIsNotTakenToItsEndStandsThereWithoutAHash) {
  auto people = *people_;
  people.push_back({.id = "imo", .roles = {ReviewRole::kLead, ReviewRole::kAdjudicator, ReviewRole::kAuditor}});
  SetPeople(people);
  RunSuite();
  AwaitItems(2);
  const std::string item = Ask(reviews_->ListItems(As("lea"), {}, {}))->items[0].id;
  const TakenFile tasks =
      Takes("lea", {.format = "label_studio", .selection = {.queues = {"q"}}, .for_labelling = true});
  const std::string zoe = Labelled(tasks.bytes, item, "zoe", 4);
  const auto begun = Ask(reviews_->ImportReviews(
      As("lea"), {.arguments = {.format = "label_studio", .queue = "q"}, .bytes = zoe, .is_last = false}));
  ASSERT_TRUE(begun) << begun.error().message;
  ASSERT_EQ(begun->judgements_new, 1);
  const auto imports = Log("lea")[0].imports;
  ASSERT_THAT(imports, SizeIs(1));
  EXPECT_EQ(imports[0].sha256, "");
  EXPECT_EQ(imports[0].judgements, 1);
}

TEST_P(DatasetLog, ANoteNamesTheFileThatRowsCameFromAndTheExportThatItIs) {
  JudgedItems();
  const TakenFile file = Takes("lea", {.format = "native"});
  const std::string digest = Log("lea")[0].digest;
  const DatasetSource source{.file = "corrections.jsonl", .sha256 = file.ended->manifest.sha256, .rows = 2};
  DatasetNoteArguments note{.suite = "s", .digest = digest, .reason = "promoted", .source = source};
  ASSERT_TRUE(Notes("lea", note, "k"));
  const auto notes = Log("lea")[0].notes;
  ASSERT_THAT(notes, SizeIs(1));
  EXPECT_EQ(notes[0].source.file, "corrections.jsonl");
  EXPECT_EQ(notes[0].source.rows, 2);
  EXPECT_EQ(notes[0].source.export_id, file.ended->manifest.id);
  note.source.rows = 3;
  EXPECT_EQ(Refused(Notes("lea", note, "k")),
            "already_exists: key: the note of this key says something else; notes are never changed");
  note.source.sha256 = "ABC";
  EXPECT_EQ(Refused(Notes("lea", note)),
            "invalid_argument: source.sha256: is the SHA-256 of the file, in 64 hex digits");
  note.source = {.file = "x", .sha256 = std::string(64, 'a')};
  EXPECT_EQ(Refused(Notes("lea", note)), "invalid_argument: source.rows: how many rows came from it, 1 or more");
  note.source = {.sha256 = std::string(64, 'a'), .rows = 1};
  EXPECT_EQ(Refused(Notes("lea", note)), "invalid_argument: source.file: has 1 to 256 bytes");
}

INSTANTIATE_TEST_SUITE_P(Engines, DatasetLog, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
