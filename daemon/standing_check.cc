// A check that is asked for again, when nothing that its verdict rests on has changed, is the one that was decided: a
// pipeline that polls a gate gets the same verdict in milliseconds, and leaves no thousand equal ones behind.

#include <algorithm>

#include "core/version.h"
#include "daemon/check_looks.h"
#include "daemon/check_parameters.h"
#include "daemon/checks.h"
#include "daemon/human_evidence.h"
#include "daemon/release_blockers.h"
#include "daemon/verdict_signing.h"
#include "gates/gate.h"

namespace assay {
namespace {

bool HasFreshness(const GateSpec& gate) {
  return std::ranges::any_of(gate.rules, [](const RuleSpec& rule) { return rule.kind == "freshness"; });
}

bool IsSame(const CheckParameters& a, const CheckParameters& b) {
  const auto is_same_suite = [](const CheckParameters::Suite& one, const CheckParameters::Suite& other) {
    return one.name == other.name && one.version == other.version;
  };
  return a.is_baseline_given == b.is_baseline_given && a.baseline == b.baseline &&
         std::ranges::equal(a.suites, b.suites, is_same_suite);
}

// A verdict that a new check could not better: an ERROR may have been mended since.
bool IsLasting(const std::string& state) { return state == "PASS" || state == "FAIL" || state == "INCONCLUSIVE"; }

Result<Verdict> DecidedVerdict(Store& store, const CheckRecord& check) {
  ASSAY_ASSIGN(const VerdictRecord record, store.GetVerdict(check.project, check.verdict_id));
  ASSAY_ASSIGN(const Json document, Json::Parse(record.document));
  return VerdictFromJson(document);
}

// Another version of Assay may decide otherwise on the same evidence.
bool IsOfThisBuild(const Verdict& verdict) {
  return verdict.origin && verdict.origin->version == kVersion && verdict.origin->build == BuildId();
}

SevereFindings HarmIn(const Verdict& verdict, const std::string& run) {
  for (const std::vector<SuiteIdentity>* suites : {&verdict.suites, &verdict.baseline_suites}) {
    const auto found = std::ranges::find(*suites, run, &SuiteIdentity::run);
    if (found != suites->end()) return found->severe.value_or(SevereFindings());
  }
  return {};
}

// Whether people have flagged or upheld other harm since. How much else they judged in queues that no rule asks decides
// nothing.
Result<bool> HasOtherHarm(Store& store, const RunRecord& run, HarmScope scope, const Verdict& verdict) {
  // What was said before is in the verdict, but for what was stored a moment after the time that it is of.
  constexpr std::chrono::minutes kStoredBy{1};
  ASSAY_ASSIGN(const auto last, LastSaidOfAnswers(store, run, scope));
  if (!last || *last + kStoredBy < verdict.decided_at) return false;
  ASSAY_ASSIGN(const auto read, ReadSevereFindings(store, run, scope, Time::max()));
  const SevereFindings now = read.value_or(SevereFindings());
  const SevereFindings then = HarmIn(verdict, run.id);
  return now.open != then.open || now.upheld != then.upheld || now.cases != then.cases;
}

// By an alarm of the baseline, its own or another's.
bool IsHeld(const Verdict& verdict) {
  const auto has_alarm = [](const SuiteIdentity& suite) { return suite.past && suite.past->alarm; };
  return std::ranges::any_of(verdict.controls, &ControlComparison::has_moved) ||
         std::ranges::any_of(verdict.baseline_suites, has_alarm);
}

}  // namespace

// Blocking. Absent when `wanted` has to be decided anew: its gate asks how old the evidence is, the gate, a suite, the
// baseline or this program is another, or a run has come that a new check would use instead.
Result<std::optional<Checks::Standing>> Checks::FindStanding(const CheckRecord& wanted, const GateSpec& gate,
                                                             const std::vector<const CatalogDocument*>& suites) const {
  if (HasFreshness(gate)) return std::nullopt;
  ASSAY_ASSIGN(auto decided, context_.store.FindDecidedCheck(wanted.project, wanted.gate, wanted.model_version));
  if (!decided || decided->gate_version != wanted.gate_version || !IsLasting(decided->state)) return std::nullopt;
  ASSAY_ASSIGN(const CheckParameters asked, ReadParameters(wanted));
  ASSAY_ASSIGN(const CheckParameters answered, ReadParameters(*decided));
  if (!IsSame(asked, answered)) return std::nullopt;
  ASSAY_ASSIGN(Verdict verdict, DecidedVerdict(context_.store, *decided));
  if (!IsOfThisBuild(verdict)) return std::nullopt;
  ASSAY_ASSIGN(const auto blockers, BlockersOf(context_.store, wanted.project, wanted.gate, wanted.model_version));
  if (blockers != verdict.blockers) return std::nullopt;
  ASSAY_ASSIGN(const std::vector<CheckRun> links, context_.store.ListCheckRuns(wanted.project, decided->id));
  if (links.size() != suites.size() * (asked.baseline ? 2 : 1)) return std::nullopt;
  for (const CheckRun& link : links) {
    ASSAY_ASSIGN(const RunRecord run, context_.store.GetRun(link.key));
    const auto suite = std::ranges::find(suites, run.suite_version, &CatalogDocument::version);
    if (suite == suites.end()) return std::nullopt;
    const ModelIdentity model{run.model, run.model_label, run.model_version};
    ASSAY_ASSIGN(const auto newest, FindUsable(wanted, **suite, model, NeedNotAskAll(gate)));
    const bool is_used_again =
        newest && newest->key == run.key && run.counts.awaiting_human == 0 && context_.runs.IsGradedAlike(run, **suite);
    if (!is_used_again) return std::nullopt;
    const HarmScope scope = link.role == kCandidateRole ? HarmScope::kEveryDraw : HarmScope::kRun;
    ASSAY_ASSIGN(const bool has_other_harm, HasOtherHarm(context_.store, run, scope, verdict));
    if (has_other_harm) return std::nullopt;
    for (const std::string& queue : QueuesAskedOf(gate, *(*suite)->suite())) {
      ASSAY_ASSIGN(const std::string root, RootIdOf(context_.store, run));
      ASSAY_ASSIGN(const auto count, ReviewStore(context_.store).CountItemsOfRun(wanted.project, root, queue));
      if (!decided->ended || (count.touched && *count.touched > *decided->ended)) return std::nullopt;
      // What was open at the deadline may be settled by now, by the time to revise alone.
      const bool was_cut_off = *decided->ended + Duration(1) >= decided->created + gate.review_deadline;
      if (was_cut_off && count.open == 0) return std::nullopt;
    }
  }
  return Standing{.check = *std::move(decided), .verdict = std::move(verdict)};
}

// Blocking. Whether a new check on the same answers may be decided otherwise: another one has found the baseline moved
// since, or has looked at it again while an alarm held this one. With `interleave` there is none on the answers of one
// that was held (RestOnStanding), and nobody is made to draw by asking what was decided.
Result<bool> Checks::MayAlarmsHaveChanged(const Standing& standing, const GateSpec& gate) const {
  if (standing.verdict.baseline_suites.empty()) return false;
  const bool is_held = IsHeld(standing.verdict);
  if (is_held && gate.interleave) return false;
  return context_.store.WasControlledSince(standing.check,
                                           is_held ? Store::ControlsFound::kAny : Store::ControlsFound::kMoved);
}

// Blocking. A check of its own of a gate that asks both models anew (`interleave`): as long as nothing has changed it
// is about the answers that the standing one drew, or the same command twice would be a second draw. Others use again
// what is there. Where the baseline had moved it is asked anew, whether it has come back.
Status Checks::RestOnStanding(const CheckRecord& check, const GateSpec& gate,
                              const std::vector<const CatalogDocument*>& suites) const {
  if (!gate.interleave) return {};
  ASSAY_ASSIGN(const auto standing, FindStanding(check, gate, suites));
  if (!standing) return {};
  if (IsHeld(standing->verdict)) return {};
  ASSAY_ASSIGN(const std::vector<CheckRun> links, context_.store.ListCheckRuns(check.project, standing->check.id));
  for (const CheckRun& link : links) {
    ASSAY_TRY(context_.store.LinkCheckRun(check.project, check.id, link.key, link.role));
  }
  return {};
}

}  // namespace assay
