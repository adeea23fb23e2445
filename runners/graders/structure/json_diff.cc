// json_diff: how like the expected JSON the response is, as a mean of the likeness of its parts. json_distance: in how
// many places it differs.

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/structure/edit_distance.h"
#include "runners/graders/structure/expected_json.h"
#include "runners/graders/structure/ignored_paths.h"
#include "runners/graders/structure/json_equal.h"
#include "runners/graders/structure/json_members.h"
#include "runners/graders/structure/json_place.h"
#include "runners/graders/structure/response_json.h"

namespace assay {
namespace {

constexpr std::int64_t kMaxSteps = 50'000'000;  // of comparing texts, for a response: about 0.2 s

struct JsonDiffOptions {
  std::optional<Node> equals;
  std::optional<Node> any;
  bool parse_strings = true;
  std::vector<std::string> ignore;
  static const FieldTable<JsonDiffOptions>& Fields();
};
struct JsonDistanceOptions {
  std::optional<Node> equals;
  std::optional<Node> any;
  std::vector<std::string> ignore;
  static const FieldTable<JsonDistanceOptions>& Fields();
};

constexpr char kEqualsHelp[] =
    "the value; its texts are templates over the case, `\"{{field}}\"` alone stands for the field, and a text is JSON";
constexpr char kIgnoreHelp[] = "paths that are left out on both sides: `.meta`, `.items[].id`";

const FieldTable<JsonDiffOptions>& JsonDiffOptions::Fields() {
  static const auto table =
      FieldTable<JsonDiffOptions>()
          .Optional("equals", &JsonDiffOptions::equals, kEqualsHelp)
          .Optional("any", &JsonDiffOptions::any,
                    "a list of values, of which the likest counts; `\"{{field}}\"` alone stands for a field that is a "
                    "list")
          .Optional("parse_strings", &JsonDiffOptions::parse_strings,
                    "texts that are JSON objects or lists are compared as those")
          .Optional("ignore", &JsonDiffOptions::ignore, kIgnoreHelp)
          .ExactlyOneOf({"equals", "any"});
  return table;
}

const FieldTable<JsonDistanceOptions>& JsonDistanceOptions::Fields() {
  static const auto table =
      FieldTable<JsonDistanceOptions>()
          .Optional("equals", &JsonDistanceOptions::equals, kEqualsHelp)
          .Optional("any", &JsonDistanceOptions::any,
                    "a list of values, of which the nearest counts; `\"{{field}}\"` alone stands for a field that is a "
                    "list")
          .Optional("ignore", &JsonDistanceOptions::ignore, kIgnoreHelp)
          .ExactlyOneOf({"equals", "any"});
  return table;
}

// The least like leaf is kept for the reason.
class Likeness {
 public:
  explicit Likeness(bool parse_strings) : parse_strings_(parse_strings) {}

  // Nullopt when the texts are too long.
  std::optional<double> Run(const Json& expected, const Json& actual) {
    const double likeness = Compare(&expected, &actual, JsonPlace(), 0);
    if (steps_ < 0) return std::nullopt;
    return likeness;
  }
  const std::string& worst() const { return worst_; }

 private:
  double Leaf(double likeness, const Json* expected, const Json* actual, const JsonPlace& place) {
    if (likeness < worst_likeness_) {
      worst_likeness_ = likeness;
      const std::string is = actual == nullptr ? "is missing" : "is " + JsonExcerpt(*actual, 60);
      worst_ = AtPlace(place.ToString(),
                       is + ", expected " + (expected == nullptr ? "nothing" : JsonExcerpt(*expected, 60)));
    }
    return likeness;
  }

  double Texts(std::string_view expected, std::string_view actual) {
    return steps_ < 0 ? 0 : EditSimilarity(expected, actual, steps_).value_or(0);
  }

