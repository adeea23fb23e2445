// testdata/KIND.txt: what each kind says of a response. Lines:
//   options: {…}      YAML, holds until the next one          case: {…}     JSON fields, likewise
//   negate: true      likewise                                latency: 2s   of the response, likewise
//   frame: {…}        YAML of the frame's options, likewise
//   parts: [{"name": "a", "pass": true}, {"name": "b", "value": 0.5, "weight": 2, "reason": …}, {"name": "c",
//     "status": "error", "reason": …}]   scores that are combined; the answer follows. "nothing": true: of nothing
//   replies: ["…", …]  of the model or plug-in that the grader asks, likewise; ScriptedEndpoint and ScriptedPlugins say
//     what stands in them
//   responded: text   the response that the parts judged, likewise; "an answer" at first
//   > text            a response; "…" is read as a JSON string
//   told: {…}         JSON of what the endpoint told, likewise: first_token ("50ms"), tokens_in, tokens_out, cost_usd,
//                     finish_reason, cached, guardrails ([["input", "blocked", "violence"]])
//   calls: [{"name": …, "arguments": …}]   tool calls of the response, likewise; arguments that are text are raw
//   logprobs: [-0.5]  of the tokens of the response, likewise
//   status: reason    what the grader must answer: pass, fail, "value 0.5", unscored or error
// ASSAY_REWRITE=1 rewrites the answers; read the difference.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <sstream>

#include "core/clock.h"
#include "tests/runners/graders/make_grader.h"
#include "tests/runners/graders/scripted_endpoint.h"
#include "tests/runners/graders/scripted_plugins.h"

