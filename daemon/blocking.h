#pragma once
// The bridge from event loops to calls that block (the store, files): they run on a small pool, the coroutine waits.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <type_traits>
#include <utility>

namespace assay {

// Runs `function` on `pool` and resumes here with its answer, a Result or another default-constructible value. What
// `function` refers to must outlive the call: a caller that is cancelled still waits for it to return.
template <class F>
boost::asio::awaitable<std::invoke_result_t<F&>> RunBlocking(boost::asio::any_io_executor pool, F function) {
  using Answer = std::invoke_result_t<F&>;
  auto work = [](F body) -> boost::asio::awaitable<Answer> { co_return body(); };
  boost::asio::awaitable<Answer> waiting = work(std::move(function));  // named: see DESIGN §4 on g++ 12 and co_await
  co_return co_await boost::asio::co_spawn(pool, std::move(waiting), boost::asio::use_awaitable);
}

}  // namespace assay
