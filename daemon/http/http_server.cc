#include "daemon/http/http_server.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "daemon/http/connection.h"
#include "daemon/rpc/listen_address.h"
#include "daemon/rpc/tcp_listener.h"

namespace assay {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";

}  // namespace

class HttpServer::Impl : public std::enable_shared_from_this<HttpServer::Impl> {
 public:
  Impl(const MethodTable& methods, const Authenticator& authenticator, Admission& admission,
       asio::any_io_executor executor, HttpPages pages, Observe observe)
      : service_{methods, authenticator, admission, std::move(pages), std::move(observe), {}, nullptr, true},
        listener_(std::move(executor)) {}

  Result<int> Start(const Options& options) {
    ASSAY_ASSIGN(const ListenAddress address, ParseListenAddress(options.listen));
    service_.options = options;
    service_.bodies = std::make_shared<BodyBudget>(std::max(options.max_held_bytes, options.max_body_bytes));
    service_.loopback_only = address.loopback;
    return listener_.Start(options.listen, "HTTP", [this](tcp::socket socket) { Serve(std::move(socket)); });
  }

  void BeginDrain() {
    service_.admission.BeginDrain();
    for (const auto& connection : Connections()) connection->Drain();
  }

  void Shutdown(std::chrono::steady_clock::time_point deadline) {
    service_.admission.BeginDrain();
    listener_.Close();
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
  struct Served {
    std::weak_ptr<Connection> connection;
    ServedPaths paths = ServedPaths::kAll;
    bool is_given_up = false;  // and closes in a moment
  };

  void Serve(tcp::socket socket) {
    std::uint64_t id = 0;
    ServedPaths paths = ServedPaths::kAll;
    {
      const std::lock_guard lock(mutex_);
      const auto place = MakePlace();
      if (!place) return Refuse(std::move(socket));
      id = next_id_++;
      paths = *place;
      connections_[id].paths = paths;  // counted before it runs, so that its end finds it
    }
    auto connection = ServeConnection(std::move(socket), service_, paths, [self = shared_from_this(), id] {
      const std::lock_guard lock(self->mutex_);
      self->connections_.erase(id);
      self->changed_.notify_all();
    });
    const std::lock_guard lock(mutex_);
    const auto found = connections_.find(id);
    if (found != connections_.end()) found->second.connection = connection;
  }

  // What another connection may be used for; nothing when it has no place at all. Holds the lock.
  std::optional<ServedPaths> MakePlace() {
    const HttpServer::Options& options = service_.options;
    const int most = options.max_connections + options.max_page_connections;
    if (static_cast<int>(connections_.size()) >= most + options.max_page_connections) return std::nullopt;
    const int staying = static_cast<int>(
        std::ranges::count_if(connections_, [](const auto& entry) { return !entry.second.is_given_up; }));
    if (staying < options.max_connections) return ServedPaths::kAll;
    if (GiveUpOne(ServedPaths::kAll)) return ServedPaths::kAll;
    if (staying < most || GiveUpOne(ServedPaths::kPages)) return ServedPaths::kPages;
    return std::nullopt;
  }

  // Closes the connection that can best be spared. Whether there was one.
  bool GiveUpOne(ServedPaths paths) {
    Served* spared = nullptr;
    std::shared_ptr<Connection> closing;
    Connection::State best{Waiting::kOwnAnswer, {}};
    for (auto& [id, served] : connections_) {
      auto connection = served.connection.lock();
      if (connection == nullptr || served.is_given_up || served.paths != paths) continue;
      const Connection::State state = connection->state();
      if (state >= best) continue;
      best = state;
      spared = &served;
      closing = std::move(connection);
    }
    if (spared == nullptr) return false;
    spared->is_given_up = true;
    closing->GiveUp();
    return true;
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
    for (const auto& [id, served] : connections_) {
      if (auto connection = served.connection.lock()) alive.push_back(std::move(connection));
    }
    return alive;
  }

  HttpService service_;
  TcpListener listener_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_id_ = 0;
  std::map<std::uint64_t, Served> connections_;
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
