// Real answers of three models to the 541 prompts of IFEval, with the verdicts that its own checkers recorded on each
// of the 834 instructions. Those checkers draw at random for a language that is hard to tell, and M-IFEval's, whose
// records these are, for a letter that is no letter ("#"): no program agrees with them everywhere, not even they
// themselves.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "tests/runners/graders/make_grader.h"

namespace assay {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(ASSAY_SOURCE_DIR) / ".." / "shared" / "data" / "ifeval";

std::vector<Json> Rows(const std::filesystem::path& path) {
  std::vector<Json> rows;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) rows.push_back(*Json::Parse(line));
  return rows;
}

struct Agreement {
  int equal = 0;
  int all = 0;
  int equal_prompts = 0;
  int prompts = 0;
};

// Each instruction by itself, and all of a prompt together in the dataset's own shape.
void Compare(const Grader& grader, const Json& prompt, const Json& answer, const std::string& mode,
             Agreement& agreement) {
  const Json::Array& ids = prompt.Find("instruction_id_list")->as_array();
  const Json::Array& kwargs = prompt.Find("kwargs")->as_array();
  const Json::Array& verdicts = answer.Find(mode)->as_array();
  const Json* response = answer.Find("response");
  const std::string text = response->is_string() ? response->as_string() : "";
  ASSERT_EQ(ids.size(), verdicts.size());
  bool is_all = true;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Json fields = Json::Of({{"instruction_id_list", Json::Array{ids[i]}}, {"kwargs", Json::Array{kwargs[i]}}});
    const Score score = GradeText(grader, text, fields);
    ASSERT_EQ(score.status, ScoreStatus::kScored) << score.reason;
    const bool recorded = verdicts[i].as_bool();
    is_all = is_all && recorded;
    ++agreement.all;
    if (score.pass == recorded) {
      ++agreement.equal;
    } else {
      std::cout << "  " << mode << " " << prompt.Find("key")->Dump() << ": recorded " << (recorded ? "yes" : "no")
                << ", " << ids[i].as_string() << ", " << score.reason << "\n";
    }
  }
  ++agreement.prompts;
  if (GradeText(grader, text, prompt).pass == is_all) ++agreement.equal_prompts;
}

TEST(IfEval, AgreesWithTheRecordedVerdicts) {
  const std::vector<Json> prompts = Rows(kFolder / "en_input_data.jsonl");
  if (prompts.empty()) GTEST_SKIP() << "IFEval is not at " << kFolder;
  std::map<std::int64_t, const Json*> by_key;
  for (const Json& prompt : prompts) by_key[prompt.Find("key")->as_integer()] = &prompt;
  for (const auto& file : std::filesystem::directory_iterator(kFolder / "responses")) {
    const std::vector<Json> answers = Rows(file.path());
    for (const std::string mode : {"strict", "loose"}) {
      const auto grader = GraderOf("instructions", "{mode: " + mode + "}");
      ASSERT_NE(grader, nullptr);
      Agreement agreement;
      for (const Json& answer : answers) {
        Compare(*grader, *by_key.at(answer.Find("key")->as_integer()), answer, mode, agreement);
      }
      std::cout << file.path().stem().string() << " " << mode << ": " << agreement.equal << " of " << agreement.all
                << " instructions (" << 100.0 * agreement.equal / agreement.all << " %), " << agreement.equal_prompts
                << " of " << agreement.prompts << " prompts\n";
      EXPECT_GE(agreement.all, 834);
      EXPECT_GE(1000 * agreement.equal, 995 * agreement.all) << file.path() << " " << mode;
    }
  }
}

}  // namespace
}  // namespace assay
