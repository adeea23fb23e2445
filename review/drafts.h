#pragma once
// Drafts: what a person has typed and not submitted. One a person and item, written over as they type, so no fact. A
// draft outlives leases, restarts and refusals; it is removed by who wrote it, or when its judgement is in. Pure
// functions, thread-safe.

#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"
#include "review/item_state.h"
#include "review/people.h"

namespace assay {

struct ReviewDraft {
  std::string item = {};
  std::string person = {};
  int epoch = 1;              // of the item when it was saved; of an earlier one it is shown, and not submitted
  std::int64_t revision = 0;  // rises with each save: what arrives late loses
  std::string text = {};      // a JSON object that the page understands
  Time saved_at{};
  friend bool operator==(const ReviewDraft&, const ReviewDraft&) = default;
};

inline constexpr std::size_t kMostDraftBytes = 256u << 10;

// The draft to store over `earlier` (absent: there is none). `text` is a JSON object. kPermissionDenied for nobody,
// kFailedPrecondition for who never had the item, kAborted for a revision that is not above the stored one,
// kInvalidArgument for a text that is none or too long. Whether the lease still lives makes no difference.
Result<ReviewDraft> SaveDraft(const ItemState& state, const std::optional<ReviewDraft>& earlier,
                              const Reviewer& reviewer, std::int64_t revision, std::string text, Time now);

}  // namespace assay
