// starts_with, ends_with: a text stands at the beginning or end of the response.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/text/target_texts.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

struct AffixOptions {
  std::vector<std::string> value;
  bool ignore_case = false;
  bool trim = false;
  bool whole_word = false;
  static const FieldTable<AffixOptions>& Fields();
};

const FieldTable<AffixOptions>& AffixOptions::Fields() {
  static const auto table =
      FieldTable<AffixOptions>()
          .Required("value", &AffixOptions::value, std::string(kOneOfTexts),
                    {.min_size = 1, .max_size = 1000, .one_or_list = true})
          .Optional("ignore_case", &AffixOptions::ignore_case, "compare by Unicode's full case folding")
          .Optional("trim", &AffixOptions::trim, "ignore white space at both ends of response and value")
          .Optional(
              "whole_word", &AffixOptions::whole_word,
              "a letter, digit or `_` that continues the last (of ends_with: first) word of the value is a mismatch");
  return table;
}

// Whether `text` begins (or ends) with a character of a word.
bool HasWordAt(std::string_view text, bool end) {
  if (text.empty()) return false;
  if (!end) return IsWordCharacter(TakeCharacter(text));
  std::size_t begin = text.size() - 1;
  while (begin > 0 && text.size() - begin < 4 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  text.remove_prefix(begin);
  return IsWordCharacter(TakeCharacter(text));
}

class Affix final : public Grader {
 public:
  Affix(bool at_end, const AffixOptions& options, TargetTexts targets)
      : at_end_(at_end),
        ignore_case_(options.ignore_case),
        trim_(options.trim),
        whole_word_(options.whole_word),
        targets_(std::move(targets)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto targets = targets_.For(item);
    if (!targets) return targets.error();
    const char* const verb = at_end_ ? "end with " : "begin with ";
    if (TrimBlanks(response.text).empty()) {
      return Score::Failing("expected to " + (verb + ListedTexts(*targets)) + ", the response is empty");
    }
    std::size_t longest = 0;
    for (const std::string& target : *targets) longest = std::max(longest, target.size());
    const std::string got = Comparable(response.text, longest);
    for (const std::string& target : *targets) {
      if (Matches(got, Comparable(target, target.size()))) {
        return Score::Pass((at_end_ ? "ends with " : "begins with ") + Quoted(target));
      }
    }
    std::string_view end = response.text;
    if (at_end_ && end.size() > 100) end.remove_prefix(end.size() - 100);
    const std::string shown = (end.size() < response.text.size() ? "…" : "") + std::string(end);
    return Score::Failing("expected to " + (verb + ListedTexts(*targets)) + ", got " + Quoted(shown));
  }
  std::vector<std::string> RequiredFields() const override { return targets_.RequiredFields(); }

 private:
  // Of a long response only the end that counts is folded; folding makes a text at most three times as long, or as
  // short.
  std::string Comparable(std::string_view text, std::size_t longest) const {
    if (trim_) text = Trimmed(text);
    if (!ignore_case_) return std::string(text);
    const std::size_t enough = 3 * longest + 16;
    if (text.size() > enough) {
      std::size_t cut = at_end_ ? text.size() - enough : enough;
      while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
      text = at_end_ ? text.substr(cut) : text.substr(0, cut);
    }
    return CaseFolded(text);
  }

  bool Matches(std::string_view got, std::string_view target) const {
    if (target.empty() || !(at_end_ ? got.ends_with(target) : got.starts_with(target))) return false;
    if (!whole_word_) return true;
    const std::string_view rest = at_end_ ? got.substr(0, got.size() - target.size()) : got.substr(target.size());
    return !(HasWordAt(target, !at_end_) && HasWordAt(rest, at_end_));
  }

  bool at_end_;
  bool ignore_case_;
  bool trim_;
  bool whole_word_;
  TargetTexts targets_;
};

template <bool kAtEnd>
std::unique_ptr<Grader> MakeStartsWith(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  AffixOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto targets = TargetTexts::Compile(node, "value", options.value, diagnostics);
  if (!targets) return nullptr;
  return std::make_unique<Affix>(kAtEnd, options, *std::move(targets));
}

}  // namespace

GraderKind StartsWithGrader() {
  return {1, "the response begins with a text", &AffixOptions::Fields(), &MakeStartsWith<false>};
}
GraderKind EndsWithGrader() {
  return {1, "the response ends with a text", &AffixOptions::Fields(), &MakeStartsWith<true>};
}

}  // namespace assay
