// trajectory_match: the calls of a run are those of a reference: the same ones, some of them, or more.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/text_template.h"
#include "runners/graders/tools/call_list.h"
#include "runners/graders/tools/expected_calls.h"
#include "runners/graders/tools/pairing.h"
#include "runners/graders/tools/value_match.h"

namespace assay {
namespace {

enum class TrajectoryMode { kStrict, kUnordered, kSubset, kSuperset };
enum class ArgumentMatch { kExact, kSubset, kSuperset, kPartial, kIgnore };

// How the arguments of a tool are compared: a word, or the names of those that count.
struct ArgumentRule {
  ArgumentMatch match = ArgumentMatch::kExact;
  std::vector<std::string> fields;  // not empty: only these, `match` does not count
};

struct TrajectoryOptions : CallOptions, ExpectedOptions {
  TrajectoryMode mode = TrajectoryMode::kStrict;
  ArgumentMatch arguments = ArgumentMatch::kExact;
  std::map<std::string, ArgumentRule> per_tool;
  static const FieldTable<TrajectoryOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<TrajectoryMode> {
  static constexpr EnumWord<TrajectoryMode> kWords[] = {
      {"strict", TrajectoryMode::kStrict, "the same calls in the same order"},
      {"unordered", TrajectoryMode::kUnordered, "the same calls in any order"},
      {"subset", TrajectoryMode::kSubset, "only calls of the reference, perhaps not all"},
      {"superset", TrajectoryMode::kSuperset, "all calls of the reference, perhaps others too"}};
};

template <>
struct EnumWords<ArgumentMatch> {
  static constexpr EnumWord<ArgumentMatch> kWords[] = {
      {"exact", ArgumentMatch::kExact, "the same arguments"},
      {"subset", ArgumentMatch::kSubset, "only arguments of the reference"},
      {"superset", ArgumentMatch::kSuperset, "all arguments of the reference, perhaps others too"},
      {"partial", ArgumentMatch::kPartial, "as superset, at any depth"},
      {"ignore", ArgumentMatch::kIgnore, "names only"}};
};

template <>
struct FieldType<ArgumentRule> {
  static bool Read(const Node& node, const Limits& limits, ArgumentRule& out, Diagnostics& diagnostics) {
    if (!node.is_sequence()) return FieldType<ArgumentMatch>::Read(node, limits, out.match, diagnostics);
    return FieldType<std::vector<std::string>>::Read(node, {.min_size = 1, .max_size = 100}, out.fields, diagnostics);
  }
  static Json Schema(const Limits& limits) {
    return Json::Of(
        {{"anyOf", Json::Array{FieldType<ArgumentMatch>::Schema(limits),
                               FieldType<std::vector<std::string>>::Schema({.min_size = 1, .max_size = 100})}}});
  }
  static std::string Word(const Limits& limits) {
    return FieldType<ArgumentMatch>::Word(limits) + ", or a list of text";
  }
  static std::optional<Json> Default(const ArgumentRule&) { return std::nullopt; }
};

namespace {

const FieldTable<TrajectoryOptions>& TrajectoryOptions::Fields() {
  using Options = TrajectoryOptions;
  static const auto table = [] {
    FieldTable<Options> fields;
    AddExpectedFields(fields);
    fields.Optional("mode", &Options::mode, "what the calls are to the reference");
    fields.Optional("arguments", &Options::arguments,
                    "how the arguments of a call are compared with those of the reference");
    fields.Optional(
        "per_tool", &Options::per_tool,
        "another comparison for the tools named: a word as in `arguments`, or a list of the arguments that count, "
        "`a.b` for one within another");
    AddCallFields(fields);
    return fields;
  }();
  return table;
}

bool HasAll(const Json& object, const Json& of) {
  return std::ranges::all_of(of.as_object(), [&](const Json::Member& member) {
    const Json* value = object.Find(member.first);
    return value != nullptr && IsSameValue(*value, member.second);
  });
}

bool IsSameField(const Json& a, const Json& b, const std::string& field) {
  const Json* in_a = FindField(a, field);
  const Json* in_b = FindField(b, field);
  if (in_a == nullptr || in_b == nullptr) return in_a == in_b;
  return IsSameValue(*in_a, *in_b);
}

class TrajectoryMatch final : public Grader {
 public:
  TrajectoryMatch(const TrajectoryOptions& options, ExpectedCalls expected)
      : options_(options), expected_(std::move(expected)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto expected = expected_.For(item);
    if (!expected) return expected.error();
    const CallList made = ReadCalls(response, options_);
    if (made.IsSilent()) return Score::Failing("the response is empty");
    if (made.is_too_much) return Score::Broken(made.fault);
    if (!made.fault.empty() && !expected->calls.empty()) return Score::Failing(made.fault);
    switch (options_.mode) {
      case TrajectoryMode::kStrict:
        return expected->groups ? JudgeGroups(*expected, made) : JudgeOrder(*expected, made);
      case TrajectoryMode::kUnordered:
        if (expected->calls.size() != made.calls.size()) return WrongCount(*expected, made);
        return JudgeSuperset(*expected, made);
      case TrajectoryMode::kSubset:
        return JudgeSubset(*expected, made);
      case TrajectoryMode::kSuperset:
        return JudgeSuperset(*expected, made);
    }
    return Score::Broken("an unknown mode");
  }

