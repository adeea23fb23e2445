// testdata/KIND.txt: what each kind says of a response. Lines:
//   options: {…}      YAML, holds until the next one          case: {…}     JSON fields, likewise
//   negate: true      likewise                                latency: 2s   of the response, likewise
//   > text            a response; "…" is read as a JSON string
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

namespace assay {
namespace {

std::string Answer(const Score& score) {
  switch (score.status) {
    case ScoreStatus::kUnscored:
      return "unscored: " + score.reason;
    case ScoreStatus::kError:
      return "error: " + score.reason;
    case ScoreStatus::kScored:
      break;
  }
  if (!score.pass) {
    std::ostringstream value;
    value << "value " << std::setprecision(9) << *score.value << ": " << score.reason;
    return value.str();
  }
  EXPECT_EQ(score.value, score.pass == true ? 1.0 : 0.0);
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

class GraderFile : public testing::TestWithParam<std::string> {};

TEST_P(GraderFile, AnswersAsWritten) {
  const std::string kind = GetParam();
  const std::string path = std::string(ASSAY_SOURCE_DIR) + "/tests/runners/graders/testdata/" + kind + ".txt";
  std::ifstream file(path);
  ASSERT_TRUE(file) << path;
  std::string options = "{}";
  Json fields{Json::Object{}};
  bool negate = false;
  Response response;
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
    } else if (line.starts_with("negate: ")) {
      negate = rest("negate: ") == "true";
    } else if (line.starts_with("latency: ")) {
      response.latency = *ParseDuration(rest("latency: "));
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
      const auto grader = GraderOf(kind, options, negate);
      ASSERT_NE(grader, nullptr);
      answer = Answer(grader->Grade(Case{0, "c", fields}, response));
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
