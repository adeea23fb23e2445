#pragma once
// Which earlier runs were asked the same as one, whatever else was edited in their suite since.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/catalog.h"
#include "daemon/store/store.h"

namespace assay {

// Runs of the suite of `run`, by name: a description, an owner, slices, a budget or other metrics make no other
// questions. Clusters do, since a few of them show less than as many cases. Not thread-safe; blocking, as Store is.
class AlikeRuns {
 public:
  // Whether it matters how the metrics are defined: not where each run is read by the definitions of one.
  enum class Definitions { kMatter, kDoNotMatter };

  // `metrics`: what is compared. It matters by which graders they are made; without any all graders matter.
  AlikeRuns(Store& store, const PluginKinds& kinds, const RunRecord& run, std::vector<std::string> metrics,
            Definitions definitions = Definitions::kMatter)
      : store_(store), kinds_(kinds), run_(run), metrics_(std::move(metrics)), definitions_(definitions) {}

  // Whether the other asked by the same prompt with the same tools and sampling, as often, and was graded by the same
  // versions of the graders that matter, with the same options. False where its suite cannot be read any more.
  Result<bool> Ask(const RunRecord& other);
  // And the same cases in the same places, so that a case of one is that of the other.
  Result<bool> AskInOrder(const RunRecord& other);
  // The suite of `run` as the other's dataset can be read by: with the slices and clusters that it was stored with.
  Result<SuiteSpec> SpecFor(const SuiteSpec& suite, const RunRecord& other) const;

 private:
  Result<std::string> TextOf(const std::string& suite_version);
  bool IsGradedBySame(const RunRecord& other) const;
  Status FindGraders();

  Store& store_;
  const PluginKinds& kinds_;
  const RunRecord run_;
  const std::vector<std::string> metrics_;
  const Definitions definitions_;
  // Names of those that matter, once they have been needed; absent where the suite lacks one of the metrics.
  std::optional<std::set<std::string>> graders_;
  bool are_graders_known_ = false;
  std::map<std::string, std::string> texts_;  // what is asked, by version of the suite; "" where it cannot be read
  std::map<SnapshotKey, bool> orders_;        // whether a dataset has the cases of the run's
};

}  // namespace assay
