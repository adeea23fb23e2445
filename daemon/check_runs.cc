// The runs of a check: which it starts, joins and uses again, and which of them it replaces.

#include <algorithm>
#include <set>
#include <utility>

#include "core/digest.h"
#include "core/random.h"
#include "daemon/active_check.h"
#include "daemon/blocking.h"
#include "daemon/check_decision.h"
#include "daemon/check_looks.h"
#include "daemon/check_parameters.h"
#include "daemon/checks.h"
#include "daemon/evidence.h"
#include "daemon/log.h"
#include "daemon/prepared_run.h"
#include "daemon/store_retry.h"
#include "gates/looks.h"

namespace assay {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds kLookAgain{250};

// Null pointer when the suite of that name is gone or has other content by now.
const CatalogDocument* FindFrozenSuite(const ServedVersion& served, const std::string& name,
                                       const std::string& version) {
  const CatalogDocument* suite = served.catalog.FindSuite(name);
  return suite != nullptr && suite->version == version ? suite : nullptr;
}

ModelIdentity CandidateOf(const CheckRecord& check) { return {check.model, check.model_label, check.model_version}; }

struct Unjudged {
  RunRecord run;
  std::vector<std::int64_t> positions;  // of trials without a verdict of a judge
};

// Whether a blocking rule is undecided because of these trials.
Result<bool> IsUndecidedFor(Store& store, const Unjudged& unjudged, const Verdict& verdict) {
  const RunRecord& run = unjudged.run;
  const Permutation order(static_cast<std::uint64_t>(run.cases), run.seed);
  std::set<std::pair<std::int64_t, int>> trials;
  for (const std::int64_t position : unjudged.positions) {
    trials.emplace(static_cast<std::int64_t>(order.At(static_cast<std::uint64_t>(position / run.trials))),
                   static_cast<int>(position % run.trials));
  }
  for (const RuleOutcome& rule : verdict.rules) {
    const bool is_undecided =
        rule.blocking && std::ranges::any_of(rule.parts, [&](const RulePart& part) {
          return part.suite == run.suite && part.state == VerdictState::kError && part.counts.error > 0;
        });
    if (!is_undecided) continue;
    if (rule.grader.empty()) return true;  // it counts whole trials
    const auto grader = std::ranges::find(run.graders, rule.grader, &RunGrader::name);
    if (grader == run.graders.end()) continue;
    bool is_in_error = false;
    ASSAY_TRY(store.ReadScores(run.key, static_cast<int>(grader - run.graders.begin()), [&](const ScoreColumns& score) {
      const bool is_error = score.status == ScoreStatus::kError && trials.contains({score.ordinal, score.trial});
      is_in_error = is_in_error || is_error;
    }));
    if (is_in_error) return true;
  }
  return false;
}

}  // namespace

// Runs of a check that are older than it, and whose errors leave a rule undecided.
struct Checks::ReusedErrors {
  std::vector<RunRecord> unanswered = {};  // of the endpoint
  std::vector<RunRecord> unjudged = {};    // only of judges
};

// Returns when the check can be decided, or the daemon stops. An error is why it cannot.
asio::awaitable<Status> Checks::AwaitEvidence(std::shared_ptr<ActiveCheck> active) {
  ASSAY_CO_TRY(co_await AwaitRuns(active));
  if (is_stopping() || active->look) co_return Status();
  auto find = [this, &active]() { return FindReusedErrors(*active); };
  ASSAY_CO_ASSIGN(const ReusedErrors errors, co_await RetryUnavailable(context_.blocking, stop_, find));
  auto start_anew = [this, &active, &errors]() { return StartAnew(*active, errors.unanswered); };
  ASSAY_CO_ASSIGN(int replaced, co_await RetryUnavailable(context_.blocking, stop_, start_anew));
  if (!errors.unjudged.empty()) {
    auto judge_again = [this, &active, &errors]() {
      return AskAgain(*active, errors.unjudged, "a judge is asked again");
    };
    ASSAY_CO_ASSIGN(const int judged, co_await RetryUnavailable(context_.preparing, stop_, judge_again));
    replaced += judged;
  }
  if (replaced == 0) co_return Status();
  co_return co_await AwaitRuns(active);
}

