#pragma once
// A server of the plug-in protocol that does what a test says.

#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "assay/v1/grader_plugin.grpc.pb.h"

namespace assay {

class ScriptedPlugin final : public v1::GraderPlugin::Service {
 public:
  using Script = std::function<::grpc::Status(::grpc::ServerContext&, const v1::GradeRequest&, v1::GradeResponse&)>;
  Script script = [](auto&, auto&, v1::GradeResponse& response) {
    response.mutable_score()->set_pass(true);
    return ::grpc::Status::OK;
  };
  std::atomic<int> described = 0;
  std::atomic<int> graded = 0;
  std::atomic<int> in_flight = 0;
  std::atomic<int> most_in_flight = 0;
  std::atomic<int> version = 1;

  ::grpc::Status Describe(::grpc::ServerContext*, const v1::DescribeRequest*, v1::DescribeResponse* response) override {
    ++described;
    response->set_name("scripted");
    response->set_version(std::to_string(version));
    return ::grpc::Status::OK;
  }
  ::grpc::Status Grade(::grpc::ServerContext* context, const v1::GradeRequest* request,
                       v1::GradeResponse* response) override {
    ++graded;
    const int now = ++in_flight;
    if (now > most_in_flight) most_in_flight = now;
    ::grpc::Status status = script(*context, *request, *response);
    --in_flight;
    return status;
  }
};

// Serves on a free port of the loopback interface, or on the one of an earlier server.
class GrpcStub {
 public:
  explicit GrpcStub(
      ::grpc::Service& service, int port = 0, bool has_health = true,
      const std::shared_ptr<::grpc::ServerCredentials>& credentials = ::grpc::InsecureServerCredentials()) {
    ::grpc::EnableDefaultHealthCheckService(has_health);
    ::grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port), credentials, &port_);
    builder.RegisterService(&service);
    server_ = builder.BuildAndStart();
  }
  ~GrpcStub() { server_->Shutdown(std::chrono::system_clock::now()); }
  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  void SetServing(bool is_serving) {
    server_->GetHealthCheckService()->SetServingStatus("assay.v1.GraderPlugin", is_serving);
  }

 private:
  int port_ = 0;
  std::unique_ptr<::grpc::Server> server_;
};

}  // namespace assay
