// Real answers of two models to 660 questions, with the verdicts recorded by the dataset's authors.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

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
  int agreed = 0;
  int correct = 0;
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
      correct += is_correct ? 1 : 0;
    }
  }
  EXPECT_EQ(agreed, 2 * kQuestions);
  RecordProperty("correct", correct);
}

}  // namespace
}  // namespace assay
