// Nothing that a program has started outlives it, however it or the daemon ends.

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <sstream>
#include <string>
#include <vector>

#include "tests/runners/graders/plugins/asked_program.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

// Processes that are watched by what does not change hands, as their numbers do.
class Watched {
 public:
  explicit Watched(const std::string& pids) {
    std::istringstream numbers(pids);
    for (pid_t pid = 0; numbers >> pid;) {
      ends_.push_back({.fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0)), .events = POLLIN, .revents = 0});
    }
  }
  ~Watched() {
    for (const pollfd& end : ends_) close(end.fd);
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  bool Run() {
    bool run = ends_.size() == 4;
    for (pollfd& end : ends_) run = run && end.fd >= 0 && poll(&end, 1, 0) == 0;
    return run;
  }
  bool End() {
    bool ended = true;
    for (pollfd& end : ends_) ended = poll(&end, 1, 20'000) == 1 && ended;
    return ended;
  }

 private:
  std::vector<pollfd> ends_;
};

TEST(ExecEnd, AllThatAProgramHasStartedEndsWithTheGrader) {
  AskedProgram program("spreads");
  Watched watched(program.Ask().label);
  EXPECT_TRUE(watched.Run());
  program.End();
  EXPECT_TRUE(watched.End());
}

TEST(ExecEnd, AllThatAProgramHasStartedEndsWithIt) {
  AskedProgram program("spreads");
  Watched watched(program.Ask().label);
  EXPECT_TRUE(watched.Run());
  EXPECT_THAT(program.Ask("die").reason, HasSubstr("plug-in (crashed): was ended by signal SIGKILL"));
  EXPECT_TRUE(watched.End());
}

// The daemon is another process here, which is killed.
TEST(ExecEnd, AllThatAProgramHasStartedEndsWithTheDaemon) {
  int told[2];
  int may_end[2];
  ASSERT_EQ(pipe(told), 0);
  ASSERT_EQ(pipe(may_end), 0);
  const pid_t daemon = fork();
  if (daemon == 0) {
    AskedProgram program("spreads");
    const std::string pids = program.Ask().label;
    char go = 0;
    if (write(told[1], pids.data(), pids.size()) > 0 && read(may_end[0], &go, 1) == 1) kill(getpid(), SIGKILL);
    _exit(1);
  }
  std::string pids(200, '\0');
  pids.resize(static_cast<std::size_t>(std::max<ssize_t>(read(told[0], pids.data(), pids.size()), 0)));
  Watched watched(pids);
  EXPECT_TRUE(watched.Run()) << pids;
  ASSERT_EQ(write(may_end[1], "x", 1), 1);
  EXPECT_EQ(waitpid(daemon, nullptr, 0), daemon);
  EXPECT_TRUE(watched.End());
  for (const int file : {told[0], told[1], may_end[0], may_end[1]}) close(file);
}

}  // namespace
}  // namespace assay
