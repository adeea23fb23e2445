#include "assay/v1/review.pb.h"
#include "daemon/rpc/convert.h"
#include "daemon/rpc/convert_review.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/request_checks.h"
#include "daemon/rpc/typed_method.h"

namespace assay {
namespace {

using boost::asio::awaitable;

constexpr int kMostNames = 100;
constexpr int kMostErrorsNamed = 50;

awaitable<Result<v1::EndPauseResponse>> EndPause(ReviewGovernance& reviews, const CallContext& context,
                                                 const v1::EndPauseRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"person", request.person()}, {"queue", request.queue()}, {"reason", request.reason()}}));
  ASSAY_CO_ASSIGN(const Reviewer reviewer,
                  co_await reviews.EndPause(context.caller, request.person(), request.queue(), request.reason()));
  v1::EndPauseResponse response;
  assay::ToProto(reviewer, *response.mutable_reviewer());
  co_return response;
}

awaitable<Result<v1::ListRubricVersionsResponse>> ListRubricVersions(ReviewGovernance& reviews,
                                                                     const CallContext& context,
                                                                     const v1::ListRubricVersionsRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"rubric", request.rubric()}}));
  ASSAY_CO_ASSIGN(const std::vector<KeptRubric> versions,
                  co_await reviews.ListRubricVersions(context.caller, request.rubric()));
  v1::ListRubricVersionsResponse response;
  for (const KeptRubric& kept : versions) {
    v1::RubricVersion& added = *response.add_versions();
    added.set_version(kept.version);
    added.set_json(kept.json);
    added.set_reason(kept.reason);
    assay::ToProto(kept.kept_at, *added.mutable_kept_at());
    added.set_acknowledged_by(kept.acknowledged_by);
  }
  co_return response;
}

awaitable<Result<v1::AcknowledgeRubricResponse>> AcknowledgeRubric(ReviewGovernance& reviews,
                                                                   const CallContext& context,
                                                                   const v1::AcknowledgeRubricRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"rubric", request.rubric()}, {"version", request.version()}}));
  ASSAY_CO_ASSIGN(const Time at,
                  co_await reviews.AcknowledgeRubric(context.caller, request.rubric(), request.version()));
  v1::AcknowledgeRubricResponse response;
  assay::ToProto(at, *response.mutable_at());
  co_return response;
}

awaitable<Result<v1::ListClarificationsResponse>> ListClarifications(ReviewGovernance& reviews,
                                                                     const CallContext& context,
                                                                     const v1::ListClarificationsRequest& request) {
  ASSAY_CO_ASSIGN(const std::vector<ClarificationStatus> clarifications,
                  co_await reviews.ListClarifications(context.caller, request.rubric()));
  v1::ListClarificationsResponse response;
  for (const ClarificationStatus& each : clarifications) assay::ToProto(each, *response.add_clarifications());
  co_return response;
}

awaitable<Result<v1::OpenClarificationResponse>> OpenClarification(ReviewGovernance& reviews,
                                                                   const CallContext& context,
                                                                   const v1::OpenClarificationRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"rubric", request.rubric()}}));
  ASSAY_CO_ASSIGN(
      const ClarificationStatus status,
      co_await reviews.OpenClarification(context.caller, request.rubric(), request.clause(), request.note()));
  v1::OpenClarificationResponse response;
  assay::ToProto(status, *response.mutable_clarification());
  co_return response;
}

awaitable<Result<v1::CloseClarificationResponse>> CloseClarification(ReviewGovernance& reviews,
                                                                     const CallContext& context,
                                                                     const v1::CloseClarificationRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}}));
  ASSAY_CO_ASSIGN(
      const ClarificationStatus status,
      co_await reviews.CloseClarification(context.caller, request.id(), request.reject(), request.reason()));
  v1::CloseClarificationResponse response;
  assay::ToProto(status, *response.mutable_clarification());
  co_return response;
}

awaitable<Result<v1::ProposeChangeResponse>> ProposeChange(ReviewGovernance& reviews, const CallContext& context,
                                                           const v1::ProposeChangeRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"subject", request.subject()}, {"diff", request.diff()}, {"reason", request.reason()}}));
  ASSAY_CO_ASSIGN(const auto change, EnumFromProto<ReviewChange>(request.change(), "change"));
  if (!change) co_return Fail(ErrorCode::kInvalidArgument, "change: is required");
  ASSAY_CO_ASSIGN(const ChangeStatus status, co_await reviews.ProposeChange(context.caller, *change, request.subject(),
                                                                            request.diff(), request.reason()));
  v1::ProposeChangeResponse response;
  assay::ToProto(status, *response.mutable_change());
  co_return response;
}

