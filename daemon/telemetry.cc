#include "daemon/telemetry.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "core/version.h"
#include "daemon/store/records.h"

#include "daemon/review_telemetry.h"
#include "daemon/schedule_telemetry.h"

namespace assay {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

Family<Counter>& Counters(prometheus::Registry& registry, const char* name, const char* help) {
  return BuildCounter().Name(name).Help(help).Register(registry);
}
Family<Gauge>& Gauges(prometheus::Registry& registry, const char* name, const char* help) {
  return BuildGauge().Name(name).Help(help).Register(registry);
}
Family<Histogram>& Histograms(prometheus::Registry& registry, const char* name, const char* help) {
  return BuildHistogram().Name(name).Help(help).Register(registry);
}

double Seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

const Histogram::BucketBoundaries kRequestBuckets = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                     1,     2.5,  5,     10,   30,  60,   120};
const Histogram::BucketBoundaries kRunBuckets = {1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 21600, 86400};
const Histogram::BucketBoundaries kWriteBuckets = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};
const Histogram::BucketBoundaries kGradingBuckets = {1e-7, 1e-6, 5e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10};

constexpr std::array<const char*, 4> kVerdictStates = {"PASS", "FAIL", "INCONCLUSIVE", "ERROR"};

}  // namespace

struct Telemetry::Families {
  prometheus::Registry registry;
  ReviewTelemetry reviews{registry};
  ScheduleTelemetry schedules{registry};
  Family<Gauge>& gate_verdict =
      Gauges(registry, "assay_gate_verdict", "1 for the state of the newest verdict of a gate for a model.");
  Family<Gauge>& gate_rule_margin =
      Gauges(registry, "assay_gate_rule_margin",
             "Distance from the threshold to the deciding bound, in the unit of the metric; positive passes.");
  Family<Gauge>& gate_verdict_age =
      Gauges(registry, "assay_gate_verdict_age_seconds", "Time since the newest verdict of a gate for a model.");
  Family<Gauge>& gate_waived =
      Gauges(registry, "assay_gate_waived",
             "1 while live waivers let the newest verdict of a gate for a model ship although it is no PASS.");
  Family<Counter>& gate_checks =
      Counters(registry, "assay_gate_checks_total", "Checks made (PENDING) and decided, by state.");
  Family<Counter>& run_cases = Counters(registry, "assay_run_cases_total", "Trials that ended, by outcome.");
  Family<Histogram>& run_duration =
      Histograms(registry, "assay_run_duration_seconds", "Time from a run's start to its end.");
  Gauge& runs_active = Gauges(registry, "assay_runs_active", "Runs that are going on.").Add({});
  Family<Gauge>& metric_estimate =
      Gauges(registry, "assay_metric_estimate", "Estimate of a metric in the newest verdict.");
  Family<Gauge>& metric_lower =
      Gauges(registry, "assay_metric_estimate_lower", "Lower one-sided bound of the estimate.");
  Family<Gauge>& metric_upper =
      Gauges(registry, "assay_metric_estimate_upper", "Upper one-sided bound of the estimate.");
  Family<Gauge>& judge_agreement =
      Gauges(registry, "assay_judge_agreement", "Share of the sentinels of a run that the judge got right.");
  Family<Gauge>& judge_sensitivity =
      Gauges(registry, "assay_judge_sensitivity", "Share of what people pass that the judge passes, on sentinels.");
  Family<Gauge>& judge_sensitivity_lower =
      Gauges(registry, "assay_judge_sensitivity_lower", "Lower bound of it, of confidence 0.95.");
  Family<Gauge>& judge_specificity =
      Gauges(registry, "assay_judge_specificity", "Share of what people fail that the judge fails, on sentinels.");
  Family<Gauge>& judge_specificity_lower =
      Gauges(registry, "assay_judge_specificity_lower", "Lower bound of it, of confidence 0.95.");
  Family<Counter>& endpoint_requests =
      Counters(registry, "assay_endpoint_requests_total", "Requests sent, by HTTP status or failure.");
  Family<Histogram>& endpoint_request_seconds =
      Histograms(registry, "assay_endpoint_request_seconds", "Time from request to last byte.");
  Family<Histogram>& endpoint_first_token_seconds = Histograms(
      registry, "assay_endpoint_first_token_seconds", "Time from request to the first token of a streamed answer.");
  Family<Gauge>& endpoint_in_flight = Gauges(registry, "assay_endpoint_in_flight", "Requests that wait for an answer.");
  Family<Gauge>& endpoint_limit =
      Gauges(registry, "assay_endpoint_concurrency_limit", "Requests that may be in flight.");
  Family<Counter>& endpoint_limit_cuts =
      Counters(registry, "assay_endpoint_limit_cuts_total", "Times that a 429 cut the limit of requests in flight.");
  Family<Gauge>& endpoint_waiting =
      Gauges(registry, "assay_endpoint_waiting", "Requests that wait for a place under the limits.");
  Family<Gauge>& endpoint_held =
      Gauges(registry, "assay_endpoint_held", "1 while nothing is sent because of a Retry-After.");
  Family<Gauge>& endpoint_down =
      Gauges(registry, "assay_endpoint_down", "1 while only single probes are sent because it does not answer.");
  Family<Counter>& endpoint_throttled =
      Counters(registry, "assay_endpoint_throttled_total",
               "Requests that had to wait for the limit, or were told to slow down (429).");
  Family<Counter>& endpoint_tokens =
      Counters(registry, "assay_endpoint_tokens_total", "Tokens as the endpoint counted them.");
  Family<Counter>& endpoint_cost =
      Counters(registry, "assay_endpoint_cost_usd_total",
               "US dollars for answers, by the model's prices; answers without tokens are not in it.");
  Family<Counter>& grader_scores = Counters(registry, "assay_grader_scores_total", "Scores given, by status.");
  Family<Counter>& plugin_failures =
      Counters(registry, "assay_grader_plugin_failures_total",
               "Responses that a plug-in grader did not score because it failed, by what it did.");
  Family<Histogram>& grader_seconds = Histograms(registry, "assay_grader_seconds", "Time to grade one response.");
  Family<Counter>& retention_deleted =
      Counters(registry, "assay_retention_deleted_total",
               "What was deleted for its age or by a person: runs, responses of runs, datasets; trials of these runs.");
  Gauge& catalog_errors = Gauges(registry, "assay_catalog_errors",
                                 "Errors in the catalog as it is on disk; the last good version is served.")
                              .Add({});
  Family<Counter>& catalog_reload =
      Counters(registry, "assay_catalog_reload_total", "Reloads of the catalog, by result.");
  Histogram& store_write =
      Histograms(registry, "assay_store_write_seconds", "Time to write one batch of results.").Add({}, kWriteBuckets);

