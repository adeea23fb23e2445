// Conversations: which answers' calls count, and what more there is than a response with one answer.

#include <gtest/gtest.h>

#include "tests/runners/graders/make_grader.h"

namespace assay {
namespace {

Message Says(std::string text, std::vector<ToolCall> calls = {}) {
  return {.role = Role::kAssistant, .content = std::move(text), .tool_calls = std::move(calls)};
}

// search(q) and list() in the first answer, open(1) in the second, words in the last.
Response Conversation() {
  Response response;
  response.transcript = {
      {.role = Role::kSystem, .content = "Be brief."},
      {.role = Role::kUser, .content = "Open the page."},
      Says("", {{"search", R"({"q":"page"})", "1"}, {"list", "{}", "2"}}),
      {.role = Role::kTool, .content = "1", .tool_call_id = "1", .tool_name = "search"},
      Says("I open it.", {{"open", R"({"id":1})", "3"}}),
      {.role = Role::kTool, .content = "text", .tool_call_id = "3", .tool_name = "open"},
  };
  response.text = "Here it is.";
  return response;
}

Score GradeRun(const std::string& kind, const std::string& options, const Response& response, bool negate = false,
               Json fields = Json(Json::Object{})) {
  return GraderOf(kind, options, negate)->Grade(Case{0, "c", std::move(fields)}, response);
}

TEST(Trajectories, GoOverEveryAnswer) {
  const Response run = Conversation();
  EXPECT_EQ(GradeRun("tool_used", "{tools: [search, list, open]}", run).pass, true);
  EXPECT_EQ(GradeRun("tool_used", "{tools: open, of: answer}", run).pass, false);
  EXPECT_EQ(GradeRun("tool_sequence", "{steps: [search, list, open], mode: exact}", run).pass, true);
  EXPECT_EQ(GradeRun("tool_args_match", "{tool: open, arguments: {id: 1}}", run).pass, true);
  EXPECT_EQ(GradeRun("tool_permission", "{allow: [search, open]}", run).value, 1 - 1.0 / 3);
  EXPECT_EQ(GradeRun("tool_relevance", "{}", run).pass, true) << "the last answer is in words";
  EXPECT_EQ(GradeRun("tool_relevance", "{of: run}", run).pass, false);
}

TEST(Trajectories, StepsAreCallsMessagesOrAnswers) {
  const Response run = Conversation();
  EXPECT_EQ(GradeRun("step_count", "{min: 3, max: 3}", run).pass, true);
  EXPECT_EQ(GradeRun("step_count", "{steps: message, min: 2, max: 2}", run).reason, "2 messages");
  EXPECT_EQ(GradeRun("step_count", "{steps: answer, min: 3, max: 3}", run).reason, "3 answers");
  EXPECT_EQ(GradeRun("step_count", "{steps: answer, of: answer, max: 1}", run).reason, "1 answer");
}

TEST(Trajectories, ListsWithinTheReferenceAreAnswers) {
  const Response run = Conversation();
  const char* kTogether =
      R"({expected: [[{name: list, arguments: {}}, {name: search, arguments: {q: page}}], [{name: open, arguments: {id: 1}}]]})";
  const char* kApart =
      R"({expected: [[{name: search, arguments: {q: page}}], [{name: list}, {name: open, arguments: {id: 1}}]]})";
  const char* kInOrder =
      R"({expected: [{name: search, arguments: {q: page}}, list, {name: open, arguments: {id: 1}}]})";
  const char* kSwapped =
      R"({expected: [list, {name: search, arguments: {q: page}}, {name: open, arguments: {id: 1}}]})";
  EXPECT_EQ(GradeRun("trajectory_match", kTogether, run).pass, true);
  EXPECT_EQ(GradeRun("trajectory_match", kApart, run).reason, "calls 1 to 2 are of one answer, expected are 1 there");
  EXPECT_EQ(GradeRun("trajectory_match", kInOrder, run).pass, true);
  EXPECT_EQ(GradeRun("trajectory_match", kSwapped, run).pass, false);
}

TEST(Trajectories, AnAnswerInWordsDoesNotSpoilCallsInText) {
  Response run;
  run.transcript = {Says("[search(q='x')]"), Says(R"([{"name": "open", "arguments": {"id": 1}}])")};
  run.text = "Here it is.";
  EXPECT_EQ(GradeRun("tool_sequence", "{steps: [search, open], mode: exact, from: any}", run).pass, true);
  EXPECT_EQ(GradeRun("tool_sequence", "{steps: [search], mode: exact, from: python}", run).pass, true);
  EXPECT_EQ(GradeRun("tool_used", "{tools: open, from: json}", run).pass, true);
  EXPECT_EQ(GradeRun("tool_used", "{tools: open}", run).pass, false);
}

TEST(Trajectories, ARunWithCallsIsNotEmptyWhenNegated) {
  Response run = Conversation();
  run.text = "";
  EXPECT_EQ(GradeRun("tool_used", "{tools: delete}", run, true).pass, true);
  EXPECT_EQ(GradeRun("tool_used", "{tools: open}", run, true).pass, false);
  EXPECT_EQ(GradeRun("tool_used", "{tools: delete}", Response{}, true).pass, false);
}

// Too many to look at: neither polarity may pass for it.
TEST(Trajectories, TooManyCallsAreNoVerdict) {
  Response flood;
  flood.tool_calls.assign(1001, {"delete", "{}"});
  const std::pair<const char*, const char*> graders[] = {
      {"tool_used", "{tools: delete}"},   {"tool_used", "{tools: delete, max: 0}"},
      {"tool_relevance", "{}"},           {"step_count", "{max: 3}"},
      {"tool_permission", "{deny: x}"},   {"agent_loop", "{}"},
      {"tool_sequence", "{steps: [a]}"},  {"tool_args_match", "{tool: a, arguments: {}}"},
      {"tool_calls", "{expected: []}"},   {"trajectory_match", "{expected: [], mode: subset}"},
      {"tool_call_f1", "{expected: [a]}"}};
  for (const auto& [kind, options] : graders) {
    for (const bool negate : {false, true}) {
      // Those that measure cannot be inverted.
      const std::string_view name = kind;
      const bool measures = name == "tool_permission" || name == "agent_loop" || name == "tool_call_f1";
      const Score score = GradeRun(kind, options, flood, negate && !measures);
      EXPECT_EQ(score.status, ScoreStatus::kError) << kind;
      EXPECT_EQ(score.reason, "more than 1000 calls") << kind;
    }
  }
}

std::string Words(int count, const std::string& prefix) {
  std::string text;
  for (int i = 0; i < count; ++i) text += prefix + std::to_string(i * 7919 % 1000) + " ";
  return text;
}

TEST(AgentLoop, AnswersThatSayTheSame) {
  Response run;
  run.transcript = {Says(Words(30, "word")), Says(Words(30, "word"))};
  run.text = "Done.";
  EXPECT_EQ(GradeRun("agent_loop", "{parts: [stagnation]}", run).value, 0.0);
  EXPECT_EQ(GradeRun("agent_loop", "{}", run).value, 0.65);
  EXPECT_EQ(GradeRun("agent_loop", "{of: answer}", run).value, 1.0);
  run.transcript[1].content = Words(30, "other");
  EXPECT_EQ(GradeRun("agent_loop", "{parts: [stagnation]}", run).value, 1.0);
  run.transcript = {Says("the same few words"), Says("the same few words")};
  EXPECT_EQ(GradeRun("agent_loop", "{parts: [stagnation]}", run).value, 1.0) << "too few to tell";
}

}  // namespace
}  // namespace assay
