// assay plan on files: no daemon is there. What it prints is read by people, and so is compared as a whole.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command_line.h"
#include "core/json.h"
#include "tests/testing/program.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSuite = R"(kind: Suite
name: chat
dataset: [{file: cases.jsonl, id: id}]
prompt: [{user: "{{question}}"}]
trials: 2
slices: [topic]
%s
graders:
  - {name: answer, type: contains, value: "{{expected}}"}
  - {name: kind, type: judge, endpoint: bot, criteria: is it kind, votes: 3, sentinels: {file: sentinels.jsonl}}
  - {name: marks, type: judge, endpoint: bot, steps: [look at it]}
metrics:
  - {name: p95, source: latency_ms, aggregate: p95}
  - {name: slow, source: latency_ms, aggregate: mean}
---
kind: Model
name: bot
version: "1"
endpoint: {provider: openai-chat, url: "http://127.0.0.1:1/v1", model: bot}
---
kind: Gate
name: g
suites: [chat]
)";

class PlanVerb : public ::testing::Test {
 protected:
  struct Printed {
    int exit_code = 0;
    std::string output;
    std::string errors;
  };

  PlanVerb() {
    std::string cases;
    for (int i = 0; i < 120; ++i) {
      const std::string number = std::to_string(i);
      cases += R"({"id":")" + number + R"(","question":")" + number + R"(","expected":"x","topic":")" +
               (i % 2 == 0 ? "bills" : "cards") + R"(","talk":)" + std::to_string(i / 3) + "}\n";
    }
    files_.Write("cases.jsonl", cases);
    std::string sentinels;
    for (int i = 0; i < 80; ++i) {
      sentinels += R"({"question":"s)" + std::to_string(i) + R"(","response":"r","label":")" +
                   (i % 2 == 0 ? "pass" : "fail") + "\"}\n";
    }
    files_.Write("sentinels.jsonl", sentinels);
  }

  // Of a gate that ends so.
  Printed Plan(const std::string& rules, const std::string& suite_key = "", bool as_json = false) {
    std::string text = kSuite;
    text.replace(text.find("%s\n"), 3, suite_key.empty() ? "" : suite_key + "\n");
    const std::string path = files_.Write("catalog.yaml", text + rules).string();
    std::vector<const char*> argv = {"assay", "plan", "g", path.c_str()};
    if (as_json) argv.insert(argv.end(), {"--output", "json"});
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Printed printed;
    printed.exit_code = RunCommandLine(static_cast<int>(argv.size()), argv.data());
    printed.output = ::testing::internal::GetCapturedStdout();
    printed.errors = ::testing::internal::GetCapturedStderr();
    return printed;
  }

  testing::TemporaryFolder files_;
};

