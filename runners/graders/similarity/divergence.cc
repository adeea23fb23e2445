// divergence: how differently response and reference use their words.

#include <algorithm>
#include <cmath>
#include <utility>

#include "runners/graders/similarity/compared_tokens.h"
#include "runners/graders/similarity/references.h"

namespace assay {
namespace {

enum class DivergenceMeasure { kJs, kJsDistance, kKl };
enum class KlDirection { kFromReference, kFromResponse, kMean };

struct DivergenceOptions {
  std::vector<std::string> reference;
  DivergenceMeasure measure = DivergenceMeasure::kJs;
  TokenRule tokenize = TokenRule::kWhitespace;
  bool ignore_case = true;
  std::optional<double> base;
  KlDirection direction = KlDirection::kFromResponse;
  double smoothing = 1e-12;
  static const FieldTable<DivergenceOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<DivergenceMeasure> {
  static constexpr EnumWord<DivergenceMeasure> kWords[] = {
      {"js_divergence", DivergenceMeasure::kJs, "that of Jensen and Shannon, 0 to 1 with base 2"},
      {"js_distance", DivergenceMeasure::kJsDistance, "its square root"},
      {"kl_divergence", DivergenceMeasure::kKl, "that of Kullback and Leibler"}};
};

template <>
struct EnumWords<KlDirection> {
  static constexpr EnumWord<KlDirection> kWords[] = {
      {"reference_response", KlDirection::kFromReference, "of the response from the reference: words that it lacks"},
      {"response_reference", KlDirection::kFromResponse, "of the reference from the response: words that it made up"},
      {"mean", KlDirection::kMean, "the mean of both"}};
};

namespace {

const FieldTable<DivergenceOptions>& DivergenceOptions::Fields() {
  static const auto table =
      FieldTable<DivergenceOptions>()
          .Required("reference", &DivergenceOptions::reference, std::string(kReferenceHelp), kReferenceLimits)
          .Optional("measure", &DivergenceOptions::measure, "what is measured")
          .Optional("tokenize", &DivergenceOptions::tokenize, "what a word is")
          .Optional("ignore_case", &DivergenceOptions::ignore_case, "compare in lower case")
          .Optional("base", &DivergenceOptions::base, "of the logarithm; unless given 2, and e for `kl_divergence`",
                    {.max = 1000, .above = 1})
          .Optional("direction", &DivergenceOptions::direction, "of `kl_divergence`")
          .Optional("smoothing", &DivergenceOptions::smoothing,
                    "of `kl_divergence`: added to every share, so that a word that one lacks does not make it infinite",
                    {.max = 1, .above = 0});
  return table;
}

// How large a share each word has, by its number.
using Shares = std::vector<double>;

// A text without words is all of one word (number 0) that no other text has: as far off as can be.
Shares SharesOf(const TokenIds& words, std::size_t vocabulary) {
  Shares shares(vocabulary, 0);
  if (words.empty()) {
    shares[0] = 1;
    return shares;
  }
  for (const std::uint32_t word : words) shares[word] += 1;
  for (double& share : shares) share /= static_cast<double>(words.size());
  return shares;
}

double JensenShannon(const Shares& p, const Shares& q) {
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double middle = (p[i] + q[i]) / 2;
    if (p[i] > 0) sum += p[i] * std::log(p[i] / middle);
    if (q[i] > 0) sum += q[i] * std::log(q[i] / middle);
  }
  return std::max(0.0, sum / 2);
}

double KullbackLeibler(const Shares& p, const Shares& q, double smoothing) {
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] > 0) sum += (p[i] + smoothing) * std::log((p[i] + smoothing) / (q[i] + smoothing));
  }
  return std::max(0.0, sum);
}

class Divergence final : public ComparingGrader {
 public:
  Divergence(const DivergenceOptions& options, ReferenceTexts references)
      : ComparingGrader(std::move(references)), options_(options) {
    const double base = options.base.value_or(options.measure == DivergenceMeasure::kKl ? std::exp(1.0) : 2.0);
    unit_ = std::log(base);
  }

  // The lowest for any reference.
  Score Grade(const Case& item, const Response& response) const override {
    const auto references = ReferencesOf(item);
    if (!references) return references.error();
    ComparedTokens tokens(options_.tokenize, options_.ignore_case, false, response.text, *references);
    if (std::all_of(tokens.references.begin(), tokens.references.end(), [](const auto& r) { return r.empty(); })) {
      return Score::Unscored("no reference has a word, as option tokenize has it");
    }
    std::uint32_t words = 1;
    const auto shift = [&words](TokenIds& ids) {
      for (std::uint32_t& id : ids) words = std::max(words, ++id + 1);
    };
    shift(tokens.response);
    for (TokenIds& reference : tokens.references) shift(reference);
    const Shares seen = SharesOf(tokens.response, words);
    std::optional<double> best;
    std::size_t nearest = 0;
    for (std::size_t i = 0; i < tokens.references.size(); ++i) {
      if (tokens.references[i].empty()) continue;
      const double value = Compare(SharesOf(tokens.references[i], words), seen);
      if (best && value >= *best) continue;
      best = value;
      nearest = i;
    }
    return Score::Measured(*best, MeasureReason(WordOf(options_.measure), *best, *references, nearest));
  }

 private:
  double Compare(const Shares& reference, const Shares& response) const {
    if (options_.measure == DivergenceMeasure::kKl) {
      const double from_reference = KullbackLeibler(reference, response, options_.smoothing);
      const double from_response = KullbackLeibler(response, reference, options_.smoothing);
      switch (options_.direction) {
        case KlDirection::kFromReference:
          return from_reference / unit_;
        case KlDirection::kFromResponse:
          return from_response / unit_;
        case KlDirection::kMean:
          return (from_reference + from_response) / 2 / unit_;
      }
    }
    const double divergence = JensenShannon(reference, response) / unit_;
    return options_.measure == DivergenceMeasure::kJs ? divergence : std::sqrt(divergence);
  }

  DivergenceOptions options_;
  double unit_ = 1;
};

}  // namespace

GraderKind DivergenceGrader() {
  return {1,
          "how differently the response and a reference use their words",
          &DivergenceOptions::Fields(),
          &MakeComparing<Divergence, DivergenceOptions>,
          /*judges_text=*/true,
          GraderValue::kErrorRate};
}

}  // namespace assay
