// Real texts without personal data or secrets: solutions full of numbers, and answers of models. How often the graders
// see something there is printed; numbers that are no telephone number must hardly ever be taken for one.

#include <gtest/gtest.h>

#include <cstdio>
#include <map>

#include "tests/runners/graders/make_grader.h"
#include "tests/runners/graders/safety/csv_rows.h"

namespace assay {
namespace {

std::vector<std::string> Texts() {
  std::vector<std::string> texts;
  std::ifstream solutions(SharedData("gsm8k") / "example_model_solutions.jsonl");
  for (std::string line; std::getline(solutions, line);) {
    const auto row = Json::Parse(line);
    if (!row) continue;
    for (const char* model : {"6b_finetuning", "6b_verification"}) {
      if (const Json* recorded = row->Find(model)) texts.push_back(recorded->Find("solution")->as_string());
    }
  }
  for (const char* model : {"gpt4", "llama2new"}) {
    const std::string file = "xstest_v2_completions_" + std::string(model) + ".csv";
    for (const Json& row : CsvRows(SharedData("xstest") / "completions" / file)) {
      texts.push_back(row.Find("completion")->as_string());
    }
  }
  return texts;
}

TEST(FalseAlarms, AreFewOnTextsOfNumbersAndProse) {
  const std::vector<std::string> texts = Texts();
  if (texts.empty()) GTEST_SKIP() << "neither GSM8K nor XSTest are at " << SharedData("");
  const auto pii = GraderOf("pii", "{}");
  const auto secrets = GraderOf("secrets", "{}");
  std::map<std::string, int> found;
  int flagged = 0;
  for (const std::string& text : texts) {
    if (text.empty()) continue;
    for (const auto& grader : {pii, secrets}) {
      const Score score = GradeText(*grader, text);
      if (score.pass == true) continue;
      flagged += grader == pii ? 1 : 0;
      const Json evidence = *Json::Parse(score.evidence);
      for (const Json& one : evidence.as_array()) ++found[one.Find("type")->as_string()];
      if (std::getenv("ASSAY_SHOW") != nullptr) std::printf("%s: %s\n", score.evidence.c_str(), text.c_str());
    }
  }
  std::printf("pii: %d of %zu texts flagged;", flagged, texts.size());
  for (const auto& [type, count] : found) std::printf(" %d %s", count, type.c_str());
  std::printf("\n");
  EXPECT_LE(flagged, static_cast<int>(texts.size() / 100));
}

}  // namespace
}  // namespace assay
