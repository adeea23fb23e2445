#pragma once
// Start and stop as an ordered list of named stages: started in order, stopped in reverse, each with a budget.

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/result.h"

namespace assay {

struct Stage {
  std::string name;
  std::function<Status()> start;
  // Must return within about `budget`; what it could not finish by then it gives up.
  std::function<void(std::chrono::milliseconds budget)> stop;
  std::chrono::milliseconds budget{1000};
};

// Not thread-safe: one thread starts and stops.
class Lifecycle {
 public:
  explicit Lifecycle(std::vector<Stage> stages) : stages_(std::move(stages)) {}
  ~Lifecycle() { Stop(); }
  Lifecycle(const Lifecycle&) = delete;
  Lifecycle& operator=(const Lifecycle&) = delete;

  // Starts the stages in order. When one fails those before it are stopped, and the error names the stage.
  Status Start();
  // Stops what is started, in reverse. Idempotent.
  void Stop();

 private:
  std::vector<Stage> stages_;
  std::size_t started_ = 0;
};

}  // namespace assay
