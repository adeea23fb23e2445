// http: what a webhook is sent, and what becomes of whatever it does.

#include <gtest/gtest.h>

#include <cstdlib>

#include "core/base64.h"
#include "core/digest.h"
#include "core/json.h"
#include "tests/runners/graders/plugins/plugin_asking.h"
#include "tests/testing/http_stub.h"
#include "tests/testing/program.h"
#include "tests/testing/thread_time.h"

namespace assay {
namespace {

using namespace std::string_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::HttpStub;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using testing::StubReply;
using testing::StubRequest;
using Fault = StubReply::Fault;

const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string kToken = "a-token-that-nobody-may-see";

class WebhookTest : public PluginAsking {
 protected:
  WebhookTest() {
    ::setenv("ASSAY_TEST_WEBHOOK_SECRET", kSecret.c_str(), 1);
    ::setenv("ASSAY_TEST_WEBHOOK_TOKEN", kToken.c_str(), 1);
  }
  Waiting HookAt(const std::string& url, const std::string& more = "") {
    return MakePlugin("http", "{url: \"" + url + "\", secret: {env: ASSAY_TEST_WEBHOOK_SECRET}" + more + "}");
  }
  // What a webhook that answers so makes of a response.
  Score GradedBy(StubReply reply, const std::string& more = "") {
    const HttpStub hook([&](const StubRequest&, int) { return reply; });
    return ScoreFrom(HookAt(hook.url(), more));
  }
  Score GradedBy(const std::string& body, const std::string& more = "") {
    return GradedBy(StubReply{.body = body}, more);
  }
};

TEST_F(WebhookTest, SendsASignedQuestionAndTakesTheScore) {
  const HttpStub hook([](const StubRequest&, int) {
    return StubReply{.body = R"({"pass": true, "label": "good", "reason": "it is short", "evidence": "an"})"};
  });
  const auto grader =
      HookAt(hook.url() + "/grade?key=k", ", options: {limit: 3}, token: {env: ASSAY_TEST_WEBHOOK_TOKEN}, version: v2");
  const Score score = ScoreFrom(grader, "an answer", Json::Of({{"question", "what?"}}));
  EXPECT_EQ(score.status, ScoreStatus::kScored);
  EXPECT_EQ(score.pass, true);
  EXPECT_EQ(score.label, "good");
  EXPECT_EQ(score.reason, "it is short");
  EXPECT_EQ(score.evidence, "an");
  EXPECT_EQ(grader->Version(), "v2");
  EXPECT_THAT(failures(), IsEmpty());

  ASSERT_EQ(hook.received().size(), 1u);
  const StubRequest request = hook.received().front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/grade?key=k");
  EXPECT_EQ(request.headers.at("content-type"), "application/json");
  EXPECT_EQ(request.headers.at("authorization"), "Bearer " + kToken);
  const std::string& id = request.headers.at("webhook-id");
  const std::string& timestamp = request.headers.at("webhook-timestamp");
  const std::string key = *FromBase64(kSecret.substr(6));
  EXPECT_EQ(request.headers.at("webhook-signature"),
            "v1," + ToBase64(HmacSha256(key, id + "." + timestamp + "." + request.body)));
  const auto body = Json::Parse(request.body);
  ASSERT_TRUE(body) << request.body;
  EXPECT_EQ(*body->Find("id"), Json(id));
  EXPECT_EQ(*body->Find("grader"), Json("g"));
  EXPECT_EQ(body->Find("response")->Find("text")->as_string(), "an answer");
  EXPECT_EQ(body->Find("case")->Find("fields")->Find("question")->as_string(), "what?");
  EXPECT_EQ(body->Find("options")->Find("limit")->as_integer(), 3);
  EXPECT_EQ(guard_.begun, 1);
  EXPECT_EQ(guard_.ended, 1);
}

TEST_F(WebhookTest, TakesScoresOfEveryStatus) {
  EXPECT_EQ(GradedBy(R"({"pass": false, "reason": "no"})"), Score::Failing("no"));
  EXPECT_EQ(GradedBy(R"({"value": 0.25, "reason": "a bit"})", ", value: share"), Score::Measured(0.25, "a bit"));
  EXPECT_EQ(GradedBy(R"({"status": "UNSCORED", "reason": "nothing to compare"})"),
            Score::Unscored("nothing to compare"));
  EXPECT_EQ(GradedBy(R"({"status": "ERROR", "reason": "no model"})"), Score::Broken("no model"));
  EXPECT_EQ(
      GradedBy(StubReply{.status = 201, .body = R"({"pass": true})", .headers = {{"Content-Type", "text/plain"}}}),
      Score::Pass());
}

// Accepted is not done, whatever stands in the body.
TEST_F(WebhookTest, WhatIsOnlyAcceptedIsNotAnswered) {
  EXPECT_EQ(GradedBy(StubReply{.status = 202, .body = R"({"pass": true})"}).status, ScoreStatus::kError);
}

TEST_F(WebhookTest, AnswersThatAreNoneAreErrors) {
  for (const std::string& body : {
           ""s,
           "<html>502</html>"s,
           "{"s,
           "[]"s,
           "null"s,
           "\xff\xfe"s,
           R"({})"s,
           R"({"pass": "true"})"s,
           R"({"pass": 1})"s,
           R"({"pass": true, "pass": false})"s,
           R"({"value": 0.5})"s,
           R"({"value": 1e999})"s,
           R"({"value": NaN})"s,
           R"({"pass": true, "value": 0})"s,
           R"({"pass": true, "id": "another"})"s,
           R"({"status": "PASS", "pass": true})"s,
           R"({"pass": true, "cost_usd": -1})"s,
           std::string(2000, '['),
       }) {
    const Score score = GradedBy(body);
    EXPECT_EQ(score.status, ScoreStatus::kError) << body;
    EXPECT_THAT(score.reason, HasSubstr("plug-in (garbage): ")) << body;
    EXPECT_FALSE(score.value || score.pass);
  }
  EXPECT_THAT(failures(), ElementsAre(Pair("http g garbage", 18)));
}

TEST_F(WebhookTest, FloodsAreErrorsAndAreNotRead) {
  EXPECT_THAT(GradedBy(StubReply{.body = std::string(50u << 20, ' ')}).reason, HasSubstr("plug-in (flooded): "));
  EXPECT_THAT(GradedBy(StubReply{.body = R"({"pass": true, "reason": ")" + std::string(2u << 20, 'x') + "\"}"}).reason,
              HasSubstr("plug-in (flooded): "));
  StubReply headers{.body = R"({"pass": true})"};
  for (int i = 0; i < 4000; ++i) headers.headers.emplace_back("X-" + std::to_string(i), std::string(100, 'h'));
  EXPECT_THAT(GradedBy(headers).reason, HasSubstr("plug-in (flooded): "));
}

TEST_F(WebhookTest, AHookThatHangsIsWaitedForUntilTheTimeout) {
  for (const Fault fault : {Fault::kNever, Fault::kStall, Fault::kDrip}) {
    const Score score = GradedBy(
        {.body = R"({"pass": true})", .delay = std::chrono::seconds(5) * (fault == Fault::kDrip), .fault = fault},
        ", timeout: 300ms");
    EXPECT_EQ(score.status, ScoreStatus::kError);
    EXPECT_THAT(score.reason, HasSubstr("plug-in (timeout): http://127.0.0.1:"));
  }
  EXPECT_EQ(guard_.ended, 3);
}

TEST_F(WebhookTest, AConnectionThatBreaksIsTriedOnceMoreWithTheSameId) {
  const HttpStub hook([](const StubRequest&, int index) {
    return StubReply{.body = R"({"pass": true})", .fault = index == 0 ? Fault::kReset : Fault::kNone};
  });
  EXPECT_EQ(ScoreFrom(HookAt(hook.url())).pass, true);
  ASSERT_EQ(hook.received().size(), 2u);
  EXPECT_EQ(hook.received()[0].headers.at("webhook-id"), hook.received()[1].headers.at("webhook-id"));
  EXPECT_EQ(hook.received()[0].body, hook.received()[1].body);
  EXPECT_THAT(failures(), IsEmpty());
}

TEST_F(WebhookTest, ABusyHookIsAskedOnceMore) {
  const auto once = [](const StubRequest&, int index) {
    if (index == 0) return StubReply{.status = 503};
    return StubReply{.body = R"({"pass": true})"};
  };
  const HttpStub hook(once);
  EXPECT_EQ(ScoreFrom(HookAt(hook.url())).pass, true);
  EXPECT_EQ(hook.requests(), 2);
  const HttpStub always([](const StubRequest&, int) { return StubReply{.status = 503, .body = "later"}; });
  EXPECT_THAT(ScoreFrom(HookAt(always.url())).reason, HasSubstr("plug-in (overloaded): answered 503: \"later\""));
  EXPECT_EQ(always.requests(), 2);
  const HttpStub patient([](const StubRequest&, int) {
    return StubReply{.status = 503, .headers = {{"Retry-After", "3600"}}};
  });
  EXPECT_THAT(ScoreFrom(HookAt(patient.url())).reason, HasSubstr("plug-in (overloaded): answered 503"));
  EXPECT_EQ(patient.requests(), 1) << "the time to wait is not there";
}

TEST_F(WebhookTest, OtherStatusesAreErrorsAtOnce) {
  const auto reason_of = [&](int status) {
    const HttpStub hook([&](const StubRequest&, int) {
      return StubReply{.status = status,
                       .body = "why " + std::string(1000, 'y') + kToken,
                       .headers = {{"Location", "http://127.0.0.1:1/other"}}};
    });
    const std::string reason = ScoreFrom(HookAt(hook.url())).reason;
    EXPECT_EQ(hook.requests(), 1) << status;
    return reason;
  };
  EXPECT_THAT(reason_of(302), HasSubstr("plug-in (refused): answered 302, and redirects are not followed: \"why "));
  EXPECT_THAT(reason_of(401), AllOf(HasSubstr("plug-in (refused): answered 401: "), HasSubstr("…")));
  EXPECT_THAT(reason_of(500), HasSubstr("plug-in (crashed): answered 500: "));
  EXPECT_THAT(reason_of(429), HasSubstr("plug-in (overloaded): answered 429: "));
}

TEST_F(WebhookTest, NoSecretStandsInWhatIsKept) {
  const std::string more = ", token: {env: ASSAY_TEST_WEBHOOK_TOKEN}";
  const std::string both = kSecret + " " + kToken;
  const Score echoed =
      GradedBy(R"({"pass": true, "label": "l", "reason": ")" + both + R"(", "evidence": ")" + both + "\"}", more);
  EXPECT_EQ(echoed.pass, true);
  EXPECT_EQ(echoed.reason, "[secret] [secret]");
  EXPECT_EQ(echoed.evidence, "[secret] [secret]");
  EXPECT_EQ(GradedBy(StubReply{.status = 400, .body = "bad token " + kToken}, more).reason,
            "plug-in (refused): answered 400: \"bad token [secret]\"");
  EXPECT_EQ(GradedBy(R"({"pass": true, "reason": "key )" + kSecret.substr(6) + "\"}", more).reason, "key [secret]");
  const HttpStub hook([](const StubRequest&, int) { return StubReply{.fault = Fault::kGarbage}; });
  const Score broken = ScoreFrom(HookAt(hook.url() + "/?token=" + kToken, more));
  EXPECT_THAT(broken.reason, Not(HasSubstr(kToken)));
}

