// Walks the schema once, keyword by keyword, copying what the validator is to see. What refers in place ($ref, allOf,
// not …) is recorded, and a cycle among those, which would never end, is refused.

#include "runners/graders/structure/json_schema_rules.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/nearest_name.h"

namespace assay {
namespace {

constexpr int kMaxDepth = 64;

enum class Keyword {
  kAnnotation,  // dropped
  kNumber,
  kPositive,  // a number above 0
  kCount,     // a whole number from 0
  kFlag,
  kTexts,    // a list of distinct texts
  kAnyList,  // not empty
  kAny,
  kPattern,
  kTypes,
  kSchema,       // of a part of the value
  kSchemaHere,   // of the value itself
  kSchemasHere,  // a list of them
  kItems,        // a schema or a list of schemas
  kSchemaMap,
  kDependencies,
};

struct KeywordRow {
  std::string_view name;
  Keyword keyword;
};
constexpr std::array kKeywords = {
    KeywordRow{"$comment", Keyword::kAnnotation},
    KeywordRow{"title", Keyword::kAnnotation},
    KeywordRow{"description", Keyword::kAnnotation},
    KeywordRow{"default", Keyword::kAnnotation},
    KeywordRow{"examples", Keyword::kAnnotation},
    KeywordRow{"readOnly", Keyword::kAnnotation},
    KeywordRow{"writeOnly", Keyword::kAnnotation},
    KeywordRow{"multipleOf", Keyword::kPositive},
    KeywordRow{"maximum", Keyword::kNumber},
    KeywordRow{"exclusiveMaximum", Keyword::kNumber},
    KeywordRow{"minimum", Keyword::kNumber},
    KeywordRow{"exclusiveMinimum", Keyword::kNumber},
    KeywordRow{"maxLength", Keyword::kCount},
    KeywordRow{"minLength", Keyword::kCount},
    KeywordRow{"pattern", Keyword::kPattern},
    KeywordRow{"items", Keyword::kItems},
    KeywordRow{"additionalItems", Keyword::kSchema},
    KeywordRow{"maxItems", Keyword::kCount},
    KeywordRow{"minItems", Keyword::kCount},
    KeywordRow{"uniqueItems", Keyword::kFlag},
    KeywordRow{"contains", Keyword::kSchema},
    KeywordRow{"maxProperties", Keyword::kCount},
    KeywordRow{"minProperties", Keyword::kCount},
    KeywordRow{"required", Keyword::kTexts},
    KeywordRow{"properties", Keyword::kSchemaMap},
    KeywordRow{"additionalProperties", Keyword::kSchema},
    KeywordRow{"propertyNames", Keyword::kSchema},
    KeywordRow{"dependencies", Keyword::kDependencies},
    KeywordRow{"const", Keyword::kAny},
    KeywordRow{"enum", Keyword::kAnyList},
    KeywordRow{"type", Keyword::kTypes},
    KeywordRow{"allOf", Keyword::kSchemasHere},
    KeywordRow{"anyOf", Keyword::kSchemasHere},
    KeywordRow{"oneOf", Keyword::kSchemasHere},
    KeywordRow{"not", Keyword::kSchemaHere},
    KeywordRow{"if", Keyword::kSchemaHere},
    KeywordRow{"then", Keyword::kSchemaHere},
    KeywordRow{"else", Keyword::kSchemaHere},
    KeywordRow{"definitions", Keyword::kSchemaMap},
    KeywordRow{"$defs", Keyword::kSchemaMap},
};

std::unexpected<Error> Wrong(const std::string& place, const std::string& what) {
  return Fail(ErrorCode::kInvalidArgument, place + ": " + what);
}

// A member's name as a part of a JSON pointer.
std::string Escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

// "%25" as "%". A bad escape stays as it is, and then names no schema.
std::string Unescaped(std::string_view uri) {
  const auto value = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < uri.size(); ++i) {
    if (uri[i] == '%' && i + 2 < uri.size() && value(uri[i + 1]) >= 0 && value(uri[i + 2]) >= 0) {
      out += static_cast<char>(value(uri[i + 1]) * 16 + value(uri[i + 2]));
      i += 2;
    } else {
      out += uri[i];
    }
  }
  return out;
}

class Walker {
 public:
  Result<CheckedSchema> Run(const Json& schema) {
    ASSAY_ASSIGN(out_.schema, Schema(schema, "#", 0));
    for (const auto& [place, target] : references_) {
      if (!here_.contains(target))
        return Wrong(place, "$ref to \"" + target + "\", which is no schema of this document");
      here_[place].push_back(target);
    }
    for (const auto& [place, targets] : here_) ASSAY_TRY(Visit(place));
    return std::move(out_);
  }

