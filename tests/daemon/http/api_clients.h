#pragma once
// Clients of both transports over real sockets, on plain values.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/rpc/method_table.h"

namespace assay::testing {

// --- gRPC, by method name and bytes ---

struct GrpcAnswer {
  int code = 0;  // grpc::StatusCode
  std::string message;
  std::vector<std::string> responses;  // serialized
  std::multimap<std::string, std::string> trailers;
};

class GrpcClient {
 public:
  struct Options {
    std::string token = {};
    std::optional<std::chrono::milliseconds> timeout = {};
    // Called after each response; true cancels the call.
    std::function<bool(int responses)> cancel_after = {};
    bool compress = false;  // gzip
  };

  explicit GrpcClient(int port);
  ~GrpcClient();
  // Sends one message, reads all, waits for the end (at most a minute).
  GrpcAnswer Call(const std::string& path, const std::string& request, const Options& options);
  GrpcAnswer Call(const std::string& path, const std::string& request) { return Call(path, request, Options()); }

  // A call that another thread cancels.
  class Pending;
  std::unique_ptr<Pending> Start(const std::string& path, const std::string& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class GrpcClient::Pending {
 public:
  struct State;
  explicit Pending(std::unique_ptr<State> state);
  ~Pending();
  GrpcAnswer CancelAndWait();

 private:
  std::unique_ptr<State> state_;
};

// The bytes of the method's request that this JSON means, and the JSON of one of its responses.
std::string RequestBytes(const Method& method, const std::string& json);
std::string ResponseJson(const Method& method, const std::string& bytes);

// --- HTTP ---

struct HttpAnswer {
  int status = 0;                              // 0: no answer, the connection was closed
  std::map<std::string, std::string> headers;  // lower-case names
  std::string body;
};

// One connection; blocking, with a limit of a minute a request.
class HttpConnectionClient {
 public:
  explicit HttpConnectionClient(int port);
  ~HttpConnectionClient();

  struct Request {
    std::string verb = "POST";
    std::string path;
    std::map<std::string, std::string> headers = {{"Content-Type", "application/json"}};
    std::string body = "{}";
    std::string host = "localhost";
  };
  HttpAnswer Send(const Request& request);
  void SendRaw(std::string_view bytes);
  HttpAnswer Receive();
  void Close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// On a connection of its own.
HttpAnswer HttpSend(int port, const HttpConnectionClient::Request& request);

// A stream, taken apart: the messages and the JSON of its end.
struct StreamAnswer {
  int status = 0;
  std::vector<std::string> messages;
  std::string end;
};
StreamAnswer HttpStream(int port, const std::string& path, const std::string& json,
                        std::map<std::string, std::string> headers = {});

}  // namespace assay::testing
