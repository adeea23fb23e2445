// Checks a value twice when it does not conform: the first time only whether, the second time why. Every visit of a
// value by a schema is paid for from a budget, since references and branches can make their number exponential.

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "runners/graders/frame/reason.h"
#include "runners/graders/structure/json_equal.h"
#include "runners/graders/structure/json_place.h"
#include "runners/graders/structure/json_schema_nodes.h"

namespace assay {
namespace {

constexpr std::int64_t kMaxSteps = 5'000'000;  // a quarter of a second
constexpr std::size_t kTextPerStep = 64;

JsonTypes TypeOf(const Json& value) {
  if (value.is_string()) return kTypeString;
  if (value.is_integer()) return kTypeInteger;
  if (value.is_object()) return kTypeObject;
  if (value.is_array()) return kTypeArray;
  if (value.is_bool()) return kTypeBoolean;
  if (value.is_number()) return IsWhole(value) ? kTypeInteger : kTypeFraction;
  return kTypeNull;
}

// "a number, not a text or null": `has` is one type.
std::string WrongTypeWords(JsonTypes has, JsonTypes wanted) {
  constexpr std::pair<JsonTypes, const char*> kWords[] = {{kTypeInteger | kTypeFraction, "number"},
                                                          {kTypeInteger, "integer"},
                                                          {kTypeString, "string"},
                                                          {kTypeObject, "object"},
                                                          {kTypeArray, "array"},
                                                          {kTypeBoolean, "boolean"},
                                                          {kTypeNull, "null"}};
  std::string is;
  std::string should;
  for (const auto& [types, word] : kWords) {
    if (is.empty() && (types & has) != 0) is = word;
    if ((types & wanted) != types || (types == kTypeInteger && (wanted & kTypeFraction) != 0)) continue;
    should += (should.empty() ? "" : " or ") + std::string(word);
  }
  return "is of type " + is + ", not " + should;
}

// Of valid UTF-8.
std::size_t CharactersIn(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

class SchemaCheck {
 public:
  explicit SchemaCheck(const JsonSchema::Compiled& compiled) : nodes_(compiled.nodes) {}

  // Whether the value conforms; meaningless once out of steps.
  bool Run(SchemaId root, const Json& value, bool is_explained) {
    is_explained_ = is_explained;
    steps_ = kMaxSteps;
    return Visit(root, value, JsonPlace());
  }
  bool is_out_of_steps() const { return steps_ < 0; }
  JsonSchemaError TakeError() { return std::move(error_).value_or(JsonSchemaError{"", "does not conform"}); }

 private:
  bool Spend(std::size_t steps) {
    steps_ -= static_cast<std::int64_t>(steps);
    return steps_ >= 0;
  }

  // False, with the words of `what` where they are asked for.
  template <class F>
  bool Wrong(const JsonPlace& place, const F& what) {
    if (is_explained_) {
      error_ = {place.ToString(), what()};
      depth_ = place.Depth();
    }
    return false;
  }

  // Whether the value conforms, without a word.
  bool Fits(SchemaId id, const Json& value, const JsonPlace& place) {
    const bool was_explained = std::exchange(is_explained_, false);
    const bool fits = Visit(id, value, place);
    is_explained_ = was_explained;
    return fits;
  }

  bool Visit(SchemaId id, const Json& value, const JsonPlace& place) {
    if (!Spend(1)) return false;
    const SchemaNode& node = nodes_[id];
    if (node.is_false) return Wrong(place, [] { return std::string("is not allowed"); });
    const JsonTypes type = TypeOf(value);
    if ((type & node.types) == 0) return Wrong(place, [&] { return WrongTypeWords(type, node.types); });
    if (node.values && !Values(*node.values, value, place)) return false;
    if (node.numbers && value.is_number() && !Numbers(*node.numbers, value, place)) return false;
    if (node.texts && value.is_string() && !Texts(*node.texts, value.as_string(), place)) return false;
    if (node.arrays && value.is_array() && !Arrays(*node.arrays, value.as_array(), place)) return false;
    if (node.objects && value.is_object() && !Objects(*node.objects, value, place)) return false;
    return !node.branches || Branches(*node.branches, value, place);
  }

  bool Values(const SchemaValues& values, const Json& value, const JsonPlace& place) {
    if (values.constant && !SameJson(*values.constant, value)) {
      return Wrong(place, [&] { return "is " + JsonExcerpt(value) + ", not " + JsonExcerpt(*values.constant); });
    }
    if (!values.has_words) return true;
    if (!Spend(values.words.size() / 8)) return false;
    if (std::ranges::any_of(values.words, [&](const Json& word) { return SameJson(word, value); })) return true;
    return Wrong(place, [&] { return "is " + JsonExcerpt(value) + ", none of " + JsonExcerpt(Json(values.words)); });
  }

  bool Numbers(const SchemaNumbers& numbers, const Json& value, const JsonPlace& place) {
    const auto wrong = [&](const char* how, const std::optional<Json>& bound) {
      return Wrong(place, [&] { return "is " + value.Dump() + how + bound->Dump(); });
    };
    const auto order = [&](const std::optional<Json>& bound) { return CompareNumbers(value, *bound); };
    if (numbers.minimum && order(numbers.minimum) < 0) return wrong(", less than ", numbers.minimum);
    if (numbers.maximum && order(numbers.maximum) > 0) return wrong(", more than ", numbers.maximum);
    if (numbers.above && order(numbers.above) <= 0) return wrong(", not more than ", numbers.above);
    if (numbers.below && order(numbers.below) >= 0) return wrong(", not less than ", numbers.below);
    if (numbers.step && !IsMultiple(DecimalOf(value), numbers.step_decimal)) {
      return wrong(", not a multiple of ", numbers.step);
    }
    return true;
  }

  bool Texts(const SchemaTexts& texts, const std::string& text, const JsonPlace& place) {
    if (!Spend(text.size() / kTextPerStep)) return false;
    if (texts.min_length > 0 || texts.max_length < text.size()) {
      const std::size_t length = CharactersIn(text);
      const bool is_short = length < texts.min_length;
      if (is_short || length > texts.max_length) {
        return Wrong(place, [&] {
          return "has " + std::to_string(length) + " characters, " + (is_short ? "less than " : "more than ") +
                 std::to_string(is_short ? texts.min_length : texts.max_length);
        });
      }
    }
    if (texts.pattern && !RE2::PartialMatch(text, *texts.pattern->regex)) {
      return Wrong(place, [&] { return "does not match the pattern " + Quoted(texts.pattern->source); });
    }
    if (texts.format && !HasTextFormat(*texts.format, text)) {
      return Wrong(place, [&] { return "is " + Quoted(text, 80) + ", which is no " + NameOf(*texts.format); });
    }
    return true;
  }

  bool Arrays(const SchemaArrays& arrays, const Json::Array& list, const JsonPlace& place) {
    if (list.size() < arrays.min_items || list.size() > arrays.max_items) {
      return Wrong(place, [&] { return Count(list.size(), " elements", arrays.min_items, arrays.max_items); });
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
      const SchemaId schema = i < arrays.first.size() ? arrays.first[i] : arrays.rest;
      if (schema == kNoSchema) break;
      if (!Visit(schema, list[i], place.Element(i))) return false;
    }
    if (arrays.contains != kNoSchema) {
      bool is_found = false;
      for (std::size_t i = 0; i < list.size() && !is_found; ++i) {
        is_found = Fits(arrays.contains, list[i], place.Element(i));
      }
      if (!is_found) return Wrong(place, [] { return std::string("has no element that \"contains\" asks for"); });
    }
    return !arrays.is_unique || Unique(list, place);
  }

  static std::string Count(std::size_t count, const char* of_what, std::size_t low, std::size_t high) {
    return "has " + std::to_string(count) + of_what +
           (count < low ? ", less than " + std::to_string(low) : ", more than " + std::to_string(high));
  }

  bool Unique(const Json::Array& list, const JsonPlace& place) {
    if (!Spend(list.size())) return false;
    std::vector<std::pair<std::uint64_t, std::size_t>> hashes;
    hashes.reserve(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) hashes.emplace_back(JsonHash(list[i]), i);
    std::ranges::sort(hashes);
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      for (std::size_t k = i + 1; k < hashes.size() && hashes[k].first == hashes[i].first; ++k) {
        if (!Spend(1)) return false;
        if (!SameJson(list[hashes[i].second], list[hashes[k].second])) continue;
        return Wrong(place, [&] {
          return "has " + JsonExcerpt(list[hashes[i].second]) + " twice, at " + std::to_string(hashes[i].second) +
                 " and " + std::to_string(hashes[k].second);
        });
      }
    }
    return true;
  }

  bool Objects(const SchemaObjects& objects, const Json& value, const JsonPlace& place) {
    const Json::Object& members = value.as_object();
    if (members.size() < objects.min_members || members.size() > objects.max_members) {
      return Wrong(place, [&] { return Count(members.size(), " members", objects.min_members, objects.max_members); });
    }
    if (!Spend(members.size() / 4)) return false;
    std::size_t required = 0;
    for (const auto& [name, member] : members) {
      if (!Member(objects, name, member, place, required)) return false;
    }
    if (required < objects.required) return Missing(objects, value, place);
    return std::ranges::all_of(objects.dependencies,
                               [&](const SchemaDependency& dependency) { return Depends(dependency, value, place); });
  }

  bool Member(const SchemaObjects& objects, const std::string& name, const Json& member, const JsonPlace& place,
              std::size_t& required) {
    const JsonPlace below = place.Member(name);
    if (objects.names != kNoSchema && !Name(objects.names, name, place)) return false;
    bool is_known = false;
    const auto property = std::ranges::lower_bound(objects.properties, name, {}, &SchemaProperty::name);
    if (property != objects.properties.end() && property->name == name) {
      required += property->is_required ? 1 : 0;
      is_known = property->schema != kNoSchema;
      if (is_known && !Visit(property->schema, member, below)) return false;
    }
    for (const auto& [pattern, schema] : objects.patterns) {
      if (!Spend(1 + name.size() / kTextPerStep)) return false;
      if (!RE2::PartialMatch(name, *pattern.regex)) continue;
      is_known = true;
      if (!Visit(schema, member, below)) return false;
    }
    if (is_known || objects.additional == kNoSchema) return true;
    if (nodes_[objects.additional].is_false) {
      return Wrong(place, [&] { return "has " + Quoted(name, 80) + ", which is not allowed"; });
    }
    return Visit(objects.additional, member, below);
  }

  bool Name(SchemaId names, const std::string& name, const JsonPlace& place) {
    const Json text(name);
    if (Visit(names, text, place)) return true;
    if (error_) error_->what = "has a member whose name " + error_->what;
    return false;
  }

  bool Missing(const SchemaObjects& objects, const Json& value, const JsonPlace& place) {
    return Wrong(place, [&] {
      for (const SchemaProperty& property : objects.properties) {
        if (property.is_required && value.Find(property.name) == nullptr) return "lacks " + Quoted(property.name, 80);
      }
      return std::string("lacks a required member");
    });
  }

  bool Depends(const SchemaDependency& dependency, const Json& value, const JsonPlace& place) {
    if (!Spend(1 + value.as_object().size() / kTextPerStep)) return false;
    if (value.Find(dependency.name) == nullptr) return true;
    if (dependency.schema != kNoSchema) return Visit(dependency.schema, value, place);
    for (const std::string& needed : dependency.needs) {
      if (!Spend(1 + value.as_object().size() / kTextPerStep)) return false;
      if (value.Find(needed) != nullptr) continue;
      return Wrong(place, [&] { return "has " + Quoted(dependency.name, 80) + ", but not " + Quoted(needed, 80); });
    }
    return true;
  }

  bool Branches(const SchemaBranches& branches, const Json& value, const JsonPlace& place) {
    for (const SchemaId schema : branches.all) {
      if (!Visit(schema, value, place)) return false;
    }
    if (!branches.any.empty() && !Any(branches.any, "anyOf", value, place)) return false;
    if (!branches.one.empty() && !One(branches.one, value, place)) return false;
    if (branches.no != kNoSchema && Fits(branches.no, value, place)) {
      return Wrong(place, [&] { return "is " + JsonExcerpt(value) + ", which \"not\" excludes"; });
    }
    if (branches.condition == kNoSchema) return true;
    const SchemaId follows = Fits(branches.condition, value, place) ? branches.then : branches.otherwise;
    return follows == kNoSchema || Visit(follows, value, place);
  }

  // Of the errors of all branches the one that is deepest in the value says most.
  bool Any(const std::vector<SchemaId>& schemas, const char* keyword, const Json& value, const JsonPlace& place) {
    std::optional<JsonSchemaError> best;
    std::size_t best_depth = 0;
    for (const SchemaId schema : schemas) {
      if (Visit(schema, value, place)) {
        error_.reset();
        return true;
      }
      if (is_explained_ && error_ && (!best || depth_ > best_depth)) {
        best = std::exchange(error_, std::nullopt);
        best_depth = depth_;
      }
    }
    if (!is_explained_ || !best) return false;
    error_ = std::move(best);
    depth_ = best_depth;
    if (schemas.size() > 1 && error_->what.size() < 500) {
      error_->what += " (nearest of " + std::to_string(schemas.size()) + " in " + keyword + ")";
    }
    return false;
  }

  bool One(const std::vector<SchemaId>& schemas, const Json& value, const JsonPlace& place) {
    std::size_t first = schemas.size();
    for (std::size_t i = 0; i < schemas.size(); ++i) {
      if (!Fits(schemas[i], value, place)) continue;
      if (first < schemas.size()) {
        return Wrong(
            place, [&] { return "fits " + std::to_string(first + 1) + " and " + std::to_string(i + 1) + " of oneOf"; });
      }
      first = i;
    }
    if (first < schemas.size()) return true;
    return is_explained_ && Any(schemas, "oneOf", value, place);
  }

  const std::vector<SchemaNode>& nodes_;
  bool is_explained_ = false;
  std::int64_t steps_ = 0;
  std::optional<JsonSchemaError> error_;
  std::size_t depth_ = 0;  // of error_
};

}  // namespace

std::string ToString(const JsonSchemaError& error) { return AtPlace(error.place, error.what); }

Result<std::optional<JsonSchemaError>> JsonSchema::Check(const Json& value) const {
  SchemaCheck check(*compiled_);
  const bool conforms = check.Run(compiled_->root, value, false);
  if (check.is_out_of_steps()) {
    return Fail(ErrorCode::kResourceExhausted, "checking this JSON against the schema takes too many steps");
  }
  if (conforms) return std::nullopt;
  // To say why may take more: of branches all are looked at. Where it takes too much, what is known is said.
  check.Run(compiled_->root, value, true);
  if (check.is_out_of_steps()) return JsonSchemaError{"", "does not conform"};
  JsonSchemaError error = check.TakeError();
  error.what = CutText(error.what, 600);
  return error;
}

}  // namespace assay