TEST_F(PlanVerb, TellsWhatEveryKindOfRuleNeedsAndDetects) {
  const Printed printed = Plan(R"(baseline: {model: bot, version: "1"}
rules:
  - {name: floor, metric: answer, at_least: 0.85}
  - {name: each, metric: answer, at_least: 0.85, by: topic}
  - {name: marks, metric: marks, at_least: 0.6, role: advisory}
  - {name: worse, metric: answer, non_inferior: {margin: 0.05}}
  - {name: same, metric: answer, equivalent: {margin: 0.08}}
  - {name: none-new, grader: answer, no_new_failures: {allow: 1}}
  - {name: p95, metric: p95, at_most: 2000}
  - {name: p95-as-before, metric: p95, non_inferior: {margin: 100}}
  - {name: slow, metric: slow, at_most: 1500, role: advisory}
  - {name: mix, expression: "answer - 0.1 * marks >= 0.5", role: advisory}
  - {name: sure, agreement: {of: kind, at_least: 0.6}}
  - {name: steady, metric: answer, drift: {}}
  - {name: fresh, freshness: {max_age: 7d}}
  - {name: cheap, budget: {usd: 5}}
  - {name: topics, coverage: {of: topic, min_cases: 5, at_least: 1}}
)");
  EXPECT_EQ(printed.exit_code, 0) << printed.errors;
  EXPECT_EQ(printed.output, R"~(gate g  suite chat

  REQUESTS           COUNT  OF
  candidate          240    120 cases x 2 trials
  baseline           240    120 cases x 2 trials; a stored run of it is not asked again
  judge kind         1440   240 trials x 3 calls, of candidate and baseline
  sentinels of kind  480    80 sentinels x 3 calls, once in the run of candidate and baseline each
  judge marks        480    240 trials, of candidate and baseline
  in all             2880   without retries and repairs of replies

  RULE              ASKS                                      PART         CASES  NEEDS             PASSES FROM           FAILS TO               MDE
  floor             >= 0.85                                                120    19                0.9241                0.7542                 0.09578
  each              >= 0.85                                   topic=bills  60     19                0.9481                0.6911                 0.1589
                                                              topic=cards  60     19                0.9481                0.6911                 0.1589
  marks (advisory)  >= 0.6                                                 120    6                 0.6604                0.5403                 0.05972
  worse             difference >= -0.05                                    120    59                0.03012               -0.1303                0.0803
  same              |difference| <= 0.08                                   120    36                in fewer checks       ±0.1664                0.08636
  none-new          new failures <= 1                                      120    2                 0.6875 % new          2.475 % new            2.475 %
  p95               <= 2000                                                120    59                99.31 % within        88.8 % within          6.201 %
  p95-as-before     difference <= 100                                      120    72                by how values spread  by how values spread   by how values spread
  slow (advisory)   <= 1500                                                120    2                 -0.2288 sd            0.2288 sd              0.2288 sd
  mix (advisory)    answer - 0.1 * marks >= 0.5                            120    7                 0.644                 0.3555                 0.1445
  sure              kappa of judge "kind" and people >= 0.6                120    34 sentinels      by its sentinels      by its sentinels       by its sentinels
  steady            within 3 deviations of its history                     120    8 earlier runs    after 8 runs          never fails            never fails
  fresh             <= 7d old                                              120    to end in 7d      by the time it takes  by the time it takes   by the time it takes
  cheap             <= $5                                                  120    by what it costs  by what it costs      by what it costs       by what it costs
  topics            >= 1 of the values of topic with 5 cases               120    by its count      once all are scored   if too few are scored  if too few are scored
  NEEDS: cases, if all are as good as can be. PASSES FROM, FAILS TO: what must truly be so for the rule to pass, or to fail,
  in 80 % of checks. MDE, the minimum detectable effect: how far FAILS TO lies from what is asked.
  Of rules that compare: differences, candidate less baseline.
  sd: standard deviations from what is asked.
  % within: the share of the cases that are as good as is asked of each.
  % new: the share of the cases that only the baseline passes.
  floor: assumes the 2 trials of a case come out alike
  each: assumes the 2 trials of a case come out alike
  marks: assumes graded values have a standard deviation of 0.245 at a mean of 0.6, half of the greatest there can be; the 2 trials of a case come out alike; a judge that is right on every sentinel and case
  worse: assumes the models disagree on 10 % of the cases; of a difference beyond these, that only one of them passes where they disagree; the 2 trials of a case come out alike
  same: assumes the models disagree on 10 % of the cases; of a difference beyond these, that only one of them passes where they disagree; the 2 trials of a case come out alike
  none-new: assumes the 2 trials of a case come out alike
  p95: assumes the 2 trials of a case come out alike
  p95-as-before: at which difference of two quantiles it decides depends on how the values spread around them
  slow: assumes values with a standard deviation, sd, that is not known before a run; the 2 trials of a case come out alike
  slow: a mean without bounds: how many cases it takes depends on how much they vary
  mix: assumes its metrics move together from their worst to their best, and vary independently of each other; a judge that is right on every sentinel and case
  steady: an alarm makes the verdict INCONCLUSIVE, never FAIL; before 8 complete runs of the model by the suite it is INCONCLUSIVE too

Note: steady: the gate cannot pass before 8 complete runs of the candidate's model by the suite are stored; how many are missing a verdict says, since a plan asks no daemon
)~");
}

