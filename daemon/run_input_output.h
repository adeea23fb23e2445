#pragma once
// Between the run pipeline and the store: cases in, results out.

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <vector>

#include "daemon/change_signal.h"
#include "daemon/store/result_writer.h"
#include "daemon/store/store.h"
#include "daemon/telemetry.h"
#include "runners/run_pipeline.h"

namespace assay {

// Waits for a store that is out of reach, until `stop` is notified. References outlive it.
class StoreCaseSource final : public CaseSource {
 public:
  StoreCaseSource(Store& store, boost::asio::any_io_executor blocking, SnapshotKey snapshot, ChangeSignal& stop)
      : store_(store), blocking_(std::move(blocking)), snapshot_(snapshot), stop_(stop) {}
  boost::asio::awaitable<Result<std::vector<Case>>> Read(std::vector<std::int64_t> ordinals) override;

 private:
  Store& store_;
  const boost::asio::any_io_executor blocking_;
  const SnapshotKey snapshot_;
  ChangeSignal& stop_;
};

// The trials of a run that are stored and due: their answers are only graded.
class StoreKnownTrials final : public KnownTrials {
 public:
  // `due` as Store::DueTrials gives them. References outlive it.
  StoreKnownTrials(Store& store, boost::asio::any_io_executor blocking, RunKey run, std::vector<DueTrial> due,
                   ChangeSignal& stop)
      : store_(store), blocking_(std::move(blocking)), run_(run), due_(std::move(due)), stop_(stop) {}
  bool Has(std::int64_t position) const override {
    return std::ranges::binary_search(due_, position, {}, &DueTrial::position);
  }
  boost::asio::awaitable<Result<KnownTrial>> Read(std::int64_t position, std::int64_t ordinal, int trial) override;

 private:
  Store& store_;
  const boost::asio::any_io_executor blocking_;
  const RunKey run_;
  const std::vector<DueTrial> due_;
  ChangeSignal& stop_;
};

// Thread-safe.
class StoreResultSink final : public ResultSink {
 public:
  // `progress` is notified whenever results have been stored. References outlive the sink.
  StoreResultSink(ResultWriter& writer, Telemetry& telemetry, const RunRecord& run, ChangeSignal& progress);

  boost::asio::awaitable<Status> Write(TrialResult result) override;
  // Returns when everything handed over is stored, or with the error because of which it is not.
  boost::asio::awaitable<Status> Settle();
  // What the trials cost that were handed over and could not be stored.
  double lost_usd() const;

 private:
  struct Shared;
  ResultWriter& writer_;
  const RunKey run_;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace assay
