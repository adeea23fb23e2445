// Replies of real judges: every usable verdict is the recorded one, every other is none.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "core/json.h"
#include "runners/graders/judges/pair_verdict.h"
#include "runners/graders/judges/verdict_form.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

const fs::path kData = fs::path(ASSAY_SOURCE_DIR) / ".." / "shared" / "data";

std::vector<Json> Rows(const fs::path& path) {
  std::vector<Json> rows;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) rows.push_back(*Json::Parse(line));
  }
  return rows;
}

VerdictForm FormOf(const std::string& yaml) {
  Diagnostics diagnostics;
  const auto documents = ParseYaml("form.yaml", yaml, diagnostics);
  VerdictSpec spec;
  EXPECT_TRUE(ReadFields(documents.front().root, spec, diagnostics)) << diagnostics.Render();
  auto form = VerdictForm::Make(spec, documents.front().root, diagnostics);
  EXPECT_TRUE(form) << diagnostics.Render();
  return *form;
}

std::string TextAt(const Json& row, std::string_view key) {
  const Json* found = row.Find(key);
  return found == nullptr || !found->is_string() ? "" : found->as_string();
}

TEST(RecordedJudges, RatingsInDoubleBracketsAreThoseThatWereRecorded) {
  if (!fs::exists(kData / "arena_bench")) GTEST_SKIP() << "there is no " << kData / "arena_bench";
  const VerdictForm form =
      FormOf(R"({match: last, scale: {min: 1, max: 10, integers: true}, pattern: '\[\[(\d+)\]\]'})");
  for (const char* model : {"claude-2.1", "gpt-3.5-turbo-1106"}) {
    int usable = 0;
    int unusable = 0;
    for (const Json& row : Rows(kData / "arena_bench" / "models" / (std::string(model) + ".jsonl"))) {
      const auto verdict = form.Read(TextAt(row, "judgment"), Fence("0123456789abcdef"));
      const Json& score = *row.Find("score");
      ASSERT_EQ(verdict.has_value(), !score.is_null()) << TextAt(row, "question_id");
      ++(verdict ? usable : unusable);
      if (!verdict) continue;
      EXPECT_EQ(std::stod(verdict->word), score.as_number()) << TextAt(row, "question_id");
    }
    EXPECT_EQ(usable + unusable, 300);
    std::cout << "arena_bench " << model << ": " << usable << " ratings as recorded, " << unusable << " unusable\n";
  }
}

TEST(RecordedJudges, PairsOfScoresAreThoseThatWereRecorded) {
  if (!fs::exists(kData / "vicuna_bench")) GTEST_SKIP() << "there is no " << kData / "vicuna_bench";
  const std::string number = R"((?:\d+(?:\.\d+)?))";
  const std::string gap = R"([ ,\t]+)";
  const auto pair = [&](const std::string& first, const std::string& second) {
    return FormOf("{scale: {min: 0, max: 10}, match: first, pattern: '(?m)^[ \\t]*" + first + gap + second +
                  "[ \\t]*$'}");
  };
  const VerdictForm first = pair("(" + number + ")", number);
  const VerdictForm second = pair(number, "(" + number + ")");
  int usable = 0;
  int unusable = 0;
  for (const auto& file : fs::recursive_directory_iterator(kData / "vicuna_bench" / "review")) {
    if (file.path().extension() != ".jsonl") continue;
    for (const Json& row : Rows(file.path())) {
      const auto a = first.Read(TextAt(row, "text"), Fence("0123456789abcdef"));
      const auto b = second.Read(TextAt(row, "text"), Fence("0123456789abcdef"));
      ASSERT_EQ(a.has_value(), b.has_value());
      ++(a ? usable : unusable);
      if (!a) continue;
      const Json::Array& score = row.Find("score")->as_array();
      EXPECT_EQ(std::stod(a->word), score[0].as_number()) << TextAt(row, "review_id");
      EXPECT_EQ(std::stod(b->word), score[1].as_number()) << TextAt(row, "review_id");
    }
  }
  // The others are reviews of mathematics that say their scores in sentences: "Assistant 1: 10", "Output: (1, 7)".
  EXPECT_EQ(usable, 1001);
  EXPECT_EQ(unusable, 39);
  std::cout << "vicuna_bench: " << usable << " pairs as recorded, " << unusable << " not in the declared form\n";
}

TEST(RecordedJudges, PreferencesAndTheirFlipsAreThoseThatWereRecorded) {
  if (!fs::exists(kData / "llmbar")) GTEST_SKIP() << "there is no " << kData / "llmbar";
  const std::string choices = "{match: last, choices: {a: 1, b: 0}, pattern: ";
  const VerdictForm plain = FormOf(choices + R"('Output \(([ab])\)'})");
  const VerdictForm reasoned = FormOf(choices + R"('Output \(([ab])\) is better'})");
  for (const char* judge :
       {"ChatGPT_CoT", "ChatGPT_Vanilla", "GPT-4_CoT", "GPT-4_Vanilla", "LLaMA2_Vanilla", "PaLM2_Vanilla"}) {
    const VerdictForm& form = std::string(judge).ends_with("CoT") ? reasoned : plain;
    std::map<std::string, int> labels;
    int recorded_flips = 0;
    int unusable = 0;
    for (const Json& row : Rows(kData / "llmbar" / "Natural" / "judges" / (std::string(judge) + ".jsonl"))) {
      std::vector<PairPreference> preferences;
      std::vector<std::string> winners;
      for (const char* order : {"order12", "order21"}) {
        const Json& said = *row.Find(order);
        const auto verdict = form.Read(TextAt(said, "completion"), Fence("0123456789abcdef"));
        winners.push_back(TextAt(said, "winner"));
        const bool is_recorded = winners.back() == "1" || winners.back() == "2";
        ASSERT_EQ(verdict.has_value(), is_recorded) << TextAt(said, "completion");
        if (!verdict) continue;
        const bool is_first = (verdict->word == "a") == (std::string(order) == "order12");
        EXPECT_EQ(is_first, winners.back() == "1") << TextAt(said, "completion");
        preferences.push_back(is_first ? PairPreference::kResponse : PairPreference::kOther);
      }
      if (preferences.size() < 2) {
        ++unusable;
        continue;
      }
      recorded_flips += winners[0] != winners[1] ? 1 : 0;
      ++labels[std::string(PairOutcomeOf(preferences[0], preferences[1]).label)];
    }
    EXPECT_EQ(labels["flip"], recorded_flips) << judge;
    std::cout << "llmbar Natural " << judge << ": " << labels["flip"] << " flips of "
              << labels["flip"] + labels["win"] + labels["loss"] << " pairs, " << unusable << " unusable\n";
  }
}

}  // namespace
}  // namespace assay
