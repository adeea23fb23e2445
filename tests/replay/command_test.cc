// The program itself: its first line, its exit codes, what it says of bad input.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/replay/http_connection.h"

extern char** environ;

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// A running program with its two outputs on pipes.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments) {
    int out[2];
    int err[2];
    EXPECT_EQ(::pipe2(out, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(err, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    arguments.insert(arguments.begin(), ASSAY_BINARY_DIR "/bin/assay-replay");
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    EXPECT_EQ(::posix_spawn(&process_, pointers[0], &actions, nullptr, pointers.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    ::close(err[1]);
    out_ = out[0];
    err_ = err[0];
  }
  ~Program() {
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
      ::waitpid(process_, nullptr, 0);
    }
    ::close(out_);
    ::close(err_);
  }

  std::string ReadLine() {
    std::string line;
    char c = 0;
    while (::read(out_, &c, 1) == 1 && c != '\n') line += c;
    return line;
  }
  std::string ReadErrors() {
    std::string text;
    char chunk[4096];
    for (ssize_t got = 0; (got = ::read(err_, chunk, sizeof chunk)) > 0;)
      text.append(chunk, static_cast<std::size_t>(got));
    return text;
  }
  void Signal(int signal) const { ::kill(process_, signal); }
  // The exit code, or -1 when a signal ended it.
  int Wait() {
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t process_ = 0;
  int out_ = -1;
  int err_ = -1;
};

class CommandTest : public ::testing::Test {
 protected:
  CommandTest() {
    const ::testing::TestInfo* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("assay_replay_command_" + std::to_string(::getpid()) + "_" + info->name());
    std::filesystem::create_directories(folder_);
  }
  ~CommandTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }

  std::filesystem::path folder_;
};

std::string Line(const std::string& model, const std::string& question) {
  return R"({"model":")" + model + R"(","messages":[{"role":"user","content":")" + question +
         "\"}],\"response\":{\"content\":\"yes\"}}\n";
}

std::uint16_t PortIn(const std::string& line) {
  const std::size_t start = line.find("127.0.0.1:") + 10;
  return static_cast<std::uint16_t>(std::stoi(line.substr(start)));
}

TEST_F(CommandTest, PrintsTheRealPortServesAndStopsOnSigterm) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Program program({"--listen", "127.0.0.1:0", Write("a.jsonl", Line("a", "q") + Line("a", "r")),
                     Write("b.jsonl", Line("b", "q"))});
    const std::string line = program.ReadLine();
    ASSERT_THAT(line,
                MatchesRegex("assay-replay listening on http://127\\.0\\.0\\.1:[0-9]+/v1 with 3 records for 2 models"));
    const std::string body = R"({"model":"b","messages":[{"role":"user","content":"q"}]})";
    EXPECT_EQ(testing::Post(PortIn(line), "/v1/chat/completions", body).status, 200);
    testing::HttpConnection open(PortIn(line));
    program.Signal(signal);
    EXPECT_EQ(program.Wait(), 0);
    EXPECT_EQ(program.ReadErrors(),
              "assay-replay: stopped after 1 requests: 1 answered, 0 unknown, 0 refused, 0 injected\n");
  }
}

TEST_F(CommandTest, OneRecordOfOneModelIsSaidInTheSingular) {
  Program program({"--listen", "127.0.0.1:0", Write("a.jsonl", Line("a", "q"))});
  EXPECT_THAT(program.ReadLine(), MatchesRegex(".* with 1 record for 1 model"));
}

