#include "daemon/rpc/convert.h"

#include <algorithm>
#include <limits>

#include "assay/v1/catalog.pb.h"
#include "assay/v1/endpoint.pb.h"
#include "assay/v1/gate.pb.h"
#include "assay/v1/model.pb.h"
#include "assay/v1/run.pb.h"
#include "assay/v1/types.pb.h"
#include "core/digest.h"
#include "core/json.h"

namespace assay {
namespace {

v1::RunState::Value ToProto(RunState state) {
  switch (state) {
    case RunState::kPending:
      return v1::RunState::PENDING;
    case RunState::kRunning:
      return v1::RunState::RUNNING;
    case RunState::kComplete:
      return v1::RunState::COMPLETE;
    case RunState::kError:
      return v1::RunState::ERROR;
    case RunState::kCancelled:
      return v1::RunState::CANCELLED;
    case RunState::kPaused:
      return v1::RunState::PAUSED;
    case RunState::kStopped:
      return v1::RunState::STOPPED;
  }
  return v1::RunState::UNSPECIFIED;
}

v1::TrialStatus::Value ToProto(TrialStatus status) {
  switch (status) {
    case TrialStatus::kScored:
      return v1::TrialStatus::SCORED;
    case TrialStatus::kUnscored:
      return v1::TrialStatus::UNSCORED;
    case TrialStatus::kError:
      return v1::TrialStatus::ERROR;
    case TrialStatus::kSkipped:
      return v1::TrialStatus::SKIPPED;
    case TrialStatus::kAwaitingHuman:
      return v1::TrialStatus::AWAITING_HUMAN;
  }
  return v1::TrialStatus::UNSPECIFIED;
}

v1::ScoreStatus::Value ToProto(ScoreStatus status) {
  switch (status) {
    case ScoreStatus::kScored:
      return v1::ScoreStatus::SCORED;
    case ScoreStatus::kUnscored:
      return v1::ScoreStatus::UNSCORED;
    case ScoreStatus::kError:
      return v1::ScoreStatus::ERROR;
    case ScoreStatus::kNotApplicable:
      return v1::ScoreStatus::NOT_APPLICABLE;
  }
  return v1::ScoreStatus::UNSPECIFIED;
}

v1::ScoreSource::Value ToProto(ScoreSource source) {
  switch (source) {
    case ScoreSource::kGrader:
      return v1::ScoreSource::GRADER;
    case ScoreSource::kJudge:
      return v1::ScoreSource::JUDGE;
    case ScoreSource::kHuman:
      return v1::ScoreSource::HUMAN;
  }
  return v1::ScoreSource::UNSPECIFIED;
}

v1::DocumentKind::Value DocumentKindFromWord(std::string_view word) {
  if (word == "Suite") return v1::DocumentKind::SUITE;
  if (word == "Model") return v1::DocumentKind::MODEL;
  if (word == "Gate") return v1::DocumentKind::GATE;
  if (word == "Rubric") return v1::DocumentKind::RUBRIC;
  if (word == "Queue") return v1::DocumentKind::QUEUE;
  if (word == "Schedule") return v1::DocumentKind::SCHEDULE;
  return v1::DocumentKind::UNSPECIFIED;
}

void ToProto(const RunCounts& counts, v1::Counts& out) {
  out.set_scheduled(counts.scheduled);
  out.set_scored(counts.scored);
  out.set_unscored(counts.unscored);
  out.set_error(counts.error);
  out.set_skipped(counts.skipped);
  out.set_awaiting_human(counts.awaiting_human);
  out.set_outstanding(counts.scheduled - counts.Accounted());
}

void ToProto(const StoredScore& score, v1::Score& out) {
  out.set_grader(score.grader);
  out.set_grader_version(score.grader_version);
  out.set_source(ToProto(score.source));
  out.set_status(ToProto(score.score.status));
  if (score.score.value) out.set_value(*score.score.value);
  if (score.score.pass) out.set_pass(*score.score.pass);
  out.set_label(score.score.label);
  out.set_reason(score.score.reason);
  out.set_evidence(score.score.evidence);
  out.set_revision(score.revision);
}

void ToProto(const ToolCall& call, v1::ToolCall& out) {
  out.set_name(call.name);
  out.set_arguments(call.arguments);
  out.set_id(call.id);
}

void ToProto(const Message& message, v1::ConversationMessage& out) {
  out.set_role(std::string(Name(message.role)));
  out.set_content(message.content);
  for (const Image& image : message.images) out.add_images(image.url.empty() ? image.file : image.url);
  for (const ToolCall& call : message.tool_calls) ToProto(call, *out.add_tool_calls());
  out.set_tool_call_id(message.tool_call_id);
}

void ToProto(const Response& response, v1::Response& out) {
  out.set_text(response.text);
  for (const ToolCall& call : response.tool_calls) ToProto(call, *out.add_tool_calls());
  out.set_finish_reason(response.finish_reason);
  if (response.usage.tokens_in) out.set_tokens_in(*response.usage.tokens_in);
  if (response.usage.tokens_out) out.set_tokens_out(*response.usage.tokens_out);
  if (!response.is_cached) assay::ToProto(response.latency, *out.mutable_latency());
  out.set_attempts(response.attempts);
  out.set_retries(response.retries);
  if (response.first_token) assay::ToProto(*response.first_token, *out.mutable_first_token());
  if (response.cost_usd) out.set_cost_usd(*response.cost_usd);
  out.set_cached(response.is_cached);
  for (const Message& message : response.transcript) ToProto(message, *out.add_transcript());
}

}  // namespace

void ToProto(Time time, google::protobuf::Timestamp& out) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  out.set_seconds(seconds.time_since_epoch().count());
  out.set_nanos(static_cast<std::int32_t>(std::chrono::nanoseconds(time - seconds).count()));
}

