#include "assay/v1/review.pb.h"
#include "daemon/rpc/convert.h"
#include "daemon/rpc/convert_review.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/request_checks.h"
#include "daemon/rpc/typed_method.h"

namespace assay {
namespace {

using boost::asio::awaitable;

constexpr int kMostExcept = 100;
constexpr int kMostStates = 20;
constexpr int kMostViews = 100;  // of items at once

template <class Response>
Response JudgedResponse(const ItemView& view) {
  Response response;
  assay::ToProto(view, *response.mutable_view());
  response.set_judgement(view.judgement);
  if (view.revisable_until) assay::ToProto(*view.revisable_until, *response.mutable_revisable_until());
  return response;
}

awaitable<Result<v1::GetMyWorkResponse>> GetMyWork(ReviewOperations& reviews, const CallContext& context,
                                                   const v1::GetMyWorkRequest&) {
  ASSAY_CO_ASSIGN(const MyWork work, co_await reviews.GetMyWork(context.caller));
  v1::GetMyWorkResponse response;
  assay::ToProto(work, response);
  co_return response;
}

awaitable<Result<v1::ClaimItemResponse>> ClaimItem(ReviewOperations& reviews, const CallContext& context,
                                                   const v1::ClaimItemRequest& request) {
  if (request.except_size() > kMostExcept)
    co_return Fail(ErrorCode::kInvalidArgument, "except: at most " + std::to_string(kMostExcept));
  ASSAY_CO_ASSIGN(const auto role, EnumFromProto<LeaseRole>(request.role(), "role"));
  const ClaimArguments arguments{.queue = request.queue(),
                                 .item = request.item(),
                                 .role = role,
                                 .is_prefetch = request.is_prefetch(),
                                 .except = {request.except().begin(), request.except().end()}};
  ASSAY_CO_ASSIGN(const ClaimedItem claimed, co_await reviews.ClaimItem(context.caller, arguments));
  v1::ClaimItemResponse response;
  if (claimed.view) assay::ToProto(*claimed.view, *response.mutable_view());
  response.set_why_none(claimed.why_none);
  if (claimed.free_at) assay::ToProto(*claimed.free_at, *response.mutable_free_at());
  co_return response;
}

awaitable<Result<v1::SaveDraftResponse>> SaveDraft(ReviewOperations& reviews, const CallContext& context,
                                                   const v1::SaveDraftRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"item", request.item()}}));
  ASSAY_CO_ASSIGN(const ReviewDraft draft,
                  co_await reviews.SaveDraft(context.caller, request.item(), request.revision(), request.text()));
  v1::SaveDraftResponse response;
  assay::ToProto(draft, *response.mutable_draft());
  co_return response;
}

awaitable<Result<v1::SubmitJudgementResponse>> SubmitJudgement(ReviewOperations& reviews, const CallContext& context,
                                                               const v1::SubmitJudgementRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"item", request.item()}, {"key", request.key()}}));
  ASSAY_CO_ASSIGN(JudgementContent content, FromProto(request.content()));
  const ItemCommand command =
      SubmitCommand{.token = request.token(), .content = std::move(content), .as_extra = request.as_extra()};
  ASSAY_CO_ASSIGN(const ItemView view, co_await reviews.Act(context.caller, request.item(), request.key(), command));
  co_return JudgedResponse<v1::SubmitJudgementResponse>(view);
}

awaitable<Result<v1::ReviseJudgementResponse>> ReviseJudgement(ReviewOperations& reviews, const CallContext& context,
                                                               const v1::ReviseJudgementRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"item", request.item()}, {"judgement", request.judgement()}, {"key", request.key()}}));
  ASSAY_CO_ASSIGN(JudgementContent content, FromProto(request.content()));
  const ItemCommand command = ReviseCommand{.judgement = request.judgement(), .content = std::move(content)};
  ASSAY_CO_ASSIGN(const ItemView view, co_await reviews.Act(context.caller, request.item(), request.key(), command));
  co_return JudgedResponse<v1::ReviseJudgementResponse>(view);
}

