#pragma once
// Which earlier runs were asked the same as one, whatever else was edited in their suite since.

#include <map>
#include <string>
#include <vector>

#include "config/catalog.h"
#include "daemon/store/store.h"

namespace assay {

// Runs of the suite of `run`, by name: a description, an owner, slices, a budget or other metrics make no other
// questions. Clusters do, since a few of them show less than as many cases. Not thread-safe; blocking, as Store is.
class AlikeRuns {
 public:
  // `metrics`: of which it matters how they are defined.
  AlikeRuns(Store& store, const PluginKinds& kinds, const RunRecord& run, std::vector<std::string> metrics)
      : store_(store), kinds_(kinds), run_(run), metrics_(std::move(metrics)) {}

  // Whether the other asked by the same prompt with the same tools and sampling, as often, and was graded by the same
  // versions of graders. False where its suite cannot be read any more.
  Result<bool> Ask(const RunRecord& other);
  // And the same cases in the same places, so that a case of one is that of the other.
  Result<bool> AskInOrder(const RunRecord& other);
  // The suite of `run` as the other's dataset can be read by: with the slices and clusters that it was stored with.
  Result<SuiteSpec> SpecFor(const SuiteSpec& suite, const RunRecord& other) const;

 private:
  Result<std::string> TextOf(const std::string& suite_version);

  Store& store_;
  const PluginKinds& kinds_;
  const RunRecord run_;
  const std::vector<std::string> metrics_;
  std::map<std::string, std::string> texts_;  // what is asked, by version of the suite; "" where it cannot be read
  std::map<SnapshotKey, bool> orders_;        // whether a dataset has the cases of the run's
};

}  // namespace assay
