#include "runners/graders/instructions/instruction_type.h"

#include <algorithm>
#include <cmath>

#include "runners/graders/frame/reason.h"
#include "runners/graders/instructions/language.h"
#include "runners/graders/instructions/letters.h"

namespace assay::instructions {
namespace {

constexpr std::string_view kLessThan = "less than";
constexpr std::string_view kAtLeast = "at least";
constexpr std::size_t kMaxKeywords = 1000;

std::unexpected<Error> Wrong(std::string message) { return Fail(ErrorCode::kInvalidArgument, std::move(message)); }

Result<std::int64_t> ReadCount(const Json& json) {
  constexpr double kMost = 1e15;
  if (!json.is_number()) return Wrong("expected a whole number, got " + CutText(json.Dump(), 60));
  const double number = json.as_number();  // the dataset's readers make 300.0 of 300
  if (number < 0 || number > kMost || number != std::floor(number)) {
    return Wrong("expected a whole number from 0, got " + json.Dump());
  }
  return static_cast<std::int64_t>(number);
}

Result<std::string> ReadText(const Json& json) {
  if (!json.is_string()) return Wrong("expected a text, got " + CutText(json.Dump(), 60));
  if (Stripped(json.as_string()).empty()) return Wrong("is blank");
  return json.as_string();
}

std::size_t CountLetters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) TakeLetter(text, at);
  return count;
}

// "" for a text that the parameter may be.
std::string FaultOf(ArgumentKind kind, const std::string& text) {
  if (kind == ArgumentKind::kRelation && text != kLessThan && text != kAtLeast) {
    return "expected \"less than\" or \"at least\", got " + Quoted(text, 60);
  }
  if (kind == ArgumentKind::kLetter && CountLetters(text) != 1)
    return "expected one character, got " + Quoted(text, 60);
  if (kind == ArgumentKind::kLanguage && !IsKnownLanguage(text)) return "unknown language " + Quoted(text, 60);
  return "";
}

bool IsSearched(ArgumentKind kind) {
  return kind == ArgumentKind::kPattern || kind == ArgumentKind::kKeyword || kind == ArgumentKind::kKeywords;
}

Result<Pattern> ReadPattern(const Json& json, ArgumentKind kind) {
  ASSAY_ASSIGN(std::string text, ReadText(json));
  // The elements of a list are taken as they are.
  if (kind != ArgumentKind::kKeywords) text = std::string(Stripped(text));
  return Pattern::Make(std::move(text), kind != ArgumentKind::kPattern);
}

}  // namespace

Result<Arguments::Value> Arguments::ReadValue(const Parameter& parameter, const Json& json) {
  Value value{.name = parameter.name};
  if (parameter.kind == ArgumentKind::kCount) {
    ASSAY_ASSIGN(value.count, ReadCount(json));
  } else if (parameter.kind == ArgumentKind::kKeywords) {
    if (!json.is_array() || json.as_array().empty()) return Wrong("expected a list of texts");
    if (json.as_array().size() > kMaxKeywords) return Wrong("has more than 1000 texts");
    for (const Json& element : json.as_array()) {
      ASSAY_ASSIGN(Pattern pattern, ReadPattern(element, parameter.kind));
      value.patterns.push_back(std::move(pattern));
    }
  } else {
    ASSAY_ASSIGN(value.text, ReadText(json));
    if (parameter.kind != ArgumentKind::kText) value.text = std::string(Stripped(value.text));
    if (std::string fault = FaultOf(parameter.kind, value.text); !fault.empty()) return Wrong(std::move(fault));
    if (IsSearched(parameter.kind)) {
      ASSAY_ASSIGN(Pattern pattern, ReadPattern(json, parameter.kind));
      value.patterns.push_back(std::move(pattern));
    }
  }
  return value;
}

Result<Arguments> Arguments::Read(std::span<const Parameter> parameters, const Json::Object& values) {
  for (const auto& [name, value] : values) {
    const bool is_known = std::ranges::any_of(parameters, [&](const Parameter& p) { return p.name == name; });
    if (!is_known && !value.is_null()) return Wrong(CutText(name, 60) + ": unknown argument");
  }
  Arguments arguments;
  for (const Parameter& parameter : parameters) {
    const std::string name(parameter.name);
    const auto found = std::ranges::find(values, name, &Json::Member::first);
    if (found == values.end() || found->second.is_null()) return Wrong(name + ": missing");
    Result<Value> value = ReadValue(parameter, found->second);
    if (!value) return Wrong(name + ": " + value.error().message);
    arguments.values_.push_back(*std::move(value));
  }
  return arguments;
}

const Arguments::Value& Arguments::Find(std::string_view name) const {
  return *std::ranges::find(values_, name, &Value::name);
}

bool Arguments::Compare(std::int64_t number, std::string_view relation, std::string_view count) const {
  return Text(relation) == kLessThan ? number < Count(count) : number >= Count(count);
}

std::string Arguments::Wanted(std::string_view relation, std::string_view count) const {
  return Text(relation) + " " + std::to_string(Count(count));
}

const InstructionType* FindType(std::string_view id) {
  if (id.starts_with("en:")) id.remove_prefix(3);
  for (const InstructionType& type : AllTypes()) {
    if (type.id == id || type.id.substr(type.id.find(':') + 1) == id) return &type;
  }
  return nullptr;
}

}  // namespace assay::instructions
