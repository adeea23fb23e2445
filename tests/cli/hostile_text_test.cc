// Whatever a dataset, an answer, a name or a person says stays on its line in everything that is printed, commands no
// pipeline and moves no cursor.

#include <gmock/gmock.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "assay/v1/gate.pb.h"
#include "cli/check_report.h"
#include "cli/command_line.h"
#include "cli/log_commands.h"
#include "cli/table.h"
#include "core/json.h"
#include "core/markdown.h"
#include "core/plain_line.h"
#include "tests/testing/program.h"

namespace assay {
namespace {

// Each would forge a line that begins with "FORGED", or hide what it says.
const std::vector<std::string> kHostile = {"\x1b[2J\x1b[32mPASS\x1b[0m",
                                           "\x1b[1;32mPASS\x1b[0m",
                                           "a\nFORGED no errors",
                                           "a\rFORGED no errors",
                                           "a\r\nFORGED",
                                           "a\vFORGED\fFORGED\bFORGED\x7F",
                                           "\u009B31mred",
                                           "a\u0085FORGED",
                                           "a\u2028FORGED\u2029FORGED",
                                           "\u202Eliaf\u202C",
                                           "\u2066x\u2069\u200E\u200F\u061C",
                                           "a\u200Bb\u2060c\uFEFFd\u00ADe",
                                           "\U000E0041",
                                           "::error::owned",
                                           "a\n::error::owned",
                                           "\r::stop-commands::x",
                                           "##vso[task.complete result=Succeeded]",
                                           "a\n##[error]owned",
                                           "##teamcity[buildStatus text='ok']",
                                           "`x` ``` \n```"};

// With every text that there can be in it.
void Fill(google::protobuf::Message& message, const std::string& text, int depth = 0) {
  constexpr int kDeepest = 7;
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *type.field(i);
    if (field.is_map()) continue;
    if (field.type() == google::protobuf::FieldDescriptor::TYPE_STRING) {
      field.is_repeated() ? reflection.AddString(&message, &field, text) : reflection.SetString(&message, &field, text);
    } else if (field.type() == google::protobuf::FieldDescriptor::TYPE_MESSAGE && depth < kDeepest) {
      google::protobuf::Message& part =
          field.is_repeated() ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field);
      Fill(part, text, depth + 1);
    }
  }
}

v1::Check HostileCheck(const std::string& text) {
  v1::Check check;
  Fill(check, text);
  check.set_state(v1::VerdictState::FAIL);
  check.mutable_verdict()->set_state(v1::VerdictState::FAIL);
  for (v1::RuleOutcome& rule : *check.mutable_verdict()->mutable_rules()) {
    rule.set_state(v1::VerdictState::FAIL);
    rule.set_role(v1::RuleRole::BLOCKING);
    for (v1::RulePart& part : *rule.mutable_parts()) part.set_state(v1::VerdictState::FAIL);
  }
  return check;
}

FailureGroups HostileGroups(const std::string& text) {
  return {.rows = {{.rule = text,
                    .suite = text,
                    .part = text,
                    .slice = text,
                    .slice_value = text,
                    .label = text,
                    .cases = 1,
                    .of_cases = 2,
                    .failing = 1}},
          .problems = {text}};
}

void ExpectHarmless(std::string_view printed, const std::string& what) {
  bool begins_line = true;
  for (std::string_view rest = printed; !rest.empty();) {
    const std::size_t length = CharacterLength(rest);
    ASSERT_GT(length, 0u) << what;
    const std::uint32_t code = CodePointOf(rest.substr(0, length));
    EXPECT_TRUE(code == '\n' || code == '\t' || !IsUnplain(code)) << what << ": U+" << std::hex << code;
    EXPECT_FALSE(begins_line && rest.starts_with("FORGED")) << what;
    begins_line = code == '\n';
    rest.remove_prefix(length);
  }
  for (const char* command : {"##vso[", "##[", "##teamcity["}) {
    EXPECT_EQ(printed.find(command), std::string_view::npos) << what << ": " << command;
  }
}

class HostileText : public ::testing::TestWithParam<std::string> {
 protected:
  static std::string Report(ReportFormat format) {
    const std::string& text = GetParam();
    const FailingCase failing{.rule = text,
                              .case_id = text,
                              .reason = text,
                              .response = text,
                              .baseline = FailingCase::Baseline{text, text},
                              .suite = text,
                              .slice = text,
                              .label = text};
    return RenderCheck(HostileCheck(text), {failing}, format, false, HostileGroups(text));
  }
};

TEST_P(HostileText, StaysOnItsLineInEveryReport) {
  for (const std::string& word : ReportFormatWords()) {
    const ReportFormat format = *ParseReportFormat(word);
    if (format == ReportFormat::kGithub) continue;
    const std::string printed = Printable(Report(format));
    ExpectHarmless(printed, word);
    EXPECT_FALSE(printed.starts_with("::")) << word;
    EXPECT_EQ(printed.find("\n::"), std::string::npos) << word;
  }
}

