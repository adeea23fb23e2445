// Characters, words, stems and n-grams, and what hostile responses do to the measures.

#include <gmock/gmock.h>

#include <chrono>
#include <random>

#include "runners/graders/frame/reason.h"
#include "runners/graders/similarity/ngrams.h"
#include "runners/graders/similarity/porter_stemmer.h"
#include "runners/graders/similarity/tokens.h"
#include "runners/graders/similarity/unicode_text.h"
#include "tests/runners/graders/make_grader.h"
#include "tests/testing/hostile_size.h"
#include "tests/testing/thread_time.h"

namespace assay {
namespace {

using testing::ElementsAre;

TEST(UnicodeText, BrokenBytesAreCharactersOfTheirOwn) {
  EXPECT_EQ(UnicodeCharacters("aé中😀"), U"aé中😀");
  EXPECT_EQ(UnicodeCharacters("\xFF\xE4\xB8").size(), 3U);
  EXPECT_EQ(UnicodeCharacters("\xFF"), UnicodeCharacters("\xFF"));
  EXPECT_NE(UnicodeCharacters("\xFF"), UnicodeCharacters("\xFE"));
  EXPECT_EQ(UnicodeLowerCase("É\xFF\xC3X"), "é\xFF\xC3x");
  const auto similarity = GraderOf("string_similarity", R"({reference: "{{r}}"})");
  EXPECT_EQ(GradeText(*similarity, "a\xFF", Json::Of({{"r", "ab"}})).value, 0.5);
}

TEST(UnicodeText, CasesAreThoseOfUnicode) {
  EXPECT_EQ(UnicodeLowerCase("ÀÉÎ ΟΔΟΣ ПРИВЕТ"), "àéî οδος привет");
  EXPECT_EQ(UnicodeLowerCase("İ"), "i̇");
  EXPECT_EQ(UnicodeFoldedCase("Straße"), "strasse");
  EXPECT_EQ(TrimUnicodeSpaces("\u00a0\u3000 a b\x1c\u2028"), "a b");
  EXPECT_THAT(SplitAtUnicodeSpaces(" a\u00a0b\u3000 c\n"), ElementsAre("a", "b", "c"));
}

TEST(Tokens, FollowTheirRules) {
  EXPECT_THAT(TokenizedText(TokenRule::k13a, "Hello, world! It's 3.14 or 10-20, &quot;e.g.&quot;", false).list(),
              ElementsAre("Hello", ",", "world", "!", "It's", "3.14", "or", "10", "-", "20", ",", "\"", "e", ".", "g",
                          ".", "\""));
  EXPECT_THAT(TokenizedText(TokenRule::kCharacters, "a 中\n", false).list(), ElementsAre("a", "中"));
  EXPECT_THAT(TokenizedText(TokenRule::kAlphanumeric, "Don't be_naïve!", false).list(),
              ElementsAre("don", "t", "be", "na", "ve"));
  EXPECT_THAT(TokenizedText(TokenRule::kWords, "Don't be_naïve!", true).list(), ElementsAre("don", "t", "be", "naïve"));
}

TEST(PorterStemmer, FollowsTheRulesAndExceptions) {
  const std::pair<const char*, const char*> words[] = {
      {"caresses", "caress"},     {"ponies", "poni"},      {"ties", "tie"},           {"died", "die"},
      {"spied", "spi"},           {"agreed", "agre"},      {"feed", "feed"},          {"plastered", "plaster"},
      {"motoring", "motor"},      {"sing", "sing"},        {"hopping", "hop"},        {"falling", "fall"},
      {"filing", "file"},         {"happy", "happi"},      {"enjoy", "enjoy"},        {"sky", "sky"},
      {"skies", "sky"},           {"relational", "relat"}, {"conditional", "condit"}, {"formally", "formal"},
      {"geology", "geolog"},      {"hopefulness", "hope"}, {"electrical", "electr"},  {"adoption", "adopt"},
      {"controlling", "control"}, {"yyyy", "yyyi"},        {"succeed", "succeed"},    {"at", "at"},
      {"naïvely", "naïv"},        {"beéing", "beée"}};
  for (const auto& [word, stem] : words) EXPECT_EQ(PorterStem(word), stem) << word;
  EXPECT_EQ(PorterStem(std::string(1'000'000, 'y')).size(), 1'000'000U);
}

TEST(Ngrams, AreCountedAsByHand) {
  Vocabulary vocabulary;
  const std::vector<std::string_view> response = {"a", "b", "a", "b", "a"};
  const std::vector<std::string_view> one = {"a", "b", "a"};
  const std::vector<std::string_view> two = {"b", "a", "b", "b"};
  const TokenIds references[] = {vocabulary.Ids(one), vocabulary.Ids(two)};
  const auto counts = CountNgrams(vocabulary.Ids(response), references, 6);
  // Of single words two a (reference one) and two b (reference two); ab once and ba once in each.
  EXPECT_EQ(counts[0].in_both, 4);
  EXPECT_EQ(counts[1].in_both, 2);
  EXPECT_EQ(counts[2].in_both, 2);
  EXPECT_EQ(counts[3].in_both, 0);
  EXPECT_EQ(counts[1].in_response, 4);
  EXPECT_EQ(counts[1].in_reference, 5);
  EXPECT_EQ(counts[5].in_response, 0);
}

std::string RepeatedText(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += piece;
  return text;
}

// Of every kind and option that costs most: a long answer takes seconds at the most, and what is too long is
// an error of the grader, never a number.
TEST(HostileSimilarity, OfGreatLengthAreMeasuredOrRefusedInTime) {
  const std::pair<const char*, const char*> graders[] = {
      {"string_similarity", ""},
      {"string_similarity", ", algorithm: damerau"},
      {"string_similarity", ", algorithm: jaro_winkler"},
      {"edit_distance", ", algorithm: indel"},
      {"levenshtein", ", max: 1000"},
      {"token_f1", ", normalize: inspect"},
      {"rouge", ", variant: rouge_5, stem: true"},
      {"rouge", ", variant: rouge_lsum"},
      {"rouge", ", variant: rouge_w"},
      {"bleu", ", max_order: 9"},
      {"gleu", ""},
      {"meteor", ""},
      {"chrf", ", word_order: 2"},
      {"ter", ", normalize: true"},
      {"error_rate", ", measure: mer"},
      {"error_rate", ", measure: cer"},
      {"wip", ""},
      {"fuzzy_match", ", ratio: token_set, normalize: true"},
      {"divergence", ", measure: kl_divergence"},
      {"spearman", ""},
  };
  constexpr std::size_t kLongText = HostileSize(1U << 18);
  std::mt19937 random(5);
  std::string noise;
  while (noise.size() < kLongText) noise += static_cast<char>(random() % 256);
  const std::string long_reference = RepeatedText("the quick brown fox, ", kLongText - 100);
  const std::string responses[] = {RepeatedText("the quick brown fox. ", kLongText), RepeatedText("y\n", kLongText),
                                   std::string(kLongText, 'y'), RepeatedText("é中\xFF", kLongText), noise};
  for (const auto& [kind, options] : graders) {
    const auto grader = GraderOf(kind, std::string("{reference: \"{{r}}\"") + options + "}");
    ASSERT_NE(grader, nullptr);
    for (const std::string& reference : {std::string("the quick brown fox"), long_reference}) {
      const Json fields = Json::Of({{"r", reference}});
      for (const std::string& response : responses) {
        const auto begin = ThreadTime::now();
        const Score score = GradeText(*grader, response, fields);
        const auto took = ThreadTime::now() - begin;
        const std::string what = std::string(kind) + options + " on " + Quoted(response, 20) + ": " + score.reason;
        EXPECT_LT(took, std::chrono::seconds(20)) << what;
        EXPECT_EQ(score.status == ScoreStatus::kScored, score.value.has_value()) << what;
        if (score.value) {
          EXPECT_TRUE(std::isfinite(*score.value)) << what;
        }
        if (score.status == ScoreStatus::kError) {
          EXPECT_THAT(score.reason, testing::HasSubstr("too long")) << what;
        }
        EXPECT_NE(score.pass, true) << what;
      }
    }
  }
}

// The most work that TER does: every word is out of place, and every shift is tried.
TEST(HostileSimilarity, OfTooManyWordsAreNoTer) {
  const auto ter = GraderOf("ter", R"({reference: "{{r}}"})");
  std::string words;
  std::string backwards;
  for (int i = 0; i < 10'000; ++i) {
    words += std::to_string(i % 70) + " ";
    backwards = std::to_string(i % 70) + " " + backwards;
  }
  const auto begin = ThreadTime::now();
  EXPECT_EQ(GradeText(*ter, words, Json::Of({{"r", backwards}})).status, ScoreStatus::kScored);
  EXPECT_LT(ThreadTime::now() - begin, std::chrono::seconds(60));
  const Score refused = GradeText(*ter, words + "x", Json::Of({{"r", backwards}}));
  EXPECT_EQ(refused.status, ScoreStatus::kError);
  EXPECT_THAT(refused.reason, testing::HasSubstr("10000 and 10001 words, at most 10000"));
}

TEST(SimilarityOptions, ProblemsAreNamedWithTheirPlace) {
  EXPECT_THAT(ErrorOf("rouge", "{}"), testing::HasSubstr("reference"));
  EXPECT_THAT(ErrorOf("rouge", "{reference: \" \"}"), testing::HasSubstr("options.yaml:1:13: reference: a blank text"));
  EXPECT_THAT(ErrorOf("rouge", "{reference: x, variant: rouge_6}"), testing::HasSubstr("variant"));
  EXPECT_THAT(ErrorOf("gleu", "{reference: x, min_order: 3, max_order: 2}"),
              testing::HasSubstr("options.yaml:1:27: min_order: min_order: more than max_order"));
  EXPECT_THAT(ErrorOf("levenshtein", "{reference: x, max: -1}"), testing::HasSubstr("max"));
  EXPECT_THAT(ErrorOf("divergence", "{reference: x, base: 1}"), testing::HasSubstr("base"));
  EXPECT_THAT(GraderOf("bleu", R"({reference: ["{{a}}", "{{b.c}}"]})")->RequiredFields(), ElementsAre("a", "b.c"));
}

}  // namespace
}  // namespace assay
