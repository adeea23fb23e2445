#include "runners/graders/frame/text_template.h"

#include <gmock/gmock.h>

#include <thread>

namespace assay {
namespace {

using ::testing::ElementsAre;

Json Fields(std::string_view text) { return *Json::Parse(text); }

std::string Rendered(const std::string& source, std::string_view fields) {
  const auto text = TextTemplate::Compile(source);
  if (!text) return "compile: " + text.error().message;
  const auto out = text->Render(Fields(fields));
  return out ? *out : "error: " + out.error().message;
}

TEST(TextTemplate, RendersVariablesAsTheyAre) {
  struct {
    const char* source;
    const char* fields;
    const char* expected;
  } const cases[] = {
      {"plain", "{}", "plain"},
      {"", "{}", ""},
      {"Q: {{q}}", R"({"q": "2 < 3 & \"x\" {{y}}"})", "Q: 2 < 3 & \"x\" {{y}}"},
      {"{{ q }}{{{q}}}{{&q}}{{& q}}", R"({"q": "<a>"})", "<a><a><a><a>"},
      {"{{n}} {{d}} {{t}} {{l}} {{o}}", R"({"n": 3, "d": 2.50, "t": false, "l": [1, "a"], "o": {"k": null}})",
       R"(3 2.5 false [1,"a"] {"k":null})"},
      {"{{a.b}} {{a.c.d}}", R"({"a": {"b": 1, "c": {"d": "x"}}})", "1 x"},
      {"{{a.b}}", R"({"a.b": "whole", "a": {"b": "part"}})", "whole"},
      {"{{First Name}}", R"({"First Name": "Ada"})", "Ada"},
      {"a{{! a remark }}b", "{}", "ab"},
      {"{{empty}}", R"({"empty": ""})", ""},
      {"{{q}}\n{{q}}\n", R"({"q": "x"})", "x\nx\n"},
  };
  for (const auto& c : cases) EXPECT_EQ(Rendered(c.source, c.fields), c.expected) << c.source;
}

TEST(TextTemplate, SectionsFollowMustache) {
  struct {
    const char* source;
    const char* fields;
    const char* expected;
  } const cases[] = {
      {"{{#a}}yes{{/a}}{{^a}}no{{/a}}", R"({"a": true})", "yes"},
      {"{{#a}}yes{{/a}}{{^a}}no{{/a}}", R"({"a": false})", "no"},
      {"{{#a}}yes{{/a}}{{^a}}no{{/a}}", R"({"a": null})", "no"},
      {"{{#a}}yes{{/a}}{{^a}}no{{/a}}", R"({"a": []})", "no"},
      {"{{#a}}yes{{/a}}{{^a}}no{{/a}}", R"({"a": ""})", "no"},
      {"{{#a}}yes{{/a}}{{^a}}no{{/a}}", R"({"a": 0})", "yes"},
      {"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{}", "no"},
      {"{{#l}}[{{.}}]{{/l}}", R"({"l": [1, "<x>", true]})", "[1][<x>][true]"},
      {"{{#l}}{{name}}={{v}};{{/l}}", R"({"v": "outer", "l": [{"name": "a", "v": 1}, {"name": "b"}]})", "a=1;b=outer;"},
      {"{{#o}}{{k}}{{/o}}", R"({"o": {"k": "in"}})", "in"},
      {"{{#s}}{{.}}!{{/s}}", R"({"s": "text"})", "text!"},
      {"{{#l}}{{#m}}{{.}}{{/m}},{{/l}}", R"({"l": [{"m": [1, 2]}, {"m": [3]}]})", "12,3,"},
      {"Facts:\n{{#l}}\n- {{.}}\n{{/l}}\nEnd", R"({"l": ["a", "b"]})", "Facts:\n- a\n- b\nEnd"},
      {"{{#a}}{{b}}{{/a}}", R"({"a": false})", ""},
      {"{{#a}}{{b}}{{/a}}", R"({"a": true})", "error: the case has no field \"b\""},
  };
  for (const auto& c : cases) EXPECT_EQ(Rendered(c.source, c.fields), c.expected) << c.source << " " << c.fields;
}

TEST(TextTemplate, AMissingOrNullFieldIsAnErrorThatNamesIt) {
  EXPECT_EQ(Rendered("{{question}}", R"({"Question": "x"})"), "error: the case has no field \"question\"");
  EXPECT_EQ(Rendered("{{q}}", R"({"q": null})"), "error: the case has no field \"q\" (it is null)");
  EXPECT_EQ(Rendered("{{a.b}}", R"({"a": 1})"), "error: the case has no field \"a.b\"");
  const auto text = TextTemplate::Compile("{{q}}");
  EXPECT_EQ(text->Render(Fields("{}")).error().code, ErrorCode::kFailedPrecondition);
}

