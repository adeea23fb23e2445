#pragma once
// Which event a lease or a judgement is. Pure functions, thread-safe.

#include "review/facts.h"
#include "review/transitions.h"

namespace assay {

// Of claiming an item in this role.
ReviewEvent ClaimOf(LeaseRole role);
// Of making this judgement.
ReviewEvent SubmissionOf(const JudgementMade& made);
// The lease that a judgement of this role is made under.
LeaseRole LeaseRoleOf(JudgementRole role);
// The role of a judgement under a lease to label, by what the item is for.
JudgementRole LabelRoleOf(ItemPurpose purpose);

}  // namespace assay
