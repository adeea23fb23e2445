#include "tests/testing/tiny_model/generation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace assay::testing {
namespace {

using ::testing::ElementsAre;

// The text that llama2.c prints for this model at temperature 0 without a prompt.
constexpr std::string_view kKnownAnswer =
    "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a "
    "big, red ball. She wanted to play with it, but it was too high.\nLily's mom said, \"Lily, let's go to the park.\" "
    "Lily was sad and didn't know what to do. She said, \"I ";

class TinyGeneration : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto folder = TinyModelFolder();
    if (!folder) GTEST_SKIP() << kNoTinyModel;
    model_ = LanguageModel::Load(*folder / "stories260K.bin").value();
    tokenizer_ = Tokenizer::Load(*folder / "tok512.bin", model_.shape().vocabulary).value();
  }

  std::vector<GeneratedToken> Generate(const std::string& prompt, GenerationOptions options) {
    Generation generation(model_, tokenizer_, tokenizer_.Encode(prompt), options);
    std::vector<GeneratedToken> tokens;
    while (auto token = generation.Next()) tokens.push_back(*std::move(token));
    has_ended_ = generation.has_ended();
    EXPECT_EQ(generation.generated(), static_cast<int>(tokens.size()));
    return tokens;
  }
  static std::string Text(const std::vector<GeneratedToken>& tokens) {
    std::string text;
    for (const GeneratedToken& token : tokens) text += token.bytes;
    return text;
  }

  LanguageModel model_;
  Tokenizer tokenizer_;
  bool has_ended_ = false;
};

TEST_F(TinyGeneration, GivesTheKnownAnswerTokenForToken) {
  const auto tokens = Generate("", {.max_tokens = 400, .temperature = 0});
  EXPECT_EQ(Text(tokens).substr(0, kKnownAnswer.size()), kKnownAnswer);
  // Each token is the likeliest of a session of its own that takes all before it.
  std::vector<int> before = {Tokenizer::kBegin};
  for (const GeneratedToken& token : tokens) {
    if (before.size() % 16 == 1) {
      Session session(model_);
      std::span<const float> logits;
      for (const int taken : before) logits = session.Take(taken);
      EXPECT_EQ(token.chosen.token, std::ranges::max_element(logits) - logits.begin()) << before.size();
    }
    before.push_back(token.chosen.token);
  }
}

TEST_F(TinyGeneration, LogprobsAreThoseOfASeparatePass) {
  const auto tokens = Generate("The dog", {.max_tokens = 20, .temperature = 1, .seed = 3, .alternatives = 512});
  Session session(model_);
  std::span<const float> logits;
  for (const int token : tokenizer_.Encode("The dog")) logits = session.Take(token);
  for (const GeneratedToken& token : tokens) {
    const std::vector<double> logprobs = LogSoftmax(logits);
    EXPECT_DOUBLE_EQ(token.chosen.logprob, logprobs[static_cast<std::size_t>(token.chosen.token)]);
    double sum = 0;
    for (std::size_t i = 0; i < token.alternatives.size(); ++i) {
      sum += std::exp(token.alternatives[i].logprob);
      if (i > 0) {
        EXPECT_LE(token.alternatives[i].logprob, token.alternatives[i - 1].logprob);
      }
    }
    EXPECT_EQ(token.alternatives.size(), 512u);
    EXPECT_NEAR(sum, 1, 1e-12);
    logits = session.Take(token.chosen.token);
  }
  EXPECT_EQ(tokens.size(), 20u);
}

TEST_F(TinyGeneration, TheSeedDecides) {
  const auto text = [this](std::uint64_t seed) { return Text(Generate("The cat", {.max_tokens = 40, .seed = seed})); };
  EXPECT_EQ(text(1), text(1));
  EXPECT_NE(text(1), text(2));
}

TEST_F(TinyGeneration, TheLikeliestTokensAloneAreTheGreedyAnswer) {
  const auto greedy = Text(Generate("A cow", {.max_tokens = 30, .temperature = 0}));
  EXPECT_EQ(Text(Generate("A cow", {.max_tokens = 30, .top_p = 1e-9, .seed = 5})), greedy);
  EXPECT_EQ(Text(Generate("A cow", {.max_tokens = 30, .temperature = 1e-3, .seed = 5})), greedy);
  EXPECT_NE(Text(Generate("A cow", {.max_tokens = 30, .seed = 5})), greedy);
}

