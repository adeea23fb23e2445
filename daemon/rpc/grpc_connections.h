#pragma once
// The connections that gRPC has. It takes over a connection's descriptor and tells neither when it closes it nor what
// goes on there; but a descriptor that was closed, or is used again, is no longer the socket with the same inode, and
// the kernel knows when the client was heard last.

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <mutex>
#include <vector>

#include "core/result.h"

namespace assay {

// Thread-safe.
class GrpcConnections {
 public:
  // A client that was not heard for `longest_silence` has no call: with one it answers the pings of the server.
  GrpcConnections(int limit, std::chrono::milliseconds longest_silence)
      : limit_(static_cast<std::size_t>(limit)), longest_silence_(longest_silence) {}

  // A connection that gRPC is given.
  void Add(int descriptor);
  // kUnavailable when as many as the limit are open and none of them can be spared.
  Status HasRoom();
  // The same, and shuts one down if it must: the oldest that never sent a byte, else the one that has been silent
  // longest, for `longest_silence` at least.
  Status MakeRoom();

 private:
  struct Socket {
    int descriptor;
    ino_t inode;
  };

  static bool IsOpen(const Socket& socket);
  std::vector<Socket>::iterator FindSpare();
  Status Full() const;

  const std::size_t limit_;
  const std::chrono::milliseconds longest_silence_;
  std::mutex mutex_;
  std::vector<Socket> open_;  // and some that were closed meanwhile; oldest first
};

}  // namespace assay
