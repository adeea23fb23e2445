// valijson over nlohmann's values. The only file that knows either. Three constraints are ours:
//  - patterns are RE2's; valijson's use std::regex, which overruns the stack on long texts;
//  - multipleOf is exact in decimal digits; valijson's is a quotient of doubles;
//  - every schema begins with one that counts the work, since references and branches can make it exponential.

#include "runners/graders/structure/json_schema.h"

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

#include <charconv>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "runners/graders/frame/reason.h"
#include "runners/graders/structure/json_schema_rules.h"

namespace assay {
namespace {

constexpr std::size_t kMaxUniqueItems = 5000;
constexpr int kShownErrors = 3;
constexpr std::size_t kMaxExplained = 10'000;  // values of a document whose every error is collected
constexpr std::int64_t kMaxSteps = 5'000'000;  // a quarter of a second
constexpr std::size_t kTextPerStep = 64;

struct TooMuchWork : std::exception {};

// What is left of the check that this thread is in. valijson passes nothing of ours on to a constraint.
thread_local std::int64_t steps_left = 0;

void Spend(std::size_t steps) {
  steps_left -= static_cast<std::int64_t>(steps);
  if (steps_left < 0) throw TooMuchWork();
}

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

// Charges for one visit of a value by a schema: what its keywords look at is the value and its direct members.
class WorkConstraint final : public valijson::constraints::PolyConstraint {
 public:
  bool validate(const valijson::adapters::Adapter& target, const std::vector<std::string>& context,
                valijson::ValidationResults* /*results*/) const override {
    // Where a failure is explained the place is copied for each member, so that depth costs too.
    Spend(1 + context.size() + SizeOf(target));
    return true;
  }

 private:
  static std::size_t SizeOf(const valijson::adapters::Adapter& target) {
    if (target.isArray()) return target.getArraySize();
    if (target.isObject()) return target.getObjectSize();
    std::string text;
    return target.isString() && target.asString(text) ? text.size() / kTextPerStep : 0;
  }
  Constraint* cloneInto(void* place) const override { return new (place) WorkConstraint(*this); }
  std::size_t sizeOf() const override { return sizeof(WorkConstraint); }
};

class WorkBuilder final : public valijson::ConstraintBuilder {
 public:
  valijson::constraints::Constraint* make(const valijson::adapters::Adapter& /*value*/) const override {
    return new WorkConstraint;
  }
};

// A number as digits * 10^exponent, from the shortest decimal that reads back as it: what the author of the JSON
// wrote, when that has at most 17 digits.
struct Decimal {
  std::uint64_t digits = 0;
  int exponent = 0;
};

Decimal WithoutTrailingZeros(Decimal decimal) {
  while (decimal.digits != 0 && decimal.digits % 10 == 0) {
    decimal.digits /= 10;
    ++decimal.exponent;
  }
  return decimal;
}

Decimal DecimalOf(double number) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, std::fabs(number), std::chars_format::scientific).ptr;
  Decimal decimal;
  const char* at = text;
  int after_point = 0;
  for (bool is_fraction = false; at != end && *at != 'e'; ++at) {
    if (*at == '.') {
      is_fraction = true;
      continue;
    }
    decimal.digits = decimal.digits * 10 + static_cast<std::uint64_t>(*at - '0');
    after_point += is_fraction ? 1 : 0;
  }
  int exponent = 0;
  if (at != end) {
    ++at;
    if (*at == '+') ++at;
    std::from_chars(at, end, exponent);
  }
  decimal.exponent = exponent - after_point;
  return WithoutTrailingZeros(decimal);
}

Decimal DecimalOf(const valijson::adapters::Adapter& number) {
  if (!number.isInteger()) return DecimalOf(number.asDouble());
  const std::int64_t integer = number.asInteger();
  const auto bits = static_cast<std::uint64_t>(integer);
  return WithoutTrailingZeros({integer < 0 ? 0 - bits : bits, 0});
}

// 10 * rest modulo `divisor`, both below 2^63.
std::uint64_t TenTimes(std::uint64_t rest, std::uint64_t divisor) {
  const std::uint64_t twice = (rest + rest) % divisor;
  const std::uint64_t four_times = (twice + twice) % divisor;
  return ((four_times + four_times) % divisor + twice) % divisor;
}

bool IsMultiple(const Decimal& number, const Decimal& step) {
  if (number.digits == 0) return true;
  int shift = number.exponent - step.exponent;
  if (shift < 0) return false;  // the digits would have to be a multiple of 10, and their zeros are stripped
  std::uint64_t rest = number.digits % step.digits;
  for (; shift > 0 && rest != 0; --shift) rest = TenTimes(rest, step.digits);
  return rest == 0;
}

class MultipleConstraint final : public valijson::constraints::PolyConstraint {
 public:
  explicit MultipleConstraint(const valijson::adapters::Adapter& step)
      : step_(step.asDouble()), decimal_(DecimalOf(step)) {}

  bool validate(const valijson::adapters::Adapter& target, const std::vector<std::string>& context,
                valijson::ValidationResults* results) const override {
    if (!target.isNumber() || IsMultiple(DecimalOf(target), decimal_)) return true;
    if (results != nullptr) results->pushError(context, "is not a multiple of " + Json(step_).Dump());
    return false;
  }

 private:
  Constraint* cloneInto(void* place) const override { return new (place) MultipleConstraint(*this); }
  std::size_t sizeOf() const override { return sizeof(MultipleConstraint); }

  double step_;
  Decimal decimal_;
};

class MultipleBuilder final : public valijson::ConstraintBuilder {
 public:
  valijson::constraints::Constraint* make(const valijson::adapters::Adapter& value) const override {
    return new MultipleConstraint(value);
  }
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

constexpr char kNotConforming[] = "the JSON does not conform to the schema";

// A second pass, which does not stop at the first error and may therefore cost far more than the first.
std::string Explained(const valijson::Schema& schema, const valijson::adapters::NlohmannJsonAdapter& adapter) {
  valijson::ValidationResults results;
  try {
    steps_left = kMaxSteps;
    valijson::Validator().validate(schema, adapter, &results);
  } catch (const TooMuchWork&) {
    return kNotConforming;
  }
  const std::string explained = Explain(results);
  return explained.empty() ? kNotConforming : explained;  // of propertyNames nothing is said
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
    parser.addConstraintBuilder(kMultipleKeyword, new MultipleBuilder);
    parser.addConstraintBuilder(kWorkKeyword, new WorkBuilder);
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
    steps_left = kMaxSteps;
    if (valijson::Validator().validate(compiled_->schema, adapter, nullptr)) return std::nullopt;
    return values > kMaxExplained ? kNotConforming : Explained(compiled_->schema, adapter);
  } catch (const TooMuchWork&) {
    return Fail(ErrorCode::kResourceExhausted, "checking this JSON against the schema takes too many steps");
  } catch (const std::exception& e) {
    return Fail(ErrorCode::kInternal, std::string("schema: ") + e.what());
  }
}

}  // namespace assay
