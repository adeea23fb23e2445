#pragma once
// What endpoints do, as metrics.

#include <map>
#include <string>
#include <string_view>

#include "daemon/services.h"
#include "daemon/telemetry.h"
#include "runners/endpoints/endpoint.h"

namespace assay {

// Thread-safe.
class EndpointTelemetry final : public EndpointObserver {
 public:
  explicit EndpointTelemetry(Telemetry& telemetry) : telemetry_(telemetry) {}

  void OnAttempt(const std::string& endpoint, std::string_view code, Duration latency) override {
    telemetry_.CountRequest(endpoint, std::string(code), latency);
  }
  void OnUsage(const std::string& endpoint, const Usage& usage) override {
    telemetry_.CountTokens(endpoint, usage.tokens_in.value_or(0), usage.tokens_out.value_or(0));
  }
  void OnCost(const std::string& endpoint, double usd) override { telemetry_.CountCost(endpoint, usd); }
  void OnFirstToken(const std::string& endpoint, Duration after) override {
    telemetry_.ObserveFirstToken(endpoint, after);
  }
  void OnThrottled(const std::string& endpoint) override { telemetry_.CountThrottled(endpoint); }
  void OnInFlight(const std::string& endpoint, int requests) override { telemetry_.SetInFlight(endpoint, requests); }
  void OnLimit(const std::string& endpoint, int concurrency) override { telemetry_.SetLimit(endpoint, concurrency); }
  void OnLimitCut(const std::string& endpoint) override { telemetry_.CountLimitCut(endpoint); }

 private:
  Telemetry& telemetry_;
};

// By endpoint; the versions of a model count together.
inline std::map<std::string, Telemetry::EndpointReading> ReadingsOf(const std::vector<EndpointStatus>& endpoints) {
  std::map<std::string, Telemetry::EndpointReading> readings;
  for (const EndpointStatus& endpoint : endpoints) {
    Telemetry::EndpointReading& reading = readings[endpoint.name];
    reading.waiting += endpoint.state.waiting;
    reading.is_held |= endpoint.state.held_for.has_value();
    reading.is_down |= endpoint.state.failing_for.has_value();
  }
  return readings;
}

}  // namespace assay
