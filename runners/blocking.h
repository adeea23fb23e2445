#pragma once
// The bridge from event loops to calls that block (the store, files): they run on a small pool, the coroutine waits.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <type_traits>
#include <utility>

namespace assay {

// Runs `function` on `pool` and resumes here with its answer, a Result or another default-constructible value; what it
// throws is thrown here. Cannot be cancelled: what `function` refers to may live in the frame that waits, since a
// caller that is cancelled still waits for the call to return.
template <class F>
boost::asio::awaitable<std::invoke_result_t<F&>> RunBlocking(boost::asio::any_io_executor pool, F function) {
  namespace asio = boost::asio;
  using Answer = std::invoke_result_t<F&>;
  auto start = [](auto handler, asio::any_io_executor where, F body) {
    auto caller = asio::make_work_guard(asio::get_associated_executor(handler));
    asio::post(where, [handler = std::move(handler), caller = std::move(caller), body = std::move(body)]() mutable {
      std::exception_ptr thrown;
      Answer answer{};
      try {
        answer = body();
      } catch (...) {
        thrown = std::current_exception();
      }
      asio::post(caller.get_executor(), [handler = std::move(handler), thrown, answer = std::move(answer)]() mutable {
        std::move(handler)(thrown, std::move(answer));
      });
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, Answer)>(
      std::move(start), asio::use_awaitable, std::move(pool), std::move(function));
}

}  // namespace assay
