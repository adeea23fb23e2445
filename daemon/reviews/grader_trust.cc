#include "daemon/reviews/grader_trust.h"

#include <algorithm>
#include <utility>

#include "daemon/human_evidence.h"

namespace assay {
namespace {

constexpr std::int64_t kMostCompared = 200'000;
constexpr char kByChance[] = "every";

using Trial = std::pair<std::int64_t, std::int64_t>;  // ordinal and trial

bool SawSuggestion(const ItemState& state, const ReviewDecision& decision) {
  return std::ranges::any_of(decision.inputs, [&](const std::string& id) {
    const Judgement* input = FindJudgement(state, id);
    return input != nullptr && input->content.saw_suggestion;
  });
}

// What people settled in the window and can be held against a grader.
const ReviewDecision* DecisionToCompare(const ItemState& state, const KpiWindow& window) {
  const ReviewItem& item = state.item;
  const bool is_drawn = std::ranges::find(item.reasons, kByChance) != item.reasons.end();
  const bool is_fit = item.purpose == ItemPurpose::kLabel && !state.imported_as && is_drawn &&
                      item.subject.responses.size() == 1 && StateAt(state, window.to) == ReviewState::kDone;
  const ReviewDecision* decision = is_fit ? ActiveDecision(state) : nullptr;
  if (decision == nullptr || decision->at < window.from || SawSuggestion(state, *decision)) return nullptr;
  return decision;
}

class TrustReader {
 public:
  TrustReader(Store& store, std::string project, std::string queue, const KpiWindow& window)
      : store_(store),
        reviews_(store),
        scorer_(store),
        project_(std::move(project)),
        queue_(std::move(queue)),
        window_(window) {}

  Result<std::map<std::string, GraderTrust>> Read() {
    ASSAY_TRY(FindRuns());
    for (const std::string& run : runs_) ASSAY_TRY(AddRun(run));
    std::map<std::string, GraderTrust> trust;
    for (const auto& [grader, pairs] : pairs_) trust[grader] = TrustOf(pairs);
    return trust;
  }

 private:
  Status FindRuns() {
    std::int64_t items = 0;
    const auto see = [&](const StoredReviewItem& item) -> Status {
      if (++items > kMostCompared) return Fail(ErrorCode::kResourceExhausted, "at most 200000 items are compared");
      if (!item.readable || item.facts.empty()) return {};
      const auto* entered = std::get_if<ItemEntered>(&item.facts.front().body);
      const bool is_new = entered != nullptr && !entered->item.run.empty() &&
                          std::ranges::find(runs_, entered->item.run) == runs_.end();
      if (is_new) runs_.push_back(entered->item.run);
      return {};
    };
    return reviews_.ReadItems(
        {.project = project_, .queue = queue_, .touched_from = window_.from, .entered_until = window_.to}, see);
  }

  Status AddRun(const std::string& id) {
    const auto run = store_.GetRun(project_, id);
    if (!run && run.error().code == ErrorCode::kNotFound) return {};
    if (!run) return Fail(run.error());
    if (run->deleted) return {};
    std::map<Trial, bool> said;
    const auto see = [&](std::int64_t ordinal, const StoredReviewItem& item) -> Status {
      ASSAY_ASSIGN(const auto state, StateUntil(item.facts, window_.to));
      const ReviewDecision* decision = state ? DecisionToCompare(*state, window_) : nullptr;
      if (decision == nullptr) return {};
      ASSAY_ASSIGN(const HumanScore score, scorer_.Score(*state, decision->rubric_version, decision->outcome));
      if (score.pass) said[{ordinal, state->item.trial}] = *score.pass;
      return {};
    };
    ASSAY_TRY(reviews_.ReadItemsOfRun(project_, id, queue_, run->snapshot, see));
    for (std::size_t i = 0; i < run->graders.size() && !said.empty(); ++i) {
      std::vector<GraderAgainstPeople>& pairs = pairs_[run->graders[i].name];
      ASSAY_TRY(store_.ReadScores(run->key, static_cast<int>(i), [&](const ScoreColumns& score) {
        const auto people = said.find({score.ordinal, score.trial});
        if (people == said.end() || score.status != ScoreStatus::kScored || !score.pass) return;
        pairs.push_back({.grader_passes = *score.pass, .people_pass = people->second});
      }));
    }
    return {};
  }

  Store& store_;
  ReviewStore reviews_;
  OpinionScorer scorer_;
  const std::string project_;
  const std::string queue_;
  const KpiWindow window_;
  std::vector<std::string> runs_;
  std::map<std::string, std::vector<GraderAgainstPeople>> pairs_;
};

}  // namespace

Result<std::map<std::string, GraderTrust>> TrustInGraders(Store& store, const std::string& project,
                                                          const std::string& queue, const KpiWindow& window) {
  return TrustReader(store, project, queue, window).Read();
}

}  // namespace assay
