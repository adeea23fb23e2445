#include "daemon/recorded_inputs.h"

#include <algorithm>

#include "daemon/check_parameters.h"
#include "gates/looks.h"

namespace assay {
namespace {

// Runs that are gone are `missing`.
Status AddRuns(Store& store, const std::vector<SuiteIdentity>& suites, std::string_view role, RecordedInputs& inputs,
               std::vector<std::string>& missing) {
  for (const SuiteIdentity& suite : suites) {
    auto run = store.GetRun(inputs.check.project, suite.run);
    if (!run && run.error().code == ErrorCode::kNotFound) {
      missing.push_back("run " + suite.run + " of suite \"" + suite.suite + "\" is not stored any more");
      continue;
    }
    if (!run) return Fail(run.error());
    if (run->deleted) {
      missing.push_back("run " + suite.run + " of suite \"" + suite.suite + "\" was deleted at " +
                        FormatTime(*run->deleted) + " by " + run->deleted_by);
      continue;
    }
    inputs.links.push_back({.run_id = run->id, .key = run->key, .role = std::string(role)});
    inputs.runs.push_back(*std::move(run));
  }
  return {};
}

RecordedDecision DecisionOf(const Verdict& recorded) {
  RecordedDecision decision{.attempt = static_cast<int>(std::min<std::int64_t>(recorded.attempt, 1001))};
  decision.severe.emplace();
  decision.blockers = recorded.blockers;
  decision.says_whose_baseline = recorded.is_baseline_given.has_value();
  if (recorded.look) decision.look = static_cast<int>(std::clamp<std::int64_t>(recorded.look->look, 0, Looks::kMost));
  for (const std::vector<SuiteIdentity>* suites : {&recorded.suites, &recorded.baseline_suites}) {
    for (const SuiteIdentity& suite : *suites) {
      if (suite.past) decision.pasts.emplace(suite.run, *suite.past);
      if (suite.severe) decision.severe->emplace(suite.run, *suite.severe);
    }
  }
  return decision;
}

}  // namespace

Result<RecordedInputs> ReadRecordedInputs(Store& store, const VerdictRecord& record, const Verdict& recorded,
                                          std::vector<std::string>& missing) {
  ASSAY_ASSIGN(CheckRecord check, store.GetCheck(record.project, record.check_id));
  RecordedInputs inputs{.check = std::move(check), .decision = DecisionOf(recorded), .decided_at = recorded.decided_at};
  ASSAY_TRY(AddRuns(store, recorded.suites, kCandidateRole, inputs, missing));
  ASSAY_TRY(AddRuns(store, recorded.baseline_suites, kBaselineRole, inputs, missing));
  // As Store::ListCheckRuns gives them.
  const auto before = [](const CheckRun& a, const CheckRun& b) {
    return a.role != b.role ? a.role > b.role : a.key < b.key;
  };
  std::ranges::sort(inputs.links, before);
  if (recorded.suites.empty())
    missing.push_back("the verdict rests on no run, there is nothing to decide on: " + recorded.reason);
  return inputs;
}

}  // namespace assay
