// grpc: what a server of the plug-in protocol is asked, and what becomes of whatever it does.

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "core/json.h"
#include "tests/runners/graders/plugins/plugin_asking.h"
#include "tests/runners/graders/plugins/scripted_plugin.h"
#include "tests/testing/http_stub.h"
#include "tests/testing/program.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::Eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

constexpr const char* kPluginToken = "a-token-that-nobody-may-see";

class GrpcPluginTest : public PluginAsking {
 protected:
  GrpcPluginTest() { ::setenv("ASSAY_TEST_PLUGIN_TOKEN", kPluginToken, 1); }
  Waiting PluginAt(const std::string& address, const std::string& more = "") {
    return MakePlugin("grpc", "{address: \"" + address + "\"" + more + "}");
  }
  Score GradedBy(ScriptedPlugin::Script script, const std::string& more = "") {
    ScriptedPlugin plugin;
    plugin.script = std::move(script);
    const GrpcStub server(plugin);
    return ScoreFrom(PluginAt(server.address(), more));
  }
  Score GradedAs(const std::function<void(v1::PluginScore&)>& fill, const std::string& more = "") {
    return GradedBy(
        [&](auto&, auto&, v1::GradeResponse& response) {
          fill(*response.mutable_score());
          return ::grpc::Status::OK;
        },
        more);
  }
  static ::grpc::Status UntilCancelled(::grpc::ServerContext& context, const v1::GradeRequest&, v1::GradeResponse&) {
    Eventually([&] { return context.IsCancelled(); });
    return ::grpc::Status::CANCELLED;
  }
};

TEST_F(GrpcPluginTest, AsksWithEverythingThatIsKnownAndTakesTheScore) {
  ScriptedPlugin plugin;
  v1::GradeRequest asked;
  std::string authorization;
  plugin.script = [&](::grpc::ServerContext& context, const v1::GradeRequest& request, v1::GradeResponse& response) {
    asked = request;
    const auto found = context.client_metadata().find("authorization");
    if (found != context.client_metadata().end())
      authorization = std::string(found->second.data(), found->second.size());
    response.mutable_score()->set_pass(false);
    response.mutable_score()->set_label("long");
    response.mutable_score()->set_reason("too long");
    response.mutable_score()->set_evidence("an answer");
    response.set_version("1");
    return ::grpc::Status::OK;
  };
  const GrpcStub server(plugin);
  const auto grader = PluginAt(server.address(),
                               ", options: {limit: 3, words: [a, b], deep: {x: null, y: true}}, "
                               "token: {env: ASSAY_TEST_PLUGIN_TOKEN}, version: \"1\"");
  const Score score =
      ScoreFrom(grader, "an \xff answer", Json::Of({{"n", std::int64_t{9007199254740993}}, {"question", "what?"}}));
  EXPECT_EQ(score.pass, false);
  EXPECT_EQ(score.label, "long");
  EXPECT_EQ(score.reason, "too long");
  EXPECT_EQ(score.evidence, "an answer");
  EXPECT_EQ(grader->Version(), "1");
  EXPECT_EQ(asked.grader(), "g");
  EXPECT_FALSE(asked.id().empty());
  EXPECT_EQ(asked.case_().id(), "case-7");
  EXPECT_EQ(asked.case_().ordinal(), 7);
  EXPECT_EQ(asked.case_().fields_json(), R"({"n":9007199254740993,"question":"what?"})");
  EXPECT_EQ(asked.response().text(), "an \xEF\xBF\xBD answer");
  EXPECT_EQ(asked.options().fields().at("limit").number_value(), 3);
  EXPECT_EQ(asked.options().fields().at("words").list_value().values(1).string_value(), "b");
  EXPECT_TRUE(asked.options().fields().at("deep").struct_value().fields().at("y").bool_value());
  EXPECT_EQ(authorization, std::string("Bearer ") + kPluginToken);
  EXPECT_EQ(guard_.begun, 1);
  EXPECT_EQ(guard_.ended, 1);
  EXPECT_THAT(failures(), IsEmpty());
}

TEST_F(GrpcPluginTest, TakesScoresOfEveryStatus) {
  EXPECT_EQ(GradedAs([](auto& score) { score.set_value(1); }), Score::Pass());
  const auto measure = [](auto& score) { score.set_value(-2.5); };
  EXPECT_EQ(GradedAs(measure, ", value: amount"), Score::Measured(-2.5, ""));
  EXPECT_EQ(GradedAs([](auto& score) {
              score.set_status(v1::ScoreStatus::UNSCORED);
              score.set_reason("nothing to compare");
            }),
            Score::Unscored("nothing to compare"));
  EXPECT_EQ(GradedAs([](auto& score) {
              score.set_status(v1::ScoreStatus::ERROR);
              score.set_reason("no model");
            }),
            Score::Broken("no model"));
}

