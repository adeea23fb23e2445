// Graders on hostile responses: KIND OPTIONS in YAML on one line, a line `----`, the response. Options that no grader
// takes are refused with a reason.

#include <cmath>

#include "config/node.h"
#include "runners/dataset_format.h"
#include "runners/graders/grader.h"
#include "tests/fuzz/invariant.h"

namespace assay::fuzz {
namespace {

void Check(std::string_view input) {
  const std::string_view head = TakePart(input);
  const std::size_t space = head.find(' ');
  if (space == std::string_view::npos) return;
  Diagnostics diagnostics;
  const std::vector<YamlDocument> options = ParseYaml("options", std::string(head.substr(space + 1)), diagnostics);
  if (options.empty()) return;
  for (const char* file : {"schema_file", "rules_file", "phrases_file"}) {
    if (options.front().root.Find(file)) return;
  }
  for (const bool negate : {false, true}) {
    GraderSpec spec;
    spec.name = "g";
    spec.type = head.substr(0, space);
    spec.negate = negate;
    spec.options = options.front().root;
    const Result<SuiteGrader> grader = MakeGrader(spec, {});
    if (!grader) {
      Require(!grader.error().message.empty(), "the error says what is wrong");
      continue;
    }
    Response response;
    response.text = input;
    response.tool_calls.push_back({"f", std::string(input)});
    response.latency = std::chrono::seconds(1);
    const Case item{0, "c", Json::Of({{"answer", "42"}, {"answers", Json::Array{"a", "é"}}})};
    const Score score = grader->grader->Grade(item, response);
    const bool is_scored = score.status == ScoreStatus::kScored;
    Require(score.value.has_value() == is_scored, "a value if and only if it was judged");
    Require(!score.value || std::isfinite(*score.value), "a value is a number");
    Require(!score.pass || score.value == (*score.pass ? 1 : 0), "pass and fail are 1 and 0");
    Require(score.reason.size() <= Score::kMaxReason && IsUtf8(score.reason), "the reason is short and UTF-8");
    Require(IsUtf8(score.evidence) && IsUtf8(score.label), "so is the evidence");
    Require(is_scored || !score.reason.empty(), "what was not judged has a reason");
    Require(score == grader->grader->Grade(item, response), "the same response gets the same score");
  }
}

}  // namespace
}  // namespace assay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::fuzz::Check(assay::fuzz::TextOf(data, size));
  return 0;
}
