#pragma once
// An HTTPS server on a free port of the loopback interface whose certificate nobody has signed but itself, made when
// it starts, on a thread of its own.

#include <atomic>
#include <memory>
#include <string>

namespace assay::testing {

class TlsStub {
 public:
  TlsStub();
  ~TlsStub();

  // "https://127.0.0.1:PORT"
  std::string url() const;
  int connections() const { return connections_; }  // accepted so far
  int open() const { return open_; }                // connections open now
  int handshakes() const { return handshakes_; }    // that clients completed

 private:
  struct Server;

  std::atomic<int> connections_ = 0;
  std::atomic<int> open_ = 0;
  std::atomic<int> handshakes_ = 0;
  std::unique_ptr<Server> server_;
};

}  // namespace assay::testing
