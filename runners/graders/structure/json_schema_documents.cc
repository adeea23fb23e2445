#include "runners/graders/structure/json_schema_documents.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/nearest_name.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/structure/json_schema_values.h"
#include "runners/graders/structure/uri.h"

namespace assay {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::string_view kMetaschema = "http://json-schema.org/draft-07/schema";

struct KeywordRow {
  std::string_view name;
  SchemaKeyword keyword;
};
constexpr std::array kKeywords = {
    KeywordRow{"$comment", SchemaKeyword::kAnnotation},
    KeywordRow{"$defs", SchemaKeyword::kSchemaMap},
    KeywordRow{"$id", SchemaKeyword::kText},
    KeywordRow{"$ref", SchemaKeyword::kText},
    KeywordRow{"$schema", SchemaKeyword::kText},
    KeywordRow{"additionalItems", SchemaKeyword::kSchema},
    KeywordRow{"additionalProperties", SchemaKeyword::kSchema},
    KeywordRow{"allOf", SchemaKeyword::kSchemas},
    KeywordRow{"anyOf", SchemaKeyword::kSchemas},
    KeywordRow{"const", SchemaKeyword::kAny},
    KeywordRow{"contains", SchemaKeyword::kSchema},
    KeywordRow{"contentEncoding", SchemaKeyword::kAnnotation},
    KeywordRow{"contentMediaType", SchemaKeyword::kAnnotation},
    KeywordRow{"default", SchemaKeyword::kAnnotation},
    KeywordRow{"definitions", SchemaKeyword::kSchemaMap},
    KeywordRow{"dependencies", SchemaKeyword::kDependencies},
    KeywordRow{"description", SchemaKeyword::kAnnotation},
    KeywordRow{"else", SchemaKeyword::kSchema},
    KeywordRow{"enum", SchemaKeyword::kAnyList},
    KeywordRow{"examples", SchemaKeyword::kAnnotation},
    KeywordRow{"exclusiveMaximum", SchemaKeyword::kNumber},
    KeywordRow{"exclusiveMinimum", SchemaKeyword::kNumber},
    KeywordRow{"format", SchemaKeyword::kText},
    KeywordRow{"if", SchemaKeyword::kSchema},
    KeywordRow{"items", SchemaKeyword::kItems},
    KeywordRow{"maxItems", SchemaKeyword::kCount},
    KeywordRow{"maxLength", SchemaKeyword::kCount},
    KeywordRow{"maxProperties", SchemaKeyword::kCount},
    KeywordRow{"maximum", SchemaKeyword::kNumber},
    KeywordRow{"minItems", SchemaKeyword::kCount},
    KeywordRow{"minLength", SchemaKeyword::kCount},
    KeywordRow{"minProperties", SchemaKeyword::kCount},
    KeywordRow{"minimum", SchemaKeyword::kNumber},
    KeywordRow{"multipleOf", SchemaKeyword::kPositive},
    KeywordRow{"not", SchemaKeyword::kSchema},
    KeywordRow{"oneOf", SchemaKeyword::kSchemas},
    KeywordRow{"pattern", SchemaKeyword::kText},
    KeywordRow{"patternProperties", SchemaKeyword::kSchemaMap},
    KeywordRow{"properties", SchemaKeyword::kSchemaMap},
    KeywordRow{"propertyNames", SchemaKeyword::kSchema},
    KeywordRow{"readOnly", SchemaKeyword::kAnnotation},
    KeywordRow{"required", SchemaKeyword::kTexts},
    KeywordRow{"then", SchemaKeyword::kSchema},
    KeywordRow{"title", SchemaKeyword::kAnnotation},
    KeywordRow{"type", SchemaKeyword::kTypes},
    KeywordRow{"uniqueItems", SchemaKeyword::kFlag},
    KeywordRow{"writeOnly", SchemaKeyword::kAnnotation},
};
static_assert(std::ranges::is_sorted(kKeywords, {}, &KeywordRow::name));

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

std::string Unescaped(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool is_escape = token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1');
    out += is_escape ? token[i + 1] == '0' ? '~' : '/' : token[i];
    i += is_escape ? 1 : 0;
  }
  return out;
}

