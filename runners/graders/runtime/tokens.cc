// tokens and token_rate: how many tokens a response took, and how fast they came.

#include <cstdio>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"

namespace assay {
namespace {

enum class CountedTokens { kInput, kOutput, kTotal };

struct TokensOptions {
  CountedTokens which = CountedTokens::kTotal;
  static const FieldTable<TokensOptions>& Fields();
};

struct TokenRateOptions {
  static const FieldTable<TokenRateOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<CountedTokens> {
  static constexpr EnumWord<CountedTokens> kWords[] = {{"input", CountedTokens::kInput, "those of the prompt"},
                                                       {"output", CountedTokens::kOutput, "those that the model wrote"},
                                                       {"total", CountedTokens::kTotal, "both"}};
};

namespace {

const FieldTable<TokensOptions>& TokensOptions::Fields() {
  static const auto table =
      FieldTable<TokensOptions>().Optional("which", &TokensOptions::which, "which tokens are counted");
  return table;
}

const FieldTable<TokenRateOptions>& TokenRateOptions::Fields() {
  static const auto table = FieldTable<TokenRateOptions>();
  return table;
}

class Tokens final : public Grader {
 public:
  explicit Tokens(CountedTokens which) : which_(which) {}

  Score Grade(const Case&, const Response& response) const override {
    if (response.is_cached) return Score::Unscored("the response is from the cache");
    const auto count = CountIn(response.usage);
    if (!count) return Score::Unscored("the endpoint did not tell the number of tokens");
    const std::string kind = which_ == CountedTokens::kTotal ? "" : std::string(WordOf(which_)) + " ";
    return Score::Measured(static_cast<double>(*count),
                           std::to_string(*count) + " " + kind + (*count == 1 ? "token" : "tokens"));
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  std::optional<std::int64_t> CountIn(const Usage& usage) const {
    if (which_ == CountedTokens::kInput) return usage.tokens_in;
    if (which_ == CountedTokens::kOutput) return usage.tokens_out;
    if (!usage.tokens_in || !usage.tokens_out) return std::nullopt;
    return *usage.tokens_in + *usage.tokens_out;
  }

  CountedTokens which_;
};

class TokenRate final : public Grader {
 public:
  Score Grade(const Case&, const Response& response) const override {
    if (response.is_cached) return Score::Unscored("the response is from the cache");
    if (!response.first_token) return Score::Unscored("the endpoint did not stream the answer");
    // Tokens and time are then sums over several answers, the time to the first token that of the last.
    if (!response.transcript.empty())
      return Score::Unscored("the rate of a conversation of several answers is not known");
    const auto rate = TokensPerSecond(response.latency, response.first_token, response.usage.tokens_out);
    if (!rate) return Score::Unscored("fewer than two tokens, or they came at once");
    char text[64];
    std::snprintf(text, sizeof text, "%.4g tokens per second", *rate);
    return Score::Measured(*rate, text);
  }
  std::vector<std::string> RequiredFields() const override { return {}; }
};

std::unique_ptr<Grader> MakeTokens(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  TokensOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<Tokens>(options.which);
}

std::unique_ptr<Grader> MakeTokenRate(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  TokenRateOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<TokenRate>();
}

}  // namespace

GraderKind TokensGrader() {
  return {.version = 1,
          .help = "how many tokens the response took",
          .fields = &TokensOptions::Fields(),
          .make = &MakeTokens,
          .judges_text = false,
          .value = GraderValue::kErrorRate};
}

GraderKind TokenRateGrader() {
  return {.version = 1,
          .help = "how many tokens came in a second, after the first",
          .fields = &TokenRateOptions::Fields(),
          .make = &MakeTokenRate,
          .judges_text = false,
          .value = GraderValue::kAmount};
}

}  // namespace assay
