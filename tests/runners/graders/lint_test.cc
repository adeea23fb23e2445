// What lint finds in the graders of a suite, with the kinds that there are: fields that cases lack, parts without
// weight, metrics of passes that are none, judges that cannot answer.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "config/catalog.h"
#include "runners/dataset_fields.h"
#include "runners/graders/grader.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kModels =
    "---\nkind: Model\nname: judge-model\nversion: '1'\nendpoint: {provider: any, url: http://127.0.0.1:1, model: j}\n"
    "---\nkind: Model\nname: bot\nversion: '1'\nendpoint: {provider: any, url: http://127.0.0.1:1, model: b}\n";

class GraderLint : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("assay_lint_" + std::to_string(getpid()) + "_" +
                                           ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    Write("cases.jsonl", R"({"question": "q", "reference": "r", "kind": "plain", "n": 1})");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void Write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }

  // The errors of a suite with these lines of YAML, without the place in the line.
  std::vector<std::string> Errors(const std::string& graders, const std::string& metrics = "") const {
    Write("suite.yaml", "kind: Suite\nname: s\ndataset: [{file: cases.jsonl}]\nprompt: [{user: hello}]\ngraders:\n" +
                            graders + metrics + std::string(kModels));
    PluginKind provider;
    provider.name = "any";
    const PluginKinds kinds{.graders = GraderKinds(), .providers = {provider}, .rules = {}};
    Diagnostics diagnostics;
    LoadCatalog({folder_.string()}, kinds, FirstRowOf, diagnostics);
    std::vector<std::string> errors;
    for (const Diagnostic& each : diagnostics.Sorted()) {
      EXPECT_GT(each.line, 5);
      errors.push_back(each.path + ": " + each.message);
    }
    return errors;
  }

  fs::path folder_;
};

TEST_F(GraderLint, SentinelsAreCasesOfAJudgeThatDecides) {
  Write("gold.jsonl",
        "{\"question\": \"q\", \"response\": \"a\", \"label\": \"pass\"}\n"
        "{\"question\": \"q\", \"response\": \"b\", \"label\": \"fail\"}\n");
  Write("half.jsonl", "{\"question\": \"q\", \"response\": \"a\", \"label\": \"pass\"}\n");
  const auto judge = [&](const std::string& rest) {
    return Errors("  - {name: a, type: judge, endpoint: judge-model, " + rest + "}\n");
  };
  EXPECT_THAT(judge("pack: toxicity, sentinels: {file: gold.jsonl}"), ElementsAre());
  EXPECT_THAT(judge("pack: toxicity, sentinels: {file: half.jsonl}"),
              ElementsAre(HasSubstr("0 with label fail; both are needed")));
  EXPECT_THAT(judge("pack: toxicity, sentinels: {file: nowhere.jsonl}"), ElementsAre(HasSubstr("is missing")));
  EXPECT_THAT(judge("pack: helpfulness, sentinels: {file: gold.jsonl}"),
              ElementsAre(HasSubstr("the grader measures; give it a threshold")));
  EXPECT_THAT(judge("pack: helpfulness, threshold: 0.5, sentinels: {file: gold.jsonl}"), ElementsAre());
  EXPECT_THAT(judge("pack: correctness, sentinels: {file: gold.jsonl}"),
              ElementsAre(HasSubstr("sentinel \"1\" of file \"gold.jsonl\" has no field \"reference\"")));
  EXPECT_THAT(judge("pack: toxicity, when: {kind: plain}, sentinels: {file: gold.jsonl}"),
              ElementsAre(HasSubstr("is left out by the grader's \"when\", by field \"kind\"")));
  EXPECT_THAT(Errors("  - {name: a, type: equals, value: a, sentinels: {file: gold.jsonl}}\n"),
              ElementsAre(HasSubstr("grader type equals is no judge")));
}

