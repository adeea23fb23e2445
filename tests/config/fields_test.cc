#include "config/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/config/plugin_tables.h"

namespace assay {

enum class Colour { kRed, kGreen };
template <>
struct EnumWords<Colour> {
  static constexpr EnumWord<Colour> kWords[] = {{"red", Colour::kRed, "warm"}, {"green", Colour::kGreen, "calm"}};
  static constexpr std::string_view kNotYet[] = {"blue"};
};

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Lines;

struct Inner {
  std::string word;
  std::optional<std::string> other;
  static const FieldTable<Inner>& Fields() {
    static const auto table = FieldTable<Inner>()
                                  .Optional("word", &Inner::word, "a word", {.form = TextForm::kName})
                                  .Optional("other", &Inner::other, "another")
                                  .ExactlyOneOf({"word", "other"});
    return table;
  }
};

struct Sample {
  std::string text = "preset";
  bool flag = false;
  int count = 3;
  std::int64_t big = 0;
  double ratio = 0.5;
  Duration wait = std::chrono::seconds(90);
  Colour colour = Colour::kGreen;
  std::optional<double> maybe;
  std::vector<std::string> list;
  std::vector<std::string> names;
  std::map<std::string, std::string> labels;
  std::vector<Inner> inner;
  Json any;
  static const FieldTable<Sample>& Fields() {
    static const auto table =
        FieldTable<Sample>()
            .Required("text", &Sample::text, "some text", {.min_size = 2, .max_size = 5})
            .Optional("flag", &Sample::flag, "a switch")
            .Optional("count", &Sample::count, "a count", {.min = 1, .max = 10, .unit = "things"})
            .Optional("big", &Sample::big, "a large number")
            .Optional("ratio", &Sample::ratio, "a share", {.above = 0, .below = 1})
            .Optional("wait", &Sample::wait, "a wait", {.min = 1, .max = 3600})
            .Optional("colour", &Sample::colour, "a | colour")
            .Optional("maybe", &Sample::maybe, "perhaps")
            .Optional("list", &Sample::list, "a list", {.min_size = 1, .max_size = 3})
            .Optional("names", &Sample::names, "names", {.form = TextForm::kName, .one_or_list = true, .unique = true})
            .Optional("labels", &Sample::labels, "labels")
            .Optional("inner", &Sample::inner, "more")
            .Optional("any", &Sample::any, "anything")
            .NotYet({"future"})
            .Check([](const Sample& sample, const Node& node, Diagnostics& diagnostics) {
              if (sample.count == 7) diagnostics.Add(node.Find("count")->At("seven is taken"));
            });
    return table;
  }
};

Sample Read(const std::string& text, Diagnostics& diagnostics) {
  Sample sample;
  const auto documents = ParseYaml("x.yaml", text, diagnostics);
  if (documents.size() == 1) ReadFields(documents[0].root, sample, diagnostics);
  return sample;
}

std::vector<std::string> Errors(const std::string& text) {
  Diagnostics diagnostics;
  Read(text, diagnostics);
  return Lines(diagnostics);
}

TEST(Fields, ReadsEveryType) {
  Diagnostics diagnostics;
  const Sample sample = Read(
      "text: abc\nflag: true\ncount: 1e1\nbig: 9007199254740993\nratio: .25\nwait: 1m\ncolour: red\nmaybe: 2\nlist: "
      "[a, b]\n"
      "names: one\nlabels: {k: v}\ninner: [{word: w}, {other: o}]\nany: [1, {a: ~}]\n",
      diagnostics);
  EXPECT_THAT(Lines(diagnostics), IsEmpty());
  EXPECT_EQ(sample.text, "abc");
  EXPECT_TRUE(sample.flag);
  EXPECT_EQ(sample.count, 10);
  EXPECT_EQ(sample.big, 9007199254740993);
  EXPECT_EQ(sample.ratio, 0.25);
  EXPECT_EQ(sample.wait, std::chrono::minutes(1));
  EXPECT_EQ(sample.colour, Colour::kRed);
  EXPECT_EQ(sample.maybe, 2.0);
  EXPECT_THAT(sample.list, ElementsAre("a", "b"));
  EXPECT_THAT(sample.names, ElementsAre("one"));
  EXPECT_EQ(sample.labels.at("k"), "v");
  EXPECT_EQ(sample.inner[1].other, "o");
  EXPECT_EQ(sample.any.Dump(), R"([1,{"a":null}])");
}

TEST(Fields, AbsentKeysKeepTheInitialisers) {
  Diagnostics diagnostics;
  const Sample sample = Read("text: abc\n", diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_EQ(sample.count, 3);
  EXPECT_EQ(sample.wait, std::chrono::seconds(90));
  EXPECT_EQ(sample.colour, Colour::kGreen);
  EXPECT_FALSE(sample.maybe.has_value());
}

TEST(Fields, ReportsEachErrorAtItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"text: 12", "1:7 text: expected text, got 12; put it in quotes"},
      {"text: a", "1:7 text: needs at least 2 characters"},
      {"text: ''", "1:7 text: must not be empty"},
      {"text: äöüßéè", "1:7 text: may have at most 5 characters, got 6"},
      {"text:", "1:1 text: has no value; give it one or remove the key"},
      {"text: ~", "1:1 text: has no value; give it one or remove the key"},
      {"flag: true", "1:1 needs \"text\": some text"},
      {"text: ab\nflag: yes", "2:7 flag: expected true or false, got \"yes\""},
      {"text: ab\ncount: 0", "2:8 count: must be at least 1, got 0"},
      {"text: ab\ncount: 11", "2:8 count: must be at most 10, got 11"},
      {"text: ab\ncount: 2.5", "2:8 count: expected a whole number, got 2.5"},
      {"text: ab\ncount: 7", "2:8 count: seven is taken"},
      {"text: ab\nbig: 9223372036854775808", "2:6 big: expected a whole number, got 9223372036854775808"},
      {"text: ab\nratio: 1", "2:8 ratio: must be below 1, got 1"},
      {"text: ab\nratio: 0", "2:8 ratio: must be above 0, got 0"},
      {"text: ab\nratio: '0.5'", "2:8 ratio: expected a number, got \"0.5\""},
      {"text: ab\nwait: 60", "2:7 wait: expected a duration such as 250ms, 60s or 1h30m, got 60; add the unit: 60s"},
      {"text: ab\nwait: fast", "2:7 wait: expected a duration such as 250ms, 60s or 1h30m, got \"fast\""},
      {"text: ab\nwait: 0", "2:7 wait: must be at least 1s, got 0"},
      {"text: ab\nwait: 2h", "2:7 wait: must be at most 3600s, got \"2h\""},
      {"text: ab\ncolour: gren", "2:9 colour: expected one of red, green, got \"gren\"; did you mean \"green\"?"},
      {"text: ab\ncolour: Red", "2:9 colour: expected one of red, green, got \"Red\"; did you mean \"red\"?"},
      {"text: ab\ncolour: blue", "2:9 colour: \"blue\" is not supported yet; use one of red, green"},
      {"text: ab\nlist: a", "2:7 list: expected a list, got \"a\""},
      {"text: ab\nlist: []", "2:7 list: must not be empty"},
      {"text: ab\nlist: [a, b, c, d]", "2:7 list: may have at most 3 elements, got 4"},
      {"text: ab\nlist: [a, 2]", "2:11 list[1]: expected text, got 2; put it in quotes"},
      {"text: ab\nnames: [a, b, a]", "2:15 names[2]: \"a\" stands twice in the list"},
      {"text: ab\nlabels: {k: 1}", "2:13 labels.k: expected text, got 1; put it in quotes"},
      {"text: ab\nlabels: [k]", "2:9 labels: expected a mapping, got a list"},
      {"text: ab\ninner: [{}]", "2:9 inner[0]: needs exactly one of word, other"},
      {"text: ab\ninner: [{word: a, other: b}]",
       "2:19 inner[0].other: cannot stand beside word; give one of word, other"},
      {"text: ab\ninner: [x]", "2:9 inner[0]: expected a mapping, got \"x\""},
      {"text: ab\nfuture: 1", "2:1 future: not supported yet"},
      {"text: ab\ncuont: 1", "2:1 cuont: unknown key; did you mean \"count\"?"},
      {"- 1", "1:1 expected a mapping, got a list"}};
  for (const auto& [text, error] : cases) EXPECT_THAT(Errors(text), ElementsAre(error)) << text;
}

