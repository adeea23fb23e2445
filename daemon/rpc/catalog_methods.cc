#include "assay/v1/catalog.pb.h"
#include "daemon/rpc/convert.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/request_checks.h"
#include "daemon/rpc/typed_method.h"

namespace assay {
namespace {

using boost::asio::awaitable;

Result<std::string_view> KindOf(int value, bool required) {
  const std::string_view word = KindWord(value);
  if (word.empty() && (required || value != v1::DocumentKind::UNSPECIFIED)) {
    return Fail(ErrorCode::kInvalidArgument, "kind is required: SUITE, MODEL, GATE, RUBRIC, QUEUE or SCHEDULE");
  }
  return word;
}

Status Check(const v1::GetDocumentRequest& request) { return CheckRequired({{"name", request.name()}}); }

awaitable<Result<v1::GetDocumentResponse>> GetDocument(CatalogQueries& catalog, const CallContext& context,
                                                       const v1::GetDocumentRequest& request) {
  ASSAY_CO_TRY(Check(request));
  ASSAY_CO_ASSIGN(const std::string_view kind, KindOf(request.kind(), true));
  ASSAY_CO_ASSIGN(const ServedDocument document, co_await catalog.GetDocument(context.caller, kind, request.name()));
  v1::GetDocumentResponse response;
  ToProto(document, true, *response.mutable_document());
  co_return response;
}

awaitable<Result<v1::ListDocumentsResponse>> ListDocuments(CatalogQueries& catalog, const CallContext& context,
                                                           const v1::ListDocumentsRequest& request) {
  ASSAY_CO_ASSIGN(const std::string_view kind, KindOf(request.kind(), false));
  ASSAY_CO_ASSIGN(const std::vector<ServedDocument> documents, co_await catalog.ListDocuments(context.caller, kind));
  v1::ListDocumentsResponse response;
  for (const ServedDocument& document : documents) {
    ToProto(document, request.include_text(), *response.add_documents());
  }
  co_return response;
}

awaitable<Result<v1::GetStatusResponse>> GetStatus(CatalogQueries& catalog, const CallContext& context,
                                                   const v1::GetStatusRequest&) {
  ASSAY_CO_ASSIGN(const CatalogStatus status, co_await catalog.GetStatus(context.caller));
  v1::GetStatusResponse response;
  ToProto(status, *response.mutable_status());
  co_return response;
}

awaitable<Result<v1::ReloadResponse>> Reload(CatalogQueries& catalog, const CallContext& context,
                                             const v1::ReloadRequest&) {
  ASSAY_CO_ASSIGN(const CatalogStatus status, co_await catalog.Reload(context.caller));
  v1::ReloadResponse response;
  ToProto(status, *response.mutable_status());
  co_return response;
}

}  // namespace

void AddCatalogMethods(CatalogQueries& catalog, MethodTable& table) {
  table.Add(UnaryMethod("/assay.v1.CatalogService/GetDocument", Effect::kRead, &GetDocument, catalog));
  table.Add(UnaryMethod("/assay.v1.CatalogService/ListDocuments", Effect::kRead, &ListDocuments, catalog));
  table.Add(UnaryMethod("/assay.v1.CatalogService/GetStatus", Effect::kRead, &GetStatus, catalog));
  table.Add(UnaryMethod("/assay.v1.CatalogService/Reload", Effect::kWrite, &Reload, catalog));
}

}  // namespace assay
