#include "review/program.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "review/fact_planner.h"
#include "review/struct_json.h"

namespace assay {

template <class V>
void Visit(V& v, auto& f, std::type_identity<DatasetDue>) {
  v("dataset", f.dataset), v("queue", f.queue), v("due_at", f.due_at), v("overlap", f.overlap);
  v("agreement", f.agreement), v("audits_passed", f.audits_passed);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<DatasetReleased>) {
  v("due", f.due), v("overlap", f.overlap), v("agreement", f.agreement), v("agreement_lower", f.agreement_lower);
  v("audits", f.audits), v("audits_passed", f.audits_passed), v("audits_passed_lower", f.audits_passed_lower);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<DatasetDescoped>) {
  v("due", f.due), v("approval", f.approval);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ProductionIssue>) {
  v("reference", f.reference), v("title", f.title), v("occurred_at", f.occurred_at), v("severity", f.severity);
  v("suite", f.suite), v("model", f.model), v("case_id", f.case_id), v("was_covered", f.was_covered), v("why", f.why);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<StakeholderRating>) {
  v("score", f.score), v("role", f.role), v("note", f.note);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<Improvement>) {
  v("title", f.title), v("note", f.note);
}

namespace {

// Who answers for data and work, and who rests on them.
constexpr EnumSet<ReviewRole> kKeepers = {ReviewRole::kLead, ReviewRole::kSuiteOwner, ReviewRole::kManager};
constexpr EnumSet<ReviewRole> kStakeholders = {ReviewRole::kTrustSafety, ReviewRole::kPrivacy,
                                               ReviewRole::kMlLead,      ReviewRole::kSuiteOwner,
                                               ReviewRole::kManager,     ReviewRole::kReleaseOwner};
constexpr EnumSet<ReviewRole> kReporters = {ReviewRole::kLead,        ReviewRole::kTrustSafety, ReviewRole::kPrivacy,
                                            ReviewRole::kMlLead,      ReviewRole::kSuiteOwner,  ReviewRole::kManager,
                                            ReviewRole::kReleaseOwner};

std::string RolesInWords(const EnumSet<ReviewRole>& roles) {
  std::vector<std::string> words;
  for (const auto& word : EnumWords<ReviewRole>::kWords) {
    if (roles.Has(word.value)) words.emplace_back(word.word);
  }
  return fields::Join(words, ", ");
}

Status RequireOneOf(const Reviewer& reviewer, const EnumSet<ReviewRole>& roles, const char* what) {
  if (reviewer.roles.Shares(roles)) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "\"" + reviewer.id + "\" may not " + what + ": it needs one of the roles " + RolesInWords(roles));
}

Status CheckNameOf(const char* what, const std::string& name, bool is_needed = true) {
  if (is_needed && name.empty()) return Fail(ErrorCode::kInvalidArgument, std::string(what) + ": is required");
  if (name.size() <= ReviewBounds::kName) return {};
  return Fail(ErrorCode::kInvalidArgument, std::string(what) + ": has at most 128 bytes");
}

Status CheckTitle(const char* what, const std::string& title) {
  if (title.empty()) return Fail(ErrorCode::kInvalidArgument, std::string(what) + ": is required");
  return CheckNote(what, title, false);
}

Status CheckShare(const char* what, const std::optional<double>& share) {
  if (!share || (*share >= 0 && *share <= 1)) return {};
  return Fail(ErrorCode::kInvalidArgument, std::string(what) + ": is a number from 0 to 1");
}

class ProgramChecker {
 public:
  ProgramChecker(const Reviewer& reviewer, Time now) : reviewer_(reviewer), now_(now) {}

