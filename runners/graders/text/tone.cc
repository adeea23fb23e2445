// tone: no shouting, no forbidden phrases, and a balance of the friendly and unfriendly words that are listed.

#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/text/text_match.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

struct ToneOptions {
  std::optional<double> max_uppercase;
  std::optional<std::int64_t> max_exclamations;
  std::vector<std::string> forbidden;
  std::vector<std::string> positive;
  std::vector<std::string> negative;
  std::optional<double> min_balance;
  static const FieldTable<ToneOptions>& Fields();
};

const FieldTable<ToneOptions>& ToneOptions::Fields() {
  static const auto table =
      FieldTable<ToneOptions>()
          .Optional("max_uppercase", &ToneOptions::max_uppercase, "the largest share of capitals among the letters",
                    {.min = 0, .max = 1})
          .Optional("max_exclamations", &ToneOptions::max_exclamations, "the most exclamation marks", {.min = 0})
          .Optional("forbidden", &ToneOptions::forbidden, "phrases that fail, as whole words, in any case",
                    {.max_size = 1000, .one_or_list = true})
          .Optional("positive", &ToneOptions::positive, "words that are counted for the balance, in any case",
                    {.max_size = 100'000})
          .Optional("negative", &ToneOptions::negative, "words that are counted against it", {.max_size = 100'000})
          .Optional("min_balance", &ToneOptions::min_balance,
                    "the smallest (positive - negative) / (positive + negative) that passes; 0 where neither occurs",
                    {.min = -1, .max = 1})
          .Check([](const ToneOptions& options, const Node& node, Diagnostics& diagnostics) {
            const bool has_words = !options.positive.empty() || !options.negative.empty();
            if (has_words != options.min_balance.has_value()) {
              diagnostics.Add(node.At("\"min_balance\" and \"positive\" or \"negative\" are of use together only"));
            }
            if (!options.max_uppercase && !options.max_exclamations && options.forbidden.empty() && !has_words) {
              diagnostics.Add(node.At("nothing is asked of the tone"));
            }
          });
  return table;
}

std::string Short(double value) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, 2);
  return {digits, end};
}

struct Letters {
  std::size_t all = 0;
  std::size_t upper = 0;
  std::int64_t exclamations = 0;
};

Letters CountLetters(std::string_view text) {
  Letters letters;
  while (!text.empty()) {
    const char32_t c = TakeCharacter(text);
    if (c == '!' || c == U'！') ++letters.exclamations;
    if (!IsLetterCharacter(c)) continue;
    ++letters.all;
    if (IsUpperCharacter(c)) ++letters.upper;
  }
  return letters;
}

class Tone final : public Grader {
 public:
  Tone(const ToneOptions& options, std::vector<TextMatch> forbidden)
      : max_uppercase_(options.max_uppercase),
        max_exclamations_(options.max_exclamations),
        min_balance_(options.min_balance),
        forbidden_(std::move(forbidden)) {
    for (const std::string& word : options.positive) positive_.insert(CaseFolded(Trimmed(word)));
    for (const std::string& word : options.negative) negative_.insert(CaseFolded(Trimmed(word)));
  }

  Score Grade(const Case&, const Response& response) const override {
    if (TrimBlanks(response.text).empty()) return Score::Failing("the response is empty");
    const Letters letters = CountLetters(response.text);
    const double upper = letters.all == 0 ? 0.0 : static_cast<double>(letters.upper) / static_cast<double>(letters.all);
    if (max_uppercase_ && upper > *max_uppercase_) {
      return Score::Failing("a share of " + Short(upper) + " of the letters is capital, at most " +
                            Short(*max_uppercase_) + " was allowed");
    }
    if (max_exclamations_ && letters.exclamations > *max_exclamations_) {
      return Score::Failing(std::to_string(letters.exclamations) + " exclamation marks, at most " +
                            std::to_string(*max_exclamations_) + " were allowed");
    }
    for (const TextMatch& phrase : forbidden_) {
      if (phrase.IsIn(response.text)) return Score::Failing("says " + Quoted(phrase.text()));
    }
    std::string got =
        "a share of " + Short(upper) + " capitals, " + std::to_string(letters.exclamations) + " exclamation marks";
    if (min_balance_) {
      const double balance = BalanceOf(response.text);
      if (balance < *min_balance_) {
        return Score::Failing("the balance of words is " + Short(balance) + ", at least " + Short(*min_balance_) +
                              " was asked for");
      }
      got += ", balance of words " + Short(balance);
    }
    return Score::Pass(std::move(got));
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  double BalanceOf(std::string_view text) const {
    const std::string folded = CaseFolded(text);
    std::string_view rest = folded;
    double positive = 0;
    double negative = 0;
    std::string word;
    const auto judge = [&] {
      if (positive_.contains(word)) ++positive;
      if (negative_.contains(word)) ++negative;
      word.clear();
    };
    while (!rest.empty()) {
      const std::string_view before = rest;
      if (IsWordCharacter(TakeCharacter(rest))) {
        word += before.substr(0, before.size() - rest.size());
      } else if (!word.empty()) {
        judge();
      }
    }
    judge();
    return positive + negative == 0 ? 0.0 : (positive - negative) / (positive + negative);
  }

  std::optional<double> max_uppercase_;
  std::optional<std::int64_t> max_exclamations_;
  std::optional<double> min_balance_;
  std::vector<TextMatch> forbidden_;
  std::set<std::string, std::less<>> positive_;
  std::set<std::string, std::less<>> negative_;
};

std::unique_ptr<Grader> MakeTone(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  ToneOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  std::vector<TextMatch> forbidden;
  const Node list = node.Find("forbidden").value_or(node);
  for (std::size_t i = 0; i < options.forbidden.size(); ++i) {
    const Node place = list.is_sequence() ? list.at(i) : list;
    if (TrimBlanks(options.forbidden[i]).empty()) {
      diagnostics.Add(place.At("a blank text is contained in everything"));
      continue;
    }
    Result<TextMatch> match = TextMatch::Make(options.forbidden[i], {.ignore_case = true, .whole_word = true});
    if (!match) {
      diagnostics.Add(place.At(match.error().message));
      continue;
    }
    forbidden.push_back(*std::move(match));
  }
  if (forbidden.size() != options.forbidden.size()) return nullptr;
  return std::make_unique<Tone>(options, std::move(forbidden));
}

}  // namespace

GraderKind ToneGrader() {
  return {1, "the response does not shout, and says nothing of a list", &ToneOptions::Fields(), &MakeTone};
}

}  // namespace assay