 private:
  // `schema` as the validator is to see it.
  Result<Json> Schema(const Json& schema, const std::string& place, int depth) {
    here_[place];
    if (schema.is_bool()) return schema;
    if (!schema.is_object()) return Wrong(place, "a schema is a mapping, true or false");
    if (depth > kMaxDepth) return Wrong(place, "more than 64 levels");
    if (const Json* reference = schema.Find("$ref")) return Reference(schema, *reference, place, depth);
    Json out{Json::Object{}};
    for (const auto& [name, value] : schema.as_object()) {
      if (name.starts_with("x-")) continue;
      if (name == "$schema") {
        if (!value.is_string() || value.as_string().find("draft-07") == std::string::npos) {
          return Wrong(place, "only draft 7 is supported ($schema: http://json-schema.org/draft-07/schema#)");
        }
        continue;
      }
      if (name == "$id" && depth == 0) continue;
      const auto row =
          std::find_if(kKeywords.begin(), kKeywords.end(), [&n = name](const KeywordRow& r) { return r.name == n; });
      if (row == kKeywords.end()) return Unknown(name, place);
      if (row->keyword == Keyword::kAnnotation) continue;
      ASSAY_ASSIGN(Json checked, Value(row->keyword, value, place, place + "/" + Escaped(name), depth));
      if (name == "uniqueItems" && value.as_bool()) out_.has_unique_items = true;
      out.Set(Renamed(name), std::move(checked));
    }
    CountWork(out);
    return out;
  }

  static std::string_view Renamed(std::string_view name) {
    if (name == "pattern") return kPatternKeyword;
    if (name == "multipleOf") return kMultipleKeyword;
    return name;
  }

  // An `allOf` begins with a schema that counts, or with true or false, which are made to count here.
  static void CountWork(Json& schema) {
    const Json count = Json::Of({{kWorkKeyword, true}});
    const Json* all_of = schema.Find("allOf");
    if (all_of == nullptr) {
      schema.Set("allOf", Json(Json::Array{count}));
    } else if (all_of->as_array().front().is_bool()) {
      Json::Array schemas = all_of->as_array();
      schemas.front() =
          schemas.front().as_bool() ? count : Json::Of({{"allOf", Json(Json::Array{count})}, {"not", true}});
      schema.Set("allOf", Json(std::move(schemas)));
    }
  }

  static std::unexpected<Error> Unknown(const std::string& name, const std::string& place) {
    if (name == "format") return Wrong(place, "\"format\" is not checked; say it with \"pattern\"");
    if (name == "patternProperties") {
      return Wrong(place, "\"patternProperties\" is not supported; use \"propertyNames\" and \"additionalProperties\"");
    }
    if (name == "$id") return Wrong(place, "\"$id\" is supported at the root only");
    std::vector<std::string> known;
    for (const KeywordRow& row : kKeywords) known.emplace_back(row.name);
    const auto nearest = NearestName(name, known);
    return Wrong(place, "unknown keyword \"" + name + "\"" + (nearest ? "; did you mean \"" + *nearest + "\"?" : ""));
  }

  // Only definitions and annotations may stand beside a reference.
  Result<Json> Reference(const Json& schema, const Json& reference, const std::string& place, int depth) {
    if (!reference.is_string() || !(reference.as_string() == "#" || reference.as_string().starts_with("#/"))) {
      return Wrong(place, "$ref must point into this document (\"#/definitions/name\"), not to " + reference.Dump());
    }
    references_.emplace_back(place, Unescaped(reference.as_string()));
    Json out = Json::Of({{"$ref", reference}});
    for (const auto& [name, value] : schema.as_object()) {
      const auto row =
          std::find_if(kKeywords.begin(), kKeywords.end(), [&n = name](const KeywordRow& r) { return r.name == n; });
      const bool is_annotation = row != kKeywords.end() && row->keyword == Keyword::kAnnotation;
      if (name == "$ref" || name == "$schema" || name.starts_with("x-") || is_annotation) continue;
      if (name != "definitions" && name != "$defs") {
        return Wrong(place, "\"" + name + "\" beside \"$ref\" has no effect in draft 7; put both into \"allOf\"");
      }
      ASSAY_ASSIGN(Json checked, Map(row->keyword, value, place, place + "/" + name, depth));
      out.as_object().emplace_back(name, std::move(checked));
    }
    return out;
  }

