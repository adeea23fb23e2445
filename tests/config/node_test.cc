#include "config/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/config/plugin_tables.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Lines;

Node Parse(const std::string& text) {
  Diagnostics diagnostics;
  const auto documents = ParseYaml("x.yaml", text, diagnostics);
  EXPECT_THAT(Lines(diagnostics), IsEmpty()) << text;
  return documents.empty() ? Node() : documents[0].root;
}

std::string JsonOf(const std::string& text) { return Parse(text).ToJson().Dump(); }

std::vector<std::string> Errors(const std::string& text, const YamlLimits& limits = {}) {
  Diagnostics diagnostics;
  ParseYaml("x.yaml", text, diagnostics, limits);
  return Lines(diagnostics);
}

TEST(Node, TypesScalarsByTheCoreSchema) {
  const std::pair<const char*, const char*> cases[] = {{"1", "1"},
                                                       {"-7", "-7"},
                                                       {"+7", "7"},
                                                       {"007", "7"},
                                                       {"0x1F", "31"},
                                                       {"0o17", "15"},
                                                       {"1e3", "1000.0"},
                                                       {".5", "0.5"},
                                                       {"5.", "5.0"},
                                                       {"+.5e-1", "0.05"},
                                                       {"true", "true"},
                                                       {"FALSE", "false"},
                                                       {"null", "null"},
                                                       {"~", "null"},
                                                       {"Null", "null"},
                                                       {"yes", "\"yes\""},
                                                       {"no", "\"no\""},
                                                       {"on", "\"on\""},
                                                       {"y", "\"y\""},
                                                       {"tRUE", "\"tRUE\""},
                                                       {"'1'", "\"1\""},
                                                       {"\"true\"", "\"true\""},
                                                       {"\"\"", "\"\""},
                                                       {"!!str 12", "\"12\""},
                                                       {"! 12", "\"12\""},
                                                       {"!!int 12", "12"},
                                                       {"!!float 12", "12"},
                                                       {"1_000", "\"1_000\""},
                                                       {"0b11", "\"0b11\""},
                                                       {"1:30", "\"1:30\""},

                                                       {"0x", "\"0x\""},
                                                       {".", "\".\""},
                                                       {"1e", "\"1e\""},
                                                       {"2026-01-02", "\"2026-01-02\""},
                                                       {"1.2.3", "\"1.2.3\""},
                                                       {"9223372036854775807", "9223372036854775807"},
                                                       {"9223372036854775808", "9223372036854775808.0"},
                                                       {"-9223372036854775808", "-9223372036854775808"},
                                                       {"|\n  a\n  b\n", "\"a\\nb\\n\""},
                                                       {">-\n  a\n  b\n", "\"a b\""}};
  for (const auto& [text, json] : cases) {
    const Node node = Parse(std::string("v: ") + text);
    ASSERT_TRUE(node.Find("v")) << text;
    const auto expected = Json::Parse(json);
    EXPECT_EQ(node.Find("v")->ToJson(), *expected) << text << " is " << node.Find("v")->ToJson().Dump();
  }
}

TEST(Node, JsonIsReadTheSameWay) {
  const std::string text =
      R"({"a":1,"b":[true,null,"x\/\n\u00e4\ud83d\ude00"],"c":{"d":1.5e2},"e":"\\ud83d\\ude00", "f": ""})";
  EXPECT_EQ(Parse(text).ToJson(), *Json::Parse(text));
  const std::string tabs = "{\n\t\"a\": [\n\t\t1,\n\t\t2\n\t]\n}\n";
  EXPECT_EQ(Parse(tabs).ToJson(), *Json::Parse(tabs));
}

TEST(Node, PlacesAfterJoinedSurrogatesAreThoseOfTheSource) {
  const Node node = Parse(R"({"a": "\ud83d\ude00", "b": 7})");
  EXPECT_EQ(node.Find("a")->as_string(), "\xF0\x9F\x98\x80");
  EXPECT_EQ(node.Find("b")->position(), (Position{1, 28}));
}

TEST(Node, EscapesOutsideOfJsonStayAsTheyAre) { EXPECT_EQ(JsonOf("a: '\\ud83d\\ude00'"), R"({"a":"\\ud83d\\ude00"})"); }

