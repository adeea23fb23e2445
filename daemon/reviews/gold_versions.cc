// Known answers as sets with an intent and versions.

#include "daemon/reviews/gold_versions.h"

#include <algorithm>

#include "daemon/blocking.h"
#include "daemon/catalog_lookup.h"
#include "daemon/reviews/reviews.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr char kGoldSetRecord[] = "gold_set";

Status RequireLeadOfGold(const Asking& asking, const std::string& queue) {
  if (!asking.reviewer.roles.Has(ReviewRole::kLead))
    return Fail(ErrorCode::kPermissionDenied,
                "\"" + asking.reviewer.id + "\" may not see known answers: it needs the role lead");
  return CheckOfQueue(asking.reviewer, queue);
}

}  // namespace

Status PutGoldSet(ReviewStore& store, const std::string& project, const GoldSetVersion& version) {
  ASSAY_TRY(store.PutRecord({.project = project,
                             .kind = kGoldSetRecord,
                             .id = version.queue + "\n" + std::to_string(version.version),
                             .updated = version.at,
                             .principal = version.by,
                             .body = ToJson(version).Dump()}));
  return {};
}

Result<std::vector<GoldSetVersion>> ReadGoldSets(ReviewStore& store, const std::string& project,
                                                 const std::string& queue) {
  ASSAY_ASSIGN(const std::vector<ReviewRecord> records, store.ListRecords(project, kGoldSetRecord));
  std::vector<GoldSetVersion> versions;
  for (const ReviewRecord& record : records) {
    if (!queue.empty() && !record.id.starts_with(queue + "\n")) continue;
    ASSAY_ASSIGN(const Json json, Json::Parse(record.body));
    auto version = GoldSetFromJson(json);
    if (!version) return Fail(ErrorCode::kDataLoss, "gold set \"" + record.id + "\": " + version.error().message);
    versions.push_back(*std::move(version));
  }
  std::ranges::sort(versions, {}, [](const GoldSetVersion& each) { return std::pair(each.queue, each.version); });
  return versions;
}

Result<std::map<std::string, std::set<std::string>>> GoldOfQueues(ReviewStore& store, const std::string& project,
                                                                  const std::vector<std::string>& queues) {
  ASSAY_ASSIGN(const std::vector<GoldSetVersion> versions, ReadGoldSets(store, project, ""));
  std::map<std::string, std::set<std::string>> gold;
  for (const GoldSetVersion& each : versions) {
    if (!queues.empty() && std::ranges::find(queues, each.queue) == queues.end()) continue;
    gold[each.queue] = {std::to_string(each.version) + "@" + DigestOf(each.items)};  // the last one stays
  }
  return gold;
}

// Those that people may be asked now.
std::vector<GoldSetItem> Reviews::GoldInService(const std::string& project, const std::string& queue) const {
  std::vector<GoldSetItem> items;
  for (const GoldEntry* entry : books_.GoldOf(project, queue)) {
    if (entry->is_retired || entry->queue != queue) continue;
    items.push_back({.item = entry->item,
                     .source = entry->source_item,
                     .purpose = entry->purpose,
                     .answer = HashOf(entry->answer)});
  }
  SortGoldSet(items);
  return items;
}

Result<GoldSets> Reviews::GoldSetsOf(const Asking& asking, const std::string& queue) {
  GoldSets sets;
  ASSAY_ASSIGN(sets.versions, ReadGoldSets(store_, asking.project, queue));
  const std::vector<GoldSetItem> now = GoldInService(asking.project, queue);
  const std::vector<GoldSetItem> none;
  sets.undeclared = DifferenceOf(sets.versions.empty() ? none : sets.versions.back().items, now);
  return sets;
}

asio::awaitable<Result<GoldSets>> Reviews::DeclareGoldSet(const Caller& caller, const GoldSetArguments& arguments) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  ASSAY_CO_TRY(RequireLeadOfGold(asking, arguments.queue));
  auto work = [this, &asking, &arguments]() -> Result<GoldSets> {
    ASSAY_TRY(OpenProject(asking.project));
    ASSAY_TRY(policies_.ForQueue(asking.project, arguments.queue));
    ASSAY_ASSIGN(const std::vector<GoldSetVersion> before, ReadGoldSets(store_, asking.project, arguments.queue));
    ASSAY_ASSIGN(const GoldSetVersion next, NextGoldSet(before.empty() ? nullptr : &before.back(),
                                                        {.queue = arguments.queue,
                                                         .intent = arguments.intent,
                                                         .reason = arguments.reason,
                                                         .by = asking.reviewer.id,
                                                         .at = asking.now,
                                                         .items = GoldInService(asking.project, arguments.queue)}));
    ASSAY_TRY(PutGoldSet(store_, asking.project, next));
    return GoldSetsOf(asking, arguments.queue);
  };
  co_return co_await RunBlocking(context_.desk, work);
}

asio::awaitable<Result<GoldSets>> Reviews::ListGoldSets(const Caller& caller, std::string_view queue) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  ASSAY_CO_TRY(RequireLeadOfGold(asking, std::string(queue)));
  auto work = [this, &asking, queue = std::string(queue)]() -> Result<GoldSets> {
    ASSAY_TRY(OpenProject(asking.project));
    return GoldSetsOf(asking, queue);
  };
  co_return co_await RunBlocking(context_.desk, std::move(work));
}

}  // namespace assay
