#include "cli/plan_history.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>

#include "assay/v1/run.grpc.pb.h"
#include "config/suite.h"
#include "core/clock.h"
#include "gates/stored_spread.h"

namespace assay {
namespace {

constexpr int kRunsAtOnce = 1000;
constexpr int kMostPages = 10;

Status Answered(const grpc::Status& status) {
  if (status.ok()) return {};
  return Fail(ErrorCode::kFailedPrecondition, "the daemon did not tell of its runs: " + status.error_message());
}

// Complete ones of these contents of the suite, and so on these cases, newest first.
Result<std::vector<v1::Run>> ListRunsOf(const DaemonConnection& connection, const CatalogDocument& suite,
                                        const std::string& model) {
  const auto stub = v1::RunService::NewStub(connection.channel());
  std::vector<v1::Run> runs;
  v1::ListRunsRequest request;
  request.set_project(connection.options().project);
  request.set_suite(suite.name);
  request.set_model(model);
  request.set_state(v1::RunState::COMPLETE);
  request.set_page_size(kRunsAtOnce);
  for (int page = 0; page < kMostPages; ++page) {
    grpc::ClientContext context;
    connection.Prepare(context);
    v1::ListRunsResponse response;
    ASSAY_TRY(Answered(stub->ListRuns(&context, request, &response)));
    for (v1::Run& run : *response.mutable_runs()) {
      const bool is_of_suite = run.suite().content_version() == suite.version;
      if (is_of_suite && !run.has_deleted_at()) runs.push_back(std::move(run));
    }
    if (response.next_page_token().empty()) break;
    request.set_page_token(response.next_page_token());
  }
  return runs;
}

// "run 0192... of 2026-11-27"
std::string SourceOf(const v1::Run& run) {
  const Time ended(std::chrono::seconds(run.ended_at().seconds()));
  return "run " + run.id() + " of " + FormatTime(ended).substr(0, 10);
}

struct Sum {
  double sum = 0;
  int count = 0;
};

// By metric of the suite, of those that are the mean of a grader's scores; the others have no values.
Result<std::vector<StoredValues>> ReadValues(const DaemonConnection& connection, const std::vector<MetricSpec>& metrics,
                                             const v1::Run& run) {
  v1::StreamResultsRequest request;
  request.set_project(connection.options().project);
  request.set_run_id(run.id());
  request.set_omit_responses(true);
  grpc::ClientContext context;
  connection.Prepare(context, std::chrono::minutes(10));
  const auto reader = v1::RunService::NewStub(connection.channel())->StreamResults(&context, request);
  const auto cases = static_cast<std::size_t>(run.cases());
  std::vector<std::vector<Sum>> sums(metrics.size(), std::vector<Sum>(cases));
  v1::StreamResultsResponse page;
  while (reader->Read(&page)) {
    for (const v1::Trial& trial : page.trials()) {
      if (trial.ordinal() < 0 || trial.ordinal() >= run.cases()) continue;
      for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
        const MetricSpec& spec = metrics[metric];
        if (!IsOfGrader(spec.source) || spec.reduce != Reduce::kMean) continue;
        const auto score = std::ranges::find(trial.scores(), *spec.grader, &v1::Score::grader);
        if (score == trial.scores().end() || !score->has_value()) continue;
        Sum& sum = sums[metric][static_cast<std::size_t>(trial.ordinal())];
        sum.sum += spec.source == MetricSource::kPass ? (score->pass() ? 1 : 0) : score->value();
        ++sum.count;
      }
    }
  }
  ASSAY_TRY(Answered(reader->Finish()));
  std::vector<StoredValues> values;
  for (const std::vector<Sum>& of_metric : sums) {
    StoredValues& stored = values.emplace_back();
    stored.source = SourceOf(run);
    for (const Sum& sum : of_metric)
      stored.values.push_back(sum.count == 0 ? std::nullopt : std::optional(sum.sum / sum.count));
  }
  return values;
}

StoredUse UseOf(const v1::Run& run) {
  const auto trials = static_cast<double>(std::max<std::int64_t>(run.cases() * run.trials_per_case(), 1));
  StoredUse use{.tokens = static_cast<double>(run.tokens_in() + run.tokens_out()) / trials, .source = SourceOf(run)};
  if (run.has_cost_usd() && run.answers_without_cost() == 0 && run.answers_cached() == 0)
    use.usd = run.cost_usd() / trials;
  return use;
}

}  // namespace

Status AddHistory(const PlannedHistory& history, const CatalogDocument& suite, PlannedSuite& planned) {
  ASSAY_ASSIGN(std::vector<v1::Run> runs, ListRunsOf(history.connection, suite, history.model));
  planned.earlier_runs = std::ssize(runs);
  if (runs.empty()) return {};
  const v1::Run& newest = runs.front();
  planned.run_time = std::chrono::seconds(newest.ended_at().seconds() - newest.started_at().seconds());
  planned.use = UseOf(newest);
  std::vector<v1::Run> others(runs.begin() + 1, runs.end());
  if (history.baseline) {
    ASSAY_ASSIGN(std::vector<v1::Run> of_baseline, ListRunsOf(history.connection, suite, *history.baseline));
    std::erase_if(of_baseline, [&](const v1::Run& run) { return run.id() == newest.id(); });
    if (!of_baseline.empty()) others = std::move(of_baseline);
  }
  const std::vector<MetricSpec> metrics = EffectiveMetrics(*suite.suite());
  ASSAY_ASSIGN(const std::vector<StoredValues> values, ReadValues(history.connection, metrics, newest));
  std::vector<StoredValues> other_values;
  if (!others.empty()) {
    ASSAY_ASSIGN(other_values, ReadValues(history.connection, metrics, others.front()));
  }
  // With `max_n` the plan has some of the cases only, in other places.
  std::vector<std::uint32_t> clusters;
  if (planned.cases.HasClusters() && planned.cases.cases() == newest.cases()) {
    for (std::int64_t i = 0; i < newest.cases(); ++i)
      clusters.push_back(planned.cases.ClusterOf(static_cast<std::uint32_t>(i)));
  }
  for (std::size_t i = 0; i < std::min(metrics.size(), planned.spreads.size()); ++i) {
    planned.spreads[i] = SpreadOfStored(values[i], other_values.empty() ? nullptr : &other_values[i], clusters,
                                        planned.spreads[i].is_graded);
  }
  return {};
}

}  // namespace assay
