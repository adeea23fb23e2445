// One coroutine a connection, one io_context a thread; a single acceptor deals connections out in turn. Answers are
// written as the bytes they were rendered to at load: Beast parses requests, but serializes nothing.

#include "replay/server.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <exception>
#include <thread>

namespace assay {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

constexpr std::chrono::seconds kLinger{2};  // for a refused body to drain, so that its reply is seen
constexpr std::size_t kMaxDrained = 64u << 20;
constexpr std::chrono::milliseconds kAcceptPause{50};  // when there are no more file descriptors
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Payload Too Large";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

struct Connection {
  bool keep_alive = false;
  bool is_http_1_0 = false;
};

std::string Head(const HttpReply& reply, Connection connection) {
  std::string head;
  head.reserve(192 + reply.headers.size());
  head += "HTTP/1.1 ";
  head += std::to_string(reply.status);
  head += ' ';
  head += Reason(reply.status);
  head += "\r\nContent-Type: ";
  head += reply.content_type;
  head += "\r\nContent-Length: ";
  head += std::to_string(reply.Body().size());
  head += "\r\n";
  head += reply.headers;
  if (!connection.keep_alive) {
    head += "Connection: close\r\n";
  } else if (connection.is_http_1_0) {
    head += "Connection: keep-alive\r\n";
  }
  head += "\r\n";
  return head;
}

// What is said of a request that is no HTTP; nothing when the peer is gone or silent.
std::optional<HttpReply> Refusal(error_code error) {
  if (error == http::error::body_limit) {
    return ErrorReply(413, "invalid_request_error", "body_too_large", "the body is larger than 16 MiB");
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return ErrorReply(431, "invalid_request_error", "header_too_large", "the header is larger than 32 KiB");
  }
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error.category() != http::make_error_code(http::error::bad_method).category()) return std::nullopt;
  return ErrorReply(400, "invalid_request_error", "bad_http", "not a valid HTTP/1.1 request: " + error.message());
}

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

struct Address {
  asio::ip::address ip;
  std::uint16_t port = 0;
};

Result<Address> ParseListen(const std::string& listen) {
  const auto bad = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument, "listen address \"" + listen + "\": " + std::string(why));
  };
  const std::size_t colon = listen.rfind(':');
  if (colon == std::string::npos) return bad("write HOST:PORT, 127.0.0.1:0 for any free port");
  std::string host = listen.substr(0, colon);
  const std::string_view port = std::string_view(listen).substr(colon + 1);
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  Address out;
  error_code error;
  out.ip = asio::ip::make_address(host, error);
  if (error) return bad("\"" + host + "\" is neither an IP address nor localhost");
  const auto [end, parsed] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (parsed != std::errc() || end != port.data() + port.size()) return bad("the port is no number from 0 to 65535");
  return out;
}

}  // namespace

class ReplayServer::Impl {
 public:
  Impl(Recordings recordings, ReplayOptions replay, ServerOptions options)
      : responder_(std::move(recordings), std::move(replay)), options_(std::move(options)) {
    for (int i = 0; i < options_.threads; ++i) loops_.push_back(std::make_unique<Loop>());
  }

  ~Impl() {
    Stop();
    // The accept operation on the first loop may hold a socket of another: the first goes first.
    acceptor_.reset();
    for (std::unique_ptr<Loop>& loop : loops_) loop.reset();
  }

