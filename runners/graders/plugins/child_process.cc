#include "runners/graders/plugins/child_process.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <utility>

#include "runners/graders/plugins/guardian_image.h"
#include "runners/graders/plugins/start_problem.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr rlim_t kMaxFileBytes = 64u << 20;
constexpr rlim_t kMaxOpenFiles = 256;

// By StartStep.
constexpr std::array<const char*, 9> kSteps = {"its process group could not be made",
                                               "assayd has ended",
                                               "its pipes could not be made",
                                               "its limits could not be set",
                                               "its folder",
                                               "its privileges could not be dropped",
                                               "its system calls could not be bounded",
                                               "its guardian could not be started",
                                               "it could not be executed"};

struct Pipe {
  Descriptor read;
  Descriptor write;
};

// Above the standard descriptors, which the child replaces.
Descriptor AboveStandard(int number) {
  if (number > 3) return Descriptor(number);
  const Descriptor low(number);
  return Descriptor(fcntl(number, F_DUPFD_CLOEXEC, 4));
}

Result<Pipe> MakePipe() {
  std::array<int, 2> ends;
  const bool is_made = pipe2(ends.data(), O_CLOEXEC) == 0;
  Pipe made;
  if (is_made) made = {AboveStandard(ends[0]), AboveStandard(ends[1])};
  if (made.read.get() >= 0 && made.write.get() >= 0) return made;
  return Fail(ErrorCode::kUnavailable, std::string("no pipe can be made: ") + std::strerror(errno));
}

bool NeverBlock(const Descriptor& end) { return fcntl(end.get(), F_SETFL, O_NONBLOCK) == 0; }

// No more than what the daemon itself may, which it cannot raise.
rlimit LimitOf(int resource, rlim_t wanted) {
  rlimit limit{};
  getrlimit(static_cast<__rlimit_resource>(resource), &limit);
  limit.rlim_max = std::min(limit.rlim_max, wanted);
  limit.rlim_cur = limit.rlim_max;
  return limit;
}

// All that the child needs, made before the fork: between fork and exec nothing may be allocated or locked.
struct ChildPlan {
  int guardian = -1;  // what it becomes, which starts the program
  const char* folder = nullptr;
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::array<std::pair<int, rlimit>, 4> limits;
  sock_fprog filter{};
  std::array<int, 4> descriptors;  // to become 0, 1, 2 and 3
  pid_t parent = 0;
};

[[noreturn]] void GiveUp(int status, StartStep step) {
  const StartProblem problem{step, errno};
  const ssize_t written = write(status, &problem, sizeof problem);
  _exit(written > 0 ? 127 : 126);
}

void CloseFrom(int first) {
  if (syscall(SYS_close_range, first, ~0u, 0) == 0) return;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  for (int number = first; number < static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 20)); ++number) {
    close(number);
  }
}

// A daemon that is root, or has capabilities, could hand on the right to read its own memory. What is not there to be
// dropped may not be refused: services often run without these calls.
bool DropPrivileges() {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0, 0);
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct none[2]{};
  if (syscall(SYS_capset, &header, none) == 0) return true;
  __user_cap_data_struct held[2]{};
  return syscall(SYS_capget, &header, held) == 0 && (held[0].permitted | held[1].permitted) == 0;
}

// In the child; only calls that are safe there (signal-safety(7)).
[[noreturn]] void BecomeProgram(const ChildPlan& plan) {
  const int status = plan.descriptors[3];
  if (setpgid(0, 0) != 0) GiveUp(status, kGroup);
  // Whatever ends the daemon tells the guardian. The thread that forked, to be exact: the threads of loops live as
  // long.
  if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != plan.parent) GiveUp(status, kParent);
  for (int number = 0; number < 3; ++number) {
    if (dup2(plan.descriptors[static_cast<std::size_t>(number)], number) < 0) GiveUp(status, kPipes);
  }
  const int guardian = fcntl(plan.guardian, F_DUPFD_CLOEXEC, 5);
  if (guardian < 0 || dup2(status, 3) < 0 || dup3(guardian, 4, O_CLOEXEC) < 0) GiveUp(status, kPipes);
  CloseFrom(5);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &usual, nullptr);
  umask(077);
  if (chdir(plan.folder) != 0) GiveUp(3, kFolder);
  for (const auto& [resource, limit] : plan.limits) {
    if (setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) GiveUp(3, kLimits);
  }
  if (!DropPrivileges()) GiveUp(3, kPrivileges);
  const bool is_bounded =
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &plan.filter) == 0;
  if (!is_bounded) GiveUp(3, kFilter);
  syscall(SYS_execveat, 4, "", plan.argv.data(), plan.envp.data(), AT_EMPTY_PATH);
  GiveUp(3, kGuardian);
}

// Forks with all signals blocked, so that none is handled in the child; nor does the guardian lose one.
pid_t Fork(const ChildPlan& plan) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = fork();
  if (pid == 0) BecomeProgram(plan);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Those that were killed and had not died when nobody waited for them any more: a disk or network drive holds them.
class Unreaped {
 public:
  void Add(pid_t pid) {
    const std::lock_guard lock(mutex_);
    pids_.push_back(pid);
  }
  void Sweep() {
    const std::lock_guard lock(mutex_);
    std::erase_if(pids_, [](pid_t pid) { return waitpid(pid, nullptr, WNOHANG) != 0; });
  }

