#pragma once
// Stands between a client and a server of the loopback interface, and can fall silent: its connections stay open, and
// nothing comes through them any more, as where a firewall has forgotten them.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace assay {

class SilentProxy {
 public:
  explicit SilentProxy(int to_port) : to_port_(to_port), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 && listen(listener_, 64) == 0) {
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
      port_ = ntohs(address.sin_port);
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { Forward(stop); });
  }
  ~SilentProxy() {
    thread_.request_stop();
    thread_.join();
    for (const Way& way : ways_) close(way.from);
    close(listener_);
  }
  SilentProxy(const SilentProxy&) = delete;
  SilentProxy& operator=(const SilentProxy&) = delete;

  int port() const { return port_; }
  int connections() const { return connections_; }  // so far
  // Forwards nothing more of the connections so far.
  void Silence() { silent_until_ = connections_.load(); }
  // Nor of those that come.
  void SilenceAll() { silent_until_ = 1 << 30; }

 private:
  struct Way {
    int from;
    int to;
    int connection;
  };

  static sockaddr_in Loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
  }

  void Accept() {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(to_port_);
    if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
    const int number = connections_++;
    ways_.push_back({client, server, number});
    ways_.push_back({server, client, number});
  }

  void Forward(const std::stop_token& stop) {
    std::array<char, 65536> piece;
    while (!stop.stop_requested()) {
      std::vector<pollfd> waiting = {{.fd = listener_, .events = POLLIN, .revents = 0}};
      for (const Way& way : ways_) {
        const bool is_silent = way.connection < silent_until_;
        waiting.push_back({.fd = is_silent ? -1 : way.from, .events = POLLIN, .revents = 0});
      }
      poll(waiting.data(), waiting.size(), 10);
      for (std::size_t i = 1; i < waiting.size(); ++i) {
        if (waiting[i].revents == 0) continue;
        Way& way = ways_[i - 1];
        const ssize_t count = read(way.from, piece.data(), piece.size());
        if (count > 0) send(way.to, piece.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL);
        if (count <= 0) shutdown(way.to, SHUT_WR);
        if (count <= 0) way.connection = -1;  // silent: there is nothing more to forward
      }
      if (waiting[0].revents != 0) Accept();
    }
  }

  const int to_port_;
  const int listener_;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<int> silent_until_ = 0;
  std::vector<Way> ways_;
  std::jthread thread_;
};

}  // namespace assay
