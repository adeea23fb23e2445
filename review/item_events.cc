#include "review/item_events.h"

namespace assay {

ReviewEvent ClaimOf(LeaseRole role) {
  switch (role) {
    case LeaseRole::kLabel:
      return ReviewEvent::kClaimLabel;
    case LeaseRole::kRework:
      return ReviewEvent::kClaimRework;
    case LeaseRole::kAdjudicate:
      return ReviewEvent::kClaimAdjudication;
    case LeaseRole::kAudit:
      return ReviewEvent::kClaimAudit;
  }
  return ReviewEvent::kClaimLabel;
}

ReviewEvent SubmissionOf(const JudgementMade& made) {
  if (!made.supersedes.empty()) return ReviewEvent::kRevise;
  switch (made.role) {
    case JudgementRole::kLabel:
    case JudgementRole::kGold:
    case JudgementRole::kCalibrate:
      return ReviewEvent::kSubmitLabel;
    case JudgementRole::kRework:
      return ReviewEvent::kSubmitRework;
    case JudgementRole::kAdjudicate:
      return ReviewEvent::kAdjudicate;
    case JudgementRole::kAudit:
      return ReviewEvent::kAudit;
    case JudgementRole::kExtra:
      return ReviewEvent::kSubmitExtra;
  }
  return ReviewEvent::kSubmitLabel;
}

LeaseRole LeaseRoleOf(JudgementRole role) {
  switch (role) {
    case JudgementRole::kRework:
      return LeaseRole::kRework;
    case JudgementRole::kAdjudicate:
      return LeaseRole::kAdjudicate;
    case JudgementRole::kAudit:
      return LeaseRole::kAudit;
    default:
      return LeaseRole::kLabel;
  }
}

JudgementRole LabelRoleOf(ItemPurpose purpose) {
  switch (purpose) {
    case ItemPurpose::kLabel:
      return JudgementRole::kLabel;
    case ItemPurpose::kGold:
    case ItemPurpose::kTraining:
      return JudgementRole::kGold;
    case ItemPurpose::kCalibration:
      return JudgementRole::kCalibrate;
  }
  return JudgementRole::kExtra;
}

}  // namespace assay