void ToProto(Duration duration, google::protobuf::Duration& out) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  out.set_seconds(seconds.count());
  out.set_nanos(static_cast<std::int32_t>(std::chrono::nanoseconds(duration - seconds).count()));
}

Result<Time> TimeFromProto(const google::protobuf::Timestamp& time, std::string_view field) {
  constexpr std::int64_t kLast = 253'402'300'799;  // the end of the year 9999
  if (time.seconds() < 0 || time.seconds() > kLast || time.nanos() < 0 || time.nanos() >= 1'000'000'000)
    return Fail(ErrorCode::kInvalidArgument, std::string(field) + ": is no time from 1970 to 9999");
  return Time(std::chrono::seconds(time.seconds()) +
              std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(time.nanos())));
}

Result<Duration> FromProto(const google::protobuf::Duration& duration, std::string_view field) {
  constexpr std::int64_t kMaxSeconds = 366 * 86'400;
  if (duration.seconds() < 0 || duration.nanos() < 0 || duration.nanos() >= 1'000'000'000 ||
      duration.seconds() > kMaxSeconds) {
    return Fail(ErrorCode::kInvalidArgument, std::string(field) + ": expected a duration from 0s to one year");
  }
  return std::chrono::seconds(duration.seconds()) +
         std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(duration.nanos()));
}

void ToProto(const ServedDocument& document, bool with_text, v1::Document& out) {
  out.set_kind(DocumentKindFromWord(document.kind));
  out.set_name(document.name);
  out.set_version(document.label);
  out.set_content_version(document.content_version);
  if (with_text) {
    out.set_text(document.text);
    out.set_json(document.json);
  }
  out.set_source(document.file);
  ToProto(document.loaded, *out.mutable_loaded_at());
}

void ToProto(const CatalogStatus& status, v1::CatalogStatus& out) {
  out.set_version(status.version);
  ToProto(status.loaded, *out.mutable_loaded_at());
  ToProto(status.checked, *out.mutable_checked_at());
  out.set_suites(status.suites);
  out.set_models(status.models);
  out.set_gates(status.gates);
  for (const Diagnostic& error : status.errors) {
    v1::Diagnostic& added = *out.add_errors();
    added.set_file(error.file);
    added.set_line(error.line);
    added.set_column(error.column);
    added.set_path(error.path);
    added.set_message(error.message);
  }
}

void ToProto(const RunCase& found, v1::Case& out) {
  out.set_ordinal(found.item.ordinal);
  out.set_case_id(found.item.id);
  out.set_fields(found.item.fields.Dump());
  for (const Message& message : found.prompt) ToProto(message, *out.add_prompt());
  out.set_prompt_error(found.prompt_error);
}

void ToProto(const DocumentRecord& model, const std::vector<ModelStage>& stages, v1::Model& out) {
  for (const ModelStage& each : stages) {
    if (each.model == model.name && each.label == model.label) out.add_stages(each.stage);
  }
  out.set_project(model.project);
  out.mutable_ref()->set_name(model.name);
  out.mutable_ref()->set_version(model.label);
  out.mutable_ref()->set_content_version(model.content_version);
  out.set_document(model.source);
  if (const auto document = Json::Parse(model.json)) {
    const Json* labels = document->Find("labels");
    if (labels != nullptr && labels->is_object()) {
      for (const auto& [key, value] : labels->as_object()) {
        (*out.mutable_labels())[key] = value.is_string() ? value.as_string() : value.Dump();
      }
    }
  }
  ToProto(model.created, *out.mutable_registered_at());
  out.set_principal(model.principal);
}

