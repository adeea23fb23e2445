// tool_correctness: the share of the expected calls that were made, whole or in part.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/tools/call_list.h"
#include "runners/graders/tools/expected_calls.h"
#include "runners/graders/tools/value_match.h"

namespace assay {
namespace {

enum class CorrectnessOrder { kAny, kInOrder, kExact };
enum class ComparedParts { kName, kArguments };

struct CorrectnessOptions : CallOptions, ExpectedOptions {
  CorrectnessOrder order = CorrectnessOrder::kAny;
  ComparedParts compare = ComparedParts::kName;
  static const FieldTable<CorrectnessOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<CorrectnessOrder> {
  static constexpr EnumWord<CorrectnessOrder> kWords[] = {
      {"any", CorrectnessOrder::kAny, "each expected call takes the best that is left"},
      {"in_order", CorrectnessOrder::kInOrder, "the heaviest common subsequence"},
      {"exact", CorrectnessOrder::kExact, "the two lists are equal, or it is 0"}};
};

template <>
struct EnumWords<ComparedParts> {
  static constexpr EnumWord<ComparedParts> kWords[] = {{"name", ComparedParts::kName, "the names of the tools"},
                                                       {"arguments", ComparedParts::kArguments, "the arguments too"}};
};

namespace {

const FieldTable<CorrectnessOptions>& CorrectnessOptions::Fields() {
  static const auto table = [] {
    FieldTable<CorrectnessOptions> fields;
    AddExpectedFields(fields);
    fields.Optional("order", &CorrectnessOptions::order, "whether the order of the calls counts");
    fields.Optional("compare", &CorrectnessOptions::compare,
                    "what of a call counts: the `name`, or the `arguments` too, by the share of them that agree");
    AddCallFields(fields);
    return fields;
  }();
  return table;
}

class ToolCorrectness final : public Grader {
 public:
  ToolCorrectness(const CorrectnessOptions& options, ExpectedCalls expected)
      : options_(options), expected_(std::move(expected)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto expected = expected_.For(item);
    if (!expected) return expected.error();
    const CallList made = ReadCalls(response, options_);
    if (made.IsSilent()) return Score::Measured(0, "the response is empty");
    if (made.is_too_much) return Score::Broken(made.fault);
    const std::string what = "called " + NamesOf(made.calls) + ", expected " + NamesOf(expected->calls);
    if (expected->calls.empty()) return Score::Measured(made.calls.empty() ? 1 : 0, what);
    return Score::Measured(std::clamp(Share(expected->calls, made.calls), 0.0, 1.0), what);
  }

  std::vector<std::string> RequiredFields() const override { return expected_.RequiredFields(); }

 private:
  double Share(const std::vector<ExpectedCall>& expected, const std::vector<MadeCall>& made) const {
    if (options_.order == CorrectnessOrder::kExact) {
      return std::ranges::equal(expected, made, [&](const ExpectedCall& a, const MadeCall& b) { return IsEqual(a, b); })
                 ? 1
                 : 0;
    }
    const double sum =
        options_.order == CorrectnessOrder::kAny ? BestEach(expected, made) : CommonSubsequence(expected, made);
    return sum / static_cast<double>(expected.size());
  }

  // How far `made` is `expected`, in [0, 1].
  double Agreement(const ExpectedCall& expected, const MadeCall& made) const {
    if (expected.name != made.name || !made.fault.empty()) return 0;
    return options_.compare == ComparedParts::kName ? 1 : SharedArguments(expected.arguments, made.arguments);
  }

  bool IsEqual(const ExpectedCall& expected, const MadeCall& made) const {
    if (expected.name != made.name || !made.fault.empty()) return false;
    return options_.compare == ComparedParts::kName || IsSameValue(expected.arguments, made.arguments);
  }

  double BestEach(const std::vector<ExpectedCall>& expected, const std::vector<MadeCall>& made) const {
    std::vector<bool> is_taken(made.size(), false);
    double sum = 0;
    for (const ExpectedCall& call : expected) {
      double best = 0;
      std::size_t best_index = 0;
      for (std::size_t i = 0; i < made.size() && best < 1; ++i) {
        const double agreement = is_taken[i] ? 0 : Agreement(call, made[i]);
        if (agreement <= best) continue;
        best = agreement;
        best_index = i;
      }
      if (best == 0) continue;
      sum += best;
      is_taken[best_index] = true;
    }
    return sum;
  }

  double CommonSubsequence(const std::vector<ExpectedCall>& expected, const std::vector<MadeCall>& made) const {
    std::vector<double> before(made.size() + 1, 0);
    std::vector<double> now(made.size() + 1, 0);
    for (const ExpectedCall& call : expected) {
      for (std::size_t i = 1; i <= made.size(); ++i) {
        const double agreement = Agreement(call, made[i - 1]);
        now[i] = std::max(before[i], now[i - 1]);
        if (agreement > 0) now[i] = std::max(now[i], before[i - 1] + agreement);
      }
      std::swap(before, now);
    }
    return before.back();
  }

  CorrectnessOptions options_;
  ExpectedCalls expected_;
};

}  // namespace

GraderKind ToolCorrectnessGrader() {
  return {1,
          "the share of expected calls that were made",
          &CorrectnessOptions::Fields(),
          &MakeWithExpectedCalls<ToolCorrectness, CorrectnessOptions>,
          /*judges_text=*/true,
          GraderValue::kShare,
          /*judges_calls=*/true};
}

}  // namespace assay
