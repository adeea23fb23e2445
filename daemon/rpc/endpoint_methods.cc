#include "assay/v1/endpoint.pb.h"
#include "daemon/rpc/convert.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/typed_method.h"

namespace assay {
namespace {

boost::asio::awaitable<Result<v1::ListEndpointsResponse>> ListEndpoints(EndpointQueries& endpoints,
                                                                        const CallContext& context,
                                                                        const v1::ListEndpointsRequest&) {
  ASSAY_CO_ASSIGN(const std::vector<EndpointStatus> list, co_await endpoints.ListEndpoints(context.caller));
  v1::ListEndpointsResponse response;
  for (const EndpointStatus& endpoint : list) ToProto(endpoint, *response.add_endpoints());
  co_return response;
}

}  // namespace

void AddEndpointMethods(EndpointQueries& endpoints, MethodTable& table) {
  table.Add(UnaryMethod("/assay.v1.EndpointService/ListEndpoints", Effect::kRead, &ListEndpoints, endpoints));
}

}  // namespace assay
