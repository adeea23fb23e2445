#include "daemon/people_verdicts.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "daemon/check_decision.h"
#include "daemon/human_evidence.h"
#include "daemon/store/review_store.h"
#include "review/item_state.h"

namespace assay {
namespace {

// The id of the decision that a gate would have used then; "" none.
Result<std::string> FinalDecisionAt(const std::vector<ReviewFact>& facts, Time at) {
  ASSAY_ASSIGN(const auto state, StateUntil(facts, at));
  if (!state || !IsDrawnByChance(*state) || StateAt(*state, std::max(at, state->last_at)) != ReviewState::kDone)
    return std::string();
  const ReviewDecision* decision = ActiveDecision(*state);
  return decision == nullptr ? "" : decision->id;
}

// Whether gates asked a queue about a suite, each of which is read once.
class GatesOfQueue {
 public:
  GatesOfQueue(Store& store, const PluginKinds& kinds, std::string project, std::string queue)
      : store_(store), kinds_(kinds), project_(std::move(project)), queue_(std::move(queue)) {}

  Result<bool> Asks(const VerdictOnRun& verdict) {
    const std::string key = verdict.gate + "\n" + verdict.gate_version + "\n" + verdict.suite_version;
    const auto known = asks_.find(key);
    if (known != asks_.end()) return known->second;
    ASSAY_ASSIGN(const CatalogDocument gate,
                 ReadStored(store_, kinds_, project_, "Gate", verdict.gate, verdict.gate_version));
    ASSAY_ASSIGN(const CatalogDocument suite,
                 ReadStored(store_, kinds_, project_, "Suite", verdict.suite, verdict.suite_version));
    const std::vector<std::string> queues = QueuesAskedOf(*gate.gate(), *suite.suite());
    return asks_[key] = std::ranges::find(queues, queue_) != queues.end();
  }

 private:
  Store& store_;
  const PluginKinds& kinds_;
  const std::string project_;
  const std::string queue_;
  std::map<std::string, bool> asks_;
};

// Those that are named.
std::set<std::string> HarmfulItems(const std::optional<SevereFindings>& severe) {
  std::set<std::string> items;
  if (!severe) return items;
  for (const SevereCase& found : severe->cases) items.insert(found.item);
  return items;
}

}  // namespace

Result<std::vector<std::string>> VerdictsThatUsed(Store& store, const PluginKinds& kinds,
                                                  const std::vector<ReviewFact>& facts) {
  std::vector<std::string> used;
  ASSAY_ASSIGN(const ItemState state, Fold(facts));
  const ReviewDecision* decision = ActiveDecision(state);
  if (decision == nullptr || state.item.purpose != ItemPurpose::kLabel || !IsDrawnByChance(state)) return used;
  ASSAY_ASSIGN(const std::vector<VerdictOnRun> verdicts,
               store.ListVerdictsOn(state.item.project, state.item.run, kMostVerdictsNamed));
  GatesOfQueue gates(store, kinds, state.item.project, state.item.queue);
  for (const VerdictOnRun& verdict : verdicts) {
    if (verdict.decided < decision->at) continue;
    ASSAY_ASSIGN(const bool asks, gates.Asks(verdict));
    if (!asks) continue;
    ASSAY_ASSIGN(const std::string then, FinalDecisionAt(facts, verdict.decided));
    if (then == decision->id) used.push_back(verdict.id);
  }
  return used;
}

Result<std::optional<OvertakenVerdict>> VerdictOvertakenBy(Store& store, const CheckRecord& check, const GateSpec& gate,
                                                           const RunRecord& run, const SuiteSpec& suite,
                                                           const std::optional<SevereFindings>& severe, Time as_of) {
  ASSAY_ASSIGN(const std::string root, RootIdOf(store, run));
  ASSAY_ASSIGN(const std::vector<VerdictOnRun> verdicts, store.ListVerdictsOn(run.project, root, kMostVerdictsNamed));
  std::optional<VerdictOnRun> earlier;
  for (const VerdictOnRun& verdict : verdicts) {
    const bool is_alike = verdict.gate == check.gate && verdict.model_version == check.model_version;
    if (is_alike && verdict.decided < check.created) earlier = verdict;
  }
  if (!earlier) return std::nullopt;
  std::set<std::string> changed;
  for (const std::string& queue : QueuesAskedOf(gate, suite)) {
    ASSAY_TRY(ReviewStore(store).ReadItemsOfRun(
        run.project, root, queue, run.snapshot, [&](std::int64_t, const StoredReviewItem& item) -> Status {
          ASSAY_ASSIGN(const std::string then, FinalDecisionAt(item.facts, earlier->decided));
          if (then.empty()) return {};
          ASSAY_ASSIGN(const std::string now, FinalDecisionAt(item.facts, as_of));
          if (now != then) changed.insert(item.facts.front().item);
          return {};
        }));
  }
  // Harm is everybody's: in queues that no metric asks, too.
  ASSAY_ASSIGN(const auto severe_then, ReadSevereFindings(store, run, HarmScope::kEveryDraw, earlier->decided));
  const std::set<std::string> before = HarmfulItems(severe_then);
  const std::set<std::string> after = HarmfulItems(severe);
  std::ranges::set_symmetric_difference(before, after, std::inserter(changed, changed.end()));
  if (changed.empty()) return std::nullopt;
  return OvertakenVerdict{.verdict = earlier->id, .answers = std::ssize(changed)};
}

}  // namespace assay
