// perplexity and likelihood: how sure the model was of its answer, from the log-probabilities of its tokens.

#include <algorithm>
#include <cmath>
#include <expected>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/similarity/references.h"

namespace assay {
namespace {

enum class PerplexityMeasure { kPerplexity, kPerToken, kPerSequence, kBitsPerByte };
enum class LikelihoodMeasure { kMean, kInverse, kLeast };

struct PerplexityOptions {
  PerplexityMeasure measure = PerplexityMeasure::kPerplexity;
  static const FieldTable<PerplexityOptions>& Fields();
};
struct LikelihoodOptions {
  LikelihoodMeasure measure = LikelihoodMeasure::kMean;
  static const FieldTable<LikelihoodOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<PerplexityMeasure> {
  static constexpr EnumWord<PerplexityMeasure> kWords[] = {
      {"perplexity", PerplexityMeasure::kPerplexity, "e to the mean of the negative log-probabilities"},
      {"nll_per_token", PerplexityMeasure::kPerToken, "that mean, in nats"},
      {"nll_per_sequence", PerplexityMeasure::kPerSequence, "their sum, in nats"},
      {"bits_per_byte", PerplexityMeasure::kBitsPerByte, "their sum in bits, over the bytes of the response"}};
};

template <>
struct EnumWords<LikelihoodMeasure> {
  static constexpr EnumWord<LikelihoodMeasure> kWords[] = {
      {"mean", LikelihoodMeasure::kMean, "the geometric mean of the probabilities of the tokens: 1 / perplexity"},
      {"inverse", LikelihoodMeasure::kInverse, "1 / (1 + perplexity)"},
      {"least", LikelihoodMeasure::kLeast, "the probability of the least likely token"}};
};

namespace {

const FieldTable<PerplexityOptions>& PerplexityOptions::Fields() {
  static const auto table =
      FieldTable<PerplexityOptions>().Optional("measure", &PerplexityOptions::measure, "what is measured");
  return table;
}
const FieldTable<LikelihoodOptions>& LikelihoodOptions::Fields() {
  static const auto table =
      FieldTable<LikelihoodOptions>().Optional("measure", &LikelihoodOptions::measure, "what is measured");
  return table;
}

struct Surprise {
  double total = 0;  // of the negative log-probabilities
  double mean = 0;
  double greatest = 0;
  std::size_t tokens = 0;
};

// The score to give instead when there are none, or what the endpoint sent are no log-probabilities.
std::expected<Surprise, Score> SurpriseOf(const Response& response) {
  constexpr double kRounding = 1e-6;  // a probability of 1 may come a little above
  if (response.logprobs.empty()) {
    return std::unexpected(
        Score::Unscored("the response has no log-probabilities: the endpoint's options ask for them"));
  }
  Surprise surprise;
  for (const AnswerToken& token : response.logprobs) {
    const double logprob = token.chosen.logprob;
    if (!std::isfinite(logprob) || logprob > kRounding) {
      return std::unexpected(Score::Broken("token " + Quoted(token.chosen.token) + " has the log-probability " +
                                           MeasureText(logprob) + ", which is none"));
    }
    const double nats = -std::min(logprob, 0.0);
    surprise.total += nats;
    surprise.greatest = std::max(surprise.greatest, nats);
  }
  surprise.tokens = response.logprobs.size();
  surprise.mean = surprise.total / static_cast<double>(surprise.tokens);
  return surprise;
}

std::string OverTokens(std::string_view name, double value, const Surprise& surprise) {
  return std::string(name) + " " + MeasureText(value) + " over " + std::to_string(surprise.tokens) + " tokens";
}

class Perplexity final : public Grader {
 public:
  explicit Perplexity(PerplexityMeasure measure) : measure_(measure) {}

  Score Grade(const Case&, const Response& response) const override {
    const auto surprise = SurpriseOf(response);
    if (!surprise) return surprise.error();
    // A model is sure of saying nothing: that must not lower a mean.
    if (TrimBlanks(response.text).empty()) return Score::Unscored("the response is empty, which has no perplexity");
    const double value = ValueOf(*surprise, response.text.size());
    if (!std::isfinite(value)) return Score::Broken("the perplexity is beyond what can be written");
    return Score::Measured(value, OverTokens(WordOf(measure_), value, *surprise));
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  double ValueOf(const Surprise& surprise, std::size_t bytes) const {
    switch (measure_) {
      case PerplexityMeasure::kPerplexity:
        return std::exp(surprise.mean);
      case PerplexityMeasure::kPerToken:
        return surprise.mean;
      case PerplexityMeasure::kPerSequence:
        return surprise.total;
      case PerplexityMeasure::kBitsPerByte:
        return surprise.total / std::log(2.0) / static_cast<double>(std::max<std::size_t>(bytes, 1));
    }
    return 0;
  }
  PerplexityMeasure measure_;
};

class Likelihood final : public Grader {
 public:
  explicit Likelihood(LikelihoodMeasure measure) : measure_(measure) {}

  Score Grade(const Case&, const Response& response) const override {
    const auto surprise = SurpriseOf(response);
    if (!surprise) return surprise.error();
    if (TrimBlanks(response.text).empty()) return Score::Failing("the response is empty");
    const double value = ValueOf(*surprise);
    return Score::Measured(value, OverTokens("likelihood (" + std::string(WordOf(measure_)) + ")", value, *surprise));
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  double ValueOf(const Surprise& surprise) const {
    switch (measure_) {
      case LikelihoodMeasure::kMean:
        return std::exp(-surprise.mean);
      case LikelihoodMeasure::kInverse:
        return 1 / (1 + std::exp(surprise.mean));
      case LikelihoodMeasure::kLeast:
        return std::exp(-surprise.greatest);
    }
    return 0;
  }
  LikelihoodMeasure measure_;
};

template <class GraderType, class Options>
std::unique_ptr<Grader> MakeLikelihood(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  Options options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<GraderType>(options.measure);
}

}  // namespace

GraderKind PerplexityGrader() {
  return {1,
          "how unlikely the response was to the model itself",
          &PerplexityOptions::Fields(),
          &MakeLikelihood<Perplexity, PerplexityOptions>,
          /*judges_text=*/true,
          GraderValue::kErrorRate};
}

GraderKind LikelihoodGrader() {
  return {1,
          "how likely the response was to the model itself",
          &LikelihoodOptions::Fields(),
          &MakeLikelihood<Likelihood, LikelihoodOptions>,
          /*judges_text=*/true,
          GraderValue::kShare};
}

}  // namespace assay
