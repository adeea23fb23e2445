#include "daemon/check_decision.h"

#include <algorithm>
#include <map>
#include <set>

#include "daemon/case_order.h"
#include "daemon/check_controls.h"
#include "daemon/check_looks.h"
#include "daemon/check_parameters.h"
#include "daemon/check_past.h"
#include "daemon/decision_cache.h"
#include "daemon/evidence.h"
#include "daemon/human_evidence.h"
#include "daemon/past_warnings.h"
#include "daemon/people_verdicts.h"
#include "daemon/prepared_run.h"
#include "daemon/release_blockers.h"
#include "daemon/run_history.h"
#include "daemon/sentinels.h"
#include "gates/gate.h"
#include "gates/looks.h"
#include "gates/severe_harm.h"

namespace assay {

namespace {

std::string Described(const BaselineSpec& baseline) {
  return baseline.version ? baseline.model + "@" + *baseline.version
                          : "the version of " + baseline.model + " in stage " + baseline.stage.value_or("");
}

// Rules see the cases of a part by their number in it; harm is that of the whole run, by its number there.
void NameInWhole(const std::string& suite, const std::vector<std::uint32_t>& ordinals, Verdict& verdict) {
  for (RuleOutcome& rule : verdict.rules) {
    if (IsOfPeopleAlone(rule.rule)) continue;
    for (RulePart& part : rule.parts) {
      if (part.suite != suite) continue;
      for (WorstCase& worst : part.worst_cases) worst.ordinal = ordinals[static_cast<std::size_t>(worst.ordinal)];
    }
  }
}

// A check with all that its verdict rests on.
class Decision {
 public:
  Decision(Store& store, const PluginKinds& kinds, const CheckRecord& check, Time now, DecisionCache* cache)
      : store_(store), kinds_(kinds), check_(check), now_(now), cache_(cache) {}

  Status Load(const std::vector<CheckRun>& links, const RecordedDecision& recorded) {
    ASSAY_ASSIGN(gate_document_, ReadStored(store_, kinds_, check_.project, "Gate", check_.gate, check_.gate_version));
    ASSAY_ASSIGN(parameters_, ReadParameters(check_));
    ASSAY_TRY(LoadBlockers(recorded));
    says_whose_baseline_ = recorded.says_whose_baseline;
    wanted_cases_ = recorded.wanted_cases;
    for (const CheckRun& link : links) {
      ASSAY_TRY(LoadRun(link, recorded));
    }
    ASSAY_TRY(CountAttempts(recorded.attempt));
    looks_ = LooksOfRuns();
    return Controls().Load(recorded, Past(), runs_);
  }

  int looks() const { return looks_.count(); }

  // On the first cases, at a look before the last one; absent while some of these are still to come, and unless every
  // rule is settled.
  std::optional<Verdict> SettledAt(int look) const {
    auto verdict = DecideOn(look);
    if (!verdict || !IsSettled(gate(), *verdict)) return std::nullopt;
    return verdict;
  }

  // At the last look: on all cases that are planned, or all there are when the runs did not come so far. Once: the
  // evidence is given away.
  Verdict AtTheEnd() {
    if (gate().max_n) {
      if (auto verdict = DecideOn(looks_.count())) return *std::move(verdict);
    }
    GateEvidence all = EvidenceAt(looks_.count());
    for (LoadedRun& loaded : runs_) {
      Controls().AddTo(all, loaded, nullptr);
      (loaded.is_baseline ? all.baseline_suites : all.suites).push_back(std::move(loaded.evidence));
    }
    Verdict verdict = Decide(gate(), all, now_);
    if (looks_.count() > 1) verdict.look = LookOf(looks_.count(), verdict);
    return verdict;
  }