TEST_F(GrpcPluginTest, AnswersThatAreNoneAreErrors) {
  const auto is_garbage = [](const Score& score) {
    EXPECT_EQ(score.status, ScoreStatus::kError);
    EXPECT_THAT(score.reason, HasSubstr("plug-in (garbage): "));
  };
  is_garbage(GradedBy([](auto&, auto&, auto&) { return ::grpc::Status::OK; }));
  is_garbage(GradedAs([](auto&) {}));
  is_garbage(GradedAs([](auto& score) { score.set_value(0.5); }));
  is_garbage(GradedAs([](auto& score) { score.set_value(std::nan("")); }, ", value: share"));
  is_garbage(GradedAs([](auto& score) { score.set_value(INFINITY); }, ", value: amount"));
  is_garbage(GradedAs([](auto& score) { score.set_value(1.5); }, ", value: share"));
  is_garbage(GradedAs([](auto& score) { score.set_status(v1::ScoreStatus::NOT_APPLICABLE); }));
  is_garbage(GradedAs([](auto& score) {
    score.set_status(static_cast<v1::ScoreStatus::Value>(99));
    score.set_pass(true);
  }));
  is_garbage(GradedAs([](auto& score) {
    score.set_pass(true);
    score.set_label("two\nlines");
  }));
  is_garbage(GradedAs([](auto& score) {
    score.set_pass(true);
    score.set_label("\u202Ed\u00e4b");
  }));
}

// Answers Grade by bytes that are no GradeResponse.
class RawPlugin final : public ::grpc::CallbackGenericService {
 public:
  ::grpc::ServerGenericBidiReactor* CreateReactor(::grpc::GenericCallbackServerContext* context) override {
    return new Reactor(context->method());
  }

 private:
  class Reactor final : public ::grpc::ServerGenericBidiReactor {
   public:
    explicit Reactor(const std::string& method) {
      if (!method.starts_with("/assay.v1.")) {
        Finish({::grpc::UNIMPLEMENTED, ""});
        return;
      }
      const ::grpc::Slice bytes(method.ends_with("Grade") ? "\xff\xff\xff\xff garbage" : "");
      reply_ = ::grpc::ByteBuffer(&bytes, 1);
      StartRead(&request_);
    }
    void OnReadDone(bool) override { StartWriteAndFinish(&reply_, {}, ::grpc::Status::OK); }
    void OnDone() override { delete this; }

   private:
    ::grpc::ByteBuffer request_;
    ::grpc::ByteBuffer reply_;
  };
};

TEST_F(GrpcPluginTest, BytesThatAreNoMessageAreAnError) {
  ::grpc::EnableDefaultHealthCheckService(false);
  RawPlugin plugin;
  ::grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", ::grpc::InsecureServerCredentials(), &port);
  builder.RegisterCallbackGenericService(&plugin);
  const auto server = builder.BuildAndStart();
  const Score score = ScoreFrom(PluginAt("127.0.0.1:" + std::to_string(port)));
  EXPECT_THAT(score.reason, HasSubstr("plug-in (garbage): "));
  server->Shutdown(std::chrono::system_clock::now());
}

TEST_F(GrpcPluginTest, AServerOfSomethingElseIsAnError) {
  const testing::HttpStub web([](const testing::StubRequest&, int) { return testing::StubReply{.body = "hello"}; });
  const Score score = ScoreFrom(PluginAt("127.0.0.1:" + std::to_string(web.port()), ", timeout: 2s"));
  EXPECT_EQ(score.status, ScoreStatus::kError);
  EXPECT_THAT(score.reason, HasSubstr("plug-in ("));
}

TEST_F(GrpcPluginTest, FloodsAreErrorsAndAreNotRead) {
  const Score score = GradedAs([](auto& out) {
    out.set_pass(true);
    out.set_reason(std::string(50u << 20, 'x'));
  });
  EXPECT_THAT(score.reason, HasSubstr("plug-in (flooded): "));
  EXPECT_THAT(failures(), ElementsAre(Pair("grpc g flooded", 1)));
}

TEST_F(GrpcPluginTest, AServerThatHangsIsWaitedForUntilTheTimeout) {
  const Score score = GradedBy(&UntilCancelled, ", timeout: 300ms");
  EXPECT_EQ(score.status, ScoreStatus::kError);
  EXPECT_THAT(score.reason, HasSubstr("plug-in (timeout): 127.0.0.1:"));
}

