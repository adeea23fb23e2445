#pragma once
// Waivers in the store: asked for, approved, revoked, and put over verdicts. gates/waivers.h has the rules.

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "daemon/services.h"
#include "daemon/store/store.h"

namespace assay {

// Blocking. Sets decision and waivers of a verdict of `project` to what holds at `now`. Reads nothing of a verdict that
// cannot be waived. On an error the decision is the state.
Status ApplyStoredWaivers(Store& store, const std::string& project, Time now, Verdict& verdict);

// References outlive the waivers.
struct WaiversContext {
  Store& store;
  const Clock& clock;
  boost::asio::any_io_executor blocking;  // for calls of the store that write
  boost::asio::any_io_executor reading;
  std::set<std::string> approvers = {};
  Duration max_life = kLongestWaiver;
  std::function<void(const Waiver&)> changed = {};  // blocking; after each approval and revocation
};

// Thread-safe.
class Waivers final : public WaiverOperations {
 public:
  explicit Waivers(WaiversContext context) : context_(std::move(context)) {}

  boost::asio::awaitable<Result<WaiverStatus>> RequestWaiver(const Caller& caller,
                                                             const WaiverArguments& arguments) override;
  boost::asio::awaitable<Result<WaiverStatus>> ApproveWaiver(const Caller& caller, std::string_view id,
                                                             std::string_view comment) override;
  boost::asio::awaitable<Result<WaiverStatus>> RevokeWaiver(const Caller& caller, std::string_view id,
                                                            std::string_view reason) override;
  boost::asio::awaitable<Result<WaiverStatus>> GetWaiver(const Caller& caller, std::string_view id) override;
  boost::asio::awaitable<Result<Page<WaiverStatus>>> ListWaivers(const Caller& caller, std::string_view gate,
                                                                 const PageRequest& page) override;

 private:
  Result<WaiverStatus> Request(const Caller& caller, const WaiverArguments& arguments);
  Result<WaiverStatus> Describe(const WaiverRecord& record) const;
  Result<WaiverStatus> Changed(const WaiverRecord& record) const;

  const WaiversContext context_;
};

}  // namespace assay
