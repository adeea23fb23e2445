#include "runners/graders/tools/python_calls.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "runners/graders/frame/reason.h"
#include "runners/graders/tools/python_text.h"

namespace assay {
namespace {

constexpr int kMaxPythonDepth = 100;
constexpr std::size_t kMaxPythonCalls = 1000;

// What an expression stands for. A name is no operand: its text is only what it is called.
enum class PythonKind { kLiteral, kTuple, kName };
struct PythonValue {
  Json value;
  PythonKind kind = PythonKind::kLiteral;
};

bool IsKeyword(std::string_view word) {
  static const std::set<std::string_view> kWords = {
      "and",  "as",     "assert",   "async", "await", "break",  "class", "continue", "def",  "del",  "elif",
      "else", "except", "finally",  "for",   "from",  "global", "if",    "import",   "in",   "is",   "lambda",
      "not",  "or",     "nonlocal", "pass",  "raise", "return", "try",   "while",    "with", "yield"};
  return kWords.contains(word);
}

// The result of `left op right`; nullopt when it is none that can be told: not finite, or of what is no number.
std::optional<Json> Calculate(const Json& left, std::string_view op, const Json& right) {
  if (op == "+" && left.is_string() && right.is_string()) return Json(left.as_string() + right.as_string());
  if (!left.is_number() || !right.is_number()) return std::nullopt;
  const auto finite = [](double value) { return std::isfinite(value) ? std::optional<Json>(value) : std::nullopt; };
  const double a = left.as_number();
  const double b = right.as_number();
  const bool divides = op == "/" || op == "//" || op == "%";
  if (divides && b == 0) return std::nullopt;
  if (left.is_integer() && right.is_integer() && op != "/") {
    const std::int64_t x = left.as_integer();
    const std::int64_t y = right.as_integer();
    std::int64_t out = 0;
    if (op == "+" && !__builtin_add_overflow(x, y, &out)) return Json(out);
    if (op == "-" && !__builtin_sub_overflow(x, y, &out)) return Json(out);
    if (op == "*" && !__builtin_mul_overflow(x, y, &out)) return Json(out);
    if (divides && y != -1) {
      // Python rounds down, C++ towards zero.
      const std::int64_t down = x / y - (x % y != 0 && (x < 0) != (y < 0) ? 1 : 0);
      return Json(op == "//" ? down : x - down * y);
    }
    if (op == "**" && y >= 0) {
      std::int64_t power = 1;
      bool fits = true;
      // Beyond 64 rounds a base other than -1, 0 and 1 has overflowed.
      const std::int64_t rounds = x >= -1 && x <= 1 ? y % 2 + (y == 0 ? 0 : 2) : std::min<std::int64_t>(y, 65);
      for (std::int64_t i = 0; i < rounds && fits; ++i) fits = !__builtin_mul_overflow(power, x, &power);
      if (fits) return Json(power);
    }
  }
  if (op == "+") return finite(a + b);
  if (op == "-") return finite(a - b);
  if (op == "*") return finite(a * b);
  if (op == "/") return finite(a / b);
  if (op == "//") return finite(std::floor(a / b));
  if (op == "%") return finite(a - b * std::floor(a / b));
  return finite(std::pow(a, b));
}

class PythonParser {
 public:
  explicit PythonParser(std::string_view text) : text_(text) {}

  Result<std::vector<PythonCall>> Calls() {
    const bool has_brackets = text_.Take("[");
    std::vector<PythonCall> calls;
    while (text_.IsNameNext()) {
      if (calls.size() == kMaxPythonCalls)
        return Fail(ErrorCode::kResourceExhausted, "more than " + std::to_string(kMaxPythonCalls) + " calls");
      ASSAY_ASSIGN(std::string name, DottedName());
      if (!text_.Take("(")) return text_.Wrong(Quoted(name, 60) + " is not called");
      PythonCall& call = calls.emplace_back();
      call.name = std::move(name);
      fault_.clear();
      ASSAY_TRY(Arguments(call, 1));
      if (call.fault.empty()) call.fault = fault_;
      if (!text_.Take(",")) break;
    }
    if (has_brackets && !text_.Take("]")) return text_.Wrong("a call, a comma or a bracket is missing");
    text_.SkipBlanks();
    if (!text_.AtEnd() || (calls.empty() && !has_brackets)) return text_.Wrong("no call");
    return calls;
  }

 private:
  Result<std::string> DottedName() {
    std::string name(text_.TakeName());
    if (IsKeyword(name)) return text_.Wrong("the word " + Quoted(name) + " is no name");
    while (text_.Take(".")) {
      if (!text_.IsNameNext()) return text_.Wrong("a name is missing");
      name += '.';
      name += text_.TakeName();
    }
    return name;
  }

