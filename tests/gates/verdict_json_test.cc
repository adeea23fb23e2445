#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gates/verdict.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

Verdict RichVerdict() {
  testing::EvidenceText text;
  text.cases = "60 x 1 @a; 3 x 0 @b; 1 x error; 1 x unscored @b";
  Verdict verdict = testing::DecideOn(
      {testing::MakeEvidence(text)},
      {"{name: floor, metric: m, at_least: 0.8, by: topic, severity: 1}", "{name: p, metric: absent, at_most: 0.1}",
       "{name: z, grader: m, zero_failures: {max_rate: 0.05}, role: advisory}",
       "{name: c, coverage: {of: topic, min_cases: 2, at_least: 0.5}}"});
  verdict.decided_at = *ParseTime("2026-11-24T15:47:45.123456Z");
  verdict.origin = {.verdict = "v-2",
                    .check = "c-2",
                    .project = "default",
                    .sequence = 2,
                    .predecessor = "sha256:before",
                    .version = "0.1.0",
                    .build = "12ab"};
  verdict.rules[0].parts[2].worst_cases.at(0).id = "case-61";
  verdict.suites[0].cost_usd = 0.125;
  verdict.suites[0].answers_without_cost = 3;
  verdict.warnings = {"one", "two"};
  verdict.rules[0].reduce = "majority";
  verdict.rules[0].quorum = 4;
  verdict.rules[1].reduce = "pass_at_k";
  verdict.rules[1].k = 3;
  verdict.rules[0].asks = ">= 0.9";
  verdict.baseline = {"model", "0", "sha256:baseline"};
  verdict.attempt = 3;
  verdict.baseline_suites = verdict.suites;
  verdict.baseline_suites[0].run = "run-2";
  RulePart& part = verdict.rules[0].parts[2];
  part.comparison = {.candidate = 0.5, .baseline = 0.75, .passes = PassTable{3, 1, 2, 4}};
  part.worst_cases[0].baseline = 1;
  part.fail_confidence = 0.99;
  part.method = "clustered_gaffke";
  part.clusters = {.count = 12, .largest = 7, .design_effect = 2.5};
  verdict.rules[0].method = "bounded";
  verdict.rules[0].waivable = false;
  verdict.ceiling = VerdictState::kPass;
  verdict.waivers = {{.id = "w-1",
                      .verdict = "v-1",
                      .rules = {"floor"},
                      .reason = "known",
                      .ticket = "T-1",
                      .requester = "ann",
                      .approvers = {"bob", "cid"},
                      .requested_at = *ParseTime("2026-11-24T15:47:45.000001Z"),
                      .expires_at = *ParseTime("2026-11-25T15:47:45Z")}};
  return verdict;
}

TEST(VerdictJson, ReadsBackWhatItWrote) {
  const Verdict verdict = RichVerdict();
  const Json document = ToJson(verdict);
  const Result<Json> parsed = Json::Parse(document.Dump());
  ASSERT_TRUE(parsed.has_value());
  const Result<Verdict> again = VerdictFromJson(*parsed);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(ToJson(*again).Dump(), document.Dump());
  EXPECT_EQ(again->decided_at, verdict.decided_at);
  EXPECT_EQ(again->rules[0].parts[2].worst_cases[0].id, "case-61");
  EXPECT_EQ(again->rules[0].parts[0].slice_value, "");
  EXPECT_EQ(again->suites, verdict.suites);
  EXPECT_EQ(again->origin, verdict.origin);
  EXPECT_EQ(again->warnings, verdict.warnings);
  EXPECT_EQ(again->rules[0].reduce, "majority");
  EXPECT_EQ(again->rules[0].quorum, 4);
  EXPECT_EQ(again->rules[0].k, std::nullopt);
  EXPECT_EQ(again->rules[1].k, 3);
  EXPECT_EQ(again->candidate, verdict.candidate);
  EXPECT_EQ(again->baseline, verdict.baseline);
  EXPECT_EQ(again->attempt, 3);
  EXPECT_EQ(again->baseline_suites, verdict.baseline_suites);
  EXPECT_EQ(again->rules[0].asks, ">= 0.9");
  EXPECT_EQ(again->rules[0].parts[2].comparison, verdict.rules[0].parts[2].comparison);
  EXPECT_EQ(again->rules[0].parts[2].worst_cases[0].baseline, 1);
  EXPECT_EQ(again->rules[0].parts[2].fail_confidence, 0.99);
  EXPECT_EQ(again->rules[0].parts[2].clusters, verdict.rules[0].parts[2].clusters);
  EXPECT_EQ(again->rules[0].parts[2].method, "clustered_gaffke");
  EXPECT_EQ(again->rules[0].parts[1].clusters, std::nullopt);
  EXPECT_EQ(again->rules[0].method, "bounded");
  EXPECT_FALSE(again->rules[0].waivable);
  EXPECT_TRUE(again->rules[1].waivable);
  EXPECT_EQ(again->ceiling, VerdictState::kPass);
  EXPECT_EQ(again->Decision(), verdict.state);
  EXPECT_EQ(again->waivers, verdict.waivers);
}

