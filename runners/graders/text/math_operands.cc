// What operators stand between: numbers, letters, brackets, and the commands and functions with their arguments.

#include "runners/graders/text/math_parser.h"

namespace assay {

bool MathParser::ParsePrimary(MathValue& out) {
  const MathToken token = Now();
  if (token.kind != Kind::kEnd) ++at_;
  switch (token.kind) {
    case Kind::kNumber:
      return ParseNumber(token.text, out);
    case Kind::kLetter:
      out = Symbol(token.text);
      return ParseScripts(out);
    case Kind::kWord:
      return ParseWord(token.text, out);
    case Kind::kText:
      if (token.text.size() != 1) return Fail("words within an expression");
      out = Symbol(token.text);
      return ParseScripts(out);
    case Kind::kSign:
      return ParseSign(token.text, out);
    case Kind::kCommand:
      return ParseCommand(token.text, out);
    case Kind::kEnd:
      break;
  }
  return Fail("it ends too early");
}

bool MathParser::ParseNumber(const std::string& digits, MathValue& out) {
  out = Number(digits);
  if (digits.find('.') != std::string::npos && IsCommand("overline") && Next().text == "{" &&
      Next(2).kind == Kind::kNumber && Next(3).text == "}") {
    out = Of(MathKind::kRepeating, digits, Number(Next(2).text));
    at_ += 4;
  }
  if (TakeSign("_")) {
    MathValue base;
    if (!ParseArgument(base)) return false;
    out = Of(MathKind::kTuple, "_base", std::move(out), std::move(base));
  }
  return true;
}

bool MathParser::ParseScripts(MathValue& symbol) {
  while (true) {
    if (TakeSign("'")) {
      symbol.name += '\'';
    } else if (TakeSign("_")) {
      symbol.name += '_';
      const bool is_braced = TakeSign("{");
      do {
        if (Now().kind == Kind::kEnd) return Fail("it ends too early");
        if (is_braced && IsSign("}")) break;
        symbol.name += Now().text;
        ++at_;
      } while (is_braced);
      if (is_braced && !TakeSign("}")) return Fail("a brace is not closed");
    } else {
      return true;
    }
  }
}

bool MathParser::ParseWord(const std::string& word, MathValue& out) {
  if (IsAmong(kFunctions, word)) return ParseFunction(word, out);
  if (word == "pi") {
    out = Symbol("\\pi");
    return true;
  }
  if (word == "inf" || word == "infinity" || word == "Infinity" || word == "oo") {
    out = Symbol("\\infty");
    return true;
  }
  if (IsAmong(kGreek, word)) {
    out = Symbol("\\" + word);
    return ParseScripts(out);
  }
  if (!IsProduct(word)) return Fail("words within an expression");
  out = Of(MathKind::kProduct, "");
  for (const char c : word) out.items.push_back(Symbol(std::string(1, c)));
  return ParseScripts(out.items.back());
}

bool MathParser::ParseSign(const std::string& sign, MathValue& out) {
  if (sign == "(" || sign == "[") return ParseBracket(sign[0], out);
  if (sign == "]") return ParseBracket(']', out);  // "]1, 2]" of the French
  if (sign == "{") return ParseBrace("}", MathKind::kList, out);
  if (sign == "\\{") return ParseBrace("\\}", MathKind::kSet, out);
  if (sign == "|") {
    MathValue inside;
    if (!ParseSum(inside)) return false;
    if (!TakeSign("|")) return Fail("a bar is not closed");
    out = Of(MathKind::kFunction, "abs", std::move(inside));
    return true;
  }
  return Fail("unexpected " + sign);
}

bool MathParser::ParseBracket(char open, MathValue& out) {
  MathValue inside;
  if (!ParseList(inside)) return false;
  const char close = IsSign(")") ? ')' : IsSign("]") ? ']' : IsSign("[") ? '[' : '\0';
  if (close == '\0') return Fail("a bracket is not closed");
  ++at_;
  if (inside.kind == MathKind::kList) {
    if (open == ']') open = '(';
    inside.kind = MathKind::kTuple;
    inside.name = {open, close == '[' ? ')' : close};
    out = std::move(inside);
    return true;
  }
  if ((open == '(' && close == ')') || (open == '[' && close == ']')) {
    out = std::move(inside);
    if (open == '[') out = Of(MathKind::kTuple, "[]", std::move(out));
    return true;
  }
  return Fail("brackets that do not fit");
}

bool MathParser::ParseBrace(std::string_view close, MathKind kind, MathValue& out) {
  if (TakeSign(close)) {
    if (kind != MathKind::kSet) return Fail("an empty group");
    out = Of(MathKind::kSet, "");
    return true;
  }
  MathValue inside;
  if (!ParseList(inside)) return false;
  if (!TakeSign(close)) return Fail("a brace is not closed");
  if (inside.kind == MathKind::kList) {
    inside.kind = MathKind::kSet;
  } else if (kind == MathKind::kSet) {
    inside = Of(MathKind::kSet, "", std::move(inside));
  }
  out = std::move(inside);
  return true;
}

bool MathParser::ParseCommand(const std::string& name, MathValue& out) {
  if (name == "frac") return ParseFraction(MathKind::kQuotient, "", out);
  if (name == "binom" || name == "dbinom" || name == "tbinom")
    return ParseFraction(MathKind::kFunction, "binomial", out);
  if (name == "sqrt") return ParseRoot(out);
  if (name == "pi" || name == "infty") {
    out = Symbol("\\" + name);
    return true;
  }
  if (IsAmong(kFunctions, name)) return ParseFunction(name, out);
  if (IsAmong(kGreek, name)) {
    out = Symbol("\\" + name);
    return ParseScripts(out);
  }
  if (name == "emptyset" || name == "varnothing") {
    out = Of(MathKind::kSet, "");
    return true;
  }
  if (name == "mathbb" || name == "mathcal" || name == "overline" || name == "vec" || name == "hat" || name == "bar") {
    return ParseNamed(name, out);
  }
  if (name == "R") {
    out = Symbol("\\mathbb R");
    return true;
  }
  if (name == "angle" || name == "triangle") {
    out = Symbol("\\" + name);
    return true;
  }
  if (name == "lfloor") return ParseClosed("rfloor", "floor", out);
  if (name == "lceil") return ParseClosed("rceil", "ceil", out);
  if (name == "lvert") return ParseClosed("rvert", "abs", out);
  if (name == "begin") return ParseMatrix(out);
  return Fail("\\" + name + " is not read");
}

bool MathParser::ParseArgument(MathValue& out) {
  if (IsSign("{")) {
    ++at_;
    return ParseBrace("}", MathKind::kList, out);
  }
  if (Now().kind == Kind::kNumber && Now().text.size() > 1) {
    out = Number(Now().text.substr(0, 1));
    tokens_[at_].text.erase(0, 1);
    return true;
  }
  return ParsePrimary(out);
}

bool MathParser::ParseFraction(MathKind kind, std::string name, MathValue& out) {
  MathValue above;
  MathValue below;
  if (!ParseArgument(above) || !ParseArgument(below)) return false;
  out = Of(kind, std::move(name), std::move(above), std::move(below));
  return true;
}

bool MathParser::ParseRoot(MathValue& out) {
  MathValue index = Number("2");
  if (TakeSign("[")) {
    if (!ParseSum(index)) return false;
    if (!TakeSign("]")) return Fail("a bracket is not closed");
  }
  MathValue inside;
  if (Now().kind == Kind::kNumber && !IsSign("{")) {
    inside = Number(Now().text);  // "√12" is that of twelve
    ++at_;
  } else if (!ParseArgument(inside)) {
    return false;
  }
  out = Of(MathKind::kPower, "", std::move(inside), Of(MathKind::kQuotient, "", Number("1"), std::move(index)));
  return true;
}

bool MathParser::ParseNamed(const std::string& command, MathValue& out) {
  MathValue inside;
  if (!ParseArgument(inside)) return false;
  std::string letters;
  if (inside.kind == MathKind::kSymbol) letters = inside.name;
  for (const MathValue& item : inside.items) letters += item.name;
  if (letters.empty()) return Fail("\\" + command + " of something else than letters");
  out = Symbol("\\" + command + " " + letters);
  return ParseScripts(out);
}

bool MathParser::ParseClosed(std::string_view close, std::string function, MathValue& out) {
  MathValue inside;
  if (!ParseSum(inside)) return false;
  if (!TakeCommand(close)) return Fail("a bracket is not closed");
  out = Of(MathKind::kFunction, std::move(function), std::move(inside));
  return true;
}

bool MathParser::ParseFunction(std::string name, MathValue& out) {
  MathValue base;
  MathValue power;
  const bool has_base = name == "log" && TakeSign("_");
  if (has_base && !ParseArgument(base)) return false;
  const bool has_power = TakeSign("^");
  if (has_power && !(IsSign("{") ? ParseArgument(power) : ParseFactor(power))) return false;
  const bool is_inverse = has_power && power.kind == MathKind::kNegative && power.items[0] == Number("1") &&
                          (name == "sin" || name == "cos" || name == "tan");
  MathValue call = Of(MathKind::kFunction, is_inverse ? "a" + name : name);
  if (!ParseCallArguments(call)) return false;
  if (name == "sqrt") {
    if (call.items.size() != 1) return Fail("sqrt has one argument");
    call = Of(MathKind::kPower, "", std::move(call.items[0]), Of(MathKind::kQuotient, "", Number("1"), Number("2")));
  }
  if (has_base) call.items.push_back(std::move(base));
  out = has_power && !is_inverse ? Of(MathKind::kPower, "", std::move(call), std::move(power)) : std::move(call);
  return true;
}

bool MathParser::ParseCallArguments(MathValue& call) {
  if (IsSign("(") || IsSign("{")) {
    const bool is_brace = IsSign("{");
    ++at_;
    MathValue inside;
    if (!ParseList(inside)) return false;
    if (!TakeSign(is_brace ? "}" : ")")) return Fail("a bracket is not closed");
    if (inside.kind == MathKind::kList) {
      call.items = std::move(inside.items);
    } else {
      call.items.push_back(std::move(inside));
    }
    return true;
  }
  MathValue argument;
  if (!ParseFactor(argument)) return false;
  while (BeginsFactor() && !IsSign("(") && !IsAmong(kFunctions, Now().text)) {
    MathValue next;
    if (!ParseFactor(next)) return false;
    Multiply(argument, std::move(next));
  }
  call.items.push_back(std::move(argument));
  return true;
}

bool MathParser::ParseMatrix(MathValue& out) {
  const bool is_matrix = IsSign("{") &&
                         (Next().text == "pmatrix" || Next().text == "bmatrix" || Next().text == "matrix") &&
                         Next(2).text == "}";
  if (!is_matrix) return Fail("only matrices have a \\begin");
  const std::string name = Next().text;
  at_ += 3;
  out = Of(MathKind::kMatrix, "");
  std::size_t columns = 0;
  std::size_t column = 0;
  while (true) {
    MathValue cell;
    if (!ParseSum(cell)) return false;
    out.items.push_back(std::move(cell));
    ++column;
    if (TakeSign("&")) continue;
    if (columns != 0 && column != columns) return Fail("rows of different lengths");
    columns = column;
    column = 0;
    const bool is_more = TakeSign("\\\\");
    if (IsCommand("end")) break;
    if (!is_more) return Fail("a matrix is not closed");
  }
  at_ += 4;  // \end{…}
  if (at_ >= tokens_.size() || tokens_[at_ - 2].text != name) return Fail("a matrix is not closed");
  out.name = std::to_string(columns);
  return true;
}

}  // namespace assay
