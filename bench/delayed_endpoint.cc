// An endpoint that answers every request after the same delay, at the least cost of its own: one thread on epoll, one
// prepared answer, and the answers that are due stand in one queue, since all wait equally long. Keep-alive, no
// pipelining. Prints its address, and on SIGTERM how many requests it answered.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxRequest = 1 << 20;
constexpr std::string_view kBody =
    R"({"id":"chatcmpl-0","object":"chat.completion","created":1700000000,"model":"bench","choices":[{"index":0,)"
    R"("message":{"role":"assistant","content":"The capital is Paris, as far as anyone knows.","refusal":null},)"
    R"("logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":27,"completion_tokens":10,"total_tokens":37}})";

struct Connection {
  std::string received;
  std::uint64_t generation = 0;  // a descriptor's number is used again
};

struct Due {
  Clock::time_point at;
  int descriptor = -1;
  std::uint64_t generation = 0;
};

// The length of the first whole request of `text`, 0 while it is not whole.
std::size_t WholeRequest(std::string_view text) {
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  std::size_t length = 0;
  constexpr std::string_view kLength = "content-length:";
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  const std::string_view head = text.substr(0, end);
  const auto found = std::search(head.begin(), head.end(), kLength.begin(), kLength.end(), same);
  if (found != head.end()) {
    std::string_view value = head.substr(static_cast<std::size_t>(found - head.begin()) + kLength.size());
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    std::from_chars(value.data(), value.data() + value.size(), length);
  }
  const std::size_t whole = end + 4 + length;
  return text.size() >= whole ? whole : 0;
}

class Endpoint {
 public:
  explicit Endpoint(std::chrono::microseconds delay) : delay_(delay) {
    answer_ = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(kBody.size()) +
              "\r\n\r\n" + std::string(kBody);
  }

  // Whether it listens; prints its address.
  bool Listen(int port) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int yes = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener_, 4096) != 0)
      return false;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    signals_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    Watch(listener_);
    Watch(signals_);
    std::printf("delayed_endpoint listening on http://127.0.0.1:%d/v1\n", port);
    std::fflush(stdout);
    return true;
  }

  void Serve() {
    std::array<epoll_event, 512> events{};
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), Wait());
      for (int i = 0; i < count; ++i) {
        const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
        if (descriptor == signals_) return;
        if (descriptor == listener_) {
          Accept();
        } else {
          Read(descriptor);
        }
      }
      AnswerDue();
    }
  }

  std::uint64_t answered() const { return answered_; }

 private:
  void Watch(int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
  }

  // Milliseconds to the next answer, rounded down: the last part of the wait is spent looking again.
  int Wait() const {
    if (due_.empty()) return -1;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(due_.front().at - Clock::now());
    return static_cast<int>(std::max<long>(0, left.count()));
  }

  void Accept() {
    for (;;) {
      const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (descriptor < 0) return;
      const int yes = 1;
      setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      connections_[descriptor] = {.received = {}, .generation = ++generations_};
      Watch(descriptor);
    }
  }

  void Read(int descriptor) {
    std::array<char, 64 << 10> buffer{};
    const ssize_t got = recv(descriptor, buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    Connection& connection = connections_[descriptor];
    if (got > 0) connection.received.append(buffer.data(), static_cast<std::size_t>(got));
    if (got <= 0 || connection.received.size() > kMaxRequest) {
      connections_.erase(descriptor);
      close(descriptor);
      return;
    }
    const std::size_t whole = WholeRequest(connection.received);
    if (whole == 0) return;
    connection.received.erase(0, whole);
    due_.push_back({.at = Clock::now() + delay_, .descriptor = descriptor, .generation = connection.generation});
  }

  void AnswerDue() {
    const auto now = Clock::now();
    for (; !due_.empty() && due_.front().at <= now; due_.pop_front()) {
      const auto found = connections_.find(due_.front().descriptor);
      if (found == connections_.end() || found->second.generation != due_.front().generation) continue;
      // Small enough for the socket's buffer, which is empty.
      if (send(found->first, answer_.data(), answer_.size(), MSG_NOSIGNAL) > 0) ++answered_;
    }
  }

  const std::chrono::microseconds delay_;
  std::string answer_;
  int listener_ = -1;
  int signals_ = -1;
  int epoll_ = -1;
  std::uint64_t generations_ = 0;
  std::uint64_t answered_ = 0;
  std::unordered_map<int, Connection> connections_;
  std::deque<Due> due_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("An endpoint that answers every chat completion after the same delay.");
  int port = 7080;
  double delay = 50;
  app.add_option("--port", port, "on the loopback interface")->capture_default_str();
  app.add_option("--delay", delay, "milliseconds")->check(CLI::Range(0.0, 600'000.0))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  Endpoint endpoint(std::chrono::microseconds(static_cast<long>(delay * 1000)));
  if (!endpoint.Listen(port)) {
    std::perror("delayed_endpoint");
    return 1;
  }
  endpoint.Serve();
  std::fprintf(stderr, "delayed_endpoint: %llu requests answered\n",
               static_cast<unsigned long long>(endpoint.answered()));
  return 0;
}