  std::mutex mutex;                                                                // guards what is below
  std::map<std::tuple<std::string, std::string, std::string>, GateReading> gates;  // by project, gate and model
  std::set<std::string> projects;                                                  // that are shown
  std::set<std::string> endpoints;                                                 // that have readings

  Families() {
    Gauges(registry, "assay_build_info", "1, with the version as a label.")
        .Add({{"version", std::string(kVersion)}})
        .Set(1);
    for (const char* result : {"good", "bad"}) catalog_reload.Add({{"result", result}});
    for (const std::string_view what : kDeletable) retention_deleted.Add({{"what", std::string(what)}});
  }

  using Labels = std::map<std::string, std::string>;

  void Set(const std::string& endpoint, const EndpointReading& reading) {
    endpoint_waiting.Add({{"endpoint", endpoint}}).Set(static_cast<double>(reading.waiting));
    endpoint_held.Add({{"endpoint", endpoint}}).Set(reading.is_held ? 1 : 0);
    endpoint_down.Add({{"endpoint", endpoint}}).Set(reading.is_down ? 1 : 0);
  }
  // Holds the lock.
  bool IsShown(const std::string& project) {
    if (projects.contains(project)) return true;
    return projects.size() < kMaxProjects && projects.insert(project).second;
  }
  static Labels In(const std::string& project, Labels labels) {
    if (project != kDefaultProject) labels.emplace("project", project);
    return labels;
  }
  static Labels OfGate(const GateReading& reading, Labels labels = {}) {
    labels.insert({{"gate", reading.gate}, {"model", reading.model}});
    return In(reading.project, std::move(labels));
  }

  void RemoveMargins(const GateReading& reading) {
    for (const GateReading::RuleMargin& margin : reading.margins) {
      gate_rule_margin.Remove(&gate_rule_margin.Add(OfGate(reading, {{"rule", margin.rule}})));
    }
  }
};