// Starts the runs that the check lacks and returns when all have ended, or it is settled, or the daemon stops. An error
// is why the check cannot be decided.
asio::awaitable<Status> Checks::AwaitRuns(std::shared_ptr<ActiveCheck> active) {
  // Each time another check may have ended what this one has joined, at a later look.
  for (int round = 0; round <= Looks::kMost; ++round) {
    ASSAY_CO_TRY(co_await AwaitLinked(active));
    if (is_stopping() || active->look) co_return Status();
    auto find = [this, &active]() { return FindEndedTooEarly(active->check); };
    ASSAY_CO_ASSIGN(const std::vector<RunRecord> ended, co_await RetryUnavailable(context_.blocking, stop_, find));
    if (ended.empty()) co_return Status();
    auto go_on = [this, &active, &ended]() { return AskAgain(*active, ended, "a run that was ended early goes on"); };
    ASSAY_CO_ASSIGN(const int replaced, co_await RetryUnavailable(context_.preparing, stop_, go_on));
    if (replaced == 0) co_return Status();
  }
  co_return Status();
}

asio::awaitable<Status> Checks::AwaitLinked(std::shared_ptr<ActiveCheck> active) {
  const CheckRecord& check = active->check;
  // A check whose datasets are in the store waits for no dataset that is being read for another.
  auto ensure_stored = [this, &active]() { return EnsureRuns(*active, Datasets::kOnlyStored); };
  ASSAY_CO_ASSIGN(const bool is_ensured, co_await RetryUnavailable(context_.blocking, stop_, ensure_stored));
  if (!is_ensured) {
    auto ensure_all = [this, &active]() { return EnsureRuns(*active, Datasets::kAll); };
    ASSAY_CO_TRY(co_await RetryUnavailable(context_.preparing, stop_, ensure_all));
  }
  auto list = [this, &check]() { return context_.store.ListCheckRuns(check.project, check.id); };
  ASSAY_CO_ASSIGN(const std::vector<CheckRun> runs, co_await RetryUnavailable(context_.blocking, stop_, list));
  ASSAY_CO_ASSIGN(const bool is_settled, co_await AwaitLooks(active, runs));
  if (is_settled) co_return Status();
  for (std::size_t i = 0; i < runs.size() && !is_stopping();) {
    for (const CheckRun& each : runs) context_.runs.Prefer(each.run_id);
    const std::string& id = runs[i].run_id;
    const bool is_driven = context_.runs.IsDriven(id);  // before the read: when driven no longer, its end is stored
    const auto run = co_await context_.runs.AwaitEnd(check.project, id, steady_clock::now() + std::chrono::minutes(1));
    if (run && IsFinal(run->state)) {
      ++i;
      continue;
    }
    const bool is_paused = run && run->state == RunState::kPaused;
    if (run && !is_driven && !is_paused && !context_.runs.is_stopping())
      co_return Fail(ErrorCode::kInternal, "run " + id + " has stopped but its end is not stored; see the log");
    if (!run && run.error().code != ErrorCode::kUnavailable) co_return Fail(run.error());
    co_await stop_.Wait(0, steady_clock::now() + kLookAgain);
  }
  co_return Status();
}