TEST_F(GraderLint, SentinelsThatTheJudgeCannotTellApartAreOne) {
  Write("copies.jsonl",
        "{\"id\": \"a\", \"question\": \"q\", \"note\": 1, \"response\": \"a\", \"label\": \"pass\"}\n"
        "{\"id\": \"b\", \"question\": \"q\", \"note\": 1, \"response\": \"b\", \"label\": \"fail\"}\n"
        "{\"id\": \"c\", \"question\": \"q\", \"note\": 2, \"response\": \"a\", \"label\": \"pass\"}\n");
  const auto judge = [&](const std::string& rest) {
    return Errors("  - {name: a, type: judge, endpoint: judge-model, " + rest + ", sentinels: {file: copies.jsonl}}\n");
  };
  EXPECT_THAT(
      judge("criteria: \"It answers.\""),
      ElementsAre(HasSubstr("file \"copies.jsonl\": sentinel \"c\" repeats sentinel \"a\" in all that the judge "
                            "is shown, the response; it tells nothing twice")));
  EXPECT_THAT(judge("criteria: \"It answers {{{note}}}.\""), ::testing::Each(::testing::Not(HasSubstr("repeats"))));
  EXPECT_THAT(judge("pack: toxicity, inputs: {extra: \"{{#note}}x{{/note}}\"}"),
              ::testing::Each(::testing::Not(HasSubstr("repeats"))));
}

TEST_F(GraderLint, InputsThatCasesDoNotHaveAreErrors) {
  EXPECT_THAT(Errors("  - {name: a, type: judge, endpoint: judge-model, pack: faithfulness}\n"),
              ElementsAre(HasSubstr("graders[0].type: field \"context\" is not in the first row of \"cases.jsonl\"")));
  EXPECT_THAT(Errors("  - {name: a, type: judge, endpoint: judge-model, pack: helpfulness, inputs: {question: "
                     "\"{{questoin}}\"}}\n"),
              ElementsAre(HasSubstr("field \"questoin\" is not in the first row of \"cases.jsonl\"; did you mean "
                                    "\"question\"?")));
  EXPECT_THAT(Errors("  - {name: a, type: judge, endpoint: judge-model, pack: correctness}\n"), ElementsAre());
  EXPECT_THAT(
      Errors("  - {name: a, type: pairwise, endpoint: judge-model, against: \"{{best}}\", question: \"{{q}}\"}\n"),
      ElementsAre(HasSubstr("graders[0].against: field \"best\""), HasSubstr("graders[0].question: field \"q\"")));
  // Also those that compute, and name a field by an option that is no template, or by none.
  EXPECT_THAT(Errors("  - {name: a, type: tool_calls}\n"), ElementsAre(HasSubstr("field \"expected_calls\"")));
}

TEST_F(GraderLint, OfCasesThatAGraderIsNotAskedOfNothingIsNeeded) {
  EXPECT_THAT(Errors("  - {name: a, type: judge, endpoint: judge-model, pack: faithfulness, when: {kind: cited}}\n"
                     "  - {name: b, type: equals, value: \"{{gone}}\", when: {gone: {exists: true}}}\n"
                     "  - {name: c, type: equals, value: \"{{gone}}\", when: {kind: plain, n: {at_least: 1}}}\n"),
              ElementsAre(HasSubstr("graders[2].value: field \"gone\" is not in the first row")));
}

TEST_F(GraderLint, CombinationsThatNoPartWeighsInAreErrors) {
  const std::string parts =
      "  - {name: a, type: equals, value: x, weight: 0}\n"
      "  - {name: b, type: equals, value: y, weight: 0}\n"
      "  - {name: c, type: equals, value: z}\n";
  EXPECT_THAT(Errors(parts + "  - {name: w, type: weighted, of: [a, b]}\n"),
              ElementsAre("graders[3].of: all its graders have weight 0, and 1 must have one, or it is never decided"));
  EXPECT_THAT(Errors(parts + "  - {name: j, type: jury, of: [a, b, c]}\n"),
              ElementsAre("graders[3].of: only 1 of its graders have a weight above 0, and 2 must have one, or it is "
                          "never decided"));
  EXPECT_THAT(Errors(parts + "  - {name: w, type: weighted, of: [a, c]}\n"
                             "  - {name: j, type: jury, of: [b, c], quorum: 1}\n"
                             "  - {name: k, type: any, of: [a, b]}\n"),
              ElementsAre());
}