TEST(VerdictJson, ADecisionIsTheStateOrAPassByWaivers) {
  const auto reads = [](VerdictState state, VerdictState decision, std::optional<VerdictState> ceiling, bool waived) {
    Verdict verdict = RichVerdict();
    verdict.state = state;
    verdict.decision = decision;
    verdict.ceiling = ceiling;
    if (!waived) verdict.waivers.clear();
    return VerdictFromJson(ToJson(verdict)).has_value();
  };
  using enum VerdictState;
  EXPECT_TRUE(reads(kFail, kFail, kPass, true));
  EXPECT_TRUE(reads(kFail, kPass, kPass, true));
  EXPECT_TRUE(reads(kInconclusive, kPass, kPass, true));
  EXPECT_FALSE(reads(kFail, kPass, kPass, false));
  EXPECT_FALSE(reads(kError, kPass, kPass, true));
  EXPECT_FALSE(reads(kFail, kPass, kError, true));
  EXPECT_FALSE(reads(kFail, kPass, std::nullopt, true));
  EXPECT_FALSE(reads(kFail, kInconclusive, kPass, true));
  EXPECT_FALSE(reads(kPass, kFail, kPass, true));
}

TEST(VerdictJson, VerdictsOfTheTimeBeforeWaiversDecideWhatTheyAre) {
  Json document = ToJson(RichVerdict());
  std::erase_if(document.as_object(), [](const auto& member) {
    return member.first == "decision" || member.first == "ceiling" || member.first == "waivers";
  });
  const Result<Verdict> verdict = VerdictFromJson(document);
  ASSERT_TRUE(verdict.has_value()) << verdict.error().message;
  EXPECT_EQ(verdict->Decision(), verdict->state);
  EXPECT_EQ(verdict->ceiling, std::nullopt);
}

TEST(VerdictJson, OnlyTheFirstOfAGateHasNoPredecessor) {
  const auto message = [](std::int64_t sequence, const char* predecessor) {
    Verdict verdict = RichVerdict();
    verdict.origin->sequence = sequence;
    verdict.origin->predecessor = predecessor;
    const Result<Verdict> again = VerdictFromJson(ToJson(verdict));
    return again ? "" : again.error().message;
  };
  EXPECT_EQ(message(1, ""), "");
  EXPECT_EQ(message(2, "sha256:x"), "");
  EXPECT_EQ(message(1, "sha256:x"), "verdict: origin.predecessor: expected one, but for the first");
  EXPECT_EQ(message(2, ""), "verdict: origin.predecessor: expected one, but for the first");
  EXPECT_EQ(message(0, ""), "verdict: origin.sequence: expected 1 or more");
}

TEST(VerdictJson, ReadsVerdictsOfTheTimeBeforeChains) {
  Json document = ToJson(RichVerdict());
  std::erase_if(document.as_object(), [](const auto& member) { return member.first == "origin"; });
  const Result<Verdict> verdict = VerdictFromJson(document);
  ASSERT_TRUE(verdict.has_value()) << verdict.error().message;
  EXPECT_EQ(verdict->origin, std::nullopt);
}

TEST(VerdictJson, ReadsVerdictsOfTheTimeBeforeComparisons) {
  Json document = ToJson(RichVerdict());
  const auto erase = [](Json& object, const std::vector<std::string>& names) {
    std::erase_if(object.as_object(),
                  [&](const auto& member) { return std::ranges::find(names, member.first) != names.end(); });
  };
  erase(document, {"baseline", "baseline_suites", "attempt"});
  Json rules = *document.Find("rules");
  for (Json& rule : rules.as_array()) {
    erase(rule, {"asks"});
    Json parts = *rule.Find("parts");
    for (Json& part : parts.as_array()) {
      erase(part, {"comparison", "fail_confidence"});
      Json worst = *part.Find("worst_cases");
      for (Json& one : worst.as_array()) erase(one, {"baseline"});
      part.Set("worst_cases", worst);
    }
    rule.Set("parts", parts);
  }
  document.Set("rules", rules);
  const Result<Verdict> verdict = VerdictFromJson(document);
  ASSERT_TRUE(verdict.has_value()) << verdict.error().message;
  EXPECT_EQ(verdict->baseline, std::nullopt);
  EXPECT_TRUE(verdict->baseline_suites.empty());
  EXPECT_EQ(verdict->rules[0].parts[2].comparison, std::nullopt);
  EXPECT_EQ(verdict->rules[0].parts[2].fail_confidence, std::nullopt);
}

