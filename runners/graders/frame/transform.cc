#include "runners/graders/frame/transform.h"

#include <re2/re2.h>

#include <array>
#include <utility>

#include "runners/graders/frame/json_in_text.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/jq/jq_paths.h"

namespace assay {
namespace {

Error Lacks(std::string what) { return {ErrorCode::kNotFound, std::move(what), std::nullopt}; }

std::string TextOf(const Json& value) { return value.is_string() ? value.as_string() : value.Dump(); }

class RegexStep final : public Transform::Step {
 public:
  RegexStep(std::shared_ptr<const RE2> pattern, MatchPlace match) : pattern_(std::move(pattern)), match_(match) {}

  Result<std::string> Apply(std::string_view text) const override {
    const re2::StringPiece piece(text.data(), text.size());
    std::array<re2::StringPiece, 2> found;
    const int wanted = pattern_->NumberOfCapturingGroups() > 0 ? 2 : 1;
    std::optional<std::string> taken;
    for (std::size_t at = 0; at <= text.size();) {
      if (!pattern_->Match(piece, at, text.size(), RE2::UNANCHORED, found.data(), wanted)) break;
      const re2::StringPiece& part = found[static_cast<std::size_t>(wanted - 1)];
      taken = part.data() == nullptr ? "" : std::string(part.data(), part.size());
      if (match_ == MatchPlace::kFirst) break;
      const auto end = static_cast<std::size_t>(found[0].data() - text.data()) + found[0].size();
      at = std::max(end, at + 1);
    }
    if (!taken) return Fail(Lacks("no match of " + Quoted(pattern_->pattern())));
    return *std::move(taken);
  }

 private:
  std::shared_ptr<const RE2> pattern_;
  MatchPlace match_;
};

class AfterStep final : public Transform::Step {
 public:
  explicit AfterStep(std::string mark) : mark_(std::move(mark)) {}
  Result<std::string> Apply(std::string_view text) const override {
    const std::size_t at = text.rfind(mark_);
    if (at == std::string_view::npos) return Fail(Lacks("no " + Quoted(mark_)));
    return std::string(text.substr(at + mark_.size()));
  }

 private:
  std::string mark_;
};

// Fences of three or more backticks or tildes, as Markdown has them: a block ends with a fence at least as long of the
// same kind, or with the text.
class CodeFenceStep final : public Transform::Step {
 public:
  explicit CodeFenceStep(std::string language) : language_(std::move(language)) {}

  Result<std::string> Apply(std::string_view text) const override {
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::string_view line = TakeLine(rest);
      const std::size_t fence = FenceOf(line);
      if (fence == 0) continue;
      const std::string_view language = TrimBlanks(TrimBlanks(line).substr(fence));
      const std::string_view inside = TakeBlock(rest, TrimBlanks(line).substr(0, fence));
      if (language_ == "any" || IsLanguage(language)) return std::string(inside);
    }
    return Fail(Lacks(language_ == "any" ? "no fenced block" : "no fenced block of " + Quoted(language_)));
  }

 private:
  static std::string_view TakeLine(std::string_view& rest) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return line;
  }
  static std::size_t FenceOf(std::string_view line) {
    const std::string_view text = TrimBlanks(line);
    if (!text.starts_with("```") && !text.starts_with("~~~")) return 0;
    const std::size_t end = text.find_first_not_of(text[0]);
    return end == std::string_view::npos ? text.size() : end;
  }
  // Up to the fence that closes `open`; what follows it remains in `rest`.
  static std::string_view TakeBlock(std::string_view& rest, std::string_view open) {
    const std::string_view block = rest;
    while (!rest.empty()) {
      const std::string_view before = block.substr(0, block.size() - rest.size());
      const std::string_view line = TrimBlanks(TakeLine(rest));
      const bool is_end = line.starts_with(open) && line.find_first_not_of(open[0]) == std::string_view::npos;
      if (is_end) return before.ends_with('\n') ? before.substr(0, before.size() - 1) : before;
    }
    return block;
  }
  // The first word of what stands behind the fence.
  bool IsLanguage(std::string_view info) const {
    const std::string_view word = info.substr(0, info.find_first_of(" \t{"));
    return std::ranges::equal(word, language_, [](char a, char b) {
      const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
      return lower(a) == lower(b);
    });
  }

