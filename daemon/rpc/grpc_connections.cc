#include "daemon/rpc/grpc_connections.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
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

struct Heard {
  bool ever = true;
  std::chrono::milliseconds ago{0};
};

Heard HeardFrom(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  return {info.tcpi_bytes_received > 0, std::chrono::milliseconds(info.tcpi_last_data_recv)};
}

}  // namespace

void GrpcConnections::Add(int descriptor) {
  const auto inode = InodeOf(descriptor);
  const std::lock_guard lock(mutex_);
  if (inode) open_.push_back({descriptor, *inode});
}

Status GrpcConnections::HasRoom() {
  const std::lock_guard lock(mutex_);
  if (open_.size() < limit_ || FindSpare() != open_.end()) return {};
  return Full();
}

Status GrpcConnections::MakeRoom() {
  const std::lock_guard lock(mutex_);
  if (open_.size() < limit_) return {};
  const auto spare = FindSpare();
  if (spare == open_.end()) return Full();
  if (IsOpen(*spare)) ::shutdown(spare->descriptor, SHUT_RDWR);  // gRPC sees its end and closes it
  open_.erase(spare);
  return {};
}

bool GrpcConnections::IsOpen(const Socket& socket) { return InodeOf(socket.descriptor) == socket.inode; }

// Oldest first, so that in a flood of silent clients each finds its place at once.
std::vector<GrpcConnections::Socket>::iterator GrpcConnections::FindSpare() {
  auto spare = open_.end();
  std::chrono::milliseconds longest = longest_silence_;
  for (auto socket = open_.begin(); socket != open_.end(); ++socket) {
    if (!IsOpen(*socket)) return socket;
    const Heard heard = HeardFrom(socket->descriptor);
    if (!heard.ever) return socket;
    if (heard.ago < longest) continue;
    longest = heard.ago;
    spare = socket;
  }
  return spare;
}

Status GrpcConnections::Full() const {
  return Fail(ErrorCode::kUnavailable,
              "gRPC has " + std::to_string(open_.size()) + " connections, its limit; close some");
}

}  // namespace assay
