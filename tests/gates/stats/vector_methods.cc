#include "tests/gates/stats/vector_methods.h"

#include <initializer_list>
#include <limits>
#include <stdexcept>

namespace assay {
namespace {

const Json& Given(const Json& inputs, const char* key) {
  const Json* value = inputs.Find(key);
  if (value == nullptr) throw std::invalid_argument(std::string("no input ") + key);
  return *value;
}

double NumberOf(const Json& value) {
  if (!value.is_string()) return value.as_number();
  const std::string& text = value.as_string();
  std::size_t used = 0;
  const double numerator = std::stod(text, &used);
  if (used == text.size()) return numerator;
  if (text[used] != '/') throw std::invalid_argument("not a number: " + text);
  return numerator / std::stod(text.substr(used + 1));
}

void Append(Numbers& numbers, const Json& value) {
  if (!value.is_array()) return numbers.push_back(NumberOf(value));
  for (const Json& one : value.as_array()) Append(numbers, one);
}

MethodTable Combine(std::initializer_list<MethodTable> tables) {
  MethodTable all;
  for (const MethodTable& table : tables) {
    for (const auto& [name, method] : table) {
      if (!all.emplace(name, method).second) throw std::logic_error("two tables have " + name);
    }
  }
  return all;
}

}  // namespace

const MethodTable& VectorMethods() {
  static const MethodTable all =
      Combine({IntervalMethods(), PairedMethods(), BootstrapMethods(), PlanningMethods(), RepeatedTrialsMethods(),
               SequentialMethods(), JudgeMethods(), PreferenceMethods(), AttestationMethods()});
  return all;
}

double NumberIn(const Json& inputs, const char* key) { return NumberOf(Given(inputs, key)); }

double NumberIn(const Json& inputs, const char* key, double otherwise) {
  return inputs.Find(key) == nullptr ? otherwise : NumberIn(inputs, key);
}

std::int64_t WholeIn(const Json& inputs, const char* key) { return Given(inputs, key).as_integer(); }

Numbers NumbersIn(const Json& inputs, const char* key) {
  Numbers numbers;
  Append(numbers, Given(inputs, key));
  return numbers;
}

const std::string& TextIn(const Json& inputs, const char* key) { return Given(inputs, key).as_string(); }

Numbers BytesOf(std::string_view text) {
  Numbers numbers;
  for (const char c : text) numbers.push_back(static_cast<unsigned char>(c));
  return numbers;
}

double OrNaN(const std::optional<double>& value) { return value.value_or(std::numeric_limits<double>::quiet_NaN()); }

Numbers LimitsOrNaN(const std::optional<Interval>& interval) {
  constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();
  return interval ? Numbers{interval->lower, interval->upper} : Numbers{kAbsent, kAbsent};
}

double LimitConfidence(const Json& inputs) { return (1 + NumberIn(inputs, "conf", 0.95)) / 2; }

}  // namespace assay
