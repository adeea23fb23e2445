// language: the response is written in a language, by the Compact Language Detector 2.

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/text/target_texts.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

struct LanguageOptions {
  std::vector<std::string> is;
  double min_share = 0.8;
  static const FieldTable<LanguageOptions>& Fields();
};

const FieldTable<LanguageOptions>& LanguageOptions::Fields() {
  static const auto table =
      FieldTable<LanguageOptions>()
          .Required("is", &LanguageOptions::is,
                    "ISO 639 code of the language, or several of which one is enough: `en`, `pt-BR` (the region is "
                    "ignored), `zh-Hant`; templates over the case",
                    {.min_size = 1, .max_size = 200, .one_or_list = true})
          .Optional("min_share", &LanguageOptions::min_share, "the smallest share of the text that passes",
                    {.min = 0, .max = 1});
  return table;
}

// The detector's code for what people and other tools write; "" for no code at all.
std::string CodeOf(std::string_view written) {
  std::string code = LowerCased(TrimBlanks(written));
  std::replace(code.begin(), code.end(), '_', '-');
  for (const std::string_view traditional : {"zh-hant", "zh-tw", "zh-hk", "zh-mo"}) {
    if (code == traditional || code.starts_with(std::string(traditional) + "-")) return "zh-hant";
  }
  code = code.substr(0, code.find('-'));
  if (code.size() < 2 || code.size() > 3) return "";
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kOther = {{{"he", "iw"},
                                                                                            {"nb", "no"},
                                                                                            {"nn", "nn"},
                                                                                            {"fil", "tl"},
                                                                                            {"jv", "jw"},
                                                                                            {"in", "id"},
                                                                                            {"ji", "yi"},
                                                                                            {"mo", "ro"},
                                                                                            {"cmn", "zh"},
                                                                                            {"arb", "ar"},
                                                                                            {"sh", "sr"}}};
  for (const auto& [name, ours] : kOther) {
    if (code == name) return std::string(ours);
  }
  return code;
}

std::set<std::string> AllCodes() {
  std::set<std::string> codes;
  for (int i = 0; i < CLD2::NUM_LANGUAGES; ++i) {
    const auto language = static_cast<CLD2::Language>(i);
    if (language != CLD2::UNKNOWN_LANGUAGE && language != CLD2::TG_UNKNOWN_LANGUAGE) {
      codes.insert(LowerCased(CLD2::LanguageCode(language)));
    }
  }
  codes.erase("");
  return codes;
}

// Whether the detector knows the language of `code`.
bool IsKnown(const std::string& code) {
  static const std::set<std::string> known = AllCodes();
  return known.contains(code);
}

struct Detected {
  std::string code;
  int percent = 0;
};

// Up to three languages, the most used one first; none when the text is too short or too mixed to tell.
std::vector<Detected> Detect(std::string_view text) {
  constexpr std::size_t kEnough = 100'000;  // bytes that are looked at
  std::string clean;
  while (!text.empty() && clean.size() < kEnough) clean += Utf8Of(TakeCharacter(text));
  const CLD2::CLDHints no_hints = {nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
  CLD2::Language languages[3];
  int percents[3];
  double scores[3];
  int bytes = 0;
  bool is_reliable = false;
  int valid_bytes = 0;
  CLD2::ExtDetectLanguageSummaryCheckUTF8(clean.data(), static_cast<int>(clean.size()), /*is_plain_text=*/true,
                                          &no_hints, 0, languages, percents, scores, nullptr, &bytes, &is_reliable,
                                          &valid_bytes);
  std::vector<Detected> detected;
  if (!is_reliable) return detected;
  for (int i = 0; i < 3; ++i) {
    if (languages[i] == CLD2::UNKNOWN_LANGUAGE || percents[i] == 0) continue;
    detected.push_back({LowerCased(CLD2::LanguageCode(languages[i])), percents[i]});
  }
  return detected;
}

class Language final : public Grader {
 public:
  Language(double min_share, TargetTexts targets) : min_share_(min_share), targets_(std::move(targets)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto targets = targets_.For(item);
    if (!targets) return targets.error();
    std::vector<std::string> codes;
    for (const std::string& target : *targets) {
      codes.push_back(CodeOf(target));
      if (!IsKnown(codes.back())) return Score::Unscored("the target " + Quoted(target) + " is no known language");
    }
    const std::string expected = "expected " + ListedTexts(*targets) + ", ";
    if (TrimBlanks(response.text).empty()) return Score::Failing(expected + "the response is empty");
    const std::vector<Detected> detected = Detect(response.text);
    if (detected.empty()) return Score::Failing(expected + "the language of " + Quoted(response.text) + " is unclear");
    std::string got;
    int percent = 0;
    for (const Detected& language : detected) {
      got += (got.empty() ? "" : ", ") + language.code + " " + std::to_string(language.percent) + " %";
      if (std::find(codes.begin(), codes.end(), language.code) != codes.end()) percent += language.percent;
    }
    Score score = percent >= 100 * min_share_ && percent > 0 ? Score::Pass("detected " + got)
                                                             : Score::Failing(expected + "detected " + got);
    score.label = detected.front().code;
    return score;
  }
  std::vector<std::string> RequiredFields() const override { return targets_.RequiredFields(); }

 private:
  double min_share_;
  TargetTexts targets_;
};

std::unique_ptr<Grader> MakeLanguage(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  LanguageOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto targets = TargetTexts::Compile(node, "is", options.is, diagnostics);
  if (!targets) return nullptr;
  if (targets->IsConstant()) {
    const Node place = node.Find("is").value_or(node);
    for (const std::string& code : options.is) {
      if (!IsKnown(CodeOf(code))) diagnostics.Add(place.At(Quoted(code) + " is no known language"));
    }
    if (!diagnostics.empty()) return nullptr;
  }
  return std::make_unique<Language>(options.min_share, *std::move(targets));
}

}  // namespace

GraderKind LanguageGrader() {
  return {1, "the response is written in a language", &LanguageOptions::Fields(), &MakeLanguage};
}

}  // namespace assay
