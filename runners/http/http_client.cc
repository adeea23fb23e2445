// How a transfer goes: Send() adds a pooled easy handle to its loop's multi handle and suspends. libcurl names the
// sockets it waits for (OnSocket) and its next timeout (OnTimeout). The sockets stand in an epoll set of their own,
// whose descriptor is the only thing that Asio watches: registrations follow libcurl's callbacks exactly, so it does
// not matter when libcurl closes a descriptor, and one wake of the loop serves all sockets that are ready. Finished
// transfers resume their coroutines by post, never from within libcurl.
#include "runners/http/http_client.h"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <future>

#include "runners/http/transfer.h"

namespace assay {

namespace asio = boost::asio;

// For a server to end a body that is whole already, so that its connection can serve the next request.
constexpr Duration kTimeToEnd = std::chrono::milliseconds(100);

class HttpClient::Loop : public std::enable_shared_from_this<HttpClient::Loop> {
 public:
  Loop(EventLoops::Executor executor, HttpOptions options) : executor_(executor), sockets_(executor), timer_(executor) {
    Open(options);
  }
  ~Loop() { Close(); }

  // To be called on the loop, once, before the first Send.
  void Start() {
    if (!closed_) WatchSockets();
  }
  // On the loop, or when its thread has ended.
  void Close();

  asio::awaitable<Result<HttpResponse>> Send(const HttpRequest& request, Deadline deadline, HttpProgress& progress);

 private:
  // Gives the easy handle back whichever way a Send() ends.
  struct Running {
    explicit Running(Loop& owner) : loop(owner) {}
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { loop.Leave(*this); }
    Loop& loop;
    Transfer transfer;
    CURL* easy = nullptr;
    std::size_t place = 0;  // in running_, while the multi handle has it
    bool is_running = false;
    bool is_cancelled = false;
    asio::cancellation_slot slot;
    std::move_only_function<void()> resume;
    std::shared_ptr<asio::steady_timer> hang_up;  // once the body is whole
  };

  void Open(const HttpOptions& options);
  Status Enter(Running& running, const HttpRequest& request, Duration timeout);
  void Detach(Running& running);
  void Leave(Running& running);
  void Finish(Running& running);
  void HangUpSoon(Running& running);
  void Cancel(Running& running);

  static int OnSocket(CURL*, curl_socket_t socket, int what, void* self, void* known);
  static int OnTimeout(CURLM*, long milliseconds, void* self);
  void WatchSockets();
  void ServeSockets();
  void WatchTime(Deadline when);
  void ServeTimeout();
  void Act(curl_socket_t socket, int events);
  void CollectFinished();

  EventLoops::Executor executor_;
  asio::posix::stream_descriptor sockets_;  // the epoll set
  asio::steady_timer timer_;
  CURLM* multi_ = nullptr;
  std::vector<CURL*> idle_;
  std::vector<Running*> running_;
  std::size_t most_idle_ = 0;
  bool closed_ = true;
  std::string why_closed_ = "the HTTP client has ended";
  // libcurl moves its next timeout often and mostly to later: the timer is armed again only for an earlier one, and
  // looks when it fires whether the time has come.
  Deadline wanted_ = Deadline::max();
  Deadline armed_ = Deadline::max();
  bool kick_posted_ = false;
};

void HttpClient::Loop::Open(const HttpOptions& options) {
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  int set = ::epoll_create1(EPOLL_CLOEXEC);
  boost::system::error_code error;
  if (set >= 0) sockets_.assign(set, error);
  if (set < 0 || error) {
    why_closed_ = "no epoll set for the HTTP client: " + std::string(std::strerror(set < 0 ? errno : error.value()));
    if (set >= 0) ::close(set);
    return;
  }
  multi_ = global == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi_ == nullptr) {
    why_closed_ = "libcurl could not be initialised";
    return;
  }
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Loop::OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Loop::OnTimeout);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options.connections_per_loop));
  most_idle_ = static_cast<std::size_t>(options.connections_per_loop);
  closed_ = false;
}

void HttpClient::Loop::Close() {
  closed_ = true;
  while (!running_.empty()) Cancel(*running_.back());
  for (CURL* easy : idle_) curl_easy_cleanup(easy);
  idle_.clear();
  if (multi_ != nullptr) curl_multi_cleanup(multi_);
  multi_ = nullptr;
  boost::system::error_code ignored;
  timer_.cancel();
  sockets_.close(ignored);
}