TEST_F(WebhookTest, NoSpellingOfASecretStandsInWhatIsKept) {
  ::setenv("ASSAY_TEST_WEBHOOK_TOKEN", "ab/cd+efgh1234", 1);
  const std::string more = ", token: {env: ASSAY_TEST_WEBHOOK_TOKEN}";
  for (const char* spelling : {R"(ab\/cd+efgh1234)", R"(\u0061b/cd+efgh1234)"}) {
    const std::string text = spelling;
    const Score score = GradedBy(R"({"pass": true, "label": ")" + text + R"(", "reason": ")" + text + "\"}", more);
    EXPECT_EQ(score.reason, "[secret]") << text;
    EXPECT_EQ(score.label, "[secret]") << text;
  }
  EXPECT_EQ(GradedBy(StubReply{.status = 403, .body = R"({"why": "bad token ab\/cd+efgh1234"})"}, more).reason,
            "plug-in (refused): answered 403: \"{\"why\": \"bad token [secret]\"}\"");
}

// It is repeated until the answer is full.
TEST_F(WebhookTest, ASecretIsTakenOutInLinearTime) {
  ::setenv("ASSAY_TEST_WEBHOOK_TOKEN", "abcdefghi", 1);
  std::string text;
  while (text.size() < 1'000'000) text += "abcdefghi";
  const auto begin = ThreadTime::now();
  const Score score =
      GradedBy("{\"pass\": true, \"reason\": \"" + text + "\"}", ", token: {env: ASSAY_TEST_WEBHOOK_TOKEN}");
  EXPECT_LT(ThreadTime::now() - begin, std::chrono::seconds(20));
  EXPECT_THAT(score.reason, HasSubstr("[secret][secret]"));
  EXPECT_THAT(score.reason, Not(HasSubstr("abcdefghi")));
}

