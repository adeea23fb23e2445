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
  std::mutex mutex;                                    // guards what is below
  std::map<std::string, std::set<std::string>> shown;  // states that a queue has had
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

void ReviewTelemetry::SetClarificationDays(const std::string& rubric, const std::string& measure,
                                           std::optional<double> days) {
  SetReviewGauge(families_->clarification_days, {{"rubric", rubric}, {"measure", measure}}, days);
}

}  // namespace assay
