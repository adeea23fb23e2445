#include "daemon/reviews/program.h"

#include <algorithm>
#include <set>

#include "core/digest.h"
#include "core/identifier.h"
#include "daemon/blocking.h"
#include "daemon/catalog_lookup.h"
#include "daemon/people_quality.h"
#include "daemon/reviews/governance_records.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::days kProgramWindow{90};
constexpr std::int64_t kMostRegressions = 10'000;  // of a report
constexpr int kMostRunsLookedAt = 1000;            // for the one before an issue

std::string RecordKindOf(ProgramRecordKind kind) { return "program_" + std::string(WordOf(kind)); }

Result<std::vector<ProgramRecord>> ReadProgram(ReviewStore& store, const std::string& project, ProgramRecordKind kind) {
  ASSAY_ASSIGN(const auto stored, store.ListRecords(project, RecordKindOf(kind)));
  std::vector<ProgramRecord> records;
  for (const ReviewRecord& each : stored) {
    ASSAY_ASSIGN(const Json json, Json::Parse(each.body));
    auto record = ProgramRecordFromJson(json);
    if (!record) return Fail(ErrorCode::kDataLoss, each.kind + " \"" + each.id + "\": " + record.error().message);
    records.push_back(*std::move(record));
  }
  return records;
}

Result<std::vector<ProgramRecord>> ReadProgram(ReviewStore& store, const std::string& project,
                                               std::optional<ProgramRecordKind> only) {
  std::vector<ProgramRecord> records;
  for (const auto& word : EnumWords<ProgramRecordKind>::kWords) {
    if (only && *only != word.value) continue;
    ASSAY_ASSIGN(std::vector<ProgramRecord> of_kind, ReadProgram(store, project, word.value));
    std::ranges::move(of_kind, std::back_inserter(records));
  }
  return records;
}

// What two calls with the same key have to have in common: all but what the daemon says.
bool SaysTheSame(ProgramBody one, ProgramBody other) {
  const auto forget = [](ProgramBody& body) {
    if (auto* released = std::get_if<DatasetReleased>(&body)) *released = {.due = released->due};
    auto* issue = std::get_if<ProductionIssue>(&body);
    if (issue == nullptr) return;
    issue->was_covered = false;
    issue->why.clear();
  };
  forget(one);
  forget(other);
  return one == other;
}

// One record of each of these; of others one for each key, or for each call.
std::string IdOf(const ProgramBody& body, const std::string& person, std::string_view key, Time now) {
  if (const auto* issue = std::get_if<ProductionIssue>(&body)) return "i-" + Sha256Hex(issue->reference).substr(0, 32);
  if (const auto* released = std::get_if<DatasetReleased>(&body)) return "r-" + released->due;
  if (const auto* descoped = std::get_if<DatasetDescoped>(&body)) return "d-" + descoped->due;
  if (key.empty()) return MakeId(now);
  return "k-" + Sha256Hex(person + "\n" + std::string(key)).substr(0, 32);
}

// The newest complete run of the suite on the model that ended before that time; absent without one.
Result<std::optional<RunRecord>> RunBefore(Store& store, const std::string& project, const ProductionIssue& issue) {
  const std::size_t at = issue.model.find('@');
  if (at == std::string::npos)
    return Fail(ErrorCode::kInvalidArgument, "production_issue.model: expected NAME@VERSION of what was released");
  const RunFilter filter{.project = project,
                         .suite = issue.suite,
                         .model = issue.model.substr(0, at),
                         .model_label = issue.model.substr(at + 1),
                         .state = RunState::kComplete};
  ASSAY_ASSIGN(const Page<RunRecord> runs, store.ListRuns(filter, {.token = "", .limit = kMostRunsLookedAt}));
  for (const RunRecord& run : runs.items) {
    if (run.ended && *run.ended <= issue.occurred_at) return run;
  }
  return std::nullopt;
}

