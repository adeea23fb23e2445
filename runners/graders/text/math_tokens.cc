#include "runners/graders/text/math_tokens.h"

#include <algorithm>
#include <array>
#include <utility>

#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

constexpr std::size_t kMostDigits = 256;  // of one number

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Characters of Unicode and what they are in LaTeX.
constexpr std::array<std::pair<char32_t, std::string_view>, 37> kCharacters = {{
    {U'−', "-"},         {U'–', "-"},         {U'×', "\\times "},  {U'÷', "/"},         {U'·', "\\cdot "},
    {U'∙', "\\cdot "},   {U'⋅', "\\cdot "},   {U'√', "\\sqrt "},   {U'π', "\\pi "},     {U'∞', "\\infty "},
    {U'≤', "<="},        {U'≥', ">="},        {U'⩽', "<="},        {U'⩾', ">="},        {U'≠', "!="},
    {U'∪', "\\cup "},    {U'∈', "\\in "},     {U'±', "\\pm "},     {U'°', "^\\circ "},  {U'∅', "\\emptyset "},
    {U'½', "\\frac12 "}, {U'⅓', "\\frac13 "}, {U'⅔', "\\frac23 "}, {U'¼', "\\frac14 "}, {U'¾', "\\frac34 "},
    {U'²', "^2 "},       {U'³', "^3 "},       {U'θ', "\\theta "},  {U'α', "\\alpha "},  {U'β', "\\beta "},
    {U'’', "'"},         {U'ℝ', "\\R "},      {U'φ', "\\phi "},    {U'λ', "\\lambda "}, {U'∠', "\\angle "},
    {U'′', "'"},         {U'，', ","},
}};

std::string InLatex(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char32_t c = TakeCharacter(text);
    const auto found =
        std::find_if(kCharacters.begin(), kCharacters.end(), [c](const auto& entry) { return entry.first == c; });
    if (found != kCharacters.end()) {
      out += found->second;
    } else if (IsSpaceCharacter(c)) {
      out += ' ';
    } else {
      out += Utf8Of(c);
    }
  }
  return out;
}