TEST(VerdictJson, ReadsVerdictsOfTheTimeBeforeCostsAndWarnings) {
  Json document = ToJson(RichVerdict());
  std::erase_if(document.as_object(), [](const auto& member) { return member.first == "warnings"; });
  Json suites = *document.Find("suites");
  Json::Object& suite = suites.as_array()[0].as_object();
  std::erase_if(
      suite, [](const auto& member) { return member.first == "cost_usd" || member.first == "answers_without_cost"; });
  document.Set("suites", suites);
  const Result<Verdict> verdict = VerdictFromJson(document);
  ASSERT_TRUE(verdict.has_value()) << verdict.error().message;
  EXPECT_TRUE(verdict->warnings.empty());
  EXPECT_EQ(verdict->suites[0].cost_usd, std::nullopt);
  EXPECT_EQ(verdict->suites[0].answers_without_cost, 0);
}

TEST(VerdictJson, ReadsVerdictsOfTheTimeBeforeClustersAndMethods) {
  Json document = ToJson(RichVerdict());
  Json rules = *document.Find("rules");
  const auto is_new = [](const auto& member) { return member.first == "method" || member.first == "clusters"; };
  for (Json& rule : rules.as_array()) {
    std::erase_if(rule.as_object(), is_new);
    Json parts = *rule.Find("parts");
    for (Json& part : parts.as_array()) std::erase_if(part.as_object(), is_new);
    rule.Set("parts", parts);
  }
  document.Set("rules", rules);
  const Result<Verdict> verdict = VerdictFromJson(document);
  ASSERT_TRUE(verdict.has_value()) << verdict.error().message;
  EXPECT_EQ(verdict->rules[0].method, "");
  EXPECT_EQ(verdict->rules[0].parts[2].method, "");
  EXPECT_EQ(verdict->rules[0].parts[2].clusters, std::nullopt);
}

TEST(VerdictJson, ReadsVerdictsOfTheTimeBeforeReductions) {
  Json document = ToJson(RichVerdict());
  Json rules = *document.Find("rules");
  for (Json& rule : rules.as_array()) {
    std::erase_if(rule.as_object(), [](const auto& member) {
      return member.first == "reduce" || member.first == "k" || member.first == "quorum";
    });
  }
  document.Set("rules", rules);
  const Result<Verdict> verdict = VerdictFromJson(document);
  ASSERT_TRUE(verdict.has_value()) << verdict.error().message;
  EXPECT_EQ(verdict->rules[0].reduce, "");
  EXPECT_EQ(verdict->rules[0].quorum, std::nullopt);
}

TEST(VerdictJson, KeepsTheLookThatItWasDecidedAt) {
  Verdict verdict = RichVerdict();
  verdict.look = VerdictLook{.look = 2,
                             .looks = 5,
                             .error_share = 0.125,
                             .planned_cases = 1000,
                             .cases = 125,
                             .planned_trials = 2000,
                             .asked_trials = 300};
  verdict.controls = {{.suite = "s", .metric = "m", .earlier_run = "r", .before = 0.5, .now = {}, .has_moved = true},
                      {.suite = "s",
                       .metric = "n",
                       .earlier_run = "r",
                       .before = 0.5,
                       .now = 0.5,
                       .has_moved = false,
                       .cases = 63,
                       .error_share = 0.05}};
  const Result<Verdict> read = VerdictFromJson(ToJson(verdict));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->look, verdict.look);
  EXPECT_EQ(read->controls, verdict.controls);
  Json before = ToJson(verdict);
  std::erase_if(before.as_object(),
                [](const auto& member) { return member.first == "look" || member.first == "controls"; });
  ASSERT_TRUE(VerdictFromJson(before)) << "of a version that looked once";
  EXPECT_EQ(VerdictFromJson(before)->look, std::nullopt);
}

