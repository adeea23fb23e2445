#include "daemon/cases_digest.h"

#include <charconv>

#include "daemon/store/text.h"

namespace assay {
namespace {

constexpr std::size_t kDigitsOfWord = 16;

std::uint64_t WordOf(std::string_view digits) {
  std::uint64_t word = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), word, 16);
  return word;
}

std::string DigitsOf(std::uint64_t word) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(kDigitsOfWord, '0');
  for (std::size_t i = kDigitsOfWord; i-- > 0; word >>= 4) text[i] = kDigits[word & 15];
  return text;
}

// As the store gives it back.
Json StoredText(std::string_view text) {
  std::string scratch;
  return Json(std::string(StorableText(text, scratch)));
}

}  // namespace

void CasesDigest::Add(std::string_view hash) {
  bool carries = false;
  for (std::size_t i = 0; i < sum_.size(); ++i) {
    const std::uint64_t word = WordOf(hash.substr((sum_.size() - 1 - i) * kDigitsOfWord, kDigitsOfWord));
    const std::uint64_t sum = sum_[i] + word;
    const std::uint64_t with_carry = sum + (carries ? 1 : 0);
    carries = sum < word || with_carry < sum;
    sum_[i] = with_carry;
  }
}

std::string CasesDigest::Text() const {
  std::string text = "sha256-sum:";
  for (std::size_t i = sum_.size(); i-- > 0;) text += DigitsOf(sum_[i]);
  return text;
}

void ExactCasesDigest::Add(const CaseRow& row, const Json& fields) {
  Json slices{Json::Object{}};
  for (const SliceValue& slice : row.slices) slices.Set(slice.slice, StoredText(slice.value));
  sum_.Update(R"({"fields":)");
  sum_.Update(fields.DumpCanonical());
  sum_.Update(R"(,"id":)");
  sum_.Update(StoredText(row.id).DumpCanonical());
  sum_.Update(R"(,"slices":)");
  sum_.Update(slices.DumpCanonical());
  sum_.Update("}\n");
}

std::string ExactCasesDigest::Text() { return "sha256:" + sum_.FinishHex(); }

}  // namespace assay
