#pragma once
// How far the labels of an export can be trusted: what its manifest says of agreement and audits, of the very items
// that leave, and by which policies what leaves was redacted.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "daemon/store/review_store.h"
#include "review/interchange/exchange_record.h"
#include "review/interchange/manifest.h"

namespace assay {

// Not thread-safe. Keeps what several people said apart of the first kMostRated items, whatever leaves.
class ExportedQuality {
 public:
  static constexpr std::int64_t kMostRated = 10'000;

  // The store outlives it.
  ExportedQuality(Store& store, std::string project) : reviews_(store), project_(std::move(project)) {}

  // Blocking, at the first item under a rubric. Of an item under a rubric that is not kept here, from elsewhere, only
  // the audits are told.
  void Add(const ExchangeRecord& record);
  // By queue and major version of the rubric: as LabelQualityOf, with bounds of 95 %. O(items rated).
  std::vector<LabelQuality> Quality() const;
  // In their order, with commas between them.
  std::string RedactionPolicy() const;

 private:
  struct Labels {
    std::optional<RubricSpec> rubric = {};
    std::vector<std::vector<Opinion>> rated = {};  // by item
    std::int64_t audits = 0;
    std::int64_t passed = 0;
  };
  Labels& LabelsUnder(const ExchangeRecord& record);

  ReviewStore reviews_;
  const std::string project_;
  std::int64_t rated_ = 0;
  std::map<std::tuple<std::string, std::string, int>, Labels> labels_;  // by queue, rubric, major version
  std::set<std::string> policies_;
};

}  // namespace assay
