#include "config/fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "core/nearest_name.h"

namespace assay {
namespace {

constexpr std::string_view kNamePattern = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$";
constexpr std::string_view kDurationPattern = "^(0|([0-9]+(d|h|m|s|ms|us))+)$";

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// The shortest decimal form.
std::string NumberText(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::size_t CharacterCount(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// "" or what is wrong with a number; durations are given in seconds, with " s" as the suffix.
std::string OutOfRange(double value, const Limits& limits, std::string_view suffix) {
  const auto with = [&](std::string_view words, double limit) {
    return "must be " + std::string(words) + " " + NumberText(limit) + std::string(suffix);
  };
  if (limits.min && value < *limits.min) return with("at least", *limits.min);
  if (limits.above && value <= *limits.above) return with("above", *limits.above);
  if (limits.max && value > *limits.max) return with("at most", *limits.max);
  if (limits.below && value >= *limits.below) return with("below", *limits.below);
  return "";
}

bool CheckRange(const Node& node, double value, const Limits& limits, std::string_view suffix,
                Diagnostics& diagnostics) {
  const std::string wrong = OutOfRange(value, limits, suffix);
  if (wrong.empty()) return true;
  diagnostics.Add(node.At(wrong + ", got " + node.Describe()));
  return false;
}

std::string Plural(std::size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

bool CheckSize(const Node& node, std::size_t size, const Limits& limits, std::string_view one, std::string_view many,
               Diagnostics& diagnostics) {
  if (size < limits.min_size) {
    diagnostics.Add(node.At(size == 0 ? "must not be empty" : "needs at least " + Plural(limits.min_size, one, many)));
    return false;
  }
  if (size > limits.max_size) {
    diagnostics.Add(
        node.At("may have at most " + Plural(limits.max_size, one, many) + ", got " + std::to_string(size)));
    return false;
  }
  return true;
}

// The keys that matter to a choice which are present.
std::vector<std::string> Present(const Node& node, const std::vector<std::string>& names) {
  std::vector<std::string> present;
  for (const std::string& name : names) {
    if (node.Find(name)) present.push_back(name);
  }
  return present;
}

void CheckChoice(const Node& node, const FieldList::Choice& choice, Diagnostics& diagnostics) {
  const std::vector<std::string> present = Present(node, choice.names);
  const std::string names = fields::Join(choice.names, ", ");
  if (present.empty() && choice.required) {
    diagnostics.Add(node.AtKey("needs exactly one of " + names));
  }
  for (std::size_t i = 1; i < present.size(); ++i) {
    for (std::size_t k = 0; k < node.size(); ++k) {
      if (node.key(k) == present[i]) {
        diagnostics.Add(node.AtKey(k, "cannot stand beside " + present[0] + "; give one of " + names));
      }
    }
  }
}

}  // namespace

std::vector<std::string> FieldList::Names() const {
  std::vector<std::string> names;
  for (const Field& field : fields_) names.push_back(field.name);
  return names;
}

const FieldList::Field* FieldList::Find(std::string_view name) const {
  const auto found = std::ranges::find(fields_, name, &Field::name);
  return found == fields_.end() ? nullptr : &*found;
}

bool IsName(std::string_view text) {
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && text.size() <= 128 && alphanumeric(text[0]) &&
         std::ranges::all_of(text, [&](char c) { return alphanumeric(c) || c == '_' || c == '-' || c == '.'; });
}

std::string DidYouMean(std::string_view name, const std::vector<std::string>& candidates) {
  const auto nearest = NearestName(name, candidates);
  return nearest ? "; did you mean \"" + *nearest + "\"?" : "";
}

std::string WrongType(std::string_view expected, const Node& value) {
  std::string message = "expected " + std::string(expected) + ", got " + value.Describe();
  const bool quotable = value.is_bool() || value.is_number();
  if (quotable && (expected == "text" || expected == "a name")) message += "; put it in quotes";
  return message;
}

namespace fields {

std::string Join(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

bool CheckPresent(const Node& node, Diagnostics& diagnostics) {
  if (!node.is_null()) return true;
  diagnostics.Add(node.AtKey("has no value; give it one or remove the key"));
  return false;
}

bool CheckKeys(const Node& node, const FieldList& table, Diagnostics& diagnostics) {
  if (!CheckPresent(node, diagnostics)) return false;
  if (!node.is_mapping()) {
    diagnostics.Add(node.At(WrongType("a mapping", node)));
    return false;
  }
  const std::vector<std::string> names = table.Names();
  for (std::size_t i = 0; i < node.size(); ++i) {
    const std::string& key = node.key(i);
    if (Contains(names, key)) continue;
    if (Contains(table.not_yet(), key)) {
      diagnostics.Add(node.AtKey(i, "not supported yet"));
    } else if (!table.has_rest()) {
      // Looking for near names is the costly part; after the kept errors nobody reads it.
      const bool read = diagnostics.size() < Diagnostics::kMaxKept;
      const std::string hint = read ? DidYouMean(key, names) : "";
      diagnostics.Add(
          node.AtKey(i, "unknown key" + (hint.empty() && read ? "; known are " + Join(names, ", ") : hint)));
    }
  }
  for (const FieldList::Field& field : table.fields()) {
    if (field.required && !node.Find(field.name)) {
      diagnostics.Add(node.AtKey("needs \"" + field.name + "\": " + field.help));
    }
  }
  for (const FieldList::Choice& choice : table.choices()) CheckChoice(node, choice, diagnostics);
  return true;
}

bool ReadText(const Node& node, const Limits& limits, std::string& out, Diagnostics& diagnostics) {
  if (!CheckPresent(node, diagnostics)) return false;
  if (!node.is_string()) {
    diagnostics.Add(node.At(WrongType(limits.form == TextForm::kName ? "a name" : "text", node)));
    return false;
  }
  const std::string& text = node.as_string();
  if (limits.form == TextForm::kName && !IsName(text)) {
    diagnostics.Add(
        node.At(node.Describe() +
                " is no name: use up to 128 letters, digits, \"_\", \"-\" and \".\", beginning with a letter or "
                "digit"));
    return false;
  }
  if ((limits.form == TextForm::kFile || limits.form == TextForm::kSlice) && text.empty()) {
    diagnostics.Add(node.At("must not be empty"));
    return false;
  }
  if (!CheckSize(node, CharacterCount(text), limits, "character", "characters", diagnostics)) return false;
  out = text;
  return true;
}

bool ReadBool(const Node& node, bool& out, Diagnostics& diagnostics) {
  if (!CheckPresent(node, diagnostics)) return false;
  if (!node.is_bool()) {
    diagnostics.Add(node.At(WrongType("true or false", node)));
    return false;
  }
  out = node.as_bool();
  return true;
}

bool ReadInteger(const Node& node, const Limits& limits, std::int64_t lowest, std::int64_t highest, std::int64_t& out,
                 Diagnostics& diagnostics) {
  if (!CheckPresent(node, diagnostics)) return false;
  constexpr double kExact = 9007199254740992.0;  // 2^53
  std::int64_t value = 0;
  if (node.is_integer()) {
    value = node.as_integer();
  } else if (node.is_number() && std::trunc(node.as_number()) == node.as_number() &&
             std::abs(node.as_number()) <= kExact) {
    value = static_cast<std::int64_t>(node.as_number());  // 1e3
  } else {
    diagnostics.Add(node.At(WrongType("a whole number", node)));
    return false;
  }
  if (!CheckRange(node, static_cast<double>(value), limits, "", diagnostics)) return false;
  if (value < lowest || value > highest) {
    diagnostics.Add(node.At("must be from " + std::to_string(lowest) + " to " + std::to_string(highest) + ", got " +
                            node.Describe()));
    return false;
  }
  out = value;
  return true;
}

bool ReadNumber(const Node& node, const Limits& limits, double& out, Diagnostics& diagnostics) {
  if (!CheckPresent(node, diagnostics)) return false;
  if (!node.is_number()) {
    diagnostics.Add(node.At(WrongType("a number", node)));
    return false;
  }
  if (!CheckRange(node, node.as_number(), limits, "", diagnostics)) return false;
  out = node.as_number();
  return true;
}

bool ReadDuration(const Node& node, const Limits& limits, Duration& out, Diagnostics& diagnostics) {
  if (!CheckPresent(node, diagnostics)) return false;
  const bool zero = node.is_integer() && node.as_integer() == 0;
  const auto duration = node.is_string() ? ParseDuration(node.as_string()) : Result<Duration>(Duration{0});
  if ((!node.is_string() && !zero) || !duration) {
    const std::string hint = node.is_number() ? "; add the unit: " + node.Describe() + "s" : "";
    diagnostics.Add(node.At("expected a duration such as 250ms, 60s or 1h30m, got " + node.Describe() + hint));
    return false;
  }
  const double seconds = std::chrono::duration<double>(*duration).count();
  if (!CheckRange(node, seconds, limits, "s", diagnostics)) return false;
  out = *duration;
  return true;
}

int ReadWord(const Node& node, const std::vector<std::string>& words, const std::vector<std::string>& not_yet,
             Diagnostics& diagnostics) {
  if (!CheckPresent(node, diagnostics)) return -1;
  const std::string expected = "one of " + Join(words, ", ");
  if (!node.is_string()) {
    diagnostics.Add(node.At(WrongType(expected, node)));
    return -1;
  }
  const auto found = std::ranges::find(words, node.as_string());
  if (found != words.end()) return static_cast<int>(found - words.begin());
  if (Contains(not_yet, node.as_string())) {
    diagnostics.Add(node.At(node.Describe() + " is not supported yet; use " + expected));
  } else {
    const std::string hint = DidYouMean(node.as_string(), words);
    diagnostics.Add(node.At("expected " + expected + ", got " + node.Describe() + hint));
  }
  return -1;
}

bool CheckList(const Node& node, const Limits& limits, Diagnostics& diagnostics) {
  if (!CheckPresent(node, diagnostics)) return false;
  if (!node.is_sequence()) {
    diagnostics.Add(node.At(WrongType("a list", node)));
    return false;
  }
  return CheckSize(node, node.size(), limits, "element", "elements", diagnostics);
}

bool CheckUnique(const Node& node, Diagnostics& diagnostics) {
  std::set<std::string> seen;
  bool good = true;
  for (std::size_t i = 0; i < node.size(); ++i) {
    const Node element = node.at(i);
    if (seen.insert(element.ToJson().DumpCanonical()).second) continue;
    diagnostics.Add(element.At(element.Describe() + " stands twice in the list"));
    good = false;
  }
  return good;
}

bool CheckMapping(const Node& node, const Limits& limits, Diagnostics& diagnostics) {
  if (!CheckPresent(node, diagnostics)) return false;
  if (!node.is_mapping()) {
    diagnostics.Add(node.At(WrongType("a mapping", node)));
    return false;
  }
  return CheckSize(node, node.size(), limits, "key", "keys", diagnostics);
}

Json TextSchema(const Limits& limits) {
  Json schema = Json::Of({{"type", "string"}});
  if (limits.form == TextForm::kName) schema.Set("pattern", kNamePattern);
  if (limits.form == TextForm::kFile) schema.Set("x-assay-file", true);
  if (limits.form == TextForm::kSlice) schema.Set("x-assay-slice", true);
  const bool is_reference = limits.form == TextForm::kFile || limits.form == TextForm::kSlice;
  const std::size_t least = std::max<std::size_t>(limits.min_size, is_reference ? 1 : 0);
  if (least > 0) schema.Set("minLength", static_cast<std::int64_t>(least));
  if (limits.max_size != SIZE_MAX) schema.Set("maxLength", static_cast<std::int64_t>(limits.max_size));
  return schema;
}

Json NumberSchema(std::string_view type, const Limits& limits) {
  Json schema = Json::Of({{"type", type}});
  const auto number = [](double value) {
    return std::trunc(value) == value && std::abs(value) < 1e15 ? Json(static_cast<std::int64_t>(value)) : Json(value);
  };
  if (limits.min) schema.Set("minimum", number(*limits.min));
  if (limits.max) schema.Set("maximum", number(*limits.max));
  if (limits.above) schema.Set("exclusiveMinimum", number(*limits.above));
  if (limits.below) schema.Set("exclusiveMaximum", number(*limits.below));
  return schema;
}

Json DurationSchema() {
  return Json::Of({{"anyOf", Json::Array{Json::Of({{"type", "string"}, {"pattern", kDurationPattern}}),
                                         Json::Of({{"const", 0}})}}});
}

Json WordSchema(const std::vector<std::string>& words, const std::vector<std::string>& helps) {
  Json::Array values;
  Json::Array descriptions;
  for (const std::string& word : words) values.emplace_back(word);
  for (const std::string& help : helps) descriptions.emplace_back(help);
  return Json::Of({{"enum", std::move(values)}, {"enumDescriptions", std::move(descriptions)}});
}

Json ListSchema(Json element, const Limits& limits) {
  Json list = Json::Of({{"type", "array"}, {"items", element}});
  if (limits.min_size > 0) list.Set("minItems", static_cast<std::int64_t>(limits.min_size));
  if (limits.max_size != SIZE_MAX) list.Set("maxItems", static_cast<std::int64_t>(limits.max_size));
  if (limits.unique) list.Set("uniqueItems", true);
  if (!limits.one_or_list) return list;
  return Json::Of({{"anyOf", Json::Array{std::move(element), std::move(list)}}});
}

Json MappingSchema(Json value, const Limits& limits) {
  Json schema = Json::Of({{"type", "object"}, {"additionalProperties", std::move(value)}});
  if (limits.max_size != SIZE_MAX) schema.Set("maxProperties", static_cast<std::int64_t>(limits.max_size));
  return schema;
}

}  // namespace fields

Json SchemaOf(const FieldList& table) {
  Json properties{Json::Object{}};
  Json::Array required;
  for (const FieldList::Field& field : table.fields()) {
    Json schema = field.schema();
    std::string description = field.help;
    if (!field.unit.empty()) description += " (" + field.unit + ")";
    schema.Set("description", description);
    if (field.default_value) schema.Set("default", *field.default_value);
    properties.Set(field.name, std::move(schema));
    if (field.required) required.emplace_back(field.name);
  }
  Json schema = Json::Of({{"type", "object"}, {"properties", std::move(properties)}});
  if (!required.empty()) schema.Set("required", std::move(required));
  if (!table.has_rest()) schema.Set("additionalProperties", false);
  if (!table.not_yet().empty()) {
    Json::Array names;
    for (const std::string& name : table.not_yet()) names.emplace_back(name);
    schema.Set("x-assay-not-yet", std::move(names));
  }
  Json::Array choices;
  for (const FieldList::Choice& choice : table.choices()) {
    Json::Array each;
    for (const std::string& name : choice.names) {
      each.push_back(Json::Of({{"required", Json::Array{Json(name)}}}));
    }
    if (!choice.required) each.push_back(Json::Of({{"not", Json::Of({{"anyOf", each}})}}));
    choices.push_back(Json::Of({{"oneOf", std::move(each)}}));
  }
  if (!choices.empty()) schema.Set("allOf", std::move(choices));
  return schema;
}

std::string DocsTable(const FieldList& table) {
  const auto cell = [](std::string text) {
    for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.insert(at, "\\");
    return text;
  };
  std::string text = "| key | type | default | meaning |\n|---|---|---|---|\n";
  for (const FieldList::Field& field : table.fields()) {
    const std::string preset = field.required        ? "required"
                               : field.default_value ? "`" + field.default_value->Dump() + "`"
                                                     : "";
    const std::string unit = field.unit.empty() ? "" : " (" + field.unit + ")";
    text += "| `" + field.name + "` | " + cell(field.type) + " | " + cell(preset) + " | " + cell(field.help) + unit +
            " |\n";
  }
  return text;
}

}  // namespace assay
