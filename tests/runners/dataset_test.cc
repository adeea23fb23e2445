#include "runners/dataset.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DatasetTest : public ::testing::Test {
 protected:
  DatasetTest() : folder_(std::filesystem::path(::testing::TempDir()) / ("dataset_test_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~DatasetTest() override { std::filesystem::remove_all(folder_); }

  // An entry for a file with this content.
  DatasetSpec File(const std::string& name, std::string_view content, std::optional<std::string> id = std::nullopt) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    DatasetSpec entry;
    entry.file = name;
    entry.id = std::move(id);
    return entry;
  }

  // "PLACE ID FIELDS" of every row; the last is "error: MESSAGE" when reading ends with one.
  std::vector<std::string> Read(std::vector<DatasetSpec> entries, const DatasetLimits& limits = {}) {
    SuiteSpec suite;
    suite.dataset = std::move(entries);
    auto reader = OpenDataset(suite, folder_, limits);
    if (!reader) return {"open: " + reader.error().message};
    std::vector<std::string> rows;
    while (true) {
      auto row = (*reader)->Next();
      if (!row) {
        rows.push_back("error: " + row.error().message);
        const auto after = (*reader)->Next();
        EXPECT_TRUE(after.has_value() && !after->has_value()) << "a failed reader is at its end";
        return rows;
      }
      if (!*row) return rows;
      EXPECT_EQ((*row)->ordinal, static_cast<std::int64_t>(rows.size()));
      rows.push_back((*row)->Place() + " " + (*row)->case_id + " " + (*row)->fields.Dump());
    }
  }

  std::filesystem::path folder_;
};

// By the entry, by a field of the row, or both; the name of the case is that of the row as it is written.
TEST_F(DatasetTest, SaysWhereCasesComeFrom) {
  const auto from = [&](std::string_view rows, std::optional<Provenance> word, std::optional<std::string> field) {
    DatasetSpec entry = File("p.jsonl", rows, "id");
    entry.provenance = word;
    entry.provenance_field = std::move(field);
    return Read({entry});
  };
  struct Row {
    std::string_view rows;
    std::optional<Provenance> word;
    std::optional<std::string> field;
    std::string expected;  // the last
  };
  const std::vector<Row> rows = {
      {R"({"id":"a"})", {}, {}, R"(p.jsonl:1 a {"id":"a"})"},
      {R"({"id":"a","provenance":"from my aunt"})", {}, {}, R"(p.jsonl:1 a {"id":"a","provenance":"from my aunt"})"},
      {R"({"id":"a"})", Provenance::kSynthetic, {}, R"(p.jsonl:1 a {"id":"a","provenance":"synthetic"})"},
      {R"({"id":"a","provenance":"sme"})", Provenance::kSynthetic, {}, R"(p.jsonl:1 a {"id":"a","provenance":"sme"})"},
      {R"({"id":"a","origin":"sme"})", {}, "origin", R"(p.jsonl:1 a {"id":"a","origin":"sme","provenance":"sme"})"},
      {R"({"id":"a","origin":null})", Provenance::kCorpus, "origin",
       R"(p.jsonl:1 a {"id":"a","origin":null,"provenance":"corpus"})"},
      {R"({"id":"a","origin":"production"})", Provenance::kCorpus, "origin",
       R"(p.jsonl:1 a {"id":"a","origin":"production","provenance":"production"})"},
      {"{\"id\":\"a\",\"origin\":\"sme\"}\n{\"id\":\"b\"}",
       {},
       "origin",
       "error: p.jsonl:2: the row has no field \"origin\", which says where the case comes from"},
      {R"({"id":"a","origin":"aunt"})", Provenance::kCorpus, "origin",
       "error: p.jsonl:1: field \"origin\" says where the case comes from and must be production, synthetic, sme or "
       "corpus, not \"aunt\""},
      {R"({"id":"a","origin":"sme","provenance":"corpus"})",
       {},
       "origin",
       "error: p.jsonl:1: field \"origin\" says sme, and field \"provenance\" says \"corpus\""},
  };
  for (std::size_t i = 0; i < rows.size(); ++i)
    EXPECT_EQ(from(rows[i].rows, rows[i].word, rows[i].field).back(), rows[i].expected) << i;
}

