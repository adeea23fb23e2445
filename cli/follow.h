#pragma once
// A stream of updates read to its end although the daemon goes away and comes back meanwhile.

#include <chrono>
#include <functional>

#include "cli/connection.h"

namespace assay {

std::chrono::milliseconds TimeLeft(std::chrono::steady_clock::time_point deadline);

// `read` opens the stream with the given context, reads what comes, says whether anything came, and returns how the
// stream ended. It is called again while the daemon is away, for a minute at most. The answer is DEADLINE_EXCEEDED at
// `deadline`, else the end of the last stream.
grpc::Status FollowStream(const DaemonConnection& connection, std::chrono::steady_clock::time_point deadline,
                          const std::function<grpc::Status(grpc::ClientContext& context, bool& has_read)>& read);

}  // namespace assay
