#include "cli/table.h"
#include "core/markdown.h"

#include <gtest/gtest.h>

#include <limits>

#include "cli/progress.h"

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

// What a model wrote reaches a comment on somebody's pull request.
TEST(EscapeMarkdown, LeavesNothingThatActs) {
  const std::pair<const char*, const char*> rows[] = {
      {"plain [0.5, 0.7] p95_latency", "plain [0.5, 0.7] p95_latency"},
      {"![x](http://h/p.png)", "![x]\\(http://h/p.png)"},
      {"<img src=x>", "\\<img src=x>"},
      {"a\\|b", "a\\\\\\|b"},
      {"`code`", "\\`code\\`"},
      {"ask @team", "ask &#64;team"},
      {"one\r\ntwo", "one  two"},
  };
  for (const auto& [text, escaped] : rows) EXPECT_EQ(EscapeMarkdown(text), escaped);
}

TEST(ProgressLine, FitsTheTerminal) {
  const auto line = [](std::size_t width) { return ProgressLine("gate g", 1, 2, "PENDING", width); };
  EXPECT_EQ(line(80), "gate g ███████████████░░░░░░░░░░░░░░░ 1/2 PENDING");
  EXPECT_EQ(line(49), line(80));
  EXPECT_EQ(line(48), "gate g 1/2 PENDING");
  EXPECT_EQ(line(18), "gate g 1/2 PENDING");
  EXPECT_EQ(line(10), "gate g 1/…");
  EXPECT_EQ(line(0), "g…");
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
  EXPECT_EQ(Excerpt("a\xC2\x9B"
                    "31mred \xE2\x80\xAE"
                    "b\xE2\x81\xA6 \xC2\xA0é–",
                    40),
            "a31mred b \xC2\xA0é–");
}

}  // namespace
}  // namespace assay