TEST_F(GrpcPluginTest, ErrorsOfTheServerAreErrorsAndSayNoSecret) {
  const auto failing = [&](::grpc::StatusCode code) {
    return GradedBy([&](auto&, auto&,
                        auto&) { return ::grpc::Status(code, std::string("token ") + kPluginToken + " is wrong"); },
                    ", token: {env: ASSAY_TEST_PLUGIN_TOKEN}")
        .reason;
  };
  EXPECT_THAT(failing(::grpc::UNKNOWN),
              AllOf(HasSubstr("plug-in (crashed): "), HasSubstr("UNKNOWN: \"token [secret] is wrong\"")));
  EXPECT_THAT(failing(::grpc::INVALID_ARGUMENT), HasSubstr("plug-in (refused): "));
  EXPECT_THAT(failing(::grpc::UNAUTHENTICATED), HasSubstr("plug-in (refused): "));
  EXPECT_THAT(failing(::grpc::RESOURCE_EXHAUSTED), HasSubstr("plug-in (overloaded): "));
  EXPECT_THAT(failing(::grpc::UNAVAILABLE), HasSubstr("plug-in (unavailable): "));
  const Score echoed = GradedAs(
      [](auto& score) {
        score.set_pass(true);
        score.set_reason(kPluginToken);
      },
      ", token: {env: ASSAY_TEST_PLUGIN_TOKEN}");
  EXPECT_EQ(echoed, Score::Pass("[secret]"));
}

TEST_F(GrpcPluginTest, AnUnhealthyServerIsNotAskedUntilItIsWell) {
  ScriptedPlugin plugin;
  GrpcStub server(plugin);
  server.SetServing(false);
  const auto grader = PluginAt(server.address());
  EXPECT_THAT(ScoreFrom(grader).reason,
              HasSubstr("plug-in (unavailable): " + server.address() + " says that it is not"));
  for (int i = 0; i < 100; ++i) EXPECT_THAT(ScoreFrom(grader).reason, HasSubstr("held off for 1s after: "));
  EXPECT_EQ(plugin.graded, 0);
  EXPECT_THAT(failures(), ElementsAre(Pair("grpc g unavailable", 101)));
  server.SetServing(true);
  EXPECT_TRUE(Eventually([&] { return ScoreFrom(grader).pass == true; }));
}

TEST_F(GrpcPluginTest, AServerWithoutHealthServiceCountsAsHealthy) {
  ScriptedPlugin plugin;
  const GrpcStub server(plugin, 0, false);
  EXPECT_EQ(ScoreFrom(PluginAt(server.address())).pass, true);
}

TEST_F(GrpcPluginTest, OneCallFindsOutWhileTheOthersWait) {
  ScriptedPlugin plugin;
  const GrpcStub server(plugin);
  const auto grader = PluginAt(server.address(), ", concurrency: 4");
  std::vector<Answer> answers;
  for (int i = 0; i < 40; ++i) answers.push_back(Start(grader));
  for (Answer& answer : answers) EXPECT_EQ(answer.get()->score.pass, true);
  EXPECT_EQ(plugin.described, 1);
  EXPECT_EQ(plugin.graded, 40);
  EXPECT_LE(plugin.most_in_flight, 4);
}

TEST_F(GrpcPluginTest, ACallThatFailedHasItsHealthAskedAgain) {
  ScriptedPlugin plugin;
  plugin.script = [&](auto&, auto&, v1::GradeResponse& response) {
    response.mutable_score()->set_pass(true);
    return plugin.graded == 1 ? ::grpc::Status(::grpc::UNKNOWN, "once") : ::grpc::Status::OK;
  };
  const GrpcStub server(plugin);
  const auto grader = PluginAt(server.address());
  EXPECT_THAT(ScoreFrom(grader).reason, HasSubstr("once"));
  EXPECT_EQ(ScoreFrom(grader).pass, true);
  EXPECT_EQ(plugin.described, 2);
  EXPECT_EQ(ScoreFrom(grader).pass, true);
  EXPECT_EQ(plugin.described, 2);
}

TEST_F(GrpcPluginTest, AServerThatIsWellAndDoesNotAnswerIsHeldOffToo) {
  ScriptedPlugin plugin;
  plugin.script = &UntilCancelled;
  const GrpcStub server(plugin);
  const auto grader = PluginAt(server.address(), ", timeout: 100ms");
  for (int i = 0; i < 3; ++i) EXPECT_THAT(ScoreFrom(grader).reason, HasSubstr("plug-in (timeout)"));
  for (int i = 0; i < 20; ++i) EXPECT_THAT(ScoreFrom(grader).reason, HasSubstr("held off"));
  EXPECT_EQ(plugin.graded, 3);
}

