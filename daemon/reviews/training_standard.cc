#include "daemon/reviews/training_standard.h"

#include <algorithm>
#include <map>

#include "core/digest.h"
#include "daemon/people_quality.h"
#include "daemon/reviews/governance_records.h"

namespace assay {
namespace {

bool MayHave(const std::vector<std::string>& selected, const std::string& name) {
  return selected.empty() || std::ranges::find(selected, name) != selected.end();
}

Json Term(const std::optional<double>& least) { return least ? Json(*least) : Json(); }

// Which terms of a queue are not met: stays the same while people go on labelling.
Json TermsOf(const std::string& queue, const PeopleQualitySpec& spec) {
  return Json::Of({{"queue", queue},
                   {"overlap", spec.overlap},
                   {"agreement", Term(spec.agreement)},
                   {"statistic", WordOf(spec.statistic)},
                   {"audits_passed", Term(spec.audits_passed)},
                   {"severe_agreement", Term(spec.severe_agreement)}});
}

struct Lacking {
  std::map<std::string, Json> terms = {};  // by their text, so that two metrics that ask the same are one
  std::string why = {};                    // of the first
};

Result<Lacking> WhatIsLacking(Store& store, const Catalog& catalog, const std::string& project,
                              const ExportSelection& selection, Time now) {
  Lacking lacking;
  PeopleQualities qualities;
  for (const CatalogDocument& document : catalog.documents) {
    const SuiteSpec* suite = document.suite();
    if (suite == nullptr) continue;
    for (const MetricSpec& metric : suite->metrics) {
      if (!metric.queue || !metric.quality || !MayHave(selection.queues, *metric.queue)) continue;
      ASSAY_ASSIGN(const PeopleQuality quality, qualities.Read(store, project, *metric.queue, *metric.quality, now));
      const std::string lacks = WhatQualityLacks(quality, *metric.quality, *metric.queue);
      if (lacks.empty()) continue;
      Json terms = TermsOf(*metric.queue, *metric.quality);
      lacking.terms.emplace(terms.DumpCanonical(), std::move(terms));
      if (lacking.why.empty()) lacking.why = lacks;
    }
  }
  return lacking;
}

std::string TextOf(const Lacking& lacking) {
  Json::Array terms;
  for (const auto& [text, each] : lacking.terms) terms.push_back(each);
  return Json::Of({{"training_below", std::move(terms)}}).DumpCanonical();
}

// The id of the newest change that allows it; "" none does.
Result<std::string> AllowedBy(Store& store, const std::string& project, const std::string& text, Time now) {
  ReviewStore reviews(store);
  ASSAY_ASSIGN(const std::vector<KeptChange> changes, ReadChanges(reviews, project));
  const std::string hash = Sha256Hex(text);
  std::string allowed;
  for (const KeptChange& kept : changes) {
    const bool allows = kept.request.diff_hash == hash && CheckMoves(kept.request, ReviewChange::kDataSource, now);
    if (allows) allowed = std::max(allowed, kept.request.id);
  }
  return allowed;
}

}  // namespace

Result<std::string> TrainingStandardApproval(Store& store, const Catalog& catalog, const std::string& project,
                                             const ExportSelection& selection, Time now) {
  ASSAY_ASSIGN(const Lacking lacking, WhatIsLacking(store, catalog, project, selection, now));
  if (lacking.terms.empty()) return std::string();
  const std::string text = TextOf(lacking);
  ASSAY_ASSIGN(std::string allowed, AllowedBy(store, project, text, now));
  if (!allowed.empty()) return allowed;
  return Fail(ErrorCode::kFailedPrecondition,
              lacking.why + ": below that labels leave for training only by an approved change of kind data_source " +
                  "(a manager decides) whose diff is exactly " + text);
}

}  // namespace assay
