// The table of kinds, and the frame around every grader of theirs; no exception leaves.

#include <algorithm>
#include <exception>
#include <utility>

#include "runners/graders/frame/frame.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/grader.h"
#include "runners/graders/waiting_grader.h"

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

// A score in place of what a grader throws.
Score BrokenBy(const std::exception& thrown) {
  return Score::Broken(std::string("the grader failed: ") + thrown.what());
}

class FramedGrader final : public Grader {
 public:
  FramedGrader(std::unique_ptr<Grader> inner, Frame frame) : inner_(std::move(inner)), frame_(std::move(frame)) {}

  Score Grade(const Case& item, const Response& response) const override {
    try {
      if (auto left_out = frame_.LeftOut(item)) return *std::move(left_out);
      const Frame::View view = frame_.Look(response);
      return frame_.Finish(inner_->Grade(item, view.response()), view);
    } catch (const std::exception& thrown) {
      return BrokenBy(thrown);
    }
  }
  std::vector<std::string> RequiredFields() const override { return inner_->RequiredFields(); }
  bool HasNothingToJudge(const Response& response) const override { return frame_.HasNothingToJudge(response); }

 private:
  std::unique_ptr<Grader> inner_;
  Frame frame_;
};

class FramedWaitingGrader final : public WaitingGrader {
 public:
  FramedWaitingGrader(std::unique_ptr<WaitingGrader> inner, Frame frame)
      : inner_(std::move(inner)), frame_(std::move(frame)) {}

  boost::asio::awaitable<Result<GradingOutcome>> Grade(const Case& item, const Response& response,
                                                       const GradingTerms& terms) const override {
    try {
      if (auto left_out = frame_.LeftOut(item)) co_return GradingOutcome{*std::move(left_out)};
      const Frame::View view = frame_.Look(response);
      if (auto nothing = frame_.WithoutAsking(view)) co_return GradingOutcome{*std::move(nothing)};
      auto grading = inner_->Grade(item, view.response(), terms);
      auto outcome = co_await std::move(grading);
      if (outcome) outcome->score = frame_.Finish(std::move(outcome->score), view);
      co_return outcome;
    } catch (const std::exception& thrown) {
      co_return GradingOutcome{BrokenBy(thrown)};
    }
  }
  std::vector<std::string> RequiredFields() const override { return inner_->RequiredFields(); }
  bool HasNothingToJudge(const Response& response) const override { return frame_.HasNothingToJudge(response); }
  std::string Version() const override { return inner_->Version(); }
  int Concurrency() const override { return inner_->Concurrency(); }

 private:
  std::unique_ptr<WaitingGrader> inner_;
  Frame frame_;
};

class FramedCombination final : public Combination {
 public:
  FramedCombination(std::unique_ptr<Combination> inner, Frame frame)
      : inner_(std::move(inner)), frame_(std::move(frame)) {}

  std::vector<std::string> Parts() const override { return inner_->Parts(); }
  std::optional<Score> LeftOut(const Case& item) const override { return frame_.LeftOut(item); }
  Score Combine(const Response& response, std::span<const Part> parts) const override {
    try {
      return frame_.FinishCombined(inner_->Combine(response, parts), parts, response);
    } catch (const std::exception& thrown) {
      return BrokenBy(thrown);
    }
  }

 private:
  std::unique_ptr<Combination> inner_;
  Frame frame_;
};

GraderValue ValueOf(const GraderKind& kind, const Node& options, const std::filesystem::path& base_dir) {
  return kind.value_of == nullptr ? kind.value : kind.value_of(options, base_dir);
}

std::string Join(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!text.empty()) text += '\n';
    text += ToString(diagnostic);
  }
  return text;
}

}  // namespace

Result<SuiteGrader> MakeGrader(const GraderSpec& spec, const std::filesystem::path& base_dir,
                               const GraderServices* services) {
  const NamedKind* found = FindBuiltin(spec.type);
  if (found == nullptr) {
    std::vector<std::string> names;
    for (const NamedKind& entry : Builtin()) names.emplace_back(entry.name);
    return Fail(ErrorCode::kInvalidArgument,
                "grader \"" + spec.name + "\": unknown type \"" + spec.type + "\"" + DidYouMean(spec.type, names));
  }
  const GraderKind& kind = found->kind;
  const GraderPlace place{base_dir, services, spec.name};
  Diagnostics diagnostics;
  SuiteGrader made{.name = spec.name,
                   .kind = spec.type,
                   .version = std::to_string(kind.version),
                   .role = spec.role,
                   .weight = spec.weight};
  auto frame = Frame::Make(spec, ValueOf(kind, spec.options, base_dir), kind, spec.options, diagnostics);
  if (kind.make_waiting != nullptr) {
    auto inner = kind.make_waiting(spec.options, place, diagnostics);
    const std::string own = inner ? inner->Version() : "";
    if (!own.empty()) made.version += " " + own;
    if (inner && frame) made.waiting = std::make_shared<FramedWaitingGrader>(std::move(inner), *std::move(frame));
  } else if (kind.make_combination != nullptr) {
    auto inner = kind.make_combination(spec.options, place, diagnostics);
    if (inner && frame) made.combination = std::make_shared<FramedCombination>(std::move(inner), *std::move(frame));
  } else {
    auto inner = kind.make(spec.options, place, diagnostics);
    if (inner && frame) made.grader = std::make_shared<FramedGrader>(std::move(inner), *std::move(frame));
  }
  const bool is_made = made.grader || made.waiting || made.combination;
  if (!is_made || !diagnostics.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "grader \"" + spec.name + "\": " + Join(diagnostics.Sorted()));
  }
  return made;
}

