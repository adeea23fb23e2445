#pragma once
// The services of assay.v1 as gRPC callback services: each method only looks up its handler and bridges the call to it.

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>
#include <vector>

#include "daemon/rpc/admission.h"
#include "daemon/rpc/authenticator.h"
#include "daemon/rpc/grpc_server.h"
#include "daemon/rpc/method_table.h"

namespace grpc {
class Service;
}

namespace assay {

// What every call needs. Outlives the services made with it.
struct GrpcBridge {
  const MethodTable& methods;
  const Authenticator& authenticator;
  Admission& admission;
  boost::asio::any_io_executor executor;
  GrpcServer::Observe observe;
  std::chrono::milliseconds write_timeout{30'000};  // as GrpcServer::Options
};

// For grpc::ServerBuilder; they outlive the server.
std::vector<std::unique_ptr<grpc::Service>> MakeGrpcServices(const GrpcBridge& bridge);

}  // namespace assay