TEST_P(HostileText, IsTheWordOfItsAnnotation) {
  const std::string printed = Printable(Report(ReportFormat::kGithub), LineStarts::kOurOwn);
  ExpectHarmless(printed, "github");
  EXPECT_EQ(printed.find("%0A"), std::string::npos) << "a log shows it as a line of its own";
  std::string_view rest = printed;
  while (!rest.empty()) {
    EXPECT_TRUE(rest.starts_with("::error title=") || rest.starts_with("::warning title=")) << rest;
    rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
  }
}

// Which is written as it is, for the summary of a step.
TEST_P(HostileText, IsPlainInMarkdownItself) {
  std::string page = Report(ReportFormat::kMarkdown);
  EXPECT_EQ(page.find("\nFORGED"), std::string::npos);
  std::erase(page, '\n');
  EXPECT_TRUE(IsPlainLine(page));
  EXPECT_TRUE(IsPlainLine(MarkdownCode(GetParam())));
}

TEST_P(HostileText, IsReadBackFromJsonAsItWas) {
  const std::string document = Json::Of({{"a", GetParam()}}).DumpIndented();
  EXPECT_EQ(*Json::Parse(Printable(document)), *Json::Parse(document));
}

TEST_P(HostileText, IsAPlainLineInTables) {
  Table table({"A", "B"});
  table.Add({GetParam(), "x"});
  const std::string text = table.Render();
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
  EXPECT_EQ(text.find("\x1b[2J"), std::string::npos);
  ExpectHarmless(Printable(text), "table");
}

// Of files that nobody has looked at yet.
TEST_P(HostileText, StaysOnItsLineInLintAndPlan) {
  testing::TemporaryFolder files;
  std::string cases;
  for (int i = 0; i < 40; ++i) {
    cases += Json::Of({{"id", std::to_string(i)},
                       {"question", std::to_string(i)},
                       {"topic", i % 2 == 0 ? std::string("plain") : GetParam()}})
                 .Dump() +
             "\n";
  }
  files.Write("cases.jsonl", cases);
  const std::string suite =
      "kind: Suite\nname: chat\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
      "slices: [topic]\ngraders: [{name: answer, type: contains, value: x}]\n---\n"
      "kind: Model\nname: bot\nversion: \"1\"\nendpoint: {provider: openai-chat, url: \"http://127.0.0.1:1/v1\", "
      "model: bot}\n---\nkind: Gate\nname: g\nsuites: [chat]\n"
      "rules: [{name: each, metric: answer, at_least: 0.9, by: topic}]\n---\n";
  const auto run = [](std::vector<const char*> argv) {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    RunCommandLine(static_cast<int>(argv.size()), argv.data());
    return ::testing::internal::GetCapturedStdout() + "\n" + ::testing::internal::GetCapturedStderr();
  };
  const std::string path = files.Write("catalog.yaml", suite).string();
  const std::string linted = run({"assay", "lint", path.c_str()});
  EXPECT_THAT(linted, ::testing::HasSubstr("each topic=")) << "the value is in it";
  ExpectHarmless(linted, "lint");
  ExpectHarmless(run({"assay", "plan", "g", path.c_str()}), "plan");
  ExpectHarmless(run({"assay", "lint", path.c_str(), "--output", "json"}), "lint in JSON");
  ExpectHarmless(run({"assay", "plan", "g", path.c_str(), "--output", "json"}), "plan in JSON");
  const std::string broken =
      files
          .Write("broken.yaml", "kind: Gate\nname: " + Json(GetParam()).Dump() + "\nsuites: [" +
                                    Json(GetParam()).Dump() + "]\n" + Json(GetParam()).Dump() + ": 1\n")
          .string();
  ExpectHarmless(run({"assay", "lint", broken.c_str()}), "lint of names");
  ExpectHarmless(run({"assay", "plan", GetParam().c_str(), path.c_str()}), "plan of no gate");
}

INSTANTIATE_TEST_SUITE_P(Values, HostileText, ::testing::ValuesIn(kHostile),
                         [](const auto& row) { return "Value" + std::to_string(row.index); });

// Our own, where a terminal wants them.
TEST(Colours, AreLeftToTerminals) {
  const std::string pass = ColourState("PASS", true);
  EXPECT_EQ(Printable(pass, LineStarts::kOfOthers, true), pass);
  EXPECT_EQ(Printable(pass), "\\x1b[1;32mPASS\\x1b[0m");
  EXPECT_EQ(Printable("\x1b[2J\x1b[1;34mx\x1b[1;32m", LineStarts::kOfOthers, true), "\\x1b[2J\\x1b[1;34mx\x1b[1;32m");
  Table table({"A"});
  table.Add({pass});
  table.Add({"\x1b[1;32mno errors\x1b[0m"});
  EXPECT_EQ(table.Render(), "A\n" + pass + "\n\\x1b[1;32mno errors\\x1b[0m\n");
}

}  // namespace
}  // namespace assay
