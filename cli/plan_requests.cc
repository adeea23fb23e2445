#include "cli/plan_requests.h"

#include <algorithm>
#include <cmath>

#include "core/money.h"
#include "runners/graders/judges/model_calls.h"

namespace assay {
namespace {

std::string Counted(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

bool HasBaseline(const GateSpec& gate, const PluginKinds& kinds) {
  return gate.interleave || std::ranges::any_of(gate.rules, [&](const RuleSpec& rule) {
           const PluginKind* kind = FindKind(kinds.rules, rule.kind);
           return kind != nullptr && kind->compares;
         });
}

// The trials that the grader is asked of: those of cases that its `when` leaves in.
std::int64_t GradedTrials(const SuiteObservations& cases, const std::string& grader) {
  const auto metric = std::ranges::find(cases.metrics(), grader, &MetricShape::grader);
  if (metric == cases.metrics().end()) return cases.cases() * cases.trials();
  const auto place = static_cast<std::size_t>(metric - cases.metrics().begin());
  std::int64_t asked = 0;
  for (std::int64_t i = 0; i < cases.cases(); ++i) asked += cases.Asks(place, static_cast<std::size_t>(i));
  return asked * cases.trials();
}

bool AsksModel(const GraderSpec& grader, const PluginKinds& kinds) {
  const PluginKind* kind = FindKind(kinds.graders, grader.type);
  return kind != nullptr && !kind->model_options.empty();
}

void AddGrader(const GraderSpec& grader, const PlannedSuite& suite, int runs, std::vector<PlannedRequests>& requests) {
  const int calls = ModelCallsOf(grader);
  const std::int64_t trials = GradedTrials(suite.cases, grader.name);
  const std::string in_runs = runs == 1 ? "" : ", of candidate and baseline";
  requests.push_back({.who = "judge " + grader.name,
                      .suite = suite.name,
                      .count = trials * calls * runs,
                      .how = Counted(trials, "trial") + (calls == 1 ? "" : " x " + Counted(calls, "call")) + in_runs});
  if (!grader.sentinels) return;
  const auto judge = std::ranges::find(suite.judges, grader.name, &JudgeCalibration::grader);
  if (judge == suite.judges.end()) return;
  const std::int64_t sentinels = judge->counts.passes + judge->counts.fails;
  requests.push_back({.who = "sentinels of " + grader.name,
                      .suite = suite.name,
                      .count = sentinels * calls * runs,
                      .how = Counted(sentinels, "sentinel") + (calls == 1 ? "" : " x " + Counted(calls, "call")) +
                             (runs == 1 ? ", once in the run" : ", once in the run of candidate and baseline each")});
}

// What the answers of a stored run took, by trial, these will take.
void AddUse(const PlannedSuite& suite, PlannedRequests& requests) {
  if (!suite.use) return;
  const auto trials = static_cast<double>(requests.count);
  requests.tokens = std::llround(suite.use->tokens * trials);
  if (suite.use->usd) requests.usd = *suite.use->usd * trials;
  requests.how += "; about " + Counted(*requests.tokens, "token") +
                  (requests.usd ? " and " + FormatUsd(*requests.usd) : "") + ", as in " + suite.use->source;
}

// One item for each trial that is drawn, whichever metrics are made of it.
void AddPeople(const PlannedSuite& suite, std::vector<PlannedRequests>& requests) {
  std::vector<std::string> queues;
  for (const PlannedPeople& people : suite.people) {
    if (std::ranges::find(queues, people.queue) != queues.end()) continue;
    queues.push_back(people.queue);
    const std::int64_t trials = suite.cases.cases() * suite.cases.trials();
    const std::int64_t items = std::llround(people.chance * static_cast<double>(trials));
    requests.push_back({.who = "people of " + people.queue,
                        .suite = suite.name,
                        .count = items * people.people,
                        .is_of_people = true,
                        .how = "judgements of about " + Counted(items, "answer") + " of the candidate" +
                               (people.people == 1 ? "" : ", by " + std::to_string(people.people) + " people each")});
  }
}

}  // namespace

std::vector<PlannedRequests> RequestsOf(const Catalog& catalog, const GateSpec& gate, const PlannedGate& planned,
                                        const PluginKinds& kinds) {
  const bool has_baseline = HasBaseline(gate, kinds);
  const int runs = has_baseline ? 2 : 1;
  std::vector<PlannedRequests> requests;
  for (const PlannedSuite& suite : planned.suites) {
    const std::int64_t cases = suite.cases.cases();
    const std::int64_t trials = cases * suite.cases.trials();
    const std::string of_cases = Counted(cases, "case") + " x " + Counted(suite.cases.trials(), "trial");
    requests.push_back({.who = "candidate", .suite = suite.name, .count = trials, .how = of_cases});
    AddUse(suite, requests.back());
    if (has_baseline) {
      requests.push_back({.who = "baseline",
                          .suite = suite.name,
                          .count = trials,
                          .how = of_cases + (gate.interleave ? ", asked anew beside the candidate"
                                                             : "; a stored run of it is not asked again")});
    }
    for (const GraderSpec& grader : catalog.FindSuite(suite.name)->suite()->graders) {
      if (AsksModel(grader, kinds)) AddGrader(grader, suite, runs, requests);
    }
    AddPeople(suite, requests);
  }
  return requests;
}

std::int64_t AllRequests(const std::vector<PlannedRequests>& requests) {
  std::int64_t all = 0;
  for (const PlannedRequests& each : requests) all += each.is_of_people ? 0 : each.count;
  return all;
}

}  // namespace assay
