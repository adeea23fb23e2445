#pragma once
// I8: whatever became of an item, a verdict finds each decision that it used, as it was, and what it rested on.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "review/item_state.h"

namespace assay::testing {

class KeptEvidence {
 public:
  // A gate takes the decision that holds now as its evidence, by its id.
  void Cite(const ItemState& state) {
    const ReviewDecision* decision = ActiveDecision(state);
    if (decision == nullptr || cited_.contains(decision->id)) return;
    Evidence& evidence = cited_[decision->id];
    evidence.decision = *decision;
    for (const std::string& input : decision->inputs) evidence.judgements.push_back(*FindJudgement(state, input));
  }
  // "" or which of it is not there, or another; counts in `ended` the decisions that hold no longer.
  std::string BrokenIn(const ItemState& state, std::int64_t& ended) const {
    for (const auto& [id, evidence] : cited_) {
      const auto decision = std::ranges::find(state.decisions, id, &ReviewDecision::id);
      if (decision == state.decisions.end()) return "decision " + id + " is gone";
      ReviewDecision now = *decision;
      ended += now.is_active ? 0 : 1;
      now.is_active = true;  // that it ended, and by what, is all that may have changed
      now.ended_by.clear();
      if (now != evidence.decision) return "decision " + id + " is another";
      for (const Judgement& before : evidence.judgements) {
        const Judgement* judgement = FindJudgement(state, before.id);
        if (judgement == nullptr) return "judgement " + before.id + " is gone";
        if (judgement->content != before.content || judgement->person != before.person || judgement->at != before.at)
          return "judgement " + before.id + " is another";
      }
    }
    return "";
  }
  std::size_t cited() const { return cited_.size(); }

 private:
  struct Evidence {
    ReviewDecision decision = {};
    std::vector<Judgement> judgements = {};
  };
  std::map<std::string, Evidence> cited_;
};

}  // namespace assay::testing