awaitable<Result<v1::AdjudicateResponse>> Adjudicate(ReviewOperations& reviews, const CallContext& context,
                                                     const v1::AdjudicateRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"item", request.item()}, {"key", request.key()}}));
  ASSAY_CO_ASSIGN(JudgementContent content, FromProto(request.content()));
  ASSAY_CO_ASSIGN(const auto cause, EnumFromProto<ReviewCause>(request.cause(), "cause"));
  const ItemCommand command = AdjudicateCommand{
      .token = request.token(), .content = std::move(content), .cause = cause.value_or(ReviewCause::kNone)};
  ASSAY_CO_ASSIGN(const ItemView view, co_await reviews.Act(context.caller, request.item(), request.key(), command));
  co_return JudgedResponse<v1::AdjudicateResponse>(view);
}

awaitable<Result<v1::SubmitAuditResponse>> SubmitAudit(ReviewOperations& reviews, const CallContext& context,
                                                       const v1::SubmitAuditRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"item", request.item()}, {"key", request.key()}}));
  ASSAY_CO_ASSIGN(const auto cause, EnumFromProto<ReviewCause>(request.cause(), "cause"));
  AuditCommand audit{.token = request.token(),
                     .passes = request.passes(),
                     .defect = request.defect(),
                     .action = request.action(),
                     .cause = cause.value_or(ReviewCause::kNone)};
  if (request.has_content()) {
    ASSAY_CO_ASSIGN(audit.content, FromProto(request.content()));
  }
  if (request.has_severity()) audit.severity = request.severity();
  const ItemCommand command = std::move(audit);
  ASSAY_CO_ASSIGN(const ItemView view, co_await reviews.Act(context.caller, request.item(), request.key(), command));
  v1::SubmitAuditResponse response;
  assay::ToProto(view, *response.mutable_view());
  co_return response;
}

Result<ItemCommand> ResolutionFrom(const v1::ActOnItemRequest::Resolve& resolve) {
  ASSAY_ASSIGN(const auto outcome, EnumFromProto<EscalationOutcome>(resolve.outcome(), "resolve.outcome"));
  if (!outcome) return Fail(ErrorCode::kInvalidArgument, "resolve.outcome: is required");
  ASSAY_ASSIGN(const auto cause, EnumFromProto<ReviewCause>(resolve.cause(), "resolve.cause"));
  ResolveCommand command{.outcome = *outcome, .ruling = resolve.ruling(), .cause = cause.value_or(ReviewCause::kNone)};
  if (resolve.has_content()) {
    ASSAY_ASSIGN(command.content, FromProto(resolve.content()));
  }
  return ItemCommand(std::move(command));
}

Result<ItemCommand> LaneFrom(const v1::ActOnItemRequest::ChangeLane& change) {
  ASSAY_ASSIGN(const auto lane, EnumFromProto<ReviewLane>(change.lane(), "change_lane.lane"));
  if (!lane) return Fail(ErrorCode::kInvalidArgument, "change_lane.lane: is required");
  LaneCommand command{.lane = *lane, .reason = change.reason()};
  if (change.has_due_at()) {
    ASSAY_ASSIGN(command.due_at, TimeFromProto(change.due_at(), "change_lane.due_at"));
  }
  return ItemCommand(std::move(command));
}

Result<ItemCommand> EscalationFrom(const v1::ActOnItemRequest::Escalate& escalate) {
  ASSAY_ASSIGN(const auto reason, EnumFromProto<EscalationReason>(escalate.reason(), "escalate.reason"));
  if (!reason) return Fail(ErrorCode::kInvalidArgument, "escalate.reason: is required");
  return ItemCommand(EscalateCommand{.reason = *reason, .note = escalate.note(), .clause = escalate.clause()});
}

Result<ItemCommand> RedactionFrom(const v1::ActOnItemRequest::EndQuarantine& end) {
  EndQuarantineAct act{.policy = end.policy()};
  if (end.has_content()) {
    ASSAY_ASSIGN(act.content, FromProto(end.content()));
  }
  return ItemCommand(std::move(act));
}

