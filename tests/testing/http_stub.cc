#include "tests/testing/http_stub.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <thread>

#include "core/json.h"

namespace assay::testing {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

struct HttpStub::Server {
  Server(HttpStub& owner, std::uint16_t port)
      : stub(owner), acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), port)) {}

  asio::awaitable<void> Accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
      if (error) co_return;
      socket.set_option(tcp::no_delay(true));
      ++stub.connections_;
      ++stub.open_;
      asio::co_spawn(context, Serve(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> Serve(tcp::socket socket) {
    beast::flat_buffer buffer;
    bool is_open = true;
    while (is_open) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(64u << 20);
      auto [error, read] = co_await http::async_read(socket, buffer, parser, asio::as_tuple(asio::use_awaitable));
      if (error) break;
      StubRequest request = Convert(parser.get());
      int index = stub.requests_.fetch_add(1);
      int now = stub.in_flight_.fetch_add(1) + 1;
      if (now > stub.most_in_flight_) stub.most_in_flight_ = now;
      StubReply reply = stub.script_(request, index);
      {
        std::lock_guard lock(stub.mutex_);
        stub.received_.push_back(std::move(request));
      }
      is_open = co_await Answer(socket, reply);
    }
    boost::system::error_code ignored;
    socket.shutdown(tcp::socket::shutdown_both, ignored);
    socket.close(ignored);
    --stub.open_;
  }

  static StubRequest Convert(const http::request<http::string_body>& message) {
    StubRequest request{std::string(message.method_string()), std::string(message.target()), {}, message.body()};
    for (const auto& field : message) {
      std::string name(field.name_string());
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      request.headers[name] = std::string(field.value());
    }
    return request;
  }

  // Whether the connection stays open.
  asio::awaitable<bool> Answer(tcp::socket& socket, const StubReply& reply) {
    using Fault = StubReply::Fault;
    if (reply.fault != Fault::kDrip) co_await Wait(reply.delay);
    if (reply.fault == Fault::kNever) co_await WaitForTheEnd(socket);
    --stub.in_flight_;
    if (reply.fault == Fault::kNever || reply.fault == Fault::kCut) co_return false;
    if (reply.fault == Fault::kDrip) {
      co_return co_await Drip(socket, reply);
    }
    std::string text = reply.fault == Fault::kGarbage ? reply.body : Head(reply) + reply.body;
    const bool is_half = reply.fault == Fault::kCutBody || reply.fault == Fault::kReset;
    if (is_half) text.resize(text.size() - reply.body.size() / 2);
    auto bytes = asio::buffer(text);
    auto [error, written] = co_await asio::async_write(socket, bytes, asio::as_tuple(asio::use_awaitable));
    if (reply.fault == Fault::kStall) co_await WaitForTheEnd(socket);
    if (reply.fault == Fault::kReset) {
      boost::system::error_code ignored;
      socket.set_option(asio::socket_base::linger(true, 0), ignored);
      socket.close(ignored);
    }
    co_return !error && reply.fault == Fault::kNone;
  }

  asio::awaitable<void> Wait(std::chrono::milliseconds duration) {
    if (duration.count() == 0) co_return;
    asio::steady_timer timer(context, duration);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }

  // Until the client closes the connection.
  static asio::awaitable<void> WaitForTheEnd(tcp::socket& socket) {
    char byte = 0;
    auto rest = asio::buffer(&byte, 1);
    co_await socket.async_read_some(rest, asio::as_tuple(asio::use_awaitable));
  }

  asio::awaitable<bool> Drip(tcp::socket& socket, const StubReply& reply) {
    const std::string head = Head(reply);
    auto bytes = asio::buffer(head);
    auto [error, written] = co_await asio::async_write(socket, bytes, asio::as_tuple(asio::use_awaitable));
    for (std::size_t at = 0; !error && at < reply.body.size(); ++at) {
      co_await Wait(reply.delay);
      auto byte = asio::buffer(&reply.body[at], 1);
      auto [broken, sent] = co_await asio::async_write(socket, byte, asio::as_tuple(asio::use_awaitable));
      if (broken) co_return false;
    }
    co_return !error;
  }

  static std::string Head(const StubReply& reply) {
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " Scripted\r\n";
    const std::size_t more = reply.fault == StubReply::Fault::kStall ? 1 : 0;
    head += "Content-Length: " + std::to_string(reply.body.size() + more) + "\r\n";
    for (const auto& [name, value] : reply.headers) head += name + ": " + value + "\r\n";
    return head + "\r\n";
  }

  HttpStub& stub;
  asio::io_context context{1};
  tcp::acceptor acceptor;
  std::thread thread;
};

HttpStub::HttpStub(Script script, int port)
    : script_(std::move(script)), server_(std::make_unique<Server>(*this, static_cast<std::uint16_t>(port))) {
  port_ = server_->acceptor.local_endpoint().port();
  asio::co_spawn(server_->context, server_->Accept(), asio::detached);
  server_->thread = std::thread([server = server_.get()] { server->context.run(); });
}

HttpStub::~HttpStub() {
  server_->context.stop();
  server_->thread.join();
}

std::string HttpStub::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

std::vector<StubRequest> HttpStub::received() const {
  std::lock_guard lock(mutex_);
  return received_;
}

StubReply ChatAnswer(const std::string& text) {
  Json message = Json::Of({{"role", "assistant"}, {"content", text}});
  Json choice = Json::Of({{"index", 0}, {"message", std::move(message)}, {"finish_reason", "stop"}});
  Json usage = Json::Of({{"prompt_tokens", 11}, {"completion_tokens", 7}, {"total_tokens", 18}});
  Json body = Json::Of({{"id", "c1"},
                        {"object", "chat.completion"},
                        {"choices", Json::Array{std::move(choice)}},
                        {"usage", std::move(usage)}});
  StubReply reply;
  reply.body = body.Dump();
  reply.headers = {{"Content-Type", "application/json"}};
  return reply;
}

int ClosedPort() {
  asio::io_context context;
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  return acceptor.local_endpoint().port();
}

}  // namespace assay::testing
