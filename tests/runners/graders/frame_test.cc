// What the frame makes of every grader: when it is asked, what it sees, and what its value decides.

#include <gtest/gtest.h>

#include "tests/runners/graders/make_grader.h"

namespace assay {
namespace {

struct Row {
  std::string type;
  std::string options;
  std::string frame;
  std::string text;
  Score expected;
};

void Expect(const std::vector<Row>& rows, const Json& fields = Json(Json::Object{})) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.type + " " + row.options + " " + row.frame + " of " + row.text);
    const auto made = MakeGrader(SpecOf(row.type, row.options, false, row.frame), {});
    ASSERT_TRUE(made.has_value()) << made.error().message;
    const Score score = GradeText(*made->grader, row.text, fields);
    EXPECT_EQ(score.status, row.expected.status);
    EXPECT_EQ(score.pass, row.expected.pass);
    EXPECT_EQ(score.reason, row.expected.reason);
  }
}

const Score kIsB = Score::Pass("the response is \"B\"");

TEST(Frame, TransformsTheTextThatIsGraded) {
  const std::string equals = "{value: B}";
  Expect({
      {"equals", equals, "{transform: [{after: '</think>'}, {trim: true}]}", "hm A</think>\n B ", kIsB},
      {"equals", equals, "{transform: [{after: '</think>'}]}", "B", Score::Failing("transform: no \"</think>\"")},
      {"equals", equals, "{transform: [{last_line: true}]}", "A\n\n  B \n\n", kIsB},
      {"equals", equals, "{transform: [{last_line: true}]}", " \n",
       Score::Failing("transform: no line that is not blank")},
      {"equals", equals, "{transform: [{regex: 'is (\\w)'}]}", "it is B or is C", kIsB},
      {"equals", equals, "{transform: [{regex: 'is (\\w)', match: last}]}", "it is A or is B", kIsB},
      {"equals", equals, "{transform: [{regex: '[A-Z]'}]}", "a B", kIsB},
      {"equals", equals, "{transform: [{regex: '[A-Z]'}]}", "b", Score::Failing("transform: no match of \"[A-Z]\"")},
      {"equals", equals, "{transform: [{code_fence: any}, {trim: true}]}", "so:\n```python\nB\n```\nyes", kIsB},
      {"equals", equals, "{transform: [{code_fence: json}, {trim: true}]}", "```\nA\n```\n~~~ JSON x\nB\n~~~~\n", kIsB},
      {"equals", equals, "{transform: [{code_fence: json}]}", "```\nB\n```",
       Score::Failing("transform: no fenced block of \"json\"")},
      {"equals", equals, "{transform: [{code_fence: any}, {trim: true}]}", "````\nB", kIsB},
      {"equals", equals, "{transform: [{json: first}, {jq: .a}]}", "so {\"a\": \"B\"} or {\"a\": \"C\"}", kIsB},
      {"equals", equals, "{transform: [{json: last}, {jq: '.[1].a'}]}", "so {\"a\": 1} or [0, {\"a\": \"B\"}] or [",
       kIsB},
      {"equals", equals, "{transform: [{json: whole}]}", "B", Score::Failing("transform: the text is no JSON")},
      {"equals", equals, "{transform: [{json: first}]}", "{a} [", Score::Failing("transform: no JSON object or list")},
      {"equals", equals, "{transform: [{jq: .a}]}", "{}", Score::Failing("transform: nothing at .a")},
  });
}

TEST(Frame, WhatLacksIsNeverAPassAlsoWhenInverted) {
  Expect({
      {"contains", "{value: secret}", "{negate: true, transform: [{json: first}]}", "the secret",
       Score::Failing("transform: no JSON object or list")},
      {"contains", "{value: secret}", "{negate: true}", " ", Score::Failing("the response is empty")},
      {"contains", "{value: '{{gone}}'}", "{transform: [{json: first}]}", "x",
       Score::Unscored("no target: the case has no field \"gone\"")},
  });
}

TEST(Frame, IsAskedOfTheCasesThatItsConditionsNameOnly) {
  const Json fields = *Json::Parse(R"({"lang": "de", "risk": 3, "flag": true, "none": null, "a": {"b": 1.0}})");
  const Score asked = Score::Pass("the response is \"x\"");
  Expect(
      {
          {"equals", "{value: x}", "{when: {lang: de}}", "x", asked},
          {"equals", "{value: x}", "{when: {lang: [en, de], flag: true}}", "x", asked},
          {"equals", "{value: x}", "{when: {a.b: 1}}", "x", asked},
          {"equals", "{value: x}", "{when: {risk: {at_least: 3, at_most: 3}}}", "x", asked},
          {"equals", "{value: x}", "{when: {none: {exists: false}, gone: {exists: false}}}", "x", asked},
          {"equals", "{value: x}", "{when: {lang: {not_in: [en]}}}", "x", asked},
          {"equals", "{value: x}", "{when: {lang: en}}", "x",
           Score::NotApplicable("left out: field \"lang\" is \"de\"")},
          {"equals", "{value: x}", "{when: {gone: {not_in: [en]}}}", "x",
           Score::NotApplicable("left out: field \"gone\" is missing")},
          {"equals", "{value: x}", "{when: {lang: {at_least: 1}}}", "x",
           Score::NotApplicable("left out: field \"lang\" is \"de\"")},
          {"equals", "{value: x}", "{when: {risk: 3, lang: en}}", "x",
           Score::NotApplicable("left out: field \"lang\" is \"de\"")},
      },
      fields);
}

TEST(Frame, RefusesWhatDoesNotFit) {
  struct Refused {
    std::string frame;
    std::string message;
  };
  for (const Refused& row : {
           Refused{"{threshold: 0.5}", "grader type equals decides by itself: its value is 1 for pass and 0 for fail"},
           Refused{"{direction: minimize}", "grader type equals decides by itself"},
           Refused{"{transform: [{regex: '('}]}", "pattern: missing ): ("},
           Refused{"{transform: [{jq: 'range(9)'}]}", ""},
       }) {
    const auto made = MakeGrader(SpecOf("equals", "{value: x}", false, row.frame), {});
    ASSERT_FALSE(made.has_value()) << row.frame;
    EXPECT_NE(made.error().message.find(row.message), std::string::npos) << made.error().message;
  }
}

}  // namespace
}  // namespace assay