awaitable<Result<v1::AnswerChangeResponse>> AnswerChange(ReviewGovernance& reviews, const CallContext& context,
                                                         const v1::AnswerChangeRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}, {"diff_hash", request.diff_hash()}}));
  ASSAY_CO_ASSIGN(const ChangeStatus status,
                  co_await reviews.AnswerChange(context.caller, request.id(), request.approves(), request.diff_hash(),
                                                request.comment()));
  v1::AnswerChangeResponse response;
  assay::ToProto(status, *response.mutable_change());
  co_return response;
}

awaitable<Result<v1::GetChangeResponse>> GetChange(ReviewGovernance& reviews, const CallContext& context,
                                                   const v1::GetChangeRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}}));
  ASSAY_CO_ASSIGN(const ChangeStatus status, co_await reviews.GetChange(context.caller, request.id()));
  v1::GetChangeResponse response;
  assay::ToProto(status, *response.mutable_change());
  co_return response;
}

awaitable<Result<v1::ListChangesResponse>> ListChanges(ReviewGovernance& reviews, const CallContext& context,
                                                       const v1::ListChangesRequest& request) {
  ASSAY_CO_ASSIGN(const auto state, EnumFromProto<ApprovalState>(request.state(), "state"));
  ASSAY_CO_ASSIGN(const std::vector<ChangeStatus> changes, co_await reviews.ListChanges(context.caller, state));
  v1::ListChangesResponse response;
  for (const ChangeStatus& change : changes) assay::ToProto(change, *response.add_changes());
  co_return response;
}

Result<GoldArguments> GoldFrom(const v1::AddGoldRequest& request) {
  ASSAY_TRY(CheckRequired({{"item", request.item()}}));
  ASSAY_ASSIGN(const auto purpose, EnumFromProto<ItemPurpose>(request.purpose(), "purpose"));
  const bool is_gold = purpose == ItemPurpose::kGold || purpose == ItemPurpose::kTraining;
  if (!is_gold) return Fail(ErrorCode::kInvalidArgument, "purpose: GOLD or TRAINING");
  if (request.must_name_size() > kMostErrorsNamed)
    return Fail(ErrorCode::kInvalidArgument, "must_name: at most " + std::to_string(kMostErrorsNamed));
  GoldArguments arguments{.item = request.item(),
                          .purpose = *purpose,
                          .why = request.why(),
                          .must_name = {request.must_name().begin(), request.must_name().end()},
                          .approval = request.approval()};
  if (request.has_scores_within()) arguments.scores_within = request.scores_within();
  if (request.has_expected()) {
    ASSAY_ASSIGN(arguments.expected, FromProto(request.expected()));
  }
  return arguments;
}

awaitable<Result<v1::AddGoldResponse>> AddGold(ReviewGovernance& reviews, const CallContext& context,
                                               const v1::AddGoldRequest& request) {
  ASSAY_CO_ASSIGN(const GoldArguments arguments, GoldFrom(request));
  ASSAY_CO_ASSIGN(const GoldStatus status, co_await reviews.AddGold(context.caller, arguments));
  v1::AddGoldResponse response;
  assay::ToProto(status, *response.mutable_gold());
  co_return response;
}

awaitable<Result<v1::RetireGoldResponse>> RetireGold(ReviewGovernance& reviews, const CallContext& context,
                                                     const v1::RetireGoldRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}, {"reason", request.reason()}}));
  ASSAY_CO_ASSIGN(const GoldStatus status, co_await reviews.RetireGold(context.caller, request.id(), request.reason()));
  v1::RetireGoldResponse response;
  assay::ToProto(status, *response.mutable_gold());
  co_return response;
}

awaitable<Result<v1::ListGoldResponse>> ListGold(ReviewGovernance& reviews, const CallContext& context,
                                                 const v1::ListGoldRequest& request) {
  ASSAY_CO_ASSIGN(const std::vector<GoldStatus> gold, co_await reviews.ListGold(context.caller, request.queue()));
  v1::ListGoldResponse response;
  for (const GoldStatus& each : gold) assay::ToProto(each, *response.add_gold());
  co_return response;
}

