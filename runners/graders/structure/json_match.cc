// json_match: the response is the expected JSON, member by member.

#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/structure/expected_json.h"
#include "runners/graders/structure/ignored_paths.h"
#include "runners/graders/structure/json_equal.h"
#include "runners/graders/structure/response_json.h"

namespace assay {
namespace {

enum class JsonNumbers { kValue, kType };
enum class JsonKept { kIgnored, kKept };
enum class JsonNulls { kEqual, kNeverEqual };
enum class JsonExtra { kFail, kIgnore };

struct JsonMatchOptions {
  std::optional<Node> equals;
  std::optional<Node> any;
  JsonNumbers numbers = JsonNumbers::kValue;
  JsonKept key_order = JsonKept::kIgnored;
  JsonKept list_order = JsonKept::kKept;
  JsonNulls nulls = JsonNulls::kEqual;
  JsonExtra extra_keys = JsonExtra::kFail;
  std::vector<std::string> ignore;
  static const FieldTable<JsonMatchOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<JsonNumbers> {
  static constexpr EnumWord<JsonNumbers> kWords[] = {{"value", JsonNumbers::kValue, "1 is 1.0"},
                                                     {"type", JsonNumbers::kType, "1 is not 1.0"}};
};
template <>
struct EnumWords<JsonKept> {
  static constexpr EnumWord<JsonKept> kWords[] = {{"ignore", JsonKept::kIgnored, "any order"},
                                                  {"keep", JsonKept::kKept, "the order counts"}};
};
template <>
struct EnumWords<JsonNulls> {
  static constexpr EnumWord<JsonNulls> kWords[] = {
      {"equal", JsonNulls::kEqual, "null is null"},
      {"never_equal", JsonNulls::kNeverEqual, "null equals nothing, not even null"}};
};
template <>
struct EnumWords<JsonExtra> {
  static constexpr EnumWord<JsonExtra> kWords[] = {
      {"fail", JsonExtra::kFail, "members that are not expected fail"},
      {"ignore", JsonExtra::kIgnore, "objects of the response may have more members"}};
};

namespace {

const FieldTable<JsonMatchOptions>& JsonMatchOptions::Fields() {
  static const auto table =
      FieldTable<JsonMatchOptions>()
          .Optional("equals", &JsonMatchOptions::equals,
                    "the value; its texts are templates over the case, `\"{{field}}\"` alone stands for the field, and "
                    "a text is JSON")
          .Optional("any", &JsonMatchOptions::any,
                    "a list of values of which one must match; `\"{{field}}\"` alone stands for a field that is a list")
          .Optional("numbers", &JsonMatchOptions::numbers, "how numbers are compared")
          .Optional("key_order", &JsonMatchOptions::key_order, "whether the order of members counts")
          .Optional("list_order", &JsonMatchOptions::list_order, "whether the order of elements counts")
          .Optional("nulls", &JsonMatchOptions::nulls, "what null equals")
          .Optional("extra_keys", &JsonMatchOptions::extra_keys, "what members that are not expected do")
          .Optional("ignore", &JsonMatchOptions::ignore,
                    "paths that are left out on both sides: `.meta`, `.items[].id`")
          .ExactlyOneOf({"equals", "any"});
  return table;
}

class JsonMatch final : public Grader {
 public:
  JsonMatch(ExpectedJson expected, const JsonEquality& equality, IgnoredPaths ignored)
      : expected_(std::move(expected)), equality_(equality), ignored_(std::move(ignored)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto expected = expected_.For(item);
    if (!expected) return expected.error();
    auto actual = ResponseJson(response);
    if (!actual) return std::move(actual).error();
    ignored_.Remove(*actual);
    std::string first;
    for (const Json& value : **expected) {
      const auto difference = ignored_.empty() ? FirstDifference(value, *actual, equality_)
                                               : FirstDifference(ignored_.Without(value), *actual, equality_);
      if (!difference) return Score::Pass("is the expected JSON");
      if (first.empty()) first = *difference;
    }
    const std::size_t count = (*expected)->size();
    return Score::Failing(count == 1 ? first : "is none of " + std::to_string(count) + " values; the first: " + first);
  }
  std::vector<std::string> RequiredFields() const override { return expected_.RequiredFields(); }

 private:
  ExpectedJson expected_;
  JsonEquality equality_;
  IgnoredPaths ignored_;
};

std::unique_ptr<Grader> MakeJsonMatch(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  JsonMatchOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto ignored = IgnoredPaths::Compile(node, options.ignore, diagnostics);
  auto expected =
      options.equals ? ExpectedJson::One(*options.equals, diagnostics) : ExpectedJson::Any(*options.any, diagnostics);
  if (!expected || !ignored) return nullptr;
  JsonEquality equality;
  equality.is_number_type_compared = options.numbers == JsonNumbers::kType;
  equality.is_key_order_compared = options.key_order == JsonKept::kKept;
  equality.is_list_order_ignored = options.list_order == JsonKept::kIgnored;
  equality.is_null_never_equal = options.nulls == JsonNulls::kNeverEqual;
  equality.are_extra_members_fine = options.extra_keys == JsonExtra::kIgnore;
  return std::make_unique<JsonMatch>(*std::move(expected), equality, *std::move(ignored));
}

}  // namespace

GraderKind JsonMatchGrader() {
  return {1, "the response is the expected JSON", &JsonMatchOptions::Fields(), &MakeJsonMatch};
}

}  // namespace assay
