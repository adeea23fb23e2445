// One coroutine a connection, all on one thread. A request's tokens are computed one at a time, and between two of them
// the others have their turn.
#include "tests/testing/tiny_model/server.h"

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>
#include <random>
#include <thread>

#include "tests/testing/tiny_model/chat_api.h"

namespace assay::testing {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kIdle{30};  // for a request to arrive, and for each part of an answer to leave

using Request = http::request<http::string_body>;

std::string Event(const std::string& data) { return "data: " + data + "\n\n"; }

std::optional<ApiError> RouteError(const Request& request) {
  const std::string_view target(request.target().data(), request.target().size());
  const bool is_models = target == "/v1/models";
  if (!is_models && target != "/v1/chat/completions") {
    return ApiError{.status = 404, .message = "there is no such path", .param = "", .code = "unknown_url"};
  }
  if (request.method() == (is_models ? http::verb::get : http::verb::post)) return std::nullopt;
  return ApiError{
      .status = 405, .message = is_models ? "use GET" : "use POST", .param = "", .code = "method_not_supported"};
}

std::int64_t UnixSeconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

class TinyModelServer::Impl {
 public:
  Impl(LanguageModel model, Tokenizer tokenizer) : model_(std::move(model)), tokenizer_(std::move(tokenizer)) {}

  Status Listen(std::uint16_t port) {
    error_code error;
    const tcp::endpoint address(asio::ip::address_v4::loopback(), port);
    acceptor_.open(address.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(address, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error)
      return Fail(ErrorCode::kUnavailable, "cannot listen on port " + std::to_string(port) + ": " + error.message());
    asio::co_spawn(context_, Accept(), asio::detached);
    thread_ = std::thread([this] { context_.run(); });
    return {};
  }

  ~Impl() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  std::uint16_t port() const { return port_; }
  int requests() const { return requests_; }
  int open() const { return open_; }

 private:
  asio::awaitable<void> Accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(kAsTuple);
      if (error) co_return;
      if (open_ >= kMaxConnections) continue;
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      ++open_;
      asio::co_spawn(context_, Serve(beast::tcp_stream(std::move(socket))),
                     [this](const std::exception_ptr&) { --open_; });
    }
  }