namespace {

void CheckOptions(const GraderKind& kind, const GraderServices* services, const Node& options,
                  Diagnostics& diagnostics) {
  const GraderPlace place{std::filesystem::path(options.file()).parent_path(), services};
  if (kind.make_waiting != nullptr) {
    kind.make_waiting(options, place, diagnostics);
  } else if (kind.make_combination != nullptr) {
    kind.make_combination(options, place, diagnostics);
  } else {
    kind.make(options, place, diagnostics);
  }
}

std::vector<std::string> RequiredFieldsOf(const GraderKind& kind, const Node& options) {
  Diagnostics ignored;  // reported by check
  const GraderPlace place{std::filesystem::path(options.file()).parent_path()};
  if (kind.make_waiting != nullptr) {
    const auto made = kind.make_waiting(options, place, ignored);
    return made ? made->RequiredFields() : std::vector<std::string>();
  }
  if (kind.make == nullptr) return {};  // its parts are graders of their own
  const auto made = kind.make(options, place, ignored);
  return made ? made->RequiredFields() : std::vector<std::string>();
}

std::vector<std::string> PartsOf(const GraderKind& kind, const Node& options) {
  if (kind.make_combination == nullptr) return {};
  Diagnostics ignored;  // reported by check
  const auto made = kind.make_combination(options, {}, ignored);
  return made ? made->Parts() : std::vector<std::string>();
}

}  // namespace

std::vector<PluginKind> GraderKinds(std::shared_ptr<const GraderServices> services) {
  std::vector<PluginKind> kinds;
  for (const NamedKind& entry : Builtin()) {
    PluginKind kind;
    kind.name = entry.name;
    kind.help = entry.kind.help;
    kind.schema = SchemaOf(*entry.kind.fields);
    kind.check = [made_by = entry.kind, services](const Node& options, Diagnostics& diagnostics) {
      CheckOptions(made_by, services.get(), options, diagnostics);
    };
    kind.check_frame = [made_by = entry.kind](const GraderSpec& spec, const Node& node, Diagnostics& diagnostics) {
      const auto base_dir = std::filesystem::path(node.file()).parent_path();
      Frame::Make(spec, ValueOf(made_by, spec.options, base_dir), made_by, node, diagnostics);
    };
    kind.parts = [made_by = entry.kind](const Node& options) { return PartsOf(made_by, options); };
    kind.needs_deciding_parts = entry.kind.needs_deciding_parts;
    kind.computes = entry.kind.make_combination != nullptr && !kind.needs_deciding_parts;
    kind.needs_shares = kind.computes && entry.kind.value == GraderValue::kShare;
    if (entry.kind.weighing_parts != nullptr) kind.weighing_parts = entry.kind.weighing_parts;
    kind.model_options = entry.kind.model_options;
    kind.is_judge = entry.kind.is_judge;
    kind.runs_program = entry.kind.runs_program;
    kind.required_fields = [made_by = entry.kind](const Node& options) { return RequiredFieldsOf(made_by, options); };
    const auto value_of = [made_by = entry.kind](const Node& options) {
      return ValueOf(made_by, options, std::filesystem::path(options.file()).parent_path());
    };
    kind.decides = [value_of](const Node& options) { return value_of(options) == GraderValue::kPass; };
    kind.is_unbounded = [value_of](const Node& options) {
      const GraderValue value = value_of(options);
      return value == GraderValue::kErrorRate || value == GraderValue::kAmount;
    };
    kind.is_nonnegative = [value_of](const Node& options) { return value_of(options) == GraderValue::kErrorRate; };
    kinds.push_back(std::move(kind));
  }
  return kinds;
}

std::string GraderOptionsTable(std::string_view kind) {
  const NamedKind* found = FindBuiltin(kind);
  return found == nullptr ? "" : DocsTable(*found->kind.fields);
}

}  // namespace assay
