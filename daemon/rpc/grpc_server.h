#pragma once
// The gRPC side of the API: every method of the table over gRPC's callback API, with the standard health service
// (grpc.health.v1) and reflection.

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "daemon/rpc/admission.h"
#include "daemon/rpc/authenticator.h"
#include "daemon/rpc/method_table.h"

namespace assay {

class GrpcServer {
 public:
  struct Options {
    std::string listen = "127.0.0.1:7070";  // HOST:PORT; port 0 takes a free one
    std::size_t max_message_bytes = 16u << 20;
    int max_calls_per_connection = 256;
    int max_connections = 1024;                           // a silent one makes room; else the new one is closed
    std::chrono::milliseconds handshake_timeout{10'000};  // from the connection to the client's HTTP/2 settings
    std::chrono::milliseconds idle_timeout{600'000};      // without a call; clients connect again by themselves
    std::chrono::milliseconds write_timeout{30'000};      // to take one message of a stream
  };
  // What a call ended with, for metrics and logs; called on the call's executor.
  using Observe = std::function<void(const Method& method, const Status& outcome, std::chrono::microseconds took)>;

  // Handlers run on `executor`, each call on a strand of its own. Everything given here outlives the server, and the
  // executor keeps running until Shutdown has returned.
  GrpcServer(const MethodTable& methods, const Authenticator& authenticator, Admission& admission,
             boost::asio::any_io_executor executor, Observe observe = {});
  ~GrpcServer();  // Shutdown at once, unless it was done
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // Listens and serves; returns the port. kUnavailable when the address cannot be had. Call once.
  Result<int> Start(const Options& options);

  // Why new connections cannot be had at the moment: accepting fails, or all of max_connections are open.
  // kUnavailable. Thread-safe; cheap enough for every probe.
  Status Accepting() const;

  // Health answers NOT_SERVING and Admission drains: streams end, new writes and streams are refused, reads go on.
  void BeginDrain();
  // BeginDrain, then takes no new calls, waits for those under way until `deadline`, and cancels the rest.
  // Returns when all have ended. Must not be called on the executor.
  void Shutdown(std::chrono::steady_clock::time_point deadline);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay
