#include "runners/graders/plugins/exchange.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <optional>
#include <utility>

#include "runners/graders/frame/reason.h"
#include "runners/graders/plugins/plugin_message.h"
#include "runners/wakeup.h"

namespace assay {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;

namespace {

constexpr std::size_t kMaxErrors = 1u << 20;  // on standard error, for one question
constexpr std::size_t kErrorsKept = 400;      // of its end, for people
constexpr std::size_t kPiece = 64u << 10;
// From a closed pipe to the end of the program that explains it.
constexpr std::chrono::milliseconds kEndGrace{250};

// A write to a pipe that nobody reads is an error, and not the end of assayd, whatever the program around does with
// SIGPIPE.
ssize_t WriteQuietly(int file, const char* data, std::size_t size) {
  sigset_t pipe;
  sigset_t before;
  sigset_t pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  const ssize_t written = write(file, data, size);
  const int error = errno;
  const timespec now{};
  if (written < 0 && error == EPIPE && sigismember(&pending, SIGPIPE) == 0) sigtimedwait(&pipe, nullptr, &now);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return written;
}

// Lives on one loop, in one thread; held by the coroutine and by what waits for the pipes. All waiting is for
// readiness: what is cancelled has taken nothing.
class Talk : public std::enable_shared_from_this<Talk> {
 public:
  Talk(const asio::any_io_executor& executor, std::shared_ptr<ChildProcess> program, std::string question)
      : program_(std::move(program)),
        question_(std::move(question)),
        wakeup_(std::make_shared<Wakeup>(executor)),
        input_(executor),
        output_(executor),
        errors_(executor),
        ended_(executor) {}
  ~Talk() { Stop(); }

  void Begin(bool is_new) {
    if (!is_new && SaidUnasked()) return;
    Attach(input_, program_->input());
    Attach(output_, program_->output());
    Attach(errors_, program_->errors());
    Attach(ended_, program_->ended());
    if (exchanged_) return;
    AwaitOutput();
    AwaitErrors();
    AwaitEnd();
    Write();
  }

  // Where the pipes are left to the next exchange, or nobody.
  void Stop() {
    for (stream_descriptor* each : {&input_, &output_, &errors_, &ended_}) {
      if (each->is_open()) each->release();
    }
  }

  bool is_over() const { return exchanged_.has_value(); }
  Deadline Until(Deadline deadline) const { return grace_ ? std::min(deadline, *grace_) : deadline; }
  // Nothing came by then.
  void OnTime(bool is_deadline) {
    if (exchanged_) return;
    if (is_deadline) {
      ReadErrors();
      FailFor(PluginFailure::kTimeout, "did not answer in time");
    } else if (grace_ && TimeUntil(*grace_) == Duration::zero()) {
      FailFor(PluginFailure::kCrashed, closed_);
    }
  }
  Exchanged Take() { return *std::move(exchanged_); }
  Wakeup& wakeup() { return *wakeup_; }

 private:
  // What it wrote since it was last asked.
  bool SaidUnasked() {
    char byte = 0;
    const ssize_t count = read(program_->output(), &byte, 1);
    if (count > 0) FailFor(PluginFailure::kFlooded, "wrote to its output without being asked");
    if (count == 0) FailFor(PluginFailure::kCrashed, "closed its output");
    return exchanged_.has_value();
  }

  void Attach(stream_descriptor& descriptor, int file) {
    boost::system::error_code error;
    descriptor.assign(file, error);
    if (error) FailFor(PluginFailure::kUnavailable, "cannot be watched: " + error.message());
  }

  template <class Function>
  void Await(stream_descriptor& descriptor, stream_descriptor::wait_type what, Function then) {
    descriptor.async_wait(what, [self = shared_from_this(), then](const boost::system::error_code& error) {
      if (!error && !self->exchanged_) then(*self);
    });
  }
  void AwaitOutput() {
    Await(output_, stream_descriptor::wait_read, [](Talk& self) {
      if (self.ReadOutput()) self.AwaitOutput();
    });
  }
  void AwaitErrors() {
    Await(errors_, stream_descriptor::wait_read, [](Talk& self) {
      if (self.ReadErrors()) self.AwaitErrors();
    });
  }
  void AwaitEnd() {
    Await(ended_, stream_descriptor::wait_read, [](Talk& self) { self.OnEnd(); });
  }