  // After the opening parenthesis, up to the closing one.
  Result<void> Arguments(PythonCall& call, int depth) {
    std::set<std::string, std::less<>> names;
    while (!text_.Take(")")) {
      std::string name = Keyword();
      if (name.empty()) {
        if (text_.IsNext("*")) return text_.Wrong("unpacked arguments");
        call.fault = "an argument has no name";
      } else if (!names.insert(name).second) {
        call.fault = "the argument " + Quoted(name, 60) + " is there twice";
      }
      ASSAY_ASSIGN(PythonValue value, Expression(depth));
      if (!name.empty()) {
        if (value.kind == PythonKind::kTuple) call.tuples.push_back(name);
        call.arguments.emplace_back(std::move(name), std::move(value.value));
      }
      if (!text_.Take(",") && !text_.IsNext(")")) return text_.Wrong("a comma or a parenthesis is missing");
    }
    return {};
  }

  // `name =`, passed; "" when an argument without a name is next.
  std::string Keyword() {
    if (!text_.IsNameNext()) return "";
    const PythonText before = text_;
    std::string name(text_.TakeName());
    if (!text_.IsNext("==") && text_.Take("=") && !IsKeyword(name)) return name;
    text_ = before;
    return "";
  }

  Result<PythonValue> Expression(int depth) { return Sum(depth); }

  Result<PythonValue> Sum(int depth) {
    ASSAY_ASSIGN(PythonValue value, Product(depth));
    while (text_.IsNext("+") || text_.IsNext("-")) {
      const std::string_view op = text_.Take("+") ? "+" : (text_.Take("-"), "-");
      ASSAY_ASSIGN(const PythonValue right, Product(depth));
      ASSAY_TRY(Apply(op, right, value));
    }
    return value;
  }

  Result<PythonValue> Product(int depth) {
    ASSAY_ASSIGN(PythonValue value, Signed(depth));
    while (text_.IsNext("*") || text_.IsNext("/") || text_.IsNext("%")) {
      const std::string_view op = text_.Take("//") ? "//" : text_.Take("/") ? "/" : text_.Take("%") ? "%" : "*";
      if (op == "*") text_.Take("*");
      ASSAY_ASSIGN(const PythonValue right, Signed(depth));
      ASSAY_TRY(Apply(op, right, value));
    }
    return value;
  }

  Result<PythonValue> Signed(int depth) {
    if (depth > kMaxPythonDepth) return text_.Wrong("more than " + std::to_string(kMaxPythonDepth) + " levels");
    if (!text_.IsNext("-") && !text_.IsNext("+")) return Power(depth);
    const bool is_minus = text_.Take("-");
    if (!is_minus) text_.Take("+");
    ASSAY_ASSIGN(PythonValue operand, Signed(depth + 1));
    PythonValue zero{Json(std::int64_t{0})};
    // 0 - x would lose the sign of -0.0.
    if (operand.kind == PythonKind::kLiteral && operand.value.is_number() && !operand.value.is_integer()) {
      return PythonValue{Json(is_minus ? -operand.value.as_number() : operand.value.as_number())};
    }
    ASSAY_TRY(Apply(is_minus ? "-" : "+", operand, zero));
    return zero;
  }

  Result<PythonValue> Power(int depth) {
    ASSAY_ASSIGN(PythonValue value, Atom(depth));
    if (text_.Take("**")) {
      ASSAY_ASSIGN(const PythonValue right, Signed(depth + 1));
      ASSAY_TRY(Apply("**", right, value));
    }
    return value;
  }

  Result<void> Apply(std::string_view op, const PythonValue& right, PythonValue& left) {
    constexpr std::size_t kMaxJoined = 16u << 20;
    std::optional<Json> out;
    if (left.value.is_string() && (joined_ += left.value.as_string().size()) > kMaxJoined)
      return text_.Wrong("too many texts are joined");
    if (left.kind == PythonKind::kLiteral && right.kind == PythonKind::kLiteral)
      out = Calculate(left.value, op, right.value);
    if (!out) return text_.Wrong("a calculation without a result");
    left.value = *std::move(out);
    return {};
  }

  Result<PythonValue> Atom(int depth) {
    if (text_.IsTextNext()) return Texts();
    if (text_.IsNumberNext()) {
      ASSAY_ASSIGN(Json number, text_.TakeNumber());
      return PythonValue{std::move(number)};
    }
    if (text_.IsNameNext()) return Named(depth);
    if (text_.Take("[")) return List(depth);
    if (text_.Take("(")) return Parenthesis(depth);
    if (text_.Take("{")) return Dictionary(depth);
    if (text_.Take("...")) return PythonValue{Json("...")};
    return text_.Wrong("no value");
  }