// The journeys that cases of the newest complete run of the suite have.
Result<JourneyCoverage> CoveredBySuite(Store& store, const SuiteSpec& suite, const std::string& project) {
  const RunFilter filter{.project = project, .suite = suite.name, .state = RunState::kComplete};
  ASSAY_ASSIGN(const Page<RunRecord> runs, store.ListRuns(filter, {.token = "", .limit = kMostRunsLookedAt}));
  const auto whole = std::ranges::find_if(runs.items, &RunRecord::IsWhole);
  std::set<std::string> there;
  if (whole != runs.items.end()) {
    const std::vector<std::string> of = {suite.journeys->of};
    // A run from before the slice was one has no such journeys.
    ASSAY_ASSIGN(const std::vector<StoredSlice> columns, store.ReadSliceColumns(whole->snapshot, of));
    for (const StoredSlice& column : columns) there.insert(column.values.begin(), column.values.end());
  }
  return JourneysIn(suite, whole == runs.items.end() ? "" : whole->id, there);
}

ReviewTelemetry::ShareReading ReadingOf(const ReviewShare& share) {
  return {.share = share.share, .lower = share.lower, .upper = share.upper, .of = share.of};
}

}  // namespace

Result<ProgramReport> MeasureProgram(Store& store, const std::string& project, const KpiWindow& window) {
  ReviewStore reviews(store);
  ASSAY_ASSIGN(const std::vector<ProgramRecord> records, ReadProgram(reviews, project, std::nullopt));
  ASSAY_ASSIGN(const std::vector<FirstFailure> failures,
               store.ListFirstFailures(project, window.from, window.to, kMostRegressions));
  std::vector<FoundRegression> regressions;
  for (const FirstFailure& failure : failures) {
    regressions.push_back({.model = failure.model,
                           .version = failure.model_label,
                           .gate = failure.gate,
                           .registered_at = failure.registered,
                           .failed_at = failure.decided});
  }
  return ProgramReportOf(records, std::move(regressions), window);
}

Result<std::vector<JourneyCoverage>> JourneysCovered(Store& store, const Catalog& catalog, const std::string& project) {
  std::vector<JourneyCoverage> covered;
  for (const CatalogDocument& document : catalog.documents) {
    const SuiteSpec* suite = document.suite();
    if (suite == nullptr || !suite->journeys) continue;
    ASSAY_ASSIGN(JourneyCoverage of_suite, CoveredBySuite(store, *suite, project));
    covered.push_back(std::move(of_suite));
  }
  return covered;
}

Status ShowProgram(Store& store, const Catalog& catalog, ReviewTelemetry& telemetry, Time now) {
  ASSAY_ASSIGN(const auto journeys, JourneysCovered(store, catalog, kDefaultProject));
  for (const JourneyCoverage& each : journeys) {
    telemetry.SetJourneys(each.suite, "all", each.critical.share);
    telemetry.SetJourneys(each.suite, "high", each.high_risk.share);
  }
  ASSAY_ASSIGN(const ProgramReport report,
               MeasureProgram(store, kDefaultProject, {.from = now - kProgramWindow, .to = now + Duration(1)}));
  telemetry.SetProgramShare("datasets_ready", ReadingOf(report.datasets_ready));
  telemetry.SetProgramShare("defects_leaked", ReadingOf(report.defects_leaked));
  telemetry.SetProgram(report.satisfaction, report.ratings, report.improvements);
  return {};
}

Result<Reviewer> ReviewProgram::WhoKeeps(const Caller& caller) const {
  const auto roster = context_.reviewers();
  const auto found = std::ranges::find(*roster, caller.principal, &Reviewer::id);
  if (caller.principal != kNobody && found != roster->end()) return *found;
  return Fail(ErrorCode::kPermissionDenied,
              "\"" + caller.principal +
                  "\" has no role in human review, which records and reports of it need (roles= of the token file)");
}

