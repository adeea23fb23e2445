// contains: a text, all of several, or any of several occur in the response.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/text/text_match.h"

namespace assay {
namespace {

struct ContainsOptions {
  std::optional<std::string> value;
  std::optional<std::vector<std::string>> all;
  std::optional<std::vector<std::string>> any;
  bool ignore_case = false;
  bool whole_word = false;
  static const FieldTable<ContainsOptions>& Fields();
};

const FieldTable<ContainsOptions>& ContainsOptions::Fields() {
  static const auto table =
      FieldTable<ContainsOptions>()
          .Optional("value", &ContainsOptions::value, "the text that must occur; a template over the case")
          .Optional(
              "all", &ContainsOptions::all,
              "texts that must all occur; templates over the case, `\"{{field}}\"` alone stands for the elements of a "
              "field that is a list",
              {.min_size = 1, .max_size = 1000, .one_or_list = true})
          .Optional("any", &ContainsOptions::any, "texts of which one must occur; templates as in `all`",
                    {.min_size = 1, .max_size = 1000, .one_or_list = true})
          .Optional("ignore_case", &ContainsOptions::ignore_case, "compare by Unicode's simple case folding")
          .Optional("whole_word", &ContainsOptions::whole_word,
                    "only where no letter, digit or `_` continues the text's first or last word")
          .ExactlyOneOf({"value", "all", "any"});
  return table;
}

// `"a", "b" and 3 more`
std::string Listed(const std::vector<std::string>& texts) {
  constexpr std::size_t kShown = 5;
  std::string out;
  for (std::size_t i = 0; i < std::min(kShown, texts.size()); ++i) out += (i == 0 ? "" : ", ") + Quoted(texts[i]);
  if (texts.size() > kShown) out += " and " + std::to_string(texts.size() - kShown) + " more";
  return out;
}

class Contains final : public Grader {
 public:
  Contains(bool any, TextMatchOptions how, std::vector<Target> targets, std::vector<TextMatch> constant)
      : any_(any), how_(how), targets_(std::move(targets)), constant_(std::move(constant)) {}

  Score Grade(const Case& item, const Response& response) const override {
    if (!constant_.empty()) return Judge(constant_, response.text);
    std::vector<TextMatch> matches;
    for (const Target& target : targets_) {
      auto texts = target.ListFor(item);
      if (!texts) return std::move(texts).error();
      for (std::string& text : *texts) {
        Result<TextMatch> match = TextMatch::Make(std::move(text), how_);
        if (!match) return Score::Broken("target: " + match.error().message);
        matches.push_back(*std::move(match));
      }
    }
    return Judge(matches, response.text);
  }

  std::vector<std::string> RequiredFields() const override {
    std::vector<std::string> fields;
    for (const Target& target : targets_) {
      fields.insert(fields.end(), target.RequiredFields().begin(), target.RequiredFields().end());
    }
    return fields;
  }

 private:
  Score Judge(const std::vector<TextMatch>& matches, std::string_view text) const {
    if (text.empty()) return Score::Failing("the response is empty");
    std::vector<std::string> missing;
    for (const TextMatch& match : matches) {
      const bool found = match.IsIn(text);
      if (found && any_) return Score::Pass("contains " + Quoted(match.text()));
      if (!found) missing.push_back(match.text());
    }
    if (missing.empty()) {
      return Score::Pass(matches.size() == 1 ? "contains " + Quoted(matches.front().text())
                                             : "contains all " + std::to_string(matches.size()) + " texts");
    }
    return Score::Failing((any_ && missing.size() > 1 ? "contains none of " : "does not contain ") + Listed(missing));
  }

  bool any_;
  TextMatchOptions how_;
  std::vector<Target> targets_;
  std::vector<TextMatch> constant_;  // of all targets, when none depends on the case
};

std::unique_ptr<Grader> MakeContains(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  ContainsOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  const std::string_view name = options.value ? "value" : options.all ? "all" : "any";
  const std::vector<std::string> sources = options.value ? std::vector<std::string>{*options.value}
                                           : options.all ? *options.all
                                                         : *options.any;
  const TextMatchOptions how{.ignore_case = options.ignore_case, .whole_word = options.whole_word};
  std::vector<Target> targets;
  std::vector<TextMatch> constant;
  for (const std::string& source : sources) {
    auto target = Target::Compile(node, name, source, diagnostics);
    if (!target) continue;
    if (target->IsConstant()) {
      Result<TextMatch> match = TextMatch::Make(source, how);
      if (!match) {
        diagnostics.Add(node.Find(name).value_or(node).At(match.error().message));
        continue;
      }
      constant.push_back(*std::move(match));
    }
    targets.push_back(*std::move(target));
  }
  if (targets.size() != sources.size()) return nullptr;
  if (constant.size() != targets.size()) constant.clear();
  return std::make_unique<Contains>(options.any.has_value(), how, std::move(targets), std::move(constant));
}

}  // namespace

GraderKind ContainsGrader() { return {2, "texts occur in the response", &ContainsOptions::Fields(), &MakeContains}; }

}  // namespace assay
