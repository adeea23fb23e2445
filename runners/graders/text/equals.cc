// equals: the whole text is the target.

#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/text/text_match.h"

namespace assay {
namespace {

struct EqualsOptions {
  std::string value;
  bool ignore_case = false;
  bool trim = false;
  static const FieldTable<EqualsOptions>& Fields();
};

const FieldTable<EqualsOptions>& EqualsOptions::Fields() {
  static const auto table =
      FieldTable<EqualsOptions>()
          .Required("value", &EqualsOptions::value, "the text the response must be; a template over the case")
          .Optional("ignore_case", &EqualsOptions::ignore_case, "compare by Unicode's simple case folding")
          .Optional("trim", &EqualsOptions::trim, "ignore white space at both ends of response and value");
  return table;
}

class Equals final : public Grader {
 public:
  Equals(EqualsOptions options, Target target) : options_(std::move(options)), target_(std::move(target)) {}

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
    const Result<TextMatch> match = TextMatch::Make(std::string(expected), options_.ignore_case);
    if (!match) return Score::Broken("value: " + match.error().message);
    if (match->Equals(text)) return Score::Pass("the response is " + Quoted(expected));
    return Score::Failing("expected " + Quoted(expected) + ", got " + Quoted(text));
  }
  std::vector<std::string> RequiredFields() const override { return target_.RequiredFields(); }

 private:
  EqualsOptions options_;
  Target target_;
};

std::unique_ptr<Grader> Make(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  EqualsOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto target = Target::Compile(node, "value", options.value, diagnostics);
  if (!target) return nullptr;
  return std::make_unique<Equals>(std::move(options), *std::move(target));
}

}  // namespace

GraderKind EqualsGrader() { return {2, "the response is exactly a text", &EqualsOptions::Fields(), &Make}; }

}  // namespace assay
