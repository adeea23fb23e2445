// What an answer makes: a score only where everything fits.

#include "runners/graders/plugins/plugin_message.h"

#include <gmock/gmock.h>

namespace assay {
namespace {

using ::testing::HasSubstr;

// "pass", "fail", "value 0.5", the status with the reason, or "garbage: " and why.
std::string Made(const std::string& json, GraderValue value = GraderValue::kPass) {
  auto reply = ReadPluginReply(json);
  if (!reply) return "garbage: " + reply.error().message;
  const auto score = ScoreOfPlugin(*std::move(reply), "7", value);
  if (!score) return "garbage: " + score.error().message;
  if (score->status == ScoreStatus::kScored) {
    EXPECT_TRUE(score->value);
    if (score->pass) return *score->pass ? "pass" : "fail";
    return "value " + Json(*score->value).Dump();
  }
  EXPECT_FALSE(score->value || score->pass);
  return std::string(Name(score->status)) + ": " + score->reason;
}

TEST(PluginMessage, Decisions) {
  EXPECT_EQ(Made(R"({"id": "7", "pass": true})"), "pass");
  EXPECT_EQ(Made(R"({"id": "7", "pass": false, "other": [1]})"), "fail");
  EXPECT_EQ(Made(R"({"id": "7", "status": "SCORED", "value": 1})"), "pass");
  EXPECT_EQ(Made(R"({"id": "7", "value": 0.0, "pass": null})"), "fail");
  EXPECT_EQ(Made(R"({"id": "7", "value": 0, "pass": false})"), "fail");
  EXPECT_THAT(Made(R"({"id": "7", "value": 0.9})"), HasSubstr("garbage: its \"value\" is 0.9, and of a decision"));
  EXPECT_THAT(Made(R"({"id": "7", "value": 0, "pass": true})"), HasSubstr("contradict"));
  EXPECT_EQ(Made(R"({"id": "7", "pass": true, "label": "schön ✓ 日本 😀"})"), "pass");
  EXPECT_THAT(Made(R"({"id": "7"})"), HasSubstr("neither"));
  EXPECT_EQ(Made(R"({"id": "7", "pass": true, "status": null})"), "pass");
  EXPECT_EQ(Made(R"({"id": "7", "pass": true, "label": "überhöflich 无礼 \u0646\u0627\u200c\u0645 \ud83d\ude00"})"),
            "pass");
}

TEST(PluginMessage, Measures) {
  EXPECT_EQ(Made(R"({"id": "7", "value": 0.5})", GraderValue::kShare), "value 0.5");
  EXPECT_EQ(Made(R"({"id": "7", "value": 2})", GraderValue::kErrorRate), "value 2");
  EXPECT_EQ(Made(R"({"id": "7", "value": -3e9})", GraderValue::kAmount), "value -3000000000");
  EXPECT_THAT(Made(R"({"id": "7", "value": 1.01})", GraderValue::kShare), HasSubstr("outside [0, 1]"));
  EXPECT_THAT(Made(R"({"id": "7", "value": -1})", GraderValue::kErrorRate), HasSubstr("outside [0"));
  EXPECT_THAT(Made(R"({"id": "7", "pass": true})", GraderValue::kShare), HasSubstr("no \"value\""));
  EXPECT_THAT(Made(R"({"id": "7", "pass": true, "value": 1})", GraderValue::kShare), HasSubstr("threshold"));
}

TEST(PluginMessage, WithoutAScoreThereIsNoNumber) {
  EXPECT_EQ(Made(R"({"id": "7", "status": "UNSCORED", "value": 1, "pass": true, "reason": "no index"})"),
            "unscored: no index");
  EXPECT_EQ(Made(R"({"id": "7", "status": "ERROR", "value": 1})"), "error: the plug-in gave no reason");
}

TEST(PluginMessage, WhatFitsNotIsGarbage) {
  for (const auto& [json, why] : std::initializer_list<std::pair<std::string, std::string>>{
           {"", ""},
           {"null", "no JSON object"},
           {R"({"id": "7", "pass": true} x)", ""},
           {R"({"id": "7", "pass": 1})", "\"pass\" is not true or false"},
           {R"({"id": "7", "pass": "true"})", "\"pass\" is not true or false"},
           {R"({"id": "7", "value": "1"})", "\"value\" is not a number"},
           {R"({"id": "7", "value": NaN})", ""},
           {R"({"id": "7", "value": 1e999})", ""},
           {R"({"id": 7, "pass": true})", "\"id\" is not a text"},
           {R"({"pass": true})", "it has no \"id\""},
           {R"({"id": "8", "pass": true})", "its \"id\" is \"8\", and \"7\" was asked"},
           {R"({"id": "7", "pass": true, "status": "scored"})", "\"status\" is \"scored\""},
           {R"({"id": "7", "pass": true, "status": ""})", "\"status\" is \"\""},
           {R"({"id": "7", "pass": true, "status": "SCORED "})", "\"status\" is \"SCORED \""},
           {R"({"id": "7", "pass": true, "status": 1})", "\"status\" is not a text"},
           {R"({"id": "7", "pass": true, "status": false})", "\"status\" is not a text"},
           {R"({"id": "7", "pass": true, "label": "a\u0085b"})", "no plain line"},
           {R"({"id": "7", "pass": true, "label": "a\u009bb"})", "no plain line"},
           {R"({"id": "7", "pass": true, "label": "a\u202eb"})", "no plain line"},
           {R"({"id": "7", "pass": true, "label": "a\u2067b"})", "no plain line"},
           {R"({"id": "7", "pass": true, "label": "a\u200fb"})", "no plain line"},
           {R"({"id": "7", "pass": true, "label": "a\u2028b"})", "no plain line"},
           {R"({"id": "7", "pass": true, "label": "a\u200bb"})", "no plain line"},
           {R"({"id": "7", "pass": true, "label": "a\ufeffb"})", "no plain line"},
           {R"({"id": "7", "pass": true, "label": "a\udb40\udc41b"})", "no plain line"},
           {R"({"id": "7", "pass": true, "label": "a\u007fb"})", "no plain line"},
           {R"({"id": "7", "pass": true, "reason": ["x"]})", "\"reason\" is not a text"},
           {R"({"id": "7", "pass": true, "label": "a\nb"})", "\"label\""},
           {"{\"id\": \"7\", \"pass\": true, \"label\": \"a\u009b31m\"}", "\"label\""},
           {R"({"id": "7", "pass": true, "label": "a\u009b31m"})", "\"label\""},
           {R"({"id": "7", "pass": true, "label": "\u202essap"})", "\"label\""},
           {R"({"id": "7", "pass": true, "label": "\u2067x"})", "\"label\""},
           {R"({"id": "7", "pass": true, "label": "a\u2028b"})", "\"label\""},
           {R"({"id": "7", "pass": true, "cost_usd": -1})", "\"cost_usd\""},
           {R"({"id": "7", "pass": true, "cost_usd": 1e6})", "\"cost_usd\""},
           {R"({"id": "7", "pass": false, "pass": true})", "there twice"},
           {R"({"id": "7", "pass": true, "x": )" + std::string(40, '[') + std::string(40, ']') + "}", "levels deep"},
           {R"({"id": "7", "pass": true, "label": ")" + std::string(129, 'x') + "\"}", "\"label\""},
           {R"({"id": "7", "pass": true, "reason": ")" + std::string(kMaxPluginReply, 'x') + "\"}", "1 MiB"}}) {
    const std::string made = Made(json);
    EXPECT_THAT(made, ::testing::StartsWith("garbage: ")) << json.substr(0, 100);
    EXPECT_THAT(made, HasSubstr(why)) << json.substr(0, 100);
  }
}

TEST(PluginMessage, TextsForPeopleAreCut) {
  const std::string json = Json::Of({{"id", "7"},
                                     {"pass", true},
                                     {"label", "polite"},
                                     {"reason", std::string(5000, 'r')},
                                     {"evidence", Json::Array(10000, Json("e"))}})
                               .Dump();
  const auto score = ScoreOfPlugin(*ReadPluginReply(json), "7", GraderValue::kPass);
  ASSERT_TRUE(score);
  EXPECT_EQ(score->label, "polite");
  EXPECT_LE(score->reason.size(), Score::kMaxReason);
  EXPECT_LE(score->evidence.size(), kMaxPluginEvidence);
  EXPECT_THAT(score->evidence, ::testing::StartsWith("[\"e\",\"e\""));
}

}  // namespace
}  // namespace assay
