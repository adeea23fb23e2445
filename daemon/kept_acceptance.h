#pragma once
// What gates last accepted of people, as it is stored: what a catalog that is read is held against.

#include <optional>
#include <string>
#include <vector>

#include "config/catalog.h"
#include "core/clock.h"
#include "daemon/store/review_store.h"
#include "review/acceptance.h"

namespace assay {

// The first gate of the catalog that has a suite of this queue; "" none.
std::string GateRestingOn(const Catalog& catalog, const QueueSpec& queue);
// The rules of the gate that ask people, over all its suites.
std::vector<RuleOnPeople> RulesOnPeople(const Catalog& catalog, const GateSpec& gate);

struct KeptRule {
  std::string rule = {};
  std::string suite = {};
  std::string queue = {};
  Json terms = {};
};
struct KeptGate {
  Time since{};  // when these came into service
  Json terms = {};
  std::vector<KeptRule> rules = {};
};
struct KeptQueue {
  Time since{};
  Json terms = {};
  std::vector<std::string> rubrics = {};  // that a gate rested on through this queue, "NAME@MAJOR", oldest first
};

// "support@2".
std::string MajorOf(const RubricSpec& rubric);

// Of the default project, as the catalog in service was last kept; absent for what was never under a gate. Blocking.
Result<std::optional<KeptGate>> ReadKeptGate(ReviewStore& store, const std::string& gate);
Result<std::optional<KeptQueue>> ReadKeptQueue(ReviewStore& store, const std::string& queue);

// Keeps what the gates of a catalog that comes into service accept of people, and the queues that they rest on. What
// leaves the catalog stays as it stood, so that it comes back under the same terms. Blocking.
Status KeepAcceptanceOf(ReviewStore& store, const Catalog& catalog, Time now);

}  // namespace assay
