#include "daemon/check_past.h"

#include <algorithm>
#include <set>
#include <utility>

#include "daemon/check_decision.h"
#include "daemon/check_looks.h"

namespace assay {
namespace {

// Which time it is that answers were drawn, counting those that a verdict was given on, and those that checks beside
// this one wait for: of many that are asked at once the first to pass would count as the only one. `lengths`: in how
// many other lengths these answers were looked at. `baselines`: which were cancelled, of as many draws more.
int AttemptAfter(const EarlierRuns& earlier, std::int64_t open, std::int64_t lengths, std::int64_t baselines) {
  return static_cast<int>(std::min<std::int64_t>(earlier.decided + open + lengths + baselines, 1000)) + 1;
}

}  // namespace

// A check that is decided between the first two counts is in both, not in neither.
Result<int> CheckPast::CountAttempt(const RunRecord& run, const RunRecord* baseline) const {
  ASSAY_ASSIGN(const RunRecord root, RootOf(store, run));
  ASSAY_ASSIGN(const std::int64_t open, store.CountOpenDraws(root, check.id));
  ASSAY_ASSIGN(const EarlierRuns earlier, store.CountEarlierRuns(root, until, check, kCandidateRole));
  ASSAY_ASSIGN(const std::int64_t lengths, CountOtherLooks(root));
  std::int64_t baselines = 0;  // whoever cancels what the baseline says draws it again
  if (baseline != nullptr) {
    ASSAY_ASSIGN(const RunRecord baseline_root, RootOf(store, *baseline));
    ASSAY_ASSIGN(baselines, store.CountCancelledBaselines(root, baseline_root, until, check));
  }
  return AttemptAfter(earlier, open, lengths, baselines);
}

Result<std::int64_t> CheckPast::CountAttemptsSince(const StandingAlarm& oldest, const RunRecord& run) const {
  ASSAY_ASSIGN(const RunRecord root, RootOf(store, run));
  return store.CountHeldDraws(root, until, check, oldest.verdict);
}

// Gates that asked more or fewer cases of the same answers (`max_n`), or looked at them otherwise (`stop`), each
// once: who lengthens a run until it passes stops when it does. And each other version of this gate that looked as it
// does, and each other baseline that it compared with: neither was set before the answers were seen.
Result<std::int64_t> CheckPast::CountOtherLooks(const RunRecord& root) const {
  const auto length_of = [&](const GateSpec& asked) { return std::pair(asked.stop, PlannedCases(asked, root.cases)); };
  ASSAY_ASSIGN(const std::vector<GateVersion> gates, store.ListGatesOn(root, until, check.id));
  std::set<std::pair<StopWhen, std::int64_t>> lengths;
  std::int64_t others = 0;
  for (const GateVersion& each : gates) {
    const auto document = ReadStored(store, kinds, check.project, "Gate", each.gate, each.version);
    if (!document && document.error().code == ErrorCode::kUnavailable) return Fail(document.error());
    const bool is_of_this_length = document && length_of(*document->gate()) == length_of(gate);
    // One that has no run of a baseline yet is of this version and compares with the same.
    const bool has_another_baseline = !each.baseline.empty() && each.baseline != baseline_version;
    const bool is_another_version =
        each.gate == check.gate && (each.version != check.gate_version || has_another_baseline);
    if (document && !is_of_this_length) lengths.insert(length_of(*document->gate()));
    if (!document || (is_of_this_length && is_another_version)) ++others;
  }
  return std::ssize(lengths) + others;
}

Result<RunPast> CheckPast::SeeOthers(std::string_view role, const RunRecord& root) const {
  ASSAY_ASSIGN(const EarlierRuns earlier, store.CountEarlierRuns(root, until, check, role));
  RunPast past{.unused = earlier.unused,
               .newest_unused = earlier.newest_unused,
               .of_others = earlier.of_others,
               .newest_of_others = earlier.newest_of_others};
  if (role == kBaselineRole && gate.interleave) {  // no others' answers are taken, so that none can be chosen
    past.of_others = 0;
    past.newest_of_others.clear();
  }
  if (role == kBaselineRole) return past;
  ASSAY_ASSIGN(const OtherVersions versions, store.FindOtherVersions(root, until, check, baseline_version));
  past.other_versions = versions.verdicts;
  past.other_verdict = versions.newest;
  past.other_state = versions.state;
  ASSAY_TRY(SeeElsewhere(Elsewhere(), root, past));
  return past;
}

Status CheckPast::SeeRetries(const RunRecord& run, RunPast& past) const {
  if (run.retry_of.empty()) return {};
  ASSAY_ASSIGN(AskedAgain again, store.CountAskedAgain(run.key));
  past.retries = again.retries;
  past.first_run = std::move(again.first_run);
  past.asked_again = again.trials;
  past.asked_again_often = again.often;
  past.is_asked_again_least = again.is_least;
  return {};
}

AskedElsewhere CheckPast::Elsewhere() const {
  return {.store = store, .kinds = kinds, .texts = texts, .check = check, .suites = gate.suites, .until = until};
}

}  // namespace assay
