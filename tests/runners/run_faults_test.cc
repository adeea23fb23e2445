// What endpoints and networks do to a run, over real sockets. After each fault: every trial is counted once, those that
// failed say why, and nothing stays open.

#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <latch>
#include <set>

#include "config/model.h"
#include "config/yaml_text.h"
#include "runners/endpoints/endpoint.h"
#include "runners/event_loops.h"
#include "runners/http/http_client.h"
#include "runners/run_pipeline.h"
#include "tests/runners/graders_of.h"
#include "tests/testing/await.h"
#include "tests/testing/http_stub.h"
#include "tests/testing/tls_stub.h"

namespace assay {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using ::testing::AnyOf;
using testing::ChatAnswer;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;
using Fault = StubReply::Fault;

constexpr std::int64_t kCases = 60;
constexpr int kConcurrency = 8;
// Too few for ten failures in a row, which would open the circuit.
const std::set<std::int64_t> kFaultyCases = {3, 17, 31, 59};

// The prompt of a case is its number.
class NumberedCases : public CaseSource {
 public:
  asio::awaitable<Result<std::vector<Case>>> Read(std::vector<std::int64_t> ordinals) override {
    std::vector<Case> cases;
    for (const std::int64_t ordinal : ordinals) cases.push_back({ordinal, std::to_string(ordinal), Json()});
    for (Case& item : cases) item.fields = Json::Of({{"number", item.id}});
    co_return cases;
  }
};

class KeptResults : public ResultSink {
 public:
  asio::awaitable<Status> Write(TrialResult result) override {
    const std::lock_guard lock(mutex_);
    results_.push_back(std::move(result));
    ++count;
    co_return Status();
  }
  std::vector<TrialResult> Take() {
    const std::lock_guard lock(mutex_);
    return std::move(results_);
  }
  std::atomic<int> count = 0;

