#include "tests/testing/fake_services.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <stdexcept>

namespace assay::testing {
namespace {

using boost::asio::awaitable;

constexpr char kDigest[] = "sha256:00000000000000000000000000000000000000000000000000000000000000aa";
const Time kTime = Time(std::chrono::microseconds(1'795'000'000'123'456));

ServedDocument SampleDocument() {
  return {"Suite", "support", "", kDigest, "kind: Suite\n", R"({"kind":"Suite"})", "support.yaml", kTime};
}

CatalogStatus SampleStatus() {
  CatalogStatus status;
  status.version = kDigest;
  status.loaded = kTime;
  status.checked = kTime;
  status.suites = 1;
  status.gates = 2;
  status.errors = {{"bad.yaml", 3, 7, "rules[0]", "unknown key \"at_leest\""}};
  return status;
}

DocumentRecord SampleModel() {
  DocumentRecord model;
  model.kind = "Model";
  model.name = "bot";
  model.label = "1";
  model.content_version = kDigest;
  model.json = R"({"labels":{"team":"support"}})";
  model.source = "kind: Model\n";
  model.created = kTime;
  model.principal = "ci";
  return model;
}

RunRecord SampleRun(RunState state) {
  RunRecord run;
  run.id = "019aa000-0000-7000-8000-000000000001";
  run.suite = "support";
  run.suite_version = kDigest;
  run.model = "bot";
  run.model_label = "1";
  run.model_version = kDigest;
  run.snapshot_digest = kDigest;
  run.trials = 2;
  run.cases = 5;
  run.state = state;
  run.counts.scheduled = 10;
  run.counts.scored = 6;
  run.counts.error = 1;
  run.created = kTime;
  run.started = kTime;
  run.principal = "ci";
  return run;
}

WaiverStatus SampleWaiver() {
  return {.waiver = {.id = "019aa000-0000-7000-8000-000000000009",
                     .project = "default",
                     .gate = "release",
                     .gate_version = kDigest,
                     .candidate = {"bot", "1", kDigest},
                     .suites = {{"support", kDigest, kDigest}},
                     .rules = {{"floor", VerdictState::kFail, 1}},
                     .verdict = "019aa000-0000-7000-8000-000000000003",
                     .reason = "known",
                     .ticket = "T-1",
                     .requester = "ci",
                     .requested_at = kTime,
                     .expires_at = kTime + std::chrono::hours(24),
                     .approvals = {{"ann", kTime, "fine"}}},
          .state = WaiverState::kRequested};
}

BlockerStatus SampleBlocker() {
  return {.project = "default",
          .candidate = ModelIdentity{"bot", "1", kDigest},
          .blocker = {.id = "019aa000-0000-7000-8000-00000000000b",
                      .gate = "release",
                      .severity = 2,
                      .reason = "tells account numbers",
                      .evidence = {{.run = "019aa000-0000-7000-8000-000000000001", .case_id = "c1"}},
                      .recommender = "ann",
                      .recommended_at = kTime,
                      .state = BlockerState::kDeclined,
                      .ended_by = "rita",
                      .ended_at = kTime,
                      .answer = "made up"}};
}

ReleaseDecision SampleDecision() {
  return {.verdict = "019aa000-0000-7000-8000-000000000003",
          .project = "default",
          .gate = "release",
          .is_go = true,
          .reason = "all is well",
          .principal = "rita",
          .at = kTime};
}

EndpointStatus SampleEndpoint() {
  EndpointStatus endpoint{.name = "bot", .label = "1", .provider = "openai-chat", .url = "http://127.0.0.1:9/v1"};
  endpoint.state.limit = 8;
  endpoint.state.ceiling = 16;
  endpoint.state.in_flight = 8;
  endpoint.state.waiting = 3;
  endpoint.state.last_cut = {.from = 16, .to = 8, .ago = std::chrono::seconds(2), .why = "answered 429"};
  endpoint.state.held_for = std::chrono::milliseconds(1500);
  endpoint.state.retries_left = 26;
  endpoint.credential_in_flight = 9;
  endpoint.credential_concurrency = 16;
  return endpoint;
}

StoredTrial SampleTrial(int ordinal, std::size_t response_bytes) {
  StoredTrial trial;
  trial.case_id = "case-" + std::to_string(ordinal);
  trial.result.ordinal = ordinal;
  trial.result.status = TrialStatus::kScored;
  Response response;
  response.text = response_bytes == 0 ? std::string("häßlich <&>\n") : std::string(response_bytes, 'x');
  response.tool_calls = {{"lookup", R"({"id":1})"}};
  response.finish_reason = "stop";
  response.usage.tokens_in = 12;
  response.latency = std::chrono::microseconds(1'500'250);
  trial.result.response = std::move(response);
  trial.scores = {{"answer", kDigest, ScoreSource::kGrader, 1, Score::Failing("no match")},
                  {"judge", kDigest, ScoreSource::kJudge, 2, Score::Unscored("no reference")}};
  return trial;
}

StoredVerdict SampleVerdict() {
  StoredVerdict stored;
  stored.record.id = "019aa000-0000-7000-8000-000000000003";
  stored.record.check_id = "019aa000-0000-7000-8000-000000000002";
  stored.record.gate = "release";
  stored.record.gate_version = kDigest;
  stored.record.state = "FAIL";
  stored.record.document = R"({"state":"FAIL"})";
  stored.record.principal = "ci";
  Verdict& verdict = stored.verdict;
  verdict.gate = "release";
  verdict.state = VerdictState::kFail;
  verdict.reason = "accuracy-floor fails";
  verdict.candidate = {"bot", "1", kDigest};
  verdict.deciding_rules = {"accuracy-floor"};
  verdict.decided_at = kTime;
  SuiteIdentity suite;
  suite.suite = "support";
  suite.run = "019aa000-0000-7000-8000-000000000001";
  suite.run_state = "complete";
  suite.counts.scheduled = 5;
  suite.counts.scored = 5;
  verdict.suites = {suite};
  RuleOutcome rule;
  rule.rule = "accuracy-floor";
  rule.kind = "at_least";
  rule.metric = "accuracy";
  rule.severity = 1;
  rule.threshold = 0.9;
  rule.state = VerdictState::kFail;
  RulePart part;
  part.suite = "support";
  part.slice = "journey";
  part.slice_value = "billing";
  part.state = VerdictState::kFail;
  part.estimate.value = 0.25;
  part.estimate.upper = 0.7;
  part.estimate.method = "clopper_pearson";
  part.estimate.cases = 5;
  part.margin = -0.2;
  part.worst_cases = {{4, "case-4", 0.0}};
  rule.parts = {part};
  verdict.rules = {rule};
  return stored;
}

CheckStatus SampleCheck(bool decided) {
  CheckStatus status;
  status.check.id = "019aa000-0000-7000-8000-000000000002";
  status.check.gate = "release";
  status.check.gate_version = kDigest;
  status.check.model = "bot";
  status.check.model_label = "1";
  status.check.model_version = kDigest;
  status.check.created = kTime;
  status.check.principal = "ci";
  status.reason = "waits for 1 run";
  status.runs = {{SampleRun(RunState::kRunning), "candidate", true}};
  if (decided) {
    status.check.state = "FAIL";
    status.check.ended = kTime;
    status.verdict = SampleVerdict();
  }
  return status;
}

}  // namespace

// Two updates, the second one final; or for ever.
template <class T>
class FakeServices::FakeUpdates final : public Updates<T> {
 public:
  FakeUpdates(FakeServices& services, T first, T last)
      : services_(services), first_(std::move(first)), last_(std::move(last)) {}
  ~FakeUpdates() override { ++services_.left; }

  awaitable<Result<std::optional<T>>> Next() override {
    const int given = given_++;
    if (given == 0 || services_.behaviour.endless) co_return first_;
    if (services_.behaviour.stream_error) co_return Fail(*services_.behaviour.stream_error);
    if (given == 1) co_return last_;
    co_return std::nullopt;
  }

 private:
  FakeServices& services_;
  T first_;
  T last_;
  int given_ = 0;
};

Caller FakeServices::last_caller() const {
  const std::lock_guard lock(mutex_);
  return last_caller_;
}

std::optional<RequestKey> FakeServices::last_request() const {
  const std::lock_guard lock(mutex_);
  return last_request_;
}

std::optional<std::chrono::steady_clock::time_point> FakeServices::last_until() const {
  const std::lock_guard lock(mutex_);
  return last_until_;
}

void FakeServices::Remember(const std::optional<RequestKey>& request) {
  const std::lock_guard lock(mutex_);
  last_request_ = request;
}

awaitable<Status> FakeServices::Enter(const Caller& caller) {
  struct Leaving {
    FakeServices& services;
    bool held;
    ~Leaving() {
      if (held) ++services.cancelled;
      ++services.left;
    }
  } leaving{*this, behaviour.hold};
  {
    const std::lock_guard lock(mutex_);
    last_caller_ = caller;
  }
  ++entered;
  if (!behaviour.exception.empty()) throw std::runtime_error(behaviour.exception);
  if (behaviour.error) co_return Fail(*behaviour.error);
  if (behaviour.hold) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer never(executor, std::chrono::steady_clock::time_point::max());
    co_await never.async_wait(boost::asio::use_awaitable);
  }
  co_return Status();
}

template <class T>
awaitable<Result<T>> FakeServices::Answer(const Caller& caller, T value) {
  ASSAY_CO_TRY(co_await Enter(caller));
  co_return value;
}

awaitable<Result<ServedDocument>> FakeServices::GetDocument(const Caller& caller, std::string_view, std::string_view) {
  return Answer(caller, SampleDocument());
}
awaitable<Result<std::vector<ServedDocument>>> FakeServices::ListDocuments(const Caller& caller, std::string_view) {
  return Answer(caller, std::vector<ServedDocument>{SampleDocument()});
}
awaitable<Result<CatalogStatus>> FakeServices::GetStatus(const Caller& caller) {
  return Answer(caller, SampleStatus());
}
awaitable<Result<CatalogStatus>> FakeServices::Reload(const Caller& caller) { return Answer(caller, SampleStatus()); }

awaitable<Result<DocumentRecord>> FakeServices::RegisterModel(const Caller& caller, std::string_view,
                                                              const std::optional<RequestKey>& request) {
  Remember(request);
  return Answer(caller, SampleModel());
}
awaitable<Result<DocumentRecord>> FakeServices::GetModel(const Caller& caller, std::string_view, std::string_view,
                                                         std::string_view) {
  return Answer(caller, SampleModel());
}
awaitable<Result<Page<DocumentRecord>>> FakeServices::ListModels(const Caller& caller, std::string_view,
                                                                 const PageRequest&) {
  return Answer(caller, Page<DocumentRecord>{{SampleModel()}, "next"});
}
awaitable<Result<std::vector<ModelStage>>> FakeServices::ListStages(const Caller&, std::string_view) {
  co_return std::vector<ModelStage>{{"bot", "canary", "2"}, {"bot", "production", "1"}, {"other", "production", "1"}};
}
awaitable<Result<DocumentRecord>> FakeServices::PromoteModel(const Caller& caller, std::string_view, std::string_view,
                                                             std::string_view) {
  return Answer(caller, SampleModel());
}

awaitable<Result<RunRecord>> FakeServices::StartRun(const Caller& caller, const StartRunArguments& arguments) {
  Remember(arguments.request);
  return Answer(caller, SampleRun(RunState::kPending));
}
awaitable<Result<RunRecord>> FakeServices::GetRun(const Caller& caller, std::string_view) {
  return Answer(caller, SampleRun(RunState::kRunning));
}

awaitable<Result<std::map<std::string, std::int64_t>>> FakeServices::GetProvenance(const RunRecord&) {
  co_return std::map<std::string, std::int64_t>{{"production", 2}, {"synthetic", 1}};
}

awaitable<Result<std::vector<JudgeCalibration>>> FakeServices::GetJudges(const RunRecord&) {
  JudgeCalibration judge{.grader = "helpful",
                         .judge = "judge-model",
                         .version = "3 criteria@2 judge-model@sha256:c0de",
                         .prompt = "sha256:feed",
                         .answered_by = {"judge-2026-01"},
                         .counts = {.passes = 60, .true_passes = 57, .lost_passes = 1, .fails = 40, .true_fails = 38}};
  co_return std::vector<JudgeCalibration>{std::move(judge)};
}
awaitable<Result<Page<RunRecord>>> FakeServices::ListRuns(const Caller& caller, const RunFilter&, const PageRequest&) {
  return Answer(caller, Page<RunRecord>{{SampleRun(RunState::kCancelled)}, ""});
}
awaitable<Result<std::unique_ptr<Updates<RunRecord>>>> FakeServices::WatchRun(const Caller& caller, std::string_view) {
  ASSAY_CO_TRY(co_await Enter(caller));
  std::unique_ptr<Updates<RunRecord>> updates =
      std::make_unique<FakeUpdates<RunRecord>>(*this, SampleRun(RunState::kRunning), SampleRun(RunState::kComplete));
  co_return updates;
}
awaitable<Result<Page<StoredTrial>>> FakeServices::ListResults(const Caller& caller, std::string_view,
                                                               const TrialFilter&, const PageRequest& page) {
  Page<StoredTrial> trials;
  int first = 0;  // also for a token that is none of ours
  std::from_chars(page.token.data(), page.token.data() + page.token.size(), first);
  first = std::clamp(first, 0, behaviour.results);
  const int end = std::min(behaviour.results, first + page.limit);
  for (int i = first; i < end; ++i) trials.items.push_back(SampleTrial(i, behaviour.response_bytes));
  if (end < behaviour.results) trials.next = std::to_string(end);
  return Answer(caller, std::move(trials));
}
awaitable<Result<RunCase>> FakeServices::GetCase(const Caller& caller, std::string_view, std::int64_t ordinal) {
  const Json fields = Json::Of({{"question", "why <b>?"}});
  return Answer(caller, RunCase{.item = {.ordinal = ordinal, .id = "case-1", .fields = fields},
                                .prompt = {{.role = Role::kUser, .content = "why <b>?"}},
                                .prompt_error = ""});
}
awaitable<Result<RunRecord>> FakeServices::CancelRun(const Caller& caller, std::string_view, std::string_view) {
  return Answer(caller, SampleRun(RunState::kCancelled));
}
awaitable<Result<RunRecord>> FakeServices::PauseRun(const Caller& caller, std::string_view, std::string_view) {
  return Answer(caller, SampleRun(RunState::kPaused));
}
awaitable<Result<RunRecord>> FakeServices::ResumeRun(const Caller& caller, std::string_view) {
  return Answer(caller, SampleRun(RunState::kPending));
}
awaitable<Result<RunRecord>> FakeServices::SetRunConcurrency(const Caller& caller, std::string_view,
                                                             std::optional<int> concurrency) {
  RunRecord run = SampleRun(RunState::kRunning);
  run.concurrency = concurrency;
  return Answer(caller, std::move(run));
}
awaitable<Result<RunRecord>> FakeServices::DeleteRun(const Caller& caller, std::string_view, std::string_view) {
  RunRecord run = SampleRun(RunState::kComplete);
  run.deleted = run.created;
  run.deleted_by = caller.principal;
  return Answer(caller, std::move(run));
}
awaitable<Result<RunRecord>> FakeServices::RetryRun(const Caller& caller, std::string_view id,
                                                    const std::optional<RequestKey>& request) {
  Remember(request);
  RunRecord run = SampleRun(RunState::kPending);
  run.retry_of = id;
  return Answer(caller, std::move(run));
}

awaitable<Result<std::vector<EndpointStatus>>> FakeServices::ListEndpoints(const Caller& caller) {
  return Answer(caller, std::vector<EndpointStatus>{SampleEndpoint()});
}

awaitable<Result<std::vector<ScheduleStatus>>> FakeServices::ListSchedules(const Caller& caller) {
  ScheduleStatus schedule{.spec = {.name = "nightly",
                                   .gate = "release",
                                   .candidate = {.model = "bot", .stage = "production"},
                                   .cron = "0 2 * * 1-5"},
                          .next_due = *ParseTime("2026-11-30T02:00:00Z"),
                          .last_due = *ParseTime("2026-11-27T02:00:00Z"),
                          .last = SampleCheck(true).check,
                          .missed = 1,
                          .skipped = 2,
                          .failed = 3};
  return Answer(caller, std::vector<ScheduleStatus>{std::move(schedule)});
}

awaitable<Result<CheckStatus>> FakeServices::CheckGate(const Caller& caller, const CheckArguments& arguments) {
  Remember(arguments.request);
  return Answer(caller, SampleCheck(false));
}
awaitable<Result<CheckStatus>> FakeServices::AwaitVerdict(const Caller& caller, std::string_view,
                                                          std::chrono::steady_clock::time_point until) {
  {
    const std::lock_guard lock(mutex_);
    last_until_ = until;
  }
  return Answer(caller, SampleCheck(true));
}
awaitable<Result<CheckStatus>> FakeServices::GetCheck(const Caller& caller, std::string_view) {
  return Answer(caller, SampleCheck(true));
}
awaitable<Result<std::unique_ptr<Updates<CheckStatus>>>> FakeServices::WatchCheck(const Caller& caller,
                                                                                  std::string_view) {
  ASSAY_CO_TRY(co_await Enter(caller));
  std::unique_ptr<Updates<CheckStatus>> updates =
      std::make_unique<FakeUpdates<CheckStatus>>(*this, SampleCheck(false), SampleCheck(true));
  co_return updates;
}
awaitable<Result<Page<CheckStatus>>> FakeServices::ListChecks(const Caller& caller, std::string_view,
                                                              const PageRequest&) {
  return Answer(caller, Page<CheckStatus>{{SampleCheck(false)}, ""});
}
awaitable<Result<StoredVerdict>> FakeServices::GetVerdict(const Caller& caller, std::string_view) {
  return Answer(caller, SampleVerdict());
}
awaitable<Result<Page<StoredVerdict>>> FakeServices::ListVerdicts(const Caller& caller, std::string_view,
                                                                  const PageRequest&) {
  return Answer(caller, Page<StoredVerdict>{{SampleVerdict()}, ""});
}

awaitable<Result<WaiverStatus>> FakeServices::RequestWaiver(const Caller& caller, const WaiverArguments& arguments) {
  Remember(arguments.request);
  return Answer(caller, SampleWaiver());
}
awaitable<Result<WaiverStatus>> FakeServices::ApproveWaiver(const Caller& caller, std::string_view, std::string_view) {
  return Answer(caller, SampleWaiver());
}
awaitable<Result<WaiverStatus>> FakeServices::RevokeWaiver(const Caller& caller, std::string_view, std::string_view) {
  return Answer(caller, SampleWaiver());
}
awaitable<Result<WaiverStatus>> FakeServices::GetWaiver(const Caller& caller, std::string_view) {
  return Answer(caller, SampleWaiver());
}
awaitable<Result<Page<WaiverStatus>>> FakeServices::ListWaivers(const Caller& caller, std::string_view,
                                                                const PageRequest&) {
  return Answer(caller, Page<WaiverStatus>{{SampleWaiver()}, ""});
}

awaitable<Result<BlockerStatus>> FakeServices::RecommendBlocker(const Caller& caller,
                                                                const BlockerArguments& arguments) {
  Remember(arguments.request);
  return Answer(caller, SampleBlocker());
}
awaitable<Result<BlockerStatus>> FakeServices::EndBlocker(const Caller& caller, std::string_view, BlockerState,
                                                          std::string_view) {
  return Answer(caller, SampleBlocker());
}
awaitable<Result<BlockerStatus>> FakeServices::GetBlocker(const Caller& caller, std::string_view) {
  return Answer(caller, SampleBlocker());
}
awaitable<Result<Page<BlockerStatus>>> FakeServices::ListBlockers(const Caller& caller, std::string_view,
                                                                  const PageRequest&) {
  return Answer(caller, Page<BlockerStatus>{{SampleBlocker()}, ""});
}
awaitable<Result<ReleaseDecision>> FakeServices::DecideRelease(const Caller& caller,
                                                               const ReleaseArguments& arguments) {
  Remember(arguments.request);
  return Answer(caller, SampleDecision());
}
awaitable<Result<std::vector<ReleaseDecision>>> FakeServices::ListReleaseDecisions(const Caller& caller,
                                                                                   std::string_view) {
  return Answer(caller, std::vector<ReleaseDecision>{SampleDecision()});
}
awaitable<Result<EvidencePackText>> FakeServices::GetEvidencePack(const Caller& caller, std::string_view) {
  return Answer(caller, EvidencePackText{.markdown = "# Release readiness\n", .document = "{}"});
}

awaitable<Result<VerdictReplay>> FakeServices::ReplayVerdict(const Caller& caller, std::string_view id) {
  return Answer(caller, VerdictReplay{.verdict = std::string(id),
                                      .differences = {{"state", "\"FAIL\"", "\"PASS\""}},
                                      .differing = 1,
                                      .missing = {"run r"},
                                      .version = "1"});
}
awaitable<Result<std::vector<PartCases>>> FakeServices::ListCases(const Caller& caller, std::string_view,
                                                                  const CasesQuestion& question) {
  const std::string rule = question.rules.empty() ? "" : question.rules.front();
  const WorstCase worst{7, rule, 0.25, 1.0};
  PartCases part{rule, "chat", "language", "de", {worst}, question.most > 1};
  if (question.is_grouped) {
    part.groups = {{.slice = "topic", .slice_value = "bills", .label = "rude", .cases = 3, .of_cases = 9}};
    part.failing = 3;
  }
  return Answer(caller, std::vector<PartCases>{std::move(part)});
}

}  // namespace assay::testing