  void Write() {
    while (written_ < question_.size()) {
      const ssize_t count = WriteQuietly(program_->input(), question_.data() + written_, question_.size() - written_);
      if (count >= 0) {
        written_ += static_cast<std::size_t>(count);
      } else if (errno == EAGAIN) {
        return Await(input_, stream_descriptor::wait_write, [](Talk& self) { self.Write(); });
      } else if (errno != EINTR) {
        return OnClosed("closed its input");
      }
    }
  }

  // False when nothing more will come, or matter.
  bool ReadOutput() {
    std::array<char, kPiece> piece;
    for (;;) {
      const ssize_t count = read(program_->output(), piece.data(), piece.size());
      if (count < 0) return errno == EAGAIN || errno == EINTR;
      if (count == 0) {
        OnClosed("closed its output");
        return false;
      }
      answer_.append(piece.data(), static_cast<std::size_t>(count));
      const std::size_t looked_at = answer_.size() - static_cast<std::size_t>(count);
      const std::size_t end = answer_.find('\n', looked_at);
      if (end != std::string::npos) {
        OnLine(end);
        return false;
      }
      if (answer_.size() > kMaxPluginReply) {
        FailFor(PluginFailure::kFlooded, "wrote a line of more than 1 MiB");
        return false;
      }
    }
  }

  bool ReadErrors() {
    std::array<char, kPiece> piece;
    for (;;) {
      const ssize_t count = read(program_->errors(), piece.data(), piece.size());
      if (count < 0) return errno == EAGAIN || errno == EINTR;
      if (count == 0) return false;
      last_words_.append(piece.data(), static_cast<std::size_t>(count));
      if (last_words_.size() > kErrorsKept) last_words_.erase(0, last_words_.size() - kErrorsKept);
      error_bytes_ += static_cast<std::size_t>(count);
      if (error_bytes_ > kMaxErrors) {
        FailFor(PluginFailure::kFlooded, "wrote more than 1 MiB to its standard error");
        return false;
      }
    }
  }

  void OnLine(std::size_t end) {
    if (end > kMaxPluginReply) return FailFor(PluginFailure::kFlooded, "wrote a line of more than 1 MiB");
    if (end + 1 < answer_.size()) return FailFor(PluginFailure::kFlooded, "wrote more than one line");
    if (written_ < question_.size())
      return FailFor(PluginFailure::kGarbage, "answered before it had read the question");
    answer_.resize(end);
    exchanged_ = Exchanged{.end = Exchanged::End::kAnswered, .answer = std::move(answer_)};
    wakeup_->Notify();
  }

  // Perhaps it is about to end, which says more.
  void OnClosed(const char* what) {
    if (grace_) return;
    grace_ = DeadlineIn(kEndGrace);
    closed_ = what;
    wakeup_->Notify();
  }

  void OnEnd() {
    ReadOutput();
    if (exchanged_) return;
    ReadErrors();
    if (exchanged_) return;
    const std::string how = program_->Ending();
    FailFor(program_->HasNotStarted() ? PluginFailure::kUnavailable : PluginFailure::kCrashed, how);
  }

  void FailFor(PluginFailure failure, std::string why) {
    if (!last_words_.empty()) why += "; its last words: " + Quoted(last_words_, kErrorsKept);
    exchanged_ = Exchanged{.failure = failure, .why = std::move(why)};
    wakeup_->Notify();
  }

  const std::shared_ptr<ChildProcess> program_;
  const std::string question_;
  const std::shared_ptr<Wakeup> wakeup_;
  stream_descriptor input_;
  stream_descriptor output_;
  stream_descriptor errors_;
  stream_descriptor ended_;
  std::size_t written_ = 0;
  std::string answer_;
  std::string last_words_;  // the end of its standard error
  std::size_t error_bytes_ = 0;
  std::optional<Deadline> grace_;  // since a pipe was closed
  std::string closed_;
  std::optional<Exchanged> exchanged_;
};

}  // namespace

asio::awaitable<Exchanged> Exchange(std::shared_ptr<ChildProcess> program, std::string question, bool is_new,
                                    Deadline deadline) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto talk = std::make_shared<Talk>(executor, std::move(program), std::move(question) + "\n");
  talk->Begin(is_new);
  while (!talk->is_over()) {
    co_await talk->wakeup().WaitUntil(talk->Until(deadline));
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none && !talk->is_over()) {
      talk->Stop();
      co_return Exchanged{.end = Exchanged::End::kCancelled};
    }
    talk->OnTime(TimeUntil(deadline) == Duration::zero());
  }
  talk->Stop();
  co_return talk->Take();
}

}  // namespace assay