TEST_F(WebhookTest, ADeadHookCostsNoTrialItsTimeoutAndIsTakenBackWhenItLives) {
  std::atomic<bool> is_dead = true;
  const HttpStub hook([&](const StubRequest&, int) {
    return is_dead ? StubReply{.fault = Fault::kNever} : StubReply{.body = R"({"pass": true})"};
  });
  const auto grader = HookAt(hook.url(), ", timeout: 200ms");
  for (int i = 0; i < 3; ++i) EXPECT_THAT(ScoreFrom(grader).reason, HasSubstr("(timeout)"));
  // Some of the 200 ms had passed when the request was sent.
  const std::string held_off = "plug-in (unavailable): held off for 1s after: " + hook.url() + ": no answer within ";
  for (int i = 0; i < 100; ++i) EXPECT_THAT(ScoreFrom(grader).reason, HasSubstr(held_off));
  EXPECT_EQ(hook.requests(), 3);
  EXPECT_THAT(failures(), ElementsAre(Pair("http g timeout", 3), Pair("http g unavailable", 100)));
  is_dead = false;
  EXPECT_TRUE(Eventually([&] { return ScoreFrom(grader).pass == true; }));
  EXPECT_EQ(ScoreFrom(grader).pass, true);
}

TEST_F(WebhookTest, AHookThatIsStartedAnewIsFoundAgain) {
  auto hook =
      std::make_unique<HttpStub>([](const StubRequest&, int) { return StubReply{.body = R"({"pass": true})"}; });
  const int port = hook->port();
  const auto grader = HookAt(hook->url());
  EXPECT_EQ(ScoreFrom(grader).pass, true);
  hook.reset();
  for (int i = 0; i < 3; ++i) EXPECT_THAT(ScoreFrom(grader).reason, HasSubstr("plug-in (unavailable): "));
  hook =
      std::make_unique<HttpStub>([](const StubRequest&, int) { return StubReply{.body = R"({"pass": false})"}; }, port);
  EXPECT_TRUE(Eventually([&] { return ScoreFrom(grader).pass == false; }));
}

