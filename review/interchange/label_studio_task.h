#pragma once
// Records as tasks of Label Studio and back. Pure, thread-safe.
//
// A task has the texts in `data`, by names that a labeling config uses, and with them `ref` (the id of the item, which
// survives every format of Label Studio) and `subject` (what the answers refer to). What Label Studio has no place for
// travels as `meta.assay`. What it adds and we have no place for stays in ExchangeRecord::extra and goes back out.

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "review/interchange/exchange_format.h"
#include "review/interchange/label_studio_values.h"

namespace assay {

// The task of a record. `number` is its id for the flat forms, which know no meta; 0 for none, and with meta.
Json TaskOf(const ExchangeRecord& record, const LabelScheme& scheme, const LabelStudioOptions& options,
            std::int64_t number = 0);

// The results of a prediction: what an opinion is in Label Studio.
Json ResultsOf(const Opinion& opinion, const LabelScheme& scheme, const ReviewSubject& subject,
               const std::vector<std::string>& sides);

// Only what a labeller may see and needs: data with `ref` and `subject`, in which responses are "a", "b", ... in the
// order of the sides, which SidesOf gives again.
Json BlindTaskOf(const ExchangeRecord& record, const LabelStudioOptions& options);

// The ids of the responses in the order in which the task shows them: that of the subject, or dealt by item.
std::vector<std::string> SidesOf(const ReviewItem& item, const LabelStudioOptions& options);

// The record of a task of ours or of another project: without `ref`, the item has the task's id as its case, the kind
// of the scheme, and responses "a", "b", ... Annotations that were skipped are none. The fault says where it is wrong.
struct ReadTask {
  std::optional<ExchangeRecord> record = {};
  std::optional<ImportFault> fault = {};
};
ReadTask RecordOfTask(const Json& task, const LabelScheme& scheme, const ImportOptions& options);

// Parts that JSON_MIN and CSV share with tasks.

// Texts and subject of `data` into the record; data that is not ours into extra.data. "" or what is wrong.
std::string ReadTaskData(const Json& data, const LabelScheme& scheme, ExchangeRecord& record,
                         std::vector<std::string>& sides);
// Person of an annotation and its address: PERSON@DOMAIN.
std::string AddressOf(const std::string& person, const std::string& domain);
std::string PersonAt(const std::string& address, const std::string& domain);
// A judgement that was made in Label Studio, without its content.
Judgement ForeignJudgement(const std::string& id, std::string person, Time at, double lead_seconds,
                           const std::vector<std::string>& sides, const ExchangeRecord& record);

}  // namespace assay
