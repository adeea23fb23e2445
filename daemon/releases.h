#pragma once
// What people say of releases: blockers, go and no-go, and the evidence they rest on. gates/release_blocker.h and
// gates/release_pack.h have the rules.

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "daemon/registered_models.h"
#include "daemon/served_catalog.h"
#include "daemon/services.h"
#include "daemon/store/store.h"
#include "review/people.h"

namespace assay {

// References outlive the releases.
struct ReleasesContext {
  Store& store;
  ServedCatalog& catalog;
  RegisteredModels& models;
  const Clock& clock;
  boost::asio::any_io_executor blocking;  // for calls of the store that write
  boost::asio::any_io_executor reading;
  std::set<std::string> approvers = {};  // of waivers, who have a release role too
  // Everybody with a role in human review.
  std::function<std::shared_ptr<const std::vector<Reviewer>>()> reviewers;
};

// Thread-safe.
class Releases final : public ReleaseOperations {
 public:
  explicit Releases(ReleasesContext context) : context_(std::move(context)) {}

  boost::asio::awaitable<Result<BlockerStatus>> RecommendBlocker(const Caller& caller,
                                                                 const BlockerArguments& arguments) override;
  boost::asio::awaitable<Result<BlockerStatus>> EndBlocker(const Caller& caller, std::string_view id,
                                                           BlockerState state, std::string_view reason) override;
  boost::asio::awaitable<Result<BlockerStatus>> GetBlocker(const Caller& caller, std::string_view id) override;
  boost::asio::awaitable<Result<Page<BlockerStatus>>> ListBlockers(const Caller& caller, std::string_view gate,
                                                                   const PageRequest& page) override;
  boost::asio::awaitable<Result<ReleaseDecision>> DecideRelease(const Caller& caller,
                                                                const ReleaseArguments& arguments) override;
  boost::asio::awaitable<Result<std::vector<ReleaseDecision>>> ListReleaseDecisions(const Caller& caller,
                                                                                    std::string_view verdict) override;
  boost::asio::awaitable<Result<EvidencePackText>> GetEvidencePack(const Caller& caller,
                                                                   std::string_view verdict) override;

 private:
  // As the token file is now.
  struct Person {
    std::string name;
    bool has_role = false;
    bool only_judges = false;
    bool has_release_role = false;
  };
  Person Who(const Caller& caller) const;
  Status RequireReleaseRole(const Person& person, std::string_view what) const;
  Result<BlockerStatus> Recommend(const Caller& caller, const Person& person, const BlockerArguments& arguments);
  Result<ModelIdentity> CandidateOf(const Caller& caller, const BlockerArguments& arguments);
  Result<ModelIdentity> ModelOf(const std::string& project, const BlockerEvidence& evidence);
  Result<BlockerStatus> End(const Caller& caller, const std::string& id, BlockerState state, const std::string& reason);
  Result<BlockerStatus> Read(const std::string& project, std::string_view id);
  Result<ReleaseDecision> Decide(const Caller& caller, const ReleaseArguments& arguments);
  Status CheckMayGo(const VerdictRecord& record, const Verdict& verdict);
  Result<EvidencePackText> MakePack(const Caller& caller, const std::string& verdict);

  const ReleasesContext context_;
};

}  // namespace assay
