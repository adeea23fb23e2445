#include "daemon/rpc/grpc_services.h"

#include <google/protobuf/unknown_field_set.h>
#include <grpcpp/grpcpp.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "assay/v1/catalog.grpc.pb.h"
#include "assay/v1/dataset.grpc.pb.h"
#include "assay/v1/endpoint.grpc.pb.h"
#include "assay/v1/gate.grpc.pb.h"
#include "assay/v1/model.grpc.pb.h"
#include "assay/v1/release.grpc.pb.h"
#include "assay/v1/replay.grpc.pb.h"
#include "assay/v1/review.grpc.pb.h"
#include "assay/v1/review_artefact.grpc.pb.h"
#include "assay/v1/review_interchange.grpc.pb.h"
#include "assay/v1/review_program.grpc.pb.h"
#include "assay/v1/run.grpc.pb.h"
#include "assay/v1/schedule.grpc.pb.h"
#include "assay/v1/waivers.grpc.pb.h"
#include "daemon/rpc/call_task.h"
#include "daemon/rpc/completion.h"
#include "daemon/rpc/error_codes.h"

namespace assay {
namespace {

namespace asio = boost::asio;
using ProtoMessage = google::protobuf::Message;
using std::chrono::steady_clock;
using std::chrono::system_clock;

Result<CallContext> OpenCall(const GrpcBridge& bridge, const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  std::optional<std::string_view> authorization;
  if (found != metadata.end()) authorization.emplace(found->second.data(), found->second.size());
  CallContext opened;
  ASSAY_ASSIGN(opened.caller.principal, bridge.authenticator.Authenticate(authorization));
  if (context.deadline() != system_clock::time_point::max()) {
    opened.deadline = steady_clock::now() +
                      std::chrono::duration_cast<steady_clock::duration>(context.deadline() - system_clock::now());
  }
  return opened;
}

// The usual details of an error, a google.rpc.Status. A client's own library says UNAVAILABLE as well, of a daemon that
// it cannot reach; only what the daemon says has these.
std::string DetailsOf(const Error& error) {
  google::protobuf::UnknownFieldSet details;
  details.AddVarint(1, static_cast<std::uint64_t>(GrpcCode(error.code)));
  details.AddLengthDelimited(2, error.message);
  std::string bytes;
  details.SerializeToString(&bytes);
  return bytes;
}

grpc::Status ToGrpc(const Status& status, grpc::CallbackServerContext& context) {
  if (status) return grpc::Status::OK;
  const Error& error = status.error();
  if (error.retry_after) {
    context.AddTrailingMetadata("grpc-retry-pushback-ms", std::to_string(error.retry_after->count()));
  }
  return {static_cast<grpc::StatusCode>(GrpcCode(error.code)), error.message,
          error.code == ErrorCode::kUnavailable ? DetailsOf(error) : ""};
}

// What unary calls and streams share. A call owns itself through `self_` until gRPC says that it is done with it; the
// task's callback holds it as well, so it lives until both are through.
template <class Reactor>
class Call : public Reactor, public std::enable_shared_from_this<Call<Reactor>> {
 public:
  void OnCancel() override {
    // gRPC cancels when the client has gone away and also when the deadline of the call has passed.
    const bool late = context_.deadline() <= system_clock::now();
    task_->Cancel(late ? Error{ErrorCode::kDeadlineExceeded, "the deadline of the call has passed", {}}
                       : Error{ErrorCode::kCancelled, "the client has gone away", {}});
  }
  void OnDone() override { self_.reset(); }

 protected:
  Call(const GrpcBridge& bridge, grpc::CallbackServerContext& context, const Method& method)
      : bridge_(bridge), context_(context), method_(method), task_(std::make_shared<CallTask>(bridge.executor)) {}

