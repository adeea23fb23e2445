#pragma once
// Every metric of the product, in one place (deploy/README.md), through prometheus-cpp. Labels are bounded: names from
// the catalog and closed sets of words, never an id, a case or a person.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/estimate.h"
#include "core/run.h"
#include "runners/graders/plugin_failure.h"

namespace assay {

class ReviewTelemetry;    // daemon/review_telemetry.h
class ScheduleTelemetry;  // daemon/schedule_telemetry.h

// The published part of a verdict.
struct GateReading {
  std::string project;
  std::string gate;
  std::string model;  // without version
  std::string state;  // "PASS", "FAIL", "INCONCLUSIVE", "ERROR"
  Time decided;
  struct RuleMargin {
    std::string rule;
    std::optional<double> margin;  // in the metric's unit, positive passes; the worst of its slices
  };
  std::vector<RuleMargin> margins;
  std::optional<Time> waived_until = {};  // waivers make its decision PASS until then
};

struct MetricReading {
  std::string project;
  std::string suite;
  std::string model;
  std::string metric;
  std::string slice;  // "" for all cases
  Estimate estimate;
};

// What the sentinels of a run showed of a judge.
struct JudgeReading {
  std::string project;
  std::string suite;
  std::string grader;
  std::string judge;                // the model that judges
  std::optional<double> agreement;  // share of right verdicts
  Estimate sensitivity;
  Estimate specificity;
};

// Thread-safe.
class Telemetry {
 public:
  explicit Telemetry(const Clock& clock);
  ~Telemetry();

  // The text that /metrics answers with.
  std::string Expose();

  // Gates. A reading replaces the earlier one of the same project, gate and model. Series of another project than
  // "default" have the label "project"; of projects beyond the first kMaxProjects nothing is shown, because any word of
  // a caller makes one.
  static constexpr std::size_t kMaxProjects = 100;
  void SetGate(const GateReading& reading);
  void CountCheck(const std::string& gate, const std::string& state);  // "PENDING" when made, then its verdict's state
  void SetMetric(const MetricReading& reading);
  // Replaces that of the same judge, suite and grader.
  void SetJudge(const JudgeReading& reading);

  // Runs.
  void CountTrials(const std::string& suite, const std::string& model, TrialStatus status, std::int64_t trials);
  void RunStarted();
  void RunEnded(const std::string& suite, const std::string& model, RunState state, std::chrono::microseconds took);
  void CountScores(const std::string& grader, ScoreStatus status, std::int64_t scores);
  void ObserveGrading(const std::string& grader, std::chrono::nanoseconds took);
  // A grader that is a plug-in: its counters begin at 0, so that the first failure is seen as a growth.
  void ShowPlugin(std::string_view kind, const std::string& grader);
  void CountPluginFailure(std::string_view kind, const std::string& grader, PluginFailure failure);

  // Retention. `what` is one of kDeletable.
  static constexpr std::string_view kDeletable[] = {"datasets", "responses", "runs", "trials"};
  void CountDeleted(std::string_view what, std::int64_t count);

  // Endpoints. `code` is an HTTP status or a word such as "timeout".
  void CountRequest(const std::string& endpoint, const std::string& code, std::chrono::microseconds took);
  void ObserveFirstToken(const std::string& endpoint, std::chrono::microseconds after);
  void CountThrottled(const std::string& endpoint);
  void CountTokens(const std::string& endpoint, std::int64_t tokens_in, std::int64_t tokens_out);
  void CountCost(const std::string& endpoint, double usd);
  void SetInFlight(const std::string& endpoint, std::int64_t requests);
  void SetLimit(const std::string& endpoint, std::int64_t requests);
  void CountLimitCut(const std::string& endpoint);
  // What is looked at only when somebody asks. Endpoints of former calls that are not among these are idle.
  struct EndpointReading {
    std::int64_t waiting = 0;  // requests that wait for a place
    bool is_held = false;      // by a Retry-After
    bool is_down = false;      // it gets single probes only
  };
  void SetEndpoints(const std::map<std::string, EndpointReading>& readings);  // by endpoint

  ReviewTelemetry& reviews();
  ScheduleTelemetry& schedules();

  // The catalog and the store.
  void SetCatalogErrors(std::int64_t errors);
  void CountReload(bool is_good);
  void ObserveStoreWrite(std::chrono::microseconds took);

 private:
  struct Families;
  const Clock& clock_;
  std::unique_ptr<Families> families_;
};

}  // namespace assay
