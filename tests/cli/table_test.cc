#include "cli/table.h"

#include <gtest/gtest.h>

#include <limits>

namespace assay {
namespace {

TEST(Table, AlignsColumnsByCharactersAndNotBytes) {
  Table table({"NAME", "STATE", "N"});
  table.Add({"größe", ColourState("PASS", true), "1"});
  table.Add({"x", "FAIL", "12"});
  EXPECT_EQ(table.Render(2),
            "  NAME   STATE  N\n"
            "  größe  \x1b[1;32mPASS\x1b[0m   1\n"
            "  x      FAIL   12\n");
}

TEST(Table, MarkdownCellsCannotBreakOut) {
  Table table({"A", "B"});
  table.Add({"a|b", "line\nbreak"});
  EXPECT_EQ(table.RenderMarkdown(), "| A | B |\n| --- | --- |\n| a\\|b | line break |\n");
}

TEST(FormatNumber, IsShortAndNeverInventsAValue) {
  EXPECT_EQ(FormatNumber(0.901234), "0.9012");
  EXPECT_EQ(FormatNumber(1995.883), "1996");
  EXPECT_EQ(FormatNumber(0.0), "0");
  EXPECT_EQ(FormatNumber(std::nullopt), "–");
  EXPECT_EQ(FormatNumber(std::numeric_limits<double>::infinity()), "–");
  EXPECT_EQ(FormatNumber(std::numeric_limits<double>::quiet_NaN()), "–");
}

// What a model wrote reaches the terminal of the person who reads the report.
TEST(Excerpt, DropsControlCharactersAndCutsAtCharacters) {
  EXPECT_EQ(Excerpt("a\x1b[31mred\x07\n\n  b", 40), "a[31mred b");
  EXPECT_EQ(Excerpt("ääää", 2), "ää…");
  EXPECT_EQ(Excerpt("  \n", 5), "");
}

}  // namespace
}  // namespace assay