Result<ItemCommand> AdvanceFrom(const v1::ActOnItemRequest::AdvanceRubric& advance) {
  const auto version = ParseRubricVersion(advance.version());
  if (!version)
    return Fail(ErrorCode::kInvalidArgument, "advance_rubric.version: is not of the form MAJOR.MINOR.PATCH");
  return ItemCommand(
      AdvanceCommand{.version = *version, .approval = advance.approval(), .also_done = advance.also_done()});
}

Result<ItemCommand> ReopeningFrom(const v1::ActOnItemRequest::Reopen& reopen) {
  ASSAY_ASSIGN(const auto cause, EnumFromProto<ReviewCause>(reopen.cause(), "reopen.cause"));
  return ItemCommand(ReopenCommand{.reason = reopen.reason(), .cause = cause.value_or(ReviewCause::kOther)});
}

Result<ItemCommand> CommandFrom(const v1::ActOnItemRequest& request) {
  switch (request.action_case()) {
    case v1::ActOnItemRequest::kGiveBack:
      return ItemCommand(GiveBackCommand{.token = request.give_back().token(),
                                         .is_skip = request.give_back().is_skip(),
                                         .reason = request.give_back().reason()});
    case v1::ActOnItemRequest::kEscalate:
      return EscalationFrom(request.escalate());
    case v1::ActOnItemRequest::kResolve:
      return ResolutionFrom(request.resolve());
    case v1::ActOnItemRequest::kQuarantine:
      return ItemCommand(QuarantineAct{.reason = request.quarantine().reason()});
    case v1::ActOnItemRequest::kEndQuarantine:
      return RedactionFrom(request.end_quarantine());
    case v1::ActOnItemRequest::kFlagSevere:
      return ItemCommand(FlagSevereAct{.reason = request.flag_severe().reason()});
    case v1::ActOnItemRequest::kCancel:
      return ItemCommand(CancelAct{.reason = request.cancel().reason()});
    case v1::ActOnItemRequest::kOrderAudit:
      return ItemCommand(OrderAuditAct{.reason = request.order_audit().reason()});
    case v1::ActOnItemRequest::kReopen:
      return ReopeningFrom(request.reopen());
    case v1::ActOnItemRequest::kVoidJudgement:
      return ItemCommand(
          VoidCommand{.judgement = request.void_judgement().judgement(), .reason = request.void_judgement().reason()});
    case v1::ActOnItemRequest::kAwaitGuideline:
      return ItemCommand(AwaitGuidelineAct{.clarification = request.await_guideline().clarification()});
    case v1::ActOnItemRequest::kGuidelineArrived:
      return ItemCommand(GuidelineArrivedAct{.clarification = request.guideline_arrived().clarification()});
    case v1::ActOnItemRequest::kAdvanceRubric:
      return AdvanceFrom(request.advance_rubric());
    case v1::ActOnItemRequest::kChangeLane:
      return LaneFrom(request.change_lane());
    case v1::ActOnItemRequest::ACTION_NOT_SET:
      break;
  }
  return Fail(ErrorCode::kInvalidArgument, "action: is required, like give_back or escalate");
}

awaitable<Result<v1::ActOnItemResponse>> ActOnItem(ReviewOperations& reviews, const CallContext& context,
                                                   const v1::ActOnItemRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"item", request.item()}}));
  ASSAY_CO_ASSIGN(const ItemCommand command, CommandFrom(request));
  ASSAY_CO_ASSIGN(const ItemView view, co_await reviews.Act(context.caller, request.item(), request.key(), command));
  v1::ActOnItemResponse response;
  assay::ToProto(view, *response.mutable_view());
  co_return response;
}

awaitable<Result<v1::GetItemResponse>> GetItem(ReviewOperations& reviews, const CallContext& context,
                                               const v1::GetItemRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}}));
  ASSAY_CO_ASSIGN(const ItemView view, co_await reviews.GetItem(context.caller, request.id()));
  v1::GetItemResponse response;
  assay::ToProto(view, *response.mutable_view());
  co_return response;
}

