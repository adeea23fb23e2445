// A language model that computes its answers, through daemon, gate and command line: plain and token by token.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/assay_stack.h"
#include "tests/testing/tiny_model/generation.h"
#include "tests/testing/tiny_model/language_model.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class TinyModelGate : public ::testing::Test {
 protected:
  static constexpr std::array<const char*, 8> kBeginnings = {
      "Once upon a time", "The dog", "Tom and", "One day, a big", "Lily saw", "There was a", "Mom said", "In the park"};

  void SetUp() override {
    const auto folder = TinyModelFolder();
    if (!folder) GTEST_SKIP() << kNoTinyModel;
    const LanguageModel model = LanguageModel::Load(*folder / "stories260K.bin").value();
    const Tokenizer tokenizer = Tokenizer::Load(*folder / "tok512.bin", model.shape().vocabulary).value();
    std::string rows;
    for (const char* beginning : kBeginnings) {
      Generation generation(model, tokenizer, tokenizer.Encode(beginning), {.max_tokens = 24, .temperature = 0});
      std::string story;
      while (const auto token = generation.Next()) story += token->bytes;
      rows += Json::Of({{"beginning", beginning}, {"story", story}}).Dump() + "\n";
    }
    files_.Write("catalog/cases.jsonl", rows);
    endpoint_ = std::make_unique<Server>("tiny-model", std::vector<std::string>{folder->string()});
    const int port = endpoint_->PortAfter("http://127.0.0.1:");
    ASSERT_NE(port, 0) << endpoint_->errors();
    files_.Write("catalog/suite.yaml",
                 "kind: Suite\nname: stories\ndataset: [{file: cases.jsonl}]\nprompt: [{user: \"{{beginning}}\"}]\n"
                 "sampling: {temperature: 0, max_tokens: 24}\n"
                 "graders:\n  - {name: story, type: equals, value: \"{{story}}\"}\n"
                 "  - {name: rhyme, type: contains, value: \"roses are red\"}\n"
                 "metrics:\n  - {name: first-token, source: ttft_ms, aggregate: p50}\n");
    files_.Write(
        "catalog/gates.yaml",
        "kind: Gate\nname: same-story\nsuites: [stories]\n"
        "rules: [{name: floor, grader: story, at_least: 0.6}]\n---\n"
        "kind: Gate\nname: poet\nsuites: [stories]\nrules: [{name: floor, grader: rhyme, at_least: 0.6}]\n---\n"
        "kind: Gate\nname: quick\nsuites: [stories]\n"
        "rules:\n  - {name: floor, grader: story, at_least: 0.6}\n"
        "  - {name: soon, metric: first-token, at_most: 20000}\n");
    const std::string address = "http://127.0.0.1:" + std::to_string(port) + "/v1";
    for (const char* name : {"plain", "streamed"}) {
      files_.Write(std::string("catalog/") + name + ".yaml",
                   std::string("kind: Model\nname: ") + name +
                       "\nversion: \"1\"\nendpoint: {provider: openai-chat, model: stories260k, url: \"" + address +
                       "\", stream: " + (std::string(name) == "streamed" ? "true" : "false") + "}\n");
    }
    stack_ = std::make_unique<AssayStack>(files_.path() / "catalog");
    ASSERT_TRUE(stack_->Start()) << stack_->daemon().errors();
  }

  ProgramEnd Check(const std::string& gate, const std::string& model) {
    return stack_->Assay({"gate", "check", gate, "--candidate", model + "@1", "--timeout", "50s"});
  }

  TemporaryFolder files_;
  std::unique_ptr<Server> endpoint_;
  std::unique_ptr<AssayStack> stack_;
};

TEST_F(TinyModelGate, DecidesByWhatTheModelComputes) {
  const ProgramEnd same = Check("same-story", "plain");
  EXPECT_EQ(same.exit_code, 0) << same.output << same.errors;
  EXPECT_THAT(same.output, StartsWith("PASS  gate same-story"));
  const ProgramEnd poet = Check("poet", "plain");
  EXPECT_EQ(poet.exit_code, 1) << poet.output << poet.errors;
  EXPECT_THAT(poet.output, StartsWith("FAIL  gate poet"));
}

TEST_F(TinyModelGate, DecidesByTheTimeToTheFirstTokenOfStreams) {
  const ProgramEnd quick = Check("quick", "streamed");
  EXPECT_EQ(quick.exit_code, 0) << quick.output << quick.errors;
  EXPECT_THAT(quick.output, StartsWith("PASS  gate quick"));
  // Plain answers have no first token: no evidence, no PASS.
  const ProgramEnd blind = Check("quick", "plain");
  EXPECT_EQ(blind.exit_code, 2) << blind.output << blind.errors;
  EXPECT_THAT(blind.output, HasSubstr("soon"));
}

}  // namespace
}  // namespace assay::testing
