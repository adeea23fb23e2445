#pragma once
// A stored run made ready to go on: everything is taken from the store by content version, so that a run that is
// resumed after weeks is the run that was started, whatever the catalog says by then.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/catalog.h"
#include "daemon/endpoint_pool.h"
#include "daemon/store/store.h"
#include "gates/looks.h"
#include "runners/graders/waiting_grader.h"
#include "runners/run_pipeline.h"

namespace assay {

// The models that the graders of a suite ask, by name: their content versions.
using JudgeVersions = std::map<std::string, std::string>;

// The documents of a run as they were when it was started.
struct RunDocuments {
  CatalogDocument suite;
  CatalogDocument model;
  std::map<std::string, CatalogDocument> judges = {};
};

// The names of the models that the graders of a suite ask.
std::vector<std::string> JudgesOf(const SuiteSpec& suite, const PluginKinds& kinds);

// What a run of a gate that need not ask every case was started for: set before its first answer, with the seed of its
// order. What the gate's rules ask, and with which error rates, stands in this version of its document.
struct PlannedLooks {
  std::string gate;
  std::string gate_version;  // content version
  Looks looks;
  std::int64_t cases = 0;  // of the run's, at the last look
  friend bool operator==(const PlannedLooks&, const PlannedLooks&) = default;
};

// By what the check that a run is started for decides: set before the first answer, whatever is edited meanwhile.
struct PlannedDecision {
  struct Rule {
    std::string name = {};
    std::optional<double> alpha = {};   // its error rate at a first attempt; absent of counts, which have none
    std::optional<double> margin = {};  // of comparisons
  };
  std::string gate = {};
  std::string gate_version = {};  // content version
  std::int64_t max_n = 0;         // cases of the suite that are asked at most
  std::vector<Rule> rules = {};   // in the gate's order
};
PlannedDecision DecisionOf(const GateSpec& gate, const PluginKinds& kinds);

// What a new run of `suite` freezes beyond its columns: JSON text. `seed` is that of its order; `is_fresh`, `looks` and
// `decision` as in RunTerms.
std::string MakeManifest(const CatalogDocument& suite, std::uint64_t seed, bool is_fresh, const JudgeVersions& judges,
                         const std::optional<PlannedLooks>& looks, const std::optional<PlannedDecision>& decision);
// The manifest of a run whose every request is one that failed in another run.
Result<std::string> WithErrorsAskedAgain(const std::string& manifest);
struct ManifestCases {
  std::string digest = {};                    // what they are to the letter (SnapshotRecord::exact_digest)
  std::optional<std::int64_t> repeated = {};  // how many ask what another asks; absent where that is not known
};
// The manifest of a run on a dataset with these cases.
Result<std::string> WithCases(const std::string& manifest, const ManifestCases& cases);
// What the manifest of a stored run says of it.
bool IsFresh(const RunRecord& run);
// Whether its sentinels are asked about all through it; of runs of earlier versions it is not known when they were.
bool SpreadsSentinels(const RunRecord& run);
// Likewise: what the cases were to the letter; "" of runs of earlier versions.
std::string CasesDigestOf(const RunRecord& run);
// Likewise: how many of its cases ask what another one asks; 0 of runs of earlier versions.
std::int64_t RepeatedCasesOf(const RunRecord& run);
// Likewise: the files that its suite named, by the name written there; absent of runs of earlier versions.
std::optional<std::vector<ReferencedFile>> FilesOfSuite(const RunRecord& run);
// Likewise; absent of a run that asks every case.
std::optional<PlannedLooks> PlannedLooksOf(const RunRecord& run);
// The graders as the run records them: of those that ask a model its version is part of theirs. kInvalidArgument with
// every problem of their options. The digest of a program, which `services` tell of, is part of its grader's version.
Result<std::vector<RunGrader>> RecordedGraders(const CatalogDocument& suite, const PluginKinds& kinds,
                                               const JudgeVersions& judges, const GraderServices& services);

// Scores of two versions of a grader must not be counted together: kFailedPrecondition when a grader of this assayd has
// another version than the run was started with.
Status CheckGraderVersions(const RunRecord& run, const CatalogDocument& suite, const PluginKinds& kinds,
                           const JudgeVersions& judges, const GraderServices& services);

// A run whose cost cannot be known can keep no budget: kFailedPrecondition when the model has no prices.
Status CheckBudget(double budget_usd, std::string_view suite, const DocumentRecord& model);

// Blocking. The suite of a stored run, where its files lay when the run was started.
Result<CatalogDocument> LoadRunSuite(Store& store, const PluginKinds& kinds, const RunRecord& run);
// Which files of a run must be what they were. Whoever grades again asks nobody: sentinels, and what judges said of
// them, are in the store.
enum class RunFiles { kAll, kOfGraders };
// Blocking. The documents of a stored run. kFailedPrecondition when one of these files has changed since.
Result<RunDocuments> LoadRunDocuments(Store& store, const PluginKinds& kinds, const RunRecord& run,
                                      RunFiles files = RunFiles::kAll);
// Blocking. The rest of the plan: endpoint, graders, prompt, and where the run goes on. The graders have the run's
// models beside `services`.
Result<RunPlan> PreparePlan(Store& store, const PluginKinds& kinds, EndpointPool& endpoints, const RunRecord& run,
                            const RunDocuments& documents, GraderServices services = {});

}  // namespace assay