TEST_F(DatasetTest, WhereACaseComesFromIsNoPartOfItsNameOrOfWhatItAsks) {
  const auto first = [&](std::optional<Provenance> word, std::optional<std::string> id) {
    SuiteSpec suite;
    suite.dataset = {File("p.jsonl", "{\"n\":1,\"q\":\"x\"}\n", std::move(id))};
    suite.dataset[0].provenance = word;
    const auto reader = OpenDataset(suite, folder_);
    const DatasetRow row = **(*reader)->Next();
    return row.case_id + " " + HashOfContent(row, suite);
  };
  EXPECT_EQ(first(Provenance::kSynthetic, {}), first({}, {}));
  EXPECT_EQ(first(Provenance::kSynthetic, "n"), first({}, "n"));
}

// An escape is two bytes: the bound is between them or not.
TEST_F(DatasetTest, ARowOfJsonThatNeverEndsIsCutOffWhereverItsEscapesFall) {
  for (const std::string begin : {"[{\"ab\":\"", "[{\"abc\":\""}) {
    std::string text = begin;
    for (int i = 0; i < 5000; ++i) text += "\\\\";
    EXPECT_EQ(Read({File("a.json", text)}, {.max_row_bytes = 1000, .max_rows = 5}).back(),
              "error: a.json:1: the row is longer than 1000 bytes");
  }
}

TEST_F(DatasetTest, JsonlGivesOneCaseALine) {
  const auto rows = Read({File("a.jsonl",
                               "\xEF\xBB\xBF{\"id\": \"x\", \"n\": 1}\r\n"
                               "\n"
                               "   \n"
                               "{\"id\": 7, \"n\": 2}",
                               "id")});
  EXPECT_THAT(rows, ElementsAre(R"(a.jsonl:1 x {"id":"x","n":1})", R"(a.jsonl:4 7 {"id":7,"n":2})"));
}

TEST_F(DatasetTest, WithoutAnIdTheHashOfTheRowNamesTheCase) {
  // printf '{"a":1,"b":2}' | sha256sum
  const auto rows = Read({File("a.jsonl", R"({"b": 2, "a": 1.0})")});
  EXPECT_THAT(rows, ElementsAre(R"(a.jsonl:1 43258cff783fe703 {"b":2,"a":1})"));
}

TEST_F(DatasetTest, MalformedRowsAreErrorsWithTheirPlace) {
  struct {
    std::string name;
    std::string content;
    const char* message;
  } const cases[] = {
      {"a.jsonl", "{\"a\":1}\n{\"a\":\n", "error: a.jsonl:2: "},
      {"a.jsonl", "\n[1]\n", "error: a.jsonl:2: a row must be a JSON object ({\"field\": value})"},
      {"a.jsonl", "{\"a\":\"\xFF\"}\n", "error: a.jsonl:1: "},
      {"a.jsonl", "{\"a\":1} {\"a\":2}\n", "error: a.jsonl:1: "},
      {"a.csv", "a,b\n1,2\n1\n", "error: a.csv:3: the row has 1 values, the header 2 names"},
      {"a.csv", "a,b\n1,2,3\n", "error: a.csv:2: the row has 3 values, the header 2 names"},
      {"a.csv", "a,a\n1,2\n", "error: a.csv:1: the header names \"a\" twice"},
      {"a.csv", "a,\n1,2\n", "error: a.csv:1: the header has a column without a name"},
      {"a.csv", "a\n\"x\n\n", "error: a.csv:2: a quote is opened but not closed"},
      {"a.csv", "a\n\"x\"y\n", "error: a.csv:2: text follows a closing quote"},
      {"a.csv", "a\nx\"y\n", "error: a.csv:2: a quote inside of a value"},
      {"a.csv", "a\n\xFF\n", "error: a.csv:2: value 1 is not UTF-8"},
  };
  for (const auto& c : cases) EXPECT_THAT(Read({File(c.name, c.content)}).back(), HasSubstr(c.message)) << c.content;
}

TEST_F(DatasetTest, CsvFollowsRfc4180) {
  const auto rows = Read({File("a.csv",
                               "\xEF\xBB\xBFid,\"a b\",c\r\n"
                               "1,\"x, \"\"y\"\"\",\r\n"
                               "\r\n"
                               "2,\"two\r\nlines\",\"\"\r\n"
                               "3,z,w",
                               "id")});
  EXPECT_THAT(rows, ElementsAre(R"(a.csv:2 1 {"id":"1","a b":"x, \"y\"","c":""})",
                                R"(a.csv:4 2 {"id":"2","a b":"two\r\nlines","c":""})",
                                R"(a.csv:6 3 {"id":"3","a b":"z","c":"w"})"));
}

