#include "daemon/dataset_snapshots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/builtin_kinds.h"
#include "daemon/cases_digest.h"
#include "gates/observations.h"
#include "tests/testing/program.h"

namespace assay {
namespace {

class DatasetSnapshots : public ::testing::Test {
 protected:
  void SetUp() override {
    auto store = OpenStore("sqlite:" + (files_.path() / "assay.db").string());
    ASSERT_TRUE(store) << store.error().message;
    store_ = *std::move(store);
  }

  CatalogDocument Load(const std::string& dataset, const std::string& slices = "[risk]", const std::string& more = "") {
    files_.Write("cases.jsonl", dataset);
    const auto file =
        files_.Write("suite.yaml",
                     "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: hi}]\n"
                     "slices: " +
                         slices + "\n" + more + "graders: [{name: a, type: equals, value: x}]\n");
    Diagnostics diagnostics;
    Catalog catalog = LoadCatalog({file.string()}, BuiltinKinds(), {}, diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << diagnostics.Render();
    return std::move(catalog.documents.at(0));
  }

  Result<SnapshotRecord> Ensure(const CatalogDocument& suite) {
    return EnsureSnapshot(*store_, "default", suite, Time(), "test", [] { return false; });
  }

  testing::TemporaryFolder files_;
  std::unique_ptr<Store> store_;
};

constexpr char kTwoCases[] = "{\"id\":\"a\",\"risk\":\"high\"}\n{\"id\":\"b\",\"risk\":3}\n";

TEST_F(DatasetSnapshots, HoldTheCasesInTheirOrderWithTheirSlices) {
  const auto snapshot = Ensure(Load(kTwoCases));
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  EXPECT_EQ(snapshot->cases, 2);
  const auto cases = store_->ReadCases(snapshot->key, std::vector<std::int64_t>{0, 1});
  ASSERT_TRUE(cases);
  EXPECT_EQ(cases->at(1).id, "b");
  const std::string slices[] = {"risk"};
  EXPECT_THAT(store_->ReadSliceColumns(snapshot->key, slices)->at(0).values, ::testing::ElementsAre("high", "3"));
}

TEST_F(DatasetSnapshots, KeepWhereCasesComeFromWithoutBeingAskedForASlice) {
  const auto loaded = [&](const std::string& slices) {
    files_.Write("cases.jsonl",
                 "{\"id\":\"a\",\"risk\":\"high\"}\n{\"id\":\"b\",\"risk\":\"low\",\"origin\":\"sme\"}\n");
    const auto file = files_.Write("suite.yaml",
                                   "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id, provenance: synthetic, "
                                   "provenance_field: origin}]\nprompt: [{user: hi}]\nslices: " +
                                       slices + "\ngraders: [{name: a, type: equals, value: x}]\n");
    Diagnostics diagnostics;
    Catalog catalog = LoadCatalog({file.string()}, BuiltinKinds(), {}, diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << diagnostics.Render();
    return std::move(catalog.documents.at(0));
  };
  const std::string slices[] = {"provenance"};
  for (const std::string of : {"[risk]", "[risk, provenance]"}) {
    const auto snapshot = Ensure(loaded(of));
    ASSERT_TRUE(snapshot) << snapshot.error().message;
    EXPECT_THAT(store_->ReadSliceColumns(snapshot->key, slices)->at(0).values,
                ::testing::ElementsAre("synthetic", "sme"));
    EXPECT_EQ(store_->FindCase(snapshot->key, "a")->value().fields.Find("provenance")->as_string(), "synthetic");
  }
  EXPECT_NE(DatasetDigest(loaded("[risk]")), DatasetDigest(Load("{\"id\":\"a\"}\n")))
      << "what the entry says is a part of the dataset";
}

TEST_F(DatasetSnapshots, AreMadeOncePerContent) {
  const auto first = Ensure(Load(kTwoCases));
  const auto again = Ensure(Load(kTwoCases));
  const auto other = Ensure(Load("{\"id\":\"a\",\"risk\":\"low\"}\n"));
  ASSERT_TRUE(first && again && other);
  EXPECT_EQ(first->key, again->key);
  EXPECT_NE(first->key, other->key);
}

TEST_F(DatasetSnapshots, OtherSlicesAreAnotherSnapshot) {
  EXPECT_NE(DatasetDigest(Load(kTwoCases)), DatasetDigest(Load(kTwoCases, "[]")));
}

// What is asked is the same whatever is written around it: who lays a dataset out anew has no first attempt again.
TEST_F(DatasetSnapshots, OfTheSameCasesHaveOneDigestOfThem) {
  const auto digest = [&](const std::string& dataset, const std::string& slices = "[risk]",
                          const std::string& more = "") {
    const auto snapshot = Ensure(Load(dataset, slices, more));
    EXPECT_TRUE(snapshot) << snapshot.error().message;
    return snapshot ? snapshot->cases_digest : "";
  };
  const std::string a = R"({"id":"a","risk":"high","question":"x"})";
  const std::string b = R"({"id":"b","risk":"low","question":"y"})";
  const std::string both = digest(a + "\n" + b + "\n");
  EXPECT_THAT(both, ::testing::MatchesRegex("sha256-sum:[0-9a-f]+"));
  EXPECT_EQ(digest(a + "\n" + b + "\n", "[risk, question]"), both) << "a slice was added";
  EXPECT_EQ(digest(a + "\n" + b + "\n", "[]"), both) << "no slices";
  EXPECT_EQ(digest(a + "\n" + b + "\n", "[risk]", "cluster: question\n"), both) << "clusters";
  EXPECT_EQ(digest(a + "\n" + b + "\n\n"), both) << "a blank line";
  EXPECT_EQ(digest(b + "\n" + a + "\n"), both) << "another order";
  EXPECT_EQ(digest(R"({"question": "x", "id": "a", "risk": "high"})"
                   "\n" +
                   b + "\n"),
            both)
      << "spaces, and another order of fields";
  EXPECT_EQ(digest(R"({"id":"first","risk":"high","question":"x"})"
                   "\n" +
                   b + "\n"),
            both)
      << "another name";
  EXPECT_NE(digest(a + "\n"), both);
  EXPECT_NE(digest(a + "\n" + R"({"id":"b","risk":"low","question":"z"})" + "\n"), both);
  EXPECT_NE(digest(a + "\n" + b + "\n" + R"({"id":"c","risk":"low","question":"y"})" + "\n"), both) << "asked twice";
  EXPECT_NE(digest("{\"id\":\"a\"}\n"), digest("{\"id\":\"b\"}\n"))
      << "of cases that are nothing but a name it is that";
}

TEST(CasesDigests, AreSumsModuloTwoToThe256) {
  CasesDigest digest;
  EXPECT_EQ(digest.Text(), "sha256-sum:" + std::string(64, '0'));
  digest.Add(std::string(64, 'f'));
  EXPECT_EQ(digest.Text(), "sha256-sum:" + std::string(64, 'f'));
  digest.Add(std::string(63, '0') + "1");
  EXPECT_EQ(digest.Text(), "sha256-sum:" + std::string(64, '0'));
  digest.Add("0000000000000001" + std::string(48, 'f'));
  digest.Add(std::string(63, '0') + "2");
  EXPECT_EQ(digest.Text(), "sha256-sum:0000000000000002" + std::string(47, '0') + "1");
}

// The version of the suite says what its dataset is; what was edited since is another version.
TEST_F(DatasetSnapshots, RefuseAFileThatHasChangedSinceTheCatalogWasLoaded) {
  const CatalogDocument suite = Load(kTwoCases);
  files_.Write("cases.jsonl", "{\"id\":\"a\",\"risk\":\"low\"}\n");
  const auto snapshot = Ensure(suite);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(snapshot.error().message, ::testing::HasSubstr("has changed since the catalog was loaded"));
  EXPECT_EQ(store_->FindSnapshot("default", DatasetDigest(suite)).error().code, ErrorCode::kNotFound);
}

TEST_F(DatasetSnapshots, SayWhichLineIsWrongAndThatItIsNotTheCallersFault) {
  const std::pair<const char*, const char*> rows[] = {{"{\"id\":\"a\"}\n{\"id\":\n", "cases.jsonl:2"},
                                                      {"{\"id\":\"a\"}\n{\"id\":\"a\"}\n", "cases.jsonl:2"},
                                                      {"\n", "has no case"}};
  for (const auto& [dataset, place] : rows) {
    const auto snapshot = Ensure(Load(dataset));
    ASSERT_FALSE(snapshot) << dataset;
    EXPECT_EQ(snapshot.error().code, ErrorCode::kFailedPrecondition);
    EXPECT_THAT(snapshot.error().message, ::testing::HasSubstr(place));
  }
}

// Beyond what the reader remembers the store finds them, which knows no lines.
TEST_F(DatasetSnapshots, NameBothLinesOfARepeatedIdHoweverFarApart) {
  std::string rows;
  for (int i = 0; i < 140'000; ++i) rows += "{\"id\":" + std::to_string(i) + "}\n";
  const auto snapshot = Ensure(Load(rows + "{\"id\":136500}\n", "[]"));
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().message, "cases.jsonl:140001: case id \"136500\" is used already at cases.jsonl:136501");
  EXPECT_TRUE(store_->ListUnfinishedSnapshots()->empty());
}

// A verdict could not be computed on them, which is too late to say when all requests have been paid for.
TEST_F(DatasetSnapshots, RefuseASliceWithTooManyValues) {
  const auto rows = [](int values) {
    std::string text;
    for (int i = 0; i < values; ++i) {
      const std::string number = std::to_string(i);
      text += "{\"id\":\"c" + number + "\",\"risk\":\"" + number + "\"}\n";
    }
    return text;
  };
  // "(none)" is a value as well.
  EXPECT_TRUE(Ensure(Load(rows(SliceColumn::kMaxValues - 1))));
  const CatalogDocument suite = Load(rows(SliceColumn::kMaxValues));
  const auto snapshot = Ensure(suite);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(snapshot.error().message,
            "cases.jsonl:10000: slice \"risk\" has more than 10000 values; slice by a field with few");
  EXPECT_EQ(store_->FindSnapshot("default", DatasetDigest(suite)).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(Ensure(Load(rows(SliceColumn::kMaxValues), "[]")));
}

std::vector<std::int32_t> ClusterCodes(Store& store, SnapshotKey snapshot, const std::string& field) {
  const std::string fields[] = {field};
  return store.ReadSliceColumns(snapshot, fields)->at(0).codes;
}

// There may be as many clusters as cases, and the field may be a slice too.
TEST_F(DatasetSnapshots, HoldTheClusterOfEachCase) {
  std::string rows;
  for (std::size_t i = 0; i <= SliceColumn::kMaxValues; ++i) {
    rows += "{\"id\":\"c" + std::to_string(i) + "\",\"risk\":\"low\",\"talk\":" + std::to_string(i / 2 * 2) + "}\n";
  }
  const auto many = Ensure(Load(rows, "[risk]", "cluster: talk\n"));
  ASSERT_TRUE(many) << many.error().message;
  const std::vector<std::int32_t> codes = ClusterCodes(*store_, many->key, "talk");
  EXPECT_EQ(codes.at(6), codes.at(7));
  EXPECT_NE(codes.at(7), codes.at(8));
  const auto slice = Ensure(Load(kTwoCases, "[risk]", "cluster: risk\n"));
  ASSERT_TRUE(slice) << slice.error().message;
  EXPECT_THAT(ClusterCodes(*store_, slice->key, "risk"), ::testing::ElementsAre(0, 1));
}

TEST_F(DatasetSnapshots, OtherClustersAreAnotherSnapshot) {
  EXPECT_NE(DatasetDigest(Load(kTwoCases)), DatasetDigest(Load(kTwoCases, "[risk]", "cluster: risk\n")));
}

// It could be of any cluster.
TEST_F(DatasetSnapshots, RefuseACaseWithoutACluster) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "the row has no field \"talk\", which says which cluster the case is of"},
      {",\"talk\":null", "the row has no field \"talk\""},
      {",\"talk\":\"\"", "field \"talk\" says which cluster the case is of and is empty"},
      {",\"talk\":[1]", "must be a text or a whole number, not [1]"},
      {",\"talk\":1.5", "must be a text or a whole number, not 1.5"}};
  for (const auto& [member, message] : rows) {
    const auto snapshot =
        Ensure(Load("{\"id\":\"a\",\"risk\":1,\"talk\":1}\n{\"id\":\"b\",\"risk\":1" + std::string(member) + "}\n",
                    "[risk]", "cluster: talk\n"));
    ASSERT_FALSE(snapshot) << member;
    EXPECT_EQ(snapshot.error().code, ErrorCode::kFailedPrecondition);
    EXPECT_THAT(snapshot.error().message, ::testing::HasSubstr("cases.jsonl:2: "));
    EXPECT_THAT(snapshot.error().message, ::testing::HasSubstr(message));
  }
}

}  // namespace
}  // namespace assay