  // Null pointers for what is not there, which is like null.
  double Compare(const Json* expected, const Json* actual, const JsonPlace& place, int depth) {
    if (steps_ < 0) return 0;
    Json parsed_expected;
    Json parsed_actual;
    if (parse_strings_ && depth < Json::kMaxDepth) {
      if (Parse(expected, parsed_expected)) expected = &parsed_expected;
      if (Parse(actual, parsed_actual)) actual = &parsed_actual;
    }
    const bool is_null = expected == nullptr || expected->is_null();
    const bool is_actual_null = actual == nullptr || actual->is_null();
    if (is_null || is_actual_null) return Leaf(is_null && is_actual_null ? 1 : 0, expected, actual, place);
    if (expected->is_object() && actual->is_object()) return Objects(*expected, *actual, place, depth);
    if (expected->is_array() && actual->is_array()) return Lists(*expected, *actual, place, depth);
    double likeness = 0;
    if (expected->is_string() && actual->is_string()) {
      likeness = Texts(expected->as_string(), actual->as_string());
    } else if (expected->is_number() && actual->is_number()) {
      likeness = Numbers(expected->as_number(), actual->as_number());
    } else if (expected->is_bool() && actual->is_bool()) {
      likeness = expected->as_bool() == actual->as_bool() ? 1 : 0;
    } else {
      likeness = Texts(expected->DumpCanonical(), actual->DumpCanonical());
    }
    return Leaf(likeness, expected, actual, place);
  }

  static bool Parse(const Json* value, Json& out) {
    if (value == nullptr || !value->is_string()) return false;
    const std::size_t first = value->as_string().find_first_not_of(" \t\r\n");
    if (first == std::string::npos || (value->as_string()[first] != '{' && value->as_string()[first] != '['))
      return false;
    Result<Json> parsed = Json::Parse(value->as_string());
    if (!parsed) return false;
    out = *std::move(parsed);
    return true;
  }

  static double Numbers(double expected, double actual) {
    if (expected == actual) return 1;
    // Halves, so that the sum of two large numbers is one.
    const double sum = std::fabs(expected) / 2 + std::fabs(actual) / 2;
    return std::clamp(1 - std::fabs(expected / 2 - actual / 2) / sum, 0.0, 1.0);
  }

  double Objects(const Json& expected, const Json& actual, const JsonPlace& place, int depth) {
    double sum = 0;
    std::size_t count = 0;
    ForEachMember(expected, actual, [&](const std::string& name, const Json* left, const Json* right) {
      sum += Compare(left, right, place.Member(name), depth + 1);
      ++count;
    });
    return count == 0 ? 1 : sum / static_cast<double>(count);
  }

  double Lists(const Json& expected, const Json& actual, const JsonPlace& place, int depth) {
    const Json::Array& left = expected.as_array();
    const Json::Array& right = actual.as_array();
    const std::size_t longer = std::max(left.size(), right.size());
    double sum = 0;
    for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
      sum += Compare(&left[i], &right[i], place.Element(i), depth + 1);
    }
    if (left.size() != right.size()) {
      const std::size_t i = std::min(left.size(), right.size());
      Leaf(0, i < left.size() ? &left[i] : nullptr, i < right.size() ? &right[i] : nullptr, place.Element(i));
    }
    return longer == 0 ? 1 : sum / static_cast<double>(longer);
  }

  bool parse_strings_;
  std::int64_t steps_ = kMaxSteps;
  double worst_likeness_ = 1;
  std::string worst_;
};

// Places where two values differ, and the first of them.
class Differences {
 public:
  std::size_t Count(const Json& expected, const Json& actual, const JsonPlace& place) {
    if (expected.is_object() && actual.is_object()) {
      std::size_t count = 0;
      ForEachMember(expected, actual, [&](const std::string& name, const Json* left, const Json* right) {
        const JsonPlace below = place.Member(name);
        if (left != nullptr && right != nullptr) {
          count += Count(*left, *right, below);
        } else {
          count += One(below, left == nullptr ? "is not expected" : "is missing");
        }
      });
      return count;
    }
    if (expected.is_array() && actual.is_array()) {
      const std::size_t left = expected.as_array().size();
      const std::size_t right = actual.as_array().size();
      std::size_t count = 0;
      for (std::size_t i = 0; i < std::min(left, right); ++i) {
        count += Count(expected.as_array()[i], actual.as_array()[i], place.Element(i));
      }
      if (left == right) return count;
      One(place, "has " + std::to_string(right) + " elements, not " + std::to_string(left));
      return count + (std::max(left, right) - std::min(left, right));
    }
    if (SameJson(expected, actual)) return 0;
    return One(place, first_.empty() ? "is " + JsonExcerpt(actual, 60) + ", not " + JsonExcerpt(expected, 60) : "");
  }
  const std::string& first() const { return first_; }