asio::awaitable<Result<ProgramRecord>> ReviewProgram::AddProgramRecord(const Caller& caller, std::string_view key,
                                                                       const ProgramBody& body) {
  ASSAY_CO_ASSIGN(const Reviewer keeper, WhoKeeps(caller));
  const Time now = context_.clock.Now();
  ProgramRecord record{.id = IdOf(body, keeper.id, key, now), .at = now, .by = keeper.id, .body = body};
  auto work = [this, &keeper, &record, now, project = caller.project]() -> Result<ProgramRecord> {
    ASSAY_ASSIGN(const auto known, reviews_.FindRecord(project, RecordKindOf(KindOf(record.body)), record.id));
    ASSAY_TRY(CheckProgramRecord(record.body, keeper, known ? known->updated : now));  // what was right stays so
    if (known) return Keep(project, record);
    ASSAY_TRY(std::visit([&](auto& each) { return Complete(project, now, each); }, record.body));
    return Keep(project, record);
  };
  co_return co_await RunBlocking(context_.reading, std::move(work));
}

Result<ProgramRecord> ReviewProgram::Keep(const std::string& project, ProgramRecord record) {
  const std::string kind = RecordKindOf(KindOf(record.body));
  const auto kept = reviews_.PutRecord({.project = project,
                                        .kind = kind,
                                        .id = record.id,
                                        .updated = record.at,
                                        .principal = record.by,
                                        .body = ToJson(record).Dump()});
  if (kept) return record;
  if (kept.error().code != ErrorCode::kAborted) return Fail(kept.error());
  ASSAY_ASSIGN(const auto known, reviews_.FindRecord(project, kind, record.id));
  if (!known) return Fail(kept.error());
  ASSAY_ASSIGN(const Json json, Json::Parse(known->body));
  ASSAY_ASSIGN(ProgramRecord first, ProgramRecordFromJson(json));
  if (SaysTheSame(first.body, record.body)) return first;
  return Fail(ErrorCode::kAlreadyExists, "there is a record of this already, of " + FormatTime(first.at) +
                                             ", that says something else; records are never changed");
}

Status ReviewProgram::Complete(const std::string&, Time, DatasetDue& due) {
  ASSAY_TRY(FindServed(*context_.catalog.current(), DocumentKind::kQueue, due.queue));
  return {};
}

Result<DatasetDue> ReviewProgram::FindOpenDue(const std::string& project, const std::string& id) {
  ASSAY_ASSIGN(const auto found, reviews_.FindRecord(project, RecordKindOf(ProgramRecordKind::kDatasetDue), id));
  if (!found) return Fail(ErrorCode::kNotFound, "due: there is no record \"" + id + "\" of a dataset that is due");
  for (const auto& [kind, prefix, what] : {std::tuple(ProgramRecordKind::kDatasetReleased, "r-", "released"),
                                           std::tuple(ProgramRecordKind::kDatasetDescoped, "d-", "descoped")}) {
    ASSAY_ASSIGN(const auto ended, reviews_.FindRecord(project, RecordKindOf(kind), prefix + id));
    if (ended)
      return Fail(ErrorCode::kFailedPrecondition,
                  "due: this dataset was " + std::string(what) + " by " + ended->principal + " already");
  }
  ASSAY_ASSIGN(const Json json, Json::Parse(found->body));
  ASSAY_ASSIGN(const ProgramRecord record, ProgramRecordFromJson(json));
  const auto* due = std::get_if<DatasetDue>(&record.body);
  if (due == nullptr) return Fail(ErrorCode::kDataLoss, "record \"" + id + "\" is none of a dataset that is due");
  return *due;
}

