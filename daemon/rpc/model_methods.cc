#include "assay/v1/model.pb.h"
#include "daemon/rpc/convert.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/request_checks.h"
#include "daemon/rpc/typed_method.h"

namespace assay {
namespace {

using boost::asio::awaitable;

constexpr std::size_t kMaxDocumentBytes = 1u << 20;

Result<std::optional<RequestKey>> Check(const v1::RegisterModelRequest& request) {
  if (request.document().empty()) return Fail(ErrorCode::kInvalidArgument, "document is required");
  if (request.document().size() > kMaxDocumentBytes) {
    return Fail(ErrorCode::kInvalidArgument,
                "document has " + std::to_string(request.document().size()) + " bytes; at most 1 MiB is taken");
  }
  return RequestKeyOf("RegisterModel", request.request_id(), {request.document()});
}

Status Check(const v1::GetModelRequest& request) {
  if (!request.version().empty() && !request.stage().empty()) {
    return Fail(ErrorCode::kInvalidArgument, "give either version or stage, not both");
  }
  return CheckRequired({{"name", request.name()}});
}

Status Check(const v1::PromoteModelRequest& request) {
  return CheckRequired({{"name", request.name()}, {"version", request.version()}, {"stage", request.stage()}});
}

awaitable<Result<v1::RegisterModelResponse>> RegisterModel(ModelRegistry& models, const CallContext& context,
                                                           const v1::RegisterModelRequest& request) {
  ASSAY_CO_ASSIGN(const std::optional<RequestKey> key, Check(request));
  ASSAY_CO_ASSIGN(const DocumentRecord model, co_await models.RegisterModel(context.caller, request.document(), key));
  ASSAY_CO_ASSIGN(const std::vector<ModelStage> stages, co_await models.ListStages(context.caller, model.name));
  v1::RegisterModelResponse response;
  ToProto(model, stages, *response.mutable_model());
  co_return response;
}

awaitable<Result<v1::GetModelResponse>> GetModel(ModelRegistry& models, const CallContext& context,
                                                 const v1::GetModelRequest& request) {
  ASSAY_CO_TRY(Check(request));
  ASSAY_CO_ASSIGN(const DocumentRecord model,
                  co_await models.GetModel(context.caller, request.name(), request.version(), request.stage()));
  ASSAY_CO_ASSIGN(const std::vector<ModelStage> stages, co_await models.ListStages(context.caller, model.name));
  v1::GetModelResponse response;
  ToProto(model, stages, *response.mutable_model());
  co_return response;
}

awaitable<Result<v1::ListModelsResponse>> ListModels(ModelRegistry& models, const CallContext& context,
                                                     const v1::ListModelsRequest& request) {
  ASSAY_CO_ASSIGN(const PageRequest wanted, PageOf(request.page_size(), request.page_token()));
  ASSAY_CO_ASSIGN(const Page<DocumentRecord> page, co_await models.ListModels(context.caller, request.name(), wanted));
  ASSAY_CO_ASSIGN(const std::vector<ModelStage> stages, co_await models.ListStages(context.caller, request.name()));
  v1::ListModelsResponse response;
  for (const DocumentRecord& model : page.items) ToProto(model, stages, *response.add_models());
  response.set_next_page_token(page.next);
  co_return response;
}

awaitable<Result<v1::PromoteModelResponse>> PromoteModel(ModelRegistry& models, const CallContext& context,
                                                         const v1::PromoteModelRequest& request) {
  ASSAY_CO_TRY(Check(request));
  ASSAY_CO_ASSIGN(const DocumentRecord model,
                  co_await models.PromoteModel(context.caller, request.name(), request.version(), request.stage()));
  ASSAY_CO_ASSIGN(const std::vector<ModelStage> stages, co_await models.ListStages(context.caller, model.name));
  v1::PromoteModelResponse response;
  ToProto(model, stages, *response.mutable_model());
  co_return response;
}

}  // namespace

void AddModelMethods(ModelRegistry& models, MethodTable& table) {
  table.Add(UnaryMethod("/assay.v1.ModelService/RegisterModel", Effect::kWrite, &RegisterModel, models));
  table.Add(UnaryMethod("/assay.v1.ModelService/GetModel", Effect::kRead, &GetModel, models));
  table.Add(UnaryMethod("/assay.v1.ModelService/ListModels", Effect::kRead, &ListModels, models));
  table.Add(UnaryMethod("/assay.v1.ModelService/PromoteModel", Effect::kWrite, &PromoteModel, models));
}

}  // namespace assay
