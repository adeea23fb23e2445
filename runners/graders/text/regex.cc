// regex: the response matches a pattern, or what the pattern captures is the target. RE2: linear on hostile input.

#include <re2/re2.h>

#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"

namespace assay {
namespace {

enum class RegexMode { kSearch, kFull };

struct RegexOptions {
  std::string pattern;
  RegexMode mode = RegexMode::kSearch;
  std::optional<std::string> equals;
  static const FieldTable<RegexOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<RegexMode> {
  static constexpr EnumWord<RegexMode> kWords[] = {
      {"search", RegexMode::kSearch, "the pattern matches somewhere"},
      {"full", RegexMode::kFull, "the pattern matches the whole response"}};
};

namespace {

const FieldTable<RegexOptions>& RegexOptions::Fields() {
  static const auto table =
      FieldTable<RegexOptions>()
          .Required(
              "pattern", &RegexOptions::pattern,
              "RE2 syntax; a template over the case: `{{x}}` stands for the text of x, `{{{x}}}` for x as a pattern")
          .Optional("mode", &RegexOptions::mode, "where the pattern must match")
          .Optional("equals", &RegexOptions::equals,
                    "what capture 1 (the match, if the pattern has no capture) must be; a template over the case");
  return table;
}

std::string QuotedForPattern(std::string_view text) { return RE2::QuoteMeta({text.data(), text.size()}); }

// Null pointer and `error` when the pattern is no good.
std::shared_ptr<const RE2> CompilePattern(const std::string& pattern, std::string& error) {
  constexpr std::int64_t kMaxMemory = 16 << 20;  // of the program and its states; beyond it RE2 is slower, not wrong
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  auto compiled = std::make_shared<const RE2>(pattern, options);
  if (compiled->ok()) return compiled;
  error = compiled->error();
  return nullptr;
}

class Regex final : public Grader {
 public:
  Regex(RegexMode mode, Target pattern, std::shared_ptr<const RE2> constant, std::optional<Target> equals)
      : mode_(mode), pattern_(std::move(pattern)), constant_(std::move(constant)), equals_(std::move(equals)) {}

  Score Grade(const Case& item, const Response& response) const override {
    std::shared_ptr<const RE2> pattern = constant_;
    if (!pattern) {
      auto source = pattern_.For(item);
      if (!source) return std::move(source).error();
      std::string error;
      pattern = CompilePattern(*source, error);
      if (!pattern) return Score::Broken("pattern " + Quoted(*source) + " of this case: " + error);
    }
    std::string target;
    if (equals_) {
      auto rendered = equals_->For(item);
      if (!rendered) return std::move(rendered).error();
      target = *std::move(rendered);
    }
    return Judge(*pattern, target, response.text);
  }

  std::vector<std::string> RequiredFields() const override {
    std::vector<std::string> fields = pattern_.RequiredFields();
    if (equals_) fields.insert(fields.end(), equals_->RequiredFields().begin(), equals_->RequiredFields().end());
    return fields;
  }

 private:
  Score Judge(const RE2& pattern, const std::string& target, std::string_view text) const {
    // An empty or blank response is no answer, even to a pattern that matches nothing at all.
    if (TrimBlanks(text).empty()) return Score::Failing("the response is empty");
    re2::StringPiece found[2];
    const int wanted = !equals_ ? 1 : pattern.NumberOfCapturingGroups() > 0 ? 2 : 1;
    const re2::StringPiece piece(text.data(), text.size());
    const RE2::Anchor anchor = mode_ == RegexMode::kFull ? RE2::ANCHOR_BOTH : RE2::UNANCHORED;
    if (!pattern.Match(piece, 0, text.size(), anchor, found, wanted)) {
      return Score::Failing("no match of " + Quoted(pattern.pattern()) + " in " + Quoted(text));
    }
    const re2::StringPiece& part = found[wanted - 1];
    const std::string_view match(part.data() == nullptr ? "" : part.data(), part.size());
    if (!equals_) return Score::Pass("matches: " + Quoted(match));
    if (part.data() == nullptr)
      return Score::Failing("expected " + Quoted(target) + ", capture 1 took no part in the match");
    if (match == target) return Score::Pass("captured " + Quoted(match));
    return Score::Failing("expected " + Quoted(target) + ", captured " + Quoted(match));
  }

  RegexMode mode_;
  Target pattern_;
  std::shared_ptr<const RE2> constant_;  // of a pattern that does not depend on the case
  std::optional<Target> equals_;
};

std::unique_ptr<Grader> Make(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  RegexOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto pattern = Target::Compile(node, "pattern", options.pattern, diagnostics, &QuotedForPattern);
  std::optional<Target> equals;
  if (options.equals) {
    equals = Target::Compile(node, "equals", *options.equals, diagnostics);
    if (!equals) return nullptr;
  }
  if (!pattern) return nullptr;
  std::shared_ptr<const RE2> constant;
  if (pattern->IsConstant()) {
    std::string error;
    constant = CompilePattern(options.pattern, error);
    if (!constant) {
      diagnostics.Add(node.Find("pattern").value_or(node).At("pattern: " + error));
      return nullptr;
    }
  }
  return std::make_unique<Regex>(options.mode, *std::move(pattern), std::move(constant), std::move(equals));
}

}  // namespace

GraderKind RegexGrader() { return {2, "the response matches a pattern", &RegexOptions::Fields(), &Make}; }

}  // namespace assay