awaitable<Result<v1::OpenCalibrationResponse>> OpenCalibration(ReviewGovernance& reviews, const CallContext& context,
                                                               const v1::OpenCalibrationRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"queue", request.queue()}}));
  if (request.items_size() > kMostNames || request.people_size() > kMostNames)
    co_return Fail(ErrorCode::kInvalidArgument, "items, people: at most " + std::to_string(kMostNames) + " each");
  const std::vector<std::string> items(request.items().begin(), request.items().end());
  const std::vector<std::string> people(request.people().begin(), request.people().end());
  ASSAY_CO_ASSIGN(const CalibrationStatus status,
                  co_await reviews.OpenCalibration(context.caller, request.queue(), items, people));
  v1::OpenCalibrationResponse response;
  assay::ToProto(status, *response.mutable_calibration());
  co_return response;
}

awaitable<Result<v1::RevealCalibrationResponse>> RevealCalibration(ReviewGovernance& reviews,
                                                                   const CallContext& context,
                                                                   const v1::RevealCalibrationRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}}));
  ASSAY_CO_ASSIGN(const CalibrationStatus status, co_await reviews.RevealCalibration(context.caller, request.id()));
  v1::RevealCalibrationResponse response;
  assay::ToProto(status, *response.mutable_calibration());
  co_return response;
}

awaitable<Result<v1::RuleOnCalibrationResponse>> RuleOnCalibration(ReviewGovernance& reviews,
                                                                   const CallContext& context,
                                                                   const v1::RuleOnCalibrationRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}, {"ruling.item", request.ruling().item()}}));
  ASSAY_CO_ASSIGN(const CalibrationRuling ruling, FromProto(request.ruling()));
  ASSAY_CO_ASSIGN(const CalibrationStatus status,
                  co_await reviews.RuleOnCalibration(context.caller, request.id(), ruling));
  v1::RuleOnCalibrationResponse response;
  assay::ToProto(status, *response.mutable_calibration());
  co_return response;
}

awaitable<Result<v1::CloseCalibrationResponse>> CloseCalibration(ReviewGovernance& reviews, const CallContext& context,
                                                                 const v1::CloseCalibrationRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}}));
  ASSAY_CO_ASSIGN(const CalibrationStatus status, co_await reviews.CloseCalibration(context.caller, request.id()));
  v1::CloseCalibrationResponse response;
  assay::ToProto(status, *response.mutable_calibration());
  co_return response;
}

awaitable<Result<v1::GetCalibrationResponse>> GetCalibration(ReviewGovernance& reviews, const CallContext& context,
                                                             const v1::GetCalibrationRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}}));
  ASSAY_CO_ASSIGN(const CalibrationStatus status, co_await reviews.GetCalibration(context.caller, request.id()));
  v1::GetCalibrationResponse response;
  assay::ToProto(status, *response.mutable_calibration());
  co_return response;
}

awaitable<Result<v1::ListCalibrationsResponse>> ListCalibrations(ReviewGovernance& reviews, const CallContext& context,
                                                                 const v1::ListCalibrationsRequest&) {
  ASSAY_CO_ASSIGN(const std::vector<CalibrationStatus> calibrations, co_await reviews.ListCalibrations(context.caller));
  v1::ListCalibrationsResponse response;
  for (const CalibrationStatus& each : calibrations) assay::ToProto(each, *response.add_calibrations());
  co_return response;
}

}  // namespace

void AddReviewGovernanceMethods(ReviewGovernance& reviews, MethodTable& table) {
  table.Add(UnaryMethod("/assay.v1.ReviewService/EndPause", Effect::kWrite, &EndPause, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/ListRubricVersions", Effect::kRead, &ListRubricVersions, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/AcknowledgeRubric", Effect::kWrite, &AcknowledgeRubric, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/ListClarifications", Effect::kRead, &ListClarifications, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/OpenClarification", Effect::kWrite, &OpenClarification, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/CloseClarification", Effect::kWrite, &CloseClarification, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/ProposeChange", Effect::kWrite, &ProposeChange, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/AnswerChange", Effect::kWrite, &AnswerChange, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/GetChange", Effect::kWrite, &GetChange, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/ListChanges", Effect::kRead, &ListChanges, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/AddGold", Effect::kWrite, &AddGold, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/RetireGold", Effect::kWrite, &RetireGold, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/ListGold", Effect::kRead, &ListGold, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/OpenCalibration", Effect::kWrite, &OpenCalibration, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/RevealCalibration", Effect::kWrite, &RevealCalibration, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/RuleOnCalibration", Effect::kWrite, &RuleOnCalibration, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/CloseCalibration", Effect::kWrite, &CloseCalibration, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/GetCalibration", Effect::kRead, &GetCalibration, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/ListCalibrations", Effect::kRead, &ListCalibrations, reviews));
}

}  // namespace assay
