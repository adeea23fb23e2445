#include "daemon/item_influence.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "daemon/check_decision.h"
#include "daemon/check_parameters.h"
#include "daemon/human_evidence.h"
#include "daemon/store/review_store.h"

namespace assay {
namespace {

bool IsOpen(const RulePart& part) { return part.state != VerdictState::kPass && part.state != VerdictState::kFail; }

double MoveOf(const RuleOutcome& rule, const RulePart& part) {
  if (part.counts.scheduled == 0) return 0;
  const double chance = part.people && part.people->chance ? *part.people->chance : 1;
  const double move = 1 / (chance * static_cast<double>(part.counts.scheduled));
  if (!part.estimate.value || !rule.threshold) return std::min(move, 1.0);
  return std::min(move / std::max(std::abs(*part.estimate.value - *rule.threshold), move), 1.0);
}

// One run of a check.
class RunInfluence {
 public:
  RunInfluence(Store& store, const PluginKinds& kinds, const Verdict& verdict, const GateSpec& gate,
               const RunRecord& run, const SuiteSpec& suite, bool is_baseline)
      : store_(store),
        kinds_(kinds),
        verdict_(verdict),
        gate_(gate),
        run_(run),
        suite_(suite),
        is_baseline_(is_baseline) {}

  Status Add(const std::string& queue, std::map<std::string, double>& influence) {
    ASSAY_ASSIGN(slices_, store_.ReadSliceColumns(run_.snapshot, suite_.slices));
    ASSAY_ASSIGN(const std::string root, RootIdOf(store_, run_));
    return ReviewStore(store_).ReadItemsOfRun(run_.project, root, queue, run_.snapshot,
                                              [&](std::int64_t ordinal, const StoredReviewItem& item) -> Status {
                                                if (item.is_open) influence[item.id] += Of(ordinal, queue);
                                                return {};
                                              });
  }

 private:
  double Of(std::int64_t ordinal, const std::string& queue) const {
    double sum = 0;
    for (std::size_t i = 0; i < verdict_.rules.size() && i < gate_.rules.size(); ++i) {
      const RuleOutcome& rule = verdict_.rules[i];
      if (!rule.blocking || !AsksQueue(gate_.rules[i], suite_, queue)) continue;
      const PluginKind* kind = FindKind(kinds_.rules, rule.kind);
      if (is_baseline_ && (kind == nullptr || !kind->compares)) continue;
      for (const RulePart& part : rule.parts) {
        if (part.suite == run_.suite && IsOpen(part) && IsOfPart(ordinal, part)) sum += MoveOf(rule, part);
      }
    }
    return sum;
  }

  bool IsOfPart(std::int64_t ordinal, const RulePart& part) const {
    if (part.slice.empty()) return true;
    const auto slice = std::ranges::find(slices_, part.slice, &StoredSlice::slice);
    const auto place = static_cast<std::size_t>(ordinal);
    if (slice == slices_.end() || place >= slice->codes.size()) return false;
    const std::int32_t code = slice->codes[place];
    return (code == StoredSlice::kAbsent ? "" : slice->values[static_cast<std::size_t>(code)]) == part.slice_value;
  }

  Store& store_;
  const PluginKinds& kinds_;
  const Verdict& verdict_;
  const GateSpec& gate_;
  const RunRecord& run_;
  const SuiteSpec& suite_;
  const bool is_baseline_;
  std::vector<StoredSlice> slices_;
};

}  // namespace

Result<std::vector<ItemInfluence>> InfluenceOnCheck(Store& store, const PluginKinds& kinds, const CheckRecord& check,
                                                    Time now) {
  ASSAY_ASSIGN(const Verdict verdict, DecideCheck(store, kinds, check, std::nullopt, now, nullptr));
  ASSAY_ASSIGN(const CatalogDocument gate,
               ReadStored(store, kinds, check.project, "Gate", check.gate, check.gate_version));
  ASSAY_ASSIGN(const std::vector<CheckRun> links, store.ListCheckRuns(check.project, check.id));
  std::map<std::string, double> influence;
  for (const CheckRun& link : links) {
    ASSAY_ASSIGN(const RunRecord run, store.GetRun(link.key));
    ASSAY_ASSIGN(const CatalogDocument suite,
                 ReadStored(store, kinds, check.project, "Suite", run.suite, run.suite_version));
    for (const std::string& queue : QueuesAskedOf(*gate.gate(), *suite.suite())) {
      RunInfluence of_run(store, kinds, verdict, *gate.gate(), run, *suite.suite(), link.role == kBaselineRole);
      ASSAY_TRY(of_run.Add(queue, influence));
    }
  }
  std::vector<ItemInfluence> items;
  for (const auto& [item, value] : influence) items.push_back({item, value});
  return items;
}

}  // namespace assay
