#include "daemon/rpc/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/resource_quota.h>

#include <set>
#include <utility>
#include <vector>

#include "daemon/rpc/grpc_services.h"

namespace assay {
namespace {

constexpr int kMaxHeaderBytes = 16 << 10;
constexpr std::size_t kMaxBufferBytes = 512u << 20;  // of all connections together
constexpr int kKeepaliveMs = 60'000;                 // how soon a client that vanished is noticed
constexpr int kMinClientPingMs = 10'000;

}  // namespace

class GrpcServer::Impl {
 public:
  Impl(const MethodTable& methods, const Authenticator& authenticator, Admission& admission,
       boost::asio::any_io_executor executor, Observe observe)
      : bridge_{methods, authenticator, admission, std::move(executor), std::move(observe)} {}

  ~Impl() {
    if (server_) Shutdown(std::chrono::steady_clock::now());
  }

  Result<int> Start(const Options& options) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    services_ = MakeGrpcServices(bridge_);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &port);
    builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_message_bytes));
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a second daemon on the port is an error
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_calls_per_connection);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxHeaderBytes);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinClientPingMs);
    // A compressed message is bounded before it is unpacked only, and a few kilobytes can be gigabytes.
    builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
    builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
    builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    builder.SetResourceQuota(grpc::ResourceQuota("assay").Resize(kMaxBufferBytes));
    for (const auto& service : services_) builder.RegisterService(service.get());
    server_ = builder.BuildAndStart();
    if (!server_ || port == 0) {
      server_.reset();
      return Fail(ErrorCode::kUnavailable,
                  "cannot serve gRPC on " + options.listen +
                      ": the address is in use, not of this machine, or not of the form HOST:PORT");
    }
    SetServing(true);
    return port;
  }

  void BeginDrain() {
    SetServing(false);
    bridge_.admission.BeginDrain();
  }

  void Shutdown(std::chrono::steady_clock::time_point deadline) {
    BeginDrain();
    if (!server_) return;
    const auto left =
        std::chrono::duration_cast<std::chrono::microseconds>(deadline - std::chrono::steady_clock::now());
    server_->Shutdown(std::chrono::system_clock::now() + left);
    server_->Wait();
    server_.reset();
  }

 private:
  void SetServing(bool serving) {
    grpc::HealthCheckServiceInterface* health = server_ ? server_->GetHealthCheckService() : nullptr;
    if (health == nullptr) return;
    health->SetServingStatus(serving);  // also the server as a whole, ""
    for (const auto& [path, method] : bridge_.methods.methods()) {
      health->SetServingStatus(path.substr(1, path.rfind('/') - 1), serving);
    }
  }

  GrpcBridge bridge_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<grpc::Server> server_;
};

GrpcServer::GrpcServer(const MethodTable& methods, const Authenticator& authenticator, Admission& admission,
                       boost::asio::any_io_executor executor, Observe observe)
    : impl_(std::make_unique<Impl>(methods, authenticator, admission, std::move(executor), std::move(observe))) {}

GrpcServer::~GrpcServer() = default;

Result<int> GrpcServer::Start(const Options& options) { return impl_->Start(options); }
void GrpcServer::BeginDrain() { impl_->BeginDrain(); }
void GrpcServer::Shutdown(std::chrono::steady_clock::time_point deadline) { impl_->Shutdown(deadline); }

}  // namespace assay
