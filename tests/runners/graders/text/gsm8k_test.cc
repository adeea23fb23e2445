// Real answers of two models to 660 questions, with the verdicts recorded by the dataset's authors.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "tests/runners/graders/make_grader.h"

namespace assay {
namespace {

constexpr int kQuestions = 660;

TEST(Gsm8k, NumberAgreesWithEveryRecordedVerdict) {
  const std::filesystem::path folder = std::filesystem::path(ASSAY_SOURCE_DIR) / ".." / "shared" / "data" / "gsm8k";
  std::ifstream solutions(folder / "example_model_solutions.jsonl");
  std::ifstream questions(folder / "test.jsonl");
  if (!solutions || !questions) GTEST_SKIP() << "GSM8K is not at " << folder;
  // Once against the ground truth of the solutions ("… A: N"), once against the answers of the test set ("… #### N").
  const auto by_truth = GraderOf("number", R"({equals: "{{ground_truth}}"})");
  const auto by_answer = GraderOf("number", R"({equals: "{{answer}}"})");
  // The same verdicts from the final answer alone ("A: N") by the other graders that read a number.
  const auto by_position = GraderOf("match_position", R"({value: "{{gold}}", numeric: true})");
  const auto by_line = GraderOf("answer_line", R"({marker: "A:", equals: "{{gold}}", take: last_line})");
  int agreed = 0;
  int by_others = 0;
  std::map<std::string, int> correct;
  std::map<std::string, int> recorded_correct;
  std::string line;
  for (int i = 0; i < kQuestions; ++i) {
    ASSERT_TRUE(std::getline(solutions, line));
    const Json solution = *Json::Parse(line);
    ASSERT_TRUE(std::getline(questions, line));
    const Json question = *Json::Parse(line);
    for (const char* model : {"6b_finetuning", "6b_verification"}) {
      const Json* recorded = solution.Find(model);
      const bool is_correct = recorded->Find("is_correct")->as_bool();
      const std::string& text = recorded->Find("solution")->as_string();
      const Score truth = GradeText(*by_truth, text, solution);
      const Score answer = GradeText(*by_answer, text, question);
      EXPECT_EQ(truth.pass, is_correct) << "row " << i + 1 << " " << model << ": " << truth.reason << "\n" << text;
      EXPECT_EQ(answer.pass, is_correct) << "row " << i + 1 << " " << model << ": " << answer.reason << "\n" << text;
      agreed += truth.pass == is_correct && answer.pass == is_correct ? 1 : 0;
      correct[model] += truth.pass == true ? 1 : 0;
      recorded_correct[model] += is_correct ? 1 : 0;
      const std::string& gold = solution.Find("ground_truth")->as_string();
      const Json item = Json::Of({{"gold", gold.substr(gold.rfind("A: ") + 3)}});
      by_others += GradeText(*by_position, text, item).pass == is_correct ? 1 : 0;
      by_others += GradeText(*by_line, text, item).pass == is_correct ? 1 : 0;
    }
  }
  EXPECT_EQ(agreed, 2 * kQuestions);
  EXPECT_EQ(correct, recorded_correct);
  for (const auto& [model, right] : correct) {
    std::cout << model << ": " << right << " of " << kQuestions << " right, as recorded\n";
  }
  std::cout << "match_position and answer_line: " << by_others << " of " << 4 * kQuestions << " verdicts as recorded\n";
  EXPECT_GE(by_others, 4 * kQuestions * 99 / 100);
}

}  // namespace
}  // namespace assay
