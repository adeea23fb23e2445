#include "review/gold_sets.h"

#include <algorithm>
#include <tuple>

#include "core/digest.h"
#include "review/struct_json.h"

namespace assay {

template <class V>
void Visit(V& v, auto& f, std::type_identity<GoldSetItem>) {
  v("item", f.item), v("source", f.source), v("purpose", f.purpose), v("answer", f.answer);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<GoldSetVersion>) {
  v("queue", f.queue), v("version", f.version), v("intent", f.intent), v("reason", f.reason), v("by", f.by);
  v("at", f.at), v("items", f.items);
}

namespace {

auto PlaceOfGold(const GoldSetItem& item) { return std::tie(item.source, item.purpose, item.item); }

const GoldSetItem* OfTheSame(std::span<const GoldSetItem> items, const GoldSetItem& as) {
  const auto found = std::ranges::find_if(
      items, [&](const GoldSetItem& each) { return each.source == as.source && each.purpose == as.purpose; });
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

std::string HashOf(const GoldAnswer& answer) {
  return Sha256Hex(Json::Of({{"expected", ToJson(answer.expected)},
                             {"scores_within", answer.scores_within},
                             {"must_name", WriteValue(answer.must_name)},
                             {"checks_severity", answer.checks_severity},
                             {"why", answer.why}})
                       .DumpCanonical());
}

void SortGoldSet(std::vector<GoldSetItem>& items) { std::ranges::sort(items, {}, PlaceOfGold); }

std::string DigestOf(std::span<const GoldSetItem> items) {
  Json::Array list;
  for (const GoldSetItem& item : items) list.push_back(WriteStruct(item));
  return "sha256:" + Sha256Hex(Json(std::move(list)).DumpCanonical());
}

GoldSetDifference DifferenceOf(std::span<const GoldSetItem> before, std::span<const GoldSetItem> after) {
  GoldSetDifference difference;
  for (const GoldSetItem& now : after) {
    const GoldSetItem* was = OfTheSame(before, now);
    if (was == nullptr) {
      difference.added.push_back(now.item);
    } else if (was->answer != now.answer) {
      difference.changed.push_back(now.item);
    }
  }
  for (const GoldSetItem& was : before) {
    if (OfTheSame(after, was) == nullptr) difference.removed.push_back(was.item);
  }
  return difference;
}

Result<GoldSetVersion> NextGoldSet(const GoldSetVersion* last, GoldSetVersion next) {
  if (next.intent.empty() && last != nullptr) next.intent = last->intent;
  if (next.intent.empty() || next.intent.size() > ReviewBounds::kNote)
    return Fail(ErrorCode::kInvalidArgument, "intent: says what the set is for, in at most 4096 bytes");
  if (next.reason.size() > ReviewBounds::kNote)
    return Fail(ErrorCode::kInvalidArgument, "reason: has at most 4096 bytes");
  if (last == nullptr) return next;
  if (next.items == last->items && next.intent == last->intent)
    return Fail(ErrorCode::kFailedPrecondition, "the known answers of queue \"" + next.queue +
                                                    "\" are those of version " + std::to_string(last->version) +
                                                    ", and so is their intent");
  if (next.reason.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "reason: is needed to say why version " + std::to_string(last->version) + " becomes another");
  next.version = last->version + 1;
  return next;
}

Json ToJson(const GoldSetVersion& version) { return WriteStruct(version); }
Result<GoldSetVersion> GoldSetFromJson(const Json& json) { return StructFromJson<GoldSetVersion>(json); }

}  // namespace assay
