#include "daemon/store/connections.h"

namespace assay {

Store::Connections::Connections(SqlLocation location, std::unique_ptr<Sql> writer)
    : location_(std::move(location)), writer_(std::move(writer)) {}

Status Store::Connections::Revive() {
  if (writer_ != nullptr && writer_->IsAlive()) return {};
  writer_.reset();
  ASSAY_ASSIGN(writer_, Sql::Open(location_));
  return {};
}

void Store::Connections::ObserveRefusal(const Error& error) {
  if (error.code != ErrorCode::kUnavailable && error.code != ErrorCode::kDataLoss) return;  // the caller's mistake
  const std::lock_guard lock(observing_);
  last_refusal_ = Refusal{error, std::chrono::steady_clock::now()};
}

std::optional<Store::Connections::Refusal> Store::Connections::last_refusal() const {
  const std::lock_guard lock(observing_);
  return last_refusal_;
}

void Store::Connections::Forget(const Refusal& refusal) {
  const std::lock_guard lock(observing_);
  if (last_refusal_ && last_refusal_->at == refusal.at) last_refusal_.reset();
}

Result<Store::Connections::Lease> Store::Connections::Borrow() {
  {
    std::unique_lock lock(reading_);
    returned_.wait(lock, [&] { return !idle_.empty() || readers_ < kMaxReaders; });
    if (!idle_.empty()) {
      Lease lease(idle_.back().release(), Return{this});
      idle_.pop_back();
      return lease;
    }
    ++readers_;
  }
  Result<std::unique_ptr<Sql>> opened = Sql::Open(location_, Sql::Use::kReading);
  if (!opened) {
    GiveBack(nullptr);
    return Fail(std::move(opened).error());
  }
  return Lease(opened->release(), Return{this});
}

void Store::Connections::GiveBack(std::unique_ptr<Sql> reader) {
  {
    const std::lock_guard lock(reading_);
    if (reader != nullptr && reader->IsAlive()) {
      idle_.push_back(std::move(reader));
    } else {
      --readers_;
    }
  }
  returned_.notify_one();
}

}  // namespace assay
