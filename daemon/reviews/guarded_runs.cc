#include "daemon/reviews/guarded_runs.h"

#include <algorithm>
#include <set>

#include "daemon/blocking.h"
#include "daemon/data_classes.h"
#include "daemon/reviews/covered_cases.h"

namespace assay {

namespace asio = boost::asio;

namespace {

// The response of the item that this trial is, in this run or in one that took its answers over.
const ShownResponse* ResponseOf(const CoveredItem& covered, const std::string& run, const StoredTrial& trial) {
  for (const ShownResponse& response : covered.before.responses) {
    const auto source = std::ranges::find(covered.before.sources, response.id, &ResponseSource::response);
    const bool is_named =
        source != covered.before.sources.end() && source->run == run && covered.item.trial == trial.result.trial;
    if (is_named || (trial.result.response && trial.result.response->text == response.text)) return &response;
  }
  return nullptr;
}

std::string WhyQuarantined(const CoveredItem& covered) {
  return "withheld: review item " + covered.item.id +
         " is quarantined, because somebody found personal data or secrets in it; the privacy role looks at it";
}

std::string WhyRedacted(const CoveredItem& covered) {
  return "withheld: it was redacted; review item " + covered.item.id + " has what is left of it";
}

// An empty text would look like an answer; what graders say quotes answers.
void Withhold(StoredTrial& trial, const std::string& why) {
  trial.result.response.reset();
  trial.result.error = why;
  for (StoredScore& score : trial.scores) {
    score.score.label.clear();
    score.score.reason = why;
    score.score.evidence.clear();
  }
}

void Withhold(RunCase& found, const std::string& why) {
  found.item.fields = Json::Object();
  found.prompt.clear();
  found.prompt_error = why;
}

void Redact(StoredTrial& trial, const CoveredItem& covered, const ShownResponse& original) {
  std::optional<Response> response = std::move(trial.result.response);
  Withhold(trial, WhyRedacted(covered));
  const auto left = std::ranges::find(covered.after.responses, original.id, &ShownResponse::id);
  if (!response || left == covered.after.responses.end()) return;
  response->text = left->text;
  response->tool_calls.clear();
  response->logprobs.clear();
  response->transcript.clear();
  trial.result.response = std::move(response);
  trial.result.error.clear();
}

void CoverTrial(const CoveredItem& covered, const std::string& run, StoredTrial& trial) {
  if (covered.is_quarantined) return Withhold(trial, WhyQuarantined(covered));
  if (const ShownResponse* original = ResponseOf(covered, run, trial)) return Redact(trial, covered, *original);
  if (covered.IsOfTheCase()) Withhold(trial, WhyRedacted(covered));
}

}  // namespace

Status GuardedRuns::CheckMayRead(const Caller& caller) const {
  const auto roster = context_.reviewers();
  const auto found = std::ranges::find(*roster, caller.principal, &Reviewer::id);
  if (found == roster->end() || !OnlyJudges(*found)) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "\"" + caller.principal +
                  "\" judges in human review, and runs and their results would tell whose responses those are; claim "
                  "items instead (ClaimItem, or the page \"My work\"), or use the token of a principal without a role "
                  "of reviewers, or with another role beside it, like lead or ml_lead");
}

Result<std::string> GuardedRuns::UnclearedFor(const Caller& caller, const RunRecord& run) const {
  if (caller.principal == kNobody) return "";  // a daemon without tokens is one person's
  const auto everybody = context_.principals();
  const auto found = std::ranges::find(*everybody, caller.principal, &Reviewer::id);
  const Reviewer reader = found == everybody->end() ? Reviewer{.id = caller.principal} : *found;
  if (reader.roles.Has(ReviewRole::kPrivacy)) return "";
  const auto served = context_.catalog.current();
  ASSAY_ASSIGN(std::string own, DataClassOfRun(context_.store, run));
  std::set<std::string> classes = {std::move(own), DataClassOfSuite(served->catalog, run.suite)};
  if (!reader.roles.IsEmpty()) classes.merge(DataClassesOfQueues(served->catalog, run.suite));
  const auto missing =
      std::ranges::find_if(classes, [&](const std::string& each) { return !IsClearedFor(reader, each); });
  return missing == classes.end() ? "" : "withheld: you are not cleared for its data (" + *missing + ")";
}

