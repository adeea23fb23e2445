#include "config/diagnostics.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

std::string RenderOne(const std::string& text, int line, int column, std::string path = "a.b") {
  Diagnostics diagnostics;
  diagnostics.AddSource("x.yaml", std::make_shared<const std::string>(text));
  diagnostics.Add({"x.yaml", line, column, std::move(path), "wrong"});
  return diagnostics.Render();
}

TEST(Diagnostics, RenderShowsTheSourceLineAndACaretUnderTheColumn) {
  EXPECT_EQ(RenderOne("kind: Suite\nname: \"x\"\n", 2, 7),
            "x.yaml:2:7: a.b: wrong\n"
            "    name: \"x\"\n"
            "          ^\n");
}

TEST(Diagnostics, CaretStaysUnderTheCharacterAfterTabsAndWideCharacters) {
  EXPECT_EQ(RenderOne("\tä: b", 1, 5), "x.yaml:1:5: a.b: wrong\n     ä: b\n        ^\n");
  EXPECT_EQ(RenderOne("日本: b", 1, 5), "x.yaml:1:5: a.b: wrong\n    日本: b\n          ^\n");
  EXPECT_EQ(RenderOne("e\xCC\x81: b", 1, 5), "x.yaml:1:5: a.b: wrong\n    e\xCC\x81: b\n       ^\n");
}

TEST(Diagnostics, BytesThatAreNoTextShowAsQuestionMarks) {
  EXPECT_EQ(RenderOne("a\xFF\x1B[31m: b", 1, 2), "x.yaml:1:2: a.b: wrong\n    a??[31m: b\n     ^\n");
  EXPECT_EQ(RenderOne("a\xE2\x80\xAE b\r\n", 1, 3), "x.yaml:1:3: a.b: wrong\n    a? b\n      ^\n");
}

TEST(Diagnostics, CaretBeyondTheEndStandsBehindTheLine) {
  EXPECT_EQ(RenderOne("ab\ncd", 1, 99), "x.yaml:1:99: a.b: wrong\n    ab\n      ^\n");
  EXPECT_EQ(RenderOne("ab", 7, 1), "x.yaml:7:1: a.b: wrong\n");
}

TEST(Diagnostics, LongLinesAreCutAroundTheCaret) {
  const std::string line = std::string(300, 'a') + "X" + std::string(300, 'b');
  EXPECT_EQ(RenderOne(line, 1, 301), "x.yaml:1:301: a.b: wrong\n    …" + std::string(60, 'a') + "X" +
                                         std::string(59, 'b') + "…\n    " + std::string(61, ' ') + "^\n");
  EXPECT_EQ(RenderOne(line, 1, 1), "x.yaml:1:1: a.b: wrong\n    " + std::string(120, 'a') + "…\n    ^\n");
  EXPECT_EQ(RenderOne(line, 1, 601),
            "x.yaml:1:601: a.b: wrong\n    …" + std::string(120, 'b') + "\n    " + std::string(120, ' ') + "^\n");
}

TEST(Diagnostics, LongLinesAreCutByCharactersAndHugeOnesNotShown) {
  std::string line;
  for (int i = 0; i < 200; ++i) line += "ä";
  std::string shown;
  for (int i = 0; i < 120; ++i) shown += "ä";
  EXPECT_EQ(RenderOne(line, 1, 200),
            "x.yaml:1:200: a.b: wrong\n    …" + shown + "\n    " + std::string(120, ' ') + "^\n");
  EXPECT_EQ(RenderOne(std::string(2 << 20, 'x'), 1, 5), "x.yaml:1:5: a.b: wrong\n");
}

// Errors go to logs of pipelines: what may be a secret is not shown, wherever on its line the error stands.
TEST(Diagnostics, LiteralKeysAreHidden) {
  struct Row {
    std::string line;
    std::string shown;
  };
  const Row rows[] = {
      {"  api_key: sk-123", "  api_key: [hidden]"},
      {"  api_key: \"sk-123", "  api_key: [hidden]"},
      {"{tmeout: 3, \"api_key\" : sk-123, url: x}", "{tmeout: 3, \"api_key\" : [hidden]"},
      {"apikey: sk-123", "apikey: [hidden]"},
      {"X-Api-Key: sk-123", "X-Api-Key: [hidden]"},
      {"headers: {Authorization: Bearer x}", "headers: {Authorization: [hidden]"},
      {"url: 'https://u:sk-1@h/v1'", "url: 'https://[hidden]"},
      {"url: https://h/v1 # a@b", "url: https://h/v1 # a@b"},
      {"api_key: {env: KEY}", "api_key: {env: KEY}"},
      {"api_key:", "api_key:"},
      {"key: value", "key: value"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(RenderOne(row.line, 1, 1), "x.yaml:1:1: a.b: wrong\n    " + row.shown + "\n    ^\n");
  }
}

TEST(Diagnostics, WhatIsNamedAsASecretIsHiddenToTheEndOfItsLine) {
  Diagnostics diagnostics;
  diagnostics.AddSource("x.yaml", std::make_shared<const std::string>("key:\n  sk-1 # a\n"));
  diagnostics.Add({"x.yaml", 2, 3, "", "wrong"});
  diagnostics.HideRestOfLine("x.yaml", {2, 5});
  diagnostics.HideRestOfLine("x.yaml", {2, 3});
  EXPECT_EQ(diagnostics.Render(), "x.yaml:2:3: wrong\n      [hidden]\n      ^\n");
}

TEST(Diagnostics, PartsThatAreAbsentLeaveNoTrace) {
  EXPECT_EQ(ToString({"f", 0, 0, "", "is missing"}), "f: is missing");
  EXPECT_EQ(ToString({"f", 3, 1, "", "odd"}), "f:3:1: odd");
  EXPECT_EQ(ToString({"", 0, 0, "p", "odd"}), "p: odd");
}

TEST(Diagnostics, SortedByFileAndPlaceAndRepeatsOnce) {
  Diagnostics diagnostics;
  diagnostics.Add({"b", 1, 1, "", "1"});
  diagnostics.Add({"a", 2, 1, "", "2"});
  diagnostics.Add({"a", 1, 9, "", "3"});
  diagnostics.Add({"a", 1, 9, "", "again"});
  diagnostics.Add({"a", 1, 9, "", "3"});
  diagnostics.Add({"a", 1, 10, "", "4"});
  std::string order;
  for (const Diagnostic& diagnostic : diagnostics.Sorted()) order += diagnostic.message + " ";
  EXPECT_EQ(order, "3 again 4 2 1 ");
  EXPECT_EQ(diagnostics.size(), 6u);
}

TEST(Diagnostics, KeepsABoundedNumberAndCountsTheRest) {
  Diagnostics diagnostics;
  for (int i = 1; i <= 1500; ++i) diagnostics.Add({"f", i, 1, "", "m"});
  EXPECT_EQ(diagnostics.size(), 1500u);
  EXPECT_EQ(diagnostics.Sorted().size(), Diagnostics::kMaxKept);
  EXPECT_TRUE(diagnostics.Render().ends_with("f:1000:1: m\nand 500 more errors\n"));
}

}  // namespace
}  // namespace assay