// Blocking; with kAll on `preparing`. Repeated when a check goes on after a restart: links that are there stay. Returns
// whether all runs are there.
Result<bool> Checks::EnsureRuns(const ActiveCheck& active, Datasets datasets) {
  const CheckRecord& check = active.check;
  ASSAY_ASSIGN(const CheckParameters parameters, ReadParameters(check));
  ASSAY_ASSIGN(const std::vector<CheckRun> linked, context_.store.ListCheckRuns(check.project, check.id));
  std::set<std::pair<std::string, std::string>> covered;  // content version of the suite, role
  for (const CheckRun& link : linked) {
    ASSAY_ASSIGN(const RunRecord run, context_.store.GetRun(link.key));
    covered.emplace(run.suite_version, link.role);
  }
  bool is_ensured = true;
  ASSAY_ASSIGN(const std::optional<CheckLooks> looks, LooksFor(active, parameters, datasets));
  if (looks && !looks->is_known) return false;
  ASSAY_ASSIGN(const bool interleaves, Interleaves(check));
  const bool asks_anew = parameters.fresh || interleaves;  // both models, at the same time
  for (const auto& [name, version] : parameters.suites) {
    if (covered.contains({version, std::string(kCandidateRole)}) &&
        (!parameters.baseline || covered.contains({version, std::string(kBaselineRole)})))
      continue;
    const CatalogDocument* suite = FindFrozenSuite(*active.served, name, version);
    if (suite == nullptr)
      return Fail(ErrorCode::kFailedPrecondition, "suite \"" + name +
                                                      "\" was changed before its run was started, while assayd was "
                                                      "down; check the gate again");
    if (datasets == Datasets::kOnlyStored) {
      ASSAY_ASSIGN(const bool is_stored, context_.runs.HasSnapshot(check.project, *suite));
      is_ensured = is_ensured && is_stored;
      if (!is_stored) continue;
    } else {
      ASSAY_TRY(context_.runs.BuildSnapshot({.principal = check.principal, .project = check.project}, *suite));
    }
    for (const std::string_view role : {kCandidateRole, kBaselineRole}) {
      const bool is_baseline = role == kBaselineRole;
      if ((is_baseline && !parameters.baseline) || !covered.emplace(version, role).second) continue;
      const ModelIdentity model = is_baseline ? *parameters.baseline : CandidateOf(check);
      const std::lock_guard lock(starting_);
      ASSAY_ASSIGN(const RunRecord run, EnsureRun(check, *suite, model, asks_anew, looks, nullptr));
      ASSAY_TRY(context_.store.LinkCheckRun(check.project, check.id, run.key, role));
    }
  }
  return is_ensured;
}

// Blocking. Trials that have no answer: one that was answered is an error for ever, and no reason for another answer.
Result<std::int64_t> Checks::CountUnanswered(const RunRecord& run) const {
  if (run.counts.error == 0) return 0;
  ASSAY_ASSIGN(const std::int64_t answered, context_.store.CountAnswered(run.key, TrialStatus::kError));
  return run.counts.error - answered;
}

// Blocking. Errors that are older than the check must not decide it: what was down may have been repaired since.
Result<Checks::ReusedErrors> Checks::FindReusedErrors(const ActiveCheck& active) {
  const CheckRecord& check = active.check;
  ReusedErrors errors;
  std::vector<Unjudged> unjudged;
  ASSAY_ASSIGN(const std::vector<CheckRun> linked, context_.store.ListCheckRuns(check.project, check.id));
  for (const CheckRun& link : linked) {
    ASSAY_ASSIGN(RunRecord run, context_.store.GetRun(link.key));
    if (!IsReused(run, check) || run.counts.error == 0) continue;
    ASSAY_ASSIGN(const std::int64_t unanswered, CountUnanswered(run));
    if (unanswered > 0) {
      errors.unanswered.push_back(std::move(run));
      continue;
    }
    ASSAY_ASSIGN(std::vector<std::int64_t> positions, context_.store.UnjudgedPositions(run.key));
    if (!positions.empty()) unjudged.push_back({.run = std::move(run), .positions = std::move(positions)});
  }
  if (errors.unanswered.empty() && unjudged.empty()) return errors;
  ASSAY_ASSIGN(const Verdict verdict,
               DecideCheck(context_.store, kinds_, check, std::nullopt, context_.clock.Now(), &cache_));
  if (verdict.state != VerdictState::kError) return ReusedErrors();
  const std::vector<std::string> undecided = SuitesLeftUndecidedByErrors(verdict);
  std::erase_if(errors.unanswered,
                [&](const RunRecord& run) { return std::ranges::find(undecided, run.suite) == undecided.end(); });
  for (Unjudged& each : unjudged) {
    ASSAY_ASSIGN(const bool is_undecided, IsUndecidedFor(context_.store, each, verdict));
    if (is_undecided) errors.unjudged.push_back(std::move(each.run));
  }
  return errors;
}