  // Admits the call and runs what `make_work` makes of its context; gRPC gets the outcome.
  template <class MakeWork>
  void Run(MakeWork make_work) {
    self_ = this->shared_from_this();
    Result<CallContext> opened = OpenCall(bridge_, context_);
    if (!opened) return End(Fail(std::move(opened).error()));
    auto ticket = bridge_.admission.Admit(method_, [weak = std::weak_ptr<CallTask>(task_)] {
      if (const auto task = weak.lock()) task->Cancel(StoppingError());
    });
    if (!ticket) return End(Fail(std::move(ticket).error()));
    const auto deadline = opened->deadline;
    task_->Start(make_work(*std::move(opened)), deadline,
                 [self = self_, held = *std::move(ticket)](const Status& outcome) mutable {
                   held.reset();
                   self->End(outcome);
                 });
  }

  const GrpcBridge& bridge_;
  grpc::CallbackServerContext& context_;  // valid until OnDone, which comes after Finish
  const Method& method_;
  const std::shared_ptr<CallTask> task_;

 private:
  void End(const Status& outcome) {
    if (bridge_.observe) {
      const auto took = steady_clock::now() - began_;
      bridge_.observe(method_, outcome, std::chrono::duration_cast<std::chrono::microseconds>(took));
    }
    this->Finish(ToGrpc(outcome, context_));  // from here on gRPC may call OnDone at any moment
  }

  const steady_clock::time_point began_ = steady_clock::now();
  std::shared_ptr<Call> self_;
};

class UnaryCall final : public Call<grpc::ServerUnaryReactor> {
 public:
  UnaryCall(const GrpcBridge& bridge, grpc::CallbackServerContext& context, const Method& method)
      : Call(bridge, context, method) {}

  static grpc::ServerUnaryReactor* Begin(const GrpcBridge& bridge, const char* path,
                                         grpc::CallbackServerContext& context, const ProtoMessage& request,
                                         ProtoMessage& response) {
    const Method& method = *bridge.methods.Find(path);
    const auto call = std::make_shared<UnaryCall>(bridge, context, method);
    call->Run([&](CallContext opened) { return method.unary(std::move(opened), request, response); });
    return call.get();
  }
};

template <class Response>
class StreamCall final : public Call<grpc::ServerWriteReactor<Response>>, public MessageSink {
  using Base = Call<grpc::ServerWriteReactor<Response>>;

 public:
  StreamCall(const GrpcBridge& bridge, grpc::CallbackServerContext& context, const Method& method)
      : Base(bridge, context, method), written_(this->task_->strand()), patience_(this->task_->strand()) {}

  static grpc::ServerWriteReactor<Response>* Begin(const GrpcBridge& bridge, const char* path,
                                                   grpc::CallbackServerContext& context, const ProtoMessage& request) {
    const Method& method = *bridge.methods.Find(path);
    const auto call = std::make_shared<StreamCall>(bridge, context, method);
    call->Run([&](CallContext opened) { return method.stream(std::move(opened), request, *call); });
    return call.get();
  }

  // Waits for the write even when the call is cancelled meanwhile: gRPC reads the message until OnWriteDone, and fails
  // the write by itself when the client is gone. One that is there and takes nothing is sent away: what it holds up may
  // be one of few.
  asio::awaitable<Status> Write(const ProtoMessage& message) override {
    written_.Begin();
    this->StartWrite(&static_cast<const Response&>(message));
    SendAwayUnlessTaken(++writes_);
    co_await written_.Wait();
    ++writes_;
    patience_.cancel();
    if (!ok_) co_return Fail(ErrorCode::kCancelled, "the client has gone away");
    co_return Status();
  }

  void OnWriteDone(bool ok) override {
    asio::post(this->task_->strand(), [this, ok, self = this->shared_from_this()] {
      ok_ = ok;
      written_.Complete();
    });
  }

 private:
  void SendAwayUnlessTaken(std::int64_t write) {
    patience_.expires_after(this->bridge_.write_timeout);
    patience_.async_wait([this, write, self = this->shared_from_this()](const boost::system::error_code& stopped) {
      if (stopped || write != writes_) return;
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(this->bridge_.write_timeout).count();
      this->task_->Cancel({ErrorCode::kDeadlineExceeded,
                           "the client has taken nothing for " + std::to_string(seconds) + " seconds",
                           {}});
      this->context_.TryCancel();
    });
  }

