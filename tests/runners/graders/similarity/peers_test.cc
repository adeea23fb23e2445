// peers.json: what the reference implementations (sacrebleu, rouge-score, NLTK, jiwer, RapidFuzz, SciPy) say of texts
// made for this. METEOR without WordNet; TER with `normalize` on references that were prepared once.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/runners/graders/make_grader.h"

namespace assay {
namespace {

constexpr double kTolerance = 1e-9;

Json ReadJson(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  const Result<Json> json = Json::Parse(text.str());
  EXPECT_TRUE(json.has_value()) << path;
  return json ? *json : Json();
}

TEST(SimilarityPeers, EveryMeasureIsThatOfItsReferenceImplementation) {
  const Json peers = ReadJson(std::string(ASSAY_SOURCE_DIR) + "/tests/runners/graders/similarity/peers.json");
  const Json::Array& texts = peers.Find("texts")->as_array();
  int compared = 0;
  for (const Json& measure : peers.Find("measures")->as_array()) {
    const std::string& kind = measure.Find("kind")->as_string();
    Json options = *measure.Find("options");
    options.Set("reference", "{{references}}");
    const auto grader = GraderOf(kind, options.Dump());
    ASSERT_NE(grader, nullptr);
    const Json::Array& values = measure.Find("values")->as_array();
    ASSERT_EQ(values.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const Score score = GradeText(*grader, texts[i].Find("response")->as_string(), texts[i]);
      const std::string what = kind + " " + options.Dump() + " on text " + std::to_string(i) + ": " + score.reason;
      if (values[i].is_string()) continue;  // the peer lower-cases by a table of its own
      if (values[i].is_null()) {
        EXPECT_EQ(score.status, ScoreStatus::kUnscored) << what;
        continue;
      }
      ASSERT_TRUE(score.value.has_value()) << what;
      EXPECT_NEAR(*score.value, values[i].as_number(), kTolerance) << what;
      ++compared;
    }
  }
  EXPECT_GT(compared, 900);
}

// The expectations of the test suites of promptfoo and openai/evals.
TEST(SimilarityPeers, RecordedVectorsOfPeers) {
  const std::filesystem::path folder =
      std::filesystem::path(ASSAY_SOURCE_DIR) / ".." / "shared" / "data" / "grader_vectors";
  if (!std::filesystem::exists(folder / "promptfoo_assertions.json")) GTEST_SKIP() << "no vectors at " << folder;
  const Json promptfoo = ReadJson(folder / "promptfoo_assertions.json");
  int agreed = 0;
  for (const Json& vector : promptfoo.Find("levenshtein")->as_array()) {
    const std::string& output = vector.Find("output")->as_string();
    if (output.empty()) continue;  // an empty response never passes here
    const auto grader =
        GraderOf("levenshtein",
                 "{reference: \"{{value}}\", max: " + std::to_string(vector.Find("threshold")->as_integer()) + "}");
    EXPECT_EQ(GradeText(*grader, output, vector).pass, vector.Find("pass")->as_bool()) << vector.Dump();
    ++agreed;
  }
  // Its BLEU splits at white space and takes 1e-7 for a precision of 0.
  const auto bleu = GraderOf(
      "bleu",
      R"({reference: "{{refs}}", tokenize: whitespace, ignore_case: true, smoothing: floor, smooth_value: 1e-6})");
  for (const Json& vector : promptfoo.Find("bleu_bounds")->as_array()) {
    const Score score = GradeText(*bleu, vector.Find("hyp")->as_string(), vector);
    ASSERT_TRUE(score.value.has_value()) << vector.Dump();
    EXPECT_GT(*score.value, vector.Find("gt")->as_number()) << vector.Dump();
    if (const Json* below = vector.Find("lt")) {
      EXPECT_LT(*score.value, below->as_number()) << vector.Dump();
    }
    ++agreed;
  }
  const Json evals = ReadJson(folder / "openai_evals_basic.json");
  const auto f1 = GraderOf("token_f1", R"({reference: "{{ideal}}"})");
  for (const Json& vector : evals.Find("fuzzy_match_metrics")->as_array()) {
    const Score score = GradeText(*f1, vector.Find("completion")->as_string(), vector);
    EXPECT_NEAR(score.value.value_or(-1), vector.Find("f1")->as_number(), 1e-9) << vector.Dump();
    ++agreed;
  }
  std::printf("%d vectors of peers agree\n", agreed);
}

}  // namespace
}  // namespace assay