  // What people are told beside the rules' own words, and what a replay has to know.
  Status Explain(Verdict& verdict) const {
    std::vector<RunRecord> candidates;
    for (const LoadedRun& loaded : runs_) {
      if (!loaded.is_baseline) candidates.push_back(loaded.run);
      auto& suites = loaded.is_baseline ? verdict.baseline_suites : verdict.suites;
      const auto of_run = std::ranges::find(suites, loaded.run.id, &SuiteIdentity::run);
      RunPast past = loaded.past;
      if (loaded.is_baseline) loaded.control.Explain(verdict, past);
      if (of_run != suites.end()) of_run->past = std::move(past);
    }
    ASSAY_TRY(NameWorstCases(store_, candidates, verdict));
    if (parameters_.baseline && says_whose_baseline_) verdict.is_baseline_given = parameters_.is_baseline_given;
    if (parameters_.is_baseline_given) {
      verdict.warnings.push_back("compared with " + parameters_.baseline->name + "@" + parameters_.baseline->version +
                                 ", which the check named; the gate's own baseline is " + Described(*gate().baseline));
    }
    for (const std::string& warning : warnings_) verdict.warnings.push_back(warning);
    if (parameters_.baseline) {
      // Two names of one model.
      ASSAY_ASSIGN(const bool is_same, AsksAsCandidate(Past().Elsewhere(), *parameters_.baseline));
      if (is_same) {
        verdict.warnings.push_back(
            "candidate and baseline ask the same model of the same endpoint: they differ by chance only");
      }
    }
    for (const RunRecord& run : candidates) {
      if (run.retry_of.empty() || IsReused(run, check_)) continue;
      verdict.reason +=
          "; run " + run.id + " of suite \"" + run.suite + "\" asked again for what run " + run.retry_of + " lacked";
    }
    if (verdict.look) verdict.reason += TextOf(*verdict.look);
    return {};
  }

 private:
  const GateSpec& gate() const { return *gate_document_->gate(); }

  ModelIdentity Candidate() const { return {check_.model, check_.model_label, check_.model_version}; }
  std::string BaselineVersion() const { return parameters_.baseline ? parameters_.baseline->content_version : ""; }
  bool LooksEarly() const { return gate().stop == StopWhen::kEarly || gate().max_n; }

  Status LoadRun(const CheckRun& link, const RecordedDecision& recorded) {
    LoadedRun loaded{.run = {}, .is_baseline = link.role == kBaselineRole};
    ASSAY_ASSIGN(loaded.run, store_.GetRun(link.key));
    const RunRecord& run = loaded.run;
    ASSAY_ASSIGN(const CatalogDocument suite,
                 ReadStored(store_, kinds_, run.project, "Suite", run.suite, run.suite_version));
    // Before the evidence: what is not awaited is there.
    if (LooksEarly() && !IsFinal(run.state)) {
      ASSAY_ASSIGN(loaded.cases_before_awaited, CasesBeforeAwaited(store_, run));
    }
    TrialStatuses* const statuses = LooksEarly() ? &loaded.statuses : nullptr;
    ASSAY_ASSIGN(loaded.evidence, LoadEvidence(store_, run, *suite.suite(), statuses, now_, &qualities_));
    ASSAY_TRY(LoadHarm(recorded, loaded));
    const auto known = recorded.pasts.find(run.id);
    const RunPast* past = known == recorded.pasts.end() ? nullptr : &known->second;
    if (!loaded.is_baseline) {
      ASSAY_TRY(LoadPast(*suite.suite(), past, loaded));
    } else {
      ASSAY_TRY(CountOthers(kBaselineRole, past, loaded));
    }
    ASSAY_TRY(NameOvertaken(*suite.suite(), past, loaded));
    runs_.push_back(std::move(loaded));
    return {};
  }

  Status LoadBlockers(const RecordedDecision& recorded) {
    if (recorded.blockers) {
      blockers_ = *recorded.blockers;
      return {};
    }
    ASSAY_ASSIGN(blockers_, BlockersOf(store_, check_.project, check_.gate, check_.model_version));
    return {};
  }

  // In any queue: also those that no rule asks.
  Status LoadHarm(const RecordedDecision& recorded, LoadedRun& loaded) {
    std::optional<SevereFindings>& severe = loaded.evidence.severe;
    if (!recorded.severe) {
      const HarmScope scope = loaded.is_baseline ? HarmScope::kRun : HarmScope::kEveryDraw;
      ASSAY_ASSIGN(severe, ReadSevereFindings(store_, loaded.run, scope, now_));
    } else if (const auto found = recorded.severe->find(loaded.run.id); found != recorded.severe->end()) {
      severe = found->second;
    }
    if (severe) loaded.evidence.held_by = OpenHarmText(severe->open);
    return {};
  }

