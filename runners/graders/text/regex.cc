// regex: the response matches a pattern, or what the pattern captures is the target. RE2: linear on hostile input.

#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/text/target_texts.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

enum class RegexMode { kSearch, kFull };
enum class RegexGroups { kFirst, kAny, kAll };

struct RegexOptions {
  std::string pattern;
  RegexMode mode = RegexMode::kSearch;
  std::optional<std::vector<std::string>> equals;
  RegexGroups groups = RegexGroups::kFirst;
  bool ignore_case = false;
  static const FieldTable<RegexOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<RegexMode> {
  static constexpr EnumWord<RegexMode> kWords[] = {
      {"search", RegexMode::kSearch, "the pattern matches somewhere"},
      {"full", RegexMode::kFull, "the pattern matches the whole response"}};
};
template <>
struct EnumWords<RegexGroups> {
  static constexpr EnumWord<RegexGroups> kWords[] = {
      {"first", RegexGroups::kFirst, "capture 1 (the match, if the pattern has no capture)"},
      {"any", RegexGroups::kAny, "one of the captures"},
      {"all", RegexGroups::kAll, "every capture that took part in the match, at least one"}};
};

namespace {

const FieldTable<RegexOptions>& RegexOptions::Fields() {
  static const auto table =
      FieldTable<RegexOptions>()
          .Required(
              "pattern", &RegexOptions::pattern,
              "RE2 syntax; a template over the case: `{{x}}` stands for the text of x, `{{{x}}}` for x as a pattern")
          .Optional("mode", &RegexOptions::mode, "where the pattern must match")
          .Optional("equals", &RegexOptions::equals, "what the capture must be: " + std::string(kOneOfTexts),
                    {.min_size = 1, .max_size = 1000, .one_or_list = true})
          .Optional("groups", &RegexOptions::groups, "which captures `equals` looks at")
          .Optional("ignore_case", &RegexOptions::ignore_case, "of the pattern, and of captures and `equals`")
          .Check([](const RegexOptions& options, const Node& node, Diagnostics& diagnostics) {
            if (!options.equals && options.groups != RegexGroups::kFirst) {
              diagnostics.Add(node.Find("groups").value_or(node).At("of no use without \"equals\""));
            }
          });
  return table;
}

std::string QuotedForPattern(std::string_view text) { return RE2::QuoteMeta({text.data(), text.size()}); }

// Null pointer and `error` when the pattern is no good.
std::shared_ptr<const RE2> CompilePattern(const std::string& pattern, bool ignore_case, std::string& error) {
  constexpr std::int64_t kMaxMemory = 16 << 20;  // of the program and its states; beyond it RE2 is slower, not wrong
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  options.set_case_sensitive(!ignore_case);
  auto compiled = std::make_shared<const RE2>(pattern, options);
  if (compiled->ok()) return compiled;
  error = compiled->error();
  return nullptr;
}

constexpr std::size_t kShownBytes = 120;

std::string_view TextOf(const re2::StringPiece& piece) {
  return piece.data() == nullptr ? std::string_view() : std::string_view(piece.data(), piece.size());
}

class Regex final : public Grader {
 public:
  Regex(const RegexOptions& options, Target pattern, std::shared_ptr<const RE2> constant,
        std::optional<TargetTexts> equals)
      : mode_(options.mode),
        groups_(options.groups),
        ignore_case_(options.ignore_case),
        pattern_(std::move(pattern)),
        constant_(std::move(constant)),
        equals_(std::move(equals)) {}

  Score Grade(const Case& item, const Response& response) const override {
    std::shared_ptr<const RE2> pattern = constant_;
    if (!pattern) {
      auto source = pattern_.For(item);
      if (!source) return std::move(source).error();
      std::string error;
      pattern = CompilePattern(*source, ignore_case_, error);
      if (!pattern) return Score::Broken("pattern " + Quoted(*source) + " of this case: " + error);
    }
    std::vector<std::string> targets;
    if (equals_) {
      auto texts = equals_->For(item);
      if (!texts) return std::move(texts).error();
      targets = *std::move(texts);
    }
    return Judge(*pattern, targets, response.text);
  }

  std::vector<std::string> RequiredFields() const override {
    std::vector<std::string> fields = pattern_.RequiredFields();
    if (equals_) {
      for (std::string& field : equals_->RequiredFields()) fields.push_back(std::move(field));
    }
    return fields;
  }