// How often a token is drawn is its share.
TEST_F(TinyGeneration, DrawsTokensByTheirShares) {
  std::map<int, int> drawn;
  constexpr int kDraws = 2000;
  const GeneratedToken first = Generate("The", {.max_tokens = 1, .alternatives = 3}).at(0);
  for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
    ++drawn[Generate("The", {.max_tokens = 1, .seed = seed}).at(0).chosen.token];
  }
  for (const ScoredToken& token : first.alternatives) {
    const double share = std::exp(token.logprob);
    const double deviation = std::sqrt(share * (1 - share) / kDraws);
    EXPECT_NEAR(drawn[token.token] / static_cast<double>(kDraws), share, 4 * deviation) << token.token;
  }
}

TEST_F(TinyGeneration, EndsWithTheContextOrTheLimit) {
  EXPECT_EQ(Generate("", {.max_tokens = 7, .temperature = 0}).size(), 7u);
  EXPECT_FALSE(has_ended_);
  EXPECT_EQ(Generate("", {.max_tokens = 100'000, .temperature = 0}).size(), 345u);
  EXPECT_TRUE(has_ended_);
  std::vector<int> long_prompt(510, tokenizer_.Encode("a").back());
  long_prompt.front() = Tokenizer::kBegin;
  Generation generation(model_, tokenizer_, long_prompt, {.max_tokens = 100'000, .temperature = 0});
  while (generation.Next()) {
  }
  EXPECT_EQ(generation.generated(), 3);
  EXPECT_FALSE(generation.has_ended());
}

TEST(LogSoftmax, IsExactForKnownShares) {
  const std::vector<float> logits = {1000.0F, 1000.0F, -1000.0F, 1000.0F};
  const std::vector<double> logprobs = LogSoftmax(logits);
  EXPECT_NEAR(logprobs[0], -std::log(3.0), 1e-12);
  EXPECT_NEAR(logprobs[2], -2000 - std::log(3.0), 1e-9);
}

std::vector<std::string> Shown(std::vector<std::string> stops, const std::vector<std::string>& pieces) {
  ShownText text(std::move(stops));
  std::vector<std::string> shown;
  for (const std::string& piece : pieces) shown.push_back(text.Add(piece));
  shown.push_back(text.Finish());
  return shown;
}

TEST(ShownText, HoldsBackWhatMayBecomeSomethingElse) {
  EXPECT_THAT(Shown({}, {"a", "\xE4", "\xB8", "\x96", "b"}), ElementsAre("a", "", "", "世", "b", ""));
  EXPECT_THAT(Shown({}, {"a\xF0\x9F"}), ElementsAre("a", "\uFFFD\uFFFD"));
  EXPECT_THAT(Shown({}, {"\xE4", "b"}), ElementsAre("", "\uFFFDb", ""));
  EXPECT_THAT(Shown({"END"}, {"x E", "N", "D y"}), ElementsAre("x ", "", "", ""));
  EXPECT_THAT(Shown({"END"}, {"x E", "N", "d"}), ElementsAre("x ", "", "ENd", ""));
  EXPECT_THAT(Shown({"END"}, {"EE", "ND"}), ElementsAre("E", "", ""));
  EXPECT_THAT(Shown({"\n\n", "b"}, {"a\n", "b"}), ElementsAre("a", "\n", ""));
  EXPECT_THAT(Shown({"END"}, {"EN"}), ElementsAre("", "EN"));
}

TEST(ValidUtf8, ReplacesWhatIsNoCharacter) {
  EXPECT_EQ(ValidUtf8("aé世🙂"), "aé世🙂");
  EXPECT_EQ(ValidUtf8("\xC3(\xFF"), "\uFFFD(\uFFFD");
  EXPECT_EQ(ValidUtf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(ValidUtf8("\xE0\x80\x80"), "\uFFFD\uFFFD\uFFFD");  // overlong
  EXPECT_EQ(ValidUtf8("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
}

}  // namespace
}  // namespace assay::testing
