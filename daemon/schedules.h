#pragma once
// Schedules: gates that the daemon itself checks when they are due (docs/decisions/0045-checks-on-a-schedule.md). Each
// due time makes at most one check, across restarts: that it is due is stored first, the check is made under a request
// id of schedule and due time, and what came of it is stored then. Of what came due while nothing could be done the
// newest is made up.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/schedule.h"
#include "daemon/change_signal.h"
#include "daemon/registered_models.h"
#include "daemon/schedule_telemetry.h"
#include "daemon/served_catalog.h"
#include "daemon/services.h"
#include "daemon/store/store.h"
#include "runners/event_loops.h"

namespace assay {

// References outlive the schedules.
struct SchedulesContext {
  Store& store;
  EventLoops& loops;
  ServedCatalog& catalog;
  RegisteredModels& models;
  GateOperations& gates;
  Telemetry& telemetry;
  const Clock& clock;
  boost::asio::any_io_executor blocking;  // for calls of the store
  boost::asio::any_io_executor reading;   // for what callers read
  int most_running = 8;                   // checks of schedules whose runs have not ended; what is due beyond waits
};

// Thread-safe, but for Look.
class Schedules final : public ScheduleQueries {
 public:
  explicit Schedules(SchedulesContext context);

  // Blocking. What earlier starts have stored. Before the others.
  Status Load();
  // Looks when something is due, when it is woken, and once a minute, so that a clock that was set is seen.
  void Start();
  // Blocking. Returns when nothing is looked at any more, or after a few seconds. From no loop. Before Checks::Stop.
  void Stop();
  // The catalog has changed.
  void Wake() { wake_.Notify(); }
  // A check has its verdict: wakes if a schedule waits for it.
  void CheckEnded(std::string_view check);

  // One look at all schedules, on a loop; Start makes them. One at a time.
  boost::asio::awaitable<Status> Look();

  boost::asio::awaitable<Result<std::vector<ScheduleStatus>>> ListSchedules(const Caller& caller) override;

 private:
  // What is known of a schedule.
  struct Known {
    ScheduleFact newest = {};  // its last fact
    std::optional<ScheduleFact> started = {};
    std::optional<ScheduleFact> failed = {};
    std::optional<ScheduleFact> seen = {};
    std::optional<CheckRecord> last = {};  // the check of `started`, as it was at the last look
    bool is_running = false;               // its runs had not ended then
  };
  using KnownSchedules = std::map<std::string, Known, std::less<>>;

  boost::asio::awaitable<void> Drive();
  boost::asio::awaitable<Status> Attend(const ScheduleSpec& schedule);
  boost::asio::awaitable<Status> LeaveOut(const ServedVersion& served);
  boost::asio::awaitable<Status> Settle(ScheduleFact& due);
  boost::asio::awaitable<Status> CheckNow(const ScheduleSpec& schedule, Time due);
  boost::asio::awaitable<Status> ObserveChecks();
  boost::asio::awaitable<Result<std::optional<std::string>>> FindCheck(const std::string& schedule, Time due);
  boost::asio::awaitable<Result<std::string>> CandidateOf(const ScheduledModelSpec& candidate);
  boost::asio::awaitable<Result<std::string>> VersionOf(const BaselineSpec& model);
  boost::asio::awaitable<Result<std::string>> MakeCheck(const ScheduleSpec& schedule, Time due);
  boost::asio::awaitable<Status> Append(ScheduleFact fact);
  // Blocking. The check and whether its runs go on.
  Result<Known> Observed(Known known) const;
  Known KnownOf(const std::string& schedule) const;
  void Remember(const ScheduleFact& fact);
  bool HasRoom() const;
  void Show(const ServedVersion& served);
  Duration UntilNextDue() const;
  bool is_stopping() const { return stop_.version() > 0; }

  const SchedulesContext context_;
  ChangeSignal wake_;
  ChangeSignal stop_;  // notified once

  mutable std::mutex mutex_;  // guards what is below
  std::condition_variable idle_;
  bool is_driving_ = false;
  KnownSchedules known_;
};

}  // namespace assay