// Blocking; the datasets are in the store. Another run takes the place of each, once: that one is not reused. Returns
// how many were replaced.
Result<int> Checks::StartAnew(const ActiveCheck& active, const std::vector<RunRecord>& runs) {
  const CheckRecord& check = active.check;
  if (runs.empty()) return 0;
  ASSAY_ASSIGN(const CheckParameters parameters, ReadParameters(check));
  ASSAY_ASSIGN(const std::optional<CheckLooks> looks, LooksFor(active, parameters, Datasets::kOnlyStored));
  int replaced = 0;
  for (const RunRecord& run : runs) {
    const CatalogDocument* suite = FindFrozenSuite(*active.served, run.suite, run.suite_version);
    if (suite == nullptr) continue;  // changed while assayd was down: its only run decides
    const ModelIdentity model{run.model, run.model_label, run.model_version};
    const std::lock_guard lock(starting_);
    ASSAY_ASSIGN(const RunRecord other, EnsureRun(check, *suite, model, false, looks, &run));
    ASSAY_TRY(context_.store.ReplaceCheckRun(check.project, check.id, run.key, other.key));
    Log(LogLevel::kInfo, "run with errors is not reused",
        {{"check", check.id}, {"gate", check.gate}, {"run", run.id}, {"replaced_by", other.id}});
    ++replaced;
  }
  return replaced;
}

// Blocking, on `preparing`. The retry of each takes its place, once: it asks what is missing and nothing else. Returns
// how many were replaced.
Result<int> Checks::AskAgain(const ActiveCheck& active, const std::vector<RunRecord>& runs, std::string_view why) {
  const CheckRecord& check = active.check;
  int replaced = 0;
  for (const RunRecord& run : runs) {
    const RequestKey request{
        .method = "CheckGate/retry", .request_id = check.id + "/" + run.id, .content_hash = ContentVersion(run.id)};
    const auto retry =
        context_.runs.EnsureRetry({.principal = check.principal, .project = check.project}, run, request);
    if (!retry && retry.error().code == ErrorCode::kFailedPrecondition) {
      Log(LogLevel::kWarning, "a run is not asked again for what it lacks",
          {{"check", check.id}, {"run", run.id}, {"error", retry.error().message}});
      continue;
    }
    if (!retry) return Fail(retry.error());
    ASSAY_TRY(context_.store.ReplaceCheckRun(check.project, check.id, run.key, retry->key));
    Log(LogLevel::kInfo, why, {{"check", check.id}, {"gate", check.gate}, {"run", run.id}, {"replaced_by", retry->id}});
    ++replaced;
  }
  return replaced;
}

// Whether a run can still pass the gate's rules on the age of answers when the check's other runs have ended: what is
// left of that age is for them.
Result<bool> Checks::IsFreshEnough(const CheckRecord& check, const RunRecord& run, const SuiteSpec& suite) const {
  const auto gate = ReadStored(context_.store, kinds_, check.project, "Gate", check.gate, check.gate_version);
  if (!gate && gate.error().code == ErrorCode::kUnavailable) return Fail(gate.error());
  if (!gate) return true;  // the verdict says what is wrong with it
  const std::optional<Duration> max_age = MaxAgeOf(*gate->gate());
  if (!max_age) return true;
  ASSAY_ASSIGN(const std::optional<Time> oldest, OldestAnswer(context_.store, run, suite));
  return oldest && context_.clock.Now() - *oldest <= *max_age / 10 * 9;
}

// Blocking. Whether somebody who saw what came of earlier runs may have chosen this one for the gate. What this version
// of it was decided on, for this candidate, is its own. Else one draw is no choice, and so gates share a run; of more,
// whoever made them (a schedule, a colleague, checks of gates that pass anything), nobody is charged and none is
// decided on, but for those that a verdict was charged for.
Result<bool> Checks::MayBeChosen(const RunRecord& run, const CheckRecord& check, std::string_view role) const {
  ASSAY_ASSIGN(const RunRecord root, RootOf(context_.store, run));
  ASSAY_ASSIGN(const EarlierRuns earlier, context_.store.CountEarlierRuns(root, context_.clock.Now(), check, role));
  if (earlier.is_own) return false;
  return earlier.of_others > 0 || (earlier.unused > 0 && !earlier.is_used);
}

