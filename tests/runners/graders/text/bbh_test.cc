// Two ways of prompting a real model, on eight tasks of BIG-Bench Hard: the accuracies that the benchmark's authors
// published with the answers (code-davinci-002-outputs/*/*_eval_metrics.jsonl of their repository) come out exactly.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/runners/graders/make_grader.h"

namespace assay {
namespace {

struct Published {
  const char* task;
  int questions;
  double chain_of_thought;  // percent
  double direct;
};

constexpr Published kPublished[] = {
    {"boolean_expressions", 250, 92.80000000000001, 88.4},
    {"causal_judgement", 187, 54.01069518716578, 63.63636363636363},
    {"date_understanding", 250, 87.2, 63.6},
    {"navigate", 250, 96.39999999999999, 50.4},
    {"object_counting", 250, 93.2, 45.2},
    {"penguins_in_a_table", 146, 79.45205479452055, 66.43835616438356},
    {"sports_understanding", 250, 97.6, 72.8},
    {"word_sorting", 250, 40.400000000000006, 50.4},
};

TEST(Bbh, PublishedAccuraciesComeOutExactly) {
  const std::filesystem::path folder = std::filesystem::path(ASSAY_SOURCE_DIR) / ".." / "shared" / "data" / "bbh";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "BIG-Bench Hard is not at " << folder;
  const auto reasoned = GraderOf(
      "answer_line", R"({marker: "the answer is", equals: "{{target}}", ignore_case: false, ignore_end: "."})");
  const auto direct = GraderOf("equals", R"({value: "{{target}}", trim: true})");
  for (const Published& published : kPublished) {
    std::ifstream file(folder / (std::string(published.task) + ".jsonl"));
    ASSERT_TRUE(file) << published.task;
    int questions = 0;
    int right_reasoned = 0;
    int right_direct = 0;
    for (std::string line; std::getline(file, line); ++questions) {
      const Json row = *Json::Parse(line);
      const auto count = [&](const Grader& grader, const char* prediction) {
        const Score score = GradeText(grader, row.Find(prediction)->as_string(), row);
        EXPECT_EQ(score.status, ScoreStatus::kScored) << score.reason;
        return score.pass == true ? 1 : 0;
      };
      right_reasoned += count(*reasoned, "prediction_cot");
      right_direct += count(*direct, "prediction_direct");
    }
    EXPECT_EQ(questions, published.questions) << published.task;
    EXPECT_NEAR(100.0 * right_reasoned / questions, published.chain_of_thought, 1e-9) << published.task;
    EXPECT_NEAR(100.0 * right_direct / questions, published.direct, 1e-9) << published.task;
    std::cout << published.task << ": " << questions << " questions, right with reasoning " << right_reasoned
              << ", right without " << right_direct << "\n";
  }
}

}  // namespace
}  // namespace assay
