#pragma once
// Every version of a rubric that was ever in service, as it is stored: what judgements were made under.

#include <string>

#include "config/rubric.h"
#include "daemon/store/review_store.h"

namespace assay {

// The kind of the records in which they are kept: id "NAME@1.2.0", body the document.
inline constexpr char kRubricRecord[] = "rubric";
std::string RubricRecordId(const std::string& name, const RubricVersion& version);

// kDataLoss for a record that is none; kFailedPrecondition for a document that cannot be read any more.
Result<RubricSpec> RubricFrom(const ReviewRecord& record);
// Blocking. kNotFound.
Result<RubricSpec> ReadKeptRubric(ReviewStore& store, const std::string& project, const std::string& name,
                                  const RubricVersion& version);

}  // namespace assay