TEST_F(CommandTest, EveryOptionReachesTheServer) {
  const std::string file = Write("a.jsonl", Line("a", "q"));
  const std::string body = R"({"model":"a","messages":[{"role":"user","content":"q"}]})";
  const std::string unknown = R"({"model":"a","messages":[{"role":"user","content":"other"}]})";
  const auto reply = [&](std::vector<std::string> options, const std::string& asked, std::string_view headers = "") {
    options.insert(options.end(), {"--listen", "127.0.0.1:0", file});
    Program program(options);
    return testing::Post(PortIn(program.ReadLine()), "/v1/chat/completions", asked, headers);
  };
  EXPECT_EQ(reply({"--error-rate", "1"}, body).status, 500);
  EXPECT_EQ(reply({"--rate-limit-rate", "1", "--retry-after", "7s"}, body).headers["retry-after"], "7");
  EXPECT_EQ(reply({"--garbage-rate", "1"}, body).headers["content-type"], "text/html; charset=utf-8");
  EXPECT_THAT(reply({"--truncate-rate", "1"}, body).body, HasSubstr("\"finish_reason\":\"length\""));
  EXPECT_EQ(reply({}, unknown).status, 404);
  EXPECT_THAT(reply({"--unknown", "echo"}, unknown).body, HasSubstr("\"content\":\"other\""));
  EXPECT_THAT(reply({"--unknown", "fixed:one two"}, unknown).body, HasSubstr("\"content\":\"one two\""));
  EXPECT_EQ(reply({"--require-key", "k"}, body).status, 401);
  EXPECT_EQ(reply({"--require-key", "k"}, body, "Authorization: Bearer k\r\n").status, 200);
  ::setenv("ASSAY_REPLAY_TEST_KEY", "from-env", 1);
  EXPECT_EQ(reply({"--require-key-env", "ASSAY_REPLAY_TEST_KEY"}, body, "Authorization: Bearer from-env\r\n").status,
            200);
  EXPECT_EQ(reply({"--require-key-env", "ASSAY_REPLAY_TEST_KEY"}, body).status, 401);
  ::unsetenv("ASSAY_REPLAY_TEST_KEY");
  EXPECT_EQ(reply({"--threads", "2", "--latency", "uniform:1ms:2ms", "--seed", "4", "--max-connections", "9",
                   "--idle-timeout", "5s"},
                  body)
                .status,
            200);
}

TEST_F(CommandTest, RunsWithoutFilesWhenUnknownPromptsAreAnswered) {
  Program program({"--listen", "127.0.0.1:0", "--unknown", "echo"});
  EXPECT_THAT(program.ReadLine(), HasSubstr("with 0 records for 0 models"));
}

TEST_F(CommandTest, BadRecordsEndItWithExitCode1NamingFileAndLine) {
  const std::string file = Write("bad.jsonl", Line("a", "q") + "{\"model\":\"a\"}\n");
  Program program({"--listen", "127.0.0.1:0", file});
  EXPECT_EQ(program.Wait(), 1);
  EXPECT_EQ(program.ReadErrors(), "assay-replay: " + file + ":2: \"messages\" is missing\n");
}

TEST_F(CommandTest, AMissingFileEndsItWithExitCode1) {
  Program program({"--listen", "127.0.0.1:0", "/nonexistent/x.jsonl"});
  EXPECT_EQ(program.Wait(), 1);
  EXPECT_EQ(program.ReadErrors(), "assay-replay: /nonexistent/x.jsonl: cannot be opened: No such file or directory\n");
}

TEST_F(CommandTest, WrongUseEndsItWithExitCode64AndTheReason) {
  const std::string file = Write("a.jsonl", Line("a", "q"));
  struct Wrong {
    std::vector<std::string> arguments;
    std::string message;
  };
  const Wrong wrongs[] = {
      {{}, "no FILE of recorded answers"},
      {{"--listen", "0.0.0.0:0", file}, "--allow-remote permits it"},
      {{"--listen", "nowhere", file}, "write HOST:PORT"},
      {{"--latency", "fast", file}, "latency \"fast\""},
      {{"--error-rate", "1.5", file}, "error rate is not between 0 and 1"},
      {{"--error-rate", "many", file}, "--error-rate"},
      {{"--retry-after", "1500ms", file}, "retry after \"1500ms\" is not in whole seconds"},
      {{"--unknown", "guess", file}, "unknown \"guess\" is none of error, echo and fixed:TEXT"},
      {{"--threads", "0", file}, "threads 0 is not between 1 and 64"},
      {{"--idle-timeout", "0", file}, "idle timeout \"0\" is not between 1ms and 24h"},
      {{"--max-connections", "0", file}, "--max-connections"},
      {{"--require-key-env", "ASSAY_REPLAY_NOT_SET", file}, "environment variable ASSAY_REPLAY_NOT_SET is not set"},
      {{"--wrong", file}, "--wrong"},
  };
  for (const Wrong& wrong : wrongs) {
    Program program(wrong.arguments);
    EXPECT_EQ(program.Wait(), 64) << wrong.message;
    EXPECT_THAT(program.ReadErrors(), HasSubstr(wrong.message));
  }
}

}  // namespace
}  // namespace assay
