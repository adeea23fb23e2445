#pragma once
// Knows at any moment whether the store works, without waiting for it.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

#include "core/clock.h"
#include "core/result.h"

namespace assay {

// Thread-safe.
class StoreWatch {
 public:
  // `ping` is Store::Ping, and is called on `blocking`.
  StoreWatch(std::function<Status()> ping, boost::asio::any_io_executor blocking);

  // Pings for ever, with a pause of `interval`; ends with its executor. This object outlives it.
  boost::asio::awaitable<void> Watch(Duration interval);

  // The error of the last ping, or that there has been no answer for 15 s.
  Status state() const;

 private:
  void Begin();
  void End(const Status& outcome);

  const std::function<Status()> ping_;
  const boost::asio::any_io_executor blocking_;
  mutable std::mutex mutex_;
  std::optional<std::chrono::steady_clock::time_point> asked_;  // and not answered yet
  Status last_;
};

}  // namespace assay