Result<WithheldLabels> GuardedRuns::LabelsWithheld(const Caller& caller, const RunRecord& run,
                                                   const std::vector<WorstCase>& cases) const {
  if (!CheckMayRead(caller)) return WithheldLabels{.why = "withheld: who only judges in human review reads no runs"};
  ASSAY_ASSIGN(std::string why, UnclearedFor(caller, run));
  if (!why.empty()) return WithheldLabels{.why = std::move(why)};
  std::set<std::string> asked;
  for (const WorstCase& one : cases) asked.insert(one.id);
  ReviewStore reviews(context_.store);
  ASSAY_ASSIGN(const auto covered, CoveredCases(reviews, run.project, run.suite,
                                                [&](const std::string& id) { return asked.contains(id); }));
  WithheldLabels withheld;
  for (const auto& [id, item] : covered) withheld.cases.insert(id);
  return withheld;
}

Status GuardedRuns::Cover(const Caller& caller, std::string_view run, std::vector<StoredTrial>& trials) {
  if (trials.empty()) return {};
  ASSAY_ASSIGN(const RunRecord record, context_.store.GetRun(caller.project, run));
  ASSAY_ASSIGN(const std::string why, UnclearedFor(caller, record));
  if (!why.empty()) {
    for (StoredTrial& trial : trials) Withhold(trial, why);
    return {};
  }
  ReviewStore reviews(context_.store);
  const auto is_asked = [&](const std::string& id) {
    return std::ranges::find(trials, id, &StoredTrial::case_id) != trials.end();
  };
  ASSAY_ASSIGN(const auto cases, CoveredCases(reviews, caller.project, record.suite, is_asked));
  for (StoredTrial& trial : trials) {
    const auto [first, last] = cases.equal_range(trial.case_id);
    for (auto covered = first; covered != last; ++covered) CoverTrial(covered->second, record.id, trial);
  }
  return {};
}

Status GuardedRuns::Cover(const Caller& caller, std::string_view run, RunCase& found) {
  ASSAY_ASSIGN(const RunRecord record, context_.store.GetRun(caller.project, run));
  ASSAY_ASSIGN(const std::string why, UnclearedFor(caller, record));
  if (!why.empty()) {
    Withhold(found, why);
    return {};
  }
  ReviewStore reviews(context_.store);
  const std::string id = found.item.id;
  ASSAY_ASSIGN(const auto cases, CoveredCases(reviews, caller.project, record.suite,
                                              [&](const std::string& asked) { return asked == id; }));
  for (const auto& [case_id, covered] : cases) {
    if (covered.is_quarantined) {
      Withhold(found, WhyQuarantined(covered));
    } else if (covered.IsOfTheCase()) {
      Withhold(found, WhyRedacted(covered));
    }
  }
  return {};
}

asio::awaitable<Result<RunRecord>> GuardedRuns::StartRun(const Caller& caller, const StartRunArguments& arguments) {
  ASSAY_CO_TRY(CheckMayRead(caller));
  co_return co_await context_.runs.StartRun(caller, arguments);
}

asio::awaitable<Result<RunRecord>> GuardedRuns::GetRun(const Caller& caller, std::string_view id) {
  ASSAY_CO_TRY(CheckMayRead(caller));
  co_return co_await context_.runs.GetRun(caller, id);
}

asio::awaitable<Result<std::vector<JudgeCalibration>>> GuardedRuns::GetJudges(const RunRecord& run) {
  return context_.runs.GetJudges(run);  // of a run that the caller has read
}