 private:
  std::mutex mutex_;
  std::vector<TrialResult> results_;
};

// Says nothing of every tenth case.
class NineOfTen : public Grader {
 public:
  Score Grade(const Case& item, const Response&) const override {
    return item.ordinal % 10 == 0 ? Score::Unscored("every tenth") : Score::Pass();
  }
  std::vector<std::string> RequiredFields() const override { return {}; }
};

std::int64_t NumberIn(const StubRequest& request) {
  const Json body = Json::Parse(request.body).value();
  return std::stoll(body.Find("messages")->as_array().at(0).Find("content")->as_string());
}

// Good answers to all cases but the faulty ones.
HttpStub::Script Mostly(StubReply good, StubReply faulty) {
  return [good = std::move(good), faulty = std::move(faulty)](const StubRequest& request, int) {
    return kFaultyCases.contains(NumberIn(request)) ? faulty : good;
  };
}

StubReply StreamOf(const std::string& events, Fault fault = Fault::kNone) {
  return {.body = events, .headers = {{"Content-Type", "text/event-stream"}}, .fault = fault};
}
constexpr char kBeginning[] = "data: {\"choices\":[{\"delta\":{\"content\":\"fo\"}}]}\n\n";
constexpr char kEnding[] = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

int OpenDescriptors() {
  DIR* folder = ::opendir("/proc/self/fd");
  int count = 0;
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

EndpointSpec SpecOf(const std::string& url) {
  EndpointSpec spec;
  spec.provider = "openai-chat";
  spec.url = url;
  spec.model = "bot";
  spec.attempts = 2;
  spec.limits.concurrency = kConcurrency;
  spec.backoff.initial = milliseconds(1);
  spec.backoff.max = milliseconds(4);
  spec.outage = milliseconds(200);
  return spec;
}

// One run with all that belongs to it.
class FaultyRun {
 public:
  explicit FaultyRun(const EndpointSpec& spec, std::int64_t cases = kCases, int concurrency = kConcurrency) {
    auto endpoint = MakeEndpoint("bot@1", spec, {.http = client_});
    EXPECT_TRUE(endpoint) << endpoint.error().message;
    plan_.cases = cases;
    plan_.seed = 5;
    plan_.max_concurrency = concurrency;
    plan_.prompt = [](const Json& fields) -> Result<Dialogue> {
      return Dialogue{.turns = {{{Role::kUser, fields.Find("number")->as_string()}}}};
    };
    plan_.endpoint = *endpoint;
    plan_.graders = GradersOf({std::make_shared<NineOfTen>()});
  }

  void Start() {
    ended_ = asio::co_spawn(loops_.executor(0), ExecuteRun(plan_, loops_, source_, sink_, control_), asio::use_future);
  }
  RunEnd End() {
    if (ended_.wait_for(std::chrono::minutes(1)) != std::future_status::ready) {
      throw std::runtime_error("a run did not end within a minute");
    }
    return ended_.get();
  }
  int recorded() const { return sink_.count; }
  EndpointState state() const { return plan_.endpoint->State(); }
  std::vector<TrialResult> TakeResults() { return sink_.Take(); }

 private:
  EventLoops loops_{2};
  HttpClient client_{loops_};
  NumberedCases source_;
  KeptResults sink_;
  RunControl control_;
  RunPlan plan_;
  std::future<RunEnd> ended_;
};

struct Ended {
  RunEnd end;
  std::vector<TrialResult> results;
};

class RunFaults : public ::testing::Test {
 protected:
  // Whatever happened: no trial twice, and the counts are those of what was handed on.
  static void ExpectConserved(const Ended& run, std::int64_t cases = kCases) {
    EXPECT_EQ(run.end.recorded.scheduled, cases);
    RunCounts counted{.scheduled = cases};
    std::set<std::int64_t> positions;
    for (const TrialResult& result : run.results) {
      counted.Add(result.status);
      EXPECT_TRUE(positions.insert(result.position).second) << result.position;
      EXPECT_TRUE(result.response || result.status == TrialStatus::kError) << result.position;
      EXPECT_EQ(result.status == TrialStatus::kError, !result.error.empty());
    }
    EXPECT_EQ(run.end.recorded, counted);
    if (run.end.outcome == RunOutcome::kComplete) {
      EXPECT_EQ(counted.Accounted(), cases);
    }
  }

  static Ended Execute(const EndpointSpec& spec) {
    FaultyRun run(spec);
    run.Start();
    Ended ended{.end = run.End(), .results = {}};
    ended.results = run.TakeResults();
    ExpectConserved(ended);
    return ended;
  }

  // A run all of whose requests fail: it gives up after the first twenty trials, or when its endpoint is given up on.
  static void ExpectGivenUp(const EndpointSpec& spec, ErrorCode code, const std::string& why) {
    const int descriptors = OpenDescriptors();
    const Ended run = Execute(spec);
    EXPECT_EQ(run.end.outcome, RunOutcome::kFailed);
    ASSERT_TRUE(run.end.error);
    EXPECT_EQ(run.end.error->code, code);
    EXPECT_THAT(
        run.end.error->message,
        AnyOf(::testing::ContainsRegex("the first [0-9]+ trials ended in endpoint errors and none was answered"),
              HasSubstr("the endpoint never answered: ")));
    EXPECT_THAT(run.end.error->message, HasSubstr("endpoint \"bot@1\": "));
    EXPECT_THAT(run.end.error->message, HasSubstr(why));
    EXPECT_EQ(run.end.recorded.scored + run.end.recorded.unscored, 0);
    EXPECT_GE(run.end.recorded.error, 1);
    for (const TrialResult& result : run.results) EXPECT_THAT(result.error, HasSubstr(why));
    EXPECT_TRUE(Eventually([&] { return OpenDescriptors() == descriptors; })) << OpenDescriptors();
  }
};

struct FaultOfSome {
  friend void PrintTo(const FaultOfSome& fault, std::ostream* out) { *out << fault.name; }
  std::string name;
  StubReply faulty;
  int attempts;  // for each faulty case
  std::string why;
  std::string options = "{}";
  Duration timeout = {};   // 0: long, with a second attempt
  bool is_answer = false;  // of the model: the trial keeps what is known of it
};

StubReply WithFault(StubReply reply, Fault fault, milliseconds delay = {}) {
  reply.fault = fault;
  reply.delay = delay;
  return reply;
}
StubReply Page(int status, const std::string& body) {
  return {.status = status, .body = body, .headers = {{"Content-Type", "text/html"}}};
}

std::vector<FaultOfSome> FaultsOfSome() {
  const StubReply answer = ChatAnswer("four");
  const std::string too_large = ChatAnswer(std::string(10u << 20, 'x')).body;
  std::string comments;
  while (comments.size() <= 10u << 20) comments += ": nothing yet" + std::string(1000, '.') + "\n";
  const Duration patience = std::chrono::seconds(2);  // far above what a good answer takes
  const char* stream = "{stream: true}";
  return {
      {"ResetInMidBody", WithFault(answer, Fault::kReset), 2, "Connection reset by peer (2 attempts)"},
      {"ResetInMidStream", StreamOf(std::string(kBeginning) + kEnding, Fault::kReset), 2,
       "Connection reset by peer (2 attempts)", stream},
      {"CutInMidBody", WithFault(answer, Fault::kCutBody), 2, "bytes remaining to read (2 attempts)"},
      {"SlowDrip", WithFault(answer, Fault::kDrip, milliseconds(50)), 1, "no answer within 2s", "{}", patience},
      {"SlowDripOfAStream", WithFault(StreamOf(std::string(kBeginning) + kEnding), Fault::kDrip, milliseconds(50)), 1,
       "no answer within 2s", stream, patience},
      {"HungAnswer", WithFault(answer, Fault::kStall), 1, "no answer within 2s", "{}", patience},
      {"HungStream", StreamOf(kBeginning, Fault::kStall), 1, "no answer within 2s", stream, patience},
      {"StreamWithoutTerminator", StreamOf(kBeginning), 2,
       "the stream of the answer ended without data: [DONE] (2 attempts)", stream},
      {"TooLarge", StubReply{.body = too_large}, 1, "the answer is larger than 10485760 bytes", "{}", Duration(0),
       true},
      {"TooLargeAsAStream", StreamOf(comments), 1, "the answer is larger than 10485760 bytes", stream},
      {"NotUtf8", StubReply{.body = "{\"choices\":[{\"message\":{\"content\":\"caf\xe9\"}}]}"}, 2,
       "answered 200 with what is not UTF-8 (\"{"},
      {"StreamNotUtf8", StreamOf("data: {\"choices\":[{\"delta\":{\"content\":\"caf\xe9\"}}]}\n\n"), 2,
       "answered 200 with a stream that is not UTF-8 (\"{", stream},
      {"NotJson", StubReply{.body = "{\"choices\": [{"}, 2,
       "answered 200 with what is not JSON (\"{\"choices\": [{\") instead of a chat completion; check url (2 "
       "attempts)"},
      {"HtmlErrorPage", Page(502, "<html>bad gateway</html>"), 2,
       "answered 502 bad gateway: an HTML page (2 attempts)"},
      {"HtmlSignInPage", Page(200, "<html>sign in</html>"), 2,
       "answered 200 with an HTML page instead of a chat completion; check url (2 attempts)"},
      {"NotHttp", StubReply{.body = "SSH-2.0-OpenSSH_9.2\r\n", .fault = Fault::kGarbage}, 2, "the answer is not HTTP"},
  };
}

class RunFaultsOfSome : public RunFaults, public ::testing::WithParamInterface<FaultOfSome> {};

INSTANTIATE_TEST_SUITE_P(Every, RunFaultsOfSome, ::testing::ValuesIn(FaultsOfSome()),
                         [](const auto& fault) { return fault.param.name; });

TEST_P(RunFaultsOfSome, AreErrorsOfTheirTrialsOnly) {
  const FaultOfSome& fault = GetParam();
  const bool is_stream = fault.options != "{}";
  HttpStub stub(Mostly(is_stream ? StreamOf(std::string(kBeginning) + kEnding) : ChatAnswer("four"), fault.faulty));
  EndpointSpec spec = SpecOf(stub.url());
  Diagnostics diagnostics;
  spec.options = ParseYaml("m.yaml", fault.options, diagnostics).at(0).root;
  spec.attempts = fault.timeout > Duration(0) ? 1 : 2;
  spec.timeout = fault.timeout > Duration(0) ? fault.timeout : std::chrono::seconds(30);
  const int descriptors = OpenDescriptors();
  const Ended run = Execute(spec);
  EXPECT_EQ(run.end.outcome, RunOutcome::kComplete);
  EXPECT_EQ(run.end.recorded, (RunCounts{.scheduled = 60, .scored = 50, .unscored = 6, .error = 4}));
  for (const TrialResult& result : run.results) {
    const bool is_faulty = kFaultyCases.contains(result.ordinal);
    EXPECT_EQ(result.response.has_value(), !is_faulty || fault.is_answer) << result.ordinal << result.error;
    if (!is_faulty) continue;
    EXPECT_THAT(result.error, HasSubstr("endpoint \"bot@1\": "));
    EXPECT_THAT(result.error, HasSubstr(fault.why));
  }
  EXPECT_EQ(stub.requests(), 56 + 4 * fault.attempts);
  EXPECT_TRUE(Eventually([&] { return stub.open() == 0; }));
  EXPECT_TRUE(Eventually([&] { return OpenDescriptors() == descriptors; })) << OpenDescriptors();
}

TEST_F(RunFaults, TenMegabytesAreAnAnswerWhenTheyMayBe) {
  const std::string text(10u << 20, 'x');
  HttpStub stub(Mostly(ChatAnswer("four"), ChatAnswer(text)));
  EndpointSpec spec = SpecOf(stub.url());
  spec.max_response_bytes = static_cast<std::int64_t>(ChatAnswer(text).body.size());
  const Ended run = Execute(spec);
  EXPECT_EQ(run.end.recorded, (RunCounts{.scheduled = 60, .scored = 54, .unscored = 6}));
  for (const TrialResult& result : run.results) {
    EXPECT_TRUE(!kFaultyCases.contains(result.ordinal) || result.response->text == text) << result.ordinal;
  }
}

TEST_F(RunFaults, AnEndpointThatRefusesConnections) {
  ExpectGivenUp(SpecOf("http://127.0.0.1:" + std::to_string(testing::ClosedPort())), ErrorCode::kUnavailable,
                "Failed to connect to 127.0.0.1");
}

TEST_F(RunFaults, AHostThatIsNotKnown) {
  ExpectGivenUp(SpecOf("http://name.invalid"), ErrorCode::kUnavailable, "Could not resolve host: name.invalid");
}

TEST_F(RunFaults, ACertificateThatNobodySigned) {
  testing::TlsStub stub;
  ExpectGivenUp(SpecOf(stub.url()), ErrorCode::kFailedPrecondition,
                "TLS: SSL certificate problem: self-signed certificate");
  EXPECT_GE(stub.connections(), 20);
  EXPECT_EQ(stub.handshakes(), 0);
  EXPECT_TRUE(Eventually([&] { return stub.open() == 0; }));
}

TEST_F(RunFaults, TlsWhereThereIsNone) {
  HttpStub stub([](const StubRequest&, int) { return ChatAnswer("four"); });
  ExpectGivenUp(SpecOf("https://127.0.0.1:" + std::to_string(stub.port())), ErrorCode::kUnavailable, "SSL_connect");
  EXPECT_EQ(stub.requests(), 0);
}

TEST_F(RunFaults, ARedirectIsNotFollowed) {
  HttpStub elsewhere([](const StubRequest&, int) { return ChatAnswer("four"); });
  HttpStub stub([&](const StubRequest&, int) {
    return StubReply{.status = 302, .headers = {{"Location", elsewhere.url() + "/v1"}}};
  });
  ExpectGivenUp(
      SpecOf(stub.url()), ErrorCode::kFailedPrecondition,
      "answered 302: to " + elsewhere.url() + "/v1; redirects are not followed; write the final address into url");
  EXPECT_EQ(elsewhere.requests(), 0);
}

TEST_F(RunFaults, AnAccountThatRunsEmptyEndsTheRunSoon) {
  HttpStub stub([](const StubRequest&, int index) {
    if (index < 30) return ChatAnswer("four");
    return StubReply{.status = 429,
                     .body = R"({"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}})"};
  });
  FaultyRun run(SpecOf(stub.url()), 50'000);
  run.Start();
  const RunEnd end = run.End();
  EXPECT_EQ(end.outcome, RunOutcome::kFailed);
  ASSERT_TRUE(end.error);
  EXPECT_EQ(end.error->message,
            "the endpoint stopped answering: endpoint \"bot@1\": answered 429 too many requests: You exceeded your "
            "current quota; the account is exhausted");
  // Those that were answered when it ended are asked for again another time.
  EXPECT_LE(end.recorded.scored + end.recorded.unscored, 30);
  EXPECT_GE(end.recorded.scored + end.recorded.unscored, 30 - kConcurrency);
  // Twenty, those on their way, and a probe or two; as much again where an answer was late.
  EXPECT_LE(stub.requests(), 30 + 3 * (20 + kConcurrency));
}

// Errors are faster than answers: every other request is refused, the rest take longer than the endpoint is waited for.
TEST_F(RunFaults, AnswersThatAreOnTheirWayAmongRefusalsAreWaitedFor) {
  HttpStub stub([](const StubRequest& request, int) {
    if (NumberIn(request) % 2 == 0) return WithFault(ChatAnswer("four"), Fault::kNone, milliseconds(900));
    return WithFault({.status = 401}, Fault::kNone, milliseconds(100));
  });
  EndpointSpec spec = SpecOf(stub.url());
  spec.limits.concurrency = 64;
  FaultyRun run(spec, 150, 64);
  run.Start();
  const RunEnd end = run.End();
  EXPECT_EQ(end.outcome, RunOutcome::kComplete) << end.error.value_or(Error()).message;
  EXPECT_EQ(end.recorded.error, 75);
}

// A prompt that the limit has no room for, in words that nobody knows.
TEST_F(RunFaults, ACaseThatAlwaysGets429IsAnErrorOfItsOwn) {
  HttpStub stub(Mostly(ChatAnswer("four"), {.status = 429, .body = R"({"error":{"message":"no room"}})"}));
  EndpointSpec spec = SpecOf(stub.url());
  spec.outage = milliseconds(400);
  const Ended run = Execute(spec);
  EXPECT_EQ(run.end.outcome, RunOutcome::kComplete) << run.end.error.value_or(Error()).message;
  EXPECT_EQ(run.end.recorded, (RunCounts{.scheduled = 60, .scored = 50, .unscored = 6, .error = 4}));
  for (const TrialResult& result : run.results) {
    EXPECT_TRUE(result.response || result.error.find("no room; nothing but 429 for ") != std::string::npos)
        << result.error;
  }
}

TEST_F(RunFaults, AStormOf429CostsNoTrial) {
  HttpStub stub([](const StubRequest&, int index) {
    if (index % 3 == 2) return ChatAnswer("four");
    return StubReply{.status = 429, .headers = {{"retry-after-ms", "2"}}};
  });
  EndpointSpec spec = SpecOf(stub.url());
  spec.attempts = 1;
  spec.outage = std::chrono::seconds(30);
  const int descriptors = OpenDescriptors();
  const Ended run = Execute(spec);
  EXPECT_EQ(run.end.outcome, RunOutcome::kComplete);
  EXPECT_EQ(run.end.recorded, (RunCounts{.scheduled = 60, .scored = 54, .unscored = 6}));
  EXPECT_EQ(stub.requests(), 180);
  EXPECT_TRUE(Eventually([&] { return OpenDescriptors() == descriptors; })) << OpenDescriptors();
}

TEST_F(RunFaults, AStormOf429WithoutEndIsGivenUpOn) {
  HttpStub stub([](const StubRequest&, int) { return StubReply{.status = 429, .headers = {{"retry-after-ms", "2"}}}; });
  ExpectGivenUp(SpecOf(stub.url()), ErrorCode::kResourceExhausted, "answered 429 too many requests");
}

TEST_F(RunFaults, AnEndpointThatIsStartedAnewCostsNoTrial) {
  const HttpStub::Script slow = [](const StubRequest&, int) {
    return WithFault(ChatAnswer("four"), Fault::kNone, milliseconds(5));
  };
  auto stub = std::make_unique<HttpStub>(slow);
  const int port = stub->port();
  EndpointSpec spec = SpecOf(stub->url());
  spec.attempts = 5;
  spec.outage = std::chrono::seconds(60);
  constexpr std::int64_t kMany = 300;
  const int descriptors = OpenDescriptors();
  {
    FaultyRun run(spec, kMany);
    run.Start();
    ASSERT_TRUE(Eventually([&] { return run.recorded() >= 50 && stub->in_flight() > 0; }));
    stub.reset();
    ASSERT_TRUE(Eventually([&] { return run.state().failing_for.has_value(); }));
    EXPECT_LT(run.recorded(), kMany);
    stub = std::make_unique<HttpStub>(slow, port);
    Ended ended{.end = run.End(), .results = {}};
    ended.results = run.TakeResults();
    ExpectConserved(ended, kMany);
    EXPECT_EQ(ended.end.outcome, RunOutcome::kComplete);
    EXPECT_EQ(ended.end.recorded, (RunCounts{.scheduled = kMany, .scored = 270, .unscored = 30}));
  }
  EXPECT_TRUE(Eventually([&] { return stub->open() == 0; }));
  EXPECT_TRUE(Eventually([&] { return OpenDescriptors() == descriptors; })) << OpenDescriptors();
}

}  // namespace
}  // namespace assay
