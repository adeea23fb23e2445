// json_keys: the share of the members of an object that are exactly as expected.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/structure/expected_json.h"
#include "runners/graders/structure/ignored_paths.h"
#include "runners/graders/structure/json_equal.h"
#include "runners/graders/structure/json_members.h"
#include "runners/graders/structure/json_place.h"
#include "runners/graders/structure/response_json.h"

namespace assay {
namespace {

enum class KeysCounted { kBoth, kExpected };

struct JsonKeysOptions {
  std::optional<Node> equals;
  KeysCounted keys = KeysCounted::kBoth;
  std::vector<std::string> ignore;
  static const FieldTable<JsonKeysOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<KeysCounted> {
  static constexpr EnumWord<KeysCounted> kWords[] = {
      {"both", KeysCounted::kBoth, "members of either side; one that only one side has is wrong"},
      {"expected", KeysCounted::kExpected, "expected members only"}};
};

namespace {

const FieldTable<JsonKeysOptions>& JsonKeysOptions::Fields() {
  static const auto table =
      FieldTable<JsonKeysOptions>()
          .Required("equals", &JsonKeysOptions::equals,
                    "the object, or list of objects, with the members; its texts are templates over the case, "
                    "`\"{{field}}\"` alone stands for the field, and a text is JSON")
          .Optional("keys", &JsonKeysOptions::keys, "which members count")
          .Optional("ignore", &JsonKeysOptions::ignore, "paths that are left out on both sides: `.meta`, `.[].id`");
  return table;
}

class JsonKeys final : public Grader {
 public:
  JsonKeys(ExpectedJson expected, KeysCounted keys, IgnoredPaths ignored)
      : expected_(std::move(expected)), keys_(keys), ignored_(std::move(ignored)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto values = expected_.For(item);
    if (!values) return values.error();
    const Json expected = ignored_.Without((*values)->front());
    const bool is_list = expected.is_array();
    if (!is_list && !expected.is_object()) {
      return Score::Unscored("the target is " + JsonExcerpt(expected) + ", neither an object nor a list");
    }
    const bool is_empty = is_list ? expected.as_array().empty() : expected.as_object().empty();
    if (is_empty && keys_ == KeysCounted::kExpected) return Score::Unscored("the target has no members");
    auto actual = ResponseJson(response);
    if (!actual) return std::move(actual).error();
    ignored_.Remove(*actual);
    Tally tally;
    if (!is_list) {
      tally.sum = Object(expected, *actual, "", tally);
      tally.count = 1;
    } else if (!actual->is_array()) {
      return Score::Failing("is " + JsonExcerpt(*actual) + ", no list");
    } else {
      Lists(expected.as_array(), actual->as_array(), tally);
    }
    const double share = tally.count == 0 ? 1 : tally.sum / static_cast<double>(tally.count);
    return Score::Measured(share, tally.wrong.empty() ? "all members are as expected" : "wrong: " + tally.wrong);
  }
  std::vector<std::string> RequiredFields() const override { return expected_.RequiredFields(); }

 private:
  struct Tally {
    double sum = 0;
    std::size_t count = 0;
    std::string wrong;
  };

  static void Note(const std::string& what, Tally& tally) {
    if (tally.wrong.size() < 500) tally.wrong += (tally.wrong.empty() ? "" : ", ") + ShownName(what, 100);
  }

  // An element of a list weighs as much as another, however many members it has.
  void Lists(const Json::Array& expected, const Json::Array& actual, Tally& tally) const {
    const Json none{Json::Object{}};
    tally.count = keys_ == KeysCounted::kBoth ? std::max(expected.size(), actual.size()) : expected.size();
    for (std::size_t i = 0; i < std::min(tally.count, actual.size()); ++i) {
      if (i < expected.size()) {
        tally.sum += Object(expected[i], actual[i], std::to_string(i) + ".", tally);
      } else {
        Note("element " + std::to_string(i), tally);
      }
    }
    if (actual.size() < expected.size()) Note("element " + std::to_string(actual.size()), tally);
  }

  double Object(const Json& expected, const Json& actual, const std::string& prefix, Tally& tally) const {
    if (!expected.is_object() || !actual.is_object()) {
      if (SameJson(expected, actual)) return 1;
      Note(prefix.empty() ? "no object" : "element " + prefix.substr(0, prefix.size() - 1), tally);
      return 0;
    }
    std::size_t right = 0;
    std::size_t count = 0;
    ForEachMember(expected, actual, [&](const std::string& name, const Json* left, const Json* member) {
      if (left == nullptr && keys_ == KeysCounted::kExpected) return;
      ++count;
      if (left != nullptr && member != nullptr && SameJson(*left, *member)) {
        ++right;
      } else {
        Note(prefix + name, tally);
      }
    });
    return count == 0 ? 1 : static_cast<double>(right) / static_cast<double>(count);
  }

  ExpectedJson expected_;
  KeysCounted keys_;
  IgnoredPaths ignored_;
};

std::unique_ptr<Grader> MakeJsonKeys(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  JsonKeysOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto ignored = IgnoredPaths::Compile(node, options.ignore, diagnostics);
  auto expected = ExpectedJson::One(*options.equals, diagnostics);
  if (!ignored || !expected) return nullptr;
  return std::make_unique<JsonKeys>(*std::move(expected), options.keys, *std::move(ignored));
}

}  // namespace

GraderKind JsonKeysGrader() {
  GraderKind kind{1, "the share of members that are exactly as expected", &JsonKeysOptions::Fields(), &MakeJsonKeys};
  kind.value = GraderValue::kShare;
  return kind;
}

}  // namespace assay