std::unexpected<Error> UnknownKeyword(const std::string& name, const std::string& place) {
  std::vector<std::string> known;
  for (const KeywordRow& row : kKeywords) known.emplace_back(row.name);
  const auto nearest = NearestName(name, known);
  return Wrong(place, "unknown keyword " + Quoted(name) + (nearest ? "; did you mean \"" + *nearest + "\"?" : ""));
}

bool IsRightDraft(const Json& name) {
  return name.is_string() && UriWithoutFragment(name.as_string()).ends_with("json-schema.org/draft-07/schema");
}

const Json* Element(const Json& list, std::string_view token) {
  if (token.empty() || token.size() > 9 || (token.size() > 1 && token[0] == '0')) return nullptr;
  std::size_t index = 0;
  for (const char c : token) {
    if (c < '0' || c > '9') return nullptr;
    index = index * 10 + static_cast<std::size_t>(c - '0');
  }
  return index < list.as_array().size() ? &list.as_array()[index] : nullptr;
}

}  // namespace

const SchemaKeyword* FindSchemaKeyword(std::string_view name) {
  const auto row = std::ranges::lower_bound(kKeywords, name, {}, &KeywordRow::name);
  return row == kKeywords.end() || row->name != name ? nullptr : &row->keyword;
}

Status SchemaDocuments::AddRoot(const Json& root) {
  const std::string base(UriWithoutFragment(options_.base_uri));
  resources_[base] = &root;
  return Add(root, {"#", base}, 0);
}

Status SchemaDocuments::Add(const Json& schema, SchemaSite site, int depth) {
  if (sites_.contains(&schema)) return {};
  if (!schema.is_bool() && !schema.is_object()) return Wrong(site.place, "a schema is a mapping, true or false");
  if (depth > kMaxDepth) return Wrong(site.place, "more than 64 levels");
  ASSAY_TRY(Identify(schema, site));
  sites_.emplace(&schema, site);
  if (schema.is_bool()) return {};
  if (const Json* draft = schema.Find("$schema"); draft != nullptr && !IsRightDraft(*draft)) {
    return Wrong(site.place, "only draft 7 is supported ($schema: http://json-schema.org/draft-07/schema#)");
  }
  for (const auto& [name, value] : schema.as_object()) {
    if (name.starts_with("x-")) continue;
    const SchemaKeyword* keyword = FindSchemaKeyword(name);
    if (keyword == nullptr && options_.is_unknown_ignored) continue;
    if (keyword == nullptr) return UnknownKeyword(name, site.place);
    ASSAY_TRY(AddValue(*keyword, value, site, site.place + "/" + Escaped(name), depth));
  }
  return {};
}

Status SchemaDocuments::AddValue(SchemaKeyword keyword, const Json& value, const SchemaSite& owner,
                                 const std::string& place, int depth) {
  if (const std::string wrong = WrongSchemaValue(keyword, value); !wrong.empty()) return Wrong(place, wrong);
  const bool is_list = keyword == SchemaKeyword::kSchemas || (keyword == SchemaKeyword::kItems && value.is_array());
  if (is_list) {
    for (std::size_t i = 0; i < value.as_array().size(); ++i) {
      ASSAY_TRY(Add(value.as_array()[i], {place + "/" + std::to_string(i), owner.base_uri}, depth + 1));
    }
  } else if (keyword == SchemaKeyword::kSchema || keyword == SchemaKeyword::kItems) {
    return Add(value, {place, owner.base_uri}, depth + 1);
  } else if (keyword == SchemaKeyword::kSchemaMap || keyword == SchemaKeyword::kDependencies) {
    for (const auto& [name, member] : value.as_object()) {
      const std::string child = place + "/" + Escaped(name);
      if (keyword == SchemaKeyword::kDependencies && member.is_array()) {
        const std::string wrong = WrongSchemaValue(SchemaKeyword::kTexts, member);
        if (!wrong.empty()) return Wrong(child, wrong);
      } else {
        ASSAY_TRY(Add(member, {child, owner.base_uri}, depth + 1));
      }
    }
  }
  return {};
}