TEST_F(DatasetTest, CaseIdsMustBeTextsOrWholeNumbers) {
  for (const auto& [row, message] : std::vector<std::pair<std::string, std::string>>{
           {R"({"a": 1})", "a.jsonl:1: the row has no field \"id\" to name the case"},
           {R"({"id": 1.5})", "a.jsonl:1: field \"id\" names the case and must be a text or a whole number, not 1.5"},
           {R"({"id": null})", "a.jsonl:1: field \"id\" names the case and must be a text or a whole number, not null"},
           {R"({"id": ""})", "a.jsonl:1: field \"id\" names the case and is empty"},
           {R"({"id": "a\nb"})", "a.jsonl:1: case id \"a\\nb\" has a control character"},
           {R"({"id": ")" + std::string(257, 'x') + "\"}", "is longer than 256 bytes"}}) {
    EXPECT_THAT(Read({File("a.jsonl", row, "id")}).back(), HasSubstr(message));
  }
}

TEST_F(DatasetTest, DuplicatesAcrossFilesNameBothPlaces) {
  const auto rows =
      Read({File("a.jsonl", "{\"id\": \"x\"}\n{\"id\": \"1\"}\n", "id"), File("b.csv", "id\n2\n1\n", "id")});
  EXPECT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows.back(), "error: b.csv:3: case id \"1\" is used already at a.jsonl:2");
  EXPECT_EQ(Read({File("a.jsonl", "{\"a\": 1}\n{\"a\": 2}\n{\"a\":1.0}\n")}).back(),
            "error: a.jsonl:3: the same row stands already at a.jsonl:1");
}

