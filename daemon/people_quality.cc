#include "daemon/people_quality.h"

#include <vector>

#include "daemon/human_evidence.h"
#include "gates/rules/decision.h"
#include "gates/stats/proportion.h"
#include "review/agreement.h"
#include "review/item_state.h"

namespace assay {
namespace {

class QualityReader {
 public:
  QualityReader(Store& store, Time from, Time as_of) : scorer_(store), from_(from), as_of_(as_of) {}

  Status Add(const StoredReviewItem& stored) {
    if (!stored.readable) return {};
    ASSAY_ASSIGN(const auto state, StateUntil(stored.facts, as_of_));
    // Nobody here can tell how an archive came about.
    if (!state || state->imported_as || state->item.purpose != ItemPurpose::kLabel || state->last_at < from_) return {};
    if (++items_ > kMostItemsOfQuality) {
      return Fail(ErrorCode::kResourceExhausted, "quality is measured on at most " +
                                                     std::to_string(kMostItemsOfQuality) +
                                                     " items; give it a shorter time (over)");
    }
    for (const ReviewAudit& audit : state->audits) {
      if (audit.at < from_) continue;
      ++audits_;
      audits_passed_ += audit.passes ? 1 : 0;
    }
    return AddLabels(*state);
  }

  PeopleQuality Quality(const PeopleQualitySpec& spec) const {
    const AgreementStatistic statistic = spec.statistic;
    PeopleQuality quality{.statistic = statistic};
    if (spec.severe_agreement) quality.severe_agreement = SevereAgreement();
    quality.agreement.confidence = quality.audits_passed.confidence = kQualityConfidence;
    quality.agreement.method = "gaffke";
    if (const auto agreement = BoundPeopleAgreement(statistic, rated_, kQualityConfidence)) {
      quality.agreement.value = agreement->value;
      quality.agreement.lower = agreement->bounds.lower;
      quality.agreement.upper = agreement->bounds.upper;
      quality.agreement.cases = agreement->cases;
    }
    quality.audits_passed.method = "clopper_pearson";
    quality.audits_passed.cases = audits_;
    if (audits_ == 0) return quality;
    quality.audits_passed.value = static_cast<double>(audits_passed_) / static_cast<double>(audits_);
    quality.audits_passed.lower = ClopperPearsonLower(audits_passed_, audits_, kQualityConfidence);
    quality.audits_passed.upper = ClopperPearsonUpper(audits_passed_, audits_, kQualityConfidence);
    return quality;
  }

 private:
  // Of pairs of which one judgement says so, the share in which both do: over all items nearly every pair would agree
  // that there is nothing grave.
  Estimate SevereAgreement() const {
    Estimate estimate;
    estimate.confidence = kQualityConfidence;
    estimate.method = "gaffke";
    if (const auto agreement = BoundPeopleAgreement(AgreementStatistic::kRaw, grave_, kQualityConfidence)) {
      estimate.value = agreement->value;
      estimate.lower = agreement->bounds.lower;
      estimate.upper = agreement->bounds.upper;
      estimate.cases = agreement->cases;
    }
    return estimate;
  }
  void AddSeverities(const ItemState& state) {
    RatedCase rated;
    for (const Judgement* label : IndependentLabels(state)) {
      if (label->at < from_ || !label->imported_by.empty()) return;
      ++(IsOfHighSeverity(label->content.opinion) ? rated.fails : rated.passes);
    }
    if (rated.fails > 0 && rated.passes + rated.fails > 1) grave_.push_back(rated);
  }
  Status AddLabels(const ItemState& state) {
    AddSeverities(state);
    RatedCase rated;
    for (const Judgement* label : IndependentLabels(state)) {
      if (label->at < from_ || !label->imported_by.empty()) return {};
      ASSAY_ASSIGN(const HumanScore score, scorer_.Score(state, state.rubric_version, label->content.opinion));
      if (!score.pass) return {};
      ++(*score.pass ? rated.passes : rated.fails);
    }
    if (rated.passes + rated.fails > 1) rated_.push_back(rated);
    return {};
  }