void ToProto(const RunRecord& run, v1::Run& out) {
  out.set_id(run.id);
  out.set_project(run.project);
  out.mutable_suite()->set_name(run.suite);
  out.mutable_suite()->set_content_version(run.suite_version);
  out.mutable_suite()->set_dataset_version(run.snapshot_digest);
  out.mutable_model()->set_name(run.model);
  out.mutable_model()->set_version(run.model_label);
  out.mutable_model()->set_content_version(run.model_version);
  out.set_state(ToProto(run.state));
  out.set_error(run.error);
  ToProto(run.counts, *out.mutable_counts());
  out.set_cases(run.cases);
  out.set_trials_per_case(
      static_cast<std::int32_t>(std::clamp<std::int64_t>(run.trials, 0, std::numeric_limits<std::int32_t>::max())));
  ToProto(run.created, *out.mutable_created_at());
  if (run.started) ToProto(*run.started, *out.mutable_started_at());
  if (run.ended) ToProto(*run.ended, *out.mutable_ended_at());
  out.set_principal(run.principal);
  out.set_concurrency(run.concurrency.value_or(0));
  out.set_retry_of(run.retry_of);
  if (run.cost_usd) out.set_cost_usd(*run.cost_usd);
  out.set_unanswered_usd(run.unanswered_usd);
  out.set_tokens_in(run.tokens_in);
  out.set_tokens_out(run.tokens_out);
  if (run.budget_usd) out.set_budget_usd(*run.budget_usd);
  out.set_answers_without_cost(run.answers_without_cost);
  out.set_answers_cached(run.answers_cached);
  if (run.deleted) ToProto(*run.deleted, *out.mutable_deleted_at());
  out.set_deleted_by(run.deleted_by);
  if (run.responses_deleted) ToProto(*run.responses_deleted, *out.mutable_responses_deleted_at());
}

void ToProto(const EndpointStatus& endpoint, v1::Endpoint& out) {
  const EndpointState& state = endpoint.state;
  out.set_name(endpoint.name);
  out.set_version(endpoint.label);
  out.set_provider(endpoint.provider);
  out.set_url(endpoint.url);
  out.set_concurrency_limit(state.limit);
  out.set_concurrency(state.ceiling);
  out.set_in_flight(state.in_flight);
  out.set_waiting(state.waiting);
  if (state.last_cut) {
    v1::LimitCut& cut = *out.mutable_last_cut();
    cut.set_from(state.last_cut->from);
    cut.set_to(state.last_cut->to);
    ToProto(state.last_cut->ago, *cut.mutable_ago());
    cut.set_reason(state.last_cut->why);
  }
  if (state.held_for) ToProto(*state.held_for, *out.mutable_held_for());
  if (state.spacing > Duration::zero()) ToProto(state.spacing, *out.mutable_spacing());
  if (state.failing_for) ToProto(*state.failing_for, *out.mutable_failing_for());
  out.set_given_up(state.is_given_up);
  out.set_last_failure(state.last_failure);
  out.set_retries_left(state.retries_left);
  out.set_credential_in_flight(endpoint.credential_in_flight);
  out.set_credential_concurrency(endpoint.credential_concurrency);
}

void ToProto(const StoredTrial& trial, bool with_response, v1::Trial& out) {
  out.set_ordinal(trial.result.ordinal);
  out.set_case_id(trial.case_id);
  out.set_trial(trial.result.trial);
  out.set_status(ToProto(trial.result.status));
  if (with_response && trial.result.response) ToProto(*trial.result.response, *out.mutable_response());
  out.set_error(trial.result.error);
  for (const StoredScore& score : trial.scores) ToProto(score, *out.add_scores());
}

std::string_view KindWord(int document_kind) {
  switch (document_kind) {
    case v1::DocumentKind::SUITE:
      return "Suite";
    case v1::DocumentKind::MODEL:
      return "Model";
    case v1::DocumentKind::GATE:
      return "Gate";
    case v1::DocumentKind::RUBRIC:
      return "Rubric";
    case v1::DocumentKind::QUEUE:
      return "Queue";
    case v1::DocumentKind::SCHEDULE:
      return "Schedule";
    default:
      return "";
  }
}

Result<std::optional<RunState>> RunStateOf(int value) {
  switch (value) {
    case v1::RunState::UNSPECIFIED:
      return std::nullopt;
    case v1::RunState::PENDING:
      return RunState::kPending;
    case v1::RunState::RUNNING:
      return RunState::kRunning;
    case v1::RunState::COMPLETE:
      return RunState::kComplete;
    case v1::RunState::ERROR:
      return RunState::kError;
    case v1::RunState::CANCELLED:
      return RunState::kCancelled;
    case v1::RunState::PAUSED:
      return RunState::kPaused;
    case v1::RunState::STOPPED:
      return RunState::kStopped;
    default:
      return Fail(ErrorCode::kInvalidArgument, "state: " + std::to_string(value) + " is not a run state");
  }
}

Result<std::optional<TrialStatus>> TrialStatusOf(int value) {
  switch (value) {
    case v1::TrialStatus::UNSPECIFIED:
      return std::nullopt;
    case v1::TrialStatus::SCORED:
      return TrialStatus::kScored;
    case v1::TrialStatus::UNSCORED:
      return TrialStatus::kUnscored;
    case v1::TrialStatus::ERROR:
      return TrialStatus::kError;
    case v1::TrialStatus::SKIPPED:
      return TrialStatus::kSkipped;
    case v1::TrialStatus::AWAITING_HUMAN:
      return TrialStatus::kAwaitingHuman;
    default:
      return Fail(ErrorCode::kInvalidArgument, "status: " + std::to_string(value) + " is not a trial status");
  }
}

}  // namespace assay
