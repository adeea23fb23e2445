#include "daemon/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "core/clock.h"
#include "core/json.h"

namespace assay {
namespace {

bool is_json_format = false;  // set before threads exist, read-only after (with spdlog's default logger: the log sink)

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view Word(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "info";
}

bool NeedsQuotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"=\n\t\\") != std::string_view::npos;
}

std::string JsonLine(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  Json line = Json::Of({{"time", FormatTime(SystemClock().Now())}, {"level", Word(level)}, {"message", message}});
  for (const auto& [key, value] : fields) line.Set(key, value);
  return line.Dump();
}

std::string TextLine(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  std::string line = FormatTime(SystemClock().Now()) + " " + std::string(Word(level)) + " " + std::string(message);
  for (const auto& [key, value] : fields) {
    line += " " + std::string(key) + "=" + (NeedsQuotes(value) ? Json(value).Dump() : value);
  }
  return line;
}

}  // namespace

void StartLog(const LogOptions& options) {
  is_json_format = options.is_json;
  auto logger = std::make_shared<spdlog::logger>("assayd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v");
  logger->set_level(SpdlogLevel(options.level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  spdlog::logger* logger = spdlog::default_logger_raw();
  if (!logger->should_log(SpdlogLevel(level))) return;
  logger->log(SpdlogLevel(level), "{}",
              is_json_format ? JsonLine(level, message, fields) : TextLine(level, message, fields));
}

}  // namespace assay
