#pragma once
// HTTP requests from coroutines: one libcurl multi handle a loop, woken by socket events. HTTP/1.1 with keep-alive, no
// redirects followed, http and https only, every transfer bounded in time and size.

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "runners/deadline.h"
#include "runners/event_loops.h"

namespace assay {

enum class HttpMethod { kGet, kPost, kPut };

enum class BodyState {
  kOpen,   // more of it is wanted
  kWhole,  // what follows is thrown away
};

struct HttpRequest {
  HttpMethod method = HttpMethod::kPost;
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;                  // not sent with kGet
  Duration connect_timeout = std::chrono::seconds(10);
  Duration timeout = std::chrono::seconds(60);  // from the call to the last byte
  std::size_t max_response_bytes = 10u << 20;   // of the body
  // Gets the body of a 200 in pieces as they arrive, instead of HttpResponse::body. Called on the loop; must be quick
  // and must not throw. An error of it ends the transfer and is its result. After kWhole the answer is one however the
  // transfer ends, and it ends soon: a server that leaves the body open is hung up on.
  std::function<Result<BodyState>(std::string_view piece)> on_body = {};
};

struct HttpResponse {
  int status = 0;
  std::string body;
  std::string content_type;    // as sent; "" when absent
  std::string date;            // of the answer, as the server's clock says; "" when absent
  std::string location;        // of a redirect
  std::string retry_after;     // the header's value; "" when absent
  std::string retry_after_ms;  // likewise
  std::vector<std::pair<std::string, std::string>> rate_limits;  // headers about limits, name and value, 32 at most
  Duration latency{0};  // request sent to last byte, or to kWhole, without the time to connect
};

// How far a request came, also one that has no answer.
struct HttpProgress {
  // How often it was sent: 0 when there was no connection. At most 2: once more where a connection that had been kept
  // open was closed at once and without a byte, as servers do with those that nobody used for a while.
  int sends = 0;
  // The status of an answer whose body was too large to be read to its end; else 0.
  int too_large_status = 0;
};

struct HttpOptions {
  // Connections kept open, a loop. At least the number of requests in flight on a loop, else every request connects
  // anew.
  int connections_per_loop = 1024;
};

// Thread-safe: every loop has its own part.
class HttpClient {
 public:
  // `loops` must outlive the client.
  explicit HttpClient(EventLoops& loops, HttpOptions options = {});
  // Ends transfers in flight as kCancelled. Call from no loop; either while the loops run or after they were stopped.
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Any complete answer is a value, whatever its status. Errors:
  // kDeadlineExceeded (connecting, the request's timeout or `deadline`), kUnavailable (no connection, lost connection,
  // unknown host), kDataLoss (the answer is not HTTP), kResourceExhausted (answer over max_response_bytes, or no
  // memory), kFailedPrecondition (TLS verification), kInvalidArgument (URL), kCancelled (by the coroutine's
  // cancellation slot, or the client ends). Messages name the address without user, password or query. The calling
  // coroutine runs on one of the client's loops; `request` lives until the answer.
  // `progress`, if any, is set when it ends.
  boost::asio::awaitable<Result<HttpResponse>> Send(const HttpRequest& request, Deadline deadline,
                                                    HttpProgress* progress = nullptr);

 private:
  class Loop;
  EventLoops& loops_;
  std::vector<std::shared_ptr<Loop>> parts_;
};

// `url` for messages and logs: without user, password, query and fragment.
std::string DisplayUrl(std::string_view url);

// The host of a URL that begins with http:// or https://; of an IPv6 address without its brackets.
std::string_view HostOfUrl(std::string_view url);

}  // namespace assay
