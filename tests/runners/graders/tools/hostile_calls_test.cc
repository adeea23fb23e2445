// Calls made to hurt: none may crash a grader, take quadratic time, pass, or be an error of the grader.

#include <gmock/gmock.h>

#include <chrono>

#include "tests/runners/graders/make_grader.h"
#include "tests/testing/hostile_size.h"
#include "tests/testing/thread_time.h"

namespace assay {
namespace {

using testing::HasSubstr;

constexpr std::size_t kMega = HostileSize(1u << 20);

std::string Times(std::string_view piece, std::size_t times) {
  std::string text;
  text.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

std::string ManyMembers(std::size_t count) {
  std::string text = "{";
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "\"m" : ",\"m") + std::to_string(i) + "\":1";
  return text + "}";
}

const std::pair<const char*, const char*> kGraders[] = {
    {"tool_calls", "{}"},
    {"tool_calls", "{alternatives: false, ignore: 'm*'}"},
    {"tool_calls", "{dialect: bfcl}"},
    {"tool_calls", "{from: any}"},
    {"tool_call_schema_valid", "{}"},
    {"tool_relevance", "{}"},
    {"tool_used", "{tools: '*a*b*c'}"},
    {"tool_args_match", "{tool: f, arguments: {a: 1}}"},
    {"tool_args_match", "{tool: f, arguments: {a: 1}, mode: exact, ignore: '*x'}"},
    {"tool_sequence", "{steps: [f, g], mode: exact}"},
    {"trajectory_match", "{}"},
    {"trajectory_match", "{mode: superset, arguments: partial}"},
    {"trajectory_match", "{mode: subset, arguments: subset}"},
    {"step_count", "{max: 0}"},
};

const std::pair<const char*, const char*> kMeasuring[] = {{"tool_call_f1", "{by: call}"},
                                                          {"tool_call_accuracy", "{order: any}"},
                                                          {"tool_correctness", "{compare: arguments}"},
                                                          {"tool_permission", "{deny: '*'}"},
                                                          {"agent_loop", "{}"}};

Json FieldsOf() {
  return *Json::Parse(
      R"({"tools": [{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}}],
                         "expected_calls": [{"name": "f", "arguments": {"a": [1]}}]})");
}

TEST(HostileCalls, NeverPassAndNeverHang) {
  std::vector<std::pair<std::string, Response>> responses;
  const auto add = [&](const char* what, std::vector<ToolCall> calls, std::string text = "") {
    Response response;
    response.tool_calls = std::move(calls);
    response.text = std::move(text);
    responses.emplace_back(what, std::move(response));
  };
  add("no JSON", {{"f", std::string(kMega, '{')}});
  add("deep lists", {{"f", "{\"a\":" + Times("[", kMega)}});
  add("many members", {{"f", ManyMembers(100'000)}});
  add("one member many times", {{"f", "{" + Times("\"a\":1,", kMega / 6) + "\"a\":1}"}});
  add("a long text", {{"f", "{\"a\":\"" + std::string(kMega, 'x') + "\"}"}});
  add("a long list", {{"f", "{\"a\":[" + Times("1,", kMega / 2) + "1]}"}});
  add("not UTF-8", {{"f", "{\"a\":\"\xFF\xFE\"}"}});
  add("zero bytes", {{"f", std::string(100, '\0')}});
  add("no arguments at all", {{"f", ""}});
  add("a number", {{"f", "1"}});
  add("null", {{"f", "null"}});
  add("a large number", {{"f", "{\"a\":1e400}"}});
  add("a long name", {{std::string(kMega, 'a'), "{}"}});
  add("an empty name", {{"", "{}"}});
  add("a name that is not UTF-8", {{"f\xFF", "{\"a\":1}"}});
  add("many calls", std::vector<ToolCall>(1000, {"f", "{\"a\":\"2\"}"}));
  add("nothing", {});
  add("blanks", {}, std::string(kMega, ' '));
  add("a text of brackets", {{"g", "{}"}}, std::string(kMega, '['));
  const auto begin = ThreadTime::now();
  for (const auto& [what, response] : responses) {
    for (const auto& [kind, options] : kGraders) {
      const Score score = GraderOf(kind, options)->Grade(Case{0, "c", FieldsOf()}, response);
      EXPECT_EQ(score.status, ScoreStatus::kScored) << kind << " " << options << " on " << what << ": " << score.reason;
      // That a call is not mistaken for the expected one, though some of its arguments do not count.
      const bool is_name_only = std::string_view(kind) == "tool_used";
      EXPECT_TRUE(is_name_only || score.pass == false)
          << kind << " " << options << " on " << what << ": " << score.reason;
    }
    for (const auto& [kind, options] : kMeasuring) {
      const Score score = GraderOf(kind, options)->Grade(Case{0, "c", FieldsOf()}, response);
      EXPECT_EQ(score.status, ScoreStatus::kScored) << kind << " on " << what << ": " << score.reason;
      const bool is_loop = std::string_view(kind) == "agent_loop";
      EXPECT_TRUE(is_loop || score.value == 0.0) << kind << " on " << what << ": " << score.reason;
    }
  }
  EXPECT_LT(ThreadTime::now() - begin, std::chrono::seconds(240));
}

TEST(HostileCalls, ALoopOfManyAnswersEnds) {
  Response run;
  for (int i = 0; i < 100; ++i) {
    std::string text;
    for (int k = 0; k < 3000; ++k)
      text += std::string(1 + (k * 31 + i) % 7, static_cast<char>('a' + (k * k + i) % 5)) + "xy ";
    run.transcript.push_back({.role = Role::kAssistant, .content = text, .tool_calls = {{"f", "{}"}}});
  }
  const auto begin = ThreadTime::now();
  const Score score = GraderOf("agent_loop", "{}")->Grade(Case{0, "c", FieldsOf()}, run);
  EXPECT_EQ(score.status, ScoreStatus::kScored) << score.reason;
  EXPECT_LT(ThreadTime::now() - begin, std::chrono::seconds(20));
}

TEST(ToolOptions, ProblemsAreNamedWithTheirPlace) {
  struct {
    const char* type;
    const char* options;
    const char* message;
  } const cases[] = {
      {"tool_calls", "{expected: [{}]}", "options.yaml:1:12: expected: [0] has no name"},
      {"tool_calls", "{expected: f}", "is no list of calls"},
      {"tool_calls", "{expected: [f], expected_field: x}", "expected"},
      {"tool_calls", "{expected: [{name: f, arguments: {a: '{{b'}}]}", "a tag is opened but not closed"},
      {"tool_calls", "{dialect: bfcl, order: given}", "options.yaml:1:24: order: is an option of dialect strict"},
      {"tool_calls", "{tools: []}", "is an option of dialect bfcl"},
      {"tool_calls", "{dialect: bcfl}", "dialect"},
      {"tool_call_schema_valid", "{tools: [{}]}", "[0] has no name"},
      {"tool_call_schema_valid", "{tools: [{name: f, parameters: {type: objekt}}]}", "tool \"f\": schema #/type"},
      {"tool_call_schema_valid", "{tools: [{name: f}, {name: f}]}", "[1] declares \"f\" again"},
      {"tool_used", "{}", "tools"},
      {"tool_used", "{tools: []}", "tools"},
      {"tool_used", "{tools: ' '}", "blank"},
      {"tool_used", "{tools: f, min: 3, max: 2}", "options.yaml:1:17: min: is more than max"},
      {"tool_used", "{tools: f, max: -1}", "max"},
      {"tool_args_match", "{tool: f}", "arguments"},
      {"tool_args_match", "{tool: f, arguments: [1]}", "is no object"},
      {"tool_args_match", "{tool: f, arguments: text}", "is no object, and names no field that is one"},
      {"tool_sequence", "{steps: [a], mode: exactly}", "mode"},
      {"trajectory_match", "{per_tool: {f: exat}}", "per_tool"},
      {"trajectory_match", "{per_tool: {f: []}}", "per_tool"},
      {"step_count", "{}", "needs min or max"},
      {"step_count", "{steps: message, tools: f, max: 1}", "only calls have a tool"},
      {"tool_permission", "{}", "needs allow or deny"},
      {"agent_loop", "{parts: [cycle, cycle]}", "parts"},
      {"agent_loop", "{repetitions: 1}", "repetitions"},
  };
  for (const auto& bad : cases) EXPECT_THAT(ErrorOf(bad.type, bad.options), HasSubstr(bad.message)) << bad.options;
}

TEST(ToolOptions, WhatCasesMustHaveIsKnown) {
  const auto fields = [](const char* kind, const char* options) { return GraderOf(kind, options)->RequiredFields(); };
  using Fields = std::vector<std::string>;
  EXPECT_EQ(fields("tool_calls", "{}"), Fields{"expected_calls"});
  EXPECT_EQ(fields("tool_calls", "{dialect: bfcl, expected_field: calls}"), (Fields{"calls", "tools"}));
  EXPECT_EQ(fields("tool_calls", "{expected: [{name: f, arguments: {a: '{{x}}'}}]}"), Fields{"x"});
  EXPECT_EQ(fields("tool_call_schema_valid", "{tools_field: functions}"), Fields{"functions"});
  EXPECT_EQ(fields("tool_relevance", "{}"), Fields{});
  EXPECT_EQ(fields("tool_relevance", "{expect: by_case}"), Fields{"expected_calls"});
  EXPECT_EQ(fields("tool_args_match", "{tool: '{{t}}', arguments: {a: '{{x}}'}}"), (Fields{"t", "x"}));
  EXPECT_EQ(fields("tool_permission", "{allow: '{{mine}}', deny: '{{theirs}}'}"), (Fields{"theirs", "mine"}));
}

}  // namespace
}  // namespace assay
