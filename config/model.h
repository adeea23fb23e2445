#pragma once
// kind: Model. A registered endpoint configuration with name and version.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "config/fields.h"
#include "config/node.h"
#include "core/clock.h"

namespace assay {

// Where the key is found when a run starts; exactly one is set. The key itself never stands in a document.
struct ApiKeySpec {
  std::optional<std::string> env;   // name of an environment variable of the daemon
  std::optional<std::string> file;  // path on the daemon's machine; surrounding white space is cut
  static const FieldTable<ApiKeySpec>& Fields();
};

struct EndpointLimitsSpec {
  int concurrency = 16;  // requests in flight
  std::optional<std::int64_t> requests_per_minute;
  std::optional<std::int64_t> tokens_per_minute;
  static const FieldTable<EndpointLimitsSpec>& Fields();
};

// Refuses a literal key with the reason, without showing it.
template <>
struct FieldType<ApiKeySpec> {
  static bool Read(const Node& node, const Limits& limits, ApiKeySpec& out, Diagnostics& diagnostics);
  static Json Schema(const Limits&) { return SchemaOf(ApiKeySpec::Fields()); }
  static std::string Word(const Limits&) { return "{env} or {file}"; }
  static std::optional<Json> Default(const ApiKeySpec&) { return std::nullopt; }
};

// Waits between attempts: full jitter over `initial`, doubling up to `max`.
struct BackoffSpec {
  Duration initial = std::chrono::milliseconds(250);
  Duration max = std::chrono::seconds(8);
  static const FieldTable<BackoffSpec>& Fields();
};

enum class HedgeAfter { kP99 };

template <>
struct EnumWords<HedgeAfter> {
  static constexpr EnumWord<HedgeAfter> kWords[] = {
      {"p99", HedgeAfter::kP99, "the 99th percentile of the latency so far"}};
};

// A second request for the slowest answers.
struct HedgeSpec {
  HedgeAfter after = HedgeAfter::kP99;
  static const FieldTable<HedgeSpec>& Fields();
};

struct EndpointSpec {
  std::string provider;  // a kind of runners/endpoints
  std::string url;       // http:// or https://, without user information
  std::string model;     // the model's name there
  std::optional<ApiKeySpec> api_key;
  EndpointLimitsSpec limits;
  Duration timeout = std::chrono::seconds(60);  // of one attempt, from the start of the request to the last byte
  Duration connect_timeout = std::chrono::seconds(10);  // part of `timeout`
  int attempts = 3;                                     // requests for one trial at most, those that got 429 apart
  BackoffSpec backoff;
  std::optional<HedgeSpec> hedge;
  Duration outage = std::chrono::minutes(2);   // an endpoint that stopped answering is waited for so long
  std::int64_t max_response_bytes = 10 << 20;  // a larger answer is an error
  std::map<std::string, std::string> headers;  // added to each request; never credentials
  Node options;                                // keys of the provider's own
  static const FieldTable<EndpointSpec>& Fields();
};

// US dollars for a million tokens.
struct TokenPricesSpec {
  double input = 0;
  double output = 0;
  std::optional<double> cached_input;  // of a prompt's tokens that the provider has in its cache; absent: as `input`
  static const FieldTable<TokenPricesSpec>& Fields();
};

struct ModelSpec {
  std::string name;
  std::string version;
  std::string description;
  EndpointSpec endpoint;
  std::optional<TokenPricesSpec> prices;
  std::map<std::string, std::string> labels;
  static const FieldTable<ModelSpec>& Fields();
};

}  // namespace assay
