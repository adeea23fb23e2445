#pragma once
// The last resort for exceptions: a coroutine that drives something for long ends with an error instead. With
// RunBlocking, which most of the daemon's coroutines use.

#include <boost/asio/awaitable.hpp>
#include <exception>
#include <utility>

#include "core/result.h"
#include "runners/blocking.h"

namespace assay {

// Awaits `work`; an exception that leaves it becomes the error kInternal.
template <class T>
boost::asio::awaitable<Result<T>> ErrorInsteadOfException(boost::asio::awaitable<Result<T>> work) {
  try {
    co_return co_await std::move(work);
  } catch (const std::exception& exception) {
    co_return Fail(ErrorCode::kInternal, exception.what());
  }
}

}  // namespace assay