// Takes note of `$id`. Beside `$ref` it has no effect, as everything else there.
Status SchemaDocuments::Identify(const Json& schema, SchemaSite& site) {
  const Json* id = schema.Find("$id");
  if (id == nullptr || schema.Find("$ref") != nullptr) return {};
  if (!id->is_string()) return Wrong(site.place + "/$id", "must be a text");
  const std::string uri = ResolveUri(site.base_uri, id->as_string());
  const std::string resource(UriWithoutFragment(uri));
  const std::string fragment(FragmentOfUri(uri));
  if (fragment.empty() || resource != site.base_uri) {
    // The first one keeps the name, so that a document is what it was loaded as.
    const auto [entry, is_new] = resources_.emplace(resource, &schema);
    if (!is_new && entry->second != &schema) return Wrong(site.place, "$id " + Quoted(uri) + " is there twice");
    site.base_uri = resource;
  }
  if (!fragment.empty()) {
    const auto [entry, is_new] = anchors_.emplace(uri, &schema);
    if (!is_new && entry->second != &schema) return Wrong(site.place, "$id " + Quoted(uri) + " is there twice");
  }
  return {};
}

Result<const Json*> SchemaDocuments::Resolve(const std::string& reference, const SchemaSite& site) {
  const std::string uri = ResolveUri(site.base_uri, reference);
  const std::string fragment = PercentDecoded(FragmentOfUri(uri));
  const std::string name(UriWithoutFragment(uri));
  const auto wrong = [&](const std::string& what) { return Wrong(site.place, "$ref to " + Quoted(reference) + what); };
  Result<const Json*> resource = FindResource(name);
  if (!resource) return std::unexpected(std::move(resource).error());
  if (*resource == nullptr) return wrong(", a document that is not given: " + Quoted(name));
  if (!fragment.empty() && fragment[0] != '/') {
    const auto anchor = anchors_.find(name + "#" + fragment);
    if (anchor == anchors_.end()) return wrong(", which is no schema of this document");
    return anchor->second;
  }
  Result<const Json*> found = Follow(*resource, fragment);
  if (!found) return std::unexpected(std::move(found).error());
  if (*found == nullptr) return wrong(", which is no schema of this document");
  return found;
}

// Null pointer where there is none.
Result<const Json*> SchemaDocuments::FindResource(const std::string& uri) {
  if (const auto known = resources_.find(uri); known != resources_.end()) return known->second;
  const Json* document = uri == kMetaschema                       ? &Draft7Metaschema()
                         : options_.find_document && !uri.empty() ? options_.find_document(uri)
                                                                  : nullptr;
  if (document == nullptr) return nullptr;
  resources_[uri] = document;
  ASSAY_TRY(Add(*document, {uri + "#", uri}, 0));
  return document;
}

// Along a JSON pointer; null pointer where nothing is, or no schema. What stands where draft 7 has no schema becomes
// one by being referred to.
Result<const Json*> SchemaDocuments::Follow(const Json* resource, const std::string& pointer) {
  const Json* at = resource;
  SchemaSite site = sites_.at(resource);
  std::string_view rest = pointer;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::size_t slash = rest.find('/');
    const std::string token = Unescaped(rest.substr(0, slash));
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
    at = at->is_array() ? Element(*at, token) : at->Find(token);
    if (at == nullptr) return nullptr;
    const auto known = sites_.find(at);
    if (known != sites_.end()) {
      site = known->second;
    } else {
      site.place += "/" + Escaped(token);
    }
  }
  if (!at->is_bool() && !at->is_object()) return nullptr;
  ASSAY_TRY(Add(*at, site, 0));
  return at;
}

}  // namespace assay
