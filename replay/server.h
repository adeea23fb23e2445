#pragma once
// The HTTP/1.1 server of assay-replay. Tests use it in their own process; the program is main.cc around it.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/result.h"
#include "replay/behaviour.h"
#include "replay/recordings.h"
#include "replay/responder.h"

namespace assay {

struct ServerOptions {
  std::string listen =
      "127.0.0.1:7080";       // HOST:PORT; HOST an IP address ([…] around IPv6) or localhost; port 0: any free one
  bool allow_remote = false;  // an address beyond loopback is refused without it
  int threads = 1;            // [1, 64]
  std::size_t max_connections = 4096;  // one more is answered 503 and closed
  std::chrono::milliseconds idle_timeout =
      std::chrono::minutes(2);  // for the next request, and for each request to arrive

  static constexpr std::size_t kMaxBody = 16u << 20;    // 413 beyond
  static constexpr std::size_t kMaxHeader = 32u << 10;  // 431 beyond
};

// Serves from Start to Stop or destruction, on threads of its own. Thread-safe.
class ReplayServer {
 public:
  // Listening when it returns. kInvalidArgument for options, kPermissionDenied for a remote address that is not
  // allowed, kUnavailable when the address cannot be bound.
  static Result<std::unique_ptr<ReplayServer>> Start(Recordings recordings, ReplayOptions replay, ServerOptions server);
  ~ReplayServer();
  ReplayServer(const ReplayServer&) = delete;
  ReplayServer& operator=(const ReplayServer&) = delete;

  std::uint16_t port() const;
  // "http://127.0.0.1:PORT/v1", what a Model's endpoint.url wants.
  std::string url() const;
  ReplayCounts counts() const;
  const Recordings& recordings() const;
  // Drops open connections; a second call does nothing.
  void Stop();

 private:
  class Impl;
  explicit ReplayServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay
