#pragma once
// One daemon on one store: two would drive the same runs and each would find its results stored already.

#include <chrono>
#include <memory>
#include <string_view>

#include "core/result.h"

namespace assay {

// Held by whoever may drive runs. Given back when it is destroyed or its process dies, also by SIGKILL; on PostgreSQL
// also when its connection is lost.
class StoreLock {
 public:
  virtual ~StoreLock() = default;
  // `location` as in OpenStore. Waits for a daemon that is about to end: kFailedPrecondition when it has not ended
  // within `wait`. Of SQLite it is a lock on the file PATH.lock, of PostgreSQL an advisory lock in the database.
  static Result<std::unique_ptr<StoreLock>> Take(std::string_view location, std::chrono::milliseconds wait);
};

}  // namespace assay
