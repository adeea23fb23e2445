// tool_call_accuracy: where the sequence of called tools is the expected one, the share of arguments that are right.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/tools/call_list.h"
#include "runners/graders/tools/expected_calls.h"
#include "runners/graders/tools/value_match.h"

namespace assay {
namespace {

enum class AccuracyOrder { kStrict, kAny };

struct AccuracyOptions : CallOptions, ExpectedOptions {
  AccuracyOrder order = AccuracyOrder::kStrict;
  static const FieldTable<AccuracyOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<AccuracyOrder> {
  static constexpr EnumWord<AccuracyOrder> kWords[] = {
      {"strict", AccuracyOrder::kStrict, "the tools are called in the expected order"},
      {"any", AccuracyOrder::kAny, "both lists are sorted by name and arguments first"}};
};

namespace {

const FieldTable<AccuracyOptions>& AccuracyOptions::Fields() {
  static const auto table = [] {
    FieldTable<AccuracyOptions> fields;
    AddExpectedFields(fields);
    fields.Optional("order", &AccuracyOptions::order, "whether the order of the calls counts");
    AddCallFields(fields);
    return fields;
  }();
  return table;
}

// By what calls are sorted: the name, then the arguments by their names, values as text.
std::vector<std::string> SortKey(const std::string& name, const Json& arguments) {
  std::vector<const Json::Member*> members;
  for (const Json::Member& member : arguments.as_object()) members.push_back(&member);
  std::ranges::sort(members, {}, [](const Json::Member* member) -> std::string_view { return member->first; });
  std::vector<std::string> key{name};
  for (const Json::Member* member : members) {
    key.push_back(member->first);
    key.push_back(member->second.is_string() ? member->second.as_string() : member->second.Dump());
  }
  return key;
}

template <class Call>
std::vector<const Call*> InOrder(const std::vector<Call>& calls, AccuracyOrder order) {
  std::vector<std::pair<std::vector<std::string>, const Call*>> keyed;
  for (const Call& call : calls)
    keyed.emplace_back(order == AccuracyOrder::kAny ? SortKey(call.name, call.arguments) : std::vector<std::string>{},
                       &call);
  if (order == AccuracyOrder::kAny)
    std::ranges::stable_sort(
        keyed, {}, [](const auto& one) -> const auto& { return one.first; });
  std::vector<const Call*> out;
  for (const auto& [key, call] : keyed) out.push_back(call);
  return out;
}

// Of the expected arguments, the share that was given.
double ArgumentShare(const Json& expected, const Json& actual) {
  if (expected.as_object().empty()) return actual.as_object().empty() ? 1 : 0;
  double right = 0;
  for (const auto& [name, value] : expected.as_object()) {
    const Json* given = actual.Find(name);
    if (given != nullptr && IsSameValue(*given, value)) ++right;
  }
  return right / static_cast<double>(expected.as_object().size());
}

class ToolCallAccuracy final : public Grader {
 public:
  ToolCallAccuracy(const AccuracyOptions& options, ExpectedCalls expected)
      : options_(options), expected_(std::move(expected)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto expected = expected_.For(item);
    if (!expected) return expected.error();
    const CallList made = ReadCalls(response, options_);
    if (made.IsSilent()) return Score::Measured(0, "the response is empty");
    if (made.is_too_much) return Score::Broken(made.fault);
    if (made.calls.empty() && expected->calls.empty()) return Score::Measured(1, "no call, as expected");
    const auto wanted = InOrder(expected->calls, options_.order);
    const auto actual = InOrder(made.calls, options_.order);
    const bool is_aligned =
        std::ranges::equal(wanted, actual, [](const ExpectedCall* a, const MadeCall* b) { return a->name == b->name; });
    if (!is_aligned)
      return Score::Measured(0, "called " + NamesOf(made.calls) + ", expected " + NamesOf(expected->calls));
    double sum = 0;
    std::string wrong;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const double share = actual[i]->fault.empty() ? ArgumentShare(wanted[i]->arguments, actual[i]->arguments) : 0;
      sum += share;
      if (share < 1 && wrong.empty())
        wrong = actual[i]->fault.empty() ? "called " + Shown(*actual[i]) + ", expected " + Shown(*wanted[i])
                                         : actual[i]->fault;
    }
    return Score::Measured(sum / static_cast<double>(wanted.size()),
                           wrong.empty() ? "called " + NamesOf(made.calls) : wrong);
  }

  std::vector<std::string> RequiredFields() const override { return expected_.RequiredFields(); }

 private:
  AccuracyOptions options_;
  ExpectedCalls expected_;
};

}  // namespace

GraderKind ToolCallAccuracyGrader() {
  return {1,
          "how many arguments of the expected calls are right",
          &AccuracyOptions::Fields(),
          &MakeWithExpectedCalls<ToolCallAccuracy, AccuracyOptions>,
          /*judges_text=*/true,
          GraderValue::kShare,
          /*judges_calls=*/true};
}

}  // namespace assay