TEST(Node, KnowsPlacesPathsAndFile) {
  const Node root = Parse("kind: Suite\nlist:\n  - {name: x,  v: 1}\n  - name: ä\n    käse: 2\n");
  EXPECT_EQ(root.position(), (Position{1, 1}));
  EXPECT_EQ(root.path(), "");
  EXPECT_EQ(root.file(), "x.yaml");
  const Node list = *root.Find("list");
  EXPECT_EQ(list.position(), (Position{3, 3}));
  EXPECT_EQ(list.key_position(), (Position{2, 1}));
  const Node value = *list.at(0).Find("v");
  EXPECT_EQ(value.path(), "list[0].v");
  EXPECT_EQ(value.position(), (Position{3, 19}));
  EXPECT_EQ(value.key_position(), (Position{3, 16}));
  const Node cheese = *list.at(1).Find("käse");
  EXPECT_EQ(cheese.path(), "list[1][\"käse\"]");
  EXPECT_EQ(cheese.position(), (Position{5, 11}));  // characters, not bytes
}

TEST(Node, EmptyValuesStandWhereTheirKeyIs) {
  const Node root = Parse("a:\nnull_like: 1\nb: ~\nc: {d: , e: 2}\nf:   # nothing\n\n\ng: 1\n");
  EXPECT_EQ(root.Find("a")->position(), (Position{1, 1}));
  EXPECT_EQ(root.Find("b")->position(), (Position{3, 4}));
  EXPECT_EQ(root.Find("c")->Find("d")->position(), (Position{4, 5}));
  EXPECT_EQ(root.Find("f")->position(), (Position{5, 1}));
}

TEST(Node, EmptyListItemsStandWhereTheirDashIs) {
  const Node root = Parse("a:\n  - 1\n  -  # - nothing\n\n  -\n# - end\nb: [{c: 1}, ~]\n");
  EXPECT_EQ(root.Find("a")->at(1).position(), (Position{3, 3}));
  EXPECT_EQ(root.Find("a")->at(2).position(), (Position{5, 3}));
  EXPECT_EQ(root.Find("b")->at(1).position(), (Position{7, 13}));
}

TEST(Node, SeveralDocumentsKeepTheirTextAndLines) {
  Diagnostics diagnostics;
  const auto documents =
      ParseYaml("x", "# first\na: 1\n---\n# only a comment\n---\n  b: 2\n  c: 3\n...\n--- {d: 4}\n", diagnostics);
  EXPECT_THAT(Lines(diagnostics), IsEmpty());
  ASSERT_EQ(documents.size(), 3u);
  EXPECT_EQ(documents[0].text, "# first\na: 1\n");
  EXPECT_EQ(documents[1].text, "  b: 2\n  c: 3\n");
  EXPECT_EQ(documents[1].root.Find("b")->position(), (Position{6, 6}));
  EXPECT_EQ(documents[2].text, " {d: 4}\n");
}

TEST(Node, DocumentTextParsesToTheSameValue) {
  Diagnostics diagnostics;
  const std::string text = "a: |\n  x\n   ---\n  y\n---\n- 1\n- {b: \"--- no marker\"}\n--- text\n";
  const auto documents = ParseYaml("x", text, diagnostics);
  ASSERT_EQ(documents.size(), 3u);
  for (const YamlDocument& document : documents) {
    EXPECT_EQ(Parse(document.text).ToJson(), document.root.ToJson()) << document.text;
  }
}

TEST(Node, AnchorsAndMergeKeys) {
  EXPECT_EQ(JsonOf("a: &x {p: 1}\nb: *x\n"), R"({"a":{"p":1},"b":{"p":1}})");
  EXPECT_EQ(JsonOf("a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n"), R"({"a":{"p":1,"q":2},"b":{"q":3,"p":1}})");
  EXPECT_EQ(JsonOf("b:\n  q: 3\n  <<: [{q: 1, r: 1}, {r: 2, s: 2}]\n"), R"({"b":{"q":3,"r":1,"s":2}})");
  EXPECT_EQ(JsonOf("a: &x {p: 1}\nb: &y {<<: *x, q: 2}\nc: {<<: *y}\n"),
            R"({"a":{"p":1},"b":{"q":2,"p":1},"c":{"q":2,"p":1}})");
  EXPECT_EQ(JsonOf("\"<<\": 1\n"), R"({"<<":1})");
  EXPECT_EQ(JsonOf("- &k name\n- *k\n"), R"(["name","name"])");
}

TEST(Node, MergedMembersKeepTheirOwnPlace) {
  const Node root = Parse("a: &x\n  p: 1\nb:\n  <<: *x\n");
  EXPECT_EQ(root.Find("b")->Find("p")->position(), (Position{2, 6}));
  EXPECT_EQ(root.Find("b")->Find("p")->path(), "b.p");
}