  asio::awaitable<void> Serve(beast::tcp_stream stream) {
    beast::flat_buffer buffer(kMaxHeader + (64u << 10));
    for (bool is_open = true; is_open;) {
      http::request_parser<http::string_body> parser;
      parser.header_limit(kMaxHeader);
      parser.body_limit(kMaxBody);
      stream.expires_after(kIdle);
      const auto [error, read] = co_await http::async_read(stream, buffer, parser, kAsTuple);
      if (error == http::error::body_limit) {
        const ApiError too_large{
            .status = 413, .message = "the body is larger than 1 MiB", .param = "", .code = "too_large"};
        co_await Refuse(stream, parser.get(), too_large);
      }
      if (error) break;
      ++requests_;
      is_open = co_await Answer(stream, parser.get());
      is_open = is_open && parser.get().keep_alive();
    }
    error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  // Whether the connection may carry another request.
  asio::awaitable<bool> Answer(beast::tcp_stream& stream, const Request& request) {
    if (const std::optional<ApiError> misrouted = RouteError(request)) {
      co_return co_await Refuse(stream, request, *misrouted);
    }
    if (request.method() == http::verb::get) {
      const std::string models = ModelsBody();
      co_return co_await Send(stream, request, 200, models);
    }
    const auto call = ReadChatCall(request.body(), model_, tokenizer_, seeds_());
    if (!call) {
      co_return co_await Refuse(stream, request, call.error());
    }
    ChatReply reply(model_, tokenizer_, *call, "chatcmpl-" + std::to_string(requests_), UnixSeconds());
    if (call->is_stream) {
      co_return co_await Stream(stream, request, reply);
    }
    while (reply.Advance()) co_await LetOthersRun();
    const std::string whole = reply.Whole();
    co_return co_await Send(stream, request, 200, whole);
  }

  static asio::awaitable<bool> Refuse(beast::tcp_stream& stream, const Request& request, const ApiError& error) {
    const std::string body = ErrorBody(error);
    co_return co_await Send(stream, request, error.status, body);
  }

  static asio::awaitable<void> LetOthersRun() {
    const auto executor = co_await asio::this_coro::executor;
    const auto token = asio::use_awaitable;
    co_await asio::post(executor, token);
  }

  static asio::awaitable<bool> Send(beast::tcp_stream& stream, const Request& request, int status,
                                    const std::string& body) {
    http::response<http::string_body> response(static_cast<http::status>(status), request.version());
    response.set(http::field::content_type, "application/json");
    response.keep_alive(request.keep_alive());
    response.body() = body;
    response.prepare_payload();
    stream.expires_after(kIdle);
    const auto [error, written] = co_await http::async_write(stream, response, kAsTuple);
    co_return !error;
  }

  // Every token leaves as soon as it is known.
  static asio::awaitable<bool> Stream(beast::tcp_stream& stream, const Request& request, ChatReply& reply) {
    http::response<http::empty_body> head(http::status::ok, request.version());
    head.set(http::field::content_type, "text/event-stream");
    head.set(http::field::cache_control, "no-cache");
    head.keep_alive(request.keep_alive());
    head.chunked(true);
    http::response_serializer<http::empty_body> serializer(head);
    stream.expires_after(kIdle);
    const auto [error, written] = co_await http::async_write_header(stream, serializer, kAsTuple);
    if (error) co_return false;
    const std::string first = Event(reply.FirstChunk());
    if (!co_await SendPart(stream, first)) co_return false;
    for (bool is_growing = true; is_growing;) {
      co_await LetOthersRun();
      is_growing = reply.Advance();
      const std::string chunk = reply.TokenChunk();
      if (chunk.empty()) continue;
      const std::string event = Event(chunk);
      if (!co_await SendPart(stream, event)) co_return false;
    }
    std::string last;
    for (const std::string& chunk : reply.LastChunks()) last += Event(chunk);
    last += Event("[DONE]");
    if (!co_await SendPart(stream, last)) co_return false;
    const auto end = http::make_chunk_last();
    const auto [end_error, end_written] = co_await asio::async_write(stream, end, kAsTuple);
    co_return !end_error;
  }

  static asio::awaitable<bool> SendPart(beast::tcp_stream& stream, const std::string& text) {
    const auto part = http::make_chunk(asio::buffer(text));
    stream.expires_after(kIdle);
    const auto [error, written] = co_await asio::async_write(stream, part, kAsTuple);
    co_return !error;
  }

  const LanguageModel model_;
  const Tokenizer tokenizer_;
  std::random_device seeds_;
  std::atomic<int> requests_ = 0;
  std::atomic<int> open_ = 0;
  std::uint16_t port_ = 0;
  asio::io_context context_{1};
  tcp::acceptor acceptor_{context_};
  std::thread thread_;
};

Result<std::unique_ptr<TinyModelServer>> TinyModelServer::Start(const std::filesystem::path& folder,
                                                                std::uint16_t port) {
  ASSAY_ASSIGN(LanguageModel model, LanguageModel::Load(folder / "stories260K.bin"));
  ASSAY_ASSIGN(Tokenizer tokenizer, Tokenizer::Load(folder / "tok512.bin", model.shape().vocabulary));
  auto impl = std::make_unique<Impl>(std::move(model), std::move(tokenizer));
  ASSAY_TRY(impl->Listen(port));
  return std::unique_ptr<TinyModelServer>(new TinyModelServer(std::move(impl)));
}

TinyModelServer::TinyModelServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TinyModelServer::~TinyModelServer() = default;

std::string TinyModelServer::url() const { return "http://127.0.0.1:" + std::to_string(impl_->port()) + "/v1"; }
int TinyModelServer::requests() const { return impl_->requests(); }
int TinyModelServer::open() const { return impl_->open(); }

}  // namespace assay::testing