Status HttpClient::Loop::Enter(Running& running, const HttpRequest& request, Duration timeout) {
  if (!idle_.empty()) {
    running.easy = idle_.back();
    idle_.pop_back();
  } else {
    running.easy = NewEasyHandle();
    if (running.easy == nullptr) return Fail(ErrorCode::kResourceExhausted, "no memory for an HTTP transfer");
  }
  Running* waiting = &running;
  if (!running.transfer.Prepare(running.easy, request, timeout, [waiting] { waiting->loop.HangUpSoon(*waiting); })) {
    return Fail(ErrorCode::kInvalidArgument, DisplayUrl(request.url) + ": libcurl refuses the request");
  }
  curl_easy_setopt(running.easy, CURLOPT_PRIVATE, &running);
  CURLMcode code = curl_multi_add_handle(multi_, running.easy);
  if (code != CURLM_OK) return Fail(ErrorCode::kInternal, std::string("libcurl: ") + curl_multi_strerror(code));
  running.is_running = true;
  running.place = running_.size();
  running_.push_back(&running);
  return {};
}

void HttpClient::Loop::Detach(Running& running) {
  if (!running.is_running) return;
  curl_multi_remove_handle(multi_, running.easy);
  running.is_running = false;
  running_.back()->place = running.place;
  running_[running.place] = running_.back();
  running_.pop_back();
}

void HttpClient::Loop::Leave(Running& running) {
  Detach(running);
  if (running.easy == nullptr) return;
  if (closed_ || idle_.size() >= most_idle_) {
    curl_easy_cleanup(running.easy);
  } else {
    running.transfer.Release(running.easy);
    idle_.push_back(running.easy);
  }
  running.easy = nullptr;
}

void HttpClient::Loop::Finish(Running& running) {
  Detach(running);
  if (running.resume) asio::post(executor_, std::move(running.resume));
}

void HttpClient::Loop::HangUpSoon(Running& running) {
  running.hang_up = std::make_shared<asio::steady_timer>(executor_, kTimeToEnd);
  // The request may have ended when the time has come, and with it the object.
  std::weak_ptr<asio::steady_timer> alive = running.hang_up;
  running.hang_up->async_wait([self = shared_from_this(), waiting = &running, alive](auto error) {
    if (error || alive.expired() || !waiting->is_running) return;
    waiting->transfer.SetCode(CURLE_OK);
    self->Finish(*waiting);
  });
}

void HttpClient::Loop::Cancel(Running& running) {
  if (!running.is_running) return;
  running.is_cancelled = true;
  Finish(running);
}

asio::awaitable<Result<HttpResponse>> HttpClient::Loop::Send(const HttpRequest& request, Deadline deadline,
                                                             HttpProgress& progress) {
  auto self = shared_from_this();  // the coroutine may be destroyed after the client
  if (closed_) co_return Fail(ErrorCode::kCancelled, why_closed_);
  auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none) {
    co_return Fail(ErrorCode::kCancelled, DisplayUrl(request.url) + ": cancelled");
  }
  if (!request.url.starts_with("http://") && !request.url.starts_with("https://")) {
    co_return Fail(ErrorCode::kInvalidArgument, DisplayUrl(request.url) + ": not an http or https address");
  }
  Duration timeout = std::min(request.timeout, TimeUntil(deadline));
  if (timeout <= Duration::zero()) {
    co_return Fail(ErrorCode::kDeadlineExceeded, DisplayUrl(request.url) + ": no time left for the request");
  }

  Running running(*this);
  Status entered = Enter(running, request, timeout);
  if (!entered) co_return Fail(std::move(entered).error());

  // Both are named and trivial to destroy: g++ 12 destroys temporaries of a co_await expression twice.
  Running* waiting = &running;
  auto wait = [waiting](auto handler) {
    waiting->slot = asio::get_associated_cancellation_slot(handler);
    if (waiting->slot.is_connected()) {
      waiting->slot.assign([waiting](asio::cancellation_type) { waiting->loop.Cancel(*waiting); });
    }
    waiting->resume = std::move(handler);
  };
  auto token = asio::use_awaitable;
  co_await asio::async_initiate<asio::use_awaitable_t<>, void()>(wait, token);
  running.slot.clear();
  progress.sends = running.transfer.sends();
  progress.too_large_status = running.transfer.too_large_status();

  if (running.is_cancelled) {
    co_return Fail(ErrorCode::kCancelled, closed_ ? why_closed_ : DisplayUrl(request.url) + ": cancelled");
  }
  co_return running.transfer.Take(running.easy, request, timeout);
}