  Completion written_;
  asio::steady_timer patience_;
  std::int64_t writes_ = 0;  // odd while one is under way
  bool ok_ = false;
};

#define ASSAY_UNARY(Name)                                                                                \
  grpc::ServerUnaryReactor* Name(grpc::CallbackServerContext* context, const v1::Name##Request* request, \
                                 v1::Name##Response* response) override {                                \
    return UnaryCall::Begin(bridge_, (prefix_ + #Name).c_str(), *context, *request, *response);          \
  }
#define ASSAY_STREAM(Name)                                                                                \
  grpc::ServerWriteReactor<v1::Name##Response>* Name(grpc::CallbackServerContext* context,                \
                                                     const v1::Name##Request* request) override {         \
    return StreamCall<v1::Name##Response>::Begin(bridge_, (prefix_ + #Name).c_str(), *context, *request); \
  }
#define ASSAY_SERVICE(Name, ...)                                       \
  class Name##Impl final : public v1::Name::CallbackService {          \
   public:                                                             \
    explicit Name##Impl(const GrpcBridge& bridge) : bridge_(bridge) {} \
    __VA_ARGS__                                                        \
                                                                       \
   private:                                                            \
    const std::string prefix_ = "/assay.v1." #Name "/";                \
    const GrpcBridge& bridge_;                                         \
  };

ASSAY_SERVICE(CatalogService,
              ASSAY_UNARY(GetDocument) ASSAY_UNARY(ListDocuments) ASSAY_UNARY(GetStatus) ASSAY_UNARY(Reload))
ASSAY_SERVICE(ModelService,
              ASSAY_UNARY(RegisterModel) ASSAY_UNARY(GetModel) ASSAY_UNARY(ListModels) ASSAY_UNARY(PromoteModel))
ASSAY_SERVICE(RunService, ASSAY_UNARY(StartRun) ASSAY_UNARY(GetRun) ASSAY_UNARY(ListRuns) ASSAY_STREAM(WatchRun)
                              ASSAY_UNARY(ListResults) ASSAY_UNARY(GetCase) ASSAY_STREAM(StreamResults)
                                  ASSAY_UNARY(CancelRun) ASSAY_UNARY(PauseRun) ASSAY_UNARY(ResumeRun)
                                      ASSAY_UNARY(RetryRun) ASSAY_UNARY(SetRunConcurrency) ASSAY_UNARY(DeleteRun))
ASSAY_SERVICE(EndpointService, ASSAY_UNARY(ListEndpoints))
ASSAY_SERVICE(GateService, ASSAY_UNARY(CheckGate) ASSAY_UNARY(GetCheck) ASSAY_STREAM(WatchCheck) ASSAY_UNARY(ListChecks)
                               ASSAY_UNARY(GetVerdict) ASSAY_UNARY(ListVerdicts))
ASSAY_SERVICE(ScheduleService, ASSAY_UNARY(ListSchedules))
ASSAY_SERVICE(ReplayService, ASSAY_UNARY(ReplayVerdict) ASSAY_UNARY(ListWorstCases))
ASSAY_SERVICE(WaiverService, ASSAY_UNARY(RequestWaiver) ASSAY_UNARY(ApproveWaiver) ASSAY_UNARY(RevokeWaiver)
                                 ASSAY_UNARY(GetWaiver) ASSAY_UNARY(ListWaivers))
ASSAY_SERVICE(ReleaseService, ASSAY_UNARY(RecommendBlocker) ASSAY_UNARY(AnswerBlocker) ASSAY_UNARY(WithdrawBlocker)
                                  ASSAY_UNARY(GetBlocker) ASSAY_UNARY(ListBlockers) ASSAY_UNARY(DecideRelease)
                                      ASSAY_UNARY(ListReleaseDecisions) ASSAY_UNARY(GetEvidencePack))
ASSAY_SERVICE(ReviewService,
              ASSAY_UNARY(GetMyWork) ASSAY_UNARY(ClaimItem) ASSAY_UNARY(SaveDraft) ASSAY_UNARY(SubmitJudgement)
                  ASSAY_UNARY(ReviseJudgement) ASSAY_UNARY(Adjudicate) ASSAY_UNARY(SubmitAudit) ASSAY_UNARY(ActOnItem)
                      ASSAY_UNARY(GetItem) ASSAY_UNARY(ListItems) ASSAY_UNARY(ListQueues) ASSAY_UNARY(GetQueueReport)
                          ASSAY_UNARY(ListReviewers) ASSAY_UNARY(EndPause) ASSAY_UNARY(ListRubricVersions)
                              ASSAY_UNARY(AcknowledgeRubric) ASSAY_UNARY(ListClarifications)
                                  ASSAY_UNARY(OpenClarification) ASSAY_UNARY(CloseClarification)
                                      ASSAY_UNARY(ProposeChange) ASSAY_UNARY(AnswerChange) ASSAY_UNARY(GetChange)
                                          ASSAY_UNARY(ListChanges) ASSAY_UNARY(AddGold) ASSAY_UNARY(RetireGold)
                                              ASSAY_UNARY(ListGold) ASSAY_UNARY(OpenCalibration)
                                                  ASSAY_UNARY(RevealCalibration) ASSAY_UNARY(RuleOnCalibration)
                                                      ASSAY_UNARY(CloseCalibration) ASSAY_UNARY(GetCalibration)
                                                          ASSAY_UNARY(ListCalibrations))
ASSAY_SERVICE(ReviewInterchangeService,
              ASSAY_STREAM(ExportReviews) ASSAY_UNARY(PreviewExport) ASSAY_UNARY(ListExports) ASSAY_UNARY(GetLineage)
                  ASSAY_UNARY(ImportReviews) ASSAY_UNARY(AnswerLabelStudio))
ASSAY_SERVICE(ReviewArtefactService, ASSAY_UNARY(GetCalibrationPack) ASSAY_UNARY(GetAuditReport)
                                         ASSAY_UNARY(DeclareGoldSet) ASSAY_UNARY(ListGoldSets))
ASSAY_SERVICE(DatasetService, ASSAY_UNARY(ListDatasetVersions) ASSAY_UNARY(NoteDatasetVersion))
ASSAY_SERVICE(ReviewProgramService,
              ASSAY_UNARY(AddProgramRecord) ASSAY_UNARY(ListProgramRecords) ASSAY_UNARY(GetProgramReport))

#undef ASSAY_SERVICE
#undef ASSAY_STREAM
#undef ASSAY_UNARY

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> MakeGrpcServices(const GrpcBridge& bridge) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(std::make_unique<CatalogServiceImpl>(bridge));
  services.push_back(std::make_unique<ModelServiceImpl>(bridge));
  services.push_back(std::make_unique<RunServiceImpl>(bridge));
  services.push_back(std::make_unique<EndpointServiceImpl>(bridge));
  services.push_back(std::make_unique<GateServiceImpl>(bridge));
  services.push_back(std::make_unique<ScheduleServiceImpl>(bridge));
  services.push_back(std::make_unique<WaiverServiceImpl>(bridge));
  services.push_back(std::make_unique<ReleaseServiceImpl>(bridge));
  services.push_back(std::make_unique<ReplayServiceImpl>(bridge));
  services.push_back(std::make_unique<ReviewServiceImpl>(bridge));
  services.push_back(std::make_unique<ReviewInterchangeServiceImpl>(bridge));
  services.push_back(std::make_unique<ReviewProgramServiceImpl>(bridge));
  services.push_back(std::make_unique<ReviewArtefactServiceImpl>(bridge));
  services.push_back(std::make_unique<DatasetServiceImpl>(bridge));
  return services;
}

}  // namespace assay
