#include "daemon/http/http_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <utility>

#include "daemon/http/connection.h"
#include "daemon/rpc/listen_address.h"

namespace assay {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kAcceptPause{100};  // after an error, e.g. when file descriptors have run out
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";

}  // namespace

class HttpServer::Impl : public std::enable_shared_from_this<HttpServer::Impl> {
 public:
  Impl(const MethodTable& methods, const Authenticator& authenticator, Admission& admission,
       asio::any_io_executor executor, HttpPages pages, Observe observe)
      : service_{methods, authenticator, admission, std::move(pages), std::move(observe), {}, true},
        executor_(std::move(executor)),
        strand_(asio::make_strand(executor_)),
        acceptor_(strand_) {}

  Result<int> Start(const Options& options) {
    ASSAY_ASSIGN(const ListenAddress address, ParseListenAddress(options.listen));
    service_.options = options;
    service_.loopback_only = address.loopback;
    boost::system::error_code error;
    const auto ip = asio::ip::make_address(address.host == "localhost" ? "127.0.0.1" : address.host, error);
    const tcp::endpoint endpoint(ip, static_cast<unsigned short>(address.port));
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return Fail(ErrorCode::kUnavailable, "cannot serve HTTP on " + options.listen + ": " + error.message());
    }
    const int port = acceptor_.local_endpoint(error).port();
    {
      const std::lock_guard lock(mutex_);
      accepting_ = true;
    }
    asio::co_spawn(strand_, Accept(), [self = shared_from_this()](const std::exception_ptr&) {
      const std::lock_guard lock(self->mutex_);
      self->accepting_ = false;
      self->changed_.notify_all();
    });
    return port;
  }

  void BeginDrain() {
    service_.admission.BeginDrain();
    for (const auto& connection : Connections()) connection->Drain();
  }

  void Shutdown(std::chrono::steady_clock::time_point deadline) {
    service_.admission.BeginDrain();
    asio::post(strand_, [self = shared_from_this()] {
      self->stopping_ = true;
      boost::system::error_code ignored;
      self->acceptor_.close(ignored);
      self->pause_.cancel();
    });
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !accepting_; });
    }
    for (const auto& connection : Connections()) connection->Drain();
    {
      std::unique_lock lock(mutex_);
      if (changed_.wait_until(lock, deadline, [this] { return connections_.empty(); })) return;
    }
    for (const auto& connection : Connections()) connection->Abort();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return connections_.empty(); });
  }

 private:
  asio::awaitable<void> Accept() {
    while (!stopping_) {
      // Named, because g++ 12 destroys such temporaries twice within a co_await expression.
      const asio::any_io_executor strand = asio::make_strand(executor_);
      auto [error, socket] = co_await acceptor_.async_accept(strand, kAsTuple);
      if (stopping_) co_return;
      if (!error) {
        Serve(std::move(socket));
        continue;
      }
      pause_.expires_after(kAcceptPause);
      co_await pause_.async_wait(kAsTuple);
    }
  }

  void Serve(tcp::socket socket) {
    std::uint64_t id = 0;
    {
      const std::lock_guard lock(mutex_);
      if (static_cast<int>(connections_.size()) >= service_.options.max_connections) return Refuse(std::move(socket));
      id = next_id_++;
      connections_[id];  // counted before it runs, so that its end finds it
    }
    auto connection = ServeConnection(std::move(socket), service_, [self = shared_from_this(), id] {
      const std::lock_guard lock(self->mutex_);
      self->connections_.erase(id);
      self->changed_.notify_all();
    });
    const std::lock_guard lock(mutex_);
    const auto found = connections_.find(id);
    if (found != connections_.end()) found->second = connection;
  }

  static void Refuse(tcp::socket socket) {
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(kFull.data(), kFull.size()), ignored);  // fits into the empty send buffer
    socket.shutdown(tcp::socket::shutdown_both, ignored);
  }

  std::vector<std::shared_ptr<Connection>> Connections() {
    std::vector<std::shared_ptr<Connection>> alive;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, weak] : connections_) {
      if (auto connection = weak.lock()) alive.push_back(std::move(connection));
    }
    return alive;
  }

  HttpService service_;
  const asio::any_io_executor executor_;
  const asio::strand<asio::any_io_executor> strand_;  // of the acceptor and of stopping_
  tcp::acceptor acceptor_;
  asio::steady_timer pause_{strand_};
  bool stopping_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool accepting_ = false;
  std::uint64_t next_id_ = 0;
  std::map<std::uint64_t, std::weak_ptr<Connection>> connections_;
};

HttpServer::HttpServer(const MethodTable& methods, const Authenticator& authenticator, Admission& admission,
                       asio::any_io_executor executor, HttpPages pages, Observe observe)
    : impl_(std::make_shared<Impl>(methods, authenticator, admission, std::move(executor), std::move(pages),
                                   std::move(observe))) {}

HttpServer::~HttpServer() { Shutdown(std::chrono::steady_clock::now()); }

Result<int> HttpServer::Start(const Options& options) { return impl_->Start(options); }
void HttpServer::BeginDrain() { impl_->BeginDrain(); }
void HttpServer::Shutdown(std::chrono::steady_clock::time_point deadline) { impl_->Shutdown(deadline); }

}  // namespace assay
