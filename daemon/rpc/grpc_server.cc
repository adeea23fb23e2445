#include "daemon/rpc/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/resource_quota.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <utility>
#include <vector>

#include "daemon/rpc/grpc_connections.h"
#include "daemon/rpc/grpc_services.h"
#include "daemon/rpc/tcp_listener.h"

namespace assay {
namespace {

using boost::asio::ip::tcp;

constexpr int kMaxHeaderBytes = 16 << 10;
constexpr std::size_t kMaxBufferBytes = 128u << 20;  // of all connections together, or two of the largest messages
constexpr int kKeepaliveMs = 60'000;                 // how soon a client that vanished is noticed
constexpr int kMinClientPingMs = 10'000;
constexpr std::chrono::milliseconds kLongestSilence{90'000};  // longer than a ping and its answer take

int Milliseconds(std::chrono::milliseconds duration) { return static_cast<int>(duration.count()); }

}  // namespace

class GrpcServer::Impl {
 public:
  Impl(const MethodTable& methods, const Authenticator& authenticator, Admission& admission,
       boost::asio::any_io_executor executor, Observe observe)
      : bridge_{methods, authenticator, admission, executor, std::move(observe)}, listener_(std::move(executor)) {}

  ~Impl() { Shutdown(std::chrono::steady_clock::now()); }

  Result<int> Start(const Options& options) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    bridge_.write_timeout = options.write_timeout;
    services_ = MakeGrpcServices(bridge_);
    grpc::ServerBuilder builder;
    // gRPC's own listener has no limit, and never accepts again after it has once run out of file descriptors.
    acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, grpc::InsecureServerCredentials());
    builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_message_bytes));
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(options.handshake_timeout));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, Milliseconds(options.idle_timeout));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_calls_per_connection);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxHeaderBytes);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinClientPingMs);
    // A compressed message is bounded before it is unpacked only, and a few kilobytes can be gigabytes.
    builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
    builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
    builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    builder.SetResourceQuota(
        grpc::ResourceQuota("assay").Resize(std::max(kMaxBufferBytes, 2 * options.max_message_bytes)));
    for (const auto& service : services_) builder.RegisterService(service.get());
    server_ = builder.BuildAndStart();
    if (!server_) return Fail(ErrorCode::kInternal, "gRPC does not start");
    connections_ = std::make_unique<GrpcConnections>(options.max_connections, kLongestSilence);
    ASSAY_ASSIGN(const int port,
                 listener_.Start(options.listen, "gRPC", [this](tcp::socket socket) { HandOver(std::move(socket)); }));
    SetServing(true);
    return port;
  }

  Status Accepting() const {
    ASSAY_TRY(listener_.state());
    return connections_ ? connections_->HasRoom() : Status();
  }

  void BeginDrain() {
    SetServing(false);
    bridge_.admission.BeginDrain();
  }

  void Shutdown(std::chrono::steady_clock::time_point deadline) {
    if (!server_) return;
    BeginDrain();
    listener_.Close();
    const auto left =
        std::chrono::duration_cast<std::chrono::microseconds>(deadline - std::chrono::steady_clock::now());
    server_->Shutdown(std::chrono::system_clock::now() + left);
    server_->Wait();
    server_.reset();
  }

 private:
  void HandOver(tcp::socket socket) {
    if (!connections_->MakeRoom()) return;  // closes it
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.set_option(tcp::no_delay(true), ignored);
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.fd = socket.release(ignored);
    connections_->Add(connection.fd);
    acceptor_->HandleNewConnection(&connection);
  }

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
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<GrpcConnections> connections_;
  TcpListener listener_;
};

GrpcServer::GrpcServer(const MethodTable& methods, const Authenticator& authenticator, Admission& admission,
                       boost::asio::any_io_executor executor, Observe observe)
    : impl_(std::make_unique<Impl>(methods, authenticator, admission, std::move(executor), std::move(observe))) {}

GrpcServer::~GrpcServer() = default;

Result<int> GrpcServer::Start(const Options& options) { return impl_->Start(options); }
Status GrpcServer::Accepting() const { return impl_->Accepting(); }
void GrpcServer::BeginDrain() { impl_->BeginDrain(); }
void GrpcServer::Shutdown(std::chrono::steady_clock::time_point deadline) { impl_->Shutdown(deadline); }

}  // namespace assay
