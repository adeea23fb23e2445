#pragma once
// One call under way: runs its handler coroutine on a strand and can end it early, because the client went away, its
// time was up, or the daemon stops. What both transports build on, so that ending a call works the same on both.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "core/result.h"

namespace assay {

// Thread-safe. Keeps itself alive until `done` has been called.
class CallTask : public std::enable_shared_from_this<CallTask> {
 public:
  using Strand = boost::asio::strand<boost::asio::any_io_executor>;
  using Done = std::move_only_function<void(Status)>;

  // The handler runs on a strand of `executor`.
  explicit CallTask(const boost::asio::any_io_executor& executor);

  // Runs `work`; calls `done` exactly once, on the strand, with its outcome. If Cancel came first and the work failed,
  // the outcome is the cause given there. Exceptions of the work become kInternal. Call once. At `deadline` it is
  // cancelled with kDeadlineExceeded.
  void Start(boost::asio::awaitable<Status> work, std::optional<std::chrono::steady_clock::time_point> deadline,
             Done done);

  // Ends the work at its next suspension; the first cause counts. Nothing happens once it has ended.
  void Cancel(Error cause);

  const Strand& strand() const { return strand_; }

 private:
  void CancelOnStrand(Error cause);
  void Finish(Status outcome);

  Strand strand_;
  boost::asio::cancellation_signal signal_;
  boost::asio::steady_timer timer_;
  std::optional<Error> cause_;
  Done done_;
  bool started_ = false;
  bool finished_ = false;
};

}  // namespace assay
