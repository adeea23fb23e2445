// From the schemas of all documents to nodes: every schema found is compiled, so that a mistake in one that nothing
// refers to is found too, and references are followed to their ends.

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/nearest_name.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/structure/json_schema_documents.h"
#include "runners/graders/structure/json_schema_nodes.h"
#include "runners/graders/structure/schema_pattern.h"

namespace assay {
namespace {

// Of schemas of one value within each other, so that checking needs little stack.
constexpr int kMaxBranchDepth = 100;

std::unexpected<Error> Wrong(const std::string& place, const std::string& what) {
  return Fail(ErrorCode::kInvalidArgument, place + ": " + what);
}

std::size_t CountOf(const Json& value) { return static_cast<std::size_t>(value.as_number()); }

JsonTypes TypeOf(const std::string& name) {
  return name == "null"      ? kTypeNull
         : name == "boolean" ? kTypeBoolean
         : name == "integer" ? kTypeInteger
         : name == "number"  ? kTypeInteger | kTypeFraction
         : name == "string"  ? kTypeString
         : name == "array"   ? kTypeArray
                             : kTypeObject;
}

template <class T>
T& Make(std::unique_ptr<T>& part) {
  if (!part) part = std::make_unique<T>();
  return *part;
}

class SchemaCompiler {
 public:
  explicit SchemaCompiler(const JsonSchemaOptions& options) : options_(options), documents_(options) {}

  Result<std::shared_ptr<const JsonSchema::Compiled>> Run(const Json& schema) {
    ASSAY_TRY(documents_.AddRoot(schema));
    ASSAY_TRY(Number());
    out_.root = Node(&schema);
    // Following a reference may bring further documents, whose schemas join the queue.
    for (std::size_t i = 0; i < queue_.size(); ++i) ASSAY_TRY(Compile(i));
    ASSAY_TRY(ShortenReferences());
    done_.assign(out_.nodes.size(), 0);
    for (SchemaId id = 0; id < out_.nodes.size(); ++id) {
      if (const auto depth = BranchDepth(id, 0); !depth) return std::unexpected(depth.error());
    }
    return std::make_shared<const JsonSchema::Compiled>(std::move(out_));
  }

 private:
  // Gives every schema that is known by now its node.
  Status Number() {
    if (documents_.sites().size() == queue_.size()) return {};
    std::vector<std::pair<std::string_view, const Json*>> sites;
    for (const auto& [schema, site] : documents_.sites()) {
      if (!ids_.contains(schema)) sites.emplace_back(site.place, schema);
    }
    std::ranges::sort(sites);  // the first mistake by place is reported, whatever the addresses
    for (const auto& [place, schema] : sites) {
      ids_.emplace(schema, static_cast<SchemaId>(queue_.size()));
      queue_.push_back(schema);
    }
    out_.nodes.resize(queue_.size());
    references_.resize(queue_.size(), kNoSchema);
    return {};
  }

  SchemaId Node(const Json* schema) const { return ids_.at(schema); }
  const std::string& Place(SchemaId id) const { return documents_.sites().at(queue_[id]).place; }

  Status Compile(std::size_t index) {
    const Json& schema = *queue_[index];
    const auto id = static_cast<SchemaId>(index);
    if (schema.is_bool()) {
      out_.nodes[id].is_false = !schema.as_bool();
      return {};
    }
    if (const Json* reference = schema.Find("$ref")) {
      ASSAY_ASSIGN(const Json* target, documents_.Resolve(reference->as_string(), documents_.sites().at(&schema)));
      ASSAY_TRY(Number());
      references_[id] = Node(target);
      return {};
    }
    SchemaNode& node = out_.nodes[id];
    for (const auto& [name, value] : schema.as_object()) {
      if (name.starts_with("x-") || FindSchemaKeyword(name) == nullptr) continue;
      ASSAY_TRY(Keyword(node, name, value, Place(id) + "/" + name));
    }
    Finish(schema, node);
    return {};
  }

  Status Keyword(SchemaNode& node, std::string_view name, const Json& value, const std::string& place) {
    if (name == "type") {
      Types(node, value);
    } else if (name == "enum") {
      Make(node.values).words = value.as_array();
      Make(node.values).has_words = true;
    } else if (name == "const") {
      Make(node.values).constant = value;
    } else if (OfNumbers(node, name, value) || OfBranches(node, name, value) || OfArrays(node, name, value)) {
      return {};
    } else if (name == "minLength") {
      Make(node.texts).min_length = CountOf(value);
    } else if (name == "maxLength") {
      Make(node.texts).max_length = CountOf(value);
    } else if (name == "pattern") {
      ASSAY_ASSIGN(Make(node.texts).pattern, Pattern(value.as_string(), place));
    } else if (name == "format" && options_.check_formats) {
      return Format(node, value.as_string(), place);
    } else {
      return OfObjects(node, name, value, place);
    }
    return {};
  }