  OpinionScorer scorer_;
  const Time from_;
  const Time as_of_;
  std::int64_t items_ = 0;
  std::int64_t audits_ = 0;
  std::int64_t audits_passed_ = 0;
  std::vector<RatedCase> rated_;
  std::vector<RatedCase> grave_;  // of which somebody said so
};

}  // namespace

Result<PeopleQuality> ReadPeopleQuality(Store& store, const std::string& project, const std::string& queue,
                                        const PeopleQualitySpec& spec, Time as_of) {
  const Time from = as_of - spec.over;
  QualityReader reader(store, from, as_of);
  const ReviewFilter filter{
      .project = project, .queue = queue, .purpose = ItemPurpose::kLabel, .touched_from = from, .entered_until = as_of};
  ASSAY_TRY(ReviewStore(store).ReadItems(filter, [&](const StoredReviewItem& item) { return reader.Add(item); }));
  return reader.Quality(spec);
}

Result<PeopleQuality> PeopleQualities::Read(Store& store, const std::string& project, const std::string& queue,
                                            const PeopleQualitySpec& spec, Time as_of) {
  const auto key = std::tuple(project, queue, spec.over, spec.statistic, spec.severe_agreement.has_value(), as_of);
  if (const auto known = read_.find(key); known != read_.end()) return known->second;
  auto quality = ReadPeopleQuality(store, project, queue, spec, as_of);
  // A store that was out of reach may be there again.
  if (!quality && quality.error().code != ErrorCode::kResourceExhausted) return quality;
  return read_.emplace(key, std::move(quality)).first->second;
}

std::string WhatQualityLacks(const PeopleQuality& quality, const PeopleQualitySpec& spec, const std::string& queue) {
  const std::string of_queue = "queue \"" + queue + "\": ";
  const auto reaches = [](const Estimate& estimate, double least) {
    return estimate.lower && *estimate.lower >= least;
  };
  const auto shown = [](const std::optional<double>& value) { return value ? Shown(*value) : std::string("unknown"); };
  if (quality.agreement.cases < spec.overlap) {
    return of_queue + std::to_string(quality.agreement.cases) + " of at least " + std::to_string(spec.overlap) +
           " items were judged by several people apart (quality.overlap)";
  }
  if (spec.agreement && !reaches(quality.agreement, *spec.agreement)) {
    return of_queue + "people are not shown to agree: " + std::string(WordOf(spec.statistic)) + " " +
           shown(quality.agreement.value) + " on " + std::to_string(quality.agreement.cases) + " items, lower bound " +
           shown(quality.agreement.lower) + " < " + Shown(*spec.agreement) + " (quality.agreement)";
  }
  if (spec.audits_passed && !reaches(quality.audits_passed, *spec.audits_passed)) {
    return of_queue + "decisions are not shown to be right: " + shown(quality.audits_passed.value) + " of " +
           std::to_string(quality.audits_passed.cases) + " audits passed, lower bound " +
           shown(quality.audits_passed.lower) + " < " + Shown(*spec.audits_passed) + " (quality.audits_passed)";
  }
  if (!spec.severe_agreement) return "";
  const Estimate severe = quality.severe_agreement.value_or(Estimate{});
  if (severe.cases == 0) {
    return of_queue +
           "nothing of high severity was judged by several people apart, so that they are not shown to agree on it "
           "(quality.severe_agreement)";
  }
  if (!reaches(severe, *spec.severe_agreement)) {
    return of_queue + "people are not shown to agree on high severity: " + shown(severe.value) + " on " +
           std::to_string(severe.cases) + " items, lower bound " + shown(severe.lower) + " < " +
           Shown(*spec.severe_agreement) + " (quality.severe_agreement)";
  }
  return "";
}

}  // namespace assay
