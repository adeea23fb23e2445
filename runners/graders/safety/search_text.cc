#include "runners/graders/safety/search_text.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <optional>

#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

constexpr UChar32 kTable = 0x3000;  // what most texts are written in is looked up, not computed

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string Utf8(UChar32 c) {
  std::string out;
  icu::UnicodeString(c).toUTF8String(out);
  return out;
}

// The instances live as long as the library.
const icu::Normalizer2& Normalizer(const icu::Normalizer2* (*get)(UErrorCode&)) {
  UErrorCode error = U_ZERO_ERROR;
  return *get(error);
}

std::string Decomposed(const icu::Normalizer2& normalizer, UChar32 c) {
  icu::UnicodeString decomposition;
  std::string out;
  if (!normalizer.getDecomposition(c, decomposition)) return Utf8(c);
  decomposition.toUTF8String(out);
  return out;
}

std::string VisibleForm(UChar32 c) {
  if (c < 0x80) return Utf8(c);
  if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return "";
  const int digit = u_charDigitValue(c);
  if (digit >= 0 && u_charType(c) == U_DECIMAL_DIGIT_NUMBER) return std::string(1, static_cast<char>('0' + digit));
  if (u_isUWhiteSpace(c)) return c == 0x2028 || c == 0x2029 || c == 0x85 ? "\n" : " ";
  if (u_charType(c) == U_DASH_PUNCTUATION || c == 0x2212) return "-";
  if (c == 0x3002) return ".";  // a full stop of East Asia is one in names of domains
  std::string form = Decomposed(Normalizer(&icu::Normalizer2::getNFKCInstance), c);
  return IsAscii(form) ? form : Utf8(c);
}

std::string FoldedForm(UChar32 c) {
  if (c >= 'A' && c <= 'Z') return std::string(1, static_cast<char>(c + ('a' - 'A')));
  if (u_isUWhiteSpace(c)) return " ";
  if (c < 0x80) return std::string(1, static_cast<char>(c));
  const int digit = u_charDigitValue(c);
  if (digit >= 0 && u_charType(c) == U_DECIMAL_DIGIT_NUMBER) return std::string(1, static_cast<char>('0' + digit));
  if (u_charType(c) == U_DASH_PUNCTUATION || c == 0x2212) return "-";
  if (c == 0x2019 || c == 0x2018) return "'";
  return Decomposed(Normalizer(&icu::Normalizer2::getNFKCCasefoldInstance), c);
}

using FormTable = std::array<std::string, kTable>;
FormTable TableOf(std::string (*form)(UChar32)) {
  FormTable table;
  for (UChar32 c = 0; c < kTable; ++c) table[c] = form(c);
  return table;
}

const FormTable& VisibleTable() {
  static const FormTable table = TableOf(&VisibleForm);
  return table;
}
const FormTable& FoldedTable() {
  static const FormTable table = TableOf(&FoldedForm);
  return table;
}

}  // namespace

class SearchTextBuilder {
 public:
  SearchTextBuilder(std::string_view source, std::string (*form)(UChar32), const FormTable& table, bool one_space) {
    out_.text_.reserve(source.size());
    out_.origin_.reserve(source.size());
    for (std::uint32_t place = 0; !source.empty(); ++place) {
      if (static_cast<unsigned char>(source.front()) < 0x80) {
        const char c = table[static_cast<unsigned char>(source.front())].front();
        source.remove_prefix(1);
        if (!(one_space && c == ' ' && out_.text_.ends_with(' '))) AddByte(c, place);
        continue;
      }
      const std::size_t length = CharacterLength(source);
      if (length == 0) {
        AddByte(source.front(), place);
        source.remove_prefix(1);
        continue;
      }
      UChar32 c = 0;
      std::size_t at = 0;
      U8_NEXT_UNSAFE(source.data(), at, c);
      source.remove_prefix(length);
      const std::string computed = c < kTable ? "" : form(c);
      const std::string& known = c < kTable ? table[c] : computed;
      if (!(one_space && known == " " && out_.text_.ends_with(' '))) Add(known, place);
    }
  }
  SearchText Take() { return std::move(out_); }

 private:
  void AddByte(char c, std::uint32_t place) {
    out_.text_.push_back(c);
    out_.origin_.push_back(place);
  }
  void Add(std::string_view form, std::uint32_t place) {
    out_.text_ += form;
    out_.origin_.resize(out_.text_.size(), place);
  }
  SearchText out_;
};

SearchText SearchText::Visible(std::string_view source) {
  if (IsAscii(source)) {
    SearchText out;
    out.text_ = source;
    return out;
  }
  return SearchTextBuilder(source, &VisibleForm, VisibleTable(), false).Take();
}

SearchText SearchText::Folded(std::string_view source) {
  return SearchTextBuilder(source, &FoldedForm, FoldedTable(), true).Take();
}

CodePoints SearchText::SourceOf(std::size_t begin, std::size_t end) const {
  if (origin_.empty()) return {begin, end};
  return {origin_[begin], origin_[end - 1] + std::size_t{1}};
}

SearchText SearchText::With(std::string text, const std::vector<std::uint32_t>& bytes) const {
  SearchText out;
  out.text_ = std::move(text);
  out.origin_.reserve(bytes.size());
  for (const std::uint32_t byte : bytes) out.origin_.push_back(origin_.empty() ? byte : origin_[byte]);
  return out;
}

}  // namespace assay
