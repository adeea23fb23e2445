#include "daemon/kept_rubrics.h"

#include "config/catalog.h"
#include "daemon/builtin_kinds.h"

namespace assay {

std::string RubricRecordId(const std::string& name, const RubricVersion& version) {
  return name + "@" + ToString(version);
}

Result<RubricSpec> RubricFrom(const ReviewRecord& record) {
  Diagnostics diagnostics;
  auto document =
      ParseDocument("rubric " + record.id, record.body, BuiltinKinds(), ReferencedFiles::kIgnore, diagnostics);
  if (!document)
    return Fail(ErrorCode::kFailedPrecondition,
                "rubric " + record.id + " cannot be read any more:\n" + diagnostics.Render());
  if (document->rubric() == nullptr) return Fail(ErrorCode::kDataLoss, "record " + record.id + " is no rubric");
  return *document->rubric();
}

Result<RubricSpec> ReadKeptRubric(ReviewStore& store, const std::string& project, const std::string& name,
                                  const RubricVersion& version) {
  ASSAY_ASSIGN(const auto record, store.FindRecord(project, kRubricRecord, RubricRecordId(name, version)));
  if (record) return RubricFrom(*record);
  return Fail(ErrorCode::kNotFound, "there is no rubric \"" + name + "\" of version " + ToString(version));
}

}  // namespace assay
