#include "runners/graders/structure/sql_tokens.h"

#include <algorithm>
#include <array>

#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool IsNameCharacter(char c) { return IsNameStart(c) || IsDigit(c) || c == '$'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Longer ones first.
constexpr std::array<std::string_view, 27> kOperators = {"!~~*", "<=>", "->>", "#>>", "!~*", "~~*", "!~~", "<=", ">=",
                                                         "<>",   "!=",  "||",  "&&",  "::",  "->",  "#>",  "@>", "<@",
                                                         "?|",   "?&",  "~*",  "!~",  "~~",  "<<",  ">>",  ":=", "=>"};

class SqlTokenizer {
 public:
  SqlTokenizer(std::string_view text, SqlDialect dialect) : text_(text), dialect_(In(dialect)) {}

  Result<std::vector<SqlToken>> Run() {
    for (;;) {
      ASSAY_ASSIGN(const bool is_more, SkipBlanks());
      if (!is_more) break;
      const std::size_t begin = at_;
      const std::size_t line = line_;
      ASSAY_ASSIGN(SqlToken token, Next());
      token.text = text_.substr(begin, at_ - begin);
      token.line = line;
      if (token.kind == SqlTokenKind::kWord) token.name = NameOf(token.text);
      line_ += static_cast<std::size_t>(std::ranges::count(token.text, '\n'));
      tokens_.push_back(std::move(token));
    }
    tokens_.push_back({SqlTokenKind::kEnd, "", "", line_});
    return std::move(tokens_);
  }