  // What was asked before of the candidate.
  Status LoadPast(const SuiteSpec& suite, const RunPast* known, LoadedRun& loaded) {
    ASSAY_ASSIGN(LoadedHistory history, LoadHistoryOf(suite, known, loaded.run));
    for (const EarlierRun& earlier : history.runs) loaded.past.runs.push_back(earlier.run);
    loaded.past.runs_deleted = loaded.evidence.history_deleted = history.deleted;
    loaded.evidence.history = std::move(history.runs);
    return CountOthers(kCandidateRole, known, loaded);
  }

  // As it is recorded, or now. Empty where no rule looks at it.
  Result<LoadedHistory> LoadHistoryOf(const SuiteSpec& suite, const RunPast* known, const RunRecord& run) {
    const HistoryNeeded needed = HistoryNeededBy(gate());
    if (needed.runs == 0) return LoadedHistory{};
    if (known == nullptr) return LoadHistory(store_, kinds_, run, suite, needed, now_, KeptHistory());
    ASSAY_ASSIGN(std::vector<EarlierRun> runs, ReadHistory(store_, kinds_, run, suite, known->runs, now_));
    return LoadedHistory{.runs = std::move(runs), .deleted = known->runs_deleted};
  }

  RunHistory* KeptHistory() const { return cache_ == nullptr ? nullptr : &cache_->history; }

  Status CountAttempts(std::optional<int> recorded) {
    if (recorded) attempt_ = std::max(1, *recorded);
    for (const LoadedRun& loaded : runs_) {
      if (recorded || loaded.is_baseline) continue;
      const auto compared = std::ranges::find_if(
          runs_, [&](const LoadedRun& other) { return other.is_baseline && other.run.suite == loaded.run.suite; });
      const RunRecord* baseline = compared == runs_.end() ? nullptr : &compared->run;
      ASSAY_ASSIGN(const int attempt, Past().CountAttempt(loaded.run, baseline));
      attempt_ = std::max(attempt_, attempt);
    }
    return {};
  }

  // What else was drawn, and what else was made of these answers. Of a baseline that is not asked anew too: it may be
  // one of several.
  Status CountOthers(std::string_view role, const RunPast* known, LoadedRun& loaded) {
    ASSAY_ASSIGN(const RunRecord root, RootOf(store_, loaded.run));
    RunPast& past = loaded.past;
    ASSAY_ASSIGN(RunPast seen, known != nullptr ? Result<RunPast>(*known) : Past().SeeOthers(role, root));
    if (known == nullptr) ASSAY_TRY(Past().SeeRetries(loaded.run, seen));
    seen.runs = std::move(past.runs);
    seen.runs_deleted = past.runs_deleted;
    seen.control_runs = std::move(past.control_runs);
    past = std::move(seen);
    const bool draws_its_own = root.created >= check_.created;
    std::ranges::move(WarningsOfPast(past, loaded.run.suite, role, draws_its_own), std::back_inserter(warnings_));
    const std::string retried = WarningOfRetries(past, loaded.run.id, loaded.run.suite, role);
    if (!retried.empty()) warnings_.push_back(retried);
    return {};
  }

  // A verdict whose people have changed their minds is not changed: the next one says that it takes its place.
  Status NameOvertaken(const SuiteSpec& suite, const RunPast* known, LoadedRun& loaded) {
    RunPast& past = loaded.past;
    if (known != nullptr) {
      past.supersedes = known->supersedes;
      past.resettled = known->resettled;
    } else {
      ASSAY_ASSIGN(const auto overtaken,
                   VerdictOvertakenBy(store_, check_, gate(), loaded.run, suite, loaded.evidence.severe, now_));
      if (overtaken) past.supersedes = overtaken->verdict;
      if (overtaken) past.resettled = overtaken->answers;
    }
    if (past.supersedes.empty()) return {};
    warnings_.push_back("verdict " + past.supersedes + " rested on " + std::to_string(past.resettled) +
                        (past.resettled == 1 ? " answer" : " answers") + " of suite \"" + loaded.run.suite +
                        "\" that people have settled otherwise since, or are judging anew: this one takes its place");
    return {};
  }

  CheckPast Past() const {
    return {.store = store_,
            .kinds = kinds_,
            .check = check_,
            .gate = gate(),
            .baseline_version = BaselineVersion(),
            .until = now_,
            .texts = cache_ == nullptr ? own_texts_ : cache_->asked};
  }

  CheckControls Controls() const {
    return {.store = store_, .kinds = kinds_, .gate = gate(), .looks = looks_, .now = now_};
  }

