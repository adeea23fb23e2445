#pragma once
// One line an event: a short message and fields. Never prompts, responses, secrets or persons.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "config/daemon_config.h"

namespace assay {

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  bool is_json = false;  // JSON lines instead of `key=value`
};

// Call once, before other threads log. Lines go to stderr.
void StartLog(const LogOptions& options);

using LogField = std::pair<std::string_view, std::string>;
// Thread-safe. `message` is a constant phrase; what varies goes into fields. A run, check or verdict id always does.
void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

}  // namespace assay