Telemetry::Telemetry(const Clock& clock) : clock_(clock), families_(std::make_unique<Families>()) {}
Telemetry::~Telemetry() = default;

std::string Telemetry::Expose() {
  {
    const std::lock_guard lock(families_->mutex);
    for (const auto& [key, reading] : families_->gates) {
      const Time now = clock_.Now();
      families_->gate_verdict_age.Add(Families::OfGate(reading)).Set(Seconds(now - reading.decided));
      const bool is_waived = reading.waived_until && now < *reading.waived_until;
      families_->gate_waived.Add(Families::OfGate(reading)).Set(is_waived ? 1 : 0);
    }
  }
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

void Telemetry::SetGate(const GateReading& reading) {
  const std::lock_guard lock(families_->mutex);
  if (!families_->IsShown(reading.project)) return;
  const auto key = std::tuple(reading.project, reading.gate, reading.model);
  if (const auto earlier = families_->gates.find(key); earlier != families_->gates.end()) {
    families_->RemoveMargins(earlier->second);
  }
  families_->gates[key] = reading;
  for (const char* state : kVerdictStates) {
    families_->gate_verdict.Add(Families::OfGate(reading, {{"state", state}})).Set(reading.state == state ? 1 : 0);
  }
  for (const GateReading::RuleMargin& margin : reading.margins) {
    if (!margin.margin) continue;
    families_->gate_rule_margin.Add(Families::OfGate(reading, {{"rule", margin.rule}})).Set(*margin.margin);
  }
}

void Telemetry::CountCheck(const std::string& gate, const std::string& state) {
  families_->gate_checks.Add({{"gate", gate}, {"state", state}}).Increment();
}

namespace {

// No information is no series, never a number.
void SetOrRemove(Family<Gauge>& family, const std::map<std::string, std::string>& labels,
                 const std::optional<double>& value) {
  Gauge& gauge = family.Add(labels);
  if (value) {
    gauge.Set(*value);
  } else {
    family.Remove(&gauge);
  }
}

}  // namespace

void Telemetry::SetJudge(const JudgeReading& reading) {
  const Families::Labels labels =
      Families::In(reading.project, {{"judge", reading.judge}, {"suite", reading.suite}, {"grader", reading.grader}});
  const std::lock_guard lock(families_->mutex);
  if (!families_->IsShown(reading.project)) return;
  SetOrRemove(families_->judge_agreement, labels, reading.agreement);
  SetOrRemove(families_->judge_sensitivity, labels, reading.sensitivity.value);
  SetOrRemove(families_->judge_sensitivity_lower, labels, reading.sensitivity.lower);
  SetOrRemove(families_->judge_specificity, labels, reading.specificity.value);
  SetOrRemove(families_->judge_specificity_lower, labels, reading.specificity.lower);
}

void Telemetry::SetMetric(const MetricReading& reading) {
  const Families::Labels labels = Families::In(
      reading.project,
      {{"suite", reading.suite}, {"model", reading.model}, {"metric", reading.metric}, {"slice", reading.slice}});
  const auto set = [&](Family<Gauge>& family, const std::optional<double>& value) {
    SetOrRemove(family, labels, value);
  };
  const std::lock_guard lock(families_->mutex);
  if (!families_->IsShown(reading.project)) return;
  set(families_->metric_estimate, reading.estimate.value);
  set(families_->metric_lower, reading.estimate.lower);
  set(families_->metric_upper, reading.estimate.upper);
}

void Telemetry::CountTrials(const std::string& suite, const std::string& model, TrialStatus status,
                            std::int64_t trials) {
  families_->run_cases.Add({{"suite", suite}, {"model", model}, {"outcome", std::string(Name(status))}})
      .Increment(static_cast<double>(trials));
}

void Telemetry::RunStarted() { families_->runs_active.Increment(); }

void Telemetry::RunEnded(const std::string& suite, const std::string& model, RunState state,
                         std::chrono::microseconds took) {
  families_->runs_active.Decrement();
  families_->run_duration.Add({{"suite", suite}, {"model", model}, {"state", std::string(Name(state))}}, kRunBuckets)
      .Observe(Seconds(took));
}

void Telemetry::CountScores(const std::string& grader, ScoreStatus status, std::int64_t scores) {
  families_->grader_scores.Add({{"grader", grader}, {"status", std::string(Name(status))}})
      .Increment(static_cast<double>(scores));
}

void Telemetry::ObserveGrading(const std::string& grader, std::chrono::nanoseconds took) {
  families_->grader_seconds.Add({{"grader", grader}}, kGradingBuckets).Observe(Seconds(took));
}

void Telemetry::ShowPlugin(std::string_view kind, const std::string& grader) {
  for (const PluginFailure failure : kPluginFailures) {
    families_->plugin_failures.Add(
        {{"kind", std::string(kind)}, {"grader", grader}, {"failure", std::string(Name(failure))}});
  }
}

void Telemetry::CountPluginFailure(std::string_view kind, const std::string& grader, PluginFailure failure) {
  families_->plugin_failures
      .Add({{"kind", std::string(kind)}, {"grader", grader}, {"failure", std::string(Name(failure))}})
      .Increment();
}

ReviewTelemetry& Telemetry::reviews() { return families_->reviews; }
ScheduleTelemetry& Telemetry::schedules() { return families_->schedules; }

void Telemetry::CountDeleted(std::string_view what, std::int64_t count) {
  families_->retention_deleted.Add({{"what", std::string(what)}}).Increment(static_cast<double>(count));
}

void Telemetry::CountRequest(const std::string& endpoint, const std::string& code, std::chrono::microseconds took) {
  families_->endpoint_requests.Add({{"endpoint", endpoint}, {"code", code}}).Increment();
  families_->endpoint_request_seconds.Add({{"endpoint", endpoint}}, kRequestBuckets).Observe(Seconds(took));
}

void Telemetry::ObserveFirstToken(const std::string& endpoint, std::chrono::microseconds after) {
  families_->endpoint_first_token_seconds.Add({{"endpoint", endpoint}}, kRequestBuckets).Observe(Seconds(after));
}

void Telemetry::CountThrottled(const std::string& endpoint) {
  families_->endpoint_throttled.Add({{"endpoint", endpoint}}).Increment();
}

void Telemetry::CountTokens(const std::string& endpoint, std::int64_t tokens_in, std::int64_t tokens_out) {
  families_->endpoint_tokens.Add({{"endpoint", endpoint}, {"direction", "in"}})
      .Increment(static_cast<double>(tokens_in));
  families_->endpoint_tokens.Add({{"endpoint", endpoint}, {"direction", "out"}})
      .Increment(static_cast<double>(tokens_out));
}

void Telemetry::CountCost(const std::string& endpoint, double usd) {
  families_->endpoint_cost.Add({{"endpoint", endpoint}}).Increment(usd);
}

void Telemetry::SetInFlight(const std::string& endpoint, std::int64_t requests) {
  families_->endpoint_in_flight.Add({{"endpoint", endpoint}}).Set(static_cast<double>(requests));
}

void Telemetry::SetLimit(const std::string& endpoint, std::int64_t requests) {
  families_->endpoint_limit.Add({{"endpoint", endpoint}}).Set(static_cast<double>(requests));
  const std::lock_guard lock(families_->mutex);
  if (families_->endpoints.insert(endpoint).second) families_->Set(endpoint, EndpointReading());
}

void Telemetry::CountLimitCut(const std::string& endpoint) {
  families_->endpoint_limit_cuts.Add({{"endpoint", endpoint}}).Increment();
}

void Telemetry::SetEndpoints(const std::map<std::string, EndpointReading>& readings) {
  const std::lock_guard lock(families_->mutex);
  for (const auto& [endpoint, reading] : readings) families_->endpoints.insert(endpoint);
  for (const std::string& endpoint : families_->endpoints) {
    const auto found = readings.find(endpoint);
    families_->Set(endpoint, found == readings.end() ? EndpointReading() : found->second);
  }
}

void Telemetry::SetCatalogErrors(std::int64_t errors) { families_->catalog_errors.Set(static_cast<double>(errors)); }
void Telemetry::CountReload(bool is_good) {
  families_->catalog_reload.Add({{"result", is_good ? "good" : "bad"}}).Increment();
}
void Telemetry::ObserveStoreWrite(std::chrono::microseconds took) { families_->store_write.Observe(Seconds(took)); }

}  // namespace assay