 private:
  std::mutex mutex_;
  std::vector<pid_t> pids_;
};
Unreaped& Left() {
  static auto* const left = new Unreaped;  // never destroyed: programs may be ended at the very end
  return *left;
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

Result<std::shared_ptr<ChildProcess>> ChildProcess::Start(const ChildProgram& program) {
  Left().Sweep();
  ASSAY_ASSIGN(Pipe input, MakePipe());
  ASSAY_ASSIGN(Pipe output, MakePipe());
  ASSAY_ASSIGN(Pipe errors, MakePipe());
  ASSAY_ASSIGN(Pipe start, MakePipe());
  ASSAY_ASSIGN(const int guardian, GuardianFile());
  std::vector<std::string> argv = {"assay-guardian", program.path.string()};
  argv.insert(argv.end(), program.args.begin(), program.args.end());
  std::vector<std::string> envp = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"};
  for (const auto& [name, value] : program.env) envp.push_back(name + "=" + value);
  const std::string folder = program.path.parent_path().string();
  std::vector<sock_filter> filter = program.filter;
  const ChildPlan plan{.guardian = guardian,
                       .folder = folder.c_str(),
                       .argv = Pointers(argv),
                       .envp = Pointers(envp),
                       .limits = {{{RLIMIT_CORE, LimitOf(RLIMIT_CORE, 0)},
                                   {RLIMIT_FSIZE, LimitOf(RLIMIT_FSIZE, kMaxFileBytes)},
                                   {RLIMIT_NOFILE, LimitOf(RLIMIT_NOFILE, kMaxOpenFiles)},
                                   {RLIMIT_AS, LimitOf(RLIMIT_AS, program.memory_bytes)}}},
                       .filter = {.len = static_cast<unsigned short>(filter.size()), .filter = filter.data()},
                       .descriptors = {input.read.get(), output.write.get(), errors.write.get(), start.write.get()},
                       .parent = getpid()};
  const bool never_blocks =
      NeverBlock(input.write) && NeverBlock(output.read) && NeverBlock(errors.read) && NeverBlock(start.read);
  const pid_t pid = never_blocks ? Fork(plan) : -1;
  if (pid < 0) return Fail(ErrorCode::kUnavailable, std::string("no process can be made: ") + std::strerror(errno));
  setpgid(pid, pid);  // whoever of the two comes first
  auto made = std::make_shared<ChildProcess>(Private(), pid);
  made->input_ = std::move(input.write);
  made->output_ = std::move(output.read);
  made->errors_ = std::move(errors.read);
  made->start_ = std::move(start.read);
  made->ended_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (made->ended_.get() < 0) {
    return Fail(ErrorCode::kUnavailable,
                std::string("the end of a process cannot be watched: ") + std::strerror(errno));
  }
  return made;
}

ChildProcess::~ChildProcess() { End(DeadlineIn(kEndWait)); }

void ChildProcess::End(Deadline deadline) {
  if (is_reaped_) return;
  Kill();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(TimeUntil(deadline));
  pollfd end{.fd = ended_.get(), .events = POLLIN, .revents = 0};
  if (end.fd >= 0) poll(&end, 1, static_cast<int>(left.count()));
  if (!Reap()) {
    Left().Add(pid_);
    is_reaped_ = true;
  }
  Left().Sweep();
}

bool ChildProcess::HasNotStarted() const {
  StartProblem problem;
  if (problem_.empty() && read(start_.get(), &problem, sizeof problem) == sizeof problem) {
    const auto step = static_cast<std::size_t>(problem.step);
    problem_ = std::string(step < kSteps.size() ? kSteps[step] : "") + ": " + std::strerror(problem.error);
  }
  return !problem_.empty();
}

std::string ChildProcess::Ending() const {
  if (is_reaped_) return "has ended";
  siginfo_t info{};
  if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != pid_) return "";
  if (HasNotStarted()) return "did not start: " + problem_;
  if (info.si_code == CLD_EXITED) return "ended with status " + std::to_string(info.si_status);
  const char* const name = sigabbrev_np(info.si_status);
  return "was ended by signal " + (name == nullptr ? std::to_string(info.si_status) : "SIG" + std::string(name));
}

// Before it is reaped nobody else has its number.
void ChildProcess::Kill() {
  if (is_reaped_) return;
  kill(pid_, SIGTERM);
  kill(pid_, SIGCONT);
}

bool ChildProcess::Reap() {
  if (!is_reaped_ && waitpid(pid_, nullptr, WNOHANG) != 0) is_reaped_ = true;
  return is_reaped_;
}

void ChildProcess::KillOn(const asio::any_io_executor& executor) {
  Kill();
  if (Reap()) return;
  auto end = std::make_shared<asio::posix::stream_descriptor>(executor);
  boost::system::error_code error;
  end->assign(fcntl(ended_.get(), F_DUPFD_CLOEXEC, 4), error);
  if (error) return;  // the destructor waits
  end->async_wait(asio::posix::stream_descriptor::wait_read,
                  [self = shared_from_this(), end](const boost::system::error_code&) { self->Reap(); });
}

}  // namespace assay
