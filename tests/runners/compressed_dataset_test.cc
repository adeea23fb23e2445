// Datasets in gzip and zstd: the rows and places are those of the text inside, and no fault of the stream is silent.

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "runners/dataset.h"
#include "runners/dataset_bytes.h"
#include "runners/dataset_fields.h"
#include "tests/testing/compressed.h"

namespace assay {
namespace {

using ::assay::testing::Gzipped;
using ::assay::testing::ZstdFrame;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class CompressedDataset : public ::testing::Test {
 protected:
  CompressedDataset()
      : folder_(std::filesystem::path(::testing::TempDir()) / ("compressed_dataset_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~CompressedDataset() override { std::filesystem::remove_all(folder_); }

  SuiteSpec Suite(const std::string& name, std::string_view bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    SuiteSpec suite;
    suite.dataset.push_back({.file = name, .id = "id"});
    return suite;
  }

  // "PLACE ID" of every row; the last is "error: MESSAGE" when reading ends with one.
  std::vector<std::string> Read(const std::string& name, std::string_view bytes, const DatasetLimits& limits = {}) {
    auto reader = OpenDataset(Suite(name, bytes), folder_, limits);
    if (!reader) return {"open: " + reader.error().message};
    std::vector<std::string> rows;
    while (true) {
      const auto row = (*reader)->Next();
      if (!row) {
        rows.push_back("error: " + row.error().message);
        return rows;
      }
      if (!*row) return rows;
      rows.push_back((*row)->Place() + " " + (*row)->case_id);
    }
  }

  std::filesystem::path folder_;
};

std::string Rows(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) {
    text += "{\"id\": " + std::to_string(i) + ", \"text\": \"" + std::to_string(i * 7919) + "\"}\n";
  }
  return text;
}

TEST_F(CompressedDataset, EveryFormatIsReadFromEveryCompression) {
  const std::pair<std::string, std::string> formats[] = {{"jsonl", "{\"id\":1}\n{\"id\":2}\n"},
                                                         {"csv", "\xEF\xBB\xBFid\n1\n2\n"},
                                                         {"json", "[{\"id\":1},\n{\"id\":2}]"},
                                                         {"yaml", "- id: 1\n- id: 2\n"}};
  ASSERT_EQ(std::size(formats), DatasetFormats().size());
  for (const auto& [format, text] : formats) {
    const std::string gz = "a." + format + ".gz";
    const std::string zst = "a." + format + ".zst";
    const std::string first_line = format == "csv" ? ":2" : ":1";
    const std::string second_line = format == "csv" ? ":3" : ":2";
    EXPECT_THAT(Read(gz, Gzipped(text)), ElementsAre(gz + first_line + " 1", gz + second_line + " 2"));
    EXPECT_THAT(Read(zst, ZstdFrame(text)), ElementsAre(zst + first_line + " 1", zst + second_line + " 2"));
  }
}

TEST_F(CompressedDataset, MembersAndFramesAfterOneAnotherAreOneText) {
  const std::string first = Rows(0, 30'000) + "{\"id\": \"cut ";
  const std::string second = "here\"}\n" + Rows(30'001, 40'000);
  const std::string skippable("\x50\x2A\x4D\x18\x03\x00\x00\x00xyz", 11);
  const std::pair<std::string, std::string> files[] = {
      {"a.jsonl.gz", Gzipped(first) + Gzipped("") + Gzipped(second)},
      {"a.jsonl.zst", ZstdFrame(first) + ZstdFrame("") + skippable + ZstdFrame(second)}};
  for (const auto& [name, bytes] : files) {
    const auto rows = Read(name, bytes);
    ASSERT_EQ(rows.size(), 40'000u) << rows.back();
    EXPECT_EQ(rows[30'000], name + ":30001 cut here");
    EXPECT_EQ(rows.back(), name + ":40000 39999");
  }
}

TEST_F(CompressedDataset, AStreamThatIsCutOffAnywhereIsAnError) {
  const std::string text = Rows(0, 3);
  const std::tuple<std::string, std::string, std::string> files[] = {{"a.jsonl.gz", Gzipped(text), "gzip"},
                                                                     {"a.jsonl.zst", ZstdFrame(text), "zstd"}};
  for (const auto& [name, bytes, word] : files) {
    for (std::size_t size = 4; size < bytes.size(); ++size) {
      const auto rows = Read(name, bytes.substr(0, size));
      ASSERT_THAT(rows.back(), HasSubstr(": the " + word + " stream is cut off")) << size;
      EXPECT_THAT(rows.back(), HasSubstr(name + ":")) << size;
    }
  }
}

TEST_F(CompressedDataset, ACutOffStreamIsNamedWithTheLineItEndsIn) {
  const std::string bytes = Gzipped(Rows(0, 30'000));
  const auto rows = Read("a.jsonl.gz", bytes.substr(0, bytes.size() / 2));
  ASSERT_GT(rows.size(), 1'000u);
  // The rows before it were given, and the error stands where the next would.
  EXPECT_EQ(rows.back(), "error: a.jsonl.gz:" + std::to_string(rows.size()) + ": the gzip stream is cut off");
}

TEST_F(CompressedDataset, ACorruptStreamIsAnError) {
  std::string gzip = Gzipped(Rows(0, 30'000));
  gzip[gzip.size() - 6] ^= 0x20;  // of the checksum
  const auto rows = Read("a.jsonl.gz", gzip);
  EXPECT_EQ(rows.size(), 30'001u);
  EXPECT_EQ(rows.back(), "error: a.jsonl.gz:30001: the gzip stream is corrupt (incorrect data check)");

  std::string zstd = ZstdFrame(Rows(0, 30'000));
  zstd.back() ^= 0x20;
  const auto zstd_rows = Read("a.jsonl.zst", zstd);  // libzstd gives no byte of the block that it finds wrong
  EXPECT_GT(zstd_rows.size(), 20'000u);
  EXPECT_EQ(zstd_rows.back(), "error: a.jsonl.zst:" + std::to_string(zstd_rows.size()) +
                                  ": the zstd stream is corrupt (Restored data doesn't match checksum)");

  EXPECT_EQ(Read("a.jsonl.gz", Gzipped(Rows(0, 2)) + "tail").back(),
            "error: a.jsonl.gz:3: the gzip stream is corrupt (incorrect header check)");
}

TEST_F(CompressedDataset, NameAndContentMustAgree) {
  const std::string text = Rows(0, 2);
  EXPECT_THAT(Read("a.jsonl.gz", text),
              ElementsAre("open: a.jsonl.gz: the file is not compressed with gzip, as its name says; name it a.jsonl"));
  EXPECT_THAT(Read("a.jsonl.zst", ""), ElementsAre(StartsWith("open: a.jsonl.zst: the file is not compressed")));
  EXPECT_THAT(Read("a.jsonl.zst", Gzipped(text)),
              ElementsAre("open: a.jsonl.zst: the file is compressed with gzip; its name must end in .gz"));
  EXPECT_THAT(Read("a.jsonl", ZstdFrame(text)),
              ElementsAre("open: a.jsonl: the file is compressed with zstd; its name must end in .zst"));
  EXPECT_THAT(Read("a.gz", Gzipped(text)), ElementsAre(StartsWith("open: a.gz: the format cannot be told")));
}

TEST_F(CompressedDataset, AZstdWindowOverTheLimitIsRefusedBeforeItIsAllocated) {
  EXPECT_EQ(Read("a.jsonl.zst", ZstdFrame(Rows(0, 2), 27)).size(), 2u);
  EXPECT_THAT(Read("a.jsonl.zst", ZstdFrame(Rows(0, 2), 28)),
              ElementsAre("open: a.jsonl.zst:1: the zstd stream needs a window of more than 128 MiB; compress it with "
                          "--long=27 or less"));
}

TEST_F(CompressedDataset, LimitsHoldForWhatIsInside) {
  const DatasetLimits limits{.max_row_bytes = 1000, .max_rows = 2};
  const std::string bomb(50'000'000, '\n');
  EXPECT_EQ(Read("a.jsonl.gz", Gzipped("{\"id\":1}\n" + bomb), limits).back(),
            "error: a.jsonl.gz:1003: the row is longer than 1000 bytes");
  EXPECT_EQ(Read("a.csv.gz", Gzipped("id,b\n1,2\n" + bomb), limits).back(),
            "error: a.csv.gz:1003: the row is longer than 1000 bytes");
  EXPECT_EQ(Read("a.json.zst", ZstdFrame("[{\"id\":1},\n" + bomb), limits).back(),
            "error: a.json.zst:1001: the row is longer than 1000 bytes");
  EXPECT_EQ(Read("a.json.zst", ZstdFrame("[{\"id\":\"" + std::string(2000, 'x') + "\"}]"), limits).back(),
            "error: a.json.zst:1: the row is longer than 1000 bytes");
  EXPECT_EQ(Read("a.yaml.zst", ZstdFrame("- id: 1\n- id: " + std::string(2000, 'x')), limits).back(),
            "error: a.yaml.zst:2: the row is longer than 1000 bytes");
  EXPECT_EQ(
      Read("a.yaml.gz", Gzipped(bomb)).back(),
      "error: a.yaml.gz:4194306: a YAML dataset has at most 4 MiB, because it is read whole; use .jsonl for more");
  EXPECT_EQ(Read("a.jsonl.zst", ZstdFrame(Rows(0, 3)), limits).back(), "error: a.jsonl.zst:3: more than 2 rows");
}

TEST_F(CompressedDataset, LintSeesTheFields) {
  Suite("a.json.gz", Gzipped("[\n{\"id\":1},\n\n{\"id\":2}]"));
  EXPECT_EQ(FirstRowOf((folder_ / "a.json.gz").string()).value().value().Dump(), R"({"id":1})");
  Suite("b.yaml.zst", ZstdFrame("- {id: 1, question: q}\n"));
  EXPECT_EQ(FirstRowOf((folder_ / "b.yaml.zst").string()).value().value().Dump(), R"({"id":1,"question":"q"})");
}

}  // namespace
}  // namespace assay
