#pragma once
// One item of human review with all that travels: what people were shown, what they said, what was decided. The form in
// which data enters and leaves, whatever the file. Plain values, thread-safe.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/response.h"
#include "review/item_state.h"
#include "review/prelabels.h"

namespace assay {

struct RecordResponse {
  std::string id = {};
  std::string text = {};
  std::string model = {};
  std::string model_version = {};
  friend bool operator==(const RecordResponse&, const RecordResponse&) = default;
};

// A claim or a call of the item.
struct RecordPart {
  std::string id = {};
  std::string text = {};
  friend bool operator==(const RecordPart&, const RecordPart&) = default;
};

// What people are shown. Images travel by address only.
struct RecordTexts {
  std::vector<Message> prompt = {};            // all messages before the response
  std::string reference = {};                  // the expected answer; "" none
  std::string context = {};                    // sources that were retrieved; "" none
  std::vector<RecordResponse> responses = {};  // in the order of the item's subject
  std::vector<RecordPart> parts = {};          // claims or calls, likewise
  friend bool operator==(const RecordTexts&, const RecordTexts&) = default;
};

struct ExchangeRecord {
  ReviewItem item = {};
  int epoch = 1;
  RubricVersion rubric_version = {};  // the item's now; item.rubric_version is that it entered under
  std::string content_hash = {};
  ReviewState state = ReviewState::kQueued;  // when the record was made
  RecordTexts texts = {};
  std::vector<Judgement> judgements = {};
  std::vector<ReviewDecision> decisions = {};
  std::vector<ReviewAudit> audits = {};
  // That use the case, in the order of their names; absent: nobody looked, so that it is not for training.
  std::optional<std::vector<std::string>> gates = {};
  std::vector<ReviewSuggestion> suggestions = {};  // of models
  Json extra = {};                                 // what another tool keeps beside it; null: nothing
  bool is_withheld = false;                        // from who exports; does not travel
  std::vector<std::string> redacted_by = {};       // versions of the policy; stand in the manifest
  friend bool operator==(const ExchangeRecord&, const ExchangeRecord&) = default;
};

// The decision that holds; null pointer when there is none.
const ReviewDecision* HoldingDecision(const ExchangeRecord& record);
// Whether a judgement is one that counts: not void, not replaced, of the record's epoch, and none that came too late.
bool IsCurrent(const ExchangeRecord& record, const Judgement& judgement);

// How persons are named outside. Without a key they keep their names.
struct PersonNaming {
  std::string key = {};  // of the installation; the same person has the same pseudonym under the same key
  // "p_" and 16 hexadecimal digits of HMAC-SHA256; "", kReviewSystem and what is such a name already stay what they
  // are.
  std::string NameOf(std::string_view person) const;
};

// The record of an item at a time. `texts` are dropped where the item is quarantined; where it was redacted, what
// people had written before, and what came beside it from elsewhere, since both may repeat what was taken out. `gates`:
// all whose suites have the case, of stored gates too.
ExchangeRecord RecordOf(const ItemState& state, RecordTexts texts, std::optional<std::vector<std::string>> gates,
                        const PersonNaming& naming, Time now);

// Marks the names of persons as names of elsewhere, "imported:NAME", so that nobody here is taken for them; pseudonyms
// stay what they are.
void NameAsForeign(ExchangeRecord& record);
// What a store keeps of a record of elsewhere beside its item and texts; RecordOf makes the same record of it again.
HistoryImported HistoryOf(const ExchangeRecord& record);

// The same record with other ids of responses, `names[i]` for subject.responses[i]: of labels that were made on a copy
// without them. As many names as responses.
void RenameResponses(ExchangeRecord& record, const std::vector<std::string>& names);

// JSON and back, the identity. kInvalidArgument names the member that is wrong; texts have at most `longest_text`
// bytes.
Json ToJson(const ExchangeRecord& record);
Result<ExchangeRecord> ExchangeRecordFromJson(const Json& json, std::size_t longest_text);

}  // namespace assay