TEST_F(GrpcPluginTest, ScoresOfAnotherVersionAreNotTaken) {
  ScriptedPlugin plugin;
  const GrpcStub server(plugin);
  const auto stated = PluginAt(server.address(), ", version: \"2\"");
  EXPECT_THAT(ScoreFrom(stated).reason, HasSubstr("plug-in (refused): " + server.address() +
                                                  " has version \"1\", and the suite says version \"2\""));
  EXPECT_EQ(plugin.graded, 0);
  plugin.version = 2;
  EXPECT_TRUE(Eventually([&] { return ScoreFrom(stated).pass == true; }));
  EXPECT_EQ(stated->Version(), "2");

  const auto first = PluginAt(server.address());
  EXPECT_EQ(ScoreFrom(first).pass, true);
  plugin.script = [](auto&, auto&, v1::GradeResponse& response) {
    response.mutable_score()->set_pass(true);
    response.set_version("3");
    return ::grpc::Status::OK;
  };
  EXPECT_THAT(ScoreFrom(first).reason, HasSubstr("has version \"3\", and the run began with version \"2\""));
}

TEST_F(GrpcPluginTest, ACallThatIsCutOffEndsAtOnceAndIsCancelledThere) {
  std::atomic<bool> was_cancelled = false;
  ScriptedPlugin plugin;
  plugin.script = [&](::grpc::ServerContext& context, auto&, auto&) {
    was_cancelled = Eventually([&] { return context.IsCancelled(); });
    return ::grpc::Status::CANCELLED;
  };
  const GrpcStub server(plugin);
  const auto grader = PluginAt(server.address(), ", timeout: 1h");
  Answer answer = Start(grader, signal_);
  ASSERT_TRUE(Eventually([&] { return plugin.in_flight == 1; }));
  Cancel(signal_);
  const auto outcome = answer.get();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(Eventually([&] { return was_cancelled.load(); }));
  EXPECT_EQ(guard_.ended, 1);
  EXPECT_THAT(failures(), IsEmpty());
}

TEST_F(GrpcPluginTest, LoopsThatEndLeaveNothingBehind) {
  ScriptedPlugin plugin;
  plugin.script = &UntilCancelled;
  const GrpcStub server(plugin);
  const auto grader = PluginAt(server.address(), ", timeout: 1h");
  {
    EventLoops loops(1);
    const Case item;
    Response response;
    response.text = "an answer";
    const GradingTerms terms{.deadline = DeadlineIn(std::chrono::hours(1)), .sender = nullptr};
    boost::asio::co_spawn(loops.executor(0), grader->Grade(item, response, terms), [](auto, auto) {});
    ASSERT_TRUE(Eventually([&] { return plugin.in_flight == 1; }));
  }
  EXPECT_TRUE(Eventually([&] { return plugin.in_flight == 0; }));
}

TEST_F(GrpcPluginTest, NobodyListens) {
  const auto grader = PluginAt("127.0.0.1:" + std::to_string(testing::ClosedPort()));
  EXPECT_THAT(ScoreFrom(grader).reason, HasSubstr("plug-in (unavailable): "));
  EXPECT_THAT(ScoreFrom(grader).reason, HasSubstr("held off"));
}

TEST_F(GrpcPluginTest, TlsIsCheckedAgainstTheAuthorityThatTheSuiteNames) {
  const testing::TemporaryFolder folder;
  const auto make = [&](const std::string& name) {
    const auto end = testing::RunProgram(
        "/usr/bin/openssl", {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                             "-days", "2", "-subj", "/CN=plugin", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                             folder.path() / (name + ".key"), "-out", folder.path() / (name + ".pem")});
    ASSERT_EQ(end.exit_code, 0) << end.errors;
  };
  make("server");
  make("other");
  const auto read = [&](const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(folder.path() / name).rdbuf();
    return text.str();
  };
  ::grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({read("server.key"), read("server.pem")});
  ScriptedPlugin plugin;
  const GrpcStub server(plugin, 0, true, ::grpc::SslServerCredentials(options));
  const auto with = [&](const std::string& more) {
    return ScoreFrom(PluginAt(server.address(), ", timeout: 2s" + more));
  };
  const auto ca = [&](const char* name) { return ", tls: true, ca_file: \"" + (folder.path() / name).string() + "\""; };
  EXPECT_EQ(with(ca("server.pem")).pass, true);
  EXPECT_EQ(with(ca("other.pem")).status, ScoreStatus::kError);
  EXPECT_EQ(with(", tls: true").status, ScoreStatus::kError);
  EXPECT_EQ(with("").status, ScoreStatus::kError);
}

