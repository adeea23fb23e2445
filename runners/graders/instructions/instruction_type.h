#pragma once
// What a type of instruction is. To add one: a small function and a line in a table of instruction_types.cc (or of
// another file that AllTypes lists), with an example in tests/runners/graders/testdata/instructions.txt.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"
#include "core/result.h"
#include "runners/graders/instructions/pattern.h"

namespace assay::instructions {

enum class ArgumentKind {
  kCount,     // a whole number, 0 or more
  kRelation,  // "less than" or "at least"
  kText,
  kLetter,    // one character
  kLanguage,  // a code that language.h knows
  kPattern,   // a text that is searched for, ...
  kKeyword,   // ... ignoring case
  kKeywords,  // a list of such
};

struct Parameter {
  std::string_view name;
  ArgumentKind kind;
};

// The values of an instruction's parameters, by name. Each accessor needs a parameter of its kind. Immutable.
class Arguments {
 public:
  // kInvalidArgument, beginning with the argument's name, for one that is missing, unknown or no good. Nulls count as
  // missing: the dataset writes them for parameters of other types.
  static Result<Arguments> Read(std::span<const Parameter> parameters, const Json::Object& values);

  std::int64_t Count(std::string_view name) const { return Find(name).count; }
  const std::string& Text(std::string_view name) const { return Find(name).text; }
  const Pattern& Searched(std::string_view name) const { return Find(name).patterns.front(); }
  const std::vector<Pattern>& AllSearched(std::string_view name) const { return Find(name).patterns; }

  // Whether `number` is in the relation `relation` to the count `count`.
  bool Compare(std::int64_t number, std::string_view relation, std::string_view count) const;
  // "at least 300"
  std::string Wanted(std::string_view relation, std::string_view count) const;

 private:
  struct Value {
    std::string_view name;
    std::int64_t count = 0;
    std::string text = {};
    std::vector<Pattern> patterns = {};
  };
  static Result<Value> ReadValue(const Parameter& parameter, const Json& json);
  const Value& Find(std::string_view name) const;

  std::vector<Value> values_;
};

// What a check says of a response.
struct InstructionFinding {
  bool is_followed = false;
  std::string what;  // for people, what the response has against what was asked: "263 words, asked for at least 300"
};

struct InstructionType {
  std::string_view id;  // IFEval's: "length_constraints:number_words"
  std::vector<Parameter> parameters;
  // `response` is not blank. In time linear in it.
  InstructionFinding (*check)(const Arguments& arguments, std::string_view response);
};

const std::vector<InstructionType>& AllTypes();
// By its id, with or without the language before it ("en:") and the group ("number_words"); null pointer if there is
// none.
const InstructionType* FindType(std::string_view id);

}  // namespace assay::instructions
