// Many questions at once, runs that stop, and what a program is allowed.

#include <gmock/gmock.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <set>

#include "runners/event_loops.h"
#include "tests/runners/graders/plugins/asked_program.h"
#include "tests/testing/program.h"

namespace assay {
namespace {

namespace asio = boost::asio;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Response Saying(std::string text) {
  Response response;
  response.text = std::move(text);
  return response;
}

TEST(ExecRun, SharesItsProcessesAmongLoops) {
  AskedProgram program("good", ", concurrency: 3");
  const Response response = Saying("good");
  const GradingTerms terms{.deadline = DeadlineIn(std::chrono::minutes(1)), .sender = nullptr};
  EventLoops loops(2);
  std::vector<std::future<Result<GradingOutcome>>> gradings;
  for (int i = 0; i < 60; ++i) {
    gradings.push_back(asio::co_spawn(loops.executor(i % 2), program.Grading(response, terms), asio::use_future));
  }
  std::set<std::string> pids;
  for (auto& grading : gradings) {
    const auto outcome = grading.get();
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->score.pass, true) << outcome->score.reason;
    pids.insert(outcome->score.label);
  }
  EXPECT_LE(pids.size(), 3u);
  EXPECT_THAT(program.Failures(), IsEmpty());
}

TEST(ExecRun, WaitsForAProcessNoLongerThanTheTrial) {
  AskedProgram program("hangs", ", concurrency: 1, timeout: 1h");
  const Response response = Saying("x");
  const GradingTerms terms{.deadline = DeadlineIn(std::chrono::milliseconds(500)), .sender = nullptr};
  asio::io_context io;
  auto first = asio::co_spawn(io, program.Grading(response, terms), asio::use_future);
  auto second = asio::co_spawn(io, program.Grading(response, terms), asio::use_future);
  io.run();
  EXPECT_EQ(first.get()->score.status, ScoreStatus::kError);
  EXPECT_EQ(second.get()->score.status, ScoreStatus::kError);
  EXPECT_THAT(program.Failures(), UnorderedElementsAre("timeout", "overloaded"));
}

// Stops the run as soon as a question is under way.
class StoppingGuard final : public SendGuard {
 public:
  StoppingGuard(asio::io_context& io, asio::cancellation_signal& signal) : io_(io), signal_(signal) {}
  Status Begin() override {
    ++under_way;
    asio::post(io_, [this] { signal_.emit(asio::cancellation_type::terminal); });
    return {};
  }
  void End(bool was_answered, bool) override {
    EXPECT_FALSE(was_answered);
    --under_way;
  }
  int under_way = 0;

 private:
  asio::io_context& io_;
  asio::cancellation_signal& signal_;
};

TEST(ExecRun, ACancelledQuestionIsNoScoreAndNoFailure) {
  AskedProgram program("hangs", ", timeout: 1h, concurrency: 1");
  const Response response = Saying("x");
  asio::io_context io;
  asio::cancellation_signal signal;
  StoppingGuard guard(io, signal);
  const GradingTerms terms{.deadline = DeadlineIn(std::chrono::minutes(1)), .sender = Sender(nullptr, &guard)};
  std::optional<Result<GradingOutcome>> outcome;
  asio::co_spawn(
      io, program.Grading(response, terms),
      asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown, Result<GradingOutcome> got) {
        EXPECT_EQ(thrown, nullptr);
        outcome = std::move(got);
      }));
  io.run();
  ASSERT_TRUE(outcome && !*outcome);
  EXPECT_EQ(outcome->error().code, ErrorCode::kCancelled);
  EXPECT_EQ(guard.under_way, 0);
  EXPECT_THAT(program.Failures(), IsEmpty());
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "no child is left";
}

TEST(ExecRun, LoopsThatAreTakenDownTakeTheProgramsAlong) {
  AskedProgram program("hangs", ", timeout: 1h");
  const Response response = Saying("x");
  auto io = std::make_unique<asio::io_context>();
  asio::cancellation_signal unused;
  StoppingGuard guard(*io, unused);
  const GradingTerms terms{.deadline = DeadlineIn(std::chrono::minutes(1)), .sender = Sender(nullptr, &guard)};
  asio::co_spawn(*io, program.Grading(response, terms),
                 [](const std::exception_ptr&, const Result<GradingOutcome>&) {});
  while (guard.under_way == 0) io->run_one();
  io.reset();
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "no child is left";
}

