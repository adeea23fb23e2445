// The yardstick of engine figures: raw curl_multi on epoll that sends chat completion requests to an endpoint and reads
// the answers, and does nothing else. Prints requests per second, CPU per request and peak memory. It sends what
// the cases of bench/run make the engine send, so the two do the same work on the wire.

#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace {

struct Options {
  std::string url = "http://127.0.0.1:7080/v1";
  std::string model = "bench";
  long requests = 100'000;
  int concurrency = 64;
};

struct Transfer {
  CURL* easy = nullptr;
  std::string body;
  std::size_t received = 0;
};

std::size_t Receive(char*, std::size_t size, std::size_t count, void* transfer) {
  static_cast<Transfer*>(transfer)->received += size * count;
  return size * count;
}

class Yardstick {
 public:
  explicit Yardstick(const Options& options) : options_(options) {}
  Yardstick(const Yardstick&) = delete;
  ~Yardstick() {
    for (const std::unique_ptr<Transfer>& transfer : transfers_) {
      curl_multi_remove_handle(multi_, transfer->easy);
      curl_easy_cleanup(transfer->easy);
    }
    curl_multi_cleanup(multi_);
    curl_slist_free_all(headers_);
    close(timer_);
    close(epoll_);
  }

  // Whether every request was answered 200.
  bool Run() {
    multi_ = curl_multi_init();
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    Watch(timer_, EPOLLIN, EPOLL_CTL_ADD);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Yardstick::OnSocket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Yardstick::OnTimer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options_.concurrency));
    headers_ = curl_slist_append(headers_, "Content-Type: application/json");
    headers_ = curl_slist_append(headers_, "Expect:");
    for (int i = 0; i < options_.concurrency; ++i) transfers_.push_back(Prepared());
    for (const std::unique_ptr<Transfer>& transfer : transfers_) Start(*transfer);
    epoll_event events[256];
    while (finished_ < options_.requests) {
      const int count = epoll_wait(epoll_, events, 256, 10'000);
      if (count < 0 && errno != EINTR) return false;
      if (count == 0) {
        std::fprintf(stderr, "http_yardstick: no answer for 10 s after %ld requests\n", finished_);
        return false;
      }
      for (int i = 0; i < count; ++i) Handle(events[i]);
      Collect();
    }
    return failed_ == 0;
  }

  long failed() const { return failed_; }

 private:
  std::unique_ptr<Transfer> Prepared() {
    auto transfer = std::make_unique<Transfer>();
    transfer->easy = curl_easy_init();
    curl_easy_setopt(transfer->easy, CURLOPT_URL, (options_.url + "/chat/completions").c_str());
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(transfer->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION, &Receive);
    curl_easy_setopt(transfer->easy, CURLOPT_WRITEDATA, transfer.get());
    curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer.get());
    return transfer;
  }

  void Start(Transfer& transfer) {
    if (started_ == options_.requests) return;
    // The question of the case of bench/run with that number.
    transfer.body =
        R"({"model":")" + options_.model + R"(","messages":[{"role":"user","content":"Question number )" +
        std::to_string(started_) +
        R"(: what is the capital of the country that this number stands for?"}],"temperature":0,"max_tokens":256})";
    ++started_;
    curl_easy_setopt(transfer.easy, CURLOPT_POSTFIELDS, transfer.body.data());
    curl_easy_setopt(transfer.easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(transfer.body.size()));
    curl_multi_add_handle(multi_, transfer.easy);
  }

  void Handle(const epoll_event& event) {
    int running = 0;
    if (event.data.fd == timer_) {
      std::uint64_t expirations = 0;
      if (read(timer_, &expirations, sizeof expirations) > 0) {
        curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
      }
      return;
    }
    int flags = 0;
    if ((event.events & EPOLLIN) != 0) flags |= CURL_CSELECT_IN;
    if ((event.events & EPOLLOUT) != 0) flags |= CURL_CSELECT_OUT;
    if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) flags |= CURL_CSELECT_ERR;
    curl_multi_socket_action(multi_, event.data.fd, flags, &running);
  }

  void Collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      const CURLcode result = message->data.result;
      long status = 0;
      char* transfer = nullptr;
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
      curl_multi_remove_handle(multi_, easy);
      ++finished_;
      if (result != CURLE_OK || status != 200) {
        if (failed_++ == 0) {
          std::fprintf(stderr, "http_yardstick: first failure: status %ld, %s\n", status, curl_easy_strerror(result));
        }
      }
      Start(*reinterpret_cast<Transfer*>(transfer));
    }
  }

  void Watch(int descriptor, std::uint32_t events, int operation) const {
    epoll_event event{};
    event.events = events;
    event.data.fd = descriptor;
    epoll_ctl(epoll_, operation, descriptor, &event);
  }

  static int OnSocket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
    auto& yardstick = *static_cast<Yardstick*>(self);
    if (what == CURL_POLL_REMOVE) {
      yardstick.Watch(socket, 0, EPOLL_CTL_DEL);
      return 0;
    }
    const std::uint32_t events =
        ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0u) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0u);
    yardstick.Watch(socket, events, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD);
    curl_multi_assign(yardstick.multi_, socket, self);
    return 0;
  }

  static int OnTimer(CURLM*, long milliseconds, void* self) {
    itimerspec time{};
    if (milliseconds == 0) {
      time.it_value.tv_nsec = 1;
    } else if (milliseconds > 0) {
      time.it_value.tv_sec = milliseconds / 1000;
      time.it_value.tv_nsec = (milliseconds % 1000) * 1'000'000;
    }
    timerfd_settime(static_cast<Yardstick*>(self)->timer_, 0, &time, nullptr);
    return 0;
  }

  const Options options_;
  CURLM* multi_ = nullptr;
  curl_slist* headers_ = nullptr;
  int epoll_ = -1;
  int timer_ = -1;
  std::vector<std::unique_ptr<Transfer>> transfers_;
  long started_ = 0;
  long finished_ = 0;
  long failed_ = 0;
};

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Raw curl_multi against a chat completions endpoint.", "http_yardstick");
  app.add_option("--url", options.url, "base URL of the endpoint")->capture_default_str();
  app.add_option("--model", options.model, "model name in the requests")->capture_default_str();
  app.add_option("--requests", options.requests)->check(CLI::Range(1L, 100'000'000L))->capture_default_str();
  app.add_option("--concurrency", options.concurrency, "requests in flight")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  bool all_answered = false;
  const auto start = std::chrono::steady_clock::now();
  {
    Yardstick yardstick(options);
    all_answered = yardstick.Run();
    if (yardstick.failed() > 0) std::fprintf(stderr, "http_yardstick: %ld requests failed\n", yardstick.failed());
  }
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double cpu = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  const auto requests = static_cast<double>(options.requests);
  std::printf(
      "{\"name\":\"http_yardstick\",\"requests\":%ld,\"concurrency\":%d,\"seconds\":%.3f,\"per_second\":%.0f,"
      "\"cpu_us_per_request\":%.1f,\"peak_rss_kib\":%ld}\n",
      options.requests, options.concurrency, wall, requests / wall, cpu / requests * 1e6, usage.ru_maxrss);
  return all_answered ? 0 : 1;
}
