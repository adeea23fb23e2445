#pragma once
// The accept loop of both servers. It outlives every error of accept: when file descriptors have run out, those who
// wait are served as soon as some are free again, and until then state() says why nobody is.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string_view>

#include "core/result.h"

namespace assay {

class TcpListener {
 public:
  // Takes a connection, whose executor is a strand of its own. Called on the listener's strand, must not block.
  using Serve = std::function<void(boost::asio::ip::tcp::socket)>;

  // The executor keeps running until Close has returned.
  explicit TcpListener(boost::asio::any_io_executor executor);
  ~TcpListener();  // Close, unless it was done
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  // Listens on HOST:PORT and returns the port. `protocol` is for messages. kInvalidArgument for a wrong address,
  // kUnavailable when it cannot be had. Call once.
  Result<int> Start(std::string_view listen, std::string_view protocol, Serve serve);
  // Stops listening; `serve` is not called any more when it returns. Idempotent. Must not be called on the executor.
  void Close();

  // kUnavailable with the cause while accepting fails. Thread-safe.
  Status state() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace assay
