// meteor: words that response and reference share, as they are or by their stem, and in how many pieces they lie.

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>

#include "runners/graders/similarity/porter_stemmer.h"
#include "runners/graders/similarity/references.h"
#include "runners/graders/similarity/tokens.h"
#include "runners/graders/similarity/unicode_text.h"

namespace assay {
namespace {

struct MeteorOptions {
  std::vector<std::string> reference;
  TokenRule tokenize = TokenRule::kWhitespace;
  bool stem = true;
  double alpha = 0.9;
  double beta = 3;
  double gamma = 0.5;
  static const FieldTable<MeteorOptions>& Fields();
};

const FieldTable<MeteorOptions>& MeteorOptions::Fields() {
  static const auto table =
      FieldTable<MeteorOptions>()
          .Required("reference", &MeteorOptions::reference, std::string(kReferenceHelp), kReferenceLimits)
          .Optional("tokenize", &MeteorOptions::tokenize, "what a word is, in lower case")
          .Optional("stem", &MeteorOptions::stem, "match words of the same English stem, too")
          .Optional("alpha", &MeteorOptions::alpha, "the weight of recall; precision has the rest",
                    {.min = 0, .max = 1})
          .Optional("beta", &MeteorOptions::beta, "how steeply the penalty for pieces rises", {.min = 0, .max = 100})
          .Optional("gamma", &MeteorOptions::gamma, "the greatest penalty for pieces", {.min = 0, .max = 1});
  return table;
}

// A text as METEOR sees it. The words and stems point into what the grader keeps.
struct MeteorText {
  TokenIds words;
  TokenIds stems;
};

// The words of the response that are matched, ascending, each with its place in the reference.
class Matching {
 public:
  Matching(std::size_t response, std::size_t reference) : of_response_(response, kFree), is_taken_(reference, false) {}

  // From the end, each word of the response that is left takes the last equal word of the reference that is left.
  void Match(const TokenIds& response, const TokenIds& reference, std::size_t vocabulary) {
    // A linked list for each word: the places of the reference where it is left, the last first.
    std::vector<std::size_t> last(vocabulary, kFree);
    std::vector<std::size_t> before(reference.size(), kFree);
    for (std::size_t j = 0; j < reference.size(); ++j) {
      if (is_taken_[j]) continue;
      before[j] = last[reference[j]];
      last[reference[j]] = j;
    }
    for (std::size_t i = response.size(); i-- > 0;) {
      std::size_t& place = last[response[i]];
      if (of_response_[i] != kFree || place == kFree) continue;
      of_response_[i] = place;
      is_taken_[place] = true;
      ++matches_;
      place = before[place];
    }
  }

  std::size_t matches() const { return matches_; }
  // Runs of matches that follow each other in both texts.
  std::size_t Pieces() const {
    std::size_t pieces = 0;
    std::size_t previous = kFree;
    for (std::size_t i = 0; i < of_response_.size(); ++i) {
      const std::size_t place = of_response_[i];
      if (place != kFree && (previous == kFree || place != previous + 1)) ++pieces;
      previous = place;
    }
    return pieces;
  }

 private:
  static constexpr std::size_t kFree = SIZE_MAX;
  std::vector<std::size_t> of_response_;
  std::vector<bool> is_taken_;
  std::size_t matches_ = 0;
};

class Meteor final : public ComparingGrader {
 public:
  Meteor(const MeteorOptions& options, ReferenceTexts references)
      : ComparingGrader(std::move(references)), options_(options) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto references = ReferencesOf(item);
    if (!references) return references.error();
    if (TrimUnicodeSpaces(response.text).empty()) return Score::Failing("the response is empty");
    Vocabulary vocabulary;
    std::deque<std::string> stems;  // which, as the tokens, the vocabulary points into
    std::deque<TokenizedText> texts;
    const auto read = [&](std::string_view text) {
      MeteorText seen;
      for (const std::string_view word : texts.emplace_back(options_.tokenize, text, true).list()) {
        seen.words.push_back(vocabulary.Id(word));
        if (options_.stem) seen.stems.push_back(vocabulary.Id(stems.emplace_back(PorterStem(word))));
      }
      return seen;
    };
    const MeteorText seen = read(response.text);
    double best = -1;
    std::size_t nearest = 0;
    for (std::size_t i = 0; i < references->size(); ++i) {
      const MeteorText reference = read((*references)[i]);
      if (reference.words.empty()) continue;
      const double value = Compare(seen, reference, vocabulary.size());
      if (value <= best) continue;
      best = value;
      nearest = i;
    }
    if (best < 0) return Score::Unscored("no reference has a word, as option tokenize has it");
    return Score::Measured(best, MeasureReason("METEOR", best, *references, nearest));
  }

 private:
  double Compare(const MeteorText& response, const MeteorText& reference, std::size_t vocabulary) const {
    Matching matching(response.words.size(), reference.words.size());
    matching.Match(response.words, reference.words, vocabulary);
    if (options_.stem) matching.Match(response.stems, reference.stems, vocabulary);
    if (matching.matches() == 0) return 0;
    const auto matches = static_cast<double>(matching.matches());
    const double precision = matches / static_cast<double>(response.words.size());
    const double recall = matches / static_cast<double>(reference.words.size());
    const double mean = precision * recall / (options_.alpha * precision + (1 - options_.alpha) * recall);
    const double pieces = static_cast<double>(matching.Pieces()) / matches;
    return (1 - options_.gamma * std::pow(pieces, options_.beta)) * mean;
  }

  MeteorOptions options_;
};

}  // namespace

GraderKind MeteorGrader() {
  return {1,
          "words that the response and a reference share, and in how many pieces they lie",
          &MeteorOptions::Fields(),
          &MakeComparing<Meteor, MeteorOptions>,
          /*judges_text=*/true,
          GraderValue::kShare};
}

}  // namespace assay
