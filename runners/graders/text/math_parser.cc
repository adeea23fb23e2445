// Lists, relations, sums, products, powers and units.

#include "runners/graders/text/math_parser.h"

#include "runners/graders/text/unicode_text.h"

namespace assay {

std::expected<MathValue, std::string> MathParser::Run() {
  MathValue value;
  if (!ParseList(value)) return std::unexpected(problem_);
  if (Now().kind != Kind::kEnd) return std::unexpected("unexpected " + Now().text);
  return value;
}

bool MathParser::TakeSign(std::string_view text) {
  if (!IsSign(text)) return false;
  ++at_;
  return true;
}

bool MathParser::TakeCommand(std::string_view text) {
  if (!IsCommand(text)) return false;
  ++at_;
  return true;
}

bool MathParser::Fail(std::string what) {
  if (problem_.empty()) problem_ = std::move(what);
  return false;
}

bool MathParser::Enter() {
  if (++nodes_ > kMaxMathNodes) return Fail("more than 512 parts");
  if (depth_ >= kMaxMathDepth) return Fail("nested too deeply");
  return true;
}

bool MathParser::IsJoin() const {
  if (IsSign(",") || IsSign(";")) return true;
  return (Now().kind == Kind::kText || Now().kind == Kind::kWord) && (Now().text == "and" || Now().text == "or");
}

bool MathParser::ParseList(MathValue& out) {
  MathValue first;
  if (!ParseRelation(first)) return false;
  if (!IsJoin()) {
    out = std::move(first);
    return true;
  }
  out = Of(MathKind::kList, "", std::move(first));
  while (IsJoin()) {
    while (IsJoin()) ++at_;
    if (Now().kind == Kind::kEnd) break;
    MathValue item;
    if (!ParseRelation(item)) return false;
    out.items.push_back(std::move(item));
  }
  return true;
}

char MathParser::RelationHere() const {
  if (Now().kind != Kind::kSign && Now().kind != Kind::kCommand) return '\0';
  for (const auto& [name, letter] : kRelations) {
    if (Now().text == name) return letter;
  }
  return '\0';
}

bool MathParser::ParseRelation(MathValue& out) {
  if (!ParseUnion(out)) return false;
  if (RelationHere() == '\0') return true;
  MathValue relation = Of(MathKind::kRelation, "", std::move(out));
  while (const char letter = RelationHere()) {
    ++at_;
    relation.name += letter;
    MathValue side;
    if (!ParseUnion(side)) return false;
    relation.items.push_back(std::move(side));
  }
  out = std::move(relation);
  return true;
}

bool MathParser::IsUnionSign() const {
  if (IsCommand("cup")) return true;
  return Is(Kind::kLetter, "U") && (Next().text == "(" || Next().text == "[" || Next().text == "\\{");
}

bool MathParser::ParseUnion(MathValue& out) {
  if (!ParseSum(out)) return false;
  if (!IsUnionSign()) return true;
  out = Of(MathKind::kUnion, "", std::move(out));
  while (IsUnionSign()) {
    ++at_;
    MathValue part;
    if (!ParseSum(part)) return false;
    out.items.push_back(std::move(part));
  }
  return true;
}

bool MathParser::ParseSum(MathValue& out) {
  if (!Enter()) return false;
  ++depth_;
  const bool good = ParseSumInside(out);
  --depth_;
  return good;
}

bool MathParser::ParseSumInside(MathValue& out) {
  const auto term = [this](MathValue& value) {
    const bool is_minus = IsSign("-");
    const bool is_either = IsCommand("pm") || IsCommand("mp");
    if (is_minus || is_either || IsSign("+")) ++at_;
    MathValue inside;
    if (!ParseTerm(inside)) return false;
    std::string unit = std::move(inside.unit);
    inside.unit.clear();
    if (is_minus) inside = Of(MathKind::kNegative, "", std::move(inside));
    if (is_either) inside = Of(MathKind::kPlusMinus, "", std::move(inside));
    value = std::move(inside);
    value.unit = std::move(unit);
    return true;
  };
  if (!term(out)) return false;
  while (IsSign("+") || IsSign("-") || IsCommand("pm") || IsCommand("mp")) {
    MathValue next;
    if (!term(next)) return false;
    const std::string unit = next.unit.empty() ? out.unit : next.unit;
    next.unit.clear();
    out.unit.clear();
    if (out.kind != MathKind::kSum || out.name == "mixed") out = Of(MathKind::kSum, "", std::move(out));
    out.items.push_back(std::move(next));
    out.unit = unit;
  }
  return true;
}

bool MathParser::BeginsFactor() const {
  switch (Now().kind) {
    case Kind::kLetter:
      return !IsUnionSign();
    case Kind::kWord:
      if (IsJoin()) return false;
      return IsAmong(kFunctions, Now().text) || IsAmong(kGreek, Now().text) || Now().text == "pi" ||
             (!IsUnitHere() && IsProduct(Now().text));
    case Kind::kSign:
      return Now().text == "(" || Now().text == "{";
    case Kind::kCommand:
      return RelationHere() == '\0' && !IsAmong(kNoFactors, Now().text);
    default:
      return false;
  }
}

bool MathParser::ParseTerm(MathValue& out) {
  if (!ParseFactor(out)) return false;
  while (problem_.empty()) {
    if (TakeSign("*") || TakeCommand("cdot") || TakeCommand("times") || TakeCommand("ast")) {
      MathValue next;
      if (!ParseFactor(next)) return false;
      Multiply(out, std::move(next));
    } else if (TakeSign("/") || TakeCommand("div")) {
      MathValue below;
      if (!ParseFactor(below)) return false;
      std::string unit = std::move(below.unit);
      below.unit.clear();
      out = Of(MathKind::kQuotient, "", std::move(out), std::move(below));
      out.unit = std::move(unit);
    } else if (IsUnitHere()) {
      out.unit = UnitOf(Now().text);
      ++at_;
      TakeUnitPower(out.unit);
      if (BeginsFactor()) return Fail("a unit within a product");
      return true;
    } else if (BeginsFactor()) {
      const bool is_fraction = IsCommand("frac") || IsCommand("binom");
      MathValue next;
      if (!ParseFactor(next)) return false;
      if (is_fraction && IsMixed(out, next)) {
        out = Of(MathKind::kSum, "mixed", std::move(out), std::move(next));
      } else {
        Multiply(out, std::move(next));
      }
    } else if (IsPlainMixed(out)) {
      MathValue above = Number(Now().text);
      MathValue below = Number(Next(2).text);
      at_ += 3;
      out =
          Of(MathKind::kSum, "mixed", std::move(out), Of(MathKind::kQuotient, "", std::move(above), std::move(below)));
    } else {
      return true;
    }
  }
  return false;
}

bool MathParser::IsWhole(const MathValue& value) {
  return value.kind == MathKind::kNumber && value.name.find('.') == std::string::npos;
}

bool MathParser::IsMixed(const MathValue& whole, const MathValue& fraction) {
  return IsWhole(whole) && fraction.kind == MathKind::kQuotient && IsWhole(fraction.items[0]) &&
         IsWhole(fraction.items[1]);
}

bool MathParser::IsPlainMixed(const MathValue& whole) const {
  return IsWhole(whole) && Now().kind == Kind::kNumber && Now().is_spaced && Next().text == "/" &&
         Next(2).kind == Kind::kNumber && Now().text.find('.') == std::string::npos;
}

void MathParser::Multiply(MathValue& out, MathValue next) {
  std::string unit = std::move(next.unit);
  next.unit.clear();
  if (out.kind != MathKind::kProduct) out = Of(MathKind::kProduct, "", std::move(out));
  out.items.push_back(std::move(next));
  out.unit = std::move(unit);
}

bool MathParser::IsUnitHere() const {
  if (IsJoin()) return false;
  if (Now().kind == Kind::kText) return true;
  if (Now().kind != Kind::kWord || IsAmong(kFunctions, Now().text) || IsAmong(kGreek, Now().text)) return false;
  return !IsProduct(Now().text) && Now().text != "pi";
}

bool MathParser::IsProduct(std::string_view word) {
  constexpr std::array<std::string_view, 22> kUnits = {"cm", "mm",  "km",  "kg",  "mg",  "ml", "ft", "in",
                                                       "mi", "hr",  "lb",  "oz",  "yd",  "pm", "am", "sq",
                                                       "hz", "min", "sec", "deg", "mph", "pct"};
  return word.size() <= 3 && !IsAmong(kUnits, LowerCased(word));
}

void MathParser::TakeUnitPower(std::string& unit) {
  while (Now().kind == Kind::kText || (Now().kind == Kind::kWord && !IsJoin())) {
    unit += " " + UnitOf(Now().text);
    ++at_;
  }
  if (!IsSign("^")) return;
  std::size_t ahead = 1;
  const bool is_braced = Next().text == "{";
  if (is_braced) ++ahead;
  if (Next(ahead).kind != Kind::kNumber || (is_braced && Next(ahead + 1).text != "}")) return;
  unit += "^" + Next(ahead).text;
  at_ += ahead + (is_braced ? 2 : 1);
}

bool MathParser::ParseFactor(MathValue& out) {
  if (!Enter()) return false;
  ++depth_;
  const bool good = ParseFactorInside(out);
  --depth_;
  return good;
}

bool MathParser::ParseFactorInside(MathValue& out) {
  if (TakeSign("+")) return ParseFactor(out);
  if (TakeSign("-")) {
    MathValue inside;
    if (!ParseFactor(inside)) return false;
    out = Of(MathKind::kNegative, "", std::move(inside));
    return true;
  }
  if (!ParsePrimary(out)) return false;
  return ParseSuffixes(out);
}

bool MathParser::ParseSuffixes(MathValue& out) {
  while (true) {
    if (TakeSign("!")) {
      out = Of(MathKind::kFunction, "factorial", std::move(out));
    } else if (IsSign("%") || Is(Kind::kText, "percent") || Is(Kind::kWord, "percent") || Is(Kind::kText, "%") ||
               Is(Kind::kWord, "pct")) {
      ++at_;
      if (percent_ == PercentMeaning::kHundredths) {
        out = Of(MathKind::kQuotient, "", std::move(out), Number("100"));
      }
    } else if (TakeCommand("circ") || TakeCommand("degree")) {
      out.unit = "degree";
    } else if (TakeSign("^")) {
      if (!ParsePower(out)) return false;
    } else {
      return true;
    }
  }
}

bool MathParser::ParsePower(MathValue& out) {
  if (TakeCommand("circ")) {
    out.unit = "degree";
    return true;
  }
  if (IsSign("{") && Next().kind == Kind::kCommand && Next().text == "circ" && Next(2).text == "}") {
    at_ += 3;
    out.unit = "degree";
    return true;
  }
  MathValue exponent;
  if (!ParseFactor(exponent)) return false;
  out = Of(MathKind::kPower, "", std::move(out), std::move(exponent));
  return true;
}

}  // namespace assay
