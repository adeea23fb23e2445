// tool_call_f1: how far the set of tools that were called is the expected set.

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/tools/call_list.h"
#include "runners/graders/tools/expected_calls.h"
#include "runners/graders/tools/value_match.h"

namespace assay {
namespace {

enum class CallIdentity { kName, kCall };

struct CallF1Options : CallOptions, ExpectedOptions {
  CallIdentity by = CallIdentity::kName;
  static const FieldTable<CallF1Options>& Fields();
};

}  // namespace

template <>
struct EnumWords<CallIdentity> {
  static constexpr EnumWord<CallIdentity> kWords[] = {{"name", CallIdentity::kName, "the names of the tools"},
                                                      {"call", CallIdentity::kCall, "names with arguments"}};
};

namespace {

const FieldTable<CallF1Options>& CallF1Options::Fields() {
  static const auto table = [] {
    FieldTable<CallF1Options> fields;
    AddExpectedFields(fields);
    fields.Optional("by", &CallF1Options::by,
                    "what the elements of the sets are: the `name` of a tool, or the whole `call`");
    AddCallFields(fields);
    return fields;
  }();
  return table;
}

class ToolCallF1 final : public Grader {
 public:
  ToolCallF1(const CallF1Options& options, ExpectedCalls expected)
      : options_(options), expected_(std::move(expected)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto expected = expected_.For(item);
    if (!expected) return expected.error();
    const CallList made =
        ReadCalls(response, options_, options_.by == CallIdentity::kName ? CallParts::kNames : CallParts::kAll);
    if (made.IsSilent()) return Score::Measured(0, "the response is empty");
    if (made.is_too_much) return Score::Broken(made.fault);
    std::set<std::string> wanted;
    for (const ExpectedCall& call : expected->calls) wanted.insert(Identity(call.name, call.arguments));
    std::set<std::string> actual;
    std::size_t unusable = 0;  // each a call that is not expected, whatever it was meant to be
    for (const MadeCall& call : made.calls) {
      if (options_.by == CallIdentity::kCall && !call.fault.empty()) {
        ++unusable;
      } else {
        actual.insert(Identity(call.name, call.arguments));
      }
    }
    const auto right = static_cast<double>(
        std::ranges::count_if(actual, [&](const std::string& call) { return wanted.contains(call); }));
    const std::string what = "called " + NamesOf(made.calls) + ", expected " + NamesOf(expected->calls);
    const std::size_t total = actual.size() + unusable + wanted.size();
    if (total == 0) return Score::Measured(1, "no call, as expected");
    return Score::Measured(2 * right / static_cast<double>(total), what);
  }

  std::vector<std::string> RequiredFields() const override { return expected_.RequiredFields(); }

 private:
  std::string Identity(const std::string& name, const Json& arguments) const {
    return options_.by == CallIdentity::kName ? name : name + "\n" + EqualText(arguments);
  }

  CallF1Options options_;
  ExpectedCalls expected_;
};

}  // namespace

GraderKind ToolCallF1Grader() {
  return {1,
          "how far the called tools are the expected ones",
          &CallF1Options::Fields(),
          &MakeWithExpectedCalls<ToolCallF1, CallF1Options>,
          /*judges_text=*/true,
          GraderValue::kShare,
          /*judges_calls=*/true};
}

}  // namespace assay