  Status Listen() {
    ASSAY_ASSIGN(const Address address, ParseListen(options_.listen));
    if (!address.ip.is_loopback() && !options_.allow_remote) {
      return Fail(ErrorCode::kPermissionDenied, "listen address \"" + options_.listen +
                                                    "\" is reachable from other machines; --allow-remote permits it");
    }
    const auto failed = [&](const error_code& error) {
      return Fail(ErrorCode::kUnavailable, "cannot listen on " + options_.listen + ": " + error.message());
    };
    const tcp::endpoint endpoint(address.ip, address.port);
    acceptor_ = std::make_unique<tcp::acceptor>(loops_.front()->context);
    error_code error;
    acceptor_->open(endpoint.protocol(), error);
    if (!error) acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_->bind(endpoint, error);
    if (!error) acceptor_->listen(asio::socket_base::max_listen_connections, error);
    if (error) return failed(error);
    const tcp::endpoint bound = acceptor_->local_endpoint(error);
    if (error) return failed(error);
    port_ = bound.port();
    const std::string host = bound.address().to_string();
    url_ = "http://" + (bound.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(port_) + "/v1";
    return {};
  }

  void Run() {
    asio::co_spawn(loops_.front()->context, Accept(), asio::detached);
    for (const std::unique_ptr<Loop>& loop : loops_) {
      loop->thread = std::thread([&context = loop->context] { context.run(); });
    }
  }

  void Stop() {
    if (stopped_.exchange(true)) return;
    for (const std::unique_ptr<Loop>& loop : loops_) loop->context.stop();
    for (const std::unique_ptr<Loop>& loop : loops_) {
      if (loop->thread.joinable()) loop->thread.join();
    }
  }

  const Responder& responder() const { return responder_; }
  std::uint16_t port() const { return port_; }
  const std::string& url() const { return url_; }

 private:
  struct Loop {
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    std::thread thread;
  };

  // Counts a connection as long as it lives.
  class Slot {
   public:
    explicit Slot(std::atomic<std::size_t>& open) : open_(&open) { ++*open_; }
    Slot(Slot&& other) noexcept : open_(std::exchange(other.open_, nullptr)) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (open_ != nullptr) --*open_;
    }

   private:
    std::atomic<std::size_t>* open_;
  };

