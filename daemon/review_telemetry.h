#pragma once
// The metrics of human review (deploy/README.md). Labels are queues and closed sets of words, never a person.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace prometheus {
class Registry;
}

namespace assay {

// What has happened; each has a word of its own: a role, a method, a cause, ...
enum class ReviewCount { kDecision, kAudit, kRework, kEscalation, kAdjudication, kGold };

// A queue as it stands.
struct QueueReading {
  std::map<std::string, std::int64_t> items = {};  // open ones, by state
  double oldest_seconds = 0;                       // of the open items; 0 without one
  std::int64_t overdue = 0;
  std::int64_t overdue_rulings = 0;
  std::int64_t severe_flags = 0;
};

// Thread-safe.
class ReviewTelemetry {
 public:
  explicit ReviewTelemetry(prometheus::Registry& registry);
  ~ReviewTelemetry();

  void Count(ReviewCount what, const std::string& queue, std::string_view word);
  // `kind` is that of the item.
  void CountJudgement(const std::string& queue, std::string_view kind, std::string_view role);
  void CountActive(const std::string& queue, std::chrono::microseconds active);
  void ObserveClaim(std::chrono::microseconds took);
  void ObserveEscalation(const std::string& queue, std::chrono::microseconds took);
  // Queues of former calls that are not among these are empty.
  void SetQueues(const std::map<std::string, QueueReading>& queues);
  // `measure` is alpha, ac1 or percent; absent removes it.
  void SetAgreement(const std::string& queue, const std::string& criterion, const std::string& measure,
                    std::optional<double> value);
  // `measure` is tpr, tnr or kappa; absent removes it.
  void SetGraderTrust(const std::string& queue, const std::string& grader, const std::string& measure,
                      std::optional<double> value);
  // Absent shares are not shown. `measure` is a word such as "audits_passed" or "severe".
  struct ShareReading {
    std::optional<double> share = {};
    std::optional<double> lower = {};
    std::optional<double> upper = {};
    std::int64_t of = 0;
  };
  void SetShare(const std::string& queue, const std::string& measure, const ShareReading& reading);
  // Of a queue in the time that is measured; `what` is leases_expired or too_late.
  void SetLost(const std::string& queue, const std::string& what, std::int64_t count);
  // Answers of people that an open check of the gate waits for; 0 when it waits for none any more.
  void SetAwaited(const std::string& gate, const std::string& check, std::int64_t open);
  // From the registration of a candidate to the first verdict FAIL that it got.
  void ObserveRegression(const std::string& gate, std::chrono::microseconds lead);
  // Beside the queues; `measure` is datasets_ready or defects_leaked.
  void SetProgramShare(const std::string& measure, const ShareReading& reading);
  void SetProgram(std::optional<double> satisfaction, std::int64_t ratings, std::int64_t improvements);
  // Critical journeys of a suite that have cases; `risk` is all or high. Absent shares are not shown.
  void SetJourneys(const std::string& suite, const std::string& risk, std::optional<double> covered);
  // In business days; `measure` is median, p90 or oldest_open; absent removes it.
  void SetClarificationDays(const std::string& rubric, const std::string& measure, std::optional<double> days);

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace assay
