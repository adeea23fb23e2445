#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/runners/graders/make_grader.h"
#include "tests/testing/thread_time.h"

namespace assay {
namespace {

double ValueOf(const std::string& options, const std::string& text) {
  const Score score = GradeText(*GraderOf("degeneration", options), text);
  EXPECT_EQ(score.status, ScoreStatus::kScored);
  return score.value.value_or(-1);
}

std::string Times(int times, const std::string& unit) {
  std::string text;
  for (int i = 0; i < times; ++i) text += unit;
  return text;
}

TEST(Degeneration, FindsLoopsOfAnyUnit) {
  const std::string answer = "Paris is the capital of France, a city of two million people on the river Seine.\n";
  EXPECT_EQ(ValueOf("{}", Times(1, answer)), 0);
  EXPECT_GT(ValueOf("{}", Times(10, answer)), 0.99);
  EXPECT_EQ(ValueOf("{}", std::string(2000, 'a')), 1);
  EXPECT_EQ(ValueOf("{}", std::string(2000, '!')), 1);
  EXPECT_EQ(ValueOf("{}", Times(500, "\xF0\x9F\x8E\x89")), 1);
  EXPECT_NEAR(ValueOf("{}", answer + answer + Times(200, "yes, ")), 0.86, 0.01);
  std::string paragraph;
  for (int i = 0; i < 300; ++i) paragraph += "word" + std::to_string(i * i) + " ";
  EXPECT_EQ(ValueOf("{}", Times(7, paragraph)), 1);
  EXPECT_EQ(ValueOf("{}", Times(5, paragraph)), 0);
}

TEST(Degeneration, SparesTablesListsCodeAndRefrains) {
  std::string table = "| id | name | state |\n|----|------|-------|\n";
  std::string list;
  std::string code = "int main() {\n";
  std::string zeros;
  std::string poem;
  for (int i = 0; i < 60; ++i) {
    const std::string number = std::to_string(i);
    table += "| " + number + " | node | ready |\n";
    list += number + ". Check the value again.\n";
    code += "  values.push_back(" + number + ");\n";
    zeros += "0, 0, 0, 0, " + number + ",\n";
    poem += "Line " + number + " of the song goes on\nand nobody comes back to me.\n";
  }
  for (const std::string& text : {table, list, code + "}\n", zeros, poem, std::string(79, '-') + "\n"}) {
    EXPECT_EQ(ValueOf("{}", text), 0) << text.substr(0, 100);
  }
}

TEST(Degeneration, LooksAtAWholeConversation) {
  const auto grader = GraderOf("degeneration", "{}");
  Response response;
  response.text = "I am sorry, but as a language model I cannot help with that.";
  for (int i = 0; i < 7; ++i) {
    response.transcript.push_back({.role = Role::kUser, .content = "Question " + std::to_string(i)});
    response.transcript.push_back({.role = Role::kAssistant, .content = response.text});
  }
  const Score score = grader->Grade(Case{}, response);
  EXPECT_GT(score.value.value_or(0), 0.9);
  EXPECT_THAT(score.reason, testing::HasSubstr("of the conversation's answers"));
  // What the user says again and again is not the model's.
  for (Message& message : response.transcript) message.role = Role::kUser;
  EXPECT_EQ(grader->Grade(Case{}, response).value, 0);
}

TEST(Degeneration, TakesLinearTime) {
  const auto begin = ThreadTime::now();
  constexpr int kMegabytes = 1;
  for (const std::string options : {"{}", "{measure: lines}", "{measure: ngrams}", "{measure: compression}"}) {
    for (const std::string unit : {"a", " ", "a ", "a\n", "ab. ", "\n", "12345678 87654321 x\n", "\xFF"}) {
      const int times = (kMegabytes << 20) / static_cast<int>(unit.size());
      const double value = ValueOf(options, Times(times, unit) + "end");
      EXPECT_TRUE(value >= 0 && value <= 1) << options;
    }
  }
  // About 30 MB.
  EXPECT_LT(ThreadTime::now() - begin, std::chrono::seconds(60));
}

// Answers of strong models, written by people or checked by them: none of them is stuck. Answers of the models of
// IFEval to prompts of people: those that have a loop at all have little else.
TEST(Degeneration, NoGoodAnswerIsStuck) {
  const std::filesystem::path data = std::filesystem::path(ASSAY_SOURCE_DIR) / ".." / "shared" / "data";
  if (!std::filesystem::exists(data / "ifeval")) GTEST_SKIP() << "no answers at " << data;
  const auto grader = GraderOf("degeneration", "{}");
  for (const auto& file : std::filesystem::directory_iterator(data / "ifeval" / "responses")) {
    std::ifstream rows(file.path());
    int all = 0;
    int stuck = 0;
    int between = 0;
    for (std::string line; std::getline(rows, line); ++all) {
      const Json row = *Json::Parse(line);
      const Json* text = row.Find("response");
      if (!text->is_string() || text->as_string().empty()) continue;
      const double value = GradeText(*grader, text->as_string()).value.value_or(-1);
      stuck += value > 0.3 ? 1 : 0;
      between += value > 0 && value <= 0.6 ? 1 : 0;
    }
    std::cout << file.path().stem().string() << ": " << stuck << " of " << all << " answers are stuck, " << between
              << " doubtful\n";
    EXPECT_EQ(between, 0) << file.path();
  }
}

}  // namespace
}  // namespace assay