TEST_F(DatasetTest, ManyRowsKeepTheirOrderAndAreAllSeen) {
  std::string content;
  for (int i = 0; i < 20'000; ++i) content += "{\"id\": " + std::to_string(i) + "}\n";
  EXPECT_EQ(Read({File("a.jsonl", content, "id")}).size(), 20'000u);
  content += "{\"id\": 19999}\n";
  EXPECT_EQ(Read({File("a.jsonl", content, "id")}).back(),
            "error: a.jsonl:20001: case id \"19999\" is used already at a.jsonl:20000");
}

TEST_F(DatasetTest, LimitsAreErrors) {
  EXPECT_EQ(Read({File("a.jsonl", "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n")}, {.max_row_bytes = 100, .max_rows = 2}).back(),
            "error: a.jsonl:3: more than 2 rows");
  const std::string long_text(200'000, 'x');
  EXPECT_EQ(
      Read({File("a.jsonl", "{\"a\":1}\n{\"a\":\"" + long_text + "\"}\n")}, {.max_row_bytes = 1000, .max_rows = 5})
          .back(),
      "error: a.jsonl:2: the row is longer than 1000 bytes");
  EXPECT_EQ(Read({File("a.csv", "a\n\"" + long_text + "\"\n")}, {.max_row_bytes = 1000, .max_rows = 5}).back(),
            "error: a.csv:2: the row is longer than 1000 bytes");
  EXPECT_EQ(Read({File("a.jsonl", "{\"a\":\"" + long_text + "\"}")}).size(), 1u);
}

TEST_F(DatasetTest, FilesThatCannotBeReadAreNamedAtOnce) {
  DatasetSpec missing;
  missing.file = "no.jsonl";
  EXPECT_THAT(Read({File("a.jsonl", "{}"), missing}), ElementsAre("open: no.jsonl: no such file"));
  EXPECT_THAT(
      Read({File("a.txt", "{}")}),
      ElementsAre("open: a.txt: the format cannot be told from the name; it must end in one of .jsonl, .csv, .json, "
                  ".yaml, and if compressed then in one of .gz, .zst"));
  std::filesystem::create_directory(folder_ / "d.jsonl");
  DatasetSpec folder;
  folder.file = "d.jsonl";
  EXPECT_THAT(Read({folder}), ElementsAre("open: d.jsonl: not a regular file"));
}

TEST_F(DatasetTest, PeekGivesTheFirstRowOfEveryEntry) {
  SuiteSpec suite;
  suite.dataset = {File("a.jsonl", "\n{\"q\": 1}\n{broken"), File("b.csv", "q,r\n1,2\n")};
  const auto rows = PeekDataset(suite, folder_);
  ASSERT_TRUE(rows.has_value()) << rows.error().message;
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[0].Place(), "a.jsonl:2");
  EXPECT_EQ((*rows)[1].fields.Dump(), R"({"q":"1","r":"2"})");
  suite.dataset = {File("b.csv", "q,r\n")};
  EXPECT_EQ(PeekDataset(suite, folder_).error().message, "b.csv: the dataset is empty");
}

// All cases would be without a value, and a rule on each value would be on none.
TEST_F(DatasetTest, RefusesListsAndObjectsThatCasesAreSplitBy) {
  const auto end_of = [&](const std::string& member, const char* slice, const char* condition) {
    SuiteSpec suite;
    suite.dataset = {
        File("a.jsonl", "{\"tags\":\"law\"}\n{\"tags\":null}\n{\"n\":1}\n{\"of\":{\"tags\":true}," + member + "}\n")};
    if (slice != nullptr) suite.slices = {slice};
    GraderSpec& grader = suite.graders.emplace_back();
    grader.name = "answer";
    if (condition != nullptr) grader.when[condition].in = {Json("law")};
    grader.when["other"].exists = true;
    auto reader = OpenDataset(suite, folder_);
    EXPECT_TRUE(reader) << reader.error().message;
    std::string end = "read";
    for (int row = 0; reader && row < 4; ++row) {
      const auto next = (*reader)->Next();
      if (!next) end = next.error().message;
    }
    return end;
  };
  EXPECT_EQ(end_of(R"("tags":["law","hard"])", "tags", nullptr),
            "a.jsonl:4: field \"tags\" is a slice and must be a text, a number, true or false, not "
            "[\"law\",\"hard\"]");
  EXPECT_EQ(end_of(R"("tags":{"name":"law"})", "tags", nullptr),
            "a.jsonl:4: field \"tags\" is a slice and must be a text, a number, true or false, not "
            "{\"name\":\"law\"}");
  EXPECT_EQ(end_of(R"("tags":["law"])", nullptr, "tags"),
            "a.jsonl:4: field \"tags\" says whether grader \"answer\" is asked of the case and must be a text, a "
            "number, true or false, not [\"law\"]");
  EXPECT_EQ(end_of(R"("tags":["law"])", nullptr, "of.tags"), "read");
  EXPECT_EQ(end_of(R"("tags":["law"])", nullptr, nullptr), "read") << "nobody is split by it";
  EXPECT_EQ(end_of(R"("other":["law"])", nullptr, nullptr), "read") << "that it is there is all that is asked";
  EXPECT_EQ(end_of(R"("tags":1.5)", "tags", "tags"), "read");
}

TEST_F(DatasetTest, AnEmptyDatasetHasNoRows) {
  EXPECT_THAT(Read({File("a.jsonl", ""), File("b.csv", ""), File("c.csv", "a,b\n")}), ElementsAre());
}

// testdata/datasets/FORMAT.txt
TEST_F(DatasetTest, FilesAreReadAsWritten) {
  for (const std::string& format : DatasetFormats()) {
    std::ifstream cases(std::string(ASSAY_SOURCE_DIR) + "/tests/runners/testdata/datasets/" + format + ".txt");
    ASSERT_TRUE(cases) << format;
    std::string content;
    std::vector<std::string> expected;
    bool in_rows = false;
    int files = 0;
    const auto check = [&] {
      if (!in_rows) return;
      EXPECT_EQ(Read({File("x." + format, content, "id")}), expected) << format << ":\n" << content;
      ++files;
    };
    for (std::string line; std::getline(cases, line);) {
      if (line == "file:") {
        check();
        content.clear();
        expected.clear();
        in_rows = false;
      } else if (line == "rows:") {
        in_rows = true;
      } else if (in_rows) {
        if (!line.empty()) expected.push_back(line);
      } else if (!line.starts_with("#")) {
        content += line + "\n";
      }
    }
    check();
    EXPECT_GT(files, 1) << format;
  }
}

}  // namespace
}  // namespace assay
