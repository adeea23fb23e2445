#pragma once
// How each fact changes the state of an item: checked first, so that a refused fact leaves nothing behind. For
// item_fold.cc; what happens on the way of an item to its decision is in fold_judging.cc, what happens beside it in
// fold_steering.cc. Not thread-safe.

#include <string>
#include <string_view>
#include <vector>

#include "review/item_events.h"
#include "review/item_state.h"

namespace assay {

class FactFold {
 public:
  FactFold(const ReviewFact& fact, ItemState& state) : fact_(fact), state_(state) {}

  Status operator()(const ItemEntered& entered);
  Status operator()(const LeaseGranted& granted);
  Status operator()(const LeaseRenewed& renewed);
  Status operator()(const LeaseEnded& ended);
  Status operator()(const JudgementMade& made);
  Status operator()(const JudgementVoided& voided);
  Status operator()(const OverlapGrown& grown);
  Status operator()(const AdjudicationOpened& opened);
  Status operator()(const DecisionMade& made);
  Status operator()(const AuditMade& made);
  Status operator()(const AuditOrdered&);
  Status operator()(const ItemReopened& reopened);
  Status operator()(const EscalationOpened& opened);
  Status operator()(const EscalationResolved& resolved);
  Status operator()(const QuarantineOpened& opened);
  Status operator()(const QuarantineClosed& closed);
  Status operator()(const GuidelineAwaited& awaited);
  Status operator()(const GuidelineArrived& arrived);
  Status operator()(const RubricAdvanced& advanced);
  Status operator()(const SevereFlagged& flagged);
  Status operator()(const LaneChanged& changed);
  Status operator()(const ItemCancelled&);
  Status operator()(const JudgementImported& imported);
  Status operator()(const HistoryImported& history);
  Status operator()(const GoldGraded& graded);

 private:
  std::string Id() const { return FactId(fact_.item, fact_.seq); }
  std::unexpected<Error> Refuse(const std::string& why) const;
  Status Require(ReviewEvent event) const;
  // Whether there is a place for this lease beside those of others.
  Status RequirePlace(const ReviewLease& lease) const;
  // The actor's lease with that token; one of an earlier token has been superseded.
  Result<ReviewLease*> HeldLease(std::int64_t token);
  Judgement* Find(std::string_view id);
  Status Revise(const JudgementMade& made);
  // Judgements of this epoch as the next one has them, by the people who made them and of the time when they did.
  Result<std::vector<Judgement>> MappedOf(const RubricAdvanced& advanced) const;
  void AddJudgement(const JudgementMade& made);
  void EndLease(std::string_view person, bool is_skip);
  void EndAllLeases() { EndLeasesBut({}); }
  void EndLeasesBut(EnumSet<LeaseRole> kept);
  void EndDecision();
  void BeginRework(ReviewCause cause);
  // What was said stays readable, and counts no more.
  void BeginEpoch();
  void Cancel();

  const ReviewFact& fact_;
  ItemState& state_;
};

}  // namespace assay
