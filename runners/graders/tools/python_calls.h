#pragma once
// Calls of functions as models write them in Python: `[f(a=1, b="x"), pkg.g(c=[1, 2])]`.
//
// What is read is the part of Python's expressions that stands for a value known without running anything: literals,
// lists, tuples, dictionaries with text keys, arithmetic of numbers, texts joined by + or by standing side by side. A
// name is its own text, and so is `x[0]` and a call within the arguments that has no keyword arguments; one that has is
// an object of its name and arguments. Everything else is refused: comprehensions, lambdas, f-strings, attributes,
// bytes, sets.

#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/result.h"

namespace assay {

struct PythonCall {
  std::string name;  // dotted: "pkg.g"
  Json::Object arguments;
  std::vector<std::string> tuples;  // the arguments whose value is a tuple; everywhere else a tuple is a list
  // Why they cannot be used: an argument without a name, an argument or a key that is there twice, a key that is no
  // text; "" when they can.
  std::string fault;
};

// A list of calls; the brackets around it may be missing. kInvalidArgument naming the place for anything else and for
// more than 100 levels, kResourceExhausted for more than 1,000 calls. Linear.
Result<std::vector<PythonCall>> ParsePythonCalls(std::string_view text);

}  // namespace assay