TEST(Node, WithoutLeavesTheOtherMembersAndTheirPlaces) {
  const Node root = Parse("a: 1\nb: 2\nc: 3\n");
  const std::vector<std::string> names = {"a", "c", "zzz"};
  EXPECT_EQ(root.Without(names).ToJson().Dump(), R"({"b":2})");
  EXPECT_EQ(root.Without(names).Find("b")->position(), (Position{2, 4}));
  EXPECT_EQ(root.size(), 3u);
}

TEST(Node, DescribeNamesWhatStandsThere) {
  const Node root = Parse("a: 0x1F\nb: [1]\nc: {}\nd: 'a\"b'\ne:\nf: " + std::string(60, 'x') + "\n");
  EXPECT_EQ(root.Find("a")->Describe(), "0x1F");
  EXPECT_EQ(root.Find("b")->Describe(), "a list");
  EXPECT_EQ(root.Find("c")->Describe(), "a mapping");
  EXPECT_EQ(root.Find("d")->Describe(), R"("a\"b")");
  EXPECT_EQ(root.Find("e")->Describe(), "nothing");
  EXPECT_EQ(root.Find("f")->Describe(), "\"" + std::string(40, 'x') + "…\"");
}

TEST(Node, RefusesWhatCannotBeMeant) {
  const std::pair<const char*, const char*> cases[] = {
      {"a: 1\nb: 2\n\"a\": 3\n", "3:1 key \"a\" appears twice; first on line 1"},
      {"a: 1\n1: 2\n0x1: 3\n'1': 4\n", "4:1 key \"1\" appears twice; first on line 2"},
      {"a: .inf\n", "1:4 \".inf\" is no finite number; put it in quotes if it is text"},
      {"a: .NaN\n", "1:4 \".NaN\" is no finite number; put it in quotes if it is text"},
      {"a: 1e999\n", "1:4 \"1e999\" is no finite number; put it in quotes if it is text"},
      {"a: !!int x\n", "1:4 \"x\" does not fit its tag !!int"},
      {"a: !secret x\n", "1:4 tag \"!secret\" is not supported; remove it"},
      {"a: !!set {x}\n", "1:4 tag \"tag:yaml.org,2002:set\" is not supported; remove it"},
      {"? [a]\n: 1\n", "1:3 a key must be text, got a list or mapping"},
      {"~: 1\n", "1:1 a key must be text"},
      {"a: &x [*x]\n", "1:8 the alias stands inside of what it names"},
      {"a: &x {b: {c: *x}}\n", "1:15 the alias stands inside of what it names"},
      {"<<: 3\n", "1:5 `<<` merges a mapping or a list of mappings"},
      {"<<: [{a: 1}, 2]\n", "1:5 `<<` merges a mapping or a list of mappings"},
      {"<<: {a: 1}\n<<: {b: 1}\n", "2:1 key \"<<\" appears twice; merge several mappings with a list"},
      {",\n", "1:1 not valid YAML: this begins no value"},
      {"a: 1\n---\n, b\n", "3:1 not valid YAML: this begins no value"},
      {"}\n", "1:1 not valid YAML: illegal flow end"},
      {"{a: 1} {b: 2}\n", "1:8 text after the end of the document; separate documents with a line `---`"},
      {"a: \"\x01\"\n", "1:5 control character 0x01 is not allowed; write it as an escape in double quotes"},
      {"a: \xC3\x28\n", "1:4 not valid UTF-8; save the file as UTF-8"},
      {"a: \xED\xA0\x80\n", "1:4 not valid UTF-8; save the file as UTF-8"}};
  for (const auto& [text, error] : cases) EXPECT_THAT(Errors(text), ElementsAre(error)) << text;
}

TEST(Node, SyntaxErrorsHavePlaces) {
  const std::pair<const char*, const char*> cases[] = {
      {"a: [1, 2\nb: 3\n", "2:2"}, {"a: 1\n  b: 2\n", "2:4"}, {"a: \"x\n", "1:4"},      {"a: 'it''s\n\n", "1:4"},
      {"a: &b \"x\\\"\n", "1:4"},  {"a: *nope\n", "1:4"},     {"a: 1\n b: 2\n", "2:3"}, {"a: b: c\n", "1:5"},
      {"a: 1\n\tb: 2\n", "2:1"},   {"a: [1, 2\n", "2:1"},     {"a: {b: 1,\n", "2:1"},   {"\"a: 1\n", "1:1"}};
  for (const auto& [text, place] : cases) {
    const auto errors = Errors(text);
    ASSERT_EQ(errors.size(), 1u) << text;
    EXPECT_TRUE(errors[0].starts_with(std::string(place) + " not valid YAML: ")) << text << errors[0];
  }
}