TEST_F(PlanVerb, TellsWhatItAssumesOfClusters) {
  const Printed printed = Plan(R"(rules:
  - {name: floor, metric: answer, at_least: 0.85}
  - {name: none, grader: answer, zero_failures: {max_rate: 0.1}}
  - {name: p95, metric: p95, at_most: 2000, confidence: 0.8}
)",
                               "cluster: talk");
  EXPECT_EQ(printed.exit_code, 0) << printed.errors;
  EXPECT_EQ(printed.output, R"~(gate g  suite chat

  REQUESTS           COUNT  OF
  candidate          240    120 cases x 2 trials
  judge kind         720    240 trials x 3 calls
  sentinels of kind  240    80 sentinels x 3 calls, once in the run
  judge marks        240    240 trials
  in all             1440   without retries and repairs of replies

  RULE   ASKS                     PART  CASES      NEEDS  PASSES FROM     FAILS TO        MDE
  floor  >= 0.85                        120 in 40  56     0.9538          0.738           0.112
  none   no failure, rate <= 0.1        120 in 40  86     0.9978          0.984           0.01597
  p95    <= 2000                        120 in 40  95     99.66 % within  89.04 % within  5.963 %
  NEEDS: cases, if all are as good as can be. PASSES FROM, FAILS TO: what must truly be so for the rule to pass, or to fail,
  in 80 % of checks. MDE, the minimum detectable effect: how far FAILS TO lies from what is asked.
  % within: the share of the cases that are as good as is asked of each.
  CASES: in so many clusters; those of one are not independent.
  floor: assumes two cases of a cluster are correlated by 0.1: 120 cases tell as much as 100 independent ones (design effect 1.2); the 2 trials of a case come out alike
  none: assumes two cases of a cluster are correlated by 0.1: 120 cases tell as much as 100 independent ones (design effect 1.2); the 2 trials of a case come out alike
  p95: assumes two cases of a cluster are correlated by 0.1: 120 cases tell as much as 100 independent ones (design effect 1.2); the 2 trials of a case come out alike
)~");
}

TEST_F(PlanVerb, WarnsOfWhatCannotPassForAnotherReasonThanItsCases) {
  const Printed printed = Plan(R"(rules:
  - {name: floor, metric: answer, at_least: 0.9}
  - {name: fresh, freshness: {max_age: 1s}}
  - {name: sure, agreement: {of: kind, at_least: 0.95}}
)");
  EXPECT_EQ(printed.exit_code, 1) << printed.errors;
  EXPECT_THAT(printed.output,
              HasSubstr("Warning: rule \"fresh\": cannot pass when a run takes longer than 1s, which is 240 trials a "
                        "second, with all that the verdict waits for\n"));
  EXPECT_THAT(printed.output,
              HasSubstr("Warning: sure: a judge that agrees with people on all of its 80 sentinels cannot pass it; "));
}

TEST_F(PlanVerb, SaysTheSameInJson) {
  const Printed printed = Plan(
      "rules:\n  - {name: floor, metric: answer, at_least: 0.9}\n"
      "  - {name: slow, metric: slow, at_most: 1500, role: advisory}\n",
      "", true);
  const Json plan = Json::Parse(printed.output).value_or(Json());
  ASSERT_TRUE(plan.is_object()) << printed.output << printed.errors;
  EXPECT_EQ(*plan.Find("requests"), Json(240 + 720 + 240 + 240)) << "answers, votes, sentinels with votes, marks";
  EXPECT_EQ(plan.Find("requests_of")->as_array().at(2).Dump(),
            R"({"who":"sentinels of kind","suite":"chat","count":240,"people":false,)"
            R"("of":"80 sentinels x 3 calls, once in the run"})");
  const Json part = plan.Find("rules")->as_array().at(1).Find("parts")->as_array().at(0);
  EXPECT_EQ(*part.Find("effect"), Json("deviations"));
  EXPECT_NEAR(part.Find("minimum_detectable_effect")->as_number(), 0.2285, 0.002);
  EXPECT_EQ(*part.Find("no_pass"), Json());
  EXPECT_EQ(*part.Find("assumes"),
            Json("values with a standard deviation, sd, that is not known before a run; the 2 trials of "
                 "a case come out alike"));
}

}  // namespace
}  // namespace assay
