// equals: the whole text is the target, or one of several, or the same JSON value.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/text/target_texts.h"
#include "runners/graders/text/text_match.h"

namespace assay {
namespace {

struct EqualsOptions {
  std::optional<std::string> value;
  std::optional<std::vector<std::string>> any;
  std::optional<Node> json;
  bool ignore_case = false;
  bool trim = false;
  static const FieldTable<EqualsOptions>& Fields();
};

const FieldTable<EqualsOptions>& EqualsOptions::Fields() {
  static const auto table =
      FieldTable<EqualsOptions>()
          .Optional("value", &EqualsOptions::value, "the text the response must be; a template over the case")
          .Optional("any", &EqualsOptions::any, std::string(kOneOfTexts),
                    {.min_size = 1, .max_size = 1000, .one_or_list = true})
          .Optional("json", &EqualsOptions::json,
                    "the JSON value that the response must be: a text is a template that gives it (or, of a field that "
                    "is a list, several of which one is enough), anything else is the value itself")
          .Optional("ignore_case", &EqualsOptions::ignore_case, "compare by Unicode's simple case folding")
          .Optional("trim", &EqualsOptions::trim, "ignore white space at both ends of response and value")
          .ExactlyOneOf({"value", "any", "json"})
          .Check([](const EqualsOptions& options, const Node& node, Diagnostics& diagnostics) {
            if (options.json && (options.ignore_case || options.trim)) {
              diagnostics.Add(node.At("ignore_case and trim are of texts; \"json\" compares values"));
            }
          });
  return table;
}

class EqualsText final : public Grader {
 public:
  EqualsText(EqualsOptions options, Target target) : options_(std::move(options)), target_(std::move(target)) {}

  Score Grade(const Case& item, const Response& response) const override {
    auto target = target_.For(item);
    if (!target) return std::move(target).error();
    std::string_view text = response.text;
    std::string_view expected = *target;
    if (options_.trim) {
      text = TrimBlanks(text);
      expected = TrimBlanks(expected);
    }
    if (text.empty()) return Score::Failing("expected " + Quoted(expected) + ", the response is empty");
    const Result<TextMatch> match = TextMatch::Make(std::string(expected), {.ignore_case = options_.ignore_case});
    if (!match) return Score::Broken("value: " + match.error().message);
    if (match->Equals(text)) return Score::Pass("the response is " + Quoted(expected));
    return Score::Failing("expected " + Quoted(expected) + ", got " + Quoted(text));
  }
  std::vector<std::string> RequiredFields() const override { return target_.RequiredFields(); }

 private:
  EqualsOptions options_;
  Target target_;
};

class EqualsAny final : public Grader {
 public:
  EqualsAny(const EqualsOptions& options, TargetTexts targets)
      : ignore_case_(options.ignore_case), trim_(options.trim), targets_(std::move(targets)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto targets = targets_.For(item);
    if (!targets) return targets.error();
    const std::string_view text = trim_ ? TrimBlanks(response.text) : std::string_view(response.text);
    if (text.empty()) return Score::Failing("expected " + ListedTexts(*targets) + ", the response is empty");
    for (const std::string& target : *targets) {
      const Result<TextMatch> match = TextMatch::Make(
          std::string(trim_ ? TrimBlanks(target) : std::string_view(target)), {.ignore_case = ignore_case_});
      if (!match) return Score::Broken("any: " + match.error().message);
      if (match->Equals(text)) return Score::Pass("the response is " + Quoted(target));
    }
    return Score::Failing("expected " + ListedTexts(*targets) + ", got " + Quoted(text));
  }
  std::vector<std::string> RequiredFields() const override { return targets_.RequiredFields(); }

 private:
  bool ignore_case_;
  bool trim_;
  TargetTexts targets_;
};

// Members in any order; 1 is 1.0.
bool SameJson(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) {
    return a.is_integer() && b.is_integer() ? a.as_integer() == b.as_integer() : a.as_number() == b.as_number();
  }
  if (a.is_array() && b.is_array()) {
    return std::equal(a.as_array().begin(), a.as_array().end(), b.as_array().begin(), b.as_array().end(), SameJson);
  }
  if (!a.is_object() || !b.is_object()) return a == b;
  const auto sorted = [](const Json& object) {
    std::vector<const Json::Member*> members;
    for (const Json::Member& member : object.as_object()) members.push_back(&member);
    std::sort(members.begin(), members.end(), [](const auto* x, const auto* y) { return x->first < y->first; });
    return members;
  };
  const auto left = sorted(a);
  const auto right = sorted(b);
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](const auto* x, const auto* y) {
    return x->first == y->first && SameJson(x->second, y->second);
  });
}

class EqualsJson final : public Grader {
 public:
  EqualsJson(Json constant, std::optional<TargetTexts> targets)
      : constant_(std::move(constant)), targets_(std::move(targets)) {}

  Score Grade(const Case& item, const Response& response) const override {
    std::vector<Json> expected;
    if (!targets_) {
      expected.push_back(constant_);
    } else {
      const auto texts = targets_->For(item);
      if (!texts) return texts.error();
      for (const std::string& text : *texts) {
        Result<Json> value = Json::Parse(text);
        if (!value) return Score::Unscored("the target " + Quoted(text) + " is no JSON: " + value.error().message);
        expected.push_back(*std::move(value));
      }
    }
    const std::string wanted = "expected " + Quoted(expected.front().Dump()) +
                               (expected.size() > 1 ? " or " + std::to_string(expected.size() - 1) + " more, " : ", ");
    if (TrimBlanks(response.text).empty()) return Score::Failing(wanted + "the response is empty");
    const Result<Json> got = Json::Parse(response.text);
    if (!got) return Score::Failing(wanted + "the response is no JSON: " + got.error().message);
    for (const Json& value : expected) {
      if (SameJson(*got, value)) return Score::Pass("the response is " + Quoted(value.Dump()));
    }
    return Score::Failing(wanted + "got " + Quoted(got->Dump()));
  }
  std::vector<std::string> RequiredFields() const override {
    return targets_ ? targets_->RequiredFields() : std::vector<std::string>();
  }

 private:
  Json constant_;
  std::optional<TargetTexts> targets_;  // instead of the constant
};

std::unique_ptr<Grader> MakeJson(const Node& node, const Node& value, Diagnostics& diagnostics) {
  if (!value.is_string()) return std::make_unique<EqualsJson>(value.ToJson(), std::nullopt);
  auto targets = TargetTexts::Compile(node, "json", {value.as_string()}, diagnostics);
  if (!targets) return nullptr;
  if (!targets->IsConstant()) return std::make_unique<EqualsJson>(Json(), std::move(targets));
  Result<Json> constant = Json::Parse(value.as_string());
  if (constant) return std::make_unique<EqualsJson>(*std::move(constant), std::nullopt);
  diagnostics.Add(value.At(Quoted(value.as_string()) + " is no JSON: " + constant.error().message));
  return nullptr;
}

std::unique_ptr<Grader> MakeEquals(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  EqualsOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  if (options.json) return MakeJson(node, *options.json, diagnostics);
  if (options.any) {
    auto targets = TargetTexts::Compile(node, "any", *options.any, diagnostics);
    return targets ? std::make_unique<EqualsAny>(options, *std::move(targets)) : nullptr;
  }
  auto target = Target::Compile(node, "value", *options.value, diagnostics);
  if (!target) return nullptr;
  return std::make_unique<EqualsText>(std::move(options), *std::move(target));
}

}  // namespace

GraderKind EqualsGrader() { return {2, "the response is exactly a text", &EqualsOptions::Fields(), &MakeEquals}; }

}  // namespace assay
