#include "daemon/reviews/content_reads.h"

#include <algorithm>

#include "daemon/reviews/record_fields.h"

namespace assay {
namespace {

std::string RecordOfReads(const std::string& item) { return "read " + item; }

}  // namespace

Status NoteRead(ReviewStore& store, const ReviewItem& item, const std::string& person, Time now) {
  constexpr std::size_t kDay = 10;  // 2026-11-27
  const std::string kind = RecordOfReads(item.id);
  const std::string id = FormatTime(now).substr(0, kDay) + " " + person;
  ASSAY_ASSIGN(const auto noted, store.FindRecord(item.project, kind, id));
  if (noted) return {};
  const auto put = store.PutRecord({.project = item.project,
                                    .kind = kind,
                                    .id = id,
                                    .updated = now,
                                    .principal = person,
                                    .body = Json::Of({{"person", person}}).Dump()});
  if (!put && put.error().code != ErrorCode::kAborted) return Fail(put.error());
  return {};
}

Result<std::vector<ContentRead>> ReadsOf(ReviewStore& store, const ItemState& state) {
  ASSAY_ASSIGN(const std::vector<ReviewRecord> records,
               store.ListRecords(state.item.project, RecordOfReads(state.item.id)));
  std::vector<ContentRead> reads;
  for (const ReviewRecord& record : records) {
    ASSAY_ASSIGN(const Json json, Json::Parse(record.body));
    reads.push_back({.person = TextOf(json, "person"), .at = record.updated});
  }
  for (const ReviewLease& lease : state.leases)
    reads.push_back({.person = lease.person, .at = lease.granted_at, .role = lease.role});
  for (const EndedLease& lease : state.ended_leases)
    reads.push_back({.person = lease.person, .at = lease.granted_at, .role = lease.role});
  std::ranges::stable_sort(reads, {}, &ContentRead::at);
  return reads;
}

}  // namespace assay
