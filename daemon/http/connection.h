#pragma once
// One keep-alive connection: reads requests, answers them one after the other, and ends when the client goes, is too
// slow, breaks the protocol, or the server stops.

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "daemon/http/body_budget.h"
#include "daemon/http/http_server.h"

namespace assay {

// What all connections of a server share; outlives them.
struct HttpService {
  const MethodTable& methods;
  const Authenticator& authenticator;
  Admission& admission;
  HttpPages pages;
  HttpServer::Observe observe;
  HttpServer::Options options;
  std::shared_ptr<BodyBudget> bodies;  // a connection may be destroyed after it has ended, and the server is gone
  bool loopback_only = true;           // check the Host header
};

// What a connection waits for, in the order in which it is given up when others need its place.
enum class Waiting { kNextRequest, kHeader, kBody, kOwnAnswer };

// Thread-safe.
class Connection {
 public:
  virtual ~Connection() = default;
  // Closes after the request under way, at once when there is none.
  virtual void Drain() = 0;
  // Cancels the call under way and closes.
  virtual void Abort() = 0;
  // Closes, after the answer when the client waits for one.
  virtual void GiveUp() = 0;

  struct State {
    Waiting waiting;
    std::chrono::steady_clock::time_point since;
    auto operator<=>(const State&) const = default;
  };
  virtual State state() const = 0;
};

enum class ServedPaths { kAll, kPages };

// Serves `socket`, whose executor is a strand. `ended` is called once, on the strand, when the connection is closed;
// until then it keeps itself alive.
std::shared_ptr<Connection> ServeConnection(boost::asio::ip::tcp::socket socket, const HttpService& service,
                                            ServedPaths paths, std::function<void()> ended);

}  // namespace assay