asio::awaitable<Result<std::map<std::string, std::int64_t>>> GuardedRuns::GetProvenance(const RunRecord& run) {
  return context_.runs.GetProvenance(run);  // likewise
}

asio::awaitable<Result<Page<RunRecord>>> GuardedRuns::ListRuns(const Caller& caller, const RunFilter& filter,
                                                               const PageRequest& page) {
  ASSAY_CO_TRY(CheckMayRead(caller));
  co_return co_await context_.runs.ListRuns(caller, filter, page);
}

asio::awaitable<Result<std::unique_ptr<Updates<RunRecord>>>> GuardedRuns::WatchRun(const Caller& caller,
                                                                                   std::string_view id) {
  ASSAY_CO_TRY(CheckMayRead(caller));
  co_return co_await context_.runs.WatchRun(caller, id);
}

asio::awaitable<Result<Page<StoredTrial>>> GuardedRuns::ListResults(const Caller& caller, std::string_view run,
                                                                    const TrialFilter& filter,
                                                                    const PageRequest& page) {
  ASSAY_CO_TRY(CheckMayRead(caller));
  ASSAY_CO_ASSIGN(Page<StoredTrial> read, co_await context_.runs.ListResults(caller, run, filter, page));
  // After the trials were read: what is quarantined while they are read is not shown either.
  auto cover = [&]() { return Cover(caller, run, read.items); };
  ASSAY_CO_TRY(co_await RunBlocking(context_.reading, cover));
  co_return read;
}

asio::awaitable<Result<RunCase>> GuardedRuns::GetCase(const Caller& caller, std::string_view run,
                                                      std::int64_t ordinal) {
  ASSAY_CO_TRY(CheckMayRead(caller));
  ASSAY_CO_ASSIGN(RunCase found, co_await context_.runs.GetCase(caller, run, ordinal));
  auto cover = [&]() { return Cover(caller, run, found); };
  ASSAY_CO_TRY(co_await RunBlocking(context_.reading, cover));
  co_return found;
}

asio::awaitable<Result<RunRecord>> GuardedRuns::CancelRun(const Caller& caller, std::string_view id,
                                                          std::string_view reason) {
  ASSAY_CO_TRY(CheckMayRead(caller));
  co_return co_await context_.runs.CancelRun(caller, id, reason);
}

asio::awaitable<Result<RunRecord>> GuardedRuns::PauseRun(const Caller& caller, std::string_view id,
                                                         std::string_view reason) {
  ASSAY_CO_TRY(CheckMayRead(caller));
  co_return co_await context_.runs.PauseRun(caller, id, reason);
}

asio::awaitable<Result<RunRecord>> GuardedRuns::ResumeRun(const Caller& caller, std::string_view id) {
  ASSAY_CO_TRY(CheckMayRead(caller));
  co_return co_await context_.runs.ResumeRun(caller, id);
}

asio::awaitable<Result<RunRecord>> GuardedRuns::SetRunConcurrency(const Caller& caller, std::string_view id,
                                                                  std::optional<int> concurrency) {
  ASSAY_CO_TRY(CheckMayRead(caller));
  co_return co_await context_.runs.SetRunConcurrency(caller, id, concurrency);
}

asio::awaitable<Result<RunRecord>> GuardedRuns::DeleteRun(const Caller& caller, std::string_view id,
                                                          std::string_view reason) {
  ASSAY_CO_TRY(CheckMayRead(caller));
  co_return co_await context_.runs.DeleteRun(caller, id, reason);
}

asio::awaitable<Result<RunRecord>> GuardedRuns::RetryRun(const Caller& caller, std::string_view id,
                                                         const std::optional<RequestKey>& request) {
  ASSAY_CO_TRY(CheckMayRead(caller));
  co_return co_await context_.runs.RetryRun(caller, id, request);
}

}  // namespace assay
