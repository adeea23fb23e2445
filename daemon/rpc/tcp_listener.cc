#include "daemon/rpc/tcp_listener.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "daemon/rpc/listen_address.h"

namespace assay {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::steady_clock;

constexpr auto kListenerTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kAcceptPause{100};  // after an error
constexpr std::chrono::seconds kErrorLasts{1};          // an error that persists comes again after each pause

}  // namespace

class TcpListener::Impl : public std::enable_shared_from_this<TcpListener::Impl> {
 public:
  explicit Impl(asio::any_io_executor executor)
      : executor_(std::move(executor)), strand_(asio::make_strand(executor_)), acceptor_(strand_), pause_(strand_) {}

  Result<int> Start(std::string_view listen, std::string_view protocol, Serve serve) {
    ASSAY_ASSIGN(const ListenAddress address, ParseListenAddress(listen));
    protocol_ = protocol;
    serve_ = std::move(serve);
    boost::system::error_code error;
    const auto ip = asio::ip::make_address(address.host == "localhost" ? "127.0.0.1" : address.host, error);
    const tcp::endpoint endpoint(ip, static_cast<unsigned short>(address.port));
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return Fail(ErrorCode::kUnavailable,
                  "cannot serve " + protocol_ + " on " + std::string(listen) + ": " + error.message());
    }
    const int port = acceptor_.local_endpoint(error).port();
    {
      const std::lock_guard lock(mutex_);
      accepting_ = true;
    }
    asio::co_spawn(strand_, Accept(), [self = shared_from_this()](const std::exception_ptr&) {
      const std::lock_guard lock(self->mutex_);
      self->accepting_ = false;
      self->ended_.notify_all();
    });
    return port;
  }

  void Close() {
    {
      const std::lock_guard lock(mutex_);
      if (!accepting_) return;  // also because the executor may be gone by then
    }
    asio::post(strand_, [self = shared_from_this()] {
      self->closing_ = true;
      boost::system::error_code ignored;
      self->acceptor_.close(ignored);
      self->pause_.cancel();
    });
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return !accepting_; });
  }

  Status state() const {
    const std::lock_guard lock(mutex_);
    if (!failure_ || steady_clock::now() > failure_->at + kErrorLasts) return {};
    return Fail(ErrorCode::kUnavailable, protocol_ + " accepts no connections: " + failure_->message);
  }

 private:
  struct Failure {
    std::string message;
    steady_clock::time_point at;
  };

  asio::awaitable<void> Accept() {
    while (!closing_) {
      // Named, because g++ 12 destroys such temporaries twice within a co_await expression.
      const asio::any_io_executor strand = asio::make_strand(executor_);
      auto [error, socket] = co_await acceptor_.async_accept(strand, kListenerTuple);
      if (closing_) co_return;
      if (!error) {
        serve_(std::move(socket));
        continue;
      }
      {
        const std::lock_guard lock(mutex_);
        failure_ = Failure{error.message(), steady_clock::now()};
      }
      pause_.expires_after(kAcceptPause);
      co_await pause_.async_wait(kListenerTuple);
    }
  }

  const asio::any_io_executor executor_;
  const asio::strand<asio::any_io_executor> strand_;  // of the acceptor, the pause and closing_
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  bool closing_ = false;
  std::string protocol_;
  Serve serve_;

  mutable std::mutex mutex_;
  std::condition_variable ended_;
  bool accepting_ = false;
  std::optional<Failure> failure_;
};

TcpListener::TcpListener(asio::any_io_executor executor) : impl_(std::make_shared<Impl>(std::move(executor))) {}
TcpListener::~TcpListener() { Close(); }

Result<int> TcpListener::Start(std::string_view listen, std::string_view protocol, Serve serve) {
  return impl_->Start(listen, protocol, std::move(serve));
}
void TcpListener::Close() { impl_->Close(); }
Status TcpListener::state() const { return impl_->state(); }

}  // namespace assay
