#pragma once
// The known answers of a queue as a set with an intent and versions. What is in the set follows from what was added and
// retired; a version says what it was, and what for, at a time. Pure functions, thread-safe.

#include <span>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/json.h"
#include "core/result.h"
#include "review/gold.h"
#include "review/review_item.h"

namespace assay {

// A known answer that people may be asked.
struct GoldSetItem {
  std::string item = {};
  std::string source = {};  // the item that it was made of
  ItemPurpose purpose = ItemPurpose::kGold;
  std::string answer = {};  // SHA-256 of expected answer, tolerance, what must be named, and why
  friend bool operator==(const GoldSetItem&, const GoldSetItem&) = default;
};

struct GoldSetVersion {
  std::string queue = {};
  int version = 1;          // rises by one
  std::string intent = {};  // what the set is for
  std::string reason = {};  // why it became another; "" of the first
  std::string by = {};
  Time at{};
  std::vector<GoldSetItem> items = {};  // by source and purpose
  friend bool operator==(const GoldSetVersion&, const GoldSetVersion&) = default;
};

// Ids of items of gold; of `changed` those of the later set: the same source is asked with another answer.
struct GoldSetDifference {
  std::vector<std::string> added = {};
  std::vector<std::string> removed = {};
  std::vector<std::string> changed = {};
  bool IsEmpty() const { return added.empty() && removed.empty() && changed.empty(); }
  friend bool operator==(const GoldSetDifference&, const GoldSetDifference&) = default;
};

std::string HashOf(const GoldAnswer& answer);
// In the order of GoldSetVersion::items.
void SortGoldSet(std::vector<GoldSetItem>& items);
// By which two sets are known as the same: "sha256:…" over the canonical JSON of the sorted items.
std::string DigestOf(std::span<const GoldSetItem> items);
// Both sorted.
GoldSetDifference DifferenceOf(std::span<const GoldSetItem> before, std::span<const GoldSetItem> after);

// The version that follows `last` (null pointer: the first), with `items` sorted. kInvalidArgument without an intent,
// or without a reason where there was a version before; kFailedPrecondition where neither items nor intent differ.
Result<GoldSetVersion> NextGoldSet(const GoldSetVersion* last, GoldSetVersion next);

Json ToJson(const GoldSetVersion& version);
Result<GoldSetVersion> GoldSetFromJson(const Json& json);

}  // namespace assay