 private:
  std::size_t One(const JsonPlace& place, const std::string& what) {
    if (first_.empty()) first_ = AtPlace(place.ToString(), what);
    return 1;
  }
  std::string first_;
};

std::size_t NodesIn(const Json& value) {
  std::size_t count = 1;
  if (value.is_array()) {
    for (const Json& element : value.as_array()) count += NodesIn(element);
  } else if (value.is_object()) {
    for (const auto& [name, member] : value.as_object()) count += NodesIn(member);
  }
  return count;
}

class JsonDiff final : public Grader {
 public:
  JsonDiff(ExpectedJson expected, IgnoredPaths ignored, bool parse_strings)
      : expected_(std::move(expected)), ignored_(std::move(ignored)), parse_strings_(parse_strings) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto expected = expected_.For(item);
    if (!expected) return expected.error();
    auto actual = ResponseJson(response);
    if (!actual) return std::move(actual).error();
    ignored_.Remove(*actual);
    double best = -1;
    std::string worst;
    for (const Json& value : **expected) {
      Likeness likeness(parse_strings_);
      const auto found = likeness.Run(ignored_.empty() ? value : ignored_.Without(value), *actual);
      if (!found) return Score::Broken("the texts are too long to be compared");
      if (*found <= best) continue;
      best = *found;
      worst = likeness.worst();
    }
    return Score::Measured(best, worst.empty() ? "is the expected JSON" : worst);
  }
  std::vector<std::string> RequiredFields() const override { return expected_.RequiredFields(); }

 private:
  ExpectedJson expected_;
  IgnoredPaths ignored_;
  bool parse_strings_;
};

class JsonDistance final : public Grader {
 public:
  JsonDistance(ExpectedJson expected, IgnoredPaths ignored)
      : expected_(std::move(expected)), ignored_(std::move(ignored)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto expected = expected_.For(item);
    if (!expected) return expected.error();
    auto actual = ResponseJson(response);
    if (!actual) {
      // Farther than an empty object is: nothing of what is expected is there, and something else is.
      std::size_t most = 0;
      for (const Json& value : **expected) most = std::max(most, NodesIn(value));
      return Score::Measured(static_cast<double>(most + 1), actual.error().reason);
    }
    ignored_.Remove(*actual);
    std::size_t least = SIZE_MAX;
    std::string first;
    for (const Json& value : **expected) {
      Differences differences;
      const std::size_t count =
          differences.Count(ignored_.empty() ? value : ignored_.Without(value), *actual, JsonPlace());
      if (count >= least) continue;
      least = count;
      first = differences.first();
    }
    return Score::Measured(static_cast<double>(least), least == 0 ? "is the expected JSON" : first);
  }
  std::vector<std::string> RequiredFields() const override { return expected_.RequiredFields(); }

 private:
  ExpectedJson expected_;
  IgnoredPaths ignored_;
};

template <class Options>
std::optional<ExpectedJson> ExpectedOf(const Options& options, Diagnostics& diagnostics) {
  return options.equals ? ExpectedJson::One(*options.equals, diagnostics)
                        : ExpectedJson::Any(*options.any, diagnostics);
}

std::unique_ptr<Grader> MakeDiff(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  JsonDiffOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto ignored = IgnoredPaths::Compile(node, options.ignore, diagnostics);
  auto expected = ExpectedOf(options, diagnostics);
  if (!ignored || !expected) return nullptr;
  return std::make_unique<JsonDiff>(*std::move(expected), *std::move(ignored), options.parse_strings);
}

std::unique_ptr<Grader> MakeDistance(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  JsonDistanceOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto ignored = IgnoredPaths::Compile(node, options.ignore, diagnostics);
  auto expected = ExpectedOf(options, diagnostics);
  if (!ignored || !expected) return nullptr;
  return std::make_unique<JsonDistance>(*std::move(expected), *std::move(ignored));
}

}  // namespace

GraderKind JsonDiffGrader() {
  GraderKind kind{1, "how like the expected JSON the response is", &JsonDiffOptions::Fields(), &MakeDiff};
  kind.value = GraderValue::kShare;
  return kind;
}

GraderKind JsonDistanceGrader() {
  GraderKind kind{1, "in how many places the response differs from the expected JSON", &JsonDistanceOptions::Fields(),
                  &MakeDistance};
  kind.value = GraderValue::kErrorRate;
  return kind;
}

}  // namespace assay