TEST(VerdictJson, HasEveryMemberWithAbsentOnesNull) {
  testing::EvidenceText text;
  text.cases = "2 x 1";
  const Json document =
      ToJson(testing::DecideOn({testing::MakeEvidence(text)}, {"{name: r, metric: m, at_least: 0.9}"}));
  std::vector<std::string> keys;
  for (const auto& [key, value] : document.as_object()) keys.push_back(key);
  EXPECT_THAT(keys, ::testing::ElementsAre("origin", "gate", "gate_version", "candidate", "baseline", "attempt", "look",
                                           "controls", "state", "reason", "deciding_rules", "decided_at", "suites",
                                           "baseline_suites", "rules", "warnings", "ceiling", "decision", "waivers"));
  EXPECT_EQ(document.Find("state")->as_string(), "INCONCLUSIVE");
  EXPECT_EQ(document.Find("decided_at")->as_string(), "1970-01-01T00:00:00.000000Z");
  const Json& part = document.Find("rules")->as_array()[0].Find("parts")->as_array()[0];
  keys.clear();
  for (const auto& [key, value] : part.as_object()) keys.push_back(key);
  EXPECT_THAT(keys,
              ::testing::ElementsAre("suite", "slice", "slice_value", "state", "estimate", "comparison", "shown",
                                     "pass_bound", "fail_bound", "margin", "fail_confidence", "method", "clusters",
                                     "counts", "more_cases", "reason", "worst_cases", "judge", "people"));
  EXPECT_TRUE(part.Find("slice")->is_null());
  EXPECT_TRUE(part.Find("slice_value")->is_null());
  EXPECT_EQ(part.Find("counts")->Dump(),
            R"({"scheduled":2,"scored":2,"unscored":0,"error":0,"skipped":0,"awaiting_human":0,"outstanding":0})");
}

TEST(VerdictJson, NamesTheMemberThatIsWrong) {
  const auto message = [](auto change) {
    Json document = ToJson(RichVerdict());
    change(document);
    const Result<Verdict> verdict = VerdictFromJson(document);
    return verdict ? std::string("read") : verdict.error().message;
  };
  EXPECT_EQ(message([](Json&) {}), "read");
  EXPECT_EQ(message([](Json& json) { json = Json("x"); }), "verdict: : expected an object");
  EXPECT_EQ(message([](Json& json) { json.Set("state", "pass"); }),
            "verdict: state: expected PENDING, PASS, FAIL, INCONCLUSIVE or ERROR");
  EXPECT_EQ(message([](Json& json) { json.Set("gate", 1); }), "verdict: gate: expected text");
  EXPECT_EQ(message([](Json& json) { json.Set("decided_at", "yesterday"); }),
            "verdict: decided_at: expected a time (RFC 3339)");
  EXPECT_EQ(message([](Json& json) { json.Set("deciding_rules", Json::Array{1}); }),
            "verdict: deciding_rules: expected a list of texts");
  EXPECT_EQ(message([](Json& json) {
              Json rules = *json.Find("rules");
              rules.as_array()[0].Set("state", "PASSED");
              json.Set("rules", rules);
            }).substr(0, 30),
            "verdict: rules[0].state: expec");
  EXPECT_EQ(message([](Json& json) {
              Json rules = *json.Find("rules");
              Json parts = *rules.as_array()[0].Find("parts");
              Json counts = *parts.as_array()[1].Find("counts");
              counts.Set("scored", -1);
              parts.as_array()[1].Set("counts", counts);
              rules.as_array()[0].Set("parts", parts);
              json.Set("rules", rules);
            }),
            "verdict: rules[0].parts[1].counts.scored: expected a count");
  EXPECT_EQ(message([](Json& json) {
              Json rules = *json.Find("rules");
              rules.as_array()[0].Set("deciding_part", 99);
              json.Set("rules", rules);
            }),
            "verdict: rules[0].deciding_part: expected an index into parts");
}

TEST(VerdictState, WordsReadBack) {
  for (const VerdictState state : {VerdictState::kPending, VerdictState::kPass, VerdictState::kFail,
                                   VerdictState::kInconclusive, VerdictState::kError}) {
    EXPECT_EQ(VerdictStateFrom(Name(state)), state);
  }
  EXPECT_EQ(VerdictStateFrom("pass"), std::nullopt);
  EXPECT_EQ(VerdictStateFrom(""), std::nullopt);
}

}  // namespace
}  // namespace assay