  asio::awaitable<void> Accept() {
    asio::steady_timer pause(loops_.front()->context);
    for (std::size_t turn = 0;; ++turn) {
      asio::io_context& context = loops_[turn % loops_.size()]->context;
      auto [error, socket] = co_await acceptor_->async_accept(context, kAwait);
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        pause.expires_after(kAcceptPause);
        co_await pause.async_wait(kAwait);
        continue;
      }
      Slot slot(open_);
      const bool has_room = open_ <= options_.max_connections;
      asio::co_spawn(context, Serve(std::move(socket), std::move(slot), has_room), asio::detached);
    }
  }

  asio::awaitable<void> Serve(tcp::socket socket, Slot slot, bool has_room) {
    const Slot counted(std::move(slot));
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    beast::tcp_stream stream(std::move(socket));
    if (!has_room) {
      const HttpReply reply = ErrorReply(503, "server_error", "too_many_connections", "too many connections are open");
      co_await SendLast(stream, reply);
      co_return;
    }
    beast::flat_buffer buffer(ServerOptions::kMaxHeader + (64u << 10));
    while (co_await ServeOne(stream, buffer)) {
    }
  }

  enum class BodyBytes { kSent, kLeftOut };

  // Whether the connection may carry another request.
  asio::awaitable<bool> ServeOne(beast::tcp_stream& stream, beast::flat_buffer& buffer) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(ServerOptions::kMaxHeader);
    parser.body_limit(ServerOptions::kMaxBody);
    stream.expires_after(options_.idle_timeout);
    auto [error, header_bytes] = co_await http::async_read_header(stream, buffer, parser, kAwait);
    if (!error && !parser.is_done()) {
      stream.expires_after(options_.idle_timeout);
      if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
        const asio::const_buffer line(kContinue.data(), kContinue.size());
        co_await asio::async_write(stream, line, kAwait);
      }
      auto [body_error, body_bytes] = co_await http::async_read(stream, buffer, parser, kAwait);
      error = body_error;
    }
    if (error) {
      const std::optional<HttpReply> refusal = Refusal(error);
      if (refusal) co_await SendLast(stream, *refusal);
      co_return false;
    }
    const http::request<http::string_body>& request = parser.get();
    const HttpReply reply = responder_.Answer({.method = View(request.method_string()),
                                               .target = View(request.target()),
                                               .authorization = View(request[http::field::authorization]),
                                               .body = request.body()});
    if (reply.delay > Duration(0)) {
      asio::steady_timer timer(stream.get_executor());
      timer.expires_after(reply.delay);
      co_await timer.async_wait(kAwait);
    }
    const Connection connection{.keep_alive = request.keep_alive(), .is_http_1_0 = request.version() < 11};
    const BodyBytes bytes = request.method() == http::verb::head ? BodyBytes::kLeftOut : BodyBytes::kSent;
    const bool sent = co_await Send(stream, reply, connection, bytes);
    if (sent && !connection.keep_alive) co_await Drain(stream);
    co_return sent&& connection.keep_alive;
  }

  asio::awaitable<bool> Send(beast::tcp_stream& stream, const HttpReply& reply, Connection connection,
                             BodyBytes bytes) {
    if (reply.event_delay > Duration(0) && bytes == BodyBytes::kSent && !reply.event_ends.empty()) {
      co_return co_await SendEvents(stream, reply, connection);
    }
    const std::string head = Head(reply, connection);
    const std::string_view body = bytes == BodyBytes::kSent ? reply.Body() : std::string_view();
    const std::array<asio::const_buffer, 2> buffers = {asio::const_buffer(head.data(), head.size()),
                                                       asio::const_buffer(body.data(), body.size())};
    stream.expires_after(options_.idle_timeout);
    const auto [error, written] = co_await asio::async_write(stream, buffers, kAwait);
    co_return !error;
  }

  // Event by event, with the wait of the reply between them.
  asio::awaitable<bool> SendEvents(beast::tcp_stream& stream, const HttpReply& reply, Connection connection) {
    const std::string head = Head(reply, connection);
    asio::steady_timer timer(stream.get_executor());
    std::size_t begin = 0;
    for (const std::size_t end : reply.event_ends) {
      const bool is_first = begin == 0;
      if (!is_first) {
        timer.expires_after(reply.event_delay);
        co_await timer.async_wait(kAwait);
      }
      const std::array<asio::const_buffer, 2> buffers = {asio::const_buffer(head.data(), is_first ? head.size() : 0),
                                                         asio::const_buffer(reply.text.data() + begin, end - begin)};
      stream.expires_after(options_.idle_timeout);
      const auto [error, written] = co_await asio::async_write(stream, buffers, kAwait);
      if (error) co_return false;
      begin = end;
    }
    co_return true;
  }

  asio::awaitable<void> SendLast(beast::tcp_stream& stream, const HttpReply& reply) {
    const bool sent = co_await Send(stream, reply, Connection(), BodyBytes::kSent);
    if (sent) co_await Drain(stream);
  }

  // Reads what the peer still sends before the socket is closed: closing at once would reset the connection and could
  // take the reply with it.
  asio::awaitable<void> Drain(beast::tcp_stream& stream) {
    error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream.expires_after(kLinger);
    std::vector<char> bin(64u << 10);
    const asio::mutable_buffer target(bin.data(), bin.size());
    for (std::size_t drained = 0; drained < kMaxDrained;) {
      const auto [error, got] = co_await stream.async_read_some(target, kAwait);
      if (error) break;
      drained += got;
    }
  }

  Responder responder_;
  const ServerOptions options_;
  std::atomic<std::size_t> open_{0};
  std::atomic<bool> stopped_{false};
  std::uint16_t port_ = 0;
  std::string url_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::unique_ptr<tcp::acceptor> acceptor_;
};

Result<std::unique_ptr<ReplayServer>> ReplayServer::Start(Recordings recordings, ReplayOptions replay,
                                                          ServerOptions server) {
  if (server.threads < 1 || server.threads > 64) {
    return Fail(ErrorCode::kInvalidArgument, "threads " + std::to_string(server.threads) + " is not between 1 and 64");
  }
  ASSAY_TRY(CheckRates(replay.faults));
  try {
    auto impl = std::make_unique<Impl>(std::move(recordings), std::move(replay), std::move(server));
    ASSAY_TRY(impl->Listen());
    impl->Run();
    return std::unique_ptr<ReplayServer>(new ReplayServer(std::move(impl)));
  } catch (const std::exception& failure) {
    return Fail(ErrorCode::kInternal, std::string("the replay server cannot start: ") + failure.what());
  }
}

ReplayServer::ReplayServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ReplayServer::~ReplayServer() = default;

std::uint16_t ReplayServer::port() const { return impl_->port(); }
std::string ReplayServer::url() const { return impl_->url(); }
ReplayCounts ReplayServer::counts() const { return impl_->responder().counts(); }
const Recordings& ReplayServer::recordings() const { return impl_->responder().recordings(); }
void ReplayServer::Stop() { impl_->Stop(); }

}  // namespace assay
