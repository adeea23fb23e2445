#include "daemon/rpc/admission.h"

#include <utility>

namespace assay {

Error StoppingError() {
  return Error{ErrorCode::kUnavailable, "the daemon is stopping; try again in a moment", std::chrono::seconds(1)};
}

Result<std::unique_ptr<Admission::Ticket>> Admission::Admit(const Method& method, std::function<void()> end_stream) {
  const std::lock_guard lock(mutex_);
  if (draining_ && (method.writes || method.streams())) return Fail(StoppingError());
  const std::uint64_t id = next_id_++;
  if (method.streams()) {
    if (static_cast<int>(streams_.size()) >= limits_.streams) {
      return Fail(Error{ErrorCode::kResourceExhausted,
                        "too many streams are open (" + std::to_string(limits_.streams) + "); close some or wait",
                        std::chrono::seconds(1)});
    }
    streams_.emplace(id, std::move(end_stream));
  } else {
    if (calls_ >= limits_.calls) {
      return Fail(Error{ErrorCode::kResourceExhausted,
                        "too many calls are under way (" + std::to_string(limits_.calls) + "); try again",
                        std::chrono::seconds(1)});
    }
    ++calls_;
  }
  return std::unique_ptr<Ticket>(new Ticket(*this, id, method.streams()));
}

Admission::Ticket::~Ticket() {
  std::function<void()> end_stream;  // destroyed after the lock is released
  const std::lock_guard lock(admission_.mutex_);
  if (stream_) {
    const auto found = admission_.streams_.find(id_);
    end_stream = std::move(found->second);
    admission_.streams_.erase(found);
  } else {
    --admission_.calls_;
  }
}

void Admission::BeginDrain() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(draining_, true)) return;
  for (const auto& [id, end_stream] : streams_) {
    if (end_stream) end_stream();
  }
}

bool Admission::draining() const {
  const std::lock_guard lock(mutex_);
  return draining_;
}

int Admission::active() const {
  const std::lock_guard lock(mutex_);
  return calls_ + static_cast<int>(streams_.size());
}

}  // namespace assay
