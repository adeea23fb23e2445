// Graders of calls of tools on what a hostile model may write: KIND OPTIONS in YAML on one line, a line `----`, the
// fields of the case in JSON, a line `----`, what the model wrote: the text of the answer, and the arguments of its
// calls.

#include "config/node.h"
#include "runners/graders/grader.h"
#include "runners/graders/tools/python_calls.h"
#include "tests/fuzz/invariant.h"

namespace assay::fuzz {
namespace {

bool IsText(std::string_view text) { return Json::Parse(Json(text).Dump()).has_value(); }

void CheckPython(std::string_view text) {
  const Result<std::vector<PythonCall>> calls = ParsePythonCalls(text);
  if (!calls) {
    Require(!calls.error().message.empty(), "the error says what is wrong");
    return;
  }
  for (const PythonCall& call : *calls) {
    Require(!call.name.empty(), "a call has a name");
    const std::string arguments = Json(call.arguments).Dump();
    Require(Json::Parse(arguments, 200).has_value(), "arguments are JSON");
  }
}

// What a model wrote is never the grader's error; what the case says may be.
void CheckScore(const Score& score, bool is_case_sound) {
  const bool is_scored = score.status == ScoreStatus::kScored;
  Require(score.value.has_value() == is_scored, "a value if and only if it was judged");
  Require(!score.value || (*score.value >= 0 && *score.value <= 1), "a share");
  Require(!score.pass || *score.pass == (score.value == 1), "pass says what the value says");
  Require(score.reason.size() <= Score::kMaxReason && IsText(score.reason), "the reason is short and UTF-8");
  Require(is_scored || !score.reason.empty(), "what was not judged has a reason");
  Require(is_scored || !is_case_sound || score.reason == "more than 1000 calls", "the model's calls are judged");
}

void Check(std::string_view input) {
  const std::string_view head = TakePart(input);
  const Result<Json> fields = Json::Parse(TakePart(input));
  CheckPython(input);
  const std::size_t space = head.find(' ');
  if (space == std::string_view::npos || !fields || !fields->is_object()) return;
  Diagnostics diagnostics;
  const std::vector<YamlDocument> options = ParseYaml("options", std::string(head.substr(space + 1)), diagnostics);
  if (options.empty() || options.front().root.Find("schema_file")) return;
  GraderSpec spec;
  spec.name = "g";
  spec.type = head.substr(0, space);
  spec.options = options.front().root;
  const Result<SuiteGrader> grader = MakeGrader(spec, {});
  if (!grader) return;
  Response plain;
  plain.text = "In words.";
  const Case item{0, "c", *fields};
  const bool is_case_sound = grader->grader->Grade(item, plain).status == ScoreStatus::kScored;
  Response response;
  response.transcript.push_back({.role = Role::kAssistant, .content = std::string(input), .tool_calls = {{"g", "{}"}}});
  response.text = input;
  // In a schema that is not sound nobody notices before the tool is called.
  const bool is_called = spec.type == "tool_call_schema_valid";
  for (const char* name : {"", "f", "get_weather"}) {
    if (*name != '\0') response.tool_calls.push_back({name, std::string(input)});
    const Score score = grader->grader->Grade(item, response);
    CheckScore(score, is_case_sound && !is_called);
    Require(score == grader->grader->Grade(item, response), "the same response gets the same score");
  }
  Require(grader->grader->Grade(item, Response{}).pass != true, "nothing passes nothing");
}

}  // namespace
}  // namespace assay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::fuzz::Check(assay::fuzz::TextOf(data, size));
  return 0;
}
