#pragma once
// What people are shown of an item, as it was when it entered: it outlives the run, and a redaction replaces it. Stored
// as JSON under its hash. Values; thread-safe.

#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/result.h"
#include "review/prelabels.h"

namespace assay {

struct ShownCall {
  std::string id = {};
  std::string tool = {};
  std::string arguments = {};
  std::string result = {};
};

struct ShownResponse {
  std::string id = {};
  std::string text = {};
  std::vector<ShownCall> calls = {};
};

// Whose response it is. No reviewer is told before an item is done.
struct ResponseSource {
  std::string response = {};  // id
  std::string run = {};
  std::string model = {};
  std::string model_version = {};  // its label
  bool is_candidate = false;       // of the run that the item is of
};

struct ItemContent {
  struct Text {
    std::string name = {};  // the role of a message, the id of a claim, the name of a field
    std::string text = {};
  };
  std::vector<Text> prompt = {};
  std::vector<ShownResponse> responses = {};
  std::vector<Text> claims = {};
  std::string reference = {};
  std::string context = {};
  std::vector<Text> fields = {};
  bool is_redacted = false;
  std::string masked_by = {};    // version of the policy by which parts were masked before anybody saw it; "" none was
  bool is_deleted = false;       // its texts, for their age
  std::string deleted_why = {};  // the period and when; "" of those that were deleted before it was kept
  std::vector<ResponseSource> sources = {};
  std::optional<ReviewSuggestion> suggestion = {};  // of a model; who is shown it is for item_view.h to say

  // Bytes of one text that are kept; what is longer is cut with a note.
  static constexpr std::size_t kMostText = 1u << 20;

  // Null pointer when there is none.
  const ResponseSource* Candidate() const;
};

// Whether the two have the same responses, claims and calls by their ids, whatever the order and the texts.
bool ShowsTheSame(const ItemContent& one, const ItemContent& other);

// What is left of a content when its texts are deleted: whose responses there were, and why (`deleted_why`).
ItemContent WithoutTexts(const ItemContent& content, std::string why);

// The text whose SHA-256 is the item's content_hash.
std::string StoredText(const ItemContent& content);
// kDataLoss for what StoredText did not write.
Result<ItemContent> ItemContentFrom(std::string_view text);

}  // namespace assay
