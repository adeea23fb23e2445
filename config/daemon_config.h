#pragma once
// assayd.yaml: what the daemon itself needs. Every value has a default; an empty file is valid.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/fields.h"
#include "core/clock.h"

namespace assay {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
template <>
struct EnumWords<LogLevel> {
  static constexpr EnumWord<LogLevel> kWords[] = {{"debug", LogLevel::kDebug, "everything"},
                                                  {"info", LogLevel::kInfo, "what an operator wants to know"},
                                                  {"warning", LogLevel::kWarning, "what may need attention"},
                                                  {"error", LogLevel::kError, "what failed"}};
};

enum class LogFormat { kText, kJson };
template <>
struct EnumWords<LogFormat> {
  static constexpr EnumWord<LogFormat> kWords[] = {{"text", LogFormat::kText, "lines for people"},
                                                   {"json", LogFormat::kJson, "one JSON object a line"}};
};

struct GrpcConfig {
  std::string listen = "127.0.0.1:7070";
  static const FieldTable<GrpcConfig>& Fields();
};
struct HttpConfig {
  std::string listen = "127.0.0.1:7071";
  static const FieldTable<HttpConfig>& Fields();
};
struct LogConfig {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
  static const FieldTable<LogConfig>& Fields();
};
struct AuthConfig {
  std::optional<std::string> tokens;  // the token file; absent: every caller is `local`
  static const FieldTable<AuthConfig>& Fields();
};
struct VerdictsConfig {
  std::optional<std::string> signing_key;  // file of the private key; absent: verdicts are not signed
  static const FieldTable<VerdictsConfig>& Fields();
};
struct WaiversConfig {
  std::vector<std::string> approvers;         // principals; empty: nobody approves, so that no waiver is ever live
  Duration max_life = std::chrono::days(90);  // of a waiver
  static const FieldTable<WaiversConfig>& Fields();
};
// Of data of one class, in the place of the general periods.
struct ClassRetentionConfig {
  std::optional<Duration> responses = {};  // absent: as for all data
  std::optional<Duration> reviews = {};    // likewise
  static const FieldTable<ClassRetentionConfig>& Fields();
};
struct RetentionConfig {
  std::optional<Duration> responses = {};  // texts of runs that ended longer ago are deleted; absent: never
  std::optional<Duration> runs = {};       // likewise their trials and scores
  std::optional<Duration> reviews = {};    // texts of review items that were touched last longer ago; absent: never
  std::optional<Duration> verdicts = {};   // so long the newest verdict of a candidate keeps its runs; absent: for ever
  std::map<std::string, ClassRetentionConfig> classes = {};  // by class of data
  bool IsOn() const { return responses || runs || reviews || !classes.empty(); }
  // Of data of that class, "" for none.
  std::optional<Duration> ResponsesOf(std::string_view data_class) const;
  std::optional<Duration> ReviewsOf(std::string_view data_class) const;
  // Of the class with the shortest; absent where nothing is deleted.
  std::optional<Duration> ShortestResponses() const;
  std::optional<Duration> ShortestReviews() const;
  static const FieldTable<RetentionConfig>& Fields();
};
struct DaemonLimits {
  int active_runs = 8;                              // runs in progress at once, of each priority; others wait
  Duration drain_grace = std::chrono::seconds(30);  // in-flight trials may take that long after SIGTERM
  std::int64_t max_request_bytes = 16 << 20;        // of one RPC
  std::int64_t cache_bytes = 256 << 20;             // of cached answers; 0: none is kept
  static const FieldTable<DaemonLimits>& Fields();
};

struct DaemonConfig {
  GrpcConfig grpc;
  HttpConfig http;
  std::string store = "sqlite:assay.db";       // or postgresql://...
  std::string catalog = "catalog";             // folder of documents
  std::optional<std::string> grader_programs;  // folder of the programs that graders may run; absent: none
  LogConfig log;
  AuthConfig auth;
  VerdictsConfig verdicts;
  WaiversConfig waivers;
  RetentionConfig retention;
  DaemonLimits limits;
  static const FieldTable<DaemonConfig>& Fields();
};

// Reads assayd.yaml. Relative paths in it (store, catalog, tokens) stay relative to the working directory. Check
// diagnostics.empty() before use.
DaemonConfig ReadDaemonConfig(const std::string& file, Diagnostics& diagnostics);
DaemonConfig ParseDaemonConfig(std::string file, std::string text, Diagnostics& diagnostics);

// Whether an address is reachable from this machine only: localhost, 127.0.0.0/8, ::1.
bool IsLoopback(std::string_view host);
// kFailedPrecondition when `listen` reaches beyond loopback (TLS is not built); also for addresses from the command
// line.
Status CheckListen(std::string_view listen);

}  // namespace assay