awaitable<Result<v1::ListItemsResponse>> ListItems(ReviewOperations& reviews, const CallContext& context,
                                                   const v1::ListItemsRequest& request) {
  if (request.states_size() > kMostStates)
    co_return Fail(ErrorCode::kInvalidArgument, "states: at most " + std::to_string(kMostStates));
  ASSAY_CO_ASSIGN(PageRequest wanted, PageOf(request.page_size(), request.page_token()));
  ItemFilter filter{.queue = request.queue(),
                    .run = request.run(),
                    .case_id = request.case_id(),
                    .text = request.text(),
                    .rubric_version = request.rubric_version(),
                    .outdated = request.outdated()};
  for (const int number : request.states()) {
    ASSAY_CO_ASSIGN(const auto state, EnumFromProto<ReviewState>(number, "states"));
    if (state) filter.states.push_back(*state);
  }
  v1::ListItemsResponse response;
  if (request.with_views()) {
    wanted.limit = std::min(wanted.limit, kMostViews);
    ASSAY_CO_ASSIGN(const Page<ItemView> page, co_await reviews.ListItemViews(context.caller, filter, wanted));
    for (const ItemView& view : page.items) {
      assay::ToProto(view.item, *response.add_items());
      assay::ToProto(view, *response.add_views());
    }
    response.set_next_page_token(page.next);
    co_return response;
  }
  ASSAY_CO_ASSIGN(const Page<ItemSummary> page, co_await reviews.ListItems(context.caller, filter, wanted));
  for (const ItemSummary& item : page.items) assay::ToProto(item, *response.add_items());
  response.set_next_page_token(page.next);
  co_return response;
}

awaitable<Result<v1::ListQueuesResponse>> ListQueues(ReviewOperations& reviews, const CallContext& context,
                                                     const v1::ListQueuesRequest&) {
  ASSAY_CO_ASSIGN(const std::vector<QueueStatus> queues, co_await reviews.ListQueues(context.caller));
  v1::ListQueuesResponse response;
  for (const QueueStatus& queue : queues) assay::ToProto(queue, *response.add_queues());
  co_return response;
}

awaitable<Result<v1::GetQueueReportResponse>> GetQueueReport(ReviewOperations& reviews, const CallContext& context,
                                                             const v1::GetQueueReportRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"queue", request.queue()}}));
  std::optional<Time> from;
  std::optional<Time> to;
  if (request.has_from()) {
    ASSAY_CO_ASSIGN(from, TimeFromProto(request.from(), "from"));
  }
  if (request.has_to()) {
    ASSAY_CO_ASSIGN(to, TimeFromProto(request.to(), "to"));
  }
  ASSAY_CO_ASSIGN(const QueueReport report, co_await reviews.GetQueueReport(context.caller, request.queue(), from, to));
  v1::GetQueueReportResponse response;
  assay::ToProto(report, response);
  co_return response;
}

awaitable<Result<v1::ListReviewersResponse>> ListReviewers(ReviewOperations& reviews, const CallContext& context,
                                                           const v1::ListReviewersRequest&) {
  ASSAY_CO_ASSIGN(const std::vector<Reviewer> reviewers, co_await reviews.ListReviewers(context.caller));
  v1::ListReviewersResponse response;
  for (const Reviewer& reviewer : reviewers) assay::ToProto(reviewer, *response.add_reviewers());
  co_return response;
}

}  // namespace

void AddReviewMethods(ReviewOperations& reviews, MethodTable& table) {
  table.Add(UnaryMethod("/assay.v1.ReviewService/GetMyWork", Effect::kRead, &GetMyWork, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/ClaimItem", Effect::kWrite, &ClaimItem, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/SaveDraft", Effect::kWrite, &SaveDraft, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/SubmitJudgement", Effect::kWrite, &SubmitJudgement, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/ReviseJudgement", Effect::kWrite, &ReviseJudgement, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/Adjudicate", Effect::kWrite, &Adjudicate, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/SubmitAudit", Effect::kWrite, &SubmitAudit, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/ActOnItem", Effect::kWrite, &ActOnItem, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/GetItem", Effect::kRead, &GetItem, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/ListItems", Effect::kRead, &ListItems, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/ListQueues", Effect::kRead, &ListQueues, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/GetQueueReport", Effect::kRead, &GetQueueReport, reviews));
  table.Add(UnaryMethod("/assay.v1.ReviewService/ListReviewers", Effect::kRead, &ListReviewers, reviews));
}

}  // namespace assay