TEST_F(GraderLint, OfAGraderThatMeasuresThereIsNoPass) {
  const std::string metric = "metrics: [{name: rate, grader: a, source: pass}]\n";
  EXPECT_THAT(Errors("  - {name: a, type: judge, endpoint: judge-model, pack: helpfulness}\n", metric),
              ElementsAre("metrics[0].source: grader \"a\" measures and does not decide, so that no trial passes; give "
                          "it a threshold"));
  EXPECT_THAT(Errors("  - {name: a, type: judge, endpoint: judge-model, pack: helpfulness, threshold: 0.5}\n", metric),
              ElementsAre());
  EXPECT_THAT(Errors("  - {name: a, type: judge, endpoint: judge-model, pack: toxicity}\n", metric), ElementsAre());
}

TEST_F(GraderLint, AReasonThatIsNearlyAKnownOneIsAnError) {
  EXPECT_THAT(Errors("  - {name: a, type: finish_reason, is: content_fliter, negate: true}\n"),
              ElementsAre("graders[0].is: unknown reason \"content_fliter\"; did you mean \"content_filter\"?"));
  EXPECT_THAT(Errors("  - {name: a, type: finish_reason, is: [Stop, tool_cals]}\n"),
              ElementsAre("graders[0].is[1]: unknown reason \"tool_cals\"; did you mean \"tool_calls\"?"));
  EXPECT_THAT(Errors("  - {name: a, type: finish_reason, is: [STOP, max_tokens, MALFORMED_FUNCTION_CALL, "
                     "a_word_of_its_own, \"{{question}}\"]}\n"),
              ElementsAre());
}

TEST_F(GraderLint, AQuantileOfAnInvariantIsAnError) {
  const std::string graders = "  - {name: a, type: secrets, role: invariant}\n  - {name: b, type: secrets}\n";
  EXPECT_THAT(
      Errors(graders, "metrics: [{name: m, grader: a, aggregate: p50}]\n"),
      ElementsAre("metrics[0].aggregate: grader \"a\" is an invariant, and p50 hides cases that fail; take mean"));
  EXPECT_THAT(Errors(graders, "metrics: [{name: m, grader: a, source: pass, aggregate: p99}]\n"),
              ElementsAre(HasSubstr("p99 hides cases that fail")));
  EXPECT_THAT(Errors(graders,
                     "metrics: [{name: m, grader: a, aggregate: mean}, {name: n, grader: b, aggregate: p50}, "
                     "{name: o, source: latency_ms, aggregate: p95}]\n"),
              ElementsAre());
}

TEST_F(GraderLint, AJudgeIsAModelOfTheCatalog) {
  EXPECT_THAT(Errors("  - {name: a, type: judge, endpoint: jugde-model, pack: toxicity}\n"),
              ElementsAre("graders[0].endpoint: there is no model \"jugde-model\" in the catalog; did you mean "
                          "\"judge-model\"?"));
  EXPECT_THAT(Errors("  - {name: a, type: pairwise, endpoint: nobody, against: x}\n"),
              ElementsAre("graders[0].endpoint: there is no model \"nobody\" in the catalog; its models are "
                          "judge-model, bot"));
}

TEST_F(GraderLint, SamplingWithoutRoomForAVerdictIsAnError) {
  const auto with = [&](const std::string& sampling, const std::string& pack = "toxicity") {
    return Errors("  - {name: a, type: judge, endpoint: judge-model, pack: " + pack + ", sampling: " + sampling +
                  "}\n");
  };
  EXPECT_THAT(with("{max_tokens: 16}"),
              ElementsAre("graders[0].sampling.max_tokens: leaves no room for a verdict; give the judge 32 tokens or "
                          "more"));
  EXPECT_THAT(with("{max_tokens: 32, stop: ['<|end|>', \"\\n\\n\\n###\"]}"), ElementsAre());
  const std::string at = "graders[0].sampling.stop[0]: ends the reply before its verdict";
  for (const std::string stop : {"VERDICT", "FAIL", "\"\\n\"", "':'", "e"}) {
    EXPECT_THAT(with("{stop: [" + stop + "]}"), ElementsAre(at)) << stop;
  }
  EXPECT_THAT(with("{stop: ['1']}", "helpfulness"), ElementsAre(at));
  EXPECT_THAT(with("{stop: [partial]}", "correctness"), ElementsAre(at));
  EXPECT_THAT(Errors("  - {name: a, type: pairwise, endpoint: judge-model, against: x, sampling: {max_tokens: 8}}\n"),
              ElementsAre(HasSubstr("leaves no room for a verdict")));
}

}  // namespace
}  // namespace assay
