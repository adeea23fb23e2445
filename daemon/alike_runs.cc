#include "daemon/alike_runs.h"

#include <algorithm>
#include <array>

#include "daemon/check_decision.h"

namespace assay {
namespace {

// What of a suite changes neither question nor score, nor how much is seen of them. Cases are told by their contents;
// graders by themselves.
const std::array<std::string, 10> kBeside = {"kind",  "name",   "description", "owner",   "budget_usd",
                                             "cache", "slices", "dataset",     "graders", "metrics"};

std::string TextOfMetric(const Node& root, const std::string& name) {
  const auto metrics = root.Find("metrics");
  for (std::size_t i = 0; metrics && i < metrics->size(); ++i) {
    const auto named = metrics->at(i).Find("name");
    if (named && named->is_string() && named->as_string() == name) return metrics->at(i).ToJson().DumpCanonical();
  }
  return name;  // a grader's own
}

// What of a grader changes no score: how grave it is, how it gates, and what is known of it.
const std::array<std::string, 3> kBesideScores = {"role", "severity", "sentinels"};

// Of those of these names, or of all: their options are not in the versions that runs carry. In whichever order.
std::string TextOfGraders(const Node& root, const std::optional<std::set<std::string>>& names) {
  std::set<std::string> texts;
  const auto graders = root.Find("graders");
  for (std::size_t i = 0; graders && i < graders->size(); ++i) {
    const Node grader = graders->at(i);
    const auto name = grader.Find("name");
    if (names && !(name && name->is_string() && names->contains(name->as_string()))) continue;
    texts.insert(grader.Without(kBesideScores).ToJson().DumpCanonical());
  }
  std::string text;
  for (const std::string& each : texts) text += "\n" + each;
  return text;
}

bool AreEqual(const RunGrader& one, const RunGrader& other) {
  return one.name == other.name && one.version == other.version;
}

bool HasGrader(const RunRecord& run, const RunGrader& grader) {
  return std::ranges::any_of(run.graders, [&](const RunGrader& each) { return AreEqual(each, grader); });
}

}  // namespace

Result<std::string> AlikeRuns::TextOf(const std::string& suite_version) {
  if (const auto known = texts_.find(suite_version); known != texts_.end()) return known->second;
  const auto document = ReadStored(store_, kinds_, run_.project, "Suite", run_.suite, suite_version);
  if (!document && document.error().code == ErrorCode::kUnavailable) return Fail(document.error());
  std::string text;
  if (document) {
    text = document->root.Without(kBeside).ToJson().DumpCanonical();
    text += TextOfGraders(document->root, metrics_.empty() ? std::nullopt : graders_);
    const bool do_matter = definitions_ == Definitions::kMatter;
    for (const std::string& metric : do_matter ? metrics_ : std::vector<std::string>())
      text += "\n" + TextOfMetric(document->root, metric);
  }
  texts_.emplace(suite_version, text);
  return text;
}

Status AlikeRuns::FindGraders() {
  if (are_graders_known_) return {};
  const auto document = ReadStored(store_, kinds_, run_.project, "Suite", run_.suite, run_.suite_version);
  if (!document && document.error().code == ErrorCode::kUnavailable) return Fail(document.error());
  if (document) graders_ = GradersBehind(*document->suite(), metrics_);
  are_graders_known_ = true;
  return {};
}

// A grader more or less that none of the metrics is made of changes nothing of them.
bool AlikeRuns::IsGradedBySame(const RunRecord& other) const {
  if (std::ranges::equal(other.graders, run_.graders, AreEqual)) return true;
  if (metrics_.empty() || !graders_) return false;
  return std::ranges::all_of(
      run_.graders, [&](const RunGrader& each) { return !graders_->contains(each.name) || HasGrader(other, each); });
}

Result<bool> AlikeRuns::Ask(const RunRecord& other) {
  if (other.suite != run_.suite || other.trials != run_.trials) return false;
  ASSAY_TRY(FindGraders());
  if (!IsGradedBySame(other)) return false;
  if (other.suite_version == run_.suite_version) return true;
  if (!metrics_.empty() && !graders_) return false;
  ASSAY_ASSIGN(const std::string own, TextOf(run_.suite_version));
  ASSAY_ASSIGN(const std::string text, TextOf(other.suite_version));
  return !own.empty() && own == text;
}

Result<bool> AlikeRuns::AskInOrder(const RunRecord& other) {
  ASSAY_ASSIGN(const bool is_asked, Ask(other));
  if (!is_asked || other.cases != run_.cases) return false;
  if (const auto known = orders_.find(other.snapshot); known != orders_.end()) return known->second;
  ASSAY_ASSIGN(const bool is_same, store_.HaveSameCases(run_.snapshot, other.snapshot));
  orders_.emplace(other.snapshot, is_same);
  return is_same;
}

Result<SuiteSpec> AlikeRuns::SpecFor(const SuiteSpec& suite, const RunRecord& other) const {
  SuiteSpec spec = suite;
  if (other.suite_version == run_.suite_version) return spec;
  ASSAY_ASSIGN(const CatalogDocument stored,
               ReadStored(store_, kinds_, other.project, "Suite", other.suite, other.suite_version));
  spec.slices = stored.suite()->slices;
  spec.cluster = stored.suite()->cluster;
  return spec;
}

}  // namespace assay
