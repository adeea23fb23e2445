#include "runners/graders/tools/bfcl_rules.h"

#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "runners/graders/frame/reason.h"
#include "runners/graders/tools/value_match.h"

namespace assay {
namespace {

enum class PythonType { kNone, kBool, kInteger, kFloat, kText, kList, kDictionary, kTuple, kUnknown };

PythonType TypeOf(const Json& value) {
  if (value.is_bool()) return PythonType::kBool;
  if (value.is_integer()) return PythonType::kInteger;
  if (value.is_number()) return PythonType::kFloat;
  if (value.is_string()) return PythonType::kText;
  if (value.is_array()) return PythonType::kList;
  if (value.is_object()) return PythonType::kDictionary;
  return PythonType::kNone;
}

// Of a declared type, in the leaderboard's words or JSON Schema's.
PythonType TypeNamed(std::string_view word) {
  static constexpr std::pair<std::string_view, PythonType> kWords[] = {
      {"string", PythonType::kText},  {"integer", PythonType::kInteger}, {"float", PythonType::kFloat},
      {"number", PythonType::kFloat}, {"boolean", PythonType::kBool},    {"array", PythonType::kList},
      {"tuple", PythonType::kList},   {"dict", PythonType::kDictionary}, {"object", PythonType::kDictionary},
      {"any", PythonType::kText}};
  for (const auto& [name, type] : kWords) {
    if (name == word) return type;
  }
  return PythonType::kUnknown;
}

std::string_view WordFor(PythonType type) {
  switch (type) {
    case PythonType::kNone:
      return "none";
    case PythonType::kBool:
      return "a boolean";
    case PythonType::kInteger:
      return "an integer";
    case PythonType::kFloat:
      return "a float";
    case PythonType::kText:
      return "a text";
    case PythonType::kList:
      return "a list";
    case PythonType::kDictionary:
      return "a dictionary";
    case PythonType::kTuple:
      return "a tuple";
    case PythonType::kUnknown:
      break;
  }
  return "of a type that is not known";
}

bool IsOmission(const Json& value) { return value.is_string() && value.as_string().empty(); }

// Equality of Python: True is 1, 1 is 1.0, exactly; members in any order.
bool EqualInPython(const Json& a, const Json& b) {
  const auto number = [](const Json& value) { return value.is_bool() ? Json(std::int64_t{value.as_bool()}) : value; };
  if ((a.is_bool() || a.is_number()) && (b.is_bool() || b.is_number())) return IsSameNumber(number(a), number(b));
  if (a.is_array() && b.is_array()) return std::ranges::equal(a.as_array(), b.as_array(), &EqualInPython);
  if (!a.is_object() || !b.is_object()) return a == b;
  return a.as_object().size() == b.as_object().size() &&
         std::ranges::all_of(a.as_object(), [&](const Json::Member& member) {
           const Json* other = b.Find(member.first);
           return other != nullptr && EqualInPython(member.second, *other);
         });
}

// The same where texts are compared as the leaderboard does.
bool EqualAsStandard(const Json& a, const Json& b) {
  if (!a.is_string() || !b.is_string()) return EqualInPython(a, b);
  return a == b || BfclText(a.as_string()) == BfclText(b.as_string());
}

bool IsAmong(const Json& value, const Json::Array& acceptable, bool are_texts_standard) {
  return std::ranges::any_of(acceptable, [&](const Json& one) {
    return are_texts_standard ? EqualAsStandard(value, one) : EqualInPython(value, one);
  });
}

// Of the first acceptable value that is no omission.
std::optional<PythonType> TypeOfAcceptable(const Json::Array& acceptable) {
  const auto first = std::ranges::find_if_not(acceptable, &IsOmission);
  if (first == acceptable.end()) return std::nullopt;
  return TypeOf(*first);
}

struct TypeCheck {
  bool is_good = false;
  bool is_variable = false;  // the acceptable values are of another type than the declared one: compared as they stand
};

TypeCheck CheckType(const Json& value, PythonType type, const Json::Array& acceptable, PythonType declared,
                    std::optional<PythonType> elements) {
  const std::optional<PythonType> of_acceptable = TypeOfAcceptable(acceptable);
  // A type that is not known says nothing: that of the acceptable values holds.
  if (declared == PythonType::kUnknown) declared = of_acceptable.value_or(type);
  const bool is_variable = of_acceptable && *of_acceptable != declared;
  if (type != declared) return {of_acceptable && *of_acceptable == type, true};
  if (!elements) return {true, is_variable};
  const bool is_good = std::ranges::any_of(acceptable, [&](const Json& one) {
    if (!one.is_array()) return true;
    return std::ranges::all_of(value.as_array(), [&](const Json& element) {
      return CheckType(element, TypeOf(element), one.as_array(), *elements, std::nullopt).is_good;
    });
  });
  return {is_good, is_variable};
}

bool IsSameList(const Json::Array& value, const Json::Array& acceptable) {
  return std::ranges::equal(value, acceptable, &EqualAsStandard);
}

bool IsListAcceptable(const Json& value, const Json::Array& acceptable) {
  return std::ranges::any_of(acceptable, [&](const Json& one) {
    if (one.is_array()) return IsSameList(value.as_array(), one.as_array());
    return IsOmission(one) && value.as_array().empty();
  });
}

// One dictionary: its members are lists of acceptable values, or dictionaries again.
bool IsDictionary(const Json& value, const Json& acceptable) {
  if (!value.is_object() || !acceptable.is_object()) return false;
  // Before anything else: what is longer than what may be there has a member too many.
  if (value.as_object().size() > acceptable.as_object().size()) return false;
  for (const auto& [name, member] : value.as_object()) {
    const Json* values = acceptable.Find(name);
    if (values == nullptr) return false;
    const bool is_good = values->is_array()    ? IsAmong(member, values->as_array(), true)
                         : values->is_object() ? IsDictionary(member, *values)
                                               : IsAmong(member, {*values}, true);
    if (!is_good) return false;
  }
  return std::ranges::all_of(acceptable.as_object(), [&](const Json::Member& member) {
    return value.Find(member.first) != nullptr ||
           (member.second.is_array() && std::ranges::any_of(member.second.as_array(), &IsOmission));
  });
}

bool IsDictionaryAcceptable(const Json& value, const Json::Array& acceptable) {
  return std::ranges::any_of(acceptable, [&](const Json& one) { return IsDictionary(value, one); });
}

bool AreDictionariesAcceptable(const Json& value, const Json::Array& acceptable) {
  return std::ranges::any_of(acceptable, [&](const Json& one) {
    if (one.is_array()) return std::ranges::equal(value.as_array(), one.as_array(), &IsDictionary);
    return IsOmission(one) && value.as_array().empty();
  });
}

bool IsValueAcceptable(const Json& value, PythonType declared, std::optional<PythonType> elements, bool is_variable,
                       const Json::Array& acceptable) {
  if (!is_variable) {
    if (declared == PythonType::kDictionary) return IsDictionaryAcceptable(value, acceptable);
    if (declared == PythonType::kList && elements == PythonType::kDictionary)
      return AreDictionariesAcceptable(value, acceptable);
    if (declared == PythonType::kText) return IsAmong(value, acceptable, true);
    if (declared == PythonType::kList) return IsListAcceptable(value, acceptable);
  }
  return IsAmong(value, acceptable, false);
}

std::string Excerpt(const Json& value) {
  std::string text = value.Dump();
  // 3.0 prints as 3, and would be no integer for no reason that one sees.
  if (TypeOf(value) == PythonType::kFloat && text.find_first_of(".e") == std::string::npos) text += ".0";
  return CutText(text, 80);
}

std::string ArgumentMismatch(const std::string& name, const Json& value, bool is_tuple, const Json& parameter,
                             const Json::Array& acceptable) {
  const Json* word = parameter.Find("type");
  const std::string type_word = word != nullptr && word->is_string() ? word->as_string() : "";
  PythonType declared = TypeNamed(type_word);
  std::optional<PythonType> elements;
  if (declared == PythonType::kList) {
    const Json* items = parameter.Find("items");
    const Json* of_items = items == nullptr ? nullptr : items->Find("type");
    if (of_items != nullptr && of_items->is_string()) elements = TypeNamed(of_items->as_string());
  }
  PythonType type = is_tuple && type_word != "tuple" ? PythonType::kTuple : TypeOf(value);
  if (type_word == "float" || type_word == "number") {
    if (type == PythonType::kInteger) type = PythonType::kFloat;
  }
  const TypeCheck check = CheckType(value, type, acceptable, declared, elements);
  const std::string argument = "argument " + Quoted(name, 60) + " is " + Excerpt(value);
  if (!check.is_good) {
    if (type == PythonType::kTuple) return argument + " as a tuple, not " + std::string(WordFor(declared));
    std::string wanted(WordFor(declared));
    if (elements) wanted += " whose elements are each " + std::string(WordFor(*elements));
    return argument + ", not " + wanted;
  }
  if (declared == PythonType::kUnknown) declared = type;
  if (IsValueAcceptable(value, declared, elements, check.is_variable, acceptable)) return "";
  return argument + ", not one of " + Excerpt(Json(acceptable));
}

// The acceptable values; what is no list stands for a list of itself.
class Acceptable {
 public:
  explicit Acceptable(const Json& values) : values_(&values) {
    if (!values.is_array()) one_.push_back(values);
  }
  const Json::Array& list() const { return one_.empty() ? values_->as_array() : one_; }

