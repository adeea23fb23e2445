#include "daemon/lifecycle.h"

#include "daemon/log.h"

namespace assay {

Status Lifecycle::Start() {
  for (const Stage& stage : stages_) {
    if (Status status = stage.start(); !status) {
      Error error = status.error();
      error.message = stage.name + ": " + error.message;
      Stop();
      return Fail(std::move(error));
    }
    ++started_;
  }
  return {};
}

void Lifecycle::Stop() {
  while (started_ > 0) {
    const Stage& stage = stages_[--started_];
    const auto begin = std::chrono::steady_clock::now();
    stage.stop(stage.budget);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    Log(took > stage.budget ? LogLevel::kWarning : LogLevel::kInfo, "stopped",
        {{"stage", stage.name}, {"took_ms", std::to_string(took.count())}});
  }
}

}  // namespace assay