  std::string language_;
};

class JsonStep final : public Transform::Step {
 public:
  explicit JsonStep(JsonPlace place) : place_(place) {}
  Result<std::string> Apply(std::string_view text) const override {
    const auto found = FindJsonInText(text, place_);
    if (!found) return Fail(Lacks(place_ == JsonPlace::kWhole ? "the text is no JSON" : "no JSON object or list"));
    return found->Dump();
  }

 private:
  JsonPlace place_;
};

class JqStep final : public Transform::Step {
 public:
  JqStep(std::string source, JqPaths paths) : source_(std::move(source)), paths_(std::move(paths)) {}
  Result<std::string> Apply(std::string_view text) const override {
    const auto document = Json::Parse(text);
    if (!document) return Fail(Lacks("the text is no JSON"));
    const auto found = std::move(paths_.Find(*document).front());
    if (!found) return Fail(Lacks(source_ + ": " + found.error().message));
    std::string joined;
    bool is_there = false;
    for (const Json* value : *found) {
      if (value->is_null()) continue;
      if (is_there) joined += '\n';
      joined += TextOf(*value);
      is_there = true;
    }
    if (!is_there) return Fail(Lacks("nothing at " + source_));
    return joined;
  }

 private:
  std::string source_;
  JqPaths paths_;
};

class TrimStep final : public Transform::Step {
 public:
  Result<std::string> Apply(std::string_view text) const override { return std::string(TrimBlanks(text)); }
};

class LastLineStep final : public Transform::Step {
 public:
  Result<std::string> Apply(std::string_view text) const override {
    const std::string_view trimmed = TrimBlanks(text);
    if (trimmed.empty()) return Fail(Lacks("no line that is not blank"));
    return std::string(TrimBlanks(trimmed.substr(trimmed.rfind('\n') + 1)));
  }
};

using StepPointer = std::shared_ptr<const Transform::Step>;

StepPointer MakeRegex(const TransformSpec& spec, const Node& node, Diagnostics& diagnostics) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(16 << 20);
  auto pattern = std::make_shared<const RE2>(*spec.regex, options);
  if (pattern->ok()) return std::make_shared<RegexStep>(std::move(pattern), spec.match);
  diagnostics.Add(node.Find("regex").value_or(node).At("pattern: " + pattern->error()));
  return nullptr;
}

StepPointer MakeJq(const TransformSpec& spec, const Node& node, Diagnostics& diagnostics) {
  const auto refuse = [&](const Error& error) -> StepPointer {
    diagnostics.Add(node.Find("jq").value_or(node).At(error.message));
    return nullptr;
  };
  auto path = JsonPath::Compile(*spec.jq);
  if (!path) return refuse(path.error());
  const std::array<std::optional<JsonPath>, 1> wanted{*std::move(path)};
  auto paths = JqPaths::Compile(wanted);
  if (!paths) return refuse(paths.error());
  return std::make_shared<JqStep>(*spec.jq, *std::move(paths));
}

StepPointer MakeStep(const TransformSpec& spec, const Node& node, Diagnostics& diagnostics) {
  if (spec.regex) return MakeRegex(spec, node, diagnostics);
  if (spec.jq) return MakeJq(spec, node, diagnostics);
  if (spec.after) return std::make_shared<AfterStep>(*spec.after);
  if (spec.code_fence) return std::make_shared<CodeFenceStep>(*spec.code_fence);
  if (spec.json) return std::make_shared<JsonStep>(*spec.json);
  if (spec.last_line) return std::make_shared<LastLineStep>();
  return std::make_shared<TrimStep>();
}

}  // namespace

std::optional<Transform> Transform::Make(const TransformSpec& spec, const Node& node, Diagnostics& diagnostics) {
  StepPointer step = MakeStep(spec, node, diagnostics);
  if (step == nullptr) return std::nullopt;
  return Transform(std::move(step));
}

}  // namespace assay
