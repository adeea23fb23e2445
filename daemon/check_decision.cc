#include "daemon/check_decision.h"

#include <set>

#include "daemon/check_parameters.h"
#include "daemon/evidence.h"
#include "daemon/run_history.h"
#include "gates/gate.h"

namespace assay {

namespace {

std::string Described(const BaselineSpec& baseline) {
  return baseline.version ? baseline.model + "@" + *baseline.version
                          : "the version of " + baseline.model + " in stage " + baseline.stage.value_or("");
}

// What was drawn before for this candidate and suite, as it was known at that time. A retry belongs to the run whose
// answers it took over.
Result<EarlierRuns> EarlierRunsOf(Store& store, RunRecord run, Time until) {
  while (!run.retry_of.empty()) {
    ASSAY_ASSIGN(run, store.GetRun(run.project, run.retry_of));
  }
  return store.CountEarlierRuns(run, until);
}

// Which time it is that answers were drawn, counting those that a verdict was given on.
int AttemptAfter(const EarlierRuns& earlier) {
  return static_cast<int>(std::min<std::int64_t>(earlier.decided, 1000)) + 1;
}

std::string UnusedText(const EarlierRuns& earlier, const std::string& suite) {
  const bool is_one = earlier.unused == 1;
  return std::to_string(earlier.unused) + (is_one ? " earlier run" : " earlier runs") + " of suite \"" + suite +
         "\" asked this candidate the same cases and no verdict rests on " + (is_one ? "it (" : "them (the last is ") +
         earlier.newest_unused + "): who saw what came of " + (is_one ? "it" : "them") +
         " may have chosen the run that was decided on";
}

// Two names of one model differ by chance only.
Result<bool> AskTheSame(Store& store, const PluginKinds& kinds, const std::string& project, const ModelIdentity& one,
                        const ModelIdentity& other) {
  ASSAY_ASSIGN(const CatalogDocument first, ReadStored(store, kinds, project, "Model", one.name, one.content_version));
  ASSAY_ASSIGN(const CatalogDocument second,
               ReadStored(store, kinds, project, "Model", other.name, other.content_version));
  const EndpointSpec& a = first.model()->endpoint;
  const EndpointSpec& b = second.model()->endpoint;
  return a.provider == b.provider && a.url == b.url && a.model == b.model && a.options.ToJson() == b.options.ToJson();
}

}  // namespace

Result<Verdict> DecideOnRuns(Store& store, const PluginKinds& kinds, const CheckRecord& check,
                             const std::vector<CheckRun>& links, std::optional<int> recorded_attempt, Time now) {
  ASSAY_ASSIGN(const CatalogDocument gate,
               ReadStored(store, kinds, check.project, "Gate", check.gate, check.gate_version));
  ASSAY_ASSIGN(const CheckParameters parameters, ReadParameters(check));
  GateEvidence evidence{.gate_version = check.gate_version,
                        .candidate = {check.model, check.model_label, check.model_version},
                        .suites = {},
                        .baseline = parameters.baseline};
  const std::int64_t history = EarlierRunsNeeded(*gate.gate());
  std::vector<RunRecord> runs;
  std::vector<std::string> warnings;
  for (const CheckRun& link : links) {
    ASSAY_ASSIGN(RunRecord run, store.GetRun(link.key));
    ASSAY_ASSIGN(const CatalogDocument suite,
                 ReadStored(store, kinds, run.project, "Suite", run.suite, run.suite_version));
    ASSAY_ASSIGN(SuiteEvidence loaded, LoadEvidence(store, run, *suite.suite()));
    if (link.role == kBaselineRole) {
      evidence.baseline_suites.push_back(std::move(loaded));
      continue;
    }
    if (history > 0) {
      ASSAY_ASSIGN(loaded.history, LoadHistory(store, run, *suite.suite(), history, now));
    }
    evidence.suites.push_back(std::move(loaded));
    ASSAY_ASSIGN(const EarlierRuns earlier, EarlierRunsOf(store, run, now));
    evidence.attempt = std::max(evidence.attempt, recorded_attempt.value_or(AttemptAfter(earlier)));
    if (earlier.unused > 0) warnings.push_back(UnusedText(earlier, run.suite));
    runs.push_back(std::move(run));
  }
  Verdict verdict = Decide(*gate.gate(), evidence, now);
  if (!IsFinal(verdict.state))
    return Fail(ErrorCode::kInternal, "all runs have ended and yet the gate is pending: " + verdict.reason);
  ASSAY_TRY(NameWorstCases(store, runs, verdict));
  if (parameters.is_baseline_given) {
    verdict.warnings.push_back("compared with " + parameters.baseline->name + "@" + parameters.baseline->version +
                               ", which the check named; the gate's own baseline is " +
                               Described(*gate.gate()->baseline));
  }
  if (parameters.baseline) {
    ASSAY_ASSIGN(const bool is_same, AskTheSame(store, kinds, check.project, evidence.candidate, *parameters.baseline));
    if (is_same)
      warnings.push_back("candidate and baseline ask the same model of the same endpoint: they differ by chance only");
  }
  for (std::string& warning : warnings) verdict.warnings.push_back(std::move(warning));
  for (const RunRecord& run : runs) {
    if (run.retry_of.empty() || IsReused(run, check)) continue;
    verdict.reason +=
        "; run " + run.id + " of suite \"" + run.suite + "\" asked again for what run " + run.retry_of + " lacked";
  }
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

Result<Verdict> DecideCheck(Store& store, const PluginKinds& kinds, const CheckRecord& check, Time now) {
  const auto links = store.ListCheckRuns(check.project, check.id);
  auto verdict =
      links ? DecideOnRuns(store, kinds, check, *links, std::nullopt, now) : Result<Verdict>(Fail(links.error()));
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