 private:
  bool IsIn(SqlDialects dialects) const { return (dialect_ & dialects) != 0; }
  char Peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool Sees(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  std::unexpected<Error> Wrong(const std::string& what) const {
    return Fail(ErrorCode::kInvalidArgument, what + " in line " + std::to_string(line_));
  }

  // PostgreSQL folds names without quotes, the others compare without case.
  std::string NameOf(std::string_view word) const {
    std::string name(word);
    if (IsIn(kInPostgresql)) std::ranges::transform(name, name.begin(), Lower);
    return name;
  }

  // False at the end of the text.
  Result<bool> SkipBlanks() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v') {
        line_ += c == '\n' ? 1 : 0;
        ++at_;
      } else if (IsLineComment()) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (Sees("/*")) {
        ASSAY_TRY(SkipComment());
      } else {
        return true;
      }
    }
    return false;
  }

  bool IsLineComment() const {
    if (Sees("--")) {
      // In MySQL a blank must follow: 5--3 is 8.
      return !IsIn(kInMysql) || at_ + 2 == text_.size() || static_cast<unsigned char>(Peek(2)) <= ' ';
    }
    return Peek() == '#' && IsIn(kInMysql);
  }

  Status SkipComment() {
    if (IsIn(kInMysql) && (Sees("/*!") || Sees("/*M!"))) {
      return Fail(ErrorCode::kUnimplemented, "a comment that MySQL executes, in line " + std::to_string(line_));
    }
    const bool are_nested = IsIn(kInPostgresql | kInTsql);
    int depth = 0;
    for (std::size_t at = at_; at < text_.size(); ++at) {
      const std::string_view rest = text_.substr(at);
      if (rest.starts_with("*/")) {
        ++at;
        if (--depth > 0) continue;
        line_ += static_cast<std::size_t>(std::ranges::count(text_.substr(at_, at - at_), '\n'));
        at_ = at + 1;
        return {};
      }
      if (rest.starts_with("/*") && (depth == 0 || are_nested)) {
        ++depth;
        ++at;
      }
    }
    return Wrong("a comment that is not closed");
  }

  Result<SqlToken> Next() {
    const char c = Peek();
    if (c == '\'') return Text(IsIn(kInMysql));
    if (c == '"') return IsIn(kInMysql) ? Text(true) : QuotedName('"');
    if (c == '`' && IsIn(kInMysql | kInSqlite)) return QuotedName('`');
    if (c == '[' && IsIn(kInTsql | kInSqlite)) return QuotedName(']');
    if (c == '$' && IsIn(kInPostgresql) && !IsDigit(Peek(1))) return DollarText();
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return Number();
    if (IsPrefixedText(c)) {
      const bool has_escapes = IsIn(kInMysql) || Lower(c) == 'e';
      ++at_;
      return Text(has_escapes);
    }
    if (IsNameStart(c)) return Word();
    if (IsParameter(c)) return Parameter();
    for (const std::string_view symbol : kOperators) {
      if (!Sees(symbol)) continue;
      at_ += symbol.size();
      return SqlToken{SqlTokenKind::kSymbol, {}, {}, 0};
    }
    if (std::string_view("()[],;.=<>+-*/%^&|~!:@").find(c) == std::string_view::npos) {
      return Wrong("unexpected " + Quoted(text_.substr(at_, 1)));
    }
    ++at_;
    return SqlToken{SqlTokenKind::kSymbol, {}, {}, 0};
  }

  // N'…' and the like.
  bool IsPrefixedText(char c) const {
    if (Peek(1) != '\'') return false;
    const char lower = Lower(c);
    return lower == 'n' || lower == 'x' || lower == 'b' || (lower == 'e' && IsIn(kInPostgresql));
  }

  Result<SqlToken> Text(bool has_escapes) {
    const char quote = Peek();
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\' && has_escapes) {
        ++at_;
      } else if (text_[at_] == quote) {
        if (Peek(1) != quote) {
          ++at_;
          return SqlToken{SqlTokenKind::kText, {}, {}, 0};
        }
        ++at_;
      }
    }
    return Wrong("a text that is not closed");
  }

  // $tag$ … $tag$
  Result<SqlToken> DollarText() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && IsNameCharacter(text_[end]) && text_[end] != '$') ++end;
    if (end >= text_.size() || text_[end] != '$') return Wrong("unexpected \"$\"");
    const std::string_view tag = text_.substr(at_, end + 1 - at_);
    const std::size_t close = text_.find(tag, end + 1);
    if (close == std::string_view::npos) return Wrong("a text that is not closed");
    at_ = close + tag.size();
    return SqlToken{SqlTokenKind::kText, {}, {}, 0};
  }

  Result<SqlToken> QuotedName(char close) {
    SqlToken token{SqlTokenKind::kQuotedName, {}, {}, 0};
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == close) {
        if (Peek(1) != close) {
          ++at_;
          if (token.name.empty()) return Wrong("an empty name");
          return token;
        }
        ++at_;
      }
      token.name += text_[at_];
    }
    return Wrong("a quoted name that is not closed");
  }

  Result<SqlToken> Number() {
    if (Peek() == '0' && Lower(Peek(1)) == 'x' && IsHexDigit(Peek(2))) {
      at_ += 2;
      while (IsHexDigit(Peek())) ++at_;
    } else {
      while (IsDigit(Peek())) ++at_;
      if (Peek() == '.') ++at_;
      while (IsDigit(Peek())) ++at_;
      const std::size_t sign = Peek(1) == '+' || Peek(1) == '-' ? 2 : 1;
      if (Lower(Peek()) == 'e' && IsDigit(Peek(sign))) {
        at_ += sign;
        while (IsDigit(Peek())) ++at_;
      }
    }
    if (IsNameStart(Peek())) return Wrong("a number with letters");
    return SqlToken{SqlTokenKind::kNumber, {}, {}, 0};
  }

  Result<SqlToken> Word() {
    while (at_ < text_.size() && (IsNameCharacter(text_[at_]) || (text_[at_] == '#' && IsIn(kInTsql)))) ++at_;
    return SqlToken{SqlTokenKind::kWord, {}, {}, 0};
  }

  bool IsParameter(char c) const {
    if (c == '?') return !Sees("?|") && !Sees("?&");
    if (c == '$') return IsDigit(Peek(1)) || (IsIn(kInSqlite) && IsNameStart(Peek(1)));
    if (c == ':') return IsNameStart(Peek(1)) && Peek(1) != ':';
    return c == '@' && IsIn(kInMysql | kInTsql | kInSqlite) && (IsNameStart(Peek(1)) || Peek(1) == '@');
  }

  Result<SqlToken> Parameter() {
    ++at_;
    if (Peek() == '@') ++at_;
    while (at_ < text_.size() && IsNameCharacter(text_[at_])) ++at_;
    return SqlToken{SqlTokenKind::kParameter, {}, {}, 0};
  }

  std::string_view text_;
  SqlDialects dialect_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::vector<SqlToken> tokens_;
};

}  // namespace

Result<std::vector<SqlToken>> ReadSqlTokens(std::string_view text, SqlDialect dialect) {
  return SqlTokenizer(text, dialect).Run();
}

bool IsSqlWord(std::string_view text, std::string_view upper_case) {
  return text.size() == upper_case.size() && std::ranges::equal(text, upper_case, {}, Lower, Lower);
}

}  // namespace assay
