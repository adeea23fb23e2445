#include "runners/graders/frame/transform.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <utility>

#include "runners/graders/frame/code_in_text.h"
#include "runners/graders/frame/json_in_text.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/jq/jq_paths.h"

namespace assay {
namespace {

Error Lacks(std::string what) { return {ErrorCode::kNotFound, std::move(what), std::nullopt}; }

std::string TextOf(const Json& value) { return value.is_string() ? value.as_string() : value.Dump(); }

// Bytes that the search for the last match may look at: each match can look at all that follows it.
constexpr std::size_t kMostWork = 256u << 20;

class RegexStep final : public Transform::Step {
 public:
  RegexStep(std::shared_ptr<const RE2> pattern, MatchPlace match) : pattern_(std::move(pattern)), match_(match) {}

  Result<std::string> Apply(std::string_view text) const override {
    const re2::StringPiece piece(text.data(), text.size());
    std::array<re2::StringPiece, 2> found;
    const int wanted = pattern_->NumberOfCapturingGroups() > 0 ? 2 : 1;
    std::optional<std::string> taken;
    std::size_t work = 0;
    for (std::size_t at = 0; at <= text.size();) {
      work += text.size() - at + 1;
      if (work > kMostWork) return Fail(Lacks("too many matches of " + Quoted(pattern_->pattern())));
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

class CodeFenceStep final : public Transform::Step {
 public:
  explicit CodeFenceStep(std::string language) : language_(std::move(language)) {}

  Result<std::string> Apply(std::string_view text) const override {
    for (const CodeBlock& block : FindCodeBlocks(text)) {
      if (language_ == "any" || IsLanguage(block.language)) return std::string(block.code);
    }
    return Fail(Lacks(language_ == "any" ? "no fenced block" : "no fenced block of " + Quoted(language_)));
  }

 private:
  bool IsLanguage(std::string_view word) const {
    return std::ranges::equal(word, language_, [](char a, char b) {
      const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
      return lower(a) == lower(b);
    });
  }

  std::string language_;
};

class JsonStep final : public Transform::Step {
 public:
  explicit JsonStep(TransformedJson place) : place_(place) {}
  Result<std::string> Apply(std::string_view text) const override {
    if (place_ == TransformedJson::kWhole) {
      const auto whole = Json::Parse(text);
      if (!whole) return Fail(Lacks("the text is no JSON"));
      return whole->Dump();
    }
    const std::size_t enough = place_ == TransformedJson::kFirst ? 1 : SIZE_MAX;
    const std::vector<Json> found = JsonValuesInText(text, JsonInTextKinds::kObjectsAndLists, enough);
    if (found.empty()) return Fail(Lacks("no JSON object or list"));
    return (place_ == TransformedJson::kFirst ? found.front() : found.back()).Dump();
  }

 private:
  TransformedJson place_;
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
