#pragma once
// How many connections gRPC has. It takes over a connection's descriptor and does not tell when it closes it; but a
// descriptor that was closed, or is used again, is no longer the socket with the same inode.

#include <sys/types.h>

#include <cstddef>
#include <mutex>
#include <vector>

#include "core/result.h"

namespace assay {

// Thread-safe.
class GrpcConnections {
 public:
  explicit GrpcConnections(int limit) : limit_(static_cast<std::size_t>(limit)) {}

  // A connection that gRPC is given.
  void Add(int descriptor);
  // kUnavailable when as many as the limit are open.
  Status HasRoom();

 private:
  struct Socket {
    int descriptor;
    ino_t inode;
  };

  const std::size_t limit_;
  std::mutex mutex_;
  std::vector<Socket> open_;  // and some that were closed since HasRoom looked
};

}  // namespace assay
