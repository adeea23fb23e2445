#pragma once
// The threads on which runs live: one io_context with one thread each, so that what belongs to a loop needs no lock.
// Nothing on a loop may block. The threads block all signals, so that signals reach the program's main thread.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

namespace assay {

class EventLoops {
 public:
  using Executor = boost::asio::io_context::executor_type;

  // Starts `count` loops (at least one).
  explicit EventLoops(int count);
  // Stop(), then destroys what still waits on the loops. What the waiting coroutines refer to must live that long.
  ~EventLoops();
  EventLoops(const EventLoops&) = delete;
  EventLoops& operator=(const EventLoops&) = delete;

  int count() const { return static_cast<int>(loops_.size()); }
  // index in [0, count()). Thread-safe.
  Executor executor(int index) const;
  // The index of the loop that `executor` runs on, or -1. Thread-safe.
  int IndexOf(const boost::asio::any_io_executor& executor) const;

  // Ends the threads: the handler that runs is finished, all others stay where they are. Idempotent; not to be called
  // from a loop. End the runs first, else their coroutines are left waiting until the destructor.
  void Stop();
  bool stopped() const;

 private:
  struct Loop;
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace assay
