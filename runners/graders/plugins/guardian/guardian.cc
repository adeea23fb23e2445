// Stands between assayd and a program that it runs, and ends with all that the program has started: when the program
// ends, when assayd says so (SIGTERM), and when assayd itself is no more, however it ended. A program of its own,
// linked statically and carried by assayd: GUARDIAN PROGRAM ARG... becomes PROGRAM's parent, and ends as PROGRAM did.
// Its limits, folder, environment and system calls are those of the program already.

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "runners/graders/plugins/start_problem.h"

namespace {

constexpr int kStatus = 3;  // the pipe that tells what kept the program from starting
constexpr long kFirstPause = 1'000'000;
constexpr long kLongestPause = 100'000'000;  // ns

[[noreturn]] void GiveUp(assay::StartStep step) {
  const assay::StartProblem problem{step, errno};
  const ssize_t written = write(kStatus, &problem, sizeof problem);
  _exit(written > 0 ? 127 : 126);
}

[[noreturn]] void BecomeProgram(char** argv, char** envp, pid_t guardian) {
  if (setpgid(0, 0) != 0) GiveUp(assay::kGroup);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != guardian) GiveUp(assay::kParent);
  fcntl(kStatus, F_SETFD, FD_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(argv[0], argv, envp);
  GiveUp(assay::kExecute);
}

// By the kernel's list of children. False where it keeps none.
bool KillListedChildren() {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
  std::FILE* const list = std::fopen(path, "re");
  if (list == nullptr) return false;
  for (int child = 0; std::fscanf(list, "%d", &child) == 1;) kill(child, SIGKILL);
  std::fclose(list);
  return true;
}

int ParentOf(const char* pid) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
  std::FILE* const file = std::fopen(path, "re");
  if (file == nullptr) return 0;
  char text[512];
  text[std::fread(text, 1, sizeof text - 1, file)] = '\0';
  std::fclose(file);
  const char* const after_name = std::strrchr(text, ')');
  int parent = 0;
  return after_name != nullptr && std::sscanf(after_name, ") %*c %d", &parent) == 1 ? parent : 0;
}

void KillFoundChildren() {
  DIR* const processes = opendir("/proc");
  if (processes == nullptr) return;
  while (const dirent* const each = readdir(processes)) {
    const int pid = std::atoi(each->d_name);
    if (pid > 0 && ParentOf(each->d_name) == getpid()) kill(pid, SIGKILL);
  }
  closedir(processes);
}

// What a killed process leaves becomes a child of this one (PR_SET_CHILD_SUBREAPER), and is killed in the next round.
void EndAll(pid_t program) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  for (timespec pause{0, kFirstPause};; pause.tv_nsec = std::min(2 * pause.tv_nsec, kLongestPause)) {
    if (program > 0) kill(-program, SIGKILL);
    if (!KillListedChildren()) KillFoundChildren();
    pid_t buried = 0;
    while ((buried = waitpid(-1, nullptr, WNOHANG)) > 0) {
      if (buried == program) program = 0;  // its number is free for others, once its group is gone too
    }
    if (buried < 0 && errno == ECHILD) return;
    sigtimedwait(&child, nullptr, &pause);
  }
}

// Buries whatever has ended. Whether the program has; then `status` says how. It stays to be buried, so that the number
// of its group remains its own.
bool HasEnded(pid_t program, siginfo_t& how) {
  for (;;) {
    siginfo_t ended{};
    if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) return false;
    if (ended.si_pid == program) {
      how = ended;
      return true;
    }
    waitpid(ended.si_pid, nullptr, WNOHANG);
  }
}

[[noreturn]] void EndAs(const siginfo_t& how) {
  if (how.si_code == CLD_EXITED) _exit(how.si_status);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  kill(getpid(), how.si_status);
  _exit(128 + how.si_status);
}

}  // namespace

// All signals are blocked from before it was started.
int main(int argc, char** argv, char** envp) {
  if (argc < 2) return 1;
  prctl(PR_SET_NAME, "assay-guardian");
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) GiveUp(assay::kGuardian);
  const pid_t guardian = getpid();
  const pid_t program = fork();
  if (program < 0) GiveUp(assay::kGuardian);
  if (program == 0) BecomeProgram(argv + 1, envp, guardian);
  setpgid(program, program);  // whoever of the two comes first
  for (int file = 0; file <= kStatus; ++file) close(file);
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGCHLD);
  sigaddset(&watched, SIGTERM);
  siginfo_t how{};
  for (;;) {
    const int signal = sigwaitinfo(&watched, nullptr);
    if (signal == SIGTERM) break;
    if (signal == SIGCHLD && HasEnded(program, how)) break;
  }
  EndAll(program);
  if (how.si_pid == 0) _exit(0);
  EndAs(how);
}