Status ReviewProgram::Complete(const std::string& project, Time now, DatasetReleased& released) {
  ASSAY_ASSIGN(const DatasetDue due, FindOpenDue(project, released.due));
  const PeopleQualitySpec asked{.overlap = due.overlap, .agreement = due.agreement, .audits_passed = due.audits_passed};
  ASSAY_ASSIGN(const PeopleQuality found, ReadPeopleQuality(context_.store, project, due.queue, asked, now));
  if (const std::string lacks = WhatQualityLacks(found, asked, due.queue); !lacks.empty())
    return Fail(ErrorCode::kFailedPrecondition, "dataset \"" + due.dataset + "\" is not ready: " + lacks);
  released = {.due = released.due,
              .overlap = static_cast<std::int64_t>(found.agreement.cases),
              .agreement = found.agreement.value,
              .agreement_lower = found.agreement.lower,
              .audits = static_cast<std::int64_t>(found.audits_passed.cases),
              .audits_passed = found.audits_passed.value,
              .audits_passed_lower = found.audits_passed.lower};
  return {};
}

Status ReviewProgram::Complete(const std::string& project, Time, DatasetDescoped& descoped) {
  ASSAY_ASSIGN(const DatasetDue due, FindOpenDue(project, descoped.due));
  if (descoped.approval.empty())
    return Fail(ErrorCode::kFailedPrecondition,
                "dataset_descoped.approval: needs an approved change of kind threshold whose diff is exactly " +
                    DescopingOf(due));
  return CheckApproved(reviews_, project, descoped.approval, ReviewChange::kThreshold, DescopingOf(due));
}

// Covered is what the suite asked of that model before, whatever it asks by now.
Status ReviewProgram::Complete(const std::string& project, Time, ProductionIssue& issue) {
  issue.was_covered = false;
  issue.why = "no case shows it";
  if (issue.case_id.empty()) return {};
  ASSAY_ASSIGN(const auto run, RunBefore(context_.store, project, issue));
  if (!run) {
    issue.why = "suite \"" + issue.suite + "\" had no complete run on " + issue.model + " before";
    return {};
  }
  ASSAY_ASSIGN(const auto found, context_.store.FindCase(run->snapshot, issue.case_id));
  issue.was_covered = found.has_value();
  issue.why = found ? "" : "case \"" + issue.case_id + "\" was not in the run before it, " + run->id;
  return {};
}

asio::awaitable<Result<std::vector<ProgramRecord>>> ReviewProgram::ListProgramRecords(
    const Caller& caller, std::optional<ProgramRecordKind> kind, int limit) {
  ASSAY_CO_ASSIGN(const Reviewer viewer, WhoKeeps(caller));
  auto work = [this, &viewer, kind, limit, project = caller.project]() -> Result<std::vector<ProgramRecord>> {
    ASSAY_ASSIGN(std::vector<ProgramRecord> records, ReadProgram(reviews_, project, kind));
    std::ranges::stable_sort(records, std::ranges::greater(), &ProgramRecord::at);
    if (std::ssize(records) > limit) records.resize(static_cast<std::size_t>(limit));
    for (ProgramRecord& record : records) {
      if (!SeesNamesOfProgram(viewer) && record.by != viewer.id) record.by.clear();
    }
    return records;
  };
  co_return co_await RunBlocking(context_.reading, std::move(work));
}

asio::awaitable<Result<ProgramReport>> ReviewProgram::GetProgramReport(const Caller& caller, std::optional<Time> from,
                                                                       std::optional<Time> to) {
  ASSAY_CO_TRY(WhoKeeps(caller));
  const Time until = to.value_or(context_.clock.Now() + Duration(1));  // with what is kept at this moment
  const KpiWindow window{.from = from.value_or(until - kProgramWindow), .to = until};
  if (window.from >= window.to) co_return Fail(ErrorCode::kInvalidArgument, "from: is not before `to`");
  auto work = [this, window, project = caller.project]() -> Result<ProgramReport> {
    ASSAY_ASSIGN(ProgramReport report, MeasureProgram(context_.store, project, window));
    ASSAY_ASSIGN(report.journeys, JourneysCovered(context_.store, context_.catalog.current()->catalog, project));
    return report;
  };
  co_return co_await RunBlocking(context_.reading, std::move(work));
}

}  // namespace assay
