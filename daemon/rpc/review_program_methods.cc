#include "assay/v1/review_program.pb.h"
#include "daemon/reviews/program.h"
#include "daemon/rpc/convert.h"
#include "daemon/rpc/convert_review.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/request_checks.h"
#include "daemon/rpc/typed_method.h"

namespace assay {
namespace {

using boost::asio::awaitable;

constexpr std::size_t kMostProgramKey = 128;
constexpr int kMostProgramRecords = 1000;
constexpr int kProgramRecords = 100;  // where nothing is said
constexpr std::size_t kMostRegressionsShown = 100;

std::optional<double> Given(bool has, double value) { return has ? std::optional(value) : std::nullopt; }

Result<ProgramBody> BodyFrom(const v1::DatasetDue& due) {
  if (!due.has_due_at()) return Fail(ErrorCode::kInvalidArgument, "dataset_due.due_at: is required");
  ASSAY_ASSIGN(const Time due_at, TimeFromProto(due.due_at(), "dataset_due.due_at"));
  return ProgramBody(DatasetDue{.dataset = due.dataset(),
                                .queue = due.queue(),
                                .due_at = due_at,
                                .overlap = due.overlap(),
                                .agreement = Given(due.has_agreement(), due.agreement()),
                                .audits_passed = Given(due.has_audits_passed(), due.audits_passed())});
}

Result<ProgramBody> BodyFrom(const v1::ProductionIssue& issue) {
  if (!issue.has_occurred_at()) return Fail(ErrorCode::kInvalidArgument, "production_issue.occurred_at: is required");
  ASSAY_ASSIGN(const Time occurred_at, TimeFromProto(issue.occurred_at(), "production_issue.occurred_at"));
  return ProgramBody(
      ProductionIssue{.reference = issue.reference(),
                      .title = issue.title(),
                      .occurred_at = occurred_at,
                      .severity = issue.has_severity() ? std::optional<int>(issue.severity()) : std::nullopt,
                      .suite = issue.suite(),
                      .model = issue.model(),
                      .case_id = issue.case_id()});
}

Result<ProgramBody> BodyFrom(const v1::StakeholderRating& rating) {
  ASSAY_ASSIGN(const auto role, EnumFromProto<ReviewRole>(rating.role(), "stakeholder_rating.role"));
  if (!role) return Fail(ErrorCode::kInvalidArgument, "stakeholder_rating.role: is required");
  return ProgramBody(StakeholderRating{.score = rating.score(), .role = *role, .note = rating.note()});
}

Result<ProgramBody> BodyFrom(const v1::AddProgramRecordRequest& request) {
  using Request = v1::AddProgramRecordRequest;
  switch (request.record_case()) {
    case Request::kDatasetDue:
      return BodyFrom(request.dataset_due());
    case Request::kDatasetReleased:
      return ProgramBody(DatasetReleased{.due = request.dataset_released().due()});
    case Request::kDatasetDescoped:
      return ProgramBody(
          DatasetDescoped{.due = request.dataset_descoped().due(), .approval = request.dataset_descoped().approval()});
    case Request::kProductionIssue:
      return BodyFrom(request.production_issue());
    case Request::kStakeholderRating:
      return BodyFrom(request.stakeholder_rating());
    case Request::kImprovement:
      return ProgramBody(Improvement{.title = request.improvement().title(), .note = request.improvement().note()});
    case Request::RECORD_NOT_SET:
      break;
  }
  return Fail(ErrorCode::kInvalidArgument, "record: is required, like improvement or production_issue");
}

void BodyToProto(const DatasetDue& due, v1::ProgramRecord& out) {
  v1::DatasetDue& said = *out.mutable_dataset_due();
  said.set_dataset(due.dataset);
  said.set_queue(due.queue);
  ToProto(due.due_at, *said.mutable_due_at());
  said.set_overlap(due.overlap);
  if (due.agreement) said.set_agreement(*due.agreement);
  if (due.audits_passed) said.set_audits_passed(*due.audits_passed);
}

void BodyToProto(const DatasetReleased& released, v1::ProgramRecord& out) {
  v1::DatasetReleased& said = *out.mutable_dataset_released();
  said.set_due(released.due);
  said.set_overlap(released.overlap);
  if (released.agreement) said.set_agreement(*released.agreement);
  if (released.agreement_lower) said.set_agreement_lower(*released.agreement_lower);
  said.set_audits(released.audits);
  if (released.audits_passed) said.set_audits_passed(*released.audits_passed);
  if (released.audits_passed_lower) said.set_audits_passed_lower(*released.audits_passed_lower);
}

void BodyToProto(const DatasetDescoped& descoped, v1::ProgramRecord& out) {
  out.mutable_dataset_descoped()->set_due(descoped.due);
  out.mutable_dataset_descoped()->set_approval(descoped.approval);
}

void BodyToProto(const ProductionIssue& issue, v1::ProgramRecord& out) {
  v1::ProductionIssue& said = *out.mutable_production_issue();
  said.set_reference(issue.reference);
  said.set_title(issue.title);
  ToProto(issue.occurred_at, *said.mutable_occurred_at());
  if (issue.severity) said.set_severity(*issue.severity);
  said.set_suite(issue.suite);
  said.set_model(issue.model);
  said.set_case_id(issue.case_id);
  said.set_was_covered(issue.was_covered);
  said.set_why(issue.why);
}

void BodyToProto(const StakeholderRating& rating, v1::ProgramRecord& out) {
  v1::StakeholderRating& said = *out.mutable_stakeholder_rating();
  said.set_score(rating.score);
  said.set_role(EnumToProto<v1::ReviewRole::Value>(rating.role));
  said.set_note(rating.note);
}

void BodyToProto(const Improvement& improvement, v1::ProgramRecord& out) {
  out.mutable_improvement()->set_title(improvement.title);
  out.mutable_improvement()->set_note(improvement.note);
}

void RecordToProto(const ProgramRecord& record, v1::ProgramRecord& out) {
  out.set_id(record.id);
  ToProto(record.at, *out.mutable_at());
  out.set_by(record.by);
  std::visit([&](const auto& body) { BodyToProto(body, out); }, record.body);
}

void ReportToProto(const ProgramReport& report, v1::GetProgramReportResponse& out) {
  ToProto(report.window.from, *out.mutable_from());
  ToProto(report.window.to, *out.mutable_to());
  out.set_regressions_found(std::ssize(report.regressions));
  for (std::size_t i = 0; i < std::min(report.regressions.size(), kMostRegressionsShown); ++i) {
    const FoundRegression& found = report.regressions[i];
    v1::FoundRegression& added = *out.add_regressions();
    added.set_model(found.model);
    added.set_version(found.version);
    added.set_gate(found.gate);
    ToProto(found.registered_at, *added.mutable_registered_at());
    ToProto(found.failed_at, *added.mutable_failed_at());
    added.set_seconds(std::chrono::duration<double>(found.Lead()).count());
  }
  if (report.lead_seconds_p50) out.set_lead_seconds_p50(*report.lead_seconds_p50);
  if (report.lead_seconds_p90) out.set_lead_seconds_p90(*report.lead_seconds_p90);
  ToProto(report.datasets_ready, *out.mutable_datasets_ready());
  out.set_datasets_descoped(report.datasets_descoped);
  for (const DatasetStatus& status : report.datasets) {
    v1::DatasetStatus& added = *out.add_datasets();
    added.set_due(status.due);
    added.set_dataset(status.asked.dataset);
    added.set_queue(status.asked.queue);
    ToProto(status.asked.due_at, *added.mutable_due_at());
    if (status.released_at) ToProto(*status.released_at, *added.mutable_released_at());
    added.set_state(std::string(WordOf(status.state)));
  }
  ToProto(report.defects_leaked, *out.mutable_defects_leaked());
  out.set_ratings(report.ratings);
  if (report.satisfaction) out.set_satisfaction(*report.satisfaction);
  for (const auto& [role, ratings] : report.by_role) {
    v1::RoleRating& added = *out.add_ratings_by_role();
    added.set_role(EnumToProto<v1::ReviewRole::Value>(role));
    added.set_ratings(ratings.ratings);
    added.set_mean(ratings.sum / static_cast<double>(ratings.ratings));
  }
  out.set_improvements(report.improvements);
  for (const JourneyCoverage& each : report.journeys) {
    v1::JourneyCoverage& added = *out.add_journeys();
    added.set_suite(each.suite);
    added.set_run(each.run);
    assay::ToProto(each.critical, *added.mutable_critical());
    assay::ToProto(each.high_risk, *added.mutable_high_risk());
    for (const std::string& journey : each.uncovered) added.add_uncovered(journey);
  }
}

awaitable<Result<v1::AddProgramRecordResponse>> AddProgramRecord(ReviewProgramOperations& program,
                                                                 const CallContext& context,
                                                                 const v1::AddProgramRecordRequest& request) {
  if (request.key().size() > kMostProgramKey) co_return Fail(ErrorCode::kInvalidArgument, "key: has at most 128 bytes");
  ASSAY_CO_ASSIGN(const ProgramBody body, BodyFrom(request));
  ASSAY_CO_ASSIGN(const ProgramRecord record, co_await program.AddProgramRecord(context.caller, request.key(), body));
  v1::AddProgramRecordResponse response;
  RecordToProto(record, *response.mutable_record());
  co_return response;
}

awaitable<Result<v1::ListProgramRecordsResponse>> ListProgramRecords(ReviewProgramOperations& program,
                                                                     const CallContext& context,
                                                                     const v1::ListProgramRecordsRequest& request) {
  if (request.limit() < 0 || request.limit() > kMostProgramRecords)
    co_return Fail(ErrorCode::kInvalidArgument, "limit: is 1 to 1000");
  ASSAY_CO_ASSIGN(const auto kind, EnumFromProto<ProgramRecordKind>(request.kind(), "kind"));
  const int limit = request.limit() == 0 ? kProgramRecords : request.limit();
  ASSAY_CO_ASSIGN(const std::vector<ProgramRecord> records,
                  co_await program.ListProgramRecords(context.caller, kind, limit));
  v1::ListProgramRecordsResponse response;
  for (const ProgramRecord& record : records) RecordToProto(record, *response.add_records());
  co_return response;
}

awaitable<Result<v1::GetProgramReportResponse>> GetProgramReport(ReviewProgramOperations& program,
                                                                 const CallContext& context,
                                                                 const v1::GetProgramReportRequest& request) {
  std::optional<Time> from;
  std::optional<Time> to;
  if (request.has_from()) {
    ASSAY_CO_ASSIGN(from, TimeFromProto(request.from(), "from"));
  }
  if (request.has_to()) {
    ASSAY_CO_ASSIGN(to, TimeFromProto(request.to(), "to"));
  }
  ASSAY_CO_ASSIGN(const ProgramReport report, co_await program.GetProgramReport(context.caller, from, to));
  v1::GetProgramReportResponse response;
  ReportToProto(report, response);
  co_return response;
}

}  // namespace

void AddReviewProgramMethods(ReviewProgramOperations& program, MethodTable& table) {
  table.Add(UnaryMethod("/assay.v1.ReviewProgramService/AddProgramRecord", Effect::kWrite, &AddProgramRecord, program));
  table.Add(
      UnaryMethod("/assay.v1.ReviewProgramService/ListProgramRecords", Effect::kRead, &ListProgramRecords, program));
  table.Add(UnaryMethod("/assay.v1.ReviewProgramService/GetProgramReport", Effect::kRead, &GetProgramReport, program));
}

}  // namespace assay
