// bleu: n-grams of the response that a reference has, as sacrebleu counts them for one sentence.

#include <algorithm>
#include <cmath>
#include <utility>

#include "runners/graders/similarity/compared_tokens.h"
#include "runners/graders/similarity/ngrams.h"
#include "runners/graders/similarity/references.h"
#include "runners/graders/similarity/unicode_text.h"

namespace assay {
namespace {

enum class BleuSmoothing { kExponential, kFloor, kAddK, kNone };

struct BleuOptions {
  std::vector<std::string> reference;
  TokenRule tokenize = TokenRule::k13a;
  bool ignore_case = false;
  BleuSmoothing smoothing = BleuSmoothing::kExponential;
  std::optional<double> smooth_value;
  int max_order = 4;
  bool effective_order = true;
  static const FieldTable<BleuOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<BleuSmoothing> {
  static constexpr EnumWord<BleuSmoothing> kWords[] = {
      {"exp", BleuSmoothing::kExponential, "the k-th order without a match counts as 1/2^k matches"},
      {"floor", BleuSmoothing::kFloor, "an order without a match counts as `smooth_value` matches"},
      {"add_k", BleuSmoothing::kAddK, "`smooth_value` matches more of every order but the first"},
      {"none", BleuSmoothing::kNone, "an order without a match makes it 0"}};
};

namespace {

const FieldTable<BleuOptions>& BleuOptions::Fields() {
  static const auto table =
      FieldTable<BleuOptions>()
          .Required("reference", &BleuOptions::reference, std::string(kReferenceHelp), kReferenceLimits)
          .Optional("tokenize", &BleuOptions::tokenize, "what a word is")
          .Optional("ignore_case", &BleuOptions::ignore_case, "compare in lower case")
          .Optional("smoothing", &BleuOptions::smoothing, "what becomes of orders without a match")
          .Optional("smooth_value", &BleuOptions::smooth_value, "of `floor` (0.1 unless given) and `add_k` (1)",
                    {.min = 0, .max = 100})
          .Optional("max_order", &BleuOptions::max_order, "n-grams of up to so many words", {.min = 1, .max = 9})
          .Optional("effective_order", &BleuOptions::effective_order,
                    "leave out orders that the response is too short for");
  return table;
}

// Of all references the one whose length is nearest, the shorter of two.
std::int64_t NearestLength(const std::vector<TokenIds>& references, std::int64_t length) {
  std::int64_t best = -1;
  for (const TokenIds& reference : references) {
    const auto size = static_cast<std::int64_t>(reference.size());
    const std::int64_t distance = std::abs(size - length);
    const std::int64_t best_distance = std::abs(best - length);
    if (best < 0 || distance < best_distance || (distance == best_distance && size < best)) best = size;
  }
  return best;
}

// Shorter answers than the reference pay for it: precision alone would favour them.
double BrevityPenalty(std::int64_t length, std::int64_t reference) {
  if (length >= reference) return 1;
  return length == 0 ? 0 : std::exp(1 - static_cast<double>(reference) / static_cast<double>(length));
}

class Bleu final : public ComparingGrader {
 public:
  Bleu(const BleuOptions& options, ReferenceTexts references)
      : ComparingGrader(std::move(references)), options_(options) {
    smooth_value_ = options.smooth_value.value_or(options.smoothing == BleuSmoothing::kFloor ? 0.1 : 1);
  }

  Score Grade(const Case& item, const Response& response) const override {
    const auto references = ReferencesOf(item);
    if (!references) return references.error();
    if (TrimUnicodeSpaces(response.text).empty()) return Score::Failing("the response is empty");
    const ComparedTokens tokens(options_.tokenize, options_.ignore_case, false, response.text, *references);
    if (std::all_of(tokens.references.begin(), tokens.references.end(), [](const auto& r) { return r.empty(); })) {
      return Score::Unscored("no reference has a word, as option tokenize has it");
    }
    const std::vector<NgramCount> counts = CountNgrams(tokens.response, tokens.references, options_.max_order);
    const auto length = static_cast<std::int64_t>(tokens.response.size());
    const std::int64_t reference = NearestLength(tokens.references, length);
    const double value = BrevityPenalty(length, reference) * Precision(counts);
    return Score::Measured(std::min(1.0, value), "BLEU " + MeasureText(value) + ", length " + std::to_string(length) +
                                                     ", of the nearest reference " + std::to_string(reference));
  }

 private:
  // The geometric mean of the precisions of all orders.
  double Precision(const std::vector<NgramCount>& counts) const {
    if (std::none_of(counts.begin(), counts.end(), [](const NgramCount& c) { return c.in_both > 0; })) return 0;
    double logarithms = 0;
    double halved = 1;
    int orders = 0;
    for (std::size_t n = 0; n < counts.size(); ++n) {
      auto matches = static_cast<double>(counts[n].in_both);
      auto total = static_cast<double>(counts[n].in_response);
      if (options_.smoothing == BleuSmoothing::kAddK && n > 0) {
        matches += smooth_value_;
        total += smooth_value_;
      }
      if (total == 0) {
        if (!options_.effective_order) return 0;
        break;
      }
      ++orders;
      if (matches == 0) {
        if (options_.smoothing == BleuSmoothing::kExponential) matches = 1 / (halved *= 2);
        if (options_.smoothing == BleuSmoothing::kFloor) matches = smooth_value_;
        if (matches == 0) return 0;
      }
      logarithms += std::log(matches / total);
    }
    return std::exp(logarithms / orders);
  }

  BleuOptions options_;
  double smooth_value_ = 0;
};

}  // namespace

GraderKind BleuGrader() {
  return {1,
          "n-grams of the response that a reference has",
          &BleuOptions::Fields(),
          &MakeComparing<Bleu, BleuOptions>,
          /*judges_text=*/true,
          GraderValue::kShare};
}

}  // namespace assay
