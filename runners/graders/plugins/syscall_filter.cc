#include "runners/graders/plugins/syscall_filter.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

namespace assay {
namespace {

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

std::unexpected<Error> NoFilter(int error) {
  return Fail(ErrorCode::kUnavailable, std::string("no filter of system calls can be made: ") + std::strerror(error));
}

// Rules with the first error, as libseccomp has it: 0 or a negative errno.
int AddRules(scmp_filter_ctx context, bool network) {
  int error = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  const auto refuse = [&](int action, int call) {
    if (error == 0) error = seccomp_rule_add(context, SCMP_ACT_ERRNO(static_cast<unsigned>(action)), call, 0);
  };
  // The daemon runs as the same user: its memory, and its open connections, are none of the program's business.
  for (const int call :
       {SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_getfd)}) {
    refuse(EPERM, call);
  }
  if (network) return error;
  // The rings open sockets without a system call. Libraries that find none go on without.
  for (const int call : {SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register)}) {
    refuse(ENOSYS, call);
  }
  for (const int call : {SCMP_SYS(socket), SCMP_SYS(socketpair)}) {
    if (error == 0) {
      error = seccomp_rule_add(context, SCMP_ACT_ERRNO(EACCES), call, 1, SCMP_A0(SCMP_CMP_NE, AF_UNIX));
    }
  }
  return error;
}

}  // namespace

Result<std::vector<sock_filter>> SyscallFilter(bool network) {
  const Context context(seccomp_init(SCMP_ACT_ALLOW), &seccomp_release);
  if (context == nullptr) return NoFilter(ENOMEM);
  if (const int error = AddRules(context.get(), network); error != 0) return NoFilter(-error);
  // libseccomp writes to files only.
  const int file = memfd_create("filter", MFD_CLOEXEC);
  if (file < 0) return NoFilter(errno);
  int error = -seccomp_export_bpf(context.get(), file);
  const off_t size = error == 0 ? lseek(file, 0, SEEK_END) : 0;
  std::vector<sock_filter> filter(static_cast<std::size_t>(size) / sizeof(sock_filter));
  if (error == 0 && pread(file, filter.data(), static_cast<std::size_t>(size), 0) != size) error = EIO;
  close(file);
  if (error != 0) return NoFilter(error);
  return filter;
}

}  // namespace assay
