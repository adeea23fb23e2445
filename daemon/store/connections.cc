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
  Result<std::unique_ptr<Sql>> opened = Sql::Open(location_);
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
