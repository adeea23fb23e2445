#include "runners/graders/structure/json_check.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "runners/graders/frame/reason.h"
#include "runners/graders/structure/decimal.h"
#include "runners/graders/structure/json_equal.h"

namespace assay {

template <>
struct EnumWords<CheckedType> {
  static constexpr EnumWord<CheckedType> kWords[] = {{"null", CheckedType::kNull, "null"},
                                                     {"boolean", CheckedType::kBoolean, "true or false"},
                                                     {"integer", CheckedType::kInteger, "a number without a fraction"},
                                                     {"number", CheckedType::kNumber, "a number"},
                                                     {"string", CheckedType::kString, "a text"},
                                                     {"array", CheckedType::kArray, "a list"},
                                                     {"object", CheckedType::kObject, "an object"}};
};
template <>
struct EnumWords<CheckedValues> {
  static constexpr EnumWord<CheckedValues> kWords[] = {
      {"all", CheckedValues::kAll, "every value at the path; there is at least one"},
      {"any", CheckedValues::kAny, "one of the values at the path"}};
};

namespace {

constexpr std::size_t kMaxFound = 100'000;

bool IsOfType(const Json& value, CheckedType type) {
  switch (type) {
    case CheckedType::kNull:
      return value.is_null();
    case CheckedType::kBoolean:
      return value.is_bool();
    case CheckedType::kInteger:
      return value.is_number() && IsWhole(value);
    case CheckedType::kNumber:
      return value.is_number();
    case CheckedType::kString:
      return value.is_string();
    case CheckedType::kArray:
      return value.is_array();
    case CheckedType::kObject:
      return value.is_object();
  }
  return false;
}

// Characters of a text, elements of a list, members of an object.
std::optional<std::size_t> SizeOf(const Json& value) {
  if (value.is_array()) return value.as_array().size();
  if (value.is_object()) return value.as_object().size();
  if (!value.is_string()) return std::nullopt;
  return static_cast<std::size_t>(
      std::ranges::count_if(value.as_string(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// A text that has `part`, or a list that has it as an element.
bool Contains(const Json& value, const std::string& part) {
  if (value.is_string()) return value.as_string().find(part) != std::string::npos;
  if (!value.is_array()) return false;
  return std::ranges::any_of(value.as_array(), [&](const Json& element) {
    return element.is_string() ? element.as_string() == part : element.is_number() && element.Dump() == part;
  });
}

}  // namespace

const FieldTable<JsonCheckOptions>& JsonCheckOptions::Fields() {
  static const auto table =
      FieldTable<JsonCheckOptions>()
          .Required("path", &JsonCheckOptions::path, "where: `.answer.items[0].price`, `.items[].price`, `.`")
          .Optional("values", &JsonCheckOptions::values, "which of several values at the path must be right")
          .Optional("exists", &JsonCheckOptions::exists, "whether there is a value at the path")
          .Optional("equals", &JsonCheckOptions::equals, "the value; its texts are templates over the case")
          .Optional("one_of", &JsonCheckOptions::one_of,
                    "a list of values of which it is one, templates as in `equals`; or a field that is a list")
          .Optional("contains", &JsonCheckOptions::contains,
                    "a text that the text has, or that is an element of the list; a template over the case")
          .Optional("matches", &JsonCheckOptions::matches, "a pattern of RE2 that matches somewhere in the text")
          .Optional("type", &JsonCheckOptions::type, "the type of the value")
          .Optional("min", &JsonCheckOptions::min, "the least number")
          .Optional("max", &JsonCheckOptions::max, "the greatest number")
          .Optional("above", &JsonCheckOptions::above, "what the number is more than")
          .Optional("below", &JsonCheckOptions::below, "what the number is less than")
          .Optional("min_size", &JsonCheckOptions::min_size, "the least number of characters, elements or members",
                    {.min = 0})
          .Optional("max_size", &JsonCheckOptions::max_size, "the greatest number of them", {.min = 0})
          .Optional("schema", &JsonCheckOptions::schema, "JSON Schema (draft 7) that the value must conform to");
  return table;
}

struct JsonCheck::Wanted {
  std::optional<Json> equals;
  std::optional<Json> one_of;  // a list
  std::string contains;
};

std::optional<JsonCheck> JsonCheck::Compile(const Node& node, const JsonCheckOptions& options,
                                            Diagnostics& diagnostics) {
  Result<JsonSteps> path = JsonSteps::Compile(options.path);
  if (!path) {
    diagnostics.Add(node.Find("path").value_or(node).At(path.error().message));
    return std::nullopt;
  }
  JsonCheck check(*std::move(path));
  check.options_ = options;
  if (!check.Compile(node, diagnostics)) return std::nullopt;
  return check;
}

bool JsonCheck::Compile(const Node& node, Diagnostics& diagnostics) {
  const JsonCheckOptions& o = options_;
  const bool asks_of_value = o.equals || o.one_of || o.contains || o.matches || o.type || o.min || o.max || o.above ||
                             o.below || o.min_size || o.max_size || o.schema;
  if (!asks_of_value && !o.exists) {
    diagnostics.Add(node.At("asks nothing of the value; `exists: true` asks that there is one"));
    return false;
  }
  if (asks_of_value && o.exists == false) {
    diagnostics.Add(node.At("what does not exist has no value to ask anything of"));
    return false;
  }
  const std::size_t errors = diagnostics.size();
  const auto needs = [&](const std::vector<std::string>& fields) {
    fields_.insert(fields_.end(), fields.begin(), fields.end());
  };
  if (o.equals && (equals_ = JsonTemplate::Compile(*o.equals, diagnostics))) needs(equals_->RequiredFields());
  if (o.one_of && (one_of_ = JsonTemplate::Compile(*o.one_of, diagnostics))) {
    needs(one_of_->RequiredFields());
    if (one_of_->only_field().empty() && (!o.one_of->is_sequence() || o.one_of->size() == 0)) {
      diagnostics.Add(o.one_of->At("must be a list of values, or a field that is one: \"{{field}}\""));
    }
  }
  if (o.contains && (contains_ = Target::Compile(node, "contains", *o.contains, diagnostics))) {
    needs(contains_->RequiredFields());
  }
  if (o.matches) {
    RE2::Options regex_options;
    regex_options.set_log_errors(false);
    matches_ = std::make_shared<const RE2>(*o.matches, regex_options);
    if (!matches_->ok()) diagnostics.Add(node.Find("matches").value_or(node).At(matches_->error()));
  }
  if (o.schema) {
    Result<JsonSchema> schema = JsonSchema::Compile(*o.schema, {.check_formats = true});
    if (!schema) {
      diagnostics.Add(node.Find("schema").value_or(node).At("schema " + schema.error().message));
    } else {
      schema_ = *std::move(schema);
    }
  }
  return diagnostics.size() == errors;
}

std::expected<JsonCheck::Wanted, Score> JsonCheck::For(const Case& item) const {
  Wanted wanted;
  if (equals_) {
    auto value = equals_->For(item);
    if (!value) return std::unexpected(std::move(value).error());
    wanted.equals = *std::move(value);
  }
  if (one_of_) {
    auto values = one_of_->For(item);
    if (!values) return std::unexpected(std::move(values).error());
    if (!values->is_array() || values->as_array().empty()) {
      return std::unexpected(Score::Unscored("the target is " + JsonExcerpt(*values) + ", no list of values"));
    }
    wanted.one_of = *std::move(values);
  }
  if (contains_) {
    auto text = contains_->For(item);
    if (!text) return std::unexpected(std::move(text).error());
    wanted.contains = *std::move(text);
  }
  return wanted;
}

std::expected<std::optional<std::string>, Score> JsonCheck::Run(const Case& item, const Json& response) const {
  const auto wanted = For(item);
  if (!wanted) return std::unexpected(wanted.error());
  const std::vector<const Json*> found = path_.Find(response, kMaxFound + 1);
  const auto at_path = [&](const std::string& what) { return CutText(path_.source(), 100) + ": " + what; };
  if (found.size() > kMaxFound) return at_path("has more than 100000 values");
  if (options_.exists == false) {
    return found.empty() ? std::optional<std::string>() : at_path("is there: " + JsonExcerpt(*found[0]));
  }
  if (found.empty()) return at_path("is not there");
  std::optional<std::string> first;
  for (const Json* value : found) {
    auto wrong = Wrong(*value, *wanted);
    if (!wrong) return std::unexpected(std::move(wrong).error());
    const bool is_right = wrong->empty();
    if (is_right && options_.values == CheckedValues::kAny) return std::nullopt;
    if (is_right) continue;
    if (options_.values == CheckedValues::kAll) return at_path(*wrong);
    if (!first) first = at_path(*std::move(wrong));
  }
  return first;
}

// "" when nothing is wrong.
std::expected<std::string, Score> JsonCheck::Wrong(const Json& value, const Wanted& wanted) const {
  const std::string is = "is " + JsonExcerpt(value);
  if (options_.type && !IsOfType(value, *options_.type))
    return is + ", not of type " + std::string(WordOf(*options_.type));
  if (wanted.equals) {
    if (const auto difference = FirstDifference(*wanted.equals, value, {})) return *difference;
  }
  if (wanted.one_of &&
      std::ranges::none_of(wanted.one_of->as_array(), [&](const Json& one) { return SameJson(one, value); })) {
    return is + ", none of " + JsonExcerpt(*wanted.one_of);
  }
  if (contains_ && !Contains(value, wanted.contains)) return is + ", without " + Quoted(wanted.contains, 80);
  if (matches_ && !(value.is_string() && RE2::PartialMatch(value.as_string(), *matches_))) {
    return is + ", no match of " + Quoted(matches_->pattern(), 80);
  }
  if (std::string wrong = WrongNumber(value); !wrong.empty()) return is + wrong;
  if (std::string wrong = WrongSize(value); !wrong.empty()) return is + wrong;
  if (schema_) {
    const auto checked = schema_->Check(value);
    if (!checked) return std::unexpected(Score::Broken(checked.error().message));
    if (*checked) return "does not conform to the schema: " + ToString(**checked);
  }
  return "";
}

std::string JsonCheck::WrongNumber(const Json& value) const {
  const auto wrong = [&](const std::optional<double>& bound, auto is_wrong, const char* words) -> std::string {
    if (!bound) return "";
    if (!value.is_number()) return ", no number";
    return is_wrong(CompareNumbers(value, Json(*bound))) ? words + Json(*bound).Dump() : "";
  };
  for (std::string text : {wrong(
                               options_.min, [](auto o) { return o < 0; }, ", less than "),
                           wrong(
                               options_.max, [](auto o) { return o > 0; }, ", more than "),
                           wrong(
                               options_.above, [](auto o) { return o <= 0; }, ", not more than "),
                           wrong(
                               options_.below, [](auto o) { return o >= 0; }, ", not less than ")}) {
    if (!text.empty()) return text;
  }
  return "";
}

std::string JsonCheck::WrongSize(const Json& value) const {
  if (!options_.min_size && !options_.max_size) return "";
  const std::optional<std::size_t> size = SizeOf(value);
  if (!size) return ", which has no size";
  const auto count = static_cast<std::int64_t>(*size);
  if (options_.min_size && count < *options_.min_size) {
    return ", of size " + std::to_string(count) + ", less than " + std::to_string(*options_.min_size);
  }
  if (options_.max_size && count > *options_.max_size) {
    return ", of size " + std::to_string(count) + ", more than " + std::to_string(*options_.max_size);
  }
  return "";
}

}  // namespace assay