  // As they were set when a run of this gate was started; complete runs of others have none.
  Looks LooksOfRuns() const {
    std::int64_t most = 0;
    for (const LoadedRun& loaded : runs_) {
      const auto planned = PlannedLooksOf(loaded.run);
      if (planned && planned->gate_version == check_.gate_version) return planned->looks;
      most = std::max(most, PlannedCases(gate(), loaded.run.cases));
    }
    return Looks::Of(gate().stop, most);
  }

  std::int64_t CasesAt(int look, const RunRecord& run) const { return Controls().CasesAt(look, run); }

  // Without what the runs show.
  GateEvidence EvidenceAt(int look) const {
    return {.gate_version = check_.gate_version,
            .candidate = Candidate(),
            .suites = {},
            .baseline = parameters_.baseline,
            .control_share = looks_.ErrorShareOf(look),
            .error_share = looks_.ErrorShareOf(look),
            .blockers = blockers_,
            .attempt = attempt_,
            .wanted_cases = wanted_cases_};
  }

  // Whether each of these cases has ended, in a run that was not cut off: one that failed, was cancelled or spent its
  // budget settles nothing early.
  bool HasEnded(const LoadedRun& loaded, const std::vector<std::uint32_t>& ordinals) const {
    const RunState state = loaded.run.state;
    const bool is_cut_off = state == RunState::kStopped && !IsEndedFor(loaded.run, check_);
    if (state == RunState::kError || state == RunState::kCancelled || is_cut_off) return false;
    if (loaded.cases_before_awaited && *loaded.cases_before_awaited <= std::ssize(ordinals)) return false;
    const auto trials = static_cast<std::size_t>(loaded.run.trials);
    return std::ranges::all_of(ordinals,
                               [&](std::uint32_t ordinal) { return IsCaseThere(loaded.statuses, ordinal, trials); });
  }

  // On the first cases of each run at this look. Absent while one of them is still to come.
  std::optional<Verdict> DecideOn(int look) const {
    GateEvidence part = EvidenceAt(look);
    std::map<std::string, std::vector<std::uint32_t>> ordinals;
    for (const LoadedRun& loaded : runs_) {
      const std::vector<std::uint32_t> first = FirstCases(loaded.run, CasesAt(look, loaded.run));
      if (!HasEnded(loaded, first)) return std::nullopt;
      (loaded.is_baseline ? part.baseline_suites : part.suites)
          .push_back(EvidenceOn(loaded.evidence, first, loaded.statuses));
      Controls().AddTo(part, loaded, &first);
      if (!loaded.is_baseline) ordinals[loaded.run.suite] = first;
    }
    Verdict verdict = Decide(gate(), part, now_);
    for (const auto& [suite, first] : ordinals) NameInWhole(suite, first, verdict);
    verdict.look = LookOf(look, verdict);
    return verdict;
  }

  VerdictLook LookOf(int look, const Verdict& verdict) const {
    VerdictLook of{.look = look, .looks = looks_.count(), .error_share = looks_.ErrorShareOf(look)};
    for (const SuiteIdentity& suite : verdict.suites) of.cases += suite.counts.scheduled;
    for (const LoadedRun& loaded : runs_) {
      const std::int64_t planned = PlannedCases(gate(), loaded.run.cases);
      if (!loaded.is_baseline) of.planned_cases += planned;
      of.planned_trials += planned * loaded.run.trials;
      of.asked_trials += loaded.run.counts.Accounted() - loaded.run.counts.skipped;
    }
    return of;
  }

  static std::string TextOf(const VerdictLook& look) {
    if (look.look == look.looks) return "";
    const std::string of_cases = std::to_string(look.cases) + " of " + std::to_string(look.planned_cases) + " cases";
    const std::int64_t saved = std::max<std::int64_t>(look.planned_trials - look.asked_trials, 0);
    return "; settled at look " + std::to_string(look.look) + " of " + std::to_string(look.looks) + ", on the first " +
           of_cases + ": " + std::to_string(saved) + " of " + std::to_string(look.planned_trials) +
           " trials were not asked";
  }