int HttpClient::Loop::OnSocket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
  auto& loop = *static_cast<Loop*>(self);
  int set = loop.sockets_.native_handle();
  epoll_event event{};
  event.data.fd = socket;
  if (what == CURL_POLL_REMOVE) {
    ::epoll_ctl(set, EPOLL_CTL_DEL, socket, &event);
    return 0;
  }
  if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
  if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
  if (known != nullptr && ::epoll_ctl(set, EPOLL_CTL_MOD, socket, &event) == 0) return 0;
  if (::epoll_ctl(set, EPOLL_CTL_ADD, socket, &event) != 0 &&
      (errno != EEXIST || ::epoll_ctl(set, EPOLL_CTL_MOD, socket, &event) != 0)) {
    return -1;  // libcurl fails the transfer
  }
  curl_multi_assign(loop.multi_, socket, self);
  return 0;
}

int HttpClient::Loop::OnTimeout(CURLM*, long milliseconds, void* self) {
  auto& loop = *static_cast<Loop*>(self);
  if (milliseconds < 0) {
    loop.wanted_ = Deadline::max();
  } else if (milliseconds > 0) {
    loop.wanted_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    if (loop.wanted_ < loop.armed_) loop.WatchTime(loop.wanted_);
  } else if (!loop.kick_posted_) {
    // "Now", but not from within this callback; one run serves all handles added until then.
    loop.kick_posted_ = true;
    asio::post(loop.executor_, [held = loop.shared_from_this()] {
      held->kick_posted_ = false;
      held->ServeTimeout();
    });
  }
  return 0;
}

void HttpClient::Loop::WatchTime(Deadline when) {
  armed_ = when;
  timer_.expires_at(when);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error) return;
    self->armed_ = Deadline::max();
    if (self->wanted_ <= std::chrono::steady_clock::now()) {
      self->ServeTimeout();
    } else if (self->wanted_ != Deadline::max()) {
      self->WatchTime(self->wanted_);
    }
  });
}

void HttpClient::Loop::ServeTimeout() {
  if (closed_) return;
  wanted_ = Deadline::max();  // libcurl gives the next one within Act()
  Act(CURL_SOCKET_TIMEOUT, 0);
  CollectFinished();
}

void HttpClient::Loop::WatchSockets() {
  sockets_.async_wait(asio::posix::descriptor_base::wait_read,
                      [self = shared_from_this()](const boost::system::error_code& error) {
                        if (!error && !self->closed_) self->ServeSockets();
                      });
}

void HttpClient::Loop::ServeSockets() {
  std::array<epoll_event, 256> events;
  int count = ::epoll_wait(sockets_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    int flags = 0;
    if ((event.events & (EPOLLIN | EPOLLHUP)) != 0) flags |= CURL_CSELECT_IN;
    if ((event.events & EPOLLOUT) != 0) flags |= CURL_CSELECT_OUT;
    if ((event.events & EPOLLERR) != 0) flags |= CURL_CSELECT_ERR;
    Act(event.data.fd, flags);
  }
  CollectFinished();
  WatchSockets();
}

void HttpClient::Loop::Act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
}

void HttpClient::Loop::CollectFinished() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURLcode code = message->data.result;
    char* owner = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
    auto& running = *reinterpret_cast<Running*>(owner);
    running.transfer.SetCode(code);
    Finish(running);  // the message is gone with this
  }
}

HttpClient::HttpClient(EventLoops& loops, HttpOptions options) : loops_(loops) {
  for (int i = 0; i < loops_.count(); ++i) {
    parts_.push_back(std::make_shared<Loop>(loops_.executor(i), options));
    asio::post(loops_.executor(i), [part = parts_.back()] { part->Start(); });
  }
}

HttpClient::~HttpClient() {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (loops_.stopped()) {
      parts_[i]->Close();
      continue;
    }
    std::promise<void> done;
    asio::post(loops_.executor(static_cast<int>(i)), [part = parts_[i], &done] {
      part->Close();
      done.set_value();
    });
    done.get_future().wait();
  }
}

asio::awaitable<Result<HttpResponse>> HttpClient::Send(const HttpRequest& request, Deadline deadline,
                                                       HttpProgress* progress) {
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  int index = loops_.IndexOf(executor);
  if (index < 0) co_return Fail(ErrorCode::kInternal, "an HTTP request was sent from outside the client's loops");
  std::shared_ptr<Loop> part = parts_[static_cast<std::size_t>(index)];
  HttpProgress unused;
  co_return co_await part->Send(request, deadline, progress == nullptr ? unused : *progress);
}

}  // namespace assay
