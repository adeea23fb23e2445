// gleu: the n-grams that response and reference share, over those of the one that has more.

#include <algorithm>
#include <utility>

#include "runners/graders/similarity/compared_tokens.h"
#include "runners/graders/similarity/ngrams.h"
#include "runners/graders/similarity/references.h"
#include "runners/graders/similarity/unicode_text.h"

namespace assay {
namespace {

struct GleuOptions {
  std::vector<std::string> reference;
  TokenRule tokenize = TokenRule::kWhitespace;
  bool ignore_case = false;
  int min_order = 1;
  int max_order = 4;
  static const FieldTable<GleuOptions>& Fields();
};

const FieldTable<GleuOptions>& GleuOptions::Fields() {
  static const auto table =
      FieldTable<GleuOptions>()
          .Required("reference", &GleuOptions::reference, std::string(kReferenceHelp), kReferenceLimits)
          .Optional("tokenize", &GleuOptions::tokenize, "what a word is")
          .Optional("ignore_case", &GleuOptions::ignore_case, "compare in lower case")
          .Optional("min_order", &GleuOptions::min_order, "n-grams of at least so many words", {.min = 1, .max = 9})
          .Optional("max_order", &GleuOptions::max_order, "n-grams of up to so many words", {.min = 1, .max = 9})
          .Check(
              [](const GleuOptions& options, const Node& node, Diagnostics& diagnostics) {
                if (options.min_order <= options.max_order) return;
                diagnostics.Add(node.Find("min_order").value_or(node).At("min_order: more than max_order"));
              },
              {"min_order", "max_order"});
  return table;
}

class Gleu final : public ComparingGrader {
 public:
  Gleu(const GleuOptions& options, ReferenceTexts references)
      : ComparingGrader(std::move(references)), options_(options) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto references = ReferencesOf(item);
    if (!references) return references.error();
    if (TrimUnicodeSpaces(response.text).empty()) return Score::Failing("the response is empty");
    const ComparedTokens tokens(options_.tokenize, options_.ignore_case, false, response.text, *references);
    double best = -1;
    std::size_t nearest = 0;
    for (std::size_t i = 0; i < references->size(); ++i) {
      const std::optional<double> value = Compare(tokens.response, tokens.references[i]);
      if (!value || *value <= best) continue;
      best = *value;
      nearest = i;
    }
    if (best < 0) return Score::Unscored("no reference has " + std::to_string(options_.min_order) + " words");
    return Score::Measured(best, MeasureReason("GLEU", best, *references, nearest));
  }

 private:
  // nullopt for a reference without n-grams.
  std::optional<double> Compare(const TokenIds& response, const TokenIds& reference) const {
    const std::vector<NgramCount> counts = CountNgrams(response, std::span(&reference, 1), options_.max_order);
    NgramCount sum;
    for (auto n = static_cast<std::size_t>(options_.min_order) - 1; n < counts.size(); ++n) {
      sum.in_both += counts[n].in_both;
      sum.in_response += counts[n].in_response;
      sum.in_reference += counts[n].in_reference;
    }
    if (sum.in_reference == 0) return std::nullopt;
    return static_cast<double>(sum.in_both) / static_cast<double>(std::max(sum.in_response, sum.in_reference));
  }

  GleuOptions options_;
};

}  // namespace

GraderKind GleuGrader() {
  return {1,
          "n-grams that the response and a reference share, over those of the longer",
          &GleuOptions::Fields(),
          &MakeComparing<Gleu, GleuOptions>,
          /*judges_text=*/true,
          GraderValue::kShare};
}

}  // namespace assay
