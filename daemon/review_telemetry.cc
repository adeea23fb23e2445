#include "daemon/review_telemetry.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <mutex>
#include <set>

namespace assay {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

const prometheus::Histogram::BucketBoundaries kClaimBuckets = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 1};
const prometheus::Histogram::BucketBoundaries kEscalationBuckets = {60,    300,   900,   1800,   3600,
                                                                    14400, 43200, 86400, 172800, 604800};

Family<Counter>& ReviewCounters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
Family<Gauge>& ReviewGauges(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}
Family<Histogram>& ReviewHistograms(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

void SetReviewGauge(Family<Gauge>& family, const prometheus::Labels& labels, std::optional<double> value) {
  Gauge& gauge = family.Add(labels);
  if (value) {
    gauge.Set(*value);
  } else {
    family.Remove(&gauge);
  }
}

// From an hour to a month; the three days in between are what a release wants.
const prometheus::Histogram::BucketBoundaries kLeadBuckets = {3600,   14400,  43200,  86400,   172800,
                                                              259200, 432000, 604800, 1209600, 2592000};

void SetShareGauges(const ReviewTelemetry::ShareReading& reading, const prometheus::Labels& labels,
                    Family<Gauge>& share, Family<Gauge>& lower, Family<Gauge>& upper, Family<Gauge>& of) {
  SetReviewGauge(share, labels, reading.share);
  SetReviewGauge(lower, labels, reading.lower);
  SetReviewGauge(upper, labels, reading.upper);
  SetReviewGauge(of, labels, static_cast<double>(reading.of));
}

double InSeconds(std::chrono::microseconds duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

struct ReviewTelemetry::Families {
  explicit Families(prometheus::Registry& to) : registry(to) {}
  prometheus::Registry& registry;
  Family<Gauge>& items = ReviewGauges(registry, "assay_review_items", "Open items of a queue, by state.");
  Family<Gauge>& oldest =
      ReviewGauges(registry, "assay_review_oldest_item_seconds", "Age of the oldest open item of a queue.");
  Family<Gauge>& overdue = ReviewGauges(registry, "assay_review_overdue_items", "Open items past their time.");
  Family<Gauge>& overdue_rulings = ReviewGauges(registry, "assay_review_overdue_rulings",
                                                "Escalations and quarantines past the time to rule on them.");
  Family<Gauge>& severe = ReviewGauges(registry, "assay_review_severe_flags",
                                       "Open items that are flagged as harm of severity 1 and not ruled on.");
  Family<Gauge>& agreement =
      ReviewGauges(registry, "assay_review_agreement", "Agreement of people in the last 30 days, by criterion.");
  Family<Gauge>& trust = ReviewGauges(registry, "assay_review_grader_trust",
                                      "How far graders say what people say, of the last 30 days, by measure.");
  Family<Gauge>& clarification_days =
      ReviewGauges(registry, "assay_review_clarification_days",
                   "Business days from the first confusion to the version of a rubric that answers it.");
  Family<Gauge>& share = ReviewGauges(registry, "assay_review_share",
                                      "Shares of the last 30 days, by measure, like audits passed and severity 1.");
  Family<Gauge>& share_lower = ReviewGauges(registry, "assay_review_share_lower", "Their lower bound.");
  Family<Gauge>& share_upper = ReviewGauges(registry, "assay_review_share_upper", "Their upper bound.");
  Family<Gauge>& share_of = ReviewGauges(registry, "assay_review_share_of", "Of how many each of them is.");
  Family<Gauge>& lost = ReviewGauges(registry, "assay_review_lost",
                                     "Leases that ended without an answer and answers that came too late, of the last "
                                     "30 days.");
  Family<Gauge>& awaited =
      ReviewGauges(registry, "assay_review_gate_pending", "Answers of people that open checks of a gate wait for.");
  Family<Gauge>& program = ReviewGauges(registry, "assay_review_program_share",
                                        "Datasets ready in time, and defects of production that no case had covered, "
                                        "of the last 90 days.");
  Family<Gauge>& program_lower = ReviewGauges(registry, "assay_review_program_share_lower", "Their lower bound.");
  Family<Gauge>& program_upper = ReviewGauges(registry, "assay_review_program_share_upper", "Their upper bound.");
  Family<Gauge>& program_of = ReviewGauges(registry, "assay_review_program_share_of", "Of how many each of them is.");
  Family<Gauge>& satisfaction =
      ReviewGauges(registry, "assay_review_satisfaction", "Mean rating of those who rest on it, 1 to 5, of 90 days.");
  Family<Gauge>& journeys = ReviewGauges(registry, "assay_review_journeys_covered",
                                         "Share of the critical journeys of a suite that have cases, by risk.");
  Family<Gauge>& ratings = ReviewGauges(registry, "assay_review_satisfaction_ratings", "Of how many ratings it is.");
  Family<Gauge>& improvements =
      ReviewGauges(registry, "assay_review_improvements", "Improvements of the last 90 days.");
  Family<Histogram>& regression_seconds =
      ReviewHistograms(registry, "assay_review_regression_lead_seconds",
                       "From the registration of a candidate to the first FAIL that it got.");
  Family<Counter>& judgements = ReviewCounters(registry, "assay_review_judgements_total",
                                               "Judgements, by kind of item and what they were made as.");
  Family<Counter>& decisions = ReviewCounters(registry, "assay_review_decisions_total", "Decisions, by how they came.");
  Family<Counter>& audits = ReviewCounters(registry, "assay_review_audits_total", "Audits that passed and failed.");
  Family<Counter>& reworks = ReviewCounters(registry, "assay_review_rework_total", "Items sent back, by cause.");
  Family<Counter>& escalations = ReviewCounters(registry, "assay_review_escalations_total", "Escalations, by reason.");
  Family<Counter>& adjudications =
      ReviewCounters(registry, "assay_review_adjudications_total", "Adjudications, by why people differed.");
  Family<Counter>& gold =
      ReviewCounters(registry, "assay_review_gold_total", "Answers to items whose answer is known, right and wrong.");
  Family<Counter>& active =
      ReviewCounters(registry, "assay_review_active_seconds_total", "Time that people worked on judgements.");
  Family<Histogram>& escalation_seconds =
      ReviewHistograms(registry, "assay_review_escalation_seconds", "From an escalation to its ruling.");
  Histogram& claim_seconds =
      ReviewHistograms(registry, "assay_review_claim_seconds", "Time to find an item and to store its lease.")
          .Add({}, kClaimBuckets);
  std::mutex mutex;                                                 // guards what is below
  std::map<std::string, std::set<std::string>> shown;               // states that a queue has had
  std::map<std::string, std::map<std::string, std::int64_t>> open;  // answers that checks wait for, by gate and check
};

ReviewTelemetry::ReviewTelemetry(prometheus::Registry& registry) : families_(std::make_unique<Families>(registry)) {}
ReviewTelemetry::~ReviewTelemetry() = default;

void ReviewTelemetry::Count(ReviewCount what, const std::string& queue, std::string_view word) {
  const auto count = [&](Family<Counter>& family, const char* label) {
    family.Add({{"queue", queue}, {label, std::string(word)}}).Increment();
  };
  switch (what) {
    case ReviewCount::kDecision:
      return count(families_->decisions, "method");
    case ReviewCount::kAudit:
      return count(families_->audits, "result");
    case ReviewCount::kRework:
      return count(families_->reworks, "cause");
    case ReviewCount::kEscalation:
      return count(families_->escalations, "reason");
    case ReviewCount::kAdjudication:
      return count(families_->adjudications, "cause");
    case ReviewCount::kGold:
      return count(families_->gold, "result");
  }
}

void ReviewTelemetry::CountJudgement(const std::string& queue, std::string_view kind, std::string_view role) {
  families_->judgements.Add({{"queue", queue}, {"kind", std::string(kind)}, {"role", std::string(role)}}).Increment();
}

void ReviewTelemetry::CountActive(const std::string& queue, std::chrono::microseconds active) {
  if (active.count() > 0) families_->active.Add({{"queue", queue}}).Increment(InSeconds(active));
}

void ReviewTelemetry::ObserveClaim(std::chrono::microseconds took) {
  families_->claim_seconds.Observe(InSeconds(took));
}

void ReviewTelemetry::ObserveEscalation(const std::string& queue, std::chrono::microseconds took) {
  families_->escalation_seconds.Add({{"queue", queue}}, kEscalationBuckets).Observe(InSeconds(took));
}

void ReviewTelemetry::SetQueues(const std::map<std::string, QueueReading>& queues) {
  const std::lock_guard lock(families_->mutex);
  for (const auto& [queue, reading] : queues) {
    std::set<std::string>& states = families_->shown[queue];
    for (const auto& [state, items] : reading.items) states.insert(state);
  }
  for (const auto& [queue, states] : families_->shown) {
    const auto found = queues.find(queue);
    const QueueReading reading = found == queues.end() ? QueueReading{} : found->second;
    for (const std::string& state : states) {
      const auto items = reading.items.find(state);
      families_->items.Add({{"queue", queue}, {"state", state}})
          .Set(items == reading.items.end() ? 0.0 : static_cast<double>(items->second));
    }
    families_->oldest.Add({{"queue", queue}}).Set(reading.oldest_seconds);
    families_->overdue.Add({{"queue", queue}}).Set(static_cast<double>(reading.overdue));
    families_->overdue_rulings.Add({{"queue", queue}}).Set(static_cast<double>(reading.overdue_rulings));
    families_->severe.Add({{"queue", queue}}).Set(static_cast<double>(reading.severe_flags));
  }
}

void ReviewTelemetry::SetAgreement(const std::string& queue, const std::string& criterion, const std::string& measure,
                                   std::optional<double> value) {
  SetReviewGauge(families_->agreement, {{"queue", queue}, {"criterion", criterion}, {"measure", measure}}, value);
}

void ReviewTelemetry::SetGraderTrust(const std::string& queue, const std::string& grader, const std::string& measure,
                                     std::optional<double> value) {
  SetReviewGauge(families_->trust, {{"queue", queue}, {"grader", grader}, {"measure", measure}}, value);
}

void ReviewTelemetry::SetShare(const std::string& queue, const std::string& measure, const ShareReading& reading) {
  SetShareGauges(reading, {{"queue", queue}, {"measure", measure}}, families_->share, families_->share_lower,
                 families_->share_upper, families_->share_of);
}

void ReviewTelemetry::SetLost(const std::string& queue, const std::string& what, std::int64_t count) {
  families_->lost.Add({{"queue", queue}, {"what", what}}).Set(static_cast<double>(count));
}

void ReviewTelemetry::SetAwaited(const std::string& gate, const std::string& check, std::int64_t open) {
  const std::lock_guard lock(families_->mutex);
  std::map<std::string, std::int64_t>& checks = families_->open[gate];
  if (open > 0) {
    checks[check] = open;
  } else {
    checks.erase(check);
  }
  std::int64_t sum = 0;
  for (const auto& [id, count] : checks) sum += count;
  families_->awaited.Add({{"gate", gate}}).Set(static_cast<double>(sum));
}

void ReviewTelemetry::ObserveRegression(const std::string& gate, std::chrono::microseconds lead) {
  families_->regression_seconds.Add({{"gate", gate}}, kLeadBuckets).Observe(InSeconds(lead));
}

void ReviewTelemetry::SetProgramShare(const std::string& measure, const ShareReading& reading) {
  SetShareGauges(reading, {{"measure", measure}}, families_->program, families_->program_lower,
                 families_->program_upper, families_->program_of);
}

void ReviewTelemetry::SetProgram(std::optional<double> satisfaction, std::int64_t ratings, std::int64_t improvements) {
  SetReviewGauge(families_->satisfaction, {}, satisfaction);
  families_->ratings.Add({}).Set(static_cast<double>(ratings));
  families_->improvements.Add({}).Set(static_cast<double>(improvements));
}

void ReviewTelemetry::SetJourneys(const std::string& suite, const std::string& risk, std::optional<double> covered) {
  SetReviewGauge(families_->journeys, {{"suite", suite}, {"risk", risk}}, covered);
}

void ReviewTelemetry::SetClarificationDays(const std::string& rubric, const std::string& measure,
                                           std::optional<double> days) {
  SetReviewGauge(families_->clarification_days, {{"rubric", rubric}, {"measure", measure}}, days);
}

}  // namespace assay