TEST_F(WebhookTest, NoMoreRequestsAreInFlightThanItHasRoomFor) {
  const HttpStub hook([](const StubRequest&, int) {
    return StubReply{.body = R"({"pass": true})", .delay = std::chrono::milliseconds(5)};
  });
  const auto grader = HookAt(hook.url(), ", concurrency: 3");
  EXPECT_EQ(grader->Concurrency(), 3);
  std::vector<Answer> answers;
  for (int i = 0; i < 30; ++i) answers.push_back(Start(grader));
  for (Answer& answer : answers) EXPECT_EQ(answer.get()->score.pass, true);
  EXPECT_EQ(hook.most_in_flight(), 3);
}

TEST_F(WebhookTest, ACallThatIsCutOffEndsAtOnceAndSaysNothingOfTheTrial) {
  const HttpStub hook([](const StubRequest&, int) { return StubReply{.fault = Fault::kNever}; });
  const auto grader = HookAt(hook.url(), ", timeout: 1h, concurrency: 1");
  Answer answer = Start(grader, signal_);
  ASSERT_TRUE(Eventually([&] { return hook.in_flight() == 1; }));
  Cancel(signal_);
  const auto outcome = answer.get();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(Eventually([&] { return hook.open() == 0; }));
  EXPECT_EQ(guard_.ended, 1);
  EXPECT_THAT(failures(), IsEmpty());
}