 private:
  const Json* values_;
  Json::Array one_;
};

wint_t LowerOf(wint_t point) {
  // Never freed: it is needed as long as there are graders.
  static const locale_t kUnicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", static_cast<locale_t>(nullptr));
  return kUnicode == static_cast<locale_t>(nullptr) ? point : towlower_l(point, kUnicode);
}

// The code point of a character of two to four bytes.
wint_t PointOf(std::string_view character) {
  auto point = static_cast<wint_t>(static_cast<unsigned char>(character[0]) & (0xFF >> (character.size() + 1)));
  for (const char c : character.substr(1)) point = point << 6 | (static_cast<unsigned char>(c) & 0x3F);
  return point;
}

void AppendPoint(wint_t point, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | point >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | point >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace

std::string BfclText(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char c = text.front();
    const std::size_t length = std::max<std::size_t>(CharacterLength(text.substr(0, 4)), 1);
    if (length > 1) {
      AppendPoint(LowerOf(PointOf(text.substr(0, length))), out);
    } else if (c == '\'') {
      out += '"';
    } else if (std::string_view(" ,./-_*^").find(c) == std::string_view::npos) {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string BfclMismatch(const DeclaredTool& tool, const Json& acceptable, const MadeCall& call) {
  if (const Json* required = tool.parameters.Find("required"); required != nullptr && required->is_array()) {
    for (const Json& name : required->as_array()) {
      if (name.is_string() && call.arguments.Find(name.as_string()) == nullptr)
        return "the required argument " + Quoted(name.as_string(), 60) + " is missing";
    }
  }
  const Json* parameters = tool.parameters.Find("properties");
  for (const auto& [name, value] : call.arguments.as_object()) {
    const Json* parameter = parameters == nullptr ? nullptr : parameters->Find(name);
    const Json* values = acceptable.Find(name);
    if (parameter == nullptr || values == nullptr) return "argument " + Quoted(name, 60) + " is not expected";
    const bool is_tuple = std::ranges::find(call.tuples, name) != call.tuples.end();
    std::string wrong = ArgumentMismatch(name, value, is_tuple, *parameter, Acceptable(*values).list());
    if (!wrong.empty()) return wrong;
  }
  for (const auto& [name, values] : acceptable.as_object()) {
    if (call.arguments.Find(name) == nullptr && !std::ranges::any_of(Acceptable(values).list(), &IsOmission))
      return "argument " + Quoted(name, 60) + " is missing";
  }
  return "";
}

}  // namespace assay