  Status operator()(const DatasetDue& due) const {
    ASSAY_TRY(RequireOneOf(reviewer_, kKeepers, "say when data is due"));
    ASSAY_TRY(CheckNameOf("dataset_due.dataset", due.dataset));
    ASSAY_TRY(CheckNameOf("dataset_due.queue", due.queue));
    ASSAY_TRY(CheckShare("dataset_due.agreement", due.agreement));
    ASSAY_TRY(CheckShare("dataset_due.audits_passed", due.audits_passed));
    if (due.overlap < 0) return Fail(ErrorCode::kInvalidArgument, "dataset_due.overlap: is not below 0");
    if (due.due_at <= now_)
      return Fail(ErrorCode::kInvalidArgument, "dataset_due.due_at: is past; a date is set before it comes");
    if (due.agreement || due.audits_passed || due.overlap > 0) return {};
    return Fail(ErrorCode::kInvalidArgument,
                "dataset_due: needs overlap, agreement or audits_passed: what is ready is so by its quality");
  }
  Status operator()(const DatasetReleased& released) const {
    ASSAY_TRY(RequireOneOf(reviewer_, kKeepers, "release data"));
    return CheckNameOf("dataset_released.due", released.due);
  }
  Status operator()(const DatasetDescoped& descoped) const {
    ASSAY_TRY(RequireOneOf(reviewer_, kKeepers, "descope data"));
    return CheckNameOf("dataset_descoped.due", descoped.due);
  }
  Status operator()(const ProductionIssue& issue) const {
    ASSAY_TRY(RequireOneOf(reviewer_, kReporters, "bring in issues of production"));
    ASSAY_TRY(CheckNameOf("production_issue.reference", issue.reference));
    ASSAY_TRY(CheckTitle("production_issue.title", issue.title));
    ASSAY_TRY(CheckNameOf("production_issue.suite", issue.suite, !issue.case_id.empty()));
    ASSAY_TRY(CheckNameOf("production_issue.model", issue.model, !issue.case_id.empty()));
    if (issue.case_id.size() > 2 * ReviewBounds::kName)
      return Fail(ErrorCode::kInvalidArgument, "production_issue.case_id: has at most 256 bytes");
    if (issue.severity && (*issue.severity < 1 || *issue.severity > 9))
      return Fail(ErrorCode::kInvalidArgument, "production_issue.severity: is 1, the gravest, to 9");
    if (issue.occurred_at <= now_) return {};
    return Fail(ErrorCode::kInvalidArgument, "production_issue.occurred_at: is still to come");
  }
  Status operator()(const StakeholderRating& rating) const {
    ASSAY_TRY(RequireOneOf(reviewer_, kStakeholders, "rate what they rest on"));
    if (!kStakeholders.Has(rating.role) || !reviewer_.roles.Has(rating.role))
      return Fail(ErrorCode::kInvalidArgument,
                  "stakeholder_rating.role: is one of your roles among " + RolesInWords(kStakeholders));
    if (rating.score < 1 || rating.score > StakeholderRating::kBest)
      return Fail(ErrorCode::kInvalidArgument, "stakeholder_rating.score: is 1 to 5, the best");
    return CheckNote("stakeholder_rating.note", rating.note, false);
  }
  Status operator()(const Improvement& improvement) const {
    ASSAY_TRY(RequireOneOf(reviewer_, kKeepers, "say what was improved"));
    ASSAY_TRY(CheckTitle("improvement.title", improvement.title));
    return CheckNote("improvement.note", improvement.note, false);
  }

 private:
  const Reviewer& reviewer_;
  const Time now_;
};

bool IsWithin(const KpiWindow& window, Time at) { return at >= window.from && at < window.to; }

std::optional<double> LeadOfRank(std::vector<double> seconds, double p) {
  if (seconds.empty()) return std::nullopt;
  std::ranges::sort(seconds);
  const auto rank = static_cast<std::size_t>(std::ceil(p * static_cast<double>(seconds.size())));
  return seconds[std::max<std::size_t>(rank, 1) - 1];
}

class ProgramCount {
 public:
  explicit ProgramCount(const KpiWindow& window) : window_(window) {}

  void Add(const ProgramRecord& record) {
    if (record.at >= window_.to) return;
    std::visit([&](const auto& body) { Add(record, body); }, record.body);
  }

  ProgramReport Take(std::vector<FoundRegression> regressions) {
    report_.window = window_;
    AddDatasets();
    report_.datasets_ready = ShareOf(ready_, due_);
    report_.defects_leaked = ShareOf(leaked_, issues_);
    AddRatings();
    std::vector<double> leads;
    for (const FoundRegression& found : regressions)
      leads.push_back(std::chrono::duration<double>(found.Lead()).count());
    report_.lead_seconds_p50 = LeadOfRank(leads, 0.5);
    report_.lead_seconds_p90 = LeadOfRank(std::move(leads), 0.9);
    report_.regressions = std::move(regressions);
    return std::move(report_);
  }

 private:
  void Add(const ProgramRecord& record, const DatasetDue& due) { asked_.emplace(record.id, due); }
  void Add(const ProgramRecord& record, const DatasetReleased& released) { released_[released.due] = record.at; }
  void Add(const ProgramRecord&, const DatasetDescoped& descoped) { descoped_.insert(descoped.due); }
  void Add(const ProgramRecord&, const ProductionIssue& issue) {
    if (!IsWithin(window_, issue.occurred_at)) return;
    ++issues_;
    leaked_ += issue.was_covered ? 0 : 1;
  }
  void Add(const ProgramRecord& record, const StakeholderRating& rating) {
    if (!IsWithin(window_, record.at)) return;
    auto& [at, newest] = newest_[record.by];
    if (record.at < at) return;
    at = record.at;
    newest = rating;
  }
  void Add(const ProgramRecord& record, const Improvement&) {
    report_.improvements += IsWithin(window_, record.at) ? 1 : 0;
  }