TEST(TextTemplate, MalformedTemplatesAreRefusedWithTheirLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"a\n{{b", "template line 2: a tag is opened but not closed"},
      {"{{{b}}", "template line 1: a tag is opened but not closed"},
      {"{{}}", "template line 1: a tag without a name"},
      {"{{#}}{{/}}", "template line 1: a tag without a name"},
      {"{{a{b}}", "template line 1: a tag named \"a{b\": a brace too many?"},
      {"{{#a}}x", "template line 1: section \"a\" is not closed"},
      {"x{{/a}}", "template line 1: {{/a}} closes a section that was not opened"},
      {"{{#a}}{{#b}}{{/a}}{{/b}}", "template line 1: {{/a}} closes section \"b\""},
      {"{{> header}}", "template line 1: partials ({{> ...}}) are not supported"},
      {"{{=<% %>=}}", "template line 1: changing the delimiters ({{= ...}}) is not supported"},
      {"{{.}}", "template line 1: {{.}} outside of a section"},
  };
  for (const auto& [source, message] : cases) {
    const auto text = TextTemplate::Compile(source);
    ASSERT_FALSE(text.has_value()) << source;
    EXPECT_EQ(text.error().message, message);
    EXPECT_EQ(text.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(TextTemplate, SourceAndOutputAreBounded) {
  EXPECT_FALSE(TextTemplate::Compile(std::string(TextTemplate::kMaxSource + 1, 'x')).has_value());
  const Json big = Json::Of({{"b", std::string(TextTemplate::kMaxOutput, 'x')}, {"l", Json::Array(100'000, Json(1))}});
  EXPECT_TRUE(TextTemplate::Compile("{{b}}")->Render(big).has_value());
  for (const char* source : {"{{b}}{{b}}", "{{#l}}{{b}}{{/l}}", "{{#l}}{{#l}}{{#l}}x{{/l}}{{/l}}{{/l}}",
                             "{{#l}}{{#l}}{{#l}}{{/l}}{{/l}}{{/l}}", "{{#l}}0123456789{{#l}}\n{{/l}}{{/l}}"}) {
    const auto out = TextTemplate::Compile(source)->Render(big);
    ASSERT_FALSE(out.has_value()) << source;
    EXPECT_EQ(out.error().code, ErrorCode::kResourceExhausted) << source;
  }
  std::string deep;
  for (int i = 0; i < 33; ++i) deep += "{{#a}}";
  EXPECT_FALSE(TextTemplate::Compile(deep).has_value());
}

TEST(TextTemplate, NamesTheFieldsItNeeds) {
  const auto text = TextTemplate::Compile("{{a}} {{b.c}} {{a}} {{#s}}{{inner}}{{.}}{{/s}} {{^t}}{{/t}}");
  EXPECT_THAT(text->RequiredFields(), ElementsAre("a", "b.c"));
  EXPECT_THAT(text->Fields(), ElementsAre("a", "b.c", "s", "inner", "t"));
  EXPECT_FALSE(text->IsConstant());
  EXPECT_TRUE(TextTemplate::Compile("no tags")->IsConstant());
}

TEST(TextTemplate, AnEscapeIsForDoubleBracesOnly) {
  const auto escape = [](std::string_view value) { return "<" + std::string(value) + ">"; };
  EXPECT_EQ(TextTemplate::Compile("{{a}} {{{a}}} {{&a}}", escape)->Render(Fields(R"({"a": "x"})")), "<x> x x");
  EXPECT_EQ(TextTemplate::Compile("{{#s}}{{a}} {{{a}}}{{/s}}", escape)->Render(Fields(R"({"a": "x", "s": 1})")),
            "<x> x");
}

TEST(TextTemplate, OneTemplateRendersOnManyThreads) {
  const auto text = TextTemplate::Compile("{{#l}}{{.}},{{/l}}{{n}}");
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&text, t] {
      const Json fields = Json::Of({{"l", Json::Array{t, t}}, {"n", t}});
      const std::string n = std::to_string(t);
      for (int i = 0; i < 500; ++i) ASSERT_EQ(text->Render(fields), n + "," + n + "," + n);
    });
  }
}

}  // namespace
}  // namespace assay
