#pragma once
// Who sends requests to an endpoint: for priorities and fair shares.

#include <atomic>
#include <memory>

namespace assay {

enum class Priority {
  kScheduled,  // nobody waits for it
  kNormal,     // somebody may be looking
  kRelease,    // a gate decides by it, and a release pipeline waits for the gate
};

// One run, with all it asks of any endpoint. Compared by its address; held by whoever sends for it. Thread-safe.
struct Requester {
  explicit Requester(Priority initial = Priority::kNormal) : priority(initial) {}
  std::atomic<Priority> priority;  // may change at any time; requests that wait go by the new one
};

}  // namespace assay
