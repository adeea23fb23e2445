#pragma once
// A program that runs beside assayd: it is started within bounds, is asked over pipes, and is ended with all that it
// has started, which is its guardian's work (guardian/): the process that is watched here is the guardian, and the
// program its child. Only for files of this folder.

#include <linux/filter.h>
#include <sys/types.h>

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "runners/deadline.h"

namespace assay {

struct ChildProgram {
  std::filesystem::path path;  // absolute; it runs in its folder
  std::vector<std::string> args;
  std::map<std::string, std::string> env;  // beside PATH and LANG; nothing of assayd's own is handed on
  std::uint64_t memory_bytes = 0;          // of address space, for each of its processes
  std::vector<sock_filter> filter;         // of its system calls
};

// An open file of the process; -1 for none. Move only.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  int get() const { return number_; }

 private:
  int number_;
};

// For how long the loop that ends programs waits at most.
inline constexpr std::chrono::milliseconds kEndWait{500};

// For one thread at a time. Always held by a shared_ptr; its end is the program's.
class ChildProcess : public std::enable_shared_from_this<ChildProcess> {
  struct Private {};

 public:
  // Does not wait until the program runs: what keeps it from that is told by Ending(). kUnavailable when no process can
  // be made.
  static Result<std::shared_ptr<ChildProcess>> Start(const ChildProgram& program);

  ChildProcess(Private, pid_t pid) : pid_(pid) {}
  // Ends it.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Our ends of its pipes; none blocks.
  int input() const { return input_.get(); }
  int output() const { return output_.get(); }
  int errors() const { return errors_.get(); }
  int ended() const { return ended_.get(); }  // readable once it has ended

  bool HasEnded() const { return !Ending().empty(); }
  // How it ended, "" while it runs: "ended with status 3".
  std::string Ending() const;
  // Whether it never ran: then Ending() says why.
  bool HasNotStarted() const;

  // Has its guardian end it and all that it started. Idempotent.
  void Kill();
  // Kill, and waits no longer than until then: it does not take long. It is used no more.
  void End(Deadline deadline);
  // Kill, and no zombie is left once `executor` has seen the end.
  void KillOn(const boost::asio::any_io_executor& executor);

 private:
  bool Reap();

  const pid_t pid_;  // of its guardian
  std::atomic<bool> is_reaped_ = false;
  Descriptor input_;
  Descriptor output_;
  Descriptor errors_;
  Descriptor ended_;             // a pidfd
  Descriptor start_;             // what kept it from starting
  mutable std::string problem_;  // the same, read
};

}  // namespace assay