  Result<PythonValue> Texts() {
    std::string joined;
    while (text_.IsTextNext()) {
      ASSAY_ASSIGN(const std::string part, text_.TakeText());
      joined += part;
    }
    return PythonValue{Json(std::move(joined))};
  }

  // A constant, a name, an element of a name, or a call.
  Result<PythonValue> Named(int depth) {
    const std::size_t begin = text_.at();
    ASSAY_ASSIGN(std::string name, DottedName());
    if (name == "True") return PythonValue{Json(true)};
    if (name == "False") return PythonValue{Json(false)};
    if (name == "None") return PythonValue{Json(nullptr)};
    if (text_.Take("(")) {
      PythonCall call;
      ASSAY_TRY(Arguments(call, depth + 1));
      if (call.arguments.empty() || !call.fault.empty()) return PythonValue{Json(text_.From(begin)), PythonKind::kName};
      return PythonValue{Json::Of({{name, Json(std::move(call.arguments))}})};
    }
    if (name.find('.') != std::string::npos)
      return text_.Wrong("the attribute " + Quoted(name, 60) + ", which is not read,");
    if (text_.Take("[")) {
      ASSAY_TRY(Expression(depth + 1));
      if (!text_.Take("]")) return text_.Wrong("a bracket is missing");
      return PythonValue{Json(text_.From(begin)), PythonKind::kName};
    }
    return PythonValue{Json(std::move(name)), PythonKind::kName};
  }

  // Elements up to `end`, which is passed. `commas` counts them.
  Result<Json::Array> Elements(std::string_view end, int depth, std::size_t& commas) {
    Json::Array out;
    while (!text_.Take(end)) {
      ASSAY_ASSIGN(PythonValue value, Expression(depth + 1));
      out.push_back(std::move(value.value));
      if (text_.Take(",")) {
        ++commas;
      } else if (!text_.IsNext(end)) {
        return text_.Wrong("a comma or a bracket is missing");
      }
    }
    return out;
  }

  Result<PythonValue> List(int depth) {
    std::size_t commas = 0;
    ASSAY_ASSIGN(Json::Array elements, Elements("]", depth, commas));
    return PythonValue{Json(std::move(elements))};
  }

  // A tuple, or a value in parentheses.
  Result<PythonValue> Parenthesis(int depth) {
    if (text_.Take(")")) return PythonValue{Json(Json::Array{}), PythonKind::kTuple};
    ASSAY_ASSIGN(PythonValue first, Expression(depth + 1));
    if (text_.Take(")")) return first;
    if (!text_.Take(",")) return text_.Wrong("a comma or a parenthesis is missing");
    std::size_t commas = 1;
    ASSAY_ASSIGN(Json::Array rest, Elements(")", depth, commas));
    rest.insert(rest.begin(), std::move(first.value));
    return PythonValue{Json(std::move(rest)), PythonKind::kTuple};
  }

  Result<PythonValue> Dictionary(int depth) {
    Json::Object members;
    std::set<std::string, std::less<>> names;
    while (!text_.Take("}")) {
      ASSAY_ASSIGN(PythonValue key, Expression(depth + 1));
      if (!text_.Take(":")) return text_.Wrong("a colon is missing");
      ASSAY_ASSIGN(PythonValue value, Expression(depth + 1));
      if (!key.value.is_string()) {
        fault_ = "a key is no text";
      } else if (!names.insert(key.value.as_string()).second) {
        fault_ = "the key " + Quoted(key.value.as_string(), 60) + " is there twice";
      } else {
        members.emplace_back(key.value.as_string(), std::move(value.value));
      }
      if (!text_.Take(",") && !text_.IsNext("}")) return text_.Wrong("a comma or a brace is missing");
    }
    return PythonValue{Json(std::move(members))};
  }

  PythonText text_;
  std::string fault_;       // why what stands in the current call cannot be used, though it can be read
  std::size_t joined_ = 0;  // bytes copied so far to join texts
};

}  // namespace

Result<std::vector<PythonCall>> ParsePythonCalls(std::string_view text) {
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t length = CharacterLength(rest.substr(0, 4));
    if (length == 0) return Fail(ErrorCode::kInvalidArgument, "the text is not UTF-8");
    rest.remove_prefix(length);
  }
  return PythonParser(text).Calls();
}

}  // namespace assay
