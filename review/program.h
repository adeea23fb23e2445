#pragma once
// What evaluation as a whole achieves beside its queues, from records that people keep of it (docs/review.md has the
// definitions). Pure functions, thread-safe; time is an argument.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "config/suite.h"
#include "review/kpis.h"
#include "review/people.h"

namespace assay {

// Labels of a queue that are to be there, with their quality, at a time.
struct DatasetDue {
  std::string dataset = {};
  std::string queue = {};
  Time due_at{};
  std::int64_t overlap = 0;                  // items that several people judged apart, at least
  std::optional<double> agreement = {};      // Gwet's AC1 of these, its lower bound at least
  std::optional<double> audits_passed = {};  // likewise of audits
  friend bool operator==(const DatasetDue&, const DatasetDue&) = default;
};

// With the quality that it was found to have.
struct DatasetReleased {
  std::string due = {};  // id of a DatasetDue
  std::int64_t overlap = 0;
  std::optional<double> agreement = {};
  std::optional<double> agreement_lower = {};
  std::int64_t audits = 0;
  std::optional<double> audits_passed = {};
  std::optional<double> audits_passed_lower = {};
  friend bool operator==(const DatasetReleased&, const DatasetReleased&) = default;
};

struct DatasetDescoped {
  std::string due = {};
  std::string approval = {};
  friend bool operator==(const DatasetDescoped&, const DatasetDescoped&) = default;
};

// A defect that was seen in production.
struct ProductionIssue {
  std::string reference = {};
  std::string title = {};
  Time occurred_at{};
  std::optional<int> severity = {};
  std::string suite = {};
  std::string model = {};    // "M@V"
  std::string case_id = {};  // that shows it; "" none does
  bool was_covered = false;  // before that time
  std::string why = {};      // it was not
  friend bool operator==(const ProductionIssue&, const ProductionIssue&) = default;
};

struct StakeholderRating {
  static constexpr int kBest = 5;
  int score = 0;  // from 1
  ReviewRole role = ReviewRole::kManager;
  std::string note = {};
  friend bool operator==(const StakeholderRating&, const StakeholderRating&) = default;
};

struct Improvement {
  std::string title = {};
  std::string note = {};
  friend bool operator==(const Improvement&, const Improvement&) = default;
};

// In the order of ProgramRecordKind.
using ProgramBody =
    std::variant<DatasetDue, DatasetReleased, DatasetDescoped, ProductionIssue, StakeholderRating, Improvement>;
enum class ProgramRecordKind {
  kDatasetDue,
  kDatasetReleased,
  kDatasetDescoped,
  kProductionIssue,
  kStakeholderRating,
  kImprovement
};
template <>
struct EnumWords<ProgramRecordKind> {
  static constexpr EnumWord<ProgramRecordKind> kWords[] = {
      {"dataset_due", ProgramRecordKind::kDatasetDue, "labels that are to be there at a time"},
      {"dataset_released", ProgramRecordKind::kDatasetReleased, "labels that are there, with their quality"},
      {"dataset_descoped", ProgramRecordKind::kDatasetDescoped, "labels that are not wanted any more"},
      {"production_issue", ProgramRecordKind::kProductionIssue, "a defect that was seen in production"},
      {"stakeholder_rating", ProgramRecordKind::kStakeholderRating, "how content somebody is who rests on it"},
      {"improvement", ProgramRecordKind::kImprovement, "what works better now"}};
};
inline ProgramRecordKind KindOf(const ProgramBody& body) { return static_cast<ProgramRecordKind>(body.index()); }

struct ProgramRecord {
  std::string id = {};
  Time at{};
  std::string by = {};
  ProgramBody body = {};
  friend bool operator==(const ProgramRecord&, const ProgramRecord&) = default;
};

// Whether that person may keep such a record, and whether what it says is whole. kPermissionDenied, kInvalidArgument.
Status CheckProgramRecord(const ProgramBody& body, const Reviewer& reviewer, Time now);
// Whether names of others are shown to them.
bool SeesNamesOfProgram(const Reviewer& reviewer);
// What has to be approved before that dataset is descoped.
std::string DescopingOf(const DatasetDue& due);

Json ToJson(const ProgramRecord& record);
Result<ProgramRecord> ProgramRecordFromJson(const Json& json);  // kInvalidArgument names the member that is wrong

// The first FAIL of a candidate by any gate.
struct FoundRegression {
  std::string model = {};
  std::string version = {};
  std::string gate = {};
  Time registered_at{};
  Time failed_at{};
  Duration Lead() const { return failed_at - registered_at; }
};

enum class DatasetState { kReady, kLate, kOpen, kOverdue, kDescoped };
template <>
struct EnumWords<DatasetState> {
  static constexpr EnumWord<DatasetState> kWords[] = {{"ready", DatasetState::kReady, "released by then"},
                                                      {"late", DatasetState::kLate, "released after that"},
                                                      {"open", DatasetState::kOpen, "not due yet"},
                                                      {"overdue", DatasetState::kOverdue, "due and not released"},
                                                      {"descoped", DatasetState::kDescoped, "not wanted any more"}};
};
struct DatasetStatus {
  std::string due = {};  // id of its record
  DatasetDue asked = {};
  std::optional<Time> released_at = {};
  DatasetState state = DatasetState::kOpen;
};

// Critical journeys that a suite declares, of which its newest complete run has cases. A count, not a sample.
struct JourneyCoverage {
  std::string suite = {};
  std::string run = {};  // "": there is none, and nothing is covered
  ReviewShare critical = {};
  ReviewShare high_risk = {};
  std::vector<std::string> uncovered = {};
};

struct ProgramReport {
  KpiWindow window = {};
  std::vector<FoundRegression> regressions = {};  // as given
  std::optional<double> lead_seconds_p50 = {};    // the value of rank ceil(p n)
  std::optional<double> lead_seconds_p90 = {};
  ReviewShare datasets_ready = {};  // of those due in the window, without those that were descoped
  std::int64_t datasets_descoped = 0;
  std::vector<DatasetStatus> datasets = {};  // due in the window or open, by when they are due
  ReviewShare defects_leaked = {};           // of issues that occurred in the window, those that no case had covered
  // The newest rating of each person in the window: who rates often has one voice.
  std::int64_t ratings = 0;
  std::optional<double> satisfaction = {};
  struct OfRole {
    std::int64_t ratings = 0;
    double sum = 0;
  };
  std::map<ReviewRole, OfRole> by_role = {};
  std::int64_t improvements = 0;
  std::vector<JourneyCoverage> journeys = {};  // as it is now
};
// `there` are the values of the slice that cases have. The suite declares journeys.
JourneyCoverage JourneysIn(const SuiteSpec& suite, std::string run, const std::set<std::string>& there);

// Of records until the window's end. O(n log n).
ProgramReport ProgramReportOf(std::span<const ProgramRecord> records, std::vector<FoundRegression> regressions,
                              const KpiWindow& window);

}  // namespace assay
