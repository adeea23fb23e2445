#include "runners/event_loops.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/query.hpp>
#include <string>
#include <thread>

namespace assay {

namespace asio = boost::asio;

struct EventLoops::Loop {
  // One thread runs the context; other threads may post to it.
  asio::io_context context{1};
  asio::executor_work_guard<Executor> work{context.get_executor()};
  std::thread thread;
};

EventLoops::EventLoops(int count) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // new threads inherit the mask
  for (int i = 0; i < std::max(count, 1); ++i) {
    loops_.push_back(std::make_unique<Loop>());
    Loop* loop = loops_.back().get();
    loop->thread = std::thread([loop] { loop->context.run(); });
    std::string name = "loop-" + std::to_string(i);
    pthread_setname_np(loop->thread.native_handle(), name.c_str());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

EventLoops::~EventLoops() { Stop(); }

EventLoops::Executor EventLoops::executor(int index) const {
  return loops_[static_cast<std::size_t>(index)]->context.get_executor();
}

int EventLoops::IndexOf(const asio::any_io_executor& executor) const {
  const asio::execution_context* context = &asio::query(executor, asio::execution::context);
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    if (context == &loops_[i]->context) return static_cast<int>(i);
  }
  return -1;
}

void EventLoops::Stop() {
  for (auto& loop : loops_) loop->context.stop();
  for (auto& loop : loops_) {
    if (loop->thread.joinable()) loop->thread.join();
  }
}

bool EventLoops::stopped() const {
  return std::all_of(loops_.begin(), loops_.end(), [](const auto& loop) { return !loop->thread.joinable(); });
}

}  // namespace assay
