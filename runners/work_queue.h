#pragma once
// What a run has to do next: filled by the run, emptied by its workers. Private to the run pipeline.

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "core/case.h"
#include "runners/wakeup.h"

namespace assay {

// One trial to do.
struct TrialWork {
  std::int64_t position = 0;
  int trial = 0;
  std::shared_ptr<const Case> item;  // shared by the trials of the case
};

// Thread-safe; one filler, many takers.
class WorkQueue {
 public:
  explicit WorkQueue(std::shared_ptr<Wakeup> filler) : filler_(std::move(filler)) {}

  // From now on the filler is woken when fewer than so many pieces of work, at least 1, are left. Set before it looks
  // at size() and waits.
  void SetLowWater(std::size_t low_water);
  void Add(std::vector<TrialWork> work);
  // No more will come: takers get what is left, then nothing.
  void Finish();
  // Takers get nothing from now on.
  void Close();
  std::size_t size() const;

  // The next piece, or nothing after the end. `own` is the caller's, on its executor.
  boost::asio::awaitable<std::optional<TrialWork>> Take(std::shared_ptr<Wakeup> own);

 private:
  // Wakes up to `count` waiting takers.
  void Wake(std::size_t count);

  const std::shared_ptr<Wakeup> filler_;
  mutable std::mutex mutex_;
  std::size_t low_water_ = 1;
  std::deque<TrialWork> work_;
  std::deque<std::shared_ptr<Wakeup>> waiting_;
  bool is_finished_ = false;
};

}  // namespace assay