namespace assay {
namespace {

std::string Answer(const Score& score) {
  switch (score.status) {
    case ScoreStatus::kUnscored:
      return "unscored: " + score.reason;
    case ScoreStatus::kError:
      return "error: " + score.reason;
    case ScoreStatus::kNotApplicable:
      return "left out: " + score.reason;
    case ScoreStatus::kScored:
      break;
  }
  if (!score.pass) {
    std::ostringstream value;
    value << "value " << std::setprecision(9) << *score.value << ": " << score.reason;
    return value.str();
  }
  return (*score.pass ? "pass: " : "fail: ") + score.reason;
}

std::vector<ToolCall> CallsOf(const Json& list) {
  std::vector<ToolCall> calls;
  for (const Json& call : list.as_array()) {
    const Json& arguments = *call.Find("arguments");
    calls.push_back({.name = call.Find("name")->as_string(),
                     .arguments = arguments.is_string() ? arguments.as_string() : arguments.Dump()});
  }
  return calls;
}

GuardrailFinding FindingOf(const Json& list) {
  const Json::Array& words = list.as_array();
  using Outcome = GuardrailFinding::Outcome;
  const std::string& outcome = words[1].as_string();
  EXPECT_TRUE(outcome == "blocked" || outcome == "flagged" || outcome == "failed") << outcome;
  return {.side = words[0].as_string() == "input" ? GuardrailFinding::Side::kInput : GuardrailFinding::Side::kOutput,
          .outcome = outcome == "blocked"   ? Outcome::kBlocked
                     : outcome == "flagged" ? Outcome::kFlagged
                                            : Outcome::kFailed,
          .category = words[2].as_string()};
}

// What is not named is as in a response of which nothing is told.
void Tell(const Json& told, Response& response) {
  response.first_token.reset();
  response.usage = {};
  response.cost_usd.reset();
  response.finish_reason.clear();
  response.is_cached = false;
  response.guardrails.clear();
  for (const auto& [name, value] : told.as_object()) {
    if (name == "first_token") {
      response.first_token = *ParseDuration(value.as_string());
    } else if (name == "tokens_in") {
      response.usage.tokens_in = value.as_integer();
    } else if (name == "tokens_out") {
      response.usage.tokens_out = value.as_integer();
    } else if (name == "cost_usd") {
      response.cost_usd = value.as_number();
    } else if (name == "finish_reason") {
      response.finish_reason = value.as_string();
    } else if (name == "cached") {
      response.is_cached = value.as_bool();
    } else if (name == "guardrails") {
      for (const Json& finding : value.as_array()) response.guardrails.push_back(FindingOf(finding));
    } else {
      ADD_FAILURE() << "told: unknown " << name;
    }
  }
}

Score PartOf(const Json& part) {
  const auto text = [&](std::string_view key) {
    const Json* found = part.Find(key);
    return found == nullptr ? std::string() : found->as_string();
  };
  if (text("status") == "error") return Score::Broken(text("reason"));
  if (text("status") == "unscored") return Score::Unscored(text("reason"));
  if (const Json* value = part.Find("value")) return Score::Measured(value->as_number(), text("reason"));
  return part.Find("pass")->as_bool() ? Score::Pass(text("reason")) : Score::Failing(text("reason"));
}

std::string Combined(const Combination& combination, const Response& response, const Json& list) {
  std::vector<Score> scores;
  for (const Json& part : list.as_array()) scores.push_back(PartOf(part));
  std::vector<Combination::Part> parts;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const Json& part = list.as_array()[i];
    const Json* weight = part.Find("weight");
    parts.push_back({.name = part.Find("name")->as_string(),
                     .weight = weight == nullptr ? 1 : weight->as_number(),
                     .score = &scores[i],
                     .has_nothing = part.Find("nothing") != nullptr});
  }
  return Answer(combination.Combine(response, parts));
}

Score PluginScore(const std::string& kind, const std::string& options, bool negate, const std::string& frame,
                  const std::deque<std::string>& replies, const Case& item, const Response& response) {
  ScriptedPlugins plugins(replies);
  const GraderServices services = plugins.Services();
  const auto made = MakeGrader(SpecOf(kind, plugins.Filled(options), negate, frame), {}, &services);
  if (!made) return Score::Broken(made.error().message);
  const auto outcome = plugins.Grade(*made->waiting, item, response);
  return outcome ? outcome->score : Score::Broken(outcome.error().message);
}

class GraderFile : public testing::TestWithParam<std::string> {};

TEST_P(GraderFile, AnswersAsWritten) {
  const std::string kind = GetParam();
  const std::string path = std::string(ASSAY_SOURCE_DIR) + "/tests/runners/graders/testdata/" + kind + ".txt";
  std::ifstream file(path);
  ASSERT_TRUE(file) << path;
  std::string options = "{}";
  Json fields{Json::Object{}};
  std::string frame = "{}";
  std::deque<std::string> replies;
  bool negate = false;
  Response response;
  response.text = "an answer";
  std::optional<std::string> answer;
  std::ostringstream out;
  std::string line;
  int answers = 0;
  for (int number = 1; std::getline(file, line); ++number) {
    SCOPED_TRACE(path + ":" + std::to_string(number));
    const auto rest = [&](std::string_view key) { return line.substr(std::min(line.size(), key.size())); };
    if (answer) {
      EXPECT_EQ(line, *answer);
      out << *answer << '\n';
      answer.reset();
      ++answers;
      continue;
    }
    out << line << '\n';
    if (line.starts_with("options: ")) {
      options = rest("options: ");
    } else if (line.starts_with("case: ")) {
      const auto parsed = Json::Parse(rest("case: "));
      ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
      fields = *parsed;
    } else if (line.starts_with("frame: ")) {
      frame = rest("frame: ");
    } else if (line.starts_with("parts: ")) {
      const auto parsed = Json::Parse(rest("parts: "));
      ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
      const auto made = MakeGrader(SpecOf(kind, options, negate, frame), {});
      ASSERT_TRUE(made.has_value()) << made.error().message;
      ASSERT_NE(made->combination, nullptr);
      answer = Combined(*made->combination, response, *parsed);
    } else if (line.starts_with("responded: ")) {
      response.text = rest("responded: ");
    } else if (line.starts_with("replies: ")) {
      const auto parsed = Json::Parse(rest("replies: "));
      ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
      replies.clear();
      for (const Json& reply : parsed->as_array()) replies.push_back(reply.as_string());
    } else if (line.starts_with("negate: ")) {
      negate = rest("negate: ") == "true";
    } else if (line.starts_with("latency: ")) {
      response.latency = *ParseDuration(rest("latency: "));
    } else if (line.starts_with("told: ")) {
      const auto parsed = Json::Parse(rest("told: "));
      ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
      Tell(*parsed, response);
    } else if (line.starts_with("calls: ")) {
      const auto parsed = Json::Parse(rest("calls: "));
      ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
      response.tool_calls = CallsOf(*parsed);
    } else if (line.starts_with("logprobs: ")) {
      const auto parsed = Json::Parse(rest("logprobs: "));
      ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
      response.logprobs.clear();
      for (const Json& logprob : parsed->as_array()) response.logprobs.push_back({{"token", logprob.as_number()}});
    } else if (line.starts_with(">")) {
      response.text = rest("> ");
      if (response.text.starts_with('"') && response.text.ends_with('"')) {
        const auto parsed = Json::Parse(response.text);
        ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
        response.text = parsed->as_string();
      }
      const Case item{0, "c", fields};
      if (ScriptedPlugins::AreNamedIn(options)) {
        answer = Answer(PluginScore(kind, options, negate, frame, replies, item, response));
        continue;
      }
      auto endpoint = std::make_shared<ScriptedEndpoint>();
      endpoint->replies = replies;
      const GraderServices services{.endpoint = [&](const std::string&) { return endpoint; },
                                    .programs = std::string(ASSAY_SOURCE_DIR) + "/docs/plugins"};
      const auto made = MakeGrader(SpecOf(kind, options, negate, frame), {}, &services);
      ASSERT_TRUE(made.has_value()) << made.error().message;
      answer = Answer(made->waiting ? GradeWaiting(*made->waiting, item, response)->score
                                    : made->grader->Grade(item, response));
    } else {
      ASSERT_TRUE(line.empty() || line.starts_with("#")) << line;
    }
  }
  EXPECT_FALSE(answer.has_value()) << "the last response has no answer";
  EXPECT_GT(answers, 3) << "hardly a test";
  if (std::getenv("ASSAY_REWRITE") != nullptr) std::ofstream(path) << out.str();
}

std::vector<std::string> Kinds() {
  std::vector<std::string> names;
  for (const PluginKind& kind : GraderKinds()) names.push_back(kind.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Kinds, GraderFile, testing::ValuesIn(Kinds()), [](const auto& test) { return test.param; });

}  // namespace
}  // namespace assay
