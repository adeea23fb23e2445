#include "daemon/rpc/grpc_connections.h"

#include <sys/stat.h>

#include <optional>
#include <string>

namespace assay {
namespace {

std::optional<ino_t> InodeOf(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return std::nullopt;
  return status.st_ino;
}

}  // namespace

void GrpcConnections::Add(int descriptor) {
  const auto inode = InodeOf(descriptor);
  const std::lock_guard lock(mutex_);
  if (inode) open_.push_back({descriptor, *inode});
}

Status GrpcConnections::HasRoom() {
  const std::lock_guard lock(mutex_);
  if (open_.size() < limit_) return {};
  std::erase_if(open_, [](const Socket& socket) { return InodeOf(socket.descriptor) != socket.inode; });
  if (open_.size() < limit_) return {};
  return Fail(ErrorCode::kUnavailable,
              "gRPC has " + std::to_string(open_.size()) + " connections, its limit; close some");
}

}  // namespace assay
