#include "config/sentinels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace assay {
namespace {

using ::testing::HasSubstr;

class SentinelFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "assay_sentinels_XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  Result<std::vector<Sentinel>> Read(const std::string& text) const {
    std::ofstream(folder_ / "gold.jsonl") << text;
    return ReadSentinels(folder_ / "gold.jsonl");
  }
  std::string ErrorOf(const std::string& text) const {
    const auto read = Read(text);
    return read ? "" : read.error().message;
  }

  std::filesystem::path folder_;
};

constexpr const char* kGood = "{\"q\": 1, \"response\": \"a\", \"label\": \"pass\"}\n";
constexpr const char* kBad = "{\"q\": 2, \"response\": \"b\", \"label\": \"fail\"}\n";

TEST_F(SentinelFile, RowsAreCasesWithAResponseAndALabel) {
  const auto read = Read(std::string(kGood) + "\n" +
                         "{\"id\": \"x\", \"q\": 2, \"response\": \"b\", \"labels\": [{\"by\": \"ana\", \"label\": "
                         "\"fail\"}, {\"by\": \"ben\", \"label\": \"pass\"}, {\"by\": \"eva\", \"label\": \"fail\"}]}");
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].item.id, "1");
  EXPECT_EQ((*read)[0].item.fields, Json::Of({{"q", 1}}));
  EXPECT_EQ((*read)[0].response, "a");
  EXPECT_TRUE((*read)[0].passes);
  EXPECT_EQ((*read)[1].item.id, "x");
  EXPECT_EQ((*read)[1].item.ordinal, 1);
  EXPECT_FALSE((*read)[1].passes) << "what most of them say";
  EXPECT_EQ((*read)[1].people_pass, 1);
  EXPECT_EQ((*read)[1].people_fail, 2);
}

TEST_F(SentinelFile, ALabelOutweighsWhatSeveralSaid) {
  const auto read = Read(std::string(kBad) +
                         "{\"response\": \"b\", \"label\": \"pass\", \"labels\": [{\"by\": \"ana\", \"label\": "
                         "\"fail\"}]}");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE((*read)[1].passes);
}

TEST_F(SentinelFile, WhatIsNoneIsRefusedWithItsLine) {
  const std::string both = std::string(kGood) + kBad;
  EXPECT_EQ(ErrorOf(both), "");
  EXPECT_THAT(ErrorOf(kGood), HasSubstr("1 rows with label pass and 0 with label fail"));
  EXPECT_THAT(ErrorOf(""), HasSubstr("0 rows with label pass"));
  EXPECT_THAT(ErrorOf(both + kGood), HasSubstr("line 3: the same response to the same case"));
  EXPECT_THAT(ErrorOf(both + "{\"response\": \"c\", \"label\": \"good\"}"), HasSubstr("line 3: a label is"));
  EXPECT_THAT(ErrorOf(both + "{\"response\": \"c\", \"label\": true}"), HasSubstr("line 3: a label is"));
  EXPECT_THAT(ErrorOf(both + "{\"response\": \"c\"}"), HasSubstr("line 3: has no \"label\""));
  EXPECT_THAT(ErrorOf(both + "{\"response\": \" \", \"label\": \"pass\"}"), HasSubstr("line 3: needs \"response\""));
  EXPECT_THAT(ErrorOf(both + "{\"label\": \"pass\"}"), HasSubstr("line 3: needs \"response\""));
  EXPECT_THAT(ErrorOf(both + "[]"), HasSubstr("line 3: is no object"));
  EXPECT_THAT(ErrorOf(both + "{\"response\": \"c\", \"label\": \"pass\", \"label\": \"fail\"}"), HasSubstr("line 3: "));
  EXPECT_THAT(ErrorOf(both + "{\"id\": \"2\", \"response\": \"c\", \"label\": \"pass\"}"),
              HasSubstr("line 3: id \"2\" is there twice"));
  EXPECT_THAT(ErrorOf(both + "{\"response\": \"c\", \"labels\": [{\"by\": \"a\", \"label\": \"pass\"}, {\"by\": \"b\", "
                             "\"label\": \"fail\"}]}"),
              HasSubstr("line 3: has no \"label\", and \"labels\" has no majority"));
  EXPECT_THAT(ErrorOf(both + "{\"response\": \"c\", \"labels\": [{\"by\": \"a\", \"label\": \"pass\"}, {\"by\": \"a\", "
                             "\"label\": \"pass\"}]}"),
              HasSubstr("line 3: \"a\" has two labels"));
  EXPECT_FALSE(ReadSentinels(folder_ / "nowhere.jsonl"));
}

}  // namespace
}  // namespace assay
