#include "daemon/rpc/convert.h"

#include <gtest/gtest.h>

#include "assay/v1/catalog.pb.h"
#include "assay/v1/gate.pb.h"
#include "assay/v1/model.pb.h"
#include "assay/v1/run.pb.h"
#include "config/catalog.h"

namespace assay {
namespace {

TEST(Convert, TimesKeepTheirMicrosecondsAlsoBefore1970) {
  google::protobuf::Timestamp out;
  ToProto(Time(std::chrono::microseconds(1'000'001)), out);
  EXPECT_EQ(out.seconds(), 1);
  EXPECT_EQ(out.nanos(), 1'000);
  ToProto(Time(std::chrono::microseconds(-1)), out);
  EXPECT_EQ(out.seconds(), -1);
  EXPECT_EQ(out.nanos(), 999'999'000);
}

TEST(Convert, DurationsComeBackAndHaveBounds) {
  google::protobuf::Duration proto;
  ToProto(Duration(1'500'250), proto);
  EXPECT_EQ(proto.seconds(), 1);
  EXPECT_EQ(proto.nanos(), 500'250'000);
  EXPECT_EQ(FromProto(proto, "timeout").value(), Duration(1'500'250));
  proto.set_seconds(-1);
  EXPECT_EQ(FromProto(proto, "timeout").error().message, "timeout: expected a duration from 0s to one year");
  proto.set_seconds(366 * 86'400 + 1);
  EXPECT_FALSE(FromProto(proto, "timeout"));
  proto.set_seconds(0);
  proto.set_nanos(-1);
  EXPECT_FALSE(FromProto(proto, "timeout"));
}

TEST(Convert, EveryVerdictStateKeepsItsWordAndUnknownWordsAreNoState) {
  for (const VerdictState state : {VerdictState::kPending, VerdictState::kPass, VerdictState::kFail,
                                   VerdictState::kInconclusive, VerdictState::kError}) {
    StoredVerdict stored;
    stored.record.state = std::string(Name(state));
    v1::Verdict out;
    ToProto(stored, out);
    EXPECT_EQ(v1::VerdictState::Value_Name(out.state()), Name(state));
  }
  for (const char* word : {"", "pass", "PASSED", "OK"}) {
    CheckStatus status;
    status.check.state = word;
    v1::Check out;
    ToProto(status, out);
    EXPECT_EQ(out.state(), v1::VerdictState::UNSPECIFIED) << word;
  }
}

TEST(Convert, EveryKindOfDocumentHasItsNumber) {
  for (const DocumentKind kind : kDocumentKinds) {
    ServedDocument document;
    document.kind = std::string(Name(kind));
    v1::Document out;
    ToProto(document, false, out);
    EXPECT_EQ(KindWord(out.kind()), Name(kind));
  }
  EXPECT_EQ(KindWord(v1::DocumentKind::UNSPECIFIED), "");
}

TEST(Convert, EveryRunStateComesBack) {
  for (const RunState state :
       {RunState::kPending, RunState::kRunning, RunState::kComplete, RunState::kError, RunState::kCancelled}) {
    RunRecord run;
    run.state = state;
    v1::Run out;
    ToProto(run, out);
    EXPECT_EQ(RunStateOf(out.state()).value(), state);
  }
  EXPECT_EQ(RunStateOf(0).value(), std::nullopt);
  EXPECT_FALSE(RunStateOf(99));
}

TEST(Convert, EveryTrialStatusComesBack) {
  for (const TrialStatus status : {TrialStatus::kScored, TrialStatus::kUnscored, TrialStatus::kError,
                                   TrialStatus::kSkipped, TrialStatus::kAwaitingHuman}) {
    StoredTrial trial;
    trial.result.status = status;
    v1::Trial out;
    ToProto(trial, true, out);
    EXPECT_EQ(TrialStatusOf(out.status()).value(), status);
  }
  EXPECT_EQ(TrialStatusOf(0).value(), std::nullopt);
  EXPECT_FALSE(TrialStatusOf(-1));
}

TEST(Convert, OutstandingIsWhatIsScheduledAndNotAccountedFor) {
  RunRecord run;
  run.counts = {.scheduled = 20, .scored = 1, .unscored = 2, .error = 3, .skipped = 4, .awaiting_human = 5};
  v1::Run out;
  ToProto(run, out);
  EXPECT_EQ(out.counts().outstanding(), 5);
}

TEST(Convert, AbsentValuesStayAbsent) {
  StoredTrial trial;
  trial.scores = {{"g", "", ScoreSource::kGrader, 1, Score::Unscored("none")}};
  v1::Trial out;
  ToProto(trial, true, out);
  EXPECT_FALSE(out.has_response());
  EXPECT_FALSE(out.scores(0).has_value());
  EXPECT_FALSE(out.scores(0).has_pass());
  StoredVerdict verdict;
  verdict.verdict.rules.resize(1);  // without parts: nothing decided it
  v1::Verdict document;
  ToProto(verdict, document);
  EXPECT_FALSE(document.rules(0).has_deciding_part());
  EXPECT_FALSE(document.rules(0).has_threshold());
  EXPECT_EQ(document.rules(0).reduce(), "");
  EXPECT_FALSE(document.rules(0).has_k());
  EXPECT_FALSE(document.rules(0).has_quorum());
}

TEST(Convert, AControlSaysOnHowManyCasesItWasCompared) {
  StoredVerdict verdict;
  verdict.verdict.controls.resize(2);
  verdict.verdict.controls[0].cases = 50;
  verdict.verdict.controls[0].error_share = 0.25;
  v1::Verdict out;
  ToProto(verdict, out);
  ASSERT_EQ(out.controls_size(), 2);
  EXPECT_EQ(out.controls(0).cases(), 50);
  EXPECT_EQ(out.controls(0).error_share(), 0.25);
  EXPECT_FALSE(out.controls(1).has_cases());
  EXPECT_FALSE(out.controls(1).has_error_share());
}

TEST(Convert, ARuleNamesTheReductionOfItsMetric) {
  StoredVerdict verdict;
  verdict.verdict.rules.resize(2);
  verdict.verdict.rules[0].reduce = "pass_hat_k";
  verdict.verdict.rules[0].k = 3;
  verdict.verdict.rules[1].reduce = "majority";
  verdict.verdict.rules[1].quorum = 4;
  v1::Verdict out;
  ToProto(verdict, out);
  EXPECT_EQ(out.rules(0).reduce(), "pass_hat_k");
  EXPECT_EQ(out.rules(0).k(), 3);
  EXPECT_EQ(out.rules(1).reduce(), "majority");
  EXPECT_EQ(out.rules(1).quorum(), 4);
}

TEST(Convert, LabelsOfAModelComeFromItsDocument) {
  DocumentRecord model;
  model.json = R"({"labels":{"team":"support","build":7}})";
  v1::Model out;
  ToProto(model, {}, out);
  EXPECT_EQ(out.labels().at("team"), "support");
  EXPECT_EQ(out.labels().at("build"), "7");
  EXPECT_EQ(out.stages_size(), 0);
}

TEST(Convert, AModelHasTheStagesOfItsOwnVersion) {
  DocumentRecord model;
  model.name = "bot";
  model.label = "2";
  model.json = "{}";
  v1::Model out;
  ToProto(model,
          {{"bot", "canary", "2"}, {"bot", "production", "1"}, {"bot", "staging", "2"}, {"other", "production", "2"}},
          out);
  EXPECT_EQ(std::vector<std::string>(out.stages().begin(), out.stages().end()),
            (std::vector<std::string>{"canary", "staging"}));
}

}  // namespace
}  // namespace assay
