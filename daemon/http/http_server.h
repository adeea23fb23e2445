#pragma once
// The HTTP side: the web page, probes, metrics, and every method of the API over the Connect protocol with JSON
// (https://connectrpc.com/docs/protocol). HTTP/1.1 with keep-alive.
//
// Browsers: there is no CORS, and calls need a JSON content type, so pages of other sites cannot make them. A server
// that listens on loopback also refuses Host headers that name anything else, against DNS rebinding.

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "core/result.h"
#include "daemon/rpc/admission.h"
#include "daemon/rpc/authenticator.h"
#include "daemon/rpc/method_table.h"
#include "web/embed/web_files.h"

namespace assay {

// What the plain pages show. Called on the executor for every request: must not block.
struct HttpPages {
  std::function<Status()> ready;         // the error's message says why not; /readyz answers 503 then
  std::function<std::string()> metrics;  // Prometheus text format
  std::string version;                   // of this program, for the status page
  std::string grpc_address;              // for the status page, e.g. "127.0.0.1:7070"
  std::span<const WebFile> web = {};     // the web page, ordered by path; what it views outlives the server
};

class HttpServer {
 public:
  struct Options {
    std::string listen = "127.0.0.1:7071";  // HOST:PORT; port 0 takes a free one
    std::size_t max_header_bytes = 16u << 10;
    std::size_t max_body_bytes = 16u << 20;
    std::size_t max_held_bytes = 64u << 20;  // of the bodies of all connections, beyond 64 KiB each; at least one body
    // When so many are open, one that waits for its client makes room: the idle ones first, then those that have waited
    // longest for a header or a body. When all are busy, further ones are served pages only.
    int max_connections = 512;
    int max_page_connections = 64;                     // these further ones; others get 503
    std::chrono::milliseconds idle_timeout{75'000};    // between an answer and the next request
    std::chrono::milliseconds header_timeout{10'000};  // to receive a header
    std::chrono::milliseconds body_timeout{60'000};    // to receive a body
    std::chrono::milliseconds write_timeout{30'000};   // to send one answer, or one message of a stream
  };
  // What a call of the API ended with, for metrics and logs; called on the executor.
  using Observe = std::function<void(const Method& method, const Status& outcome, std::chrono::microseconds took)>;

  // Handlers run on `executor`, each connection on a strand of its own. Everything given here outlives the server, and
  // the executor keeps running until Shutdown has returned.
  HttpServer(const MethodTable& methods, const Authenticator& authenticator, Admission& admission,
             boost::asio::any_io_executor executor, HttpPages pages, Observe observe = {});
  ~HttpServer();  // Shutdown at once, unless it was done
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Listens and serves; returns the port. kInvalidArgument for a wrong address, kUnavailable when it cannot be had.
  // Call once.
  Result<int> Start(const Options& options);

  // Admission drains; each connection is closed after the request it serves. Probes go on: /readyz must answer 503.
  void BeginDrain();
  // BeginDrain, accepts no more, waits for what is under way until `deadline`, then cancels the rest. Returns when all
  // has ended. Must not be called on the executor.
  void Shutdown(std::chrono::steady_clock::time_point deadline);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace assay
