#include "daemon/reviews/exported_quality.h"

#include "core/random.h"
#include "daemon/kept_rubrics.h"

namespace assay {
namespace {

std::string NameOf(const std::string& rubric, int major) { return rubric + "@" + std::to_string(major); }

}  // namespace

ExportedQuality::Labels& ExportedQuality::LabelsUnder(const ExchangeRecord& record) {
  const std::tuple key(record.item.queue, record.item.rubric, record.rubric_version.major);
  const auto [found, is_new] = labels_.try_emplace(key);
  if (!is_new) return found->second;
  auto rubric = ReadKeptRubric(reviews_, project_, record.item.rubric, record.rubric_version);
  if (rubric) found->second.rubric = *std::move(rubric);
  return found->second;
}

void ExportedQuality::Add(const ExchangeRecord& record) {
  policies_.insert(record.redacted_by.begin(), record.redacted_by.end());
  Labels& labels = LabelsUnder(record);
  for (const ReviewAudit& audit : record.audits) {
    ++labels.audits;
    labels.passed += audit.passes ? 1 : 0;
  }
  if (!labels.rubric || rated_ >= kMostRated) return;
  const ItemState state{.item = record.item, .epoch = record.epoch, .judgements = record.judgements};
  std::vector<Opinion> opinions;
  for (const Judgement* label : IndependentLabels(state))
    opinions.push_back(WithPlaces(label->content.opinion, record.item.subject));
  if (opinions.empty()) return;
  ++rated_;
  labels.rated.push_back(std::move(opinions));
}

std::vector<LabelQuality> ExportedQuality::Quality() const {
  std::vector<LabelQuality> quality;
  for (const auto& [key, labels] : labels_) {
    const auto& [queue, rubric, major] = key;
    std::vector<CriterionAgreement> agreements;
    if (labels.rubric) agreements = AgreementOf(labels.rated, *labels.rubric, SeedFrom(queue + "|" + rubric));
    for (LabelQuality& each : LabelQualityOf(agreements, {.audits_passed = ShareOf(labels.passed, labels.audits)})) {
      // Known answers do not leave with what is settled.
      if (each.measure == "gold_hits") continue;
      each.queue = queue;
      each.rubric = NameOf(rubric, major);
      quality.push_back(std::move(each));
    }
  }
  return quality;
}

std::string ExportedQuality::RedactionPolicy() const {
  return fields::Join({policies_.begin(), policies_.end()}, ", ");
}

}  // namespace assay