  static void Types(SchemaNode& node, const Json& value) {
    node.types = 0;
    if (value.is_string()) {
      node.types = TypeOf(value.as_string());
    } else {
      for (const Json& name : value.as_array()) node.types |= TypeOf(name.as_string());
    }
  }

  static bool OfNumbers(SchemaNode& node, std::string_view name, const Json& value) {
    std::optional<Json> SchemaNumbers::*bound = name == "minimum"            ? &SchemaNumbers::minimum
                                                : name == "maximum"          ? &SchemaNumbers::maximum
                                                : name == "exclusiveMinimum" ? &SchemaNumbers::above
                                                : name == "exclusiveMaximum" ? &SchemaNumbers::below
                                                : name == "multipleOf"       ? &SchemaNumbers::step
                                                                             : nullptr;
    if (bound == nullptr) return false;
    Make(node.numbers).*bound = value;
    if (name == "multipleOf") node.numbers->step_decimal = DecimalOf(value);
    return true;
  }

  bool OfBranches(SchemaNode& node, std::string_view name, const Json& value) {
    if (name == "allOf" || name == "anyOf" || name == "oneOf") {
      SchemaBranches& branches = Make(node.branches);
      std::vector<SchemaId>& list = name == "allOf" ? branches.all : name == "anyOf" ? branches.any : branches.one;
      for (const Json& schema : value.as_array()) list.push_back(Node(&schema));
      return true;
    }
    SchemaId SchemaBranches::*branch = name == "not"    ? &SchemaBranches::no
                                       : name == "if"   ? &SchemaBranches::condition
                                       : name == "then" ? &SchemaBranches::then
                                       : name == "else" ? &SchemaBranches::otherwise
                                                        : nullptr;
    if (branch == nullptr) return false;
    Make(node.branches).*branch = Node(&value);
    return true;
  }

  bool OfArrays(SchemaNode& node, std::string_view name, const Json& value) {
    if (name == "minItems") {
      Make(node.arrays).min_items = CountOf(value);
    } else if (name == "maxItems") {
      Make(node.arrays).max_items = CountOf(value);
    } else if (name == "uniqueItems") {
      if (value.as_bool()) Make(node.arrays).is_unique = true;
    } else if (name == "contains") {
      Make(node.arrays).contains = Node(&value);
    } else if (name == "items" && value.is_array()) {
      for (const Json& schema : value.as_array()) Make(node.arrays).first.push_back(Node(&schema));
    } else if (name == "items") {
      Make(node.arrays).rest = Node(&value);
    } else {
      return false;
    }
    return true;
  }

  Status OfObjects(SchemaNode& node, std::string_view name, const Json& value, const std::string& place) {
    if (name == "minProperties") {
      Make(node.objects).min_members = CountOf(value);
    } else if (name == "maxProperties") {
      Make(node.objects).max_members = CountOf(value);
    } else if (name == "properties") {
      for (const auto& [property, schema] : value.as_object()) Property(node, property).schema = Node(&schema);
    } else if (name == "required") {
      for (const Json& property : value.as_array()) Property(node, property.as_string()).is_required = true;
    } else if (name == "patternProperties") {
      for (const auto& [pattern, schema] : value.as_object()) {
        ASSAY_ASSIGN(SchemaPattern compiled, Pattern(pattern, place));
        Make(node.objects).patterns.emplace_back(std::move(compiled), Node(&schema));
      }
    } else if (name == "additionalProperties") {
      Make(node.objects).additional = Node(&value);
    } else if (name == "propertyNames") {
      Make(node.objects).names = Node(&value);
    } else if (name == "dependencies") {
      Dependencies(Make(node.objects), value);
    }
    return {};
  }

  static SchemaProperty& Property(SchemaNode& node, const std::string& name) {
    std::vector<SchemaProperty>& properties = Make(node.objects).properties;
    const auto at = std::ranges::lower_bound(properties, name, {}, &SchemaProperty::name);
    if (at != properties.end() && at->name == name) return *at;
    return *properties.insert(at, {name});
  }

  void Dependencies(SchemaObjects& objects, const Json& value) {
    for (const auto& [name, needed] : value.as_object()) {
      SchemaDependency& dependency = objects.dependencies.emplace_back();
      dependency.name = name;
      if (!needed.is_array()) {
        dependency.schema = Node(&needed);
        continue;
      }
      for (const Json& property : needed.as_array()) dependency.needs.push_back(property.as_string());
    }
  }

