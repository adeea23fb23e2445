#include "runners/graders/structure/schema_pattern.h"

#include <re2/re2.h>

#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace assay {
namespace {

// What ECMAScript calls white space, as the inside of a class.
constexpr std::string_view kSpace = "\\t\\n\\v\\f\\r \\x{a0}\\x{feff}\\x{2028}\\x{2029}\\p{Zs}";

// The long names of categories of Unicode.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kCategories = {{{"Letter", "L"},
                                                                                       {"Lowercase_Letter", "Ll"},
                                                                                       {"Uppercase_Letter", "Lu"},
                                                                                       {"Number", "N"},
                                                                                       {"Decimal_Number", "Nd"},
                                                                                       {"digit", "Nd"},
                                                                                       {"Punctuation", "P"},
                                                                                       {"Symbol", "S"},
                                                                                       {"Separator", "Z"}}};

bool AreHexDigits(std::string_view text, std::size_t count) {
  if (text.size() < count) return false;
  for (const char c : text.substr(0, count)) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return false;
  }
  return true;
}

class PatternTranslator {
 public:
  explicit PatternTranslator(std::string_view source) : rest_(source) {}

  std::string Run() {
    while (!rest_.empty()) Step();
    return std::move(out_);
  }

 private:
  void Step() {
    if (rest_[0] == '\\') {
      Escape();
    } else if (is_class_) {
      is_class_ = rest_[0] != ']';
      Copy(1);
    } else if (rest_.starts_with("[]")) {
      Put("[^\\x00-\\x{10FFFF}]", 2);  // nothing; RE2 would take the bracket as a member
    } else if (rest_.starts_with("[^]")) {
      Put("[\\x00-\\x{10FFFF}]", 3);
    } else if (rest_[0] == '[') {
      is_class_ = true;
      Copy(rest_.starts_with("[^") ? 2 : 1);
    } else if (rest_.starts_with("(?<") && !rest_.starts_with("(?<=") && !rest_.starts_with("(?<!")) {
      Put("(?P<", 3);
    } else {
      Copy(1);
    }
  }

  void Escape() {
    const char kind = rest_.size() > 1 ? rest_[1] : '\0';
    if (kind == 'u' && AreHexDigits(rest_.substr(2), 4)) {
      Put("\\x{" + std::string(rest_.substr(2, 4)) + "}", 6);
    } else if (kind == 'c' && rest_.size() > 2 && std::isalpha(static_cast<unsigned char>(rest_[2])) != 0) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      const auto code = static_cast<unsigned char>(rest_[2] & 31);
      Put(std::string("\\x") + kDigits[code >> 4] + kDigits[code & 15], 3);
    } else if (kind == 's') {
      Put(is_class_ ? std::string(kSpace) : "[" + std::string(kSpace) + "]", 2);
    } else if (kind == 'S' && !is_class_) {
      Put("[^" + std::string(kSpace) + "]", 2);
    } else if ((kind != 'p' && kind != 'P') || !Category()) {
      Copy(2);
    }
  }

  bool Category() {
    const std::size_t end = rest_.find('}');
    if (end == std::string_view::npos || rest_[2] != '{') return false;
    for (const auto& [name, category] : kCategories) {
      if (rest_.substr(3, end - 3) != name) continue;
      Put(std::string(rest_.substr(0, 3)) + std::string(category) + "}", end + 1);
      return true;
    }
    return false;
  }

  void Copy(std::size_t count) { Put(rest_.substr(0, count), std::min(count, rest_.size())); }
  void Put(std::string_view text, std::size_t instead_of) {
    out_ += text;
    rest_.remove_prefix(instead_of);
  }

  std::string_view rest_;
  std::string out_;
  bool is_class_ = false;
};

}  // namespace

Result<std::shared_ptr<const re2::RE2>> CompileSchemaPattern(const std::string& source) {
  RE2::Options options;
  options.set_log_errors(false);
  auto regex = std::make_shared<const RE2>(PatternTranslator(source).Run(), options);
  if (!regex->ok()) return Fail(ErrorCode::kInvalidArgument, "pattern: " + regex->error());
  return regex;
}

}  // namespace assay