  Result<Json> Value(Keyword keyword, const Json& value, const std::string& owner, const std::string& place,
                     int depth) {
    switch (keyword) {
      case Keyword::kAnnotation:
      case Keyword::kAny:
        return value;
      case Keyword::kNumber:
        if (!value.is_number()) return Wrong(place, "must be a number");
        return value;
      case Keyword::kPositive:
        if (!value.is_number() || value.as_number() <= 0) return Wrong(place, "must be a number above 0");
        return value;
      case Keyword::kCount:
        return Count(value, place);
      case Keyword::kFlag:
        if (!value.is_bool()) return Wrong(place, "must be true or false");
        return value;
      case Keyword::kTexts:
        return Texts(value, place);
      case Keyword::kAnyList:
        if (!value.is_array() || value.as_array().empty()) return Wrong(place, "must be a list that is not empty");
        return value;
      case Keyword::kPattern:
        if (!value.is_string()) return Wrong(place, "must be a text");
        return value;
      case Keyword::kTypes:
        return Types(value, place);
      case Keyword::kSchema:
        return Schema(value, place, depth + 1);
      case Keyword::kSchemaHere:
        here_[owner].push_back(place);
        return Schema(value, place, depth + 1);
      case Keyword::kSchemasHere:
        return List(value, owner, place, depth, true);
      case Keyword::kItems:
        return value.is_array() ? List(value, owner, place, depth, false) : Schema(value, place, depth + 1);
      case Keyword::kSchemaMap:
      case Keyword::kDependencies:
        return Map(keyword, value, owner, place, depth);
    }
    return Wrong(place, "unknown keyword");
  }

  static Result<Json> Count(const Json& value, const std::string& place) {
    const double number = value.is_number() ? value.as_number() : -1;
    if (number < 0 || number > 1e15 || number != static_cast<double>(static_cast<std::int64_t>(number))) {
      return Wrong(place, "must be a whole number from 0");
    }
    return Json(static_cast<std::int64_t>(number));
  }

  static Result<Json> Texts(const Json& value, const std::string& place) {
    if (!value.is_array()) return Wrong(place, "must be a list of texts");
    for (const Json& text : value.as_array()) {
      if (!text.is_string()) return Wrong(place, "must be a list of texts");
      if (std::count(value.as_array().begin(), value.as_array().end(), text) > 1) {
        return Wrong(place, text.Dump() + " stands twice");
      }
    }
    return value;
  }

  static Result<Json> Types(const Json& value, const std::string& place) {
    static constexpr std::array<std::string_view, 7> kTypes = {"null",   "boolean", "object", "array",
                                                               "number", "string",  "integer"};
    const auto is_type = [](const Json& name) {
      return name.is_string() && std::find(kTypes.begin(), kTypes.end(), name.as_string()) != kTypes.end();
    };
    const bool good = value.is_array() ? !value.as_array().empty() &&
                                             std::all_of(value.as_array().begin(), value.as_array().end(), is_type)
                                       : is_type(value);
    if (!good)
      return Wrong(place, "must be null, boolean, object, array, number, string or integer, or a list of them");
    return value;
  }

  Result<Json> List(const Json& value, const std::string& owner, const std::string& place, int depth, bool in_place) {
    // An empty list of `items` is a list without schemas; allOf and the others need one.
    if (!value.is_array() || (in_place && value.as_array().empty()))
      return Wrong(place, "must be a list of schemas, not empty");
    Json::Array out;
    for (const Json& schema : value.as_array()) {
      const std::string child = place + "/" + std::to_string(out.size());
      if (in_place) here_[owner].push_back(child);
      ASSAY_ASSIGN(Json checked, Schema(schema, child, depth + 1));
      out.push_back(std::move(checked));
    }
    return Json(std::move(out));
  }

  Result<Json> Map(Keyword keyword, const Json& value, const std::string& owner, const std::string& place, int depth) {
    if (!value.is_object()) return Wrong(place, "must be a mapping of names to schemas");
    Json out{Json::Object{}};
    for (const auto& [name, member] : value.as_object()) {
      const std::string child = place + "/" + Escaped(name);
      if (keyword == Keyword::kDependencies && member.is_array()) {
        ASSAY_ASSIGN(Json texts, Texts(member, child));
        out.as_object().emplace_back(name, std::move(texts));
        continue;
      }
      if (keyword == Keyword::kDependencies) here_[owner].push_back(child);
      ASSAY_ASSIGN(Json checked, Schema(member, child, depth + 1));
      out.as_object().emplace_back(name, std::move(checked));
    }
    return out;
  }

  // Depth first over what refers in place. A place that is met while still being visited closes a cycle.
  Status Visit(const std::string& place) {
    const auto [entry, is_new] = is_done_.emplace(place, false);
    if (entry->second) return {};
    if (!is_new) return Wrong(place, "the schema refers to itself without descending into the value");
    for (const std::string& target : here_.at(place)) ASSAY_TRY(Visit(target));
    entry->second = true;
    return {};
  }

  CheckedSchema out_;
  std::map<std::string, std::vector<std::string>> here_;  // every schema's place -> schemas of the same value
  std::vector<std::pair<std::string, std::string>> references_;
  std::map<std::string, bool> is_done_;  // false while being visited
};

}  // namespace

Result<CheckedSchema> CheckSchema(const Json& schema) { return Walker().Run(schema); }

}  // namespace assay