  // What depends on two keywords.
  void Finish(const Json& schema, SchemaNode& node) {
    const Json* items = schema.Find("items");
    const Json* additional = schema.Find("additionalItems");
    if (items != nullptr && items->is_array() && additional != nullptr) Make(node.arrays).rest = Node(additional);
    if (node.objects) {
      node.objects->required = static_cast<std::size_t>(
          std::ranges::count_if(node.objects->properties, [](const SchemaProperty& p) { return p.is_required; }));
    }
  }

  static Result<SchemaPattern> Pattern(const std::string& source, const std::string& place) {
    Result<std::shared_ptr<const RE2>> regex = CompileSchemaPattern(source);
    if (!regex) return Wrong(place, regex.error().message);
    return SchemaPattern{*std::move(regex), source};
  }

  static Status Format(SchemaNode& node, const std::string& name, const std::string& place) {
    const std::optional<TextFormat> format = FindTextFormat(name);
    if (!format) {
      const auto nearest = NearestName(name, TextFormatNames());
      return Wrong(place, "format " + Quoted(name) + " is none that can be checked" +
                              (nearest ? "; did you mean \"" + *nearest + "\"?" : "; say it with \"pattern\""));
    }
    Make(node.texts).format = format;
    return {};
  }

  // Nothing but references may lead to references; a circle of them is refused. Afterwards no node refers to one.
  Status ShortenReferences() {
    std::vector<SchemaId> ends(references_.size());
    for (SchemaId id = 0; id < references_.size(); ++id) {
      SchemaId end = id;
      for (std::size_t steps = 0; references_[end] != kNoSchema; end = references_[end]) {
        if (++steps > references_.size()) return Circle(id);
      }
      // Those on the way end there as well; this keeps long chains linear.
      for (SchemaId at = id; references_[at] != kNoSchema;) at = std::exchange(references_[at], end);
      ends[id] = end;
    }
    const auto shorten = [&](SchemaId& id) {
      if (id != kNoSchema) id = ends[id];
    };
    for (SchemaNode& node : out_.nodes) Visit(node, shorten);
    shorten(out_.root);
    return {};
  }

  Status Circle(SchemaId id) const {
    return Wrong(Place(id), "the schema refers to itself without descending into the value");
  }

  template <class F>
  static void VisitBranches(SchemaNode& node, const F& visit) {
    if (node.branches) {
      SchemaBranches& b = *node.branches;
      for (std::vector<SchemaId>* list : {&b.all, &b.any, &b.one}) std::ranges::for_each(*list, visit);
      for (SchemaId* id : {&b.no, &b.condition, &b.then, &b.otherwise}) visit(*id);
    }
    if (node.objects) {
      for (SchemaDependency& dependency : node.objects->dependencies) visit(dependency.schema);
    }
  }

  template <class F>
  static void Visit(SchemaNode& node, const F& visit) {
    VisitBranches(node, visit);
    if (node.arrays) {
      std::ranges::for_each(node.arrays->first, visit);
      visit(node.arrays->rest);
      visit(node.arrays->contains);
    }
    if (node.objects) {
      for (SchemaProperty& property : node.objects->properties) visit(property.schema);
      for (auto& [pattern, id] : node.objects->patterns) visit(id);
      visit(node.objects->additional);
      visit(node.objects->names);
    }
  }

  // How many schemas of the same value are within each other below `id`. A schema within itself would never end.
  Result<int> BranchDepth(SchemaId id, int above) {
    constexpr int kBeingVisited = -1;
    if (done_[id] == kBeingVisited) return std::unexpected(Circle(id).error());
    if (done_[id] > 0) return done_[id];
    if (above > kMaxBranchDepth) return Wrong(Place(id), "more than 100 schemas of one value within each other");
    done_[id] = kBeingVisited;
    int deepest = 0;
    Status status;
    VisitBranches(out_.nodes[id], [&](SchemaId branch) {
      if (branch == kNoSchema || !status) return;
      const Result<int> depth = BranchDepth(branch, above + 1);
      if (!depth) {
        status = std::unexpected(depth.error());
      } else {
        deepest = std::max(deepest, *depth);
      }
    });
    if (!status) return std::unexpected(status.error());
    done_[id] = deepest + 1;
    if (done_[id] > kMaxBranchDepth) return Wrong(Place(id), "more than 100 schemas of one value within each other");
    return done_[id];
  }

  const JsonSchemaOptions& options_;
  SchemaDocuments documents_;
  std::vector<const Json*> queue_;  // the schema of each node
  std::unordered_map<const Json*, SchemaId> ids_;
  std::vector<SchemaId> references_;  // of nodes that are nothing but `$ref`
  std::vector<int> done_;
  JsonSchema::Compiled out_;
};

}  // namespace

Result<JsonSchema> JsonSchema::Compile(const Json& schema, const JsonSchemaOptions& options) {
  ASSAY_ASSIGN(auto compiled, SchemaCompiler(options).Run(schema));
  return JsonSchema(std::move(compiled));
}

}  // namespace assay
