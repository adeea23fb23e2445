#include "daemon/descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string>

namespace assay {
namespace {

constexpr int kMostGrpcConnections = 1024;
constexpr int kMostHttpConnections = 512;
constexpr int kMostPageConnections = 64;

}  // namespace

Result<int> RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return Fail(ErrorCode::kInternal, std::string("cannot read the limit of open files: ") + std::strerror(errno));
  }
  const rlimit wanted{limit.rlim_max, limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &wanted) == 0) limit = wanted;
  const auto files =
      static_cast<int>(std::min<rlim_t>(limit.rlim_cur, static_cast<rlim_t>(std::numeric_limits<int>::max())));
  if (files < kLeastDescriptors) {
    return Fail(ErrorCode::kFailedPrecondition, "the limit of open files is " + std::to_string(files) + "; at least " +
                                                    std::to_string(kLeastDescriptors) + " are needed, and " +
                                                    std::to_string(kEnoughDescriptors) +
                                                    " are enough: raise it with LimitNOFILE= of systemd or ulimit -n");
  }
  return files;
}

DescriptorShares ShareDescriptors(int limit) {
  return {.grpc_connections = std::min(kMostGrpcConnections, limit / 4),
          .http_connections = std::min(kMostHttpConnections, limit / 8),
          .page_connections = std::min(kMostPageConnections, limit / 32)};
}

}  // namespace assay
