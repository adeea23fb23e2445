#include "cli/message_json.h"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>

#include "assay/v1/catalog.pb.h"
#include "assay/v1/endpoint.pb.h"
#include "assay/v1/gate.pb.h"
#include "assay/v1/model.pb.h"
#include "assay/v1/run.pb.h"
#include "cli/cost.h"
#include "cli/look_lines.h"
#include "core/clock.h"
#include "core/response.h"

namespace assay {
namespace {

Json TimeOrNull(bool has, const google::protobuf::Timestamp& time) {
  if (!has) return {};
  return FormatTime(Time(std::chrono::seconds(time.seconds()) + std::chrono::microseconds(time.nanos() / 1000)));
}

Json Milliseconds(const google::protobuf::Duration& duration) {
  return static_cast<double>(duration.seconds()) * 1000 + static_cast<double>(duration.nanos()) / 1e6;
}

std::chrono::microseconds Microseconds(const google::protobuf::Duration& duration) {
  return std::chrono::seconds(duration.seconds()) + std::chrono::microseconds(duration.nanos() / 1000);
}

Json NumberOrNull(std::optional<double> number) { return number ? Json(*number) : Json(); }

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

std::string LowerCase(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
  return word;
}

Json CallsJson(const google::protobuf::RepeatedPtrField<v1::ToolCall>& list) {
  Json::Array calls;
  for (const v1::ToolCall& call : list) {
    calls.push_back(Json::Of({{"name", call.name()}, {"arguments", call.arguments()}, {"id", TextOrNull(call.id())}}));
  }
  return Json(std::move(calls));
}

// Null unless there is one.
Json TranscriptJson(const v1::Response& response) {
  if (response.transcript().empty()) return {};
  Json::Array messages;
  for (const v1::ConversationMessage& message : response.transcript()) {
    Json::Array images;
    for (const std::string& image : message.images()) images.emplace_back(image);
    messages.push_back(Json::Of({{"role", message.role()},
                                 {"content", message.content()},
                                 {"images", std::move(images)},
                                 {"tool_calls", CallsJson(message.tool_calls())},
                                 {"tool_call_id", TextOrNull(message.tool_call_id())}}));
  }
  return Json(std::move(messages));
}

Json ResponseJson(const v1::Response& response) {
  return Json::Of({{"text", response.text()},
                   {"tool_calls", CallsJson(response.tool_calls())},
                   {"finish_reason", TextOrNull(response.finish_reason())},
                   {"tokens_in", response.has_tokens_in() ? Json(std::int64_t{response.tokens_in()}) : Json()},
                   {"tokens_out", response.has_tokens_out() ? Json(std::int64_t{response.tokens_out()}) : Json()},
                   {"latency_ms", response.has_latency() ? Json(Milliseconds(response.latency())) : Json()},
                   {"ttft_ms", response.has_first_token() ? Json(Milliseconds(response.first_token())) : Json()},
                   {"tokens_per_second", NumberOrNull(TokensPerSecondOf(response))},
                   {"attempts", response.attempts()},
                   {"retries", response.retries()},
                   {"cost_usd", response.has_cost_usd() ? Json(response.cost_usd()) : Json()},
                   {"cached", response.cached()},
                   {"transcript", TranscriptJson(response)}});
}

Json ScoreJson(const v1::Score& score) {
  return Json::Of({{"grader", score.grader()},
                   {"grader_version", score.grader_version()},
                   {"source", LowerCase(v1::ScoreSource::Value_Name(score.source()))},
                   {"status", v1::ScoreStatus::Value_Name(score.status())},
                   {"value", score.has_value() ? Json(score.value()) : Json()},
                   {"pass", score.has_pass() ? Json(score.pass()) : Json()},
                   {"label", TextOrNull(score.label())},
                   {"reason", TextOrNull(score.reason())},
                   {"evidence", TextOrNull(score.evidence())},
                   {"revision", std::int64_t{score.revision()}}});
}

// Of all runs that the verdict rests on; null as soon as a part of it is not known.
Json CostJson(const v1::Check& check) {
  const Cost cost = CostOf(check.verdict());
  return cost.usd && cost.answers_without == 0 && cost.suites_without == 0 ? Json(*cost.usd) : Json();
}

Json TextsJson(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  Json::Array list;
  for (const std::string& text : texts) list.emplace_back(text);
  return Json(std::move(list));
}

}  // namespace

std::optional<double> TokensPerSecondOf(const v1::Response& response) {
  if (!response.has_first_token() || !response.has_tokens_out()) return std::nullopt;
  if (!response.transcript().empty()) return std::nullopt;  // latency and tokens are sums, the first token is not
  return TokensPerSecond(Microseconds(response.latency()), Microseconds(response.first_token()), response.tokens_out());
}

std::string ModelReference(const v1::ModelRef& model) {
  return model.version().empty() ? model.name() : model.name() + "@" + model.version();
}

Json ToJson(const v1::Counts& counts) {
  return Json::Of({{"scheduled", std::int64_t{counts.scheduled()}},
                   {"scored", std::int64_t{counts.scored()}},
                   {"unscored", std::int64_t{counts.unscored()}},
                   {"error", std::int64_t{counts.error()}},
                   {"skipped", std::int64_t{counts.skipped()}},
                   {"awaiting_human", std::int64_t{counts.awaiting_human()}},
                   {"outstanding", std::int64_t{counts.outstanding()}}});
}

namespace {

Json ShareJson(const v1::Estimate& estimate) {
  const auto number = [](bool has, double value) { return has ? Json(value) : Json(); };
  return Json::Of({{"value", number(estimate.has_value(), estimate.value())},
                   {"lower", number(estimate.has_lower(), estimate.lower())},
                   {"upper", number(estimate.has_upper(), estimate.upper())}});
}

Json JudgesJson(const v1::Run& run) {
  Json::Array judges;
  for (const v1::JudgeCalibration& judge : run.judges()) {
    Json::Array models;
    for (const std::string& model : judge.answered_by()) models.push_back(model.empty() ? Json() : Json(model));
    judges.push_back(Json::Of({{"grader", judge.grader()},
                               {"judge", judge.judge()},
                               {"version", judge.version()},
                               {"prompt", judge.prompt().empty() ? Json() : Json(judge.prompt())},
                               {"answered_by", std::move(models)},
                               {"human_passes", std::int64_t{judge.human_passes()}},
                               {"true_passes", std::int64_t{judge.true_passes()}},
                               {"lost_passes", std::int64_t{judge.lost_passes()}},
                               {"human_fails", std::int64_t{judge.human_fails()}},
                               {"true_fails", std::int64_t{judge.true_fails()}},
                               {"lost_fails", std::int64_t{judge.lost_fails()}},
                               {"sensitivity", ShareJson(judge.sensitivity())},
                               {"specificity", ShareJson(judge.specificity())},
                               {"agreement", judge.has_agreement() ? Json(judge.agreement()) : Json()}}));
  }
  return Json(std::move(judges));
}

}  // namespace

Json ToJson(const v1::Run& run) {
  return Json::Of({{"id", run.id()},
                   {"suite", run.suite().name()},
                   {"model", ModelReference(run.model())},
                   {"state", v1::RunState::Value_Name(run.state())},
                   {"counts", ToJson(run.counts())},
                   {"error", TextOrNull(run.error())},
                   {"project", run.project()},
                   {"suite_version", run.suite().content_version()},
                   {"dataset_version", TextOrNull(run.suite().dataset_version())},
                   {"model_version", run.model().content_version()},
                   {"cases", std::int64_t{run.cases()}},
                   {"trials_per_case", run.trials_per_case()},
                   {"created_at", TimeOrNull(run.has_created_at(), run.created_at())},
                   {"started_at", TimeOrNull(run.has_started_at(), run.started_at())},
                   {"ended_at", TimeOrNull(run.has_ended_at(), run.ended_at())},
                   {"principal", run.principal()},
                   {"concurrency", run.concurrency() == 0 ? Json() : Json(run.concurrency())},
                   {"retry_of", TextOrNull(run.retry_of())},
                   {"tokens_in", std::int64_t{run.tokens_in()}},
                   {"tokens_out", std::int64_t{run.tokens_out()}},
                   {"cost_usd", run.has_cost_usd() ? Json(run.cost_usd()) : Json()},
                   {"budget_usd", run.has_budget_usd() ? Json(run.budget_usd()) : Json()},
                   {"unanswered_usd", run.unanswered_usd()},
                   {"answers_without_cost", std::int64_t{run.answers_without_cost()}},
                   {"answers_cached", std::int64_t{run.answers_cached()}},
                   {"deleted_at", TimeOrNull(run.has_deleted_at(), run.deleted_at())},
                   {"deleted_by", TextOrNull(run.deleted_by())},
                   {"responses_deleted_at", TimeOrNull(run.has_responses_deleted_at(), run.responses_deleted_at())},
                   {"judges", JudgesJson(run)}});
}

Json ToJson(const v1::Endpoint& endpoint) {
  const auto milliseconds_or_null = [](bool has, const google::protobuf::Duration& duration) {
    return has ? Milliseconds(duration) : Json();
  };
  Json cut;
  if (endpoint.has_last_cut()) {
    const v1::LimitCut& last = endpoint.last_cut();
    cut = Json::Of(
        {{"from", last.from()}, {"to", last.to()}, {"ago_ms", Milliseconds(last.ago())}, {"reason", last.reason()}});
  }
  return Json::Of({{"name", endpoint.name()},
                   {"version", endpoint.version()},
                   {"provider", endpoint.provider()},
                   {"url", endpoint.url()},
                   {"concurrency_limit", endpoint.concurrency_limit()},
                   {"concurrency", endpoint.concurrency()},
                   {"in_flight", endpoint.in_flight()},
                   {"waiting", endpoint.waiting()},
                   {"last_cut", std::move(cut)},
                   {"held_for_ms", milliseconds_or_null(endpoint.has_held_for(), endpoint.held_for())},
                   {"spacing_ms", milliseconds_or_null(endpoint.has_spacing(), endpoint.spacing())},
                   {"failing_for_ms", milliseconds_or_null(endpoint.has_failing_for(), endpoint.failing_for())},
                   {"given_up", endpoint.given_up()},
                   {"last_failure", TextOrNull(endpoint.last_failure())},
                   {"retries_left", endpoint.retries_left()},
                   {"credential_in_flight", endpoint.credential_in_flight()},
                   {"credential_concurrency", endpoint.credential_concurrency()}});
}

Json ToJson(const v1::Model& model) {
  Json labels{Json::Object()};
  std::map<std::string, std::string> sorted(model.labels().begin(), model.labels().end());
  for (const auto& [key, value] : sorted) labels.Set(key, value);
  return Json::Of({{"name", model.ref().name()},
                   {"version", model.ref().version()},
                   {"content_version", model.ref().content_version()},
                   {"labels", std::move(labels)},
                   {"registered_at", TimeOrNull(model.has_registered_at(), model.registered_at())},
                   {"principal", model.principal()},
                   {"document", TextOrNull(model.document())}});
}

Json ToJson(const v1::Document& document) {
  const std::string kind = v1::DocumentKind::Value_Name(document.kind());
  return Json::Of({{"kind", kind.substr(0, 1) + LowerCase(kind.substr(1))},
                   {"name", document.name()},
                   {"version", TextOrNull(document.version())},
                   {"content_version", document.content_version()},
                   {"source", TextOrNull(document.source())},
                   {"loaded_at", TimeOrNull(document.has_loaded_at(), document.loaded_at())},
                   {"text", TextOrNull(document.text())}});
}

Json ToJson(const v1::Trial& trial) {
  Json::Array scores;
  for (const v1::Score& score : trial.scores()) scores.push_back(ScoreJson(score));
  return Json::Of({{"case_id", trial.case_id()},
                   {"trial", trial.trial()},
                   {"status", LowerCase(v1::TrialStatus::Value_Name(trial.status()))},
                   {"response", trial.has_response() ? ResponseJson(trial.response()) : Json()},
                   {"error", TextOrNull(trial.error())},
                   {"scores", std::move(scores)},
                   {"ordinal", std::int64_t{trial.ordinal()}}});
}

Json WaiversJson(const v1::Verdict& verdict) {
  Json::Array waivers;
  for (const v1::AppliedWaiver& waiver : verdict.waivers()) {
    waivers.push_back(Json::Of({{"id", waiver.id()},
                                {"verdict_id", waiver.verdict_id()},
                                {"rules", TextsJson(waiver.rules())},
                                {"reason", waiver.reason()},
                                {"ticket", waiver.ticket()},
                                {"requester", waiver.requester()},
                                {"approvers", TextsJson(waiver.approvers())},
                                {"requested_at", TimeOrNull(waiver.has_requested_at(), waiver.requested_at())},
                                {"expires_at", TimeOrNull(waiver.has_expires_at(), waiver.expires_at())}}));
  }
  return Json(std::move(waivers));
}

Json ToJson(const v1::Check& check) {
  Json::Array runs;
  for (const v1::CheckRun& run : check.runs()) {
    Json entry = ToJson(run.run());
    entry.Set("role", LowerCase(v1::ComparisonRole::Value_Name(run.role())));
    entry.Set("reused", run.reused());
    runs.push_back(std::move(entry));
  }
  Json verdict;
  if (check.has_verdict()) verdict = Json::Parse(check.verdict().document()).value_or(Json());
  return Json::Of({{"check_id", check.id()},
                   {"verdict_id", check.has_verdict() ? Json(check.verdict().id()) : Json()},
                   {"gate", check.gate()},
                   {"gate_version", check.gate_version()},
                   {"candidate", ModelReference(check.candidate())},
                   {"baseline", check.has_baseline() ? Json(ModelReference(check.baseline())) : Json()},
                   {"state", v1::VerdictState::Value_Name(check.state())},
                   {"decision", check.has_verdict() ? Json(v1::VerdictState::Value_Name(check.decision())) : Json()},
                   {"waivers", check.has_verdict() ? WaiversJson(check.verdict()) : Json()},
                   {"reason", TextOrNull(check.reason())},
                   {"look", LookJson(check.verdict())},
                   {"controls", ControlsJson(check.verdict())},
                   {"project", check.project()},
                   {"principal", check.principal()},
                   {"created_at", TimeOrNull(check.has_created_at(), check.created_at())},
                   {"decided_at", TimeOrNull(check.has_decided_at(), check.decided_at())},
                   {"cost_usd", CostJson(check)},
                   {"runs", std::move(runs)},
                   {"verdict", std::move(verdict)}});
}

}  // namespace assay
