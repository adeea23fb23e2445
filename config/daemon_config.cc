#include "config/daemon_config.h"

#include <charconv>

namespace assay {
namespace {

// The host of HOST:PORT or [IPV6]:PORT.
Result<std::string> HostOf(std::string_view text) {
  const auto fail = [text] {
    return Fail(ErrorCode::kInvalidArgument, "expected HOST:PORT or [IPV6]:PORT, got " + Json(text).Dump());
  };
  std::string host;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find("]:");
    if (end == std::string_view::npos) return fail();
    host = text.substr(1, end - 1);
    port = text.substr(end + 2);
  } else {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return fail();
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  int number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool good = error == std::errc() && end == port.data() + port.size() && number >= 0 && number <= 65535;
  if (!good || host.empty() || host.find_first_of(" \t\r\n/@") != std::string::npos) return fail();
  return host;
}

template <class Config>
void CheckListenField(const Config& config, const Node& node, Diagnostics& diagnostics) {
  const auto listen = node.Find("listen");
  if (!listen) return;
  if (const auto status = CheckListen(config.listen); !status) diagnostics.Add(listen->At(status.error().message));
}

void CheckStore(const DaemonConfig& config, const Node& node, Diagnostics& diagnostics) {
  const std::string& store = config.store;
  const bool sqlite = store.starts_with("sqlite:") && store.size() > 7;
  const bool postgresql = store.starts_with("postgresql://") && store.size() > 13;
  // Not shown: it may hold a password.
  if (!sqlite && !postgresql)
    diagnostics.Add(node.Find("store")->At("must be sqlite:PATH or postgresql://USER@HOST/DATABASE"));
}

// A part goes before the whole, and nothing is told of a verdict's age where nothing is ever deleted.
void CheckRetention(const RetentionConfig& config, const Node& node, Diagnostics& diagnostics) {
  if (config.responses && config.runs && *config.responses > *config.runs)
    diagnostics.Add(node.Find("responses")->At("must not be longer than `runs`, which has responses deleted too"));
  for (const auto& [name, periods] : config.classes) {
    const Node place = *node.Find("classes")->Find(name);
    if (!IsName(name)) diagnostics.Add(place.AtKey("is no name of a class: letters, digits and . _ -"));
    if (!periods.responses && !periods.reviews)
      diagnostics.Add(place.At("needs `responses` or `reviews`: how long data of this class is kept"));
    if (periods.responses && config.runs && *periods.responses > *config.runs)
      diagnostics.Add(place.Find("responses")->At("must not be longer than `runs`, which has responses deleted too"));
  }
  if (config.verdicts && !config.IsOn())
    diagnostics.Add(
        node.Find("verdicts")->At("needs `runs`, `responses` or `reviews`: without them nothing is deleted"));
}

DaemonConfig FromDocuments(const std::vector<YamlDocument>& documents, Diagnostics& diagnostics) {
  DaemonConfig config;
  if (documents.size() > 1) {
    diagnostics.Add(documents[1].root.At("a second document; the configuration is one document"));
  } else if (documents.size() == 1) {
    ReadFields(documents[0].root, config, diagnostics);
  }
  return config;
}

}  // namespace

const FieldTable<GrpcConfig>& GrpcConfig::Fields() {
  static const auto table = FieldTable<GrpcConfig>()
                                .Optional("listen", &GrpcConfig::listen, "HOST:PORT of the gRPC API")
                                .Check(CheckListenField<GrpcConfig>);
  return table;
}

const FieldTable<HttpConfig>& HttpConfig::Fields() {
  static const auto table =
      FieldTable<HttpConfig>()
          .Optional("listen", &HttpConfig::listen, "HOST:PORT of the JSON API, /metrics and the probes")
          .Check(CheckListenField<HttpConfig>);
  return table;
}

const FieldTable<LogConfig>& LogConfig::Fields() {
  static const auto table = FieldTable<LogConfig>()
                                .Optional("level", &LogConfig::level, "least level that is logged")
                                .Optional("format", &LogConfig::format, "form of a log line");
  return table;
}

const FieldTable<AuthConfig>& AuthConfig::Fields() {
  static const auto table = FieldTable<AuthConfig>().Optional(
      "tokens", &AuthConfig::tokens, "file of hashed bearer tokens; without it every caller is `local`",
      {.min_size = 1});
  return table;
}

const FieldTable<VerdictsConfig>& VerdictsConfig::Fields() {
  static const auto table = FieldTable<VerdictsConfig>().Optional(
      "signing_key", &VerdictsConfig::signing_key,
      "file of the private key that signs verdicts (PEM: Ed25519 or ECDSA P-256); without it they are not signed",
      {.min_size = 1});
  return table;
}

const FieldTable<WaiversConfig>& WaiversConfig::Fields() {
  static const auto table =
      FieldTable<WaiversConfig>()
          .Optional("approvers", &WaiversConfig::approvers,
                    "names of the token file that may approve waivers; without any no waiver is ever live",
                    {.min_size = 1, .max_size = 1000, .unique = true})
          .Optional("max_life", &WaiversConfig::max_life,
                    "a waiver expires that long after it was asked for, or before", {.min = 60, .max = 90 * 86400});
  return table;
}

namespace {

std::optional<Duration> Shorter(const std::optional<Duration>& one, const std::optional<Duration>& other) {
  return one && other ? std::min(one, other) : one ? one : other;
}

std::optional<Duration> PeriodOf(const RetentionConfig& config, std::string_view data_class,
                                 std::optional<Duration> ClassRetentionConfig::*period,
                                 const std::optional<Duration>& general) {
  const auto found = config.classes.find(std::string(data_class));
  return found != config.classes.end() && found->second.*period ? found->second.*period : general;
}

}  // namespace

std::optional<Duration> RetentionConfig::ResponsesOf(std::string_view data_class) const {
  return PeriodOf(*this, data_class, &ClassRetentionConfig::responses, responses);
}

std::optional<Duration> RetentionConfig::ReviewsOf(std::string_view data_class) const {
  return PeriodOf(*this, data_class, &ClassRetentionConfig::reviews, reviews);
}

std::optional<Duration> RetentionConfig::ShortestResponses() const {
  std::optional<Duration> shortest = responses;
  for (const auto& [name, periods] : classes) shortest = Shorter(shortest, periods.responses);
  return shortest;
}

std::optional<Duration> RetentionConfig::ShortestReviews() const {
  std::optional<Duration> shortest = reviews;
  for (const auto& [name, periods] : classes) shortest = Shorter(shortest, periods.reviews);
  return shortest;
}

const FieldTable<ClassRetentionConfig>& ClassRetentionConfig::Fields() {
  static const Limits kPeriod{.min = 86400, .max = 36500.0 * 86400};
  static const auto table = FieldTable<ClassRetentionConfig>()
                                .Optional("responses", &ClassRetentionConfig::responses,
                                          "of runs of suites of this class, in the place of the general one", kPeriod)
                                .Optional("reviews", &ClassRetentionConfig::reviews,
                                          "of review items of this class, in the place of the general one", kPeriod);
  return table;
}

const FieldTable<RetentionConfig>& RetentionConfig::Fields() {
  static const Limits kPeriod{.min = 86400, .max = 36500.0 * 86400};
  static const auto table =
      FieldTable<RetentionConfig>()
          .Optional("responses", &RetentionConfig::responses,
                    "responses, and the reasons of scores, of runs that ended longer ago are deleted; without it none",
                    kPeriod)
          .Optional("runs", &RetentionConfig::runs,
                    "trials, scores and datasets of runs that ended longer ago are deleted; without it none", kPeriod)
          .Optional("reviews", &RetentionConfig::reviews,
                    "what people were shown of review items that nothing has happened with for longer is deleted; "
                    "without it nothing",
                    kPeriod)
          .Optional("verdicts", &RetentionConfig::verdicts,
                    "the newest verdicts of a candidate keep their runs for so long; without it for ever", kPeriod)
          .Optional("classes", &RetentionConfig::classes,
                    "by class of data (`data_class` of suites and queues): periods of its own", {.max_size = 100})
          .Check(CheckRetention, {"responses", "runs", "reviews", "verdicts", "classes"});
  return table;
}

const FieldTable<DaemonLimits>& DaemonLimits::Fields() {
  static const auto table =
      FieldTable<DaemonLimits>()
          .Optional("active_runs", &DaemonLimits::active_runs,
                    "runs in progress at once, of each priority; others wait", {.min = 1, .max = 1000})
          .Optional("drain_grace", &DaemonLimits::drain_grace, "time for trials in flight after SIGTERM",
                    {.min = 0, .max = 3600})
          .Optional("max_request_bytes", &DaemonLimits::max_request_bytes, "size of an RPC at most",
                    {.min = 1024, .max = 1 << 30, .unit = "bytes"})
          .Optional("cache_bytes", &DaemonLimits::cache_bytes,
                    "size of all answers that are kept for suites with a cache; the oldest are removed first; 0: none",
                    {.min = 0, .max = 1e15, .unit = "bytes"});
  return table;
}

const FieldTable<DaemonConfig>& DaemonConfig::Fields() {
  static const auto table =
      FieldTable<DaemonConfig>()
          .Optional("grpc", &DaemonConfig::grpc, "the gRPC API")
          .Optional("http", &DaemonConfig::http, "the HTTP side")
          .Optional("store", &DaemonConfig::store, "sqlite:PATH or postgresql://USER@HOST/DATABASE", {.min_size = 1})
          .Optional("catalog", &DaemonConfig::catalog, "folder of documents", {.min_size = 1})
          .Optional("grader_programs", &DaemonConfig::grader_programs,
                    "folder of the programs that graders of type exec may run; without it they may run none",
                    {.min_size = 1})
          .Optional("log", &DaemonConfig::log, "logging, to standard error")
          .Optional("auth", &DaemonConfig::auth, "who may call")
          .Optional("verdicts", &DaemonConfig::verdicts, "how verdicts are recorded")
          .Optional("waivers", &DaemonConfig::waivers, "exceptions to rules of gates")
          .Optional("retention", &DaemonConfig::retention, "how long runs are kept; without it for ever")
          .Optional("limits", &DaemonConfig::limits, "bounds of the daemon")
          .NotYet({"tls"})
          .Check(CheckStore);
  return table;
}

DaemonConfig ReadDaemonConfig(const std::string& file, Diagnostics& diagnostics) {
  return FromDocuments(ReadYamlFile(file, diagnostics), diagnostics);
}

DaemonConfig ParseDaemonConfig(std::string file, std::string text, Diagnostics& diagnostics) {
  return FromDocuments(ParseYaml(std::move(file), std::move(text), diagnostics), diagnostics);
}

bool IsLoopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  // 127.0.0.0/8, as four decimal numbers: "127.evil.example" is a name.
  if (!host.starts_with("127.")) return false;
  int numbers = 0;
  while (true) {
    const std::size_t dot = host.find('.');
    const std::string_view part = host.substr(0, dot);
    unsigned value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size() || part.size() > 3 || value > 255) return false;
    ++numbers;
    if (dot == std::string_view::npos) return numbers == 4;
    host.remove_prefix(dot + 1);
  }
}

Status CheckListen(std::string_view listen) {
  const auto host = HostOf(listen);
  if (!host) return std::unexpected(host.error());
  if (IsLoopback(*host)) return {};
  return Fail(ErrorCode::kFailedPrecondition, "listening on " + Json(*host).Dump() +
                                                  ", beyond this machine, needs TLS and authentication, which is not "
                                                  "supported yet; listen on 127.0.0.1 and put a "
                                                  "proxy in front");
}

}  // namespace assay
