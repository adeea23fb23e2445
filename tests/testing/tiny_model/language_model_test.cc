#include "tests/testing/tiny_model/language_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/file.h"
#include "tests/testing/tiny_model/tokenizer.h"

namespace assay::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TinyLanguageModel : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto folder = TinyModelFolder();
    if (!folder) GTEST_SKIP() << kNoTinyModel;
    folder_ = *folder;
    auto model = LanguageModel::Load(folder_ / "stories260K.bin");
    ASSERT_TRUE(model) << model.error().message;
    model_ = *std::move(model);
    auto tokenizer = Tokenizer::Load(folder_ / "tok512.bin", model_.shape().vocabulary);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    tokenizer_ = *std::move(tokenizer);
  }

  std::filesystem::path folder_;
  LanguageModel model_;
  Tokenizer tokenizer_;
};

TEST_F(TinyLanguageModel, HasTheShapeOfItsHeader) {
  const LanguageModel::Shape& shape = model_.shape();
  EXPECT_EQ(shape.width, 64);
  EXPECT_EQ(shape.hidden, 172);
  EXPECT_EQ(shape.layers, 5);
  EXPECT_EQ(shape.heads, 8);
  EXPECT_EQ(shape.key_heads, 4);
  EXPECT_EQ(shape.vocabulary, 512);
  EXPECT_EQ(shape.context, 512);
}

TEST_F(TinyLanguageModel, ThePastDoesNotChangeWithWhatFollows) {
  const std::vector<int> text = tokenizer_.Encode("Once upon a time");
  Session whole(model_);
  std::vector<std::vector<float>> logits;
  for (const int token : text) {
    const std::span<const float> next = whole.Take(token);
    logits.emplace_back(next.begin(), next.end());
  }
  EXPECT_EQ(whole.length(), static_cast<int>(text.size()));
  for (std::size_t size = 1; size <= text.size(); ++size) {
    Session part(model_);
    std::span<const float> next;
    for (std::size_t i = 0; i < size; ++i) next = part.Take(text[i]);
    EXPECT_EQ(std::vector<float>(next.begin(), next.end()), logits[size - 1]) << size;
  }
}

TEST_F(TinyLanguageModel, RefusesFilesThatAreNoModel) {
  const std::string bytes = ReadFile(folder_ / "stories260K.bin").value();
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "assay_no_model.bin";
  std::string odd_heads = bytes;
  odd_heads[12] = 7;
  for (const auto& [text, message] :
       {std::pair{std::string(), "no header"}, std::pair{bytes.substr(0, 20), "no header"},
        std::pair{bytes.substr(0, bytes.size() - 4), "does not fit its header"},
        std::pair{bytes + "more", "does not fit its header"}, std::pair{std::string(100, '\0'), "those of no model"},
        std::pair{odd_heads, "those of no model"}}) {
    std::ofstream(file, std::ios::binary) << text;
    const auto model = LanguageModel::Load(file);
    ASSERT_FALSE(model) << message;
    EXPECT_EQ(model.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(model.error().message, HasSubstr(message));
    EXPECT_FALSE(Tokenizer::Load(file, 512));
  }
  EXPECT_EQ(LanguageModel::Load(folder_ / "absent").error().code, ErrorCode::kNotFound);
}

TEST_F(TinyLanguageModel, TextsComeBackFromTheirTokens) {
  for (const std::string text :
       {"", "Once upon a time", " two  spaces ", "line\nline", "Grüße, 世界 🙂", "\xff\xfe"}) {
    const std::vector<int> tokens = tokenizer_.Encode(text);
    EXPECT_EQ(tokens.front(), Tokenizer::kBegin);
    EXPECT_EQ(tokenizer_.Decode(tokens), text);
  }
  EXPECT_THAT(tokenizer_.Encode(""), ElementsAre(Tokenizer::kBegin));
}

TEST_F(TinyLanguageModel, WordsAreMergedAndWhatHasNoTokenIsBytes) {
  const auto names = [this](const std::string& text) {
    std::vector<std::string> out;
    for (const int token : tokenizer_.Encode(text)) out.push_back(tokenizer_.Name(token));
    out.erase(out.begin());
    return out;
  };
  EXPECT_THAT(names("Once upon a time"), ElementsAre(" Once", " upon", " a", " time"));
  EXPECT_THAT(names("世"), ElementsAre(" ", "<0xE4>", "<0xB8>", "<0x96>"));
}

}  // namespace
}  // namespace assay::testing