template <std::size_t N>
bool IsAmong(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Commands that change the look only.
constexpr std::array<std::string_view, 27> kLooks = {
    "left",      "right", "big",   "Big",        "bigg",   "Bigg",   "bigl",   "bigr",        "Bigl",
    "Bigr",      "biggl", "biggr", "quad",       "qquad",  "limits", "large",  "Large",       "displaystyle",
    "textstyle", "bf",    "rm",    "boldsymbol", "mathbf", "mathit", "mathsf", "scriptstyle", "bm"};
constexpr std::array<std::string_view, 8> kTexts = {"text",   "mbox",         "textbf", "textit",
                                                    "mathrm", "operatorname", "textrm", "textnormal"};

class Lexer {
 public:
  explicit Lexer(std::string text) : text_(std::move(text)) {}

  std::expected<std::vector<MathToken>, std::string> Run() {
    while (at_ < text_.size() && error_.empty()) Step();
    if (!error_.empty()) return std::unexpected(error_);
    tokens_.push_back({MathTokenKind::kEnd, "", false});
    return std::move(tokens_);
  }

 private:
  char At(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  bool Has(std::string_view what) const { return std::string_view(text_).substr(at_).starts_with(what); }

  void Add(MathTokenKind kind, std::string text) {
    tokens_.push_back({kind, std::move(text), is_spaced_});
    is_spaced_ = false;
  }

  void Step() {
    const char c = text_[at_];
    if (c == ' ' || c == '~') {
      is_spaced_ = true;
      ++at_;
    } else if (IsDigit(c) || (c == '.' && IsDigit(At(at_ + 1)))) {
      ReadNumber();
    } else if (IsLetter(c)) {
      ReadWord();
    } else if (c == '\\') {
      ReadCommand();
    } else if (c == '$') {
      // The sign of mathematics, or of dollars before a number: it says nothing that a unit would not.
      ++at_;
    } else {
      ReadSign();
    }
  }

  // Whether "1,234" and "1,234,567.8" are one number: outside of brackets, and so the whole run.
  std::size_t GroupedEnd() const {
    if (depth_ > 0) return at_;
    std::size_t end = at_;
    while (IsDigit(At(end))) ++end;
    if (end - at_ > 3 || end == at_) return at_;
    bool is_grouped = false;
    while (At(end) == ',' && IsDigit(At(end + 1)) && IsDigit(At(end + 2)) && IsDigit(At(end + 3)) &&
           !IsDigit(At(end + 4))) {
      end += 4;
      is_grouped = true;
    }
    // A list whose last number is short is no grouping: "1,234,5".
    return is_grouped && !(At(end) == ',' && IsDigit(At(end + 1))) ? end : at_;
  }

  void ReadNumber() {
    std::string digits;
    const std::size_t grouped = GroupedEnd();
    for (; at_ < grouped; ++at_) {
      if (IsDigit(text_[at_])) digits += text_[at_];
    }
    while (IsDigit(At(at_))) digits += text_[at_++];
    if (At(at_) == '.' && (IsDigit(At(at_ + 1)) || Has(".\\overline{"))) {
      digits += text_[at_++];
      while (IsDigit(At(at_))) digits += text_[at_++];
    }
    if (digits.size() > kMostDigits) {
      error_ = "a number of more than 256 digits";
      return;
    }
    const bool has_exponent =
        (At(at_) == 'e' || At(at_) == 'E') &&
        (IsDigit(At(at_ + 1)) || ((At(at_ + 1) == '-' || At(at_ + 1) == '+') && IsDigit(At(at_ + 2))));
    Add(MathTokenKind::kNumber, std::move(digits));
    if (!has_exponent) return;
    Add(MathTokenKind::kCommand, "times");
    Add(MathTokenKind::kNumber, "10");
    Add(MathTokenKind::kSign, "^");
    ++at_;
    std::string exponent;
    if (At(at_) == '-' || At(at_) == '+') exponent += text_[at_++];
    if (exponent == "-") Add(MathTokenKind::kSign, "-");
    std::string power;
    while (IsDigit(At(at_)) && power.size() <= kMostDigits) power += text_[at_++];
    Add(MathTokenKind::kNumber, std::move(power));
  }

  void ReadWord() {
    std::size_t end = at_;
    while (IsLetter(At(end))) ++end;
    const std::string_view word = std::string_view(text_).substr(at_, end - at_);
    if (word.size() == 1) {
      Add(MathTokenKind::kLetter, std::string(word));
    } else {
      Add(MathTokenKind::kWord, std::string(word));
    }
    at_ = end;
  }

  void ReadCommand() {
    ++at_;
    if (!IsLetter(At(at_))) {
      const char c = At(at_);
      if (at_ < text_.size()) ++at_;
      if (c == '{' || c == '}') {
        Add(MathTokenKind::kSign, std::string("\\") + c);
        depth_ += c == '{' ? 1 : -1;
      } else if (c == '\\') {
        Add(MathTokenKind::kSign, "\\\\");
      } else if (c == '%') {
        Add(MathTokenKind::kSign, "%");
      } else if (c == '|') {
        Add(MathTokenKind::kSign, "|");
      } else if (c == ' ') {
        is_spaced_ = true;
      } else if (std::string_view(",;:!()[]$&#_").find(c) == std::string_view::npos) {
        error_ = "unknown LaTeX";
      }
      return;
    }
    std::string name;
    while (IsLetter(At(at_))) name += text_[at_++];
    if (IsAmong(kLooks, name)) {
      // "\left." is no bracket at all.
      if ((name == "left" || name == "right") && At(at_) == '.') ++at_;
    } else if (IsAmong(kTexts, name)) {
      ReadText();
    } else {
      if (name == "dfrac" || name == "tfrac" || name == "cfrac") name = "frac";
      Add(MathTokenKind::kCommand, std::move(name));
    }
  }

  void ReadText() {
    while (At(at_) == ' ') ++at_;
    if (At(at_) != '{') return;
    const std::size_t begin = ++at_;
    for (int depth = 1; at_ < text_.size(); ++at_) {
      if (text_[at_] == '{') ++depth;
      if (text_[at_] == '}' && --depth == 0) break;
    }
    Add(MathTokenKind::kText, WithSingleSpaces(std::string_view(text_).substr(begin, at_ - begin)));
    if (at_ < text_.size()) ++at_;
  }

  void ReadSign() {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPairs = {
        {{"**", "^"}, {"<=", "<="}, {">=", ">="}, {"!=", "!="}, {"==", "="}, {"{,}", ","}}};
    for (const auto& [written, meant] : kPairs) {
      if (!Has(written)) continue;
      at_ += written.size();
      // "1{,}234": the braces keep LaTeX from putting a space there.
      if (written == "{,}" && !tokens_.empty() && tokens_.back().kind == MathTokenKind::kNumber && IsDigit(At(at_))) {
        std::string& number = tokens_.back().text;
        while (IsDigit(At(at_)) && number.size() <= kMostDigits) number += text_[at_++];
        return;
      }
      Add(MathTokenKind::kSign, std::string(meant));
      return;
    }
    const char c = text_[at_];
    if (c == '(' || c == '[' || c == '{') ++depth_;
    if (c == ')' || c == ']' || c == '}') --depth_;
    std::string_view rest = std::string_view(text_).substr(at_);
    TakeCharacter(rest);
    const std::size_t size = text_.size() - at_ - rest.size();
    Add(MathTokenKind::kSign, text_.substr(at_, size));
    at_ += size;
  }

  std::string text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool is_spaced_ = false;
  std::vector<MathToken> tokens_;
  std::string error_;
};

}  // namespace

std::expected<std::vector<MathToken>, std::string> MathTokens(std::string_view text) {
  std::string latex = InLatex(text);
  // "15,\!000": a negative space within a number.
  for (std::size_t at; (at = latex.find("\\!")) != std::string::npos;) latex.erase(at, 2);
  return Lexer(std::move(latex)).Run();
}

std::string UnitOf(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 27> kNames = {
      {{"meter", "m"},      {"metre", "m"},      {"centimeter", "cm"}, {"centimetre", "cm"}, {"millimeter", "mm"},
       {"kilometer", "km"}, {"kilometre", "km"}, {"inch", "in"},       {"inche", "in"},      {"feet", "ft"},
       {"foot", "ft"},      {"yard", "yd"},      {"mile", "mi"},       {"second", "s"},      {"sec", "s"},
       {"minute", "min"},   {"hour", "h"},       {"hr", "h"},          {"gram", "g"},        {"kilogram", "kg"},
       {"liter", "l"},      {"litre", "l"},      {"degree", "degree"}, {"dollar", "$"},      {"pound", "lb"},
       {"ounce", "oz"},     {"mph", "mi/h"}}};
  std::string unit = LowerCased(Trimmed(word));
  while (unit.ends_with('.')) unit.pop_back();
  if (unit.size() > 3 && unit.ends_with('s')) unit.pop_back();
  for (const auto& [name, symbol] : kNames) {
    if (unit == name) return std::string(symbol);
  }
  return unit;
}

}  // namespace assay