TEST_F(GrpcPluginTest, OptionsThatAreWrongAreSaid) {
  const auto error = [](const std::string& options) { return ErrorOf("grpc", options); };
  for (const char* address :
       {"", "localhost", "localhost:", "localhost:0", "localhost:65536", "localhost:1x", ":1", "[::1]", "::1:1",
        "http://localhost:1", "xds:///a:1", "unix:relative", "a b:1", "a,b:1"}) {
    EXPECT_THAT(error(std::string("{address: \"") + address + "\"}"), HasSubstr("must be HOST:PORT or unix:/PATH"))
        << address;
  }
  for (const char* address : {"localhost:1", "[::1]:50051", "plugins.example.com:443", "unix:/run/plugin.sock"}) {
    EXPECT_EQ(error(std::string("{address: \"") + address + "\"}"), "") << address;
  }
  EXPECT_THAT(error("{address: \"a.example:1\", tls: false, token: {env: X}}"),
              HasSubstr("would go through the network"));
  EXPECT_EQ(error("{address: \"a.example:1\", tls: false}"), "");
  EXPECT_EQ(error("{address: \"a.example:1\", token: {env: X}}"), "");
  EXPECT_THAT(error("{address: \"localhost:1\", ca_file: x.pem}"), HasSubstr("is of no use without tls"));
  EXPECT_THAT(error("{address: \"localhost:1\", token: abc}"),
              AllOf(HasSubstr("must not stand in a document"), Not(HasSubstr("abc"))));
  const auto made = Made("grpc", "{address: \"localhost:1\", tls: true, ca_file: /nonexistent.pem}");
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("nonexistent.pem"));
}

// The example of the docs, as a program of its own.
class GrpcExample : public GrpcPluginTest {
 protected:
  void SetUp() override {
    if (testing::RunProgram("/usr/bin/python3", {"-c", "import grpc, google.protobuf"}).exit_code != 0) {
      GTEST_SKIP() << "/usr/bin/python3 has no grpc: install python3-grpcio and python3-protobuf (scripts/setup does)";
    }
    const auto made = testing::RunProgram(
        "/usr/bin/protoc",
        {"-I", std::string(ASSAY_SOURCE_DIR) + "/proto", "--python_out=" + folder_.path().string(),
         "--grpc_out=" + folder_.path().string(), "--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin",
         "assay/v1/types.proto", "assay/v1/grader_plugin.proto"});
    ASSERT_EQ(made.exit_code, 0) << made.errors;
  }
  std::unique_ptr<testing::Server> Started(const std::string& address) {
    return std::make_unique<testing::Server>(
        "/usr/bin/python3", std::vector<std::string>{"-u", ExampleOfDocs("word_limit_server.py"), address},
        testing::Environment{{"PYTHONPATH", folder_.path()}, {"PYTHONDONTWRITEBYTECODE", "1"}});
  }
  testing::TemporaryFolder folder_;
};

TEST_F(GrpcExample, GradesDiesInMidCallAndIsFoundAgain) {
  auto server = Started("127.0.0.1:0");
  const int port = server->PortAfter("port ");
  ASSERT_NE(port, 0) << server->first_line() << server->errors();
  const std::string address = "127.0.0.1:" + std::to_string(port);
  const auto grader = PluginAt(address, ", options: {words: 2}, version: \"1\"");
  EXPECT_EQ(ScoreFrom(grader, "two words"), Score::Pass("2 words, and 2 are allowed"));
  EXPECT_EQ(ScoreFrom(grader, "these are more"), Score::Failing("3 words, and 2 are allowed"));
  server->Signal(SIGSTOP);
  ASSERT_EQ(::waitpid(server->process(), nullptr, WUNTRACED), server->process())
      << "until all of its threads have stopped";
  Answer answer = Start(grader);
  ASSERT_TRUE(Eventually([&] { return guard_.begun == 3; }));
  server->End(SIGKILL);
  const Score score = answer.get()->score;
  EXPECT_EQ(score.status, ScoreStatus::kError);
  EXPECT_THAT(score.reason, ::testing::AnyOf(HasSubstr("plug-in (crashed): "), HasSubstr("plug-in (unavailable): ")));
  server = Started(address);
  ASSERT_NE(server->PortAfter("port "), 0) << server->errors();
  EXPECT_TRUE(Eventually([&] { return ScoreFrom(grader, "two words").pass == true; }));
}

}  // namespace
}  // namespace assay
