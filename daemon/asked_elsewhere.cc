#include "daemon/asked_elsewhere.h"

#include <algorithm>

namespace assay {
namespace {

Result<std::string> TextOf(const AskedElsewhere& asked, const ModelIdentity& model) {
  return asked.texts.Of(asked.store, asked.kinds, asked.check.project, "Model", model.name, model.content_version);
}

Result<bool> HasThePromptOf(const AskedElsewhere& asked, const RunRecord& run, const DecidedSuite& other) {
  const std::string& project = asked.check.project;
  ASSAY_ASSIGN(const std::string own,
               asked.texts.Of(asked.store, asked.kinds, project, "Suite", run.suite, run.suite_version));
  ASSAY_ASSIGN(const std::string text,
               asked.texts.Of(asked.store, asked.kinds, project, "Suite", other.suite, other.version));
  return own == text;
}

// False for what cannot be read.
Result<bool> WhereReadable(Result<bool> is_same) {
  if (!is_same && is_same.error().code == ErrorCode::kUnavailable) return is_same;
  return is_same.value_or(false);
}

Status SeeRenamed(const AskedElsewhere& asked, const RunRecord& run, RunPast& past) {
  ASSAY_ASSIGN(const std::vector<DecidedModel> models, asked.store.ListOtherDecidedModels(run, asked.until));
  for (const DecidedModel& each : models) {
    ASSAY_ASSIGN(const bool is_same,
                 WhereReadable(AsksAsCandidate(asked, {each.name, each.label, each.content_version})));
    if (!is_same) continue;
    if (past.renamed == 0) past.newest_renamed = each.name + "@" + each.label;
    past.renamed += each.runs;
  }
  return {};
}

// Other cases of this suite, and the same cases of another one. What the check asks beside it counts by itself.
Status SeeOtherSuites(const AskedElsewhere& asked, const RunRecord& run, RunPast& past) {
  ASSAY_ASSIGN(const std::vector<DecidedSuite> suites, asked.store.ListOtherDecidedSuites(run, asked.until));
  for (const DecidedSuite& each : suites) {
    if (each.suite == run.suite) {
      if (past.other_cases == 0) past.newest_other_cases = each.newest;
      past.other_cases += each.runs;
      continue;
    }
    if (std::ranges::find(asked.suites, each.suite) != asked.suites.end()) continue;
    ASSAY_ASSIGN(const bool is_same, WhereReadable(HasThePromptOf(asked, run, each)));
    if (!is_same) continue;
    if (past.other_suites == 0) past.newest_other_suite = each.suite;
    past.other_suites += each.runs;
  }
  return {};
}

}  // namespace

Result<bool> AsksAsCandidate(const AskedElsewhere& asked, const ModelIdentity& other) {
  const CheckRecord& check = asked.check;
  ASSAY_ASSIGN(const std::string candidate, TextOf(asked, {check.model, check.model_label, check.model_version}));
  ASSAY_ASSIGN(const std::string text, TextOf(asked, other));
  return candidate == text;
}

Status SeeElsewhere(const AskedElsewhere& asked, const RunRecord& run, RunPast& past) {
  ASSAY_TRY(SeeRenamed(asked, run, past));
  return SeeOtherSuites(asked, run, past);
}

}  // namespace assay
