#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

std::vector<CaseRow> Rows(std::initializer_list<const char*> ids, std::int64_t first = 0) {
  std::vector<CaseRow> rows;
  for (const char* id : ids) rows.push_back({first++, id, "{}", {}});
  return rows;
}

TEST_P(StoreTest, SnapshotIsVisibleOnceFinished) {
  const auto key = store().BeginSnapshot("default", "sha256:d", At(3), "anna");
  ASSERT_OK(key);
  ASSERT_OK(store().AppendCases(*key, Rows({"a", "b"})));
  EXPECT_EQ(MessageOf(store().FindSnapshot("default", "sha256:d")),
            "not_found: dataset snapshot sha256:d is not stored");
  ASSERT_OK(store().AppendCases(*key, Rows({"c"}, 2)));
  ASSERT_OK(store().FinishSnapshot(*key));
  const auto found = store().FindSnapshot("default", "sha256:d");
  ASSERT_OK(found);
  EXPECT_EQ(found->cases, 3);
  EXPECT_EQ(found->created, At(3));
  EXPECT_EQ(found->principal, "anna");
  EXPECT_EQ(store().BeginSnapshot("default", "sha256:d", At(4), "anna").error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(store().AppendCases(*key, Rows({"d"}, 3)).error().code, ErrorCode::kAborted);
  EXPECT_EQ(store().DiscardSnapshot(*key).error().code, ErrorCode::kFailedPrecondition);
}

TEST_P(StoreTest, UnfinishedSnapshotIsDiscardedByTheNextBegin) {
  const auto dead = store().BeginSnapshot("default", "sha256:d", At(0), "anna");
  ASSERT_OK(store().AppendCases(*dead, Rows({"a", "b"})));
  const auto key = store().BeginSnapshot("default", "sha256:d", At(0), "anna");
  ASSERT_OK(key);
  EXPECT_EQ(store().AppendCases(*dead, Rows({"c"}, 2)).error().code, ErrorCode::kAborted);
  ASSERT_OK(store().AppendCases(*key, Rows({"b"})));
  ASSERT_OK(store().FinishSnapshot(*key));
  EXPECT_EQ(ReadOne("SELECT CAST(COUNT(*) AS TEXT) FROM dataset_case"), "1");
}

TEST_P(StoreTest, LeftoversOfAllDigestsAreDiscarded) {
  MakeSnapshot(3, "sha256:kept");
  ASSERT_OK(store().AppendCases(*store().BeginSnapshot("default", "sha256:x", At(0), "anna"), Rows({"a"})));
  ASSERT_OK(store().BeginSnapshot("default", "sha256:y", At(0), "anna"));
  const auto left = store().ListUnfinishedSnapshots();
  ASSERT_OK(left);
  EXPECT_EQ(left->size(), 2u);
  for (const SnapshotKey key : *left) ASSERT_OK(store().DiscardSnapshot(key));
  EXPECT_TRUE(store().ListUnfinishedSnapshots()->empty());
  EXPECT_EQ(ReadOne("SELECT CAST(COUNT(*) AS TEXT) FROM dataset_case"), "3");
}

// Others write between its steps; one that was given up is taken up again, and takes no more rows.
TEST_P(StoreTest, ALargeSnapshotIsDiscardedInSteps) {
  const auto key = store().BeginSnapshot("default", "sha256:x", At(0), "anna");
  std::vector<CaseRow> rows;
  for (std::int64_t i = 0; i < 12'000; ++i) rows.push_back({i, "c" + std::to_string(i), "{}", {{"s", "v"}}});
  ASSERT_OK(store().AppendCases(*key, rows));
  int asked = 0;
  EXPECT_EQ(store().DiscardSnapshot(*key, [&] { return ++asked > 2; }).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(ReadOne("SELECT CAST(COUNT(*) AS TEXT) FROM case_slice"), "2000");
  EXPECT_EQ(store().AppendCases(*key, Rows({"d"}, 12'000)).error().code, ErrorCode::kAborted);
  EXPECT_EQ(store().FinishSnapshot(*key).error().code, ErrorCode::kAborted);
  asked = 0;
  ASSERT_OK(store().DiscardSnapshot(*key, [&] { return ++asked > 100; }));
  EXPECT_EQ(asked, 5);
  EXPECT_EQ(ReadOne("SELECT CAST(COUNT(*) AS TEXT) FROM dataset_case"), "0");
  EXPECT_EQ(ReadOne("SELECT CAST(COUNT(*) AS TEXT) FROM case_slice"), "0");
  EXPECT_EQ(ReadOne("SELECT CAST(COUNT(*) AS TEXT) FROM snapshot"), "0");
}

TEST_P(StoreTest, RepeatedCaseIdNamesBothCases) {
  const auto key = store().BeginSnapshot("default", "sha256:d", At(0), "anna");
  const std::string twice =
      "invalid_argument: case id \"b\" is given twice, by cases 1 and 3 (from 0); ids must be "
      "unique in a suite";
  EXPECT_EQ(MessageOf(store().AppendCases(*key, Rows({"a", "b", "c", "b"}))), twice);
  ASSERT_OK(store().AppendCases(*key, Rows({"a", "b", "c"})));
  EXPECT_EQ(MessageOf(store().AppendCases(*key, Rows({"b", "d"}, 3))), twice);
  ASSERT_OK(store().AppendCases(*key, Rows({"d"}, 3)));
  EXPECT_EQ(store().FinishSnapshot(*key)->cases, 4);
}

TEST_P(StoreTest, CasesWithGapsAreRefused) {
  const auto key = store().BeginSnapshot("default", "sha256:d", At(0), "anna");
  EXPECT_EQ(MessageOf(store().AppendCases(*key, Rows({"a"}, 1))),
            "invalid_argument: case 1 is out of order; the next is 0");
}

TEST_P(StoreTest, CasesAreReadInTheOrderAskedFor) {
  const SnapshotKey key = MakeSnapshot(20);
  const std::vector<std::int64_t> ordinals = {17, 3, 0};
  const auto cases = store().ReadCases(key, ordinals);
  ASSERT_OK(cases);
  ASSERT_EQ(cases->size(), 3u);
  EXPECT_EQ((*cases)[0].ordinal, 17);
  EXPECT_EQ((*cases)[0].id, "case-17");
  EXPECT_EQ((*cases)[0].fields.Dump(), R"({"n":17})");
  EXPECT_EQ((*cases)[2].id, "case-0");
  const std::vector<std::int64_t> beyond = {1, 20};
  EXPECT_EQ(MessageOf(store().ReadCases(key, beyond)), "not_found: case 20 is not in the dataset snapshot");
  EXPECT_TRUE(store().ReadCases(key, {})->empty());
  const std::vector<std::int64_t> repeated = {3, 4, 3};
  const auto same = store().ReadCases(key, repeated);
  ASSERT_OK(same);
  EXPECT_EQ((*same)[2].id, "case-3");
  EXPECT_EQ(store().ReadCases(key, std::vector<std::int64_t>(10'001)).error().code, ErrorCode::kInvalidArgument);
}

TEST_P(StoreTest, SliceColumnsAreCodedAndKnowAbsence) {
  const SnapshotKey key = MakeSnapshot(25);
  const std::vector<std::string> names = {"tens", "parity", "unknown"};
  const auto columns = store().ReadSliceColumns(key, names);
  ASSERT_OK(columns);
  ASSERT_EQ(columns->size(), 3u);
  const StoredSlice& tens = (*columns)[0];
  EXPECT_EQ(tens.values, (std::vector<std::string>{"0", "1", "2"}));
  ASSERT_EQ(tens.codes.size(), 25u);
  EXPECT_EQ(tens.codes[10], 1);
  EXPECT_EQ(tens.codes[11], StoredSlice::kAbsent);
  EXPECT_EQ((*columns)[1].codes[3], 1);
  EXPECT_EQ((*columns)[2].values.size(), 0u);
  EXPECT_EQ((*columns)[2].codes, std::vector<std::int32_t>(25, StoredSlice::kAbsent));
}

TEST_P(StoreTest, CaseThatIsNotJsonIsRefused) {
  const auto key = store().BeginSnapshot("default", "sha256:d", At(0), "anna");
  std::vector<CaseRow> rows = Rows({"a"});
  rows[0].json = "{\"x\":NaN}";
  const Status refused = store().AppendCases(*key, rows);
  EXPECT_EQ(MessageOf(refused).substr(0, 39), "invalid_argument: case \"a\" is not JSON:");
}

}  // namespace
}  // namespace assay::testing