  Store& store_;
  const PluginKinds& kinds_;
  const CheckRecord& check_;
  const Time now_;
  DecisionCache* const cache_;
  mutable AskedTexts own_texts_;  // without a cache
  std::optional<CatalogDocument> gate_document_;
  CheckParameters parameters_;
  bool says_whose_baseline_ = true;
  std::optional<WantedCases> wanted_cases_;
  int attempt_ = 1;
  std::vector<LoadedRun> runs_;
  PeopleQualities qualities_;
  std::vector<ReleaseBlocker> blockers_;
  std::vector<std::string> warnings_;
  Looks looks_;
};

}  // namespace

Result<std::optional<Verdict>> DecideAtLook(Store& store, const PluginKinds& kinds, const CheckRecord& check,
                                            const std::vector<CheckRun>& links, int look, Time now,
                                            DecisionCache* cache) {
  Decision decision(store, kinds, check, now, cache);
  ASSAY_TRY(decision.Load(links, {.attempt = {}, .look = look}));
  return decision.SettledAt(look);
}

Result<Verdict> DecideOnRuns(Store& store, const PluginKinds& kinds, const CheckRecord& check,
                             const std::vector<CheckRun>& links, const RecordedDecision& recorded, Time now,
                             DecisionCache* cache) {
  Decision decision(store, kinds, check, now, cache);
  ASSAY_TRY(decision.Load(links, recorded));
  // A record can say anything: a look that is none is the last one.
  const int first = recorded.look && *recorded.look < 1 ? decision.looks() : recorded.look.value_or(1);
  std::optional<Verdict> settled;
  for (int look = first; look < decision.looks() && !settled; ++look) {
    settled = decision.SettledAt(look);
    if (recorded.look) break;
  }
  Verdict verdict = settled ? *std::move(settled) : decision.AtTheEnd();
  if (!IsFinal(verdict.state))
    return Fail(ErrorCode::kInternal, "all runs have ended and yet the gate is pending: " + verdict.reason);
  ASSAY_TRY(decision.Explain(verdict));
  return verdict;
}

Result<CatalogDocument> ReadStored(Store& store, const PluginKinds& kinds, const std::string& project,
                                   const std::string& kind, const std::string& name, const std::string& version) {
  ASSAY_ASSIGN(const DocumentRecord record, store.GetDocumentVersion(project, kind, name, version));
  Diagnostics diagnostics;
  auto document = ParseDocument(kind + " " + name, record.json, kinds, ReferencedFiles::kIgnore, diagnostics);
  if (document && Name(document->kind) == kind) return *std::move(document);
  return Fail(ErrorCode::kFailedPrecondition, "the stored " + kind + " cannot be read:\n" + diagnostics.Render());
}

Result<RunRecord> RootOf(Store& store, RunRecord run) {
  while (!run.retry_of.empty()) {
    ASSAY_ASSIGN(run, store.GetRun(run.project, run.retry_of));
  }
  return run;
}

bool IsReused(const RunRecord& run, const CheckRecord& check) { return run.ended && *run.ended <= check.created; }

Verdict UndecidableCheck(const CheckRecord& check, std::string reason, Time now) {
  Verdict verdict;
  verdict.gate = check.gate;
  verdict.gate_version = check.gate_version;
  verdict.candidate = {check.model, check.model_label, check.model_version};
  verdict.state = VerdictState::kError;
  verdict.ceiling = VerdictState::kError;
  verdict.reason = std::move(reason);
  verdict.decided_at = now;
  return verdict;
}

Result<Verdict> DecideCheck(Store& store, const PluginKinds& kinds, const CheckRecord& check, std::optional<int> look,
                            Time now, DecisionCache* cache) {
  const auto links = store.ListCheckRuns(check.project, check.id);
  auto verdict = links ? DecideOnRuns(store, kinds, check, *links, {.attempt = {}, .look = look}, now, cache)
                       : Result<Verdict>(Fail(links.error()));
  if (verdict || verdict.error().code == ErrorCode::kUnavailable) return verdict;
  return UndecidableCheck(check, "the verdict could not be computed: " + verdict.error().message, now);
}

std::vector<std::string> SuitesLeftUndecidedByErrors(const Verdict& verdict) {
  std::set<std::string> suites;
  for (const RuleOutcome& rule : verdict.rules) {
    if (!rule.blocking) continue;
    for (const RulePart& part : rule.parts) {
      if (part.state == VerdictState::kError && part.counts.error > 0) suites.insert(part.suite);
    }
  }
  return {suites.begin(), suites.end()};
}

}  // namespace assay