TEST(Fields, NamesAreCheckedWithTheirRule) {
  EXPECT_THAT(
      Errors("text: ab\nnames: a/b"),
      ElementsAre("2:8 names: \"a/b\" is no name: use up to 128 letters, digits, \"_\", \"-\" and \".\", beginning "
                  "with a letter or digit"));
  EXPECT_TRUE(IsName("a"));
  EXPECT_TRUE(IsName("2026.11.2-rc_1"));
  EXPECT_TRUE(IsName(std::string(128, 'a')));
  for (const std::string bad : {"", "-a", ".a", "a b", "a@b", "ä"}) EXPECT_FALSE(IsName(bad)) << bad;
  EXPECT_FALSE(IsName(std::string(129, 'a')));
}

TEST(Fields, UnknownKeysWithoutANearNameListTheKnown) {
  EXPECT_THAT(Errors("text: ab\ninner: [{word: a, xyzxyz: 1}]"),
              ElementsAre("2:19 inner[0].xyzxyz: unknown key; known are word, other"));
}

TEST(Fields, AllErrorsComeAtOnceAndChecksOnlyWithoutErrors) {
  EXPECT_THAT(Errors("flag: 1\ncount: 7\nwrong: 2\n"),
              ElementsAre("1:1 needs \"text\": some text", "1:7 flag: expected true or false, got 1",
                          ::testing::StartsWith("3:1 wrong: unknown key")));
}