TEST_F(WebhookTest, ACallThatWaitsForItsPlaceIsCutOffToo) {
  const HttpStub hook([](const StubRequest&, int) { return StubReply{.fault = Fault::kNever}; });
  const auto grader = HookAt(hook.url(), ", timeout: 1h, concurrency: 1");
  Answer first = Start(grader, signal_);
  ASSERT_TRUE(Eventually([&] { return hook.in_flight() == 1; }));
  Answer second = Start(grader, other_signal_);
  Cancel(other_signal_);
  EXPECT_EQ(second.get().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(hook.requests(), 1);
  Cancel(signal_);
  EXPECT_EQ(first.get().error().code, ErrorCode::kCancelled);
}

TEST_F(WebhookTest, NothingIsSentForARunThatIsBeingStopped) {
  const HttpStub hook([](const StubRequest&, int) { return StubReply{.body = R"({"pass": true})"}; });
  guard_.is_stopping = true;
  const auto outcome = Start(HookAt(hook.url())).get();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(hook.requests(), 0);
}

TEST_F(WebhookTest, WebhooksOfPromptfooAreUnderstood) {
  const std::string form = ", form: promptfoo";
  const HttpStub hook(
      [](const StubRequest&, int) { return StubReply{.body = R"({"pass": true, "score": 0.5, "reason": "so so"})"}; });
  const Score score = ScoreFrom(MakePlugin("http", "{url: \"" + hook.url() + "\", form: promptfoo}"), "an answer",
                                Json::Of({{"question", "what?"}}));
  EXPECT_EQ(score.pass, true);
  EXPECT_EQ(score.value, 1);
  EXPECT_EQ(score.reason, "so so");
  EXPECT_EQ(hook.received().front().body, R"({"output":"an answer","context":{"vars":{"question":"what?"}}})");
  EXPECT_FALSE(hook.received().front().headers.contains("webhook-signature"));
  EXPECT_EQ(GradedBy(R"({"pass": true, "score": 0.5})", form + ", value: share").value, 0.5);
  EXPECT_EQ(GradedBy(R"({"pass": false})", form + ", value: share").value, 0);
  EXPECT_EQ(GradedBy(R"({"pass": false, "score": 1})", form).pass, false);
  for (const char* body : {R"({"score": 1})", R"({"pass": "yes"})", R"({"pass": true, "score": 1.5})",
                           R"({"pass": true, "score": "1"})", R"([true])"}) {
    const HttpStub broken([&](const StubRequest&, int) { return StubReply{.body = body}; });
    for (const char* frame : {"{}", "{negate: true}"}) {
      const auto grader = MakePlugin("http", "{url: \"" + broken.url() + "\", form: promptfoo}", frame);
      EXPECT_THAT(ScoreFrom(grader).reason, HasSubstr("plug-in (garbage): ")) << body;
    }
  }
}

TEST_F(WebhookTest, OptionsThatAreWrongAreSaid) {
  const auto error = [&](const std::string& options) { return ErrorOf("http", options); };
  const std::string secret = "secret: {env: X}";
  EXPECT_THAT(error("{url: \"http://example.com/\", " + secret + "}"), HasSubstr("must be https"));
  EXPECT_THAT(error("{url: \"http://127.0.0.1.example.com/\", " + secret + "}"), HasSubstr("must be https"));
  EXPECT_THAT(error("{url: \"http://[2001:db8::1]:80/\", " + secret + "}"), HasSubstr("must be https"));
  EXPECT_THAT(error("{url: \"https://u:p@example.com/\", " + secret + "}"), HasSubstr("must not hold a user"));
  EXPECT_THAT(error("{url: \"http://127.0.0.1\\\\@example.com/\", " + secret + "}"), HasSubstr("must "));
  EXPECT_THAT(error("{url: \"ftp://example.com/\", " + secret + "}"), HasSubstr("must be a URL"));
  EXPECT_THAT(error("{url: \"https:///x\", " + secret + "}"), HasSubstr("must be a URL"));
  EXPECT_THAT(error("{url: \"https://example.com/\"}"), HasSubstr("needs a secret"));
  EXPECT_THAT(error("{url: \"https://example.com/\", secret: " + kSecret + "}"),
              AllOf(HasSubstr("must not stand in a document"), Not(HasSubstr(kSecret))));
  EXPECT_THAT(error("{url: \"https://example.com/\", form: promptfoo, value: amount}"), HasSubstr("decision or share"));
  EXPECT_THAT(error("{url: \"https://example.com/\", form: promptfoo, options: {a: 1}}"), HasSubstr("cannot stand"));
  for (const std::string url :
       {"https://example.com/x", "http://localhost:1/x", "http://[::1]:1/", "http://127.9.9.9/"}) {
    EXPECT_EQ(error("{url: \"" + url + "\", " + secret + "}"), "") << "X is looked for when the grader is used";
  }
}

TEST_F(WebhookTest, SecretsThatAreNoneAreSaidWhenTheGraderIsMade) {
  const auto error = [&](const char* secret) {
    ::setenv("ASSAY_TEST_WEBHOOK_SECRET", secret, 1);
    const auto made =
        PluginAsking::Made("http", "{url: \"https://example.com\", secret: {env: ASSAY_TEST_WEBHOOK_SECRET}}");
    return made ? "" : made.error().message;
  };
  EXPECT_THAT(error("whsec_short"), AllOf(HasSubstr("secret: "), Not(HasSubstr("whsec_short"))));
  EXPECT_THAT(error("whsec_?"), HasSubstr("is no Base64"));
  EXPECT_THAT(error("short"), HasSubstr("from 24 to 64"));
  EXPECT_EQ(error("twenty-four-bytes-or-more"), "");
  EXPECT_THAT(error(" "), HasSubstr("is empty"));
  ::unsetenv("ASSAY_TEST_WEBHOOK_SECRET");
  const auto made =
      PluginAsking::Made("http", "{url: \"https://example.com\", secret: {env: ASSAY_TEST_WEBHOOK_SECRET}}");
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("secret: environment variable ASSAY_TEST_WEBHOOK_SECRET is not set"));
}

// The example of the docs, as a program of its own.
TEST_F(WebhookTest, TheExampleInPythonGradesAndRefusesWhoDoesNotKnowTheSecret) {
  testing::Server hook("/usr/bin/python3", {"-u", ExampleOfDocs("word_limit_webhook.py"), "0"},
                       {{"GRADER_SECRET", kSecret}});
  const int port = hook.PortAfter("port ");
  ASSERT_NE(port, 0) << hook.first_line() << hook.errors();
  const std::string url = "http://127.0.0.1:" + std::to_string(port);
  const auto grader = HookAt(url, ", options: {words: 2}");
  EXPECT_EQ(ScoreFrom(grader, "two words"), Score::Pass("2 words, and 2 are allowed"));
  EXPECT_EQ(ScoreFrom(grader, "these are more"), Score::Failing("3 words, and 2 are allowed"));
  ::setenv("ASSAY_TEST_WEBHOOK_SECRET", "another-secret-of-many-bytes", 1);
  EXPECT_THAT(ScoreFrom(HookAt(url)).reason, HasSubstr("plug-in (refused): answered 401"));
}

}  // namespace
}  // namespace assay
