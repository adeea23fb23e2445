#include "replay/recordings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RecordingsTest : public ::testing::Test {
 protected:
  RecordingsTest() {
    const ::testing::TestInfo* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("assay_recordings_" + std::to_string(::getpid()) + "_" + std::string(info->name()));
    std::filesystem::create_directories(folder_);
  }
  ~RecordingsTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  std::filesystem::path folder_;
};

std::string Line(const std::string& model, const std::string& question, const std::string& answer) {
  return R"({"model":")" + model + R"(","messages":[{"role":"user","content":")" + question +
         R"("}],"response":{"content":")" + answer + "\"}}\n";
}

RecordKey Asked(std::string_view model, std::string_view question) {
  return KeyOf(model, Json::Array{Json::Of({{"role", "user"}, {"content", question}})}, nullptr);
}

Result<Recordings> Load(std::vector<std::filesystem::path> files) { return Recordings::Load(files); }

TEST_F(RecordingsTest, AnswersToOneRequestStayInTheOrderOfTheFiles) {
  const auto first = Write("first.jsonl", Line("a", "q", "1") + Line("b", "q", "other") + Line("a", "q", "2"));
  const auto second = Write("second.jsonl", "\n  \r\n" + Line("a", "q", "3"));
  const Result<Recordings> recordings = Load({first, second});
  ASSERT_TRUE(recordings) << recordings.error().message;
  EXPECT_EQ(recordings->size(), 4u);
  EXPECT_THAT(recordings->models(), ElementsAre("a", "b"));
  EXPECT_EQ(recordings->groups().size(), 2u);
  const std::ptrdiff_t found = recordings->Find(Asked("a", "q"));
  ASSERT_GE(found, 0);
  const Recordings::Group group = recordings->groups()[static_cast<std::size_t>(found)];
  ASSERT_EQ(group.count, 3u);
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_THAT(std::string(recordings->Body(group.first + i)),
                HasSubstr("\"content\":\"" + std::to_string(i + 1) + "\""));
  }
}

TEST_F(RecordingsTest, FindsEveryOneOfManyAndNothingElse) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += Line("m", "q" + std::to_string(i), "answer-" + std::to_string(i));
  const Result<Recordings> recordings = Load({Write("many.jsonl", text)});
  ASSERT_TRUE(recordings) << recordings.error().message;
  for (int i = 0; i < 5000; ++i) {
    const std::ptrdiff_t found = recordings->Find(Asked("m", "q" + std::to_string(i)));
    ASSERT_GE(found, 0) << i;
    const std::string body(recordings->Body(recordings->groups()[static_cast<std::size_t>(found)].first));
    ASSERT_THAT(body, HasSubstr("\"content\":\"answer-" + std::to_string(i) + "\""));
  }
  EXPECT_EQ(recordings->Find(Asked("m", "q5000")), -1);
  EXPECT_EQ(Recordings().Find(Asked("m", "q1")), -1);
}

TEST_F(RecordingsTest, ALastLineWithoutEndCounts) {
  std::string text = Line("m", "a", "1") + Line("m", "b", "2");
  text.pop_back();
  EXPECT_EQ(Load({Write("open.jsonl", text)})->size(), 2u);
}

TEST_F(RecordingsTest, AnAnswerLongerThanABlockIsKeptWhole) {
  const std::string long_answer(3u << 20, 'x');
  const Result<Recordings> recordings =
      Load({Write("long.jsonl", Line("m", "a", long_answer) + Line("m", "b", "short"))});
  ASSERT_TRUE(recordings) << recordings.error().message;
  const auto group = [&](const char* question) {
    return recordings->groups()[static_cast<std::size_t>(recordings->Find(Asked("m", question)))];
  };
  EXPECT_THAT(std::string(recordings->Body(group("a").first)), HasSubstr(long_answer));
  EXPECT_THAT(std::string(recordings->Body(group("b").first)), HasSubstr("\"short\""));
}

TEST_F(RecordingsTest, EveryBadLineIsNamedWithFileAndLine) {
  const auto first = Write("first.jsonl", Line("m", "a", "1") + "{\"model\":5}\n\n" + "{\"model\":\"m\"\n");
  const auto second = Write("second.jsonl", "[]\n");
  const Result<Recordings> recordings = Load({first, second});
  ASSERT_FALSE(recordings);
  EXPECT_EQ(recordings.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(recordings.error().message, HasSubstr(first.string() + ":2: \"model\" is not the name of a model\n"));
  EXPECT_THAT(recordings.error().message, HasSubstr(first.string() + ":4: not valid JSON"));
  EXPECT_THAT(recordings.error().message,
              HasSubstr(second.string() + ":1: a record is a JSON object, this is something else"));
}

TEST_F(RecordingsTest, StopsAfterTwentyMistakes) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "[]\n";
  const Result<Recordings> recordings = Load({Write("bad.jsonl", text)});
  ASSERT_FALSE(recordings);
  EXPECT_EQ(std::ranges::count(recordings.error().message, '\n'), 19);
}

TEST_F(RecordingsTest, AFileGivenTwiceIsRefused) {
  const auto file = Write("once.jsonl", Line("m", "a", "1"));
  const Result<Recordings> recordings = Load({file, folder_ / "." / "once.jsonl"});
  ASSERT_FALSE(recordings);
  EXPECT_THAT(recordings.error().message, HasSubstr("once.jsonl: the file is given twice"));
}

TEST_F(RecordingsTest, AFileThatCannotBeReadIsNamed) {
  const Result<Recordings> missing = Load({folder_ / "missing.jsonl"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("missing.jsonl: cannot be opened: No such file or directory"));
  const Result<Recordings> directory = Load({folder_});
  ASSERT_FALSE(directory);
  EXPECT_THAT(directory.error().message, HasSubstr("cannot be read: Is a directory"));
}

TEST_F(RecordingsTest, ALineBeyondTheLimitIsRefused) {
  const Result<Recordings> recordings = Load({Write("huge.jsonl", std::string(17u << 20, ' '))});
  ASSERT_FALSE(recordings);
  EXPECT_THAT(recordings.error().message, HasSubstr("huge.jsonl:1: the line is longer than 16 MiB"));
}

}  // namespace
}  // namespace assay
