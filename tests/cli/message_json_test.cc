#include "cli/message_json.h"

#include <gtest/gtest.h>

#include "assay/v1/run.pb.h"

namespace assay {
namespace {

TEST(RunJson, HasTheFieldsThatScriptsReadFirst) {
  v1::Run run;
  run.set_id("01");
  run.mutable_suite()->set_name("s");
  run.mutable_model()->set_name("m");
  run.mutable_model()->set_version("2");
  run.set_state(v1::RunState::RUNNING);
  run.mutable_counts()->set_scheduled(3);
  run.mutable_counts()->set_scored(1);
  run.mutable_counts()->set_outstanding(2);
  const std::string json = ToJson(run).Dump();
  EXPECT_EQ(
      json.substr(0, json.find(",\"error\":null")),
      R"({"id":"01","suite":"s","model":"m@2","state":"RUNNING","counts":{"scheduled":3,"scored":1,"unscored":0,"error":0,"skipped":0,"awaiting_human":0,"outstanding":2})");
  EXPECT_TRUE(ToJson(run).Find("ended_at")->is_null());
}

TEST(RunJson, SaysWhatIsDeleted) {
  v1::Run run;
  EXPECT_TRUE(ToJson(run).Find("deleted_at")->is_null());
  EXPECT_TRUE(ToJson(run).Find("deleted_by")->is_null());
  EXPECT_TRUE(ToJson(run).Find("responses_deleted_at")->is_null());
  run.mutable_deleted_at()->set_seconds(1'700'000'000);
  run.mutable_responses_deleted_at()->set_seconds(1'600'000'000);
  run.set_deleted_by("retention");
  EXPECT_EQ(ToJson(run).Find("deleted_at")->as_string(), "2023-11-14T22:13:20.000000Z");
  EXPECT_EQ(ToJson(run).Find("deleted_by")->as_string(), "retention");
  EXPECT_EQ(ToJson(run).Find("responses_deleted_at")->as_string(), "2020-09-13T12:26:40.000000Z");
}

TEST(TrialJson, StatusesAreTheWordsOfTheConservedCountAndAbsentIsNull) {
  v1::Trial trial;
  trial.set_case_id("c");
  trial.set_status(v1::TrialStatus::AWAITING_HUMAN);
  v1::Score* score = trial.add_scores();
  score->set_grader("g");
  score->set_status(v1::ScoreStatus::UNSCORED);
  score->set_source(v1::ScoreSource::GRADER);
  score->set_reason("no target");
  EXPECT_EQ(
      ToJson(trial).Dump(),
      R"({"case_id":"c","trial":0,"status":"awaiting_human","response":null,"error":null,"scores":[{"grader":"g","grader_version":"","source":"grader","status":"UNSCORED","value":null,"pass":null,"label":null,"reason":"no target","evidence":null,"revision":0}],"ordinal":0})");
}

TEST(TrialJson, AResponseKeepsItsEmptyText) {
  v1::Trial trial;
  trial.mutable_response()->set_tokens_out(0);
  trial.mutable_response()->mutable_latency()->set_nanos(1'500'000);
  const Json response = *ToJson(trial).Find("response");
  EXPECT_EQ(
      response.Dump(),
      R"({"text":"","tool_calls":[],"finish_reason":null,"tokens_in":null,"tokens_out":0,"latency_ms":1.5,"ttft_ms":null,"tokens_per_second":null,"attempts":0,"retries":0,"cost_usd":null,"cached":false,"transcript":null})");
}

TEST(TrialJson, AStreamedResponseHasItsRate) {
  v1::Trial trial;
  trial.mutable_response()->set_tokens_out(11);
  trial.mutable_response()->mutable_latency()->set_nanos(600'000'000);
  trial.mutable_response()->mutable_first_token()->set_nanos(100'000'000);
  const Json response = *ToJson(trial).Find("response");
  EXPECT_EQ(*response.Find("ttft_ms"), Json(100.0));
  EXPECT_EQ(*response.Find("tokens_per_second"), Json(20.0));
}

}  // namespace
}  // namespace assay