Json Found(const std::string& options) {
  AskedProgram program("confined, first, second", options);
  const Score score = program.Ask();
  const auto found = Json::Parse(score.evidence);
  EXPECT_TRUE(found) << score.reason;
  return found ? *found : Json(Json::Object{});
}

TEST(ExecRun, AProgramHasNoNetworkAndNothingOfTheDaemons) {
  setenv("ASSAY_TEST_SECRET", "sesame", 1);
  const Json found = Found(", env: {GRADER_MODE: strict}");
  for (const char* family : {"AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET"}) {
    EXPECT_EQ(*found.Find(family), Json("EACCES")) << family;
  }
  EXPECT_EQ(*found.Find("AF_UNIX"), Json("allowed"));
  if (const Json* rings = found.Find("io_uring_setup")) {
    EXPECT_EQ(*rings, Json("ENOSYS"));
    EXPECT_EQ(*found.Find("process_vm_readv"), Json("EPERM"));
  }
  EXPECT_EQ(*found.Find("child"), Json(1)) << "what it starts has no network either";
  Json env = *found.Find("env");
  std::erase_if(env.as_object(), [](const Json::Member& each) { return each.first == "LC_CTYPE"; });  // Python's own
  EXPECT_EQ(env.Dump(), R"({"PATH":"/usr/local/bin:/usr/bin:/bin","LANG":"C.UTF-8","GRADER_MODE":"strict"})");
  EXPECT_EQ(found.Find("args")->Dump(), R"(["first","second"])");
  EXPECT_EQ(found.Find("files")->Dump(), "[0,1,2,3]") << "its streams, and the folder that it lists";
  EXPECT_EQ(found.Find("folder")->as_string(), std::filesystem::canonical(TestPrograms()).string());
  EXPECT_EQ(found.Find("status")->Find("NoNewPrivs")->as_string(), "1");
  EXPECT_EQ(found.Find("status")->Find("Seccomp")->as_string(), "2");
  EXPECT_EQ(found.Find("status")->Find("SigBlk")->as_string(), "0000000000000000");
  EXPECT_EQ(*found.Find("group"), Json(true));
}

// Where the daemon is root, its programs are too, without what makes root more than another user. Elsewhere it keeps
// its memory from whoever has its user, as daemon/main.cc does.
TEST(ExecRun, AProgramReadsNeitherTheEnvironmentNorTheMemoryOfTheDaemon) {
  if (geteuid() != 0) prctl(PR_SET_DUMPABLE, 0);
  const Json found = Found(", env: {GRADER_DAEMON: \"" + std::to_string(getpid()) + "\"}");
  prctl(PR_SET_DUMPABLE, 1);
  EXPECT_EQ(*found.Find("environ"), Json("EACCES"));
  EXPECT_EQ(*found.Find("mem"), Json("EACCES"));
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
    EXPECT_EQ(found.Find("status")->Find(set)->as_string(), "0000000000000000") << set;
  }
  if (geteuid() == 0) {
    EXPECT_EQ(found.Find("status")->Find("CapBnd")->as_string(), "0000000000000000");
  }
}

TEST(ExecRun, TheNetworkIsThereWhereItIsAllowed) {
  const Json found = Found(", network: true");
  EXPECT_EQ(*found.Find("AF_INET"), Json("allowed"));
  EXPECT_EQ(*found.Find("child"), Json(0));
}

