#pragma once
// The processes of one program: so many at once, started when they are wanted, kept for later questions, and not
// started over and over where they only fail. Only for files of this folder.

#include <boost/asio/awaitable.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "runners/deadline.h"
#include "runners/graders/plugins/child_process.h"
#include "runners/graders/plugins/program_file.h"

namespace assay {

class Wakeup;  // runners/wakeup.h

// Thread-safe. Always held by a shared_ptr.
class ProgramPool : public std::enable_shared_from_this<ProgramPool> {
 public:
  // So many failures one after the other, and the next process has to wait, twice as long each time.
  static constexpr int kFailuresInARow = 3;
  static constexpr std::chrono::milliseconds kFirstPause{500};
  static constexpr std::chrono::milliseconds kLongestPause{60'000};

  ProgramPool(ChildProgram program, std::shared_ptr<const ProgramFile> file, int size)
      : program_(std::move(program)), file_(std::move(file)), free_(size) {}
  // Ends the processes, and waits for that shortly.
  ~ProgramPool();

  struct Borrowed {
    std::shared_ptr<ChildProcess> process;
    bool is_new = false;
  };

  // The right to have one process.
  class Place {
   public:
    explicit Place(std::shared_ptr<ProgramPool> pool) : pool_(std::move(pool)) {}
    ~Place() {
      if (pool_) pool_->Leave();
    }
    Place(Place&&) = default;
    Place& operator=(Place&&) = delete;

    // kUnavailable while none is to be started, or can be; kFailedPrecondition when it would be of another program.
    Result<Borrowed> Process() { return pool_->Process(); }
    // Of one that was new: whether it is the program that was meant, which it may have been replaced by meanwhile.
    Status CheckProgram() { return pool_->file_->Check(); }
    // It has answered and may be asked again.
    void Keep(std::shared_ptr<ChildProcess> process) { pool_->Keep(std::move(process)); }
    // It was not asked after all.
    void Return(std::shared_ptr<ChildProcess> process) { pool_->Return(std::move(process)); }
    // It has failed and is no more.
    void NoteFailure() { pool_->NoteFailure(); }

   private:
    std::shared_ptr<ProgramPool> pool_;
  };
  // In the order of coming; nullopt at the deadline, or when the coroutine is cancelled.
  boost::asio::awaitable<std::optional<Place>> Enter(Deadline deadline);

 private:
  struct Waiter {
    std::shared_ptr<Wakeup> wakeup;
    bool is_granted = false;
  };
  void Leave();
  Result<Borrowed> Process();
  void Keep(std::shared_ptr<ChildProcess> process);
  void Return(std::shared_ptr<ChildProcess> process);
  void NoteFailure();
  std::shared_ptr<ChildProcess> TakeIdle();

  const ChildProgram program_;
  const std::shared_ptr<const ProgramFile> file_;
  std::mutex mutex_;  // guards what is below
  int free_;          // places; nobody waits while there is one
  std::deque<std::shared_ptr<Waiter>> waiters_;
  std::vector<std::shared_ptr<ChildProcess>> idle_;
  int failures_ = 0;  // since the last answer, as the next
  int pauses_ = 0;
  std::optional<Deadline> held_until_;
};

}  // namespace assay
