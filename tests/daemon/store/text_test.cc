#include "daemon/store/text.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(StorableText, KeepsWhatIsUtf8AndReplacesTheRest) {
  const std::string_view cases[][2] = {
      {"", ""},
      {"plain", "plain"},
      {"é漢🙂", "é漢🙂"},
      {std::string_view("\0", 1), "\uFFFD"},
      {"\x80", "\uFFFD"},
      {"\xc3", "\uFFFD"},
      {"a\xe6\xbc", "a\uFFFD\uFFFD"},
      {"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},  // a surrogate
      {"\xf8\x88\x80\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"},
  };
  for (const auto& [text, expected] : cases) {
    std::string scratch;
    EXPECT_EQ(StorableText(text, scratch), expected);
  }
}

}  // namespace
}  // namespace assay
