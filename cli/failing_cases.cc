#include "cli/failing_cases.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <map>

#include "assay/v1/gate.pb.h"
#include "assay/v1/run.grpc.pb.h"
#include "cli/connection.h"
#include "cli/message_json.h"
#include "cli/rule_words.h"
#include "cli/table.h"

namespace assay {
namespace {

constexpr int kCasesPerPart = 5;
constexpr std::size_t kMostParts = 20;  // of all rules: each is a request, or two

using Suites = google::protobuf::RepeatedPtrField<v1::VerdictSuite>;

std::string RunOf(const Suites& suites, const std::string& suite) {
  for (const v1::VerdictSuite& one : suites) {
    if (one.suite().name() == suite) return one.run_id();
  }
  return "";
}

// Those that did not pass, the deciding one first.
std::vector<const v1::RulePart*> FailingParts(const v1::RuleOutcome& rule) {
  std::vector<const v1::RulePart*> parts;
  const int deciding = rule.has_deciding_part() && rule.deciding_part() < rule.parts_size() ? rule.deciding_part() : -1;
  if (deciding >= 0) parts.push_back(&rule.parts(deciding));
  for (int i = 0; i < rule.parts_size(); ++i) {
    if (i != deciding && rule.parts(i).state() != v1::VerdictState::PASS) parts.push_back(&rule.parts(i));
  }
  return parts;
}

double MillisecondsOf(const google::protobuf::Duration& duration) {
  return 1e3 * static_cast<double>(duration.seconds()) + 1e-6 * duration.nanos();
}

// What a metric that is not of scores measured.
std::optional<double> Measured(const std::string& source, const v1::Trial& trial) {
  const v1::Response& response = trial.response();
  if (source == "latency_ms" && response.has_latency()) return MillisecondsOf(response.latency());
  if (source == "ttft_ms" && response.has_first_token()) return MillisecondsOf(response.first_token());
  if (source == "tokens_per_second") return TokensPerSecondOf(response);
  if (source == "tokens_in" && response.has_tokens_in()) return static_cast<double>(response.tokens_in());
  if (source == "tokens_out" && response.has_tokens_out()) return static_cast<double>(response.tokens_out());
  return std::nullopt;
}

// Whether a measured value is bad by being low.
bool IsLowBad(const v1::RuleOutcome& rule) {
  return rule.kind() == "at_least" || (rule.kind() != "at_most" && rule.source() == "tokens_per_second");
}

// A rule over several metrics, of which the verdict names none.
bool IsOverSeveral(const v1::RuleOutcome& rule) { return rule.kind() == "expression"; }

// "answer FAIL: no number in it; cost 0.4", of a trial whose scores a rule puts together.
std::string AllScores(const v1::Trial& trial) {
  std::string text;
  for (const v1::Score& score : trial.scores()) {
    text += (text.empty() ? "" : "; ") + score.grader();
    if (score.status() != v1::ScoreStatus::SCORED) {
      text += " " + v1::ScoreStatus::Value_Name(score.status());
    } else if (score.has_pass()) {
      text += score.pass() ? " pass" : " FAIL";
    } else if (score.has_value()) {
      text += " " + FormatNumber(score.value());
    }
    const bool says_why = !score.reason().empty() && !(score.has_pass() && score.pass());
    if (says_why) text += ": " + score.reason();
  }
  return text.empty() ? trial.error() : text;
}

// How many of its scores are none or failures.
double FailuresOf(const v1::Trial& trial) {
  return static_cast<double>(std::ranges::count_if(trial.scores(), [](const v1::Score& score) {
    return score.status() != v1::ScoreStatus::SCORED || (score.has_pass() && !score.pass());
  }));
}

// Above 0 when the trial counts against the rule; of two trials of a case the greater says more.
double Weight(const v1::RuleOutcome& rule, const v1::Trial& trial) {
  if (IsOverSeveral(rule)) return FailuresOf(trial);
  if (const auto value = Measured(rule.source(), trial)) return IsLowBad(rule) ? -*value : *value;
  for (const v1::Score& score : trial.scores()) {
    if (score.grader() != rule.grader()) continue;
    if (score.status() != v1::ScoreStatus::SCORED) return 2;
    if (rule.source() == "pass") return score.pass() == (rule.kind() == "at_most") ? 1 : 0;
    return rule.kind() == "at_most" ? score.value() : 1 - score.value();
  }
  return 3;
}

using TrialsByCase = std::map<std::int64_t, v1::Trial>;

struct ReadTrials {
  TrialsByCase worst = {};   // of each case the trial that counts most
  std::string problem = {};  // why those of some cases are not there; "" they all are
};

// A few responses of many megabytes are more than one answer of the daemon can hold.
bool IsTooLarge(const grpc::Status& status, const v1::ListResultsRequest& request) {
  return status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED && request.page_size() > 1;
}

ReadTrials WorstTrials(const DaemonConnection& connection, const std::string& run, const v1::RuleOutcome& rule,
                       std::span<const v1::WorstCase> cases) {
  ReadTrials read;
  if (run.empty() || cases.empty()) return read;
  v1::ListResultsRequest request;
  request.set_project(connection.options().project);
  request.set_run_id(run);
  request.set_page_size(1000);
  for (const v1::WorstCase& one : cases) request.add_ordinals(one.ordinal());
  const auto stub = v1::RunService::NewStub(connection.channel());
  for (bool has_more = true; has_more;) {
    v1::ListResultsResponse response;
    grpc::ClientContext context;
    connection.Prepare(context, std::chrono::seconds(10));
    const grpc::Status status = stub->ListResults(&context, request, &response);
    if (IsTooLarge(status, request)) {
      request.set_page_size(1);
      continue;
    }
    if (!status.ok()) {
      read.problem = "what was answered cannot be read: " + status.error_message();
      return read;
    }
    for (v1::Trial& trial : *response.mutable_trials()) {
      const auto [at, is_first] = read.worst.try_emplace(trial.ordinal(), trial);
      if (!is_first && Weight(rule, trial) > Weight(rule, at->second)) at->second = std::move(trial);
    }
    request.set_page_token(response.next_page_token());
    has_more = !request.page_token().empty();
  }
  return read;
}

std::string LabelOf(const v1::RuleOutcome& rule, const v1::Trial& trial) {
  const auto score = std::ranges::find(trial.scores(), rule.grader(), &v1::Score::grader);
  return rule.grader().empty() || score == trial.scores().end() ? "" : score->label();
}

}  // namespace

std::vector<FailingCase> LookUpCases(const DaemonConnection& connection, const v1::Verdict& verdict,
                                     const v1::RuleOutcome& rule, const v1::RulePart& part,
                                     std::span<const v1::WorstCase> worst_cases) {
  std::vector<FailingCase> cases;
  const auto [worst, problem] = WorstTrials(connection, RunOf(verdict.suites(), part.suite()), rule, worst_cases);
  ReadTrials baseline;
  if (part.has_comparison())
    baseline = WorstTrials(connection, RunOf(verdict.baseline_suites(), part.suite()), rule, worst_cases);
  for (const v1::WorstCase& one : worst_cases) {
    const auto at = worst.find(one.ordinal());
    if (at == worst.end() && problem.empty()) continue;
    if (at == worst.end()) {
      cases.push_back({.rule = rule.rule(),
                       .case_id = one.case_id(),
                       .reason = problem,
                       .response = "",
                       .suite = part.suite(),
                       .slice = SliceOf(part)});
      continue;
    }
    const std::string reason = WhatCounts(rule, at->second);
    if (reason.empty()) continue;
    FailingCase item{rule.rule(), at->second.case_id(), reason, at->second.response().text()};
    item.suite = part.suite();
    item.slice = SliceOf(part);
    item.label = LabelOf(rule, at->second);
    if (const auto other = baseline.worst.find(one.ordinal()); other != baseline.worst.end())
      item.baseline = {WhatCounts(rule, other->second), other->second.response().text()};
    cases.push_back(std::move(item));
  }
  return cases;
}

std::string WhatCounts(const v1::RuleOutcome& rule, const v1::Trial& trial) {
  if (rule.kind() == "severe_harm") return "people upheld harm of severity 1";
  if (IsOverSeveral(rule)) return AllScores(trial);
  if (const auto value = Measured(rule.source(), trial)) return rule.source() + " " + FormatNumber(value);
  for (const v1::Score& score : trial.scores()) {
    if (score.grader() != rule.grader()) continue;
    const std::string value = score.has_value() && !score.has_pass() ? " " + FormatNumber(score.value()) : "";
    return score.grader() + value + (score.reason().empty() ? "" : ": " + score.reason());
  }
  return trial.error();
}

std::vector<FailingCase> LookUpFailingCases(const DaemonConnection& connection, const v1::Check& check) {
  std::vector<FailingCase> failing;
  std::size_t parts = 0;
  for (const v1::RuleOutcome& rule : check.verdict().rules()) {
    if (rule.state() == v1::VerdictState::PASS) continue;
    for (const v1::RulePart* part : FailingParts(rule)) {
      if (parts++ == kMostParts) return failing;
      const std::vector<v1::WorstCase> first(
          part->worst_cases().begin(), part->worst_cases().begin() + std::min(kCasesPerPart, part->worst_cases_size()));
      std::vector<FailingCase> cases = LookUpCases(connection, check.verdict(), rule, *part, first);
      std::ranges::stable_sort(cases, {}, &FailingCase::label);
      std::ranges::move(cases, std::back_inserter(failing));
    }
  }
  return failing;
}

}  // namespace assay