TEST(ExecRun, OnlyProgramsOfTheFolderAreRun) {
  testing::TemporaryFolder files;
  std::filesystem::create_directories(files.path() / "programs/sub");
  const auto write = [&](const std::string& name, bool is_program) {
    files.Write(name, "#!/bin/sh\n");
    if (is_program) std::filesystem::permissions(files.path() / name, std::filesystem::perms::owner_all);
  };
  write("programs/sub/inside", true);
  write("programs/text", false);
  write("outside", true);
  write("programs-of-others", true);
  std::filesystem::create_symlink("sub/inside", files.path() / "programs/link");
  std::filesystem::create_symlink("../outside", files.path() / "programs/leading_out");
  std::filesystem::create_symlink("../../programs-of-others", files.path() / "programs/sub/neighbour");
  const auto error = [&](const std::string& program, bool may_run = true) {
    GraderServices services;
    if (may_run) services.programs = files.path() / "programs";
    const auto made = MakeGrader(SpecOf("exec", "{program: " + program + "}"), {}, &services);
    return made ? "" : made.error().message;
  };
  EXPECT_EQ(error("sub/inside"), "");
  EXPECT_EQ(error("link"), "");
  EXPECT_THAT(error("leading_out"), HasSubstr("out of the folder of programs"));
  EXPECT_THAT(error("sub/neighbour"), HasSubstr("out of the folder of programs"));
  EXPECT_THAT(error("../outside"), HasSubstr("must be a file below the folder"));
  EXPECT_THAT(error((files.path() / "outside").string()), HasSubstr("must be a file below the folder"));
  EXPECT_THAT(error("gone"), HasSubstr("is not in the folder of programs"));
  EXPECT_THAT(error("sub"), HasSubstr("is no program"));
  EXPECT_THAT(error("."), HasSubstr("out of the folder of programs"));
  EXPECT_THAT(error("text"), HasSubstr("is no program"));
  EXPECT_THAT(error("sub/inside", false), HasSubstr("it was started without --grader-programs"));
}

TEST(ExecRun, OfflineOnlyWhatIsWrongInItselfIsSaid) {
  EXPECT_EQ(ErrorOf("exec", "{program: not_here.py}"), "");
  EXPECT_THAT(ErrorOf("exec", "{program: ../x}"), HasSubstr("must be a file below the folder"));
  EXPECT_THAT(ErrorOf("exec", "{program: x, env: {LD_PRELOAD: y.so}}"), HasSubstr("variables begin with GRADER_"));
  EXPECT_THAT(ErrorOf("exec", "{program: x, args: [\"a\\0b\"]}"), HasSubstr("holds a character NUL"));
  EXPECT_THAT(ErrorOf("exec", "{program: x, memory_mb: 1}"), HasSubstr("memory_mb"));
}

TEST(ExecRun, AProgramWhoseInterpreterIsMissingCannotBeStarted) {
  testing::TemporaryFolder files;
  files.Write("program", "#!/nowhere/python\n");
  std::filesystem::permissions(files.path() / "program", std::filesystem::perms::owner_all);
  std::vector<std::string> failures;
  GraderServices services;
  services.programs = files.path();
  services.on_plugin_failure = [&](std::string_view, const std::string&, PluginFailure failure) {
    failures.emplace_back(Name(failure));
  };
  const auto made = MakeGrader(SpecOf("exec", "{program: program}"), {}, &services);
  ASSERT_TRUE(made) << made.error().message;
  asio::io_context io;
  const Case item{0, "c", Json(Json::Object{})};
  const Response response = Saying("x");
  const GradingTerms terms{.deadline = DeadlineIn(std::chrono::minutes(1)), .sender = nullptr};
  auto grading = asio::co_spawn(io, made->waiting->Grade(item, response, terms), asio::use_future);
  io.run();
  EXPECT_THAT(grading.get()->score.reason, HasSubstr("did not start: it could not be executed: No such file"));
  EXPECT_THAT(failures, ElementsAre("unavailable"));
}

TEST(ExecRun, TheVersionOfThePluginIsTheGraders) {
  GraderServices services;
  services.programs = TestPrograms();
  const auto made = MakeGrader(SpecOf("exec", "{program: behave.py, version: 2026-05}"), {}, &services);
  ASSERT_TRUE(made);
  EXPECT_THAT(made->version, ::testing::StartsWith("1 2026-05 sha256:"));
}

}  // namespace
}  // namespace assay