// Of a suite whose dataset is in the store. Without rules where the gate cannot be read, which the verdict says.
Result<PlannedDecision> Checks::DecisionFor(const CheckRecord& check, const CatalogDocument& suite) const {
  const auto gate = ReadStored(context_.store, kinds_, check.project, "Gate", check.gate, check.gate_version);
  if (!gate && gate.error().code == ErrorCode::kUnavailable) return Fail(gate.error());
  ASSAY_ASSIGN(const std::int64_t cases, context_.runs.CountCases(check.project, suite));
  PlannedDecision decision = gate ? DecisionOf(*gate->gate(), kinds_) : PlannedDecision{};
  decision.gate = check.gate;
  decision.gate_version = check.gate_version;
  decision.max_n = gate ? PlannedCases(*gate->gate(), cases) : cases;
  return decision;
}

// A complete run of the same contents other than `except`, one that is going on, or a new one. Of a suite whose dataset
// is in the store; under starting_, until the check is linked to it.
Result<RunRecord> Checks::EnsureRun(const CheckRecord& check, const CatalogDocument& suite, const ModelIdentity& of,
                                    bool fresh, const std::optional<CheckLooks>& looks, const RunRecord* except) {
  std::optional<PlannedLooks> planned;
  if (looks) {
    ASSAY_ASSIGN(const std::int64_t cases, context_.runs.CountCases(check.project, suite));
    planned = PlannedLooks{.gate = check.gate,
                           .gate_version = check.gate_version,
                           .looks = looks->looks,
                           .cases = std::min(looks->max_n.value_or(cases), cases)};
  }
  const bool is_baseline = of.content_version != check.model_version;
  if (!fresh) {
    const std::string_view role = is_baseline ? kBaselineRole : kCandidateRole;
    // In this order: a run that ends in between is found ended, since its end is stored before it is driven no more.
    const auto active = context_.runs.FindActive(check.project, suite, of.content_version, planned);
    ASSAY_ASSIGN(auto usable, FindUsable(check, suite, of, looks.has_value()));
    const bool is_excepted = usable && except != nullptr && usable->key == except->key;
    if (usable && !is_excepted && context_.runs.IsGradedAlike(*usable, suite)) {
      ASSAY_ASSIGN(const bool is_fresh, IsFreshEnough(check, *usable, *suite.suite()));
      ASSAY_ASSIGN(const bool may_be_chosen, MayBeChosen(*usable, check, role));
      if (is_fresh && !may_be_chosen) return *std::move(usable);
    }
    if (active) {
      ASSAY_ASSIGN(RunRecord run, context_.store.GetRun(check.project, *active));
      ASSAY_ASSIGN(const bool may_be_chosen, MayBeChosen(run, check, role));
      const bool takes_from_cache = suite.suite()->cache.is_on && !IsFresh(run);
      if (!may_be_chosen && !takes_from_cache && context_.runs.IsGradedAlike(run, suite)) return run;
    }
  }
  ASSAY_ASSIGN(const DocumentRecord model,
               context_.store.GetDocumentVersion(check.project, "Model", of.name, of.content_version));
  // One run for this check, suite and model, whatever happens between its start and its link.
  const std::string of_baseline = is_baseline ? "/baseline" : "";
  const RequestKey request{.method = "CheckGate/run",
                           .request_id = check.id + "/" + suite.name + of_baseline,
                           .content_hash = ContentVersion(suite.version + of.content_version)};
  ASSAY_ASSIGN(PlannedDecision decision, DecisionFor(check, suite));
  RunTerms terms{.is_fresh = true, .looks = std::move(planned), .decision = std::move(decision)};
  return context_.runs.Start({.principal = check.principal, .project = check.project}, suite, model, request, terms);
}

}  // namespace assay
