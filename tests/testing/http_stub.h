#pragma once
// A scripted HTTP server on a free port of the loopback interface, on a thread of its own.

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace assay::testing {

struct StubRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

struct StubReply {
  enum class Fault {
    kNone,
    kCut,      // closes the connection instead of answering
    kCutBody,  // announces the body and closes after half of it
    kReset,    // the same, but resets the connection
    kStall,    // announces a byte more than the body and holds the connection until the client closes it
    kDrip,     // sends the body a byte at a time, `delay` before each
    kGarbage,  // sends `body` as it is, without HTTP, and closes
    kNever,    // holds the connection until the client closes it
  };
  int status = 200;
  std::string body = "";
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::chrono::milliseconds delay{0};  // before the answer
  Fault fault = Fault::kNone;
};

class HttpStub {
 public:
  // Called on the server's thread, with the number of requests before this one.
  using Script = std::function<StubReply(const StubRequest& request, int index)>;

  // `port` 0 is any free one; that of an earlier stub makes it the same server, started anew.
  explicit HttpStub(Script script, int port = 0);
  ~HttpStub();

  // "http://127.0.0.1:PORT"
  std::string url() const;
  int port() const { return port_; }
  int requests() const { return requests_; }
  int connections() const { return connections_; }  // accepted so far
  int open() const { return open_; }                // connections open now
  int in_flight() const { return in_flight_; }      // requests read and not answered yet
  int most_in_flight() const { return most_in_flight_; }
  std::vector<StubRequest> received() const;

 private:
  struct Server;
  friend struct Server;

  Script script_;
  int port_ = 0;
  std::atomic<int> requests_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<int> open_ = 0;
  std::atomic<int> in_flight_ = 0;
  std::atomic<int> most_in_flight_ = 0;
  mutable std::mutex mutex_;
  std::vector<StubRequest> received_;
  std::unique_ptr<Server> server_;
};

// A 200 with a chat completion that says `text`.
StubReply ChatAnswer(const std::string& text);

// A port of the loopback interface that nothing listens on.
int ClosedPort();

}  // namespace assay::testing
