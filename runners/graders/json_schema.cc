// valijson over nlohmann's values. The only file that knows either. Patterns are RE2's, by a constraint of ours:
// valijson's use std::regex, which overruns the stack on long texts.

#include "runners/graders/json_schema.h"

// Without it valijson ends the process where it would throw.
#define VALIJSON_USE_EXCEPTIONS 1

#include <re2/re2.h>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/constraint_builder.hpp>
#include <valijson/constraints/concrete_constraints.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <cmath>
#include <stdexcept>
#include <utility>

#include "runners/graders/json_schema_rules.h"
#include "runners/graders/reason.h"

namespace assay {
namespace {

constexpr std::size_t kMaxUniqueItems = 5000;
constexpr int kShownErrors = 3;
constexpr std::size_t kMaxExplained = 10'000;  // values of a document whose every error is collected

// In a schema 1.0 is the integer 1.
nlohmann::json Convert(const Json& value, std::size_t& values, std::size_t& longest) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  ++values;
  if (value.is_null()) return nullptr;
  if (value.is_bool()) return value.as_bool();
  if (value.is_integer()) return value.as_integer();
  if (value.is_number()) {
    const double number = value.as_number();
    if (number == std::trunc(number) && std::fabs(number) <= kExact) return static_cast<std::int64_t>(number);
    return number;
  }
  if (value.is_string()) return value.as_string();
  if (value.is_array()) {
    longest = std::max(longest, value.as_array().size());
    nlohmann::json out = nlohmann::json::array();
    for (const Json& element : value.as_array()) out.push_back(Convert(element, values, longest));
    return out;
  }
  nlohmann::json out = nlohmann::json::object();
  for (const auto& [name, member] : value.as_object()) out[name] = Convert(member, values, longest);
  return out;
}

class PatternConstraint final : public valijson::constraints::PolyConstraint {
 public:
  explicit PatternConstraint(std::shared_ptr<const RE2> pattern) : pattern_(std::move(pattern)) {}

  bool validate(const valijson::adapters::Adapter& target, const std::vector<std::string>& context,
                valijson::ValidationResults* results) const override {
    std::string text;
    if (!target.isString() || !target.asString(text)) return true;
    if (RE2::PartialMatch(text, *pattern_)) return true;
    if (results != nullptr) results->pushError(context, "does not match the pattern " + Quoted(pattern_->pattern()));
    return false;
  }

 private:
  Constraint* cloneInto(void* place) const override { return new (place) PatternConstraint(*this); }
  std::size_t sizeOf() const override { return sizeof(PatternConstraint); }

  std::shared_ptr<const RE2> pattern_;
};

class PatternBuilder final : public valijson::ConstraintBuilder {
 public:
  valijson::constraints::Constraint* make(const valijson::adapters::Adapter& value) const override {
    RE2::Options options;
    options.set_log_errors(false);
    auto pattern = std::make_shared<const RE2>(value.asString(), options);
    if (!pattern->ok()) throw std::runtime_error("pattern " + Quoted(value.asString()) + ": " + pattern->error());
    return new PatternConstraint(std::move(pattern));
  }
};

std::string Explain(valijson::ValidationResults& results) {
  std::string text;
  valijson::ValidationResults::Error error;
  for (int shown = 0; results.popError(error); ++shown) {
    if (shown == kShownErrors) return text + "; " + std::to_string(results.numErrors() + 1) + " more";
    std::string place;
    for (std::size_t i = 1; i < error.context.size(); ++i) place += error.context[i];
    if (!text.empty()) text += "; ";
    text += (place.empty() ? "" : CutText(place, 120) + ": ") + CutText(error.description, 200);
  }
  return text;
}

}  // namespace

struct JsonSchema::Compiled {
  valijson::Schema schema;
  bool has_unique_items = false;
};

Result<JsonSchema> JsonSchema::Compile(const Json& schema) {
  ASSAY_ASSIGN(const CheckedSchema checked, CheckSchema(schema));
  auto compiled = std::make_shared<Compiled>();
  compiled->has_unique_items = checked.has_unique_items;
  std::size_t values = 0;
  std::size_t longest = 0;
  try {
    const nlohmann::json document = Convert(checked.schema, values, longest);
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.addConstraintBuilder(kPatternKeyword, new PatternBuilder);
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(document), compiled->schema);
  } catch (const std::exception& e) {
    return Fail(ErrorCode::kInvalidArgument, std::string("#: ") + e.what());
  }
  return JsonSchema(std::move(compiled));
}

Result<std::optional<std::string>> JsonSchema::Check(const Json& value) const {
  std::size_t values = 0;
  std::size_t longest = 0;
  try {
    const nlohmann::json document = Convert(value, values, longest);
    if (compiled_->has_unique_items && longest > kMaxUniqueItems) {
      return Fail(ErrorCode::kResourceExhausted,
                  "a list of " + std::to_string(longest) + " elements is too long for uniqueItems");
    }
    const valijson::adapters::NlohmannJsonAdapter adapter(document);
    valijson::Validator validator;
    if (validator.validate(compiled_->schema, adapter, nullptr)) return std::nullopt;
    if (values > kMaxExplained) return "the JSON does not conform to the schema";
    valijson::ValidationResults results;
    validator.validate(compiled_->schema, adapter, &results);
    std::string explained = Explain(results);
    if (explained.empty()) return "the JSON does not conform to the schema";  // of propertyNames nothing is said
    return explained;
  } catch (const std::exception& e) {
    return Fail(ErrorCode::kInternal, std::string("schema: ") + e.what());
  }
}

}  // namespace assay
