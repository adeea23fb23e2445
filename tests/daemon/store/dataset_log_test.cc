// The datasets that a suite has had, and what differs between two of them.

#include <gmock/gmock.h>

#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

using ::testing::ElementsAre;

using IdsAndFields = std::vector<std::pair<std::string, std::string>>;

SnapshotKey Stored(Store& store, const std::string& digest, const IdsAndFields& cases) {
  const auto key = store.BeginSnapshot("default", digest, At(0), "anna");
  EXPECT_TRUE(key) << key.error().message;
  std::vector<CaseRow> rows;
  for (const auto& [id, fields] : cases) rows.push_back({std::ssize(rows), id, fields, {}});
  EXPECT_TRUE(store.AppendCases(*key, rows));
  EXPECT_TRUE(store.FinishSnapshot(*key));
  return *key;
}

TEST_P(StoreTest, CasesOfTwoSnapshotsAreComparedByIdAndFields) {
  const std::string q = R"({"q":"1"})";
  struct Row {
    std::string what;
    IdsAndFields before;
    IdsAndFields after;
    CaseDifference expected;
  };
  const Row rows[] = {
      {"nothing", {{"a", q}, {"b", q}}, {{"a", q}, {"b", q}}, {}},
      {"another order", {{"a", q}, {"b", q}}, {{"b", q}, {"a", q}}, {}},
      {"one more", {{"a", q}}, {{"a", q}, {"b", q}}, {.added = 1, .added_ids = {"b"}}},
      {"one less", {{"a", q}, {"b", q}}, {{"b", q}}, {.removed = 1, .removed_ids = {"a"}}},
      {"other fields", {{"a", q}, {"b", q}}, {{"a", q}, {"b", R"({"q":"2"})"}}, {.changed = 1, .changed_ids = {"b"}}},
      {"another id", {{"a", q}}, {{"A", q}}, {.added = 1, .removed = 1, .added_ids = {"A"}, .removed_ids = {"a"}}},
      {"all, and no more ids than asked for",
       {{"z", q}, {"y", q}, {"x", q}, {"k", q}},
       {{"c", q}, {"b", q}, {"a", q}, {"k", "{}"}},
       {.added = 3,
        .removed = 3,
        .changed = 1,
        .added_ids = {"c", "b"},
        .removed_ids = {"z", "y"},
        .changed_ids = {"k"}}}};
  int made = 0;
  for (const Row& row : rows) {
    const SnapshotKey before = Stored(store(), "sha256:" + std::to_string(++made), row.before);
    const SnapshotKey after = Stored(store(), "sha256:" + std::to_string(++made), row.after);
    const auto found = store().CompareCases(before, after, 2);
    ASSERT_OK(found);
    EXPECT_EQ(*found, row.expected) << row.what;
  }
}

TEST_P(StoreTest, CasesThatAreNotThereAreNotCompared) {
  const SnapshotKey there = MakeSnapshot(3);
  const auto unfinished = store().BeginSnapshot("default", "sha256:x", At(0), "anna");
  ASSERT_OK(unfinished);
  EXPECT_EQ(MessageOf(store().CompareCases(*unfinished, there, 10)),
            "not_found: the cases of dataset snapshot " + std::to_string(static_cast<std::int64_t>(*unfinished)) +
                " are not there");
  EXPECT_EQ(store().CompareCases(there, SnapshotKey{99}, 10).error().code, ErrorCode::kNotFound);
}

TEST_P(StoreTest, VersionsOfADatasetAreThoseOfRunsOfTheSuite) {
  const auto digests = [this](const std::string& suite, int limit = 10) {
    std::vector<std::string> found;
    const auto versions = store().ListDatasetVersions("default", suite, limit);
    EXPECT_TRUE(versions) << versions.error().message;
    for (const DatasetVersionRecord& each : *versions) found.push_back(each.digest);
    return found;
  };
  MakeSnapshot(3, "sha256:unused");
  const auto run = [this](const std::string& id, const std::string& suite, const std::string& version,
                          SnapshotKey snapshot, std::int64_t cases) {
    RunRecord record = MakeRun(id, cases);
    record.snapshot = snapshot;
    record.suite = suite;
    record.suite_version = version;
    const auto made = store().CreateRun(record);
    EXPECT_TRUE(made) << made.error().message;
    return *made;
  };
  const SnapshotKey one = MakeSnapshot(3, "sha256:one");
  const SnapshotKey two = MakeSnapshot(4, "sha256:two");
  const RunRecord first = run("r1", "s", "sha256:v1", one, 3);
  run("r2", "s", "sha256:v2", two, 4);
  run("r3", "s", "sha256:v3", one, 3);  // as it was at first
  run("r4", "t", "sha256:w", two, 4);
  EXPECT_THAT(digests("s"), ElementsAre("sha256:two", "sha256:one"));
  EXPECT_THAT(digests("s", 1), ElementsAre("sha256:two"));
  EXPECT_THAT(digests("t"), ElementsAre("sha256:two"));
  EXPECT_THAT(digests("u"), ElementsAre());
  const DatasetVersionRecord oldest = store().ListDatasetVersions("default", "s", 10)->back();
  EXPECT_EQ(oldest.first_run, first.key);
  EXPECT_EQ(oldest.runs, 2);
  EXPECT_THAT(oldest.suite_versions, ElementsAre("sha256:v1", "sha256:v3"));
  EXPECT_TRUE(oldest.has_cases);
  EXPECT_FALSE(store().ListDatasetVersions("default", "s", 0));
}

}  // namespace
}  // namespace assay::testing