TEST(Node, DocumentsBeforeASyntaxErrorAreReturned) {
  Diagnostics diagnostics;
  EXPECT_EQ(ParseYaml("x", "a: 1\n---\nb: [\n", diagnostics).size(), 1u);
  EXPECT_EQ(diagnostics.size(), 1u);
}

TEST(Node, AliasesCannotGrowBeyondTheBounds) {
  std::string laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string name = "a" + std::to_string(i);
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += name + ": &" + name + " [" + before;
    for (int k = 1; k < 10; ++k) laughs += ", " + before;
    laughs += "]\n";
  }
  EXPECT_THAT(
      Errors(laughs),
      ElementsAre(::testing::HasSubstr("more than 1000000 values, counting aliases as often as they are used")));

  std::string merges = "m0: &m0 {k: &v [" + std::string(2000, '1') + "]}\n";
  merges = "v: &v '" + std::string(1 << 20, 'x') + "'\nlist: [";
  for (int i = 0; i < 100; ++i) merges += i == 0 ? "*v" : ", *v";
  EXPECT_THAT(Errors(merges + "]\n"), ElementsAre(::testing::HasSubstr("more than 67108864 bytes, counting aliases")));
}

TEST(Node, MergesCountAsOftenAsTheyAreUsed) {
  std::string text = "base: &b {";
  for (int i = 0; i < 100; ++i) text += (i > 0 ? ", k" : "k") + std::to_string(i) + ": 1";
  text += "}\n";
  for (int i = 0; i < 100; ++i) text += "u" + std::to_string(i) + ": {<<: *b}\n";
  EXPECT_THAT(Errors(text, {.nodes = 5000}), ElementsAre(::testing::HasSubstr("more than 5000 values")));
  EXPECT_THAT(Errors(text), IsEmpty());
}

TEST(Node, DepthIsBounded) {
  const auto nested = [](int levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  EXPECT_THAT(Errors(nested(64)), IsEmpty());
  EXPECT_THAT(Errors(nested(65)), ElementsAre("1:65 nested deeper than 64 levels"));
  EXPECT_EQ(Errors(nested(100'000)).size(), 1u);
  EXPECT_EQ(Errors(std::string(100'000, '{')).size(), 1u);
  // Through an alias as well.
  EXPECT_THAT(Errors("a: &a " + nested(40) + "\nb: " + std::string(30, '[') + "*a" + std::string(30, ']') + "\n"),
              ElementsAre(::testing::HasSubstr("nested deeper than 64 levels")));
}

TEST(Node, PlacesOnALongLineAreExactAndCheap) {
  // Quadratic look-ups would take minutes here.
  std::string text = "[";
  for (int i = 0; i < 200'000; ++i) text += "\"ä\",";
  const Node root = Parse(text + "1]");
  ASSERT_EQ(root.size(), 200'001u);
  for (const std::size_t index : {0, 1, 63, 64, 65, 1000, 199'999}) {
    EXPECT_EQ(root.at(index).position(), (Position{1, static_cast<int>(index) * 4 + 2}));
  }
}

TEST(Node, SizeIsBounded) {
  EXPECT_THAT(Errors(std::string(11, ' '), {.bytes = 10}), ElementsAre("0:0 larger than 10 bytes"));
}

TEST(Node, AByteOrderMarkAndCrLfAreAccepted) {
  const Node root = Parse(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: x\r\n");
  EXPECT_EQ(root.ToJson().Dump(), R"({"a":1,"b":"x"})");
  EXPECT_EQ(root.Find("b")->position(), (Position{2, 4}));
}

TEST(Node, NothingIsNoDocument) {
  Diagnostics diagnostics;
  EXPECT_TRUE(ParseYaml("x", "", diagnostics).empty());
  EXPECT_TRUE(ParseYaml("x", "# comment\n---\n", diagnostics).empty());
  EXPECT_TRUE(diagnostics.empty());
}

TEST(Node, AMissingFileIsOneDiagnostic) {
  Diagnostics diagnostics;
  EXPECT_TRUE(ReadYamlFile("/nonexistent/x.yaml", diagnostics).empty());
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(diagnostics.Sorted()[0].line, 0);
}

}  // namespace
}  // namespace assay
