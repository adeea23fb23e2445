#include "cli/follow.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <thread>

namespace assay {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kLongestAbsence{60};
constexpr milliseconds kPause{200};

// A daemon that ends cancels what it has not answered; this program never cancels.
bool IsAway(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE || status.error_code() == grpc::StatusCode::CANCELLED;
}

}  // namespace

milliseconds TimeLeft(steady_clock::time_point deadline) {
  return std::max(std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()), milliseconds(0));
}

grpc::Status FollowStream(const DaemonConnection& connection, steady_clock::time_point deadline,
                          const std::function<grpc::Status(grpc::ClientContext&, bool&)>& read) {
  auto last_contact = steady_clock::now();
  while (TimeLeft(deadline).count() > 0) {
    grpc::ClientContext context;
    connection.Prepare(context, TimeLeft(deadline));
    bool has_read = false;
    const grpc::Status status = read(context, has_read);
    if (has_read) last_contact = steady_clock::now();
    if (!IsAway(status) || steady_clock::now() - last_contact > kLongestAbsence) return status;
    // A channel makes progress only while somebody waits on it; without this it would see the new daemon after 5 s.
    std::this_thread::sleep_for(std::min(TimeLeft(deadline), kPause));
    connection.channel()->WaitForConnected(std::chrono::system_clock::now() + std::min(TimeLeft(deadline), kPause));
  }
  return {grpc::StatusCode::DEADLINE_EXCEEDED, "the time is up"};
}

}  // namespace assay
