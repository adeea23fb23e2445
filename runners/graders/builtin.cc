// The table of kinds, and the frame around every grader: negate, bounds of a score, no exception leaves.

#include <algorithm>
#include <exception>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/grader.h"

namespace assay {

#define GRADER(kind, Name) GraderKind Name##Grader();
#include "runners/graders/builtin.def"
#undef GRADER

namespace {

struct NamedKind {
  std::string_view name;
  GraderKind kind;
};

const std::vector<NamedKind>& Builtin() {
  static const std::vector<NamedKind> table = {
#define GRADER(kind, Name) {kind, Name##Grader()},
#include "runners/graders/builtin.def"
#undef GRADER
  };
  return table;
}

const NamedKind* FindBuiltin(std::string_view name) {
  for (const NamedKind& entry : Builtin()) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

bool HasCalls(const Response& response) {
  return !response.tool_calls.empty() ||
         std::ranges::any_of(response.transcript, [](const Message& message) { return !message.tool_calls.empty(); });
}

class Framed final : public Grader {
 public:
  Framed(std::unique_ptr<Grader> inner, const GraderKind& kind, bool negate)
      : inner_(std::move(inner)), judges_text_(kind.judges_text), judges_calls_(kind.judges_calls), negate_(negate) {}

  Score Grade(const Case& item, const Response& response) const override {
    Score score;
    try {
      score = inner_->Grade(item, response);
    } catch (const std::exception& e) {
      score = Score::Broken(std::string("the grader failed: ") + e.what());
    }
    if (negate_ && score.status == ScoreStatus::kScored && score.pass) score = Negated(std::move(score), response);
    score.reason = CutText(score.reason, Score::kMaxReason);
    return score;
  }
  std::vector<std::string> RequiredFields() const override { return inner_->RequiredFields(); }

 private:
  Score Negated(Score score, const Response& response) const {
    // Nothing is no answer: an endpoint that says nothing must not pass for not saying what it should not.
    if (judges_text_ && TrimBlanks(response.text).empty() && !(judges_calls_ && HasCalls(response)))
      return Score::Failing("the response is empty");
    score.pass = !*score.pass;
    score.value = 1.0 - *score.value;
    score.reason = "negated: " + score.reason;
    return score;
  }

  std::unique_ptr<Grader> inner_;
  bool judges_text_;
  bool judges_calls_;
  bool negate_;
};

std::string Join(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!text.empty()) text += '\n';
    text += ToString(diagnostic);
  }
  return text;
}

}  // namespace

Result<SuiteGrader> MakeGrader(const GraderSpec& spec, const std::filesystem::path& base_dir) {
  const NamedKind* found = FindBuiltin(spec.type);
  if (found == nullptr) {
    std::vector<std::string> names;
    for (const NamedKind& entry : Builtin()) names.emplace_back(entry.name);
    return Fail(ErrorCode::kInvalidArgument,
                "grader \"" + spec.name + "\": unknown type \"" + spec.type + "\"" + DidYouMean(spec.type, names));
  }
  Diagnostics diagnostics;
  std::unique_ptr<Grader> grader = found->kind.make(spec.options, {base_dir}, diagnostics);
  if (grader == nullptr || !diagnostics.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "grader \"" + spec.name + "\": " + Join(diagnostics.Sorted()));
  }
  return SuiteGrader{spec.name, spec.type, found->kind.version,
                     std::make_shared<Framed>(std::move(grader), found->kind, spec.negate)};
}

std::vector<PluginKind> GraderKinds() {
  std::vector<PluginKind> kinds;
  for (const NamedKind& entry : Builtin()) {
    PluginKind kind;
    kind.name = entry.name;
    kind.help = entry.kind.help;
    kind.schema = SchemaOf(*entry.kind.fields);
    kind.check = [make = entry.kind.make](const Node& options, Diagnostics& diagnostics) {
      make(options, {std::filesystem::path(options.file()).parent_path()}, diagnostics);
    };
    kinds.push_back(std::move(kind));
  }
  return kinds;
}

std::string GraderOptionsTable(std::string_view kind) {
  const NamedKind* found = FindBuiltin(kind);
  return found == nullptr ? "" : DocsTable(*found->kind.fields);
}

}  // namespace assay
