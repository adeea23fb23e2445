// The peers' own test vectors, each kind of assertion by the grader that stands for it. A family adds a line to the
// table below for an assertion that is its own; what has none is printed.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "runners/graders/text/normalization.h"
#include "tests/runners/graders/make_grader.h"

namespace assay {
namespace {

const Json& At(const Json& value, std::string_view key) {
  const Json* found = value.Find(key);
  EXPECT_NE(found, nullptr) << key;
  static const Json kNull;
  return found == nullptr ? kNull : *found;
}

bool IsBlank(const Json& text) { return text.is_string() && text.as_string().empty(); }

// Grades `output` against `ideal`, a text or a list, in the field "ideal".
Score Grade(const char* kind, const std::string& options, const Json& output, const Json& ideal) {
  return GradeText(*GraderOf(kind, options), output.as_string(), Json::Of({{"ideal", ideal}}));
}

void Match(const Json& vector) {
  const auto& [output, ideal, expected] = std::tie(vector.as_array()[0], vector.as_array()[1], vector.as_array()[2]);
  EXPECT_EQ(Grade("starts_with", R"({value: "{{ideal}}"})", output, ideal).pass, expected.as_bool());
}

void Includes(const Json& vector) {
  const std::string options =
      std::string(R"({any: "{{ideal}}", ignore_case: )") + (At(vector, "ignore_case").as_bool() ? "true}" : "false}");
  EXPECT_EQ(Grade("contains", options, At(vector, "completion"), At(vector, "ideal")).pass,
            At(vector, "expected").as_bool());
}

// Its token F1 is a similarity; here only what it decides.
void FuzzyMatchAccuracy(const Json& vector) {
  const Score score =
      Grade("fuzzy_substring", R"({value: "{{ideal}}"})", At(vector, "completion"), At(vector, "ideal"));
  EXPECT_EQ(score.value, At(vector, "accuracy").as_number());
}

void Normalize(const Json& vector) {
  EXPECT_EQ(Normalized(vector.as_array()[0].as_string(), Normalization::kSquad), vector.as_array()[1].as_string());
}

void FuzzyMatchBothWays(const Json& vector) {
  const Json& a = vector.as_array()[0];
  const Json& b = vector.as_array()[1];
  for (const auto& [output, ideal] : {std::pair(a, b), std::pair(b, a)}) {
    const Score score = Grade("fuzzy_substring", R"({value: "{{ideal}}"})", output, ideal);
    if (IsBlank(ideal)) {
      // The peer calls two empty texts a match. A target of nothing is no target here, and never a pass.
      EXPECT_EQ(score.status, ScoreStatus::kUnscored);
    } else {
      EXPECT_EQ(score.pass, vector.as_array()[2].as_bool());
    }
  }
}

void JsonMatch(const Json& vector) {
  const Score score = Grade("equals", R"({json: "{{ideal}}"})", At(vector, "completion"), At(vector, "ideal"));
  EXPECT_EQ(score.value, At(vector, "accuracy").as_number()) << score.reason;
}

void JsonValidator(const Json& vector) {
  const Score score = GradeText(*GraderOf("json", "{}"), vector.as_array()[0].as_string());
  EXPECT_EQ(score.pass, vector.as_array()[1].as_bool());
}

struct VectorKind {
  const char* file;
  const char* key;
  void (*check)(const Json& vector);
};

const VectorKind kKinds[] = {
    {"openai_evals_basic.json", "match", Match},
    {"openai_evals_basic.json", "includes", Includes},
    {"openai_evals_basic.json", "fuzzy_match_metrics", FuzzyMatchAccuracy},
    {"openai_evals_basic.json", "normalize", Normalize},
    {"openai_evals_basic.json", "fuzzy_match_bool_symmetric", FuzzyMatchBothWays},
    {"openai_evals_basic.json", "json_match", JsonMatch},
    {"openai_evals_basic.json", "json_validator", JsonValidator},
};

class GraderVectors : public testing::TestWithParam<const char*> {};

TEST_P(GraderVectors, ComeOutAsThePeerSays) {
  const std::string name = GetParam();
  const std::filesystem::path path =
      std::filesystem::path(ASSAY_SOURCE_DIR) / ".." / "shared" / "data" / "grader_vectors" / name;
  std::ifstream file(path);
  if (!file) GTEST_SKIP() << "no vectors at " << path;
  std::stringstream text;
  text << file.rdbuf();
  const Json vectors = *Json::Parse(text.str());
  for (const auto& [key, list] : vectors.as_object()) {
    if (!list.is_array()) continue;  // where they come from
    bool is_checked = false;
    for (const VectorKind& kind : kKinds) {
      if (kind.file != name || kind.key != key) continue;
      is_checked = true;
      for (const Json& vector : list.as_array()) {
        SCOPED_TRACE(key + " " + vector.Dump());
        kind.check(vector);
      }
    }
    std::cout << name << " " << key << ": " << list.as_array().size() << (is_checked ? " checked" : " of no grader yet")
              << "\n";
  }
}

INSTANTIATE_TEST_SUITE_P(Files, GraderVectors, testing::Values("openai_evals_basic.json", "promptfoo_assertions.json"),
                         [](const auto& test) {
                           const std::string name = test.param;
                           return name.substr(0, name.find('.'));
                         });

}  // namespace
}  // namespace assay