  std::vector<std::string> RequiredFields() const override { return expected_.RequiredFields(); }

 private:
  static Score WrongCount(const ExpectedList& expected, const CallList& made) {
    return Score::Failing("expected " + CountOfCalls(expected.calls.size()) + ", made " +
                          CountOfCalls(made.calls.size()) + ": " + NamesOf(made.calls));
  }

  static Score Good(const CallList& made) { return Score::Pass("called " + NamesOf(made.calls)); }

  Score JudgeOrder(const ExpectedList& expected, const CallList& made) const {
    for (std::size_t i = 0; i < std::min(expected.calls.size(), made.calls.size()); ++i) {
      std::string wrong = Mismatch(expected.calls[i], made.calls[i]);
      if (!wrong.empty()) return Score::Failing("call " + std::to_string(i + 1) + ": " + wrong);
    }
    if (expected.calls.size() != made.calls.size()) return WrongCount(expected, made);
    return Good(made);
  }

  // Answer by answer; the calls of one answer stand in any order.
  Score JudgeGroups(const ExpectedList& expected, const CallList& made) const {
    if (expected.calls.size() != made.calls.size()) return WrongCount(expected, made);
    std::size_t begin = 0;
    while (begin < made.calls.size()) {
      std::size_t end = begin;
      while (end < made.calls.size() && made.calls[end].answer == made.calls[begin].answer) ++end;
      std::size_t expected_end = begin;
      while (expected_end < expected.calls.size() && expected.calls[expected_end].group == expected.calls[begin].group)
        ++expected_end;
      const std::string place = "calls " + std::to_string(begin + 1) + " to " + std::to_string(end);
      if (expected_end != end)
        return Score::Failing(place + " are of one answer, expected are " + std::to_string(expected_end - begin) +
                              " there");
      const auto lonely = FirstUnpaired(end - begin, end - begin, [&](std::size_t wanted, std::size_t index) {
        return Mismatch(expected.calls[begin + wanted], made.calls[begin + index]).empty();
      });
      if (lonely) return Score::Failing("none of " + place + " is " + Shown(expected.calls[begin + *lonely]));
      begin = end;
    }
    return Good(made);
  }

  Score JudgeSuperset(const ExpectedList& expected, const CallList& made) const {
    const auto lonely =
        FirstUnpaired(expected.calls.size(), made.calls.size(), [&](std::size_t wanted, std::size_t index) {
          return Mismatch(expected.calls[wanted], made.calls[index]).empty();
        });
    if (!lonely) return Good(made);
    return Score::Failing("expected " + Shown(expected.calls[*lonely]) + " is not called; called " +
                          NamesOf(made.calls));
  }

  Score JudgeSubset(const ExpectedList& expected, const CallList& made) const {
    const auto lonely =
        FirstUnpaired(made.calls.size(), expected.calls.size(), [&](std::size_t index, std::size_t wanted) {
          return Mismatch(expected.calls[wanted], made.calls[index]).empty();
        });
    if (!lonely) return Good(made);
    const MadeCall& extra = made.calls[*lonely];
    return Score::Failing(extra.fault.empty() ? Shown(extra) + " is not in the reference" : extra.fault);
  }

  std::string Mismatch(const ExpectedCall& expected, const MadeCall& made) const {
    if (made.name != expected.name)
      return "called " + Quoted(made.name, 60) + ", expected " + Quoted(expected.name, 60);
    if (!made.fault.empty()) return made.fault;
    if (HasRightArguments(expected, made)) return "";
    return "called " + Shown(made) + ", expected " + CutText(expected.arguments.Dump(), 120);
  }

  bool HasRightArguments(const ExpectedCall& expected, const MadeCall& made) const {
    const auto own = options_.per_tool.find(expected.name);
    const Json& a = made.arguments;
    const Json& b = expected.arguments;
    if (own != options_.per_tool.end() && !own->second.fields.empty()) {
      return std::ranges::all_of(own->second.fields,
                                 [&](const std::string& field) { return IsSameField(a, b, field); });
    }
    switch (own == options_.per_tool.end() ? options_.arguments : own->second.match) {
      case ArgumentMatch::kExact:
        return IsSameValue(a, b);
      case ArgumentMatch::kSubset:
        return HasAll(b, a);
      case ArgumentMatch::kSuperset:
        return HasAll(a, b);
      case ArgumentMatch::kPartial:
        return HasValue(a, b);
      case ArgumentMatch::kIgnore:
        break;
    }
    return true;
  }

  TrajectoryOptions options_;
  ExpectedCalls expected_;
};

}  // namespace

GraderKind TrajectoryMatchGrader() {
  return {1,
          "the calls of a run are those of a reference",
          &TrajectoryOptions::Fields(),
          &MakeWithExpectedCalls<TrajectoryMatch, TrajectoryOptions>,
          /*judges_text=*/true,
          GraderValue::kPass,
          /*judges_calls=*/true};
}

}  // namespace assay
