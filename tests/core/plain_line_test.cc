#include "core/plain_line.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(PlainLines, AreLeftAsTheyAre) {
  for (const char* plain : {"", "stop", "schön", "שלום", "日本", "😀", "a b", "\u00A0", "a\u200Db"}) {
    EXPECT_TRUE(IsPlainLine(plain)) << plain;
    EXPECT_EQ(PlainLine(plain), plain);
  }
}

TEST(PlainLines, AreMadeOfOthersByEscapes) {
  for (const auto& [text, shown] :
       std::initializer_list<std::pair<std::string, std::string>>{{"a\nb\rc\td", "a\\nb\\x0dc\\td"},
                                                                  {"\x1b[2J", "\\x1b[2J"},
                                                                  {"\u009B31m", "\\x9b31m"},
                                                                  {"\u202Eliaf", "\\u202eliaf"},
                                                                  {"\u2028", "\\u2028"},
                                                                  {"\U000E0041", "\\U000e0041"},
                                                                  {"\xE2\x80", "\\xe2\\x80"},
                                                                  {std::string(1, '\0'), "\\x00"}}) {
    EXPECT_FALSE(IsPlainLine(text)) << shown;
    EXPECT_EQ(PlainLine(text), shown);
  }
}

}  // namespace
}  // namespace assay