 private:
  Score Judge(const RE2& pattern, const std::vector<std::string>& targets, std::string_view text) const {
    // An empty or blank response is no answer, even to a pattern that matches nothing at all.
    if (TrimBlanks(text).empty()) return Score::Failing("the response is empty");
    const int captures = pattern.NumberOfCapturingGroups();
    const int wanted = !equals_ || captures == 0 ? 1 : groups_ == RegexGroups::kFirst ? 2 : captures + 1;
    std::vector<re2::StringPiece> found(static_cast<std::size_t>(wanted));
    const re2::StringPiece piece(text.data(), text.size());
    const RE2::Anchor anchor = mode_ == RegexMode::kFull ? RE2::ANCHOR_BOTH : RE2::UNANCHORED;
    if (!pattern.Match(piece, 0, text.size(), anchor, found.data(), wanted)) {
      return Score::Failing("no match of " + Quoted(pattern.pattern()) + " in " + Quoted(text));
    }
    if (!equals_) return Score::Pass("matches: " + Quoted(TextOf(found[0])));
    if (wanted > 1) found.erase(found.begin());
    return groups_ == RegexGroups::kFirst ? JudgeFirst(found[0], targets) : JudgeGroups(found, targets);
  }

  bool IsTarget(std::string_view captured, const std::vector<std::string>& targets) const {
    const std::string folded = ignore_case_ ? CaseFolded(captured) : std::string();
    return std::any_of(targets.begin(), targets.end(), [&](const std::string& target) {
      return ignore_case_ ? CaseFolded(target) == folded : target == captured;
    });
  }

  Score JudgeFirst(const re2::StringPiece& part, const std::vector<std::string>& targets) const {
    if (part.data() == nullptr) {
      return Score::Failing("expected " + ListedTexts(targets) + ", capture 1 took no part in the match");
    }
    const std::string_view match = TextOf(part);
    if (IsTarget(match, targets)) return Score::Pass("captured " + Quoted(match));
    return Score::Failing("expected " + ListedTexts(targets) + ", captured " + Quoted(match));
  }

  Score JudgeGroups(const std::vector<re2::StringPiece>& parts, const std::vector<std::string>& targets) const {
    std::string captured;
    int taken = 0;
    int matched = 0;
    for (const re2::StringPiece& part : parts) {
      if (part.data() == nullptr) continue;
      ++taken;
      if (IsTarget(TextOf(part), targets)) ++matched;
      if (captured.size() < kShownBytes) captured += (taken > 1 ? ", " : "") + Quoted(TextOf(part));
    }
    if (taken == 0) return Score::Failing("expected " + ListedTexts(targets) + ", no capture took part in the match");
    const bool passed = groups_ == RegexGroups::kAny ? matched > 0 : matched == taken;
    if (passed) return Score::Pass("captured " + captured);
    return Score::Failing("expected " + ListedTexts(targets) + ", captured " + captured);
  }

  RegexMode mode_;
  RegexGroups groups_;
  bool ignore_case_;
  Target pattern_;
  std::shared_ptr<const RE2> constant_;  // of a pattern that does not depend on the case
  std::optional<TargetTexts> equals_;
};

std::unique_ptr<Grader> MakeRegex(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  RegexOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto pattern = Target::Compile(node, "pattern", options.pattern, diagnostics, &QuotedForPattern);
  std::optional<TargetTexts> equals;
  if (options.equals) {
    equals = TargetTexts::Compile(node, "equals", *options.equals, diagnostics);
    if (!equals) return nullptr;
  }
  if (!pattern) return nullptr;
  std::shared_ptr<const RE2> constant;
  if (pattern->IsConstant()) {
    std::string error;
    constant = CompilePattern(options.pattern, options.ignore_case, error);
    if (!constant) {
      diagnostics.Add(node.Find("pattern").value_or(node).At("pattern: " + error));
      return nullptr;
    }
  }
  return std::make_unique<Regex>(options, *std::move(pattern), std::move(constant), std::move(equals));
}

}  // namespace

GraderKind RegexGrader() { return {3, "the response matches a pattern", &RegexOptions::Fields(), &MakeRegex}; }

}  // namespace assay
