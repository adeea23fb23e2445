#pragma once
// What audits of a queue found in a time, as one document: how the sample was drawn, what passed, why the rest did not,
// and what was done about it. Pure; not thread-safe.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "review/calibration.h"
#include "review/clarifications.h"
#include "review/guideline_changes.h"
#include "review/kpis.h"

namespace assay {

// An audit, the decision that it is of, and what became of that afterwards.
struct AuditFinding {
  std::string item = {};
  std::string suite = {};
  std::string case_id = {};
  std::string decision = {};
  DecisionMethod method = DecisionMethod::kSingle;
  std::vector<std::string> people = {};  // whose judgements it is about
  ReviewAudit audit = {};                // without words where these are withheld
  struct Followed {
    std::string decision = {};  // the first one after it; "" none yet
    Time at{};
    bool has_changed = false;          // says something else
    std::optional<bool> passes = {};   // the audit of it; absent: none yet
    std::vector<std::string> by = {};  // whose judgements it rests on
  };
  Followed followed = {};                  // of an audit that failed
  ReviewState state = ReviewState::kDone;  // of the item when the report was made
};

struct AuditReport {
  static constexpr std::string_view kSchema = "assay.audit_report/1";
  static constexpr std::size_t kMostFindings = 5000;  // that failed, and as many that passed, the newest

  std::string project = {};
  std::string queue = {};
  KpiWindow window = {};
  AuditSpec policy = {};  // as it is in service
  std::string seed = {};  // by which the secret of the draws is known: the same seed draws the same
  // Decisions of the window, by the probability with which they were drawn.
  struct Sample {
    std::int64_t decisions = 0;
    std::int64_t drawn = 0;
    std::int64_t audited = 0;
    std::int64_t waiting = 0;  // drawn, and not audited yet
  };
  std::map<double, Sample> sample = {};
  std::int64_t ordered = 0;   // audits of the window that were ordered, whatever the draw said
  std::int64_t withheld = 0;  // items that who asks may still be asked to judge: nothing here is of them
  ReviewShare passed = {};    // of the audits of the window
  std::optional<double> decisions_right = {};            // as ReviewKpis
  std::map<std::string, std::int64_t> defects = {};      // of those that failed, by class
  std::map<int, std::int64_t> severities = {};           // likewise, where it was said
  std::map<ReviewCause, std::int64_t> adjudicated = {};  // of the window, by why people had differed
  std::map<ReviewCause, std::int64_t> reopened = {};
  std::map<std::string, ReviewShare> people = {};  // passed, of decisions on their judgements
  std::vector<AuditFinding> failed = {};           // newest first
  std::vector<AuditFinding> right = {};            // likewise
  std::int64_t left_out = 0;                       // findings beyond the bound
  // What was done about the queue since the window began.
  std::vector<CalibrationSession> calibrations = {};
  std::vector<RubricStep> rubric_versions = {};
  std::vector<Clarification> clarifications = {};
  bool with_names = false;
  Time made_at{};
};

class AuditReportMaker {
 public:
  AuditReportMaker(KpiWindow window, QueueSpec queue) : queue_(std::move(queue)) { report_.window = window; }

  // An item with all of its facts, as it is now. Without `shows_words` nothing is kept of what auditors wrote of it.
  // Gold, calibration and items of elsewhere are left out.
  void Add(const ItemState& state, std::span<const ReviewFact> facts, bool shows_words, Time now);
  void AddWithheld() { ++report_.withheld; }
  AuditReport Take();

 private:
  void AddDecisions(const ItemState& state, std::span<const ReviewFact> facts);
  void AddAudit(const ItemState& state, const ReviewAudit& audit, bool shows_words, Time now);
  bool IsIn(Time at) const { return at >= report_.window.from && at < report_.window.to; }

  struct PersonAudits {
    std::int64_t passed = 0;
    std::int64_t of = 0;
  };
  const QueueSpec queue_;
  AuditReport report_;
  std::map<std::string, PersonAudits> people_;
  std::int64_t passed_ = 0;
  std::int64_t audited_ = 0;
  double weight_ = 0;
  double passed_weight_ = 0;
};

// `name` gives the name of a person as it may be shown.
Json ToJson(const AuditReport& report, const std::function<std::string(const std::string&)>& name);
// For people. Text of others is escaped.
std::string MarkdownOf(const AuditReport& report, const std::function<std::string(const std::string&)>& name);

}  // namespace assay