  DatasetStatus StatusOf(const std::string& id, const DatasetDue& asked) const {
    DatasetStatus status{.due = id, .asked = asked};
    const auto released = released_.find(id);
    if (released != released_.end()) {
      status.released_at = released->second;
      status.state = released->second <= asked.due_at ? DatasetState::kReady : DatasetState::kLate;
    } else if (descoped_.contains(id)) {
      status.state = DatasetState::kDescoped;
    } else {
      status.state = asked.due_at < window_.to ? DatasetState::kOverdue : DatasetState::kOpen;
    }
    return status;
  }

  void AddDatasets() {
    for (const auto& [id, asked] : asked_) {
      const bool is_due = IsWithin(window_, asked.due_at);
      if (!is_due && asked.due_at < window_.to) continue;
      DatasetStatus status = StatusOf(id, asked);
      if (is_due && status.state == DatasetState::kDescoped) {
        ++report_.datasets_descoped;
      } else if (is_due) {
        ++due_;
        ready_ += status.state == DatasetState::kReady ? 1 : 0;
      }
      report_.datasets.push_back(std::move(status));
    }
    std::ranges::stable_sort(report_.datasets, {}, [](const DatasetStatus& each) { return each.asked.due_at; });
  }

  void AddRatings() {
    double sum = 0;
    for (const auto& [person, rated] : newest_) {
      const StakeholderRating& rating = rated.second;
      ++report_.ratings;
      sum += rating.score;
      ProgramReport::OfRole& of_role = report_.by_role[rating.role];
      ++of_role.ratings;
      of_role.sum += rating.score;
    }
    if (report_.ratings > 0) report_.satisfaction = sum / static_cast<double>(report_.ratings);
  }

  const KpiWindow window_;
  ProgramReport report_ = {};
  std::map<std::string, DatasetDue> asked_;
  std::map<std::string, Time> released_;
  std::set<std::string> descoped_;
  std::map<std::string, std::pair<Time, StakeholderRating>> newest_;  // by person
  std::int64_t due_ = 0;
  std::int64_t ready_ = 0;
  std::int64_t issues_ = 0;
  std::int64_t leaked_ = 0;
};

}  // namespace

Status CheckProgramRecord(const ProgramBody& body, const Reviewer& reviewer, Time now) {
  return std::visit(ProgramChecker(reviewer, now), body);
}

bool SeesNamesOfProgram(const Reviewer& reviewer) {
  return reviewer.roles.Has(ReviewRole::kLead) || reviewer.roles.Has(ReviewRole::kManager);
}

std::string DescopingOf(const DatasetDue& due) {
  return "descope dataset \"" + due.dataset + "\" of queue \"" + due.queue + "\", due " + FormatTime(due.due_at);
}

Json ToJson(const ProgramRecord& record) {
  StructWriter writer;
  writer("id", record.id), writer("at", record.at), writer("by", record.by);
  writer("kind", KindOf(record.body));
  Json json = writer.Take();
  json.Set("body", std::visit([](const auto& body) { return WriteStruct(body); }, record.body));
  return json;
}

Result<ProgramRecord> ProgramRecordFromJson(const Json& json) {
  ProgramRecord record;
  const MemberPlace whole;
  StructReader reader(json, whole);
  ProgramRecordKind kind = ProgramRecordKind::kImprovement;
  Json body;
  if (reader.fault().empty()) {
    reader("id", record.id), reader("at", record.at), reader("by", record.by), reader("kind", kind);
    reader("body", body);
    reader.RefuseUnknownMembers();
  }
  if (reader.fault().empty())
    reader.ReadAlternative(body, {&whole, "body"}, static_cast<std::ptrdiff_t>(kind), record.body);
  if (!reader.fault().empty()) return Fail(ErrorCode::kInvalidArgument, reader.fault());
  return record;
}

JourneyCoverage JourneysIn(const SuiteSpec& suite, std::string run, const std::set<std::string>& there) {
  JourneyCoverage coverage{.suite = suite.name, .run = std::move(run)};
  std::int64_t all = 0;
  std::int64_t high_risk = 0;
  for (const std::string& journey : suite.journeys->critical) {
    const bool is_covered = there.contains(journey);
    all += is_covered ? 1 : 0;
    high_risk += is_covered && suite.journeys->IsHighRisk(journey) ? 1 : 0;
    if (!is_covered) coverage.uncovered.push_back(journey);
  }
  // Journeys are not a sample of any: their share has no bounds.
  const auto share = [](std::int64_t count, std::int64_t of) {
    ReviewShare counted{.count = count, .of = of};
    if (of > 0) counted.share = static_cast<double>(count) / static_cast<double>(of);
    return counted;
  };
  coverage.critical = share(all, std::ssize(suite.journeys->critical));
  coverage.high_risk = share(high_risk, std::ssize(suite.journeys->high_risk));
  return coverage;
}

ProgramReport ProgramReportOf(std::span<const ProgramRecord> records, std::vector<FoundRegression> regressions,
                              const KpiWindow& window) {
  ProgramCount count(window);
  for (const ProgramRecord& record : records) count.Add(record);
  return count.Take(std::move(regressions));
}

}  // namespace assay