TEST(Fields, SchemaDescribesTheTable) {
  const Json schema = SchemaOf(Sample::Fields());
  EXPECT_EQ(schema.Find("additionalProperties")->Dump(), "false");
  EXPECT_EQ(schema.Find("required")->Dump(), R"(["text"])");
  EXPECT_EQ(schema.Find("x-assay-not-yet")->Dump(), R"(["future"])");
  const Json& properties = *schema.Find("properties");
  const std::pair<const char*, const char*> cases[] = {
      {"text", R"({"type":"string","minLength":2,"maxLength":5,"description":"some text"})"},
      {"flag", R"({"type":"boolean","description":"a switch","default":false})"},
      {"count", R"x({"type":"integer","minimum":1,"maximum":10,"description":"a count (things)","default":3})x"},
      {"ratio", R"({"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1,"description":"a share","default":0.5})"},
      {"colour",
       R"({"enum":["red","green"],"enumDescriptions":["warm","calm"],"description":"a | colour","default":"green"})"},
      {"maybe", R"({"type":"number","description":"perhaps"})"},
      {"list", R"({"type":"array","items":{"type":"string"},"minItems":1,"maxItems":3,"description":"a list"})"},
      {"labels", R"({"type":"object","additionalProperties":{"type":"string"},"description":"labels"})"},
      {"any", R"({"description":"anything"})"}};
  for (const auto& [name, expected] : cases) EXPECT_EQ(properties.Find(name)->Dump(), expected);
  EXPECT_EQ(properties.Find("wait")->Find("default")->Dump(), "\"1m30s\"");
  EXPECT_EQ(properties.Find("inner")->Find("items")->Find("allOf")->Dump(),
            R"([{"oneOf":[{"required":["word"]},{"required":["other"]}]}])");
}

TEST(Fields, DocsTableHasARowForEachKey) {
  EXPECT_EQ(DocsTable(Inner::Fields()),
            "| key | type | default | meaning |\n|---|---|---|---|\n"
            "| `word` | name |  | a word |\n| `other` | text |  | another |\n");
  const std::string table = DocsTable(Sample::Fields());
  EXPECT_NE(table.find("| `text` | text | required | some text |\n"), std::string::npos);
  EXPECT_NE(table.find("| `count` | whole number | `3` | a count (things) |\n"), std::string::npos);
  EXPECT_NE(table.find("| `wait` | duration | `\"1m30s\"` | a wait |\n"), std::string::npos);
  EXPECT_NE(table.find("| `colour` | red or green | `\"green\"` | a \\| colour |\n"), std::string::npos);
  EXPECT_NE(table.find("| `names` | name or list of name |  | names |\n"), std::string::npos);
}

}  // namespace
}  // namespace assay
