#pragma once
// Recursive descent over the tokens of an expression, the depth and the number of parts bounded. What it cannot read is
// an error, never a guess. Only for files of this folder.

#include <algorithm>
#include <array>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runners/graders/text/math_tokens.h"
#include "runners/graders/text/math_value.h"

namespace assay {

// Of one expression; used once.
class MathParser {
 public:
  MathParser(std::vector<MathToken> tokens, PercentMeaning percent) : tokens_(std::move(tokens)), percent_(percent) {}

  std::expected<MathValue, std::string> Run();

 private:
  using Kind = MathTokenKind;

  static constexpr std::array<std::string_view, 31> kFunctions = {
      "sin",  "cos",  "tan",   "cot",  "sec",     "csc",       "arcsin",   "arccos", "arctan", "asin", "acos",
      "atan", "sinh", "cosh",  "tanh", "asinh",   "acosh",     "atanh",    "ln",     "log",    "lg",   "exp",
      "sqrt", "abs",  "floor", "ceil", "ceiling", "factorial", "binomial", "max",    "min"};
  static constexpr std::array<std::string_view, 35> kGreek = {
      "alpha",    "beta",    "gamma", "delta",  "epsilon", "varepsilon", "zeta",  "eta",   "theta",
      "vartheta", "iota",    "kappa", "lambda", "mu",      "nu",         "xi",    "rho",   "sigma",
      "tau",      "upsilon", "phi",   "varphi", "chi",     "psi",        "omega", "Gamma", "Delta",
      "Theta",    "Lambda",  "Xi",    "Sigma",  "Phi",     "Psi",        "Omega", "ell"};
  static constexpr std::array<std::pair<std::string_view, char>, 18> kRelations = {{{"=", '='},
                                                                                    {"<", '<'},
                                                                                    {">", '>'},
                                                                                    {"<=", 'l'},
                                                                                    {">=", 'g'},
                                                                                    {"!=", 'n'},
                                                                                    {"le", 'l'},
                                                                                    {"leq", 'l'},
                                                                                    {"leqslant", 'l'},
                                                                                    {"ge", 'g'},
                                                                                    {"geq", 'g'},
                                                                                    {"geqslant", 'g'},
                                                                                    {"ne", 'n'},
                                                                                    {"neq", 'n'},
                                                                                    {"lt", '<'},
                                                                                    {"gt", '>'},
                                                                                    {"in", 'e'},
                                                                                    {"equiv", '='}}};

  template <class List>
  static bool IsAmong(const List& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  }
  static MathValue Symbol(std::string name) { return {MathKind::kSymbol, std::move(name)}; }
  static MathValue Number(std::string digits) { return {MathKind::kNumber, std::move(digits)}; }
  template <class... Items>
  static MathValue Of(MathKind kind, std::string name, Items... items) {
    MathValue value{kind, std::move(name)};
    (value.items.push_back(std::move(items)), ...);
    return value;
  }

  const MathToken& Now() const { return tokens_[at_]; }
  const MathToken& Next(std::size_t ahead = 1) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool Is(Kind kind, std::string_view text) const { return Now().kind == kind && Now().text == text; }
  bool IsSign(std::string_view text) const { return Is(Kind::kSign, text); }
  bool IsCommand(std::string_view text) const { return Is(Kind::kCommand, text); }
  bool TakeSign(std::string_view text);
  bool TakeCommand(std::string_view text);
  bool Fail(std::string what);
  // Of every level of the descent.
  bool Enter();

  bool IsJoin() const;

  // a, b and c
  bool ParseList(MathValue& out);

  char RelationHere() const;

  bool ParseRelation(MathValue& out);

  bool IsUnionSign() const;

  bool ParseUnion(MathValue& out);

  bool ParseSum(MathValue& out);

  bool ParseSumInside(MathValue& out);

  // Whether a factor begins here that multiplies what stands before it without a sign.
  bool BeginsFactor() const;

  static constexpr std::array<std::string_view, 19> kNoFactors = {
      "cdot",  "times", "div", "cup",  "cap",    "pm",     "mp",     "end", "rfloor", "rceil",
      "rvert", "rVert", "to",  "circ", "degree", "approx", "rangle", "mid", "ast"};

  bool ParseTerm(MathValue& out);

  static bool IsWhole(const MathValue& value);
  // "3\frac12" is 3.5
  static bool IsMixed(const MathValue& whole, const MathValue& fraction);
  // "3 1/2"
  bool IsPlainMixed(const MathValue& whole) const;

  static void Multiply(MathValue& out, MathValue next);

  // Text in \text{…}, or a word that is no product of letters, behind a number.
  bool IsUnitHere() const;
  static bool IsProduct(std::string_view word);

  // "cm^2", "square" units in one text are part of the text.
  void TakeUnitPower(std::string& unit);

  bool ParseFactor(MathValue& out);

  bool ParseFactorInside(MathValue& out);

  bool ParseSuffixes(MathValue& out);

  bool ParsePower(MathValue& out);

  bool ParsePrimary(MathValue& out);

  // "0.1\overline{36}", "101_2"
  bool ParseNumber(const std::string& digits, MathValue& out);

  // "x_{12}", "f'"
  bool ParseScripts(MathValue& symbol);

  bool ParseWord(const std::string& word, MathValue& out);

  bool ParseSign(const std::string& sign, MathValue& out);

  bool ParseBracket(char open, MathValue& out);

  // A group of LaTeX is a set when it has commas.
  bool ParseBrace(std::string_view close, MathKind kind, MathValue& out);

  bool ParseCommand(const std::string& name, MathValue& out);

  // {x}, or the single token behind a command; of "\frac12" the digit.
  bool ParseArgument(MathValue& out);

  bool ParseFraction(MathKind kind, std::string name, MathValue& out);

  bool ParseRoot(MathValue& out);

  bool ParseNamed(const std::string& command, MathValue& out);

  bool ParseClosed(std::string_view close, std::string function, MathValue& out);

  bool ParseFunction(std::string name, MathValue& out);

  // (a, b), or the factors behind the name: "\sin 2x".
  bool ParseCallArguments(MathValue& call);

  bool ParseMatrix(MathValue& out);

  std::vector<MathToken> tokens_;
  PercentMeaning percent_;
  std::size_t at_ = 0;
  std::size_t nodes_ = 0;
  int depth_ = 0;
  std::string problem_;
};

}  // namespace assay
