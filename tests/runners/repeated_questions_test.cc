#include "runners/repeated_questions.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assay {
namespace {

struct Asked {
  const char* fields;
  const char* cluster = "";
};

SuiteSpec Asking(const std::string& user) {
  SuiteSpec suite;
  suite.prompt.emplace_back().user = user;
  return suite;
}

std::int64_t Repeated(const SuiteSpec& suite, const std::vector<Asked>& cases) {
  auto questions = RepeatedQuestions::Of(suite, "");
  if (!questions) return -1;
  for (const Asked& each : cases) questions->Add(*Json::Parse(each.fields), each.cluster);
  return questions->Count();
}

TEST(RepeatedQuestions, AreThoseThatRenderAlikeWhateverElseTheCasesHave) {
  const SuiteSpec suite = Asking("{{q}}?");
  EXPECT_EQ(Repeated(suite, {}), 0);
  EXPECT_EQ(Repeated(suite, {{R"({"q":"a"})"}, {R"({"q":"b"})"}}), 0);
  EXPECT_EQ(Repeated(suite, {{R"({"q":"a","note":1})"}, {R"({"q":"b"})"}, {R"({"q":"a","note":2})"}}), 1);
  EXPECT_EQ(Repeated(suite, {{R"({"q":"a"})"}, {R"({"q":"a"})"}, {R"({"q":"a"})"}, {R"({"q":"a"})"}}), 3);
  EXPECT_EQ(Repeated(suite, {{R"({"p":"a"})"}, {R"({"p":"a"})"}}), 0) << "what cannot be rendered asks nothing";
  EXPECT_EQ(Repeated(Asking("the same"), {{R"({"q":"a"})"}, {R"({"q":"b"})"}}), 1);
  EXPECT_EQ(Repeated(SuiteSpec(), {{R"({"q":"a"})"}, {R"({"q":"a"})"}}), -1) << "no prompt";
}

TEST(RepeatedQuestions, OfOneClusterAreOne) {
  const SuiteSpec suite = Asking("{{q}}");
  const char* const a = R"({"q":"a"})";
  EXPECT_EQ(Repeated(suite, {{a, "x"}, {a, "x"}, {a, "x"}}), 0);
  EXPECT_EQ(Repeated(suite, {{a, "x"}, {a, "y"}, {a, "x"}, {R"({"q":"b"})", "z"}}), 1);
  EXPECT_EQ(Repeated(suite, {{a, "x"}, {a, "y"}, {a, "y"}, {a, "z"}}), 2) << "beside the largest";
}

TEST(RepeatedQuestions, DifferInToolsAndTurnsAndWhoSpeaks) {
  SuiteSpec with_tools = Asking("{{q}}");
  with_tools.tools_field = "tools";
  const char* const kTool = R"({"q":"a","tools":[{"name":"f"}]})";
  EXPECT_EQ(Repeated(with_tools, {{kTool}, {R"({"q":"a","tools":[{"name":"g"}]})"}}), 0);
  EXPECT_EQ(Repeated(with_tools, {{kTool}, {kTool}}), 1);
  SuiteSpec turns;
  turns.prompt.emplace_back().turns = "t";
  EXPECT_EQ(Repeated(turns, {{R"({"t":["ab","c"]})"}, {R"({"t":["a","bc"]})"}, {R"({"t":["abc"]})"}}), 0);
  EXPECT_EQ(Repeated(turns, {{R"({"t":["ab","c"]})"}, {R"({"t":["ab","c"]})"}}), 1);
  SuiteSpec messages;
  messages.prompt.emplace_back().messages = "m";
  EXPECT_EQ(Repeated(messages, {{R"({"m":[{"role":"user","content":"a"}]})"},
                                {R"({"m":[{"role":"system","content":"a"},{"role":"user","content":"b"}]})"},
                                {R"({"m":[{"role":"user","content":"a"},{"role":"user","content":"b"}]})"}}),
            0);
}

}  // namespace
}  // namespace assay
