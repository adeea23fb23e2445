// What is taken out of old review items for their age: texts, never facts.

#include <algorithm>
#include <set>

#include "daemon/store/connections.h"
#include "daemon/store/keepers.h"
#include "daemon/store/review_store.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

struct ItemToForget {
  std::int64_t key = 0;
  std::string project = {};
  std::string run = {};
  std::string case_id = {};
  bool is_old = false;
};

Result<ItemToForget> FindOld(Sql& sql, std::string_view item, Time before) {
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query("SELECT item_key, project, run, case_id, is_open, touched, texts_deleted FROM review_item "
                         "WHERE id = :id" +
                             std::string(ForUpdate(sql)),
                         "itttiii", {item}));
  if (rows.empty()) return Fail(ErrorCode::kNotFound, "there is no review item \"" + std::string(item) + "\"");
  const SqlRow& row = rows[0];
  return ItemToForget{.key = row.Int(0),
                      .project = row.Text(1),
                      .run = row.Text(2),
                      .case_id = row.Text(3),
                      .is_old = row.Int(4) == 0 && row.At(5) < before && row.IsNull(6)};
}

// Of an item that is of no run, as one that came from elsewhere: nothing.
Result<std::string> WhatKeepsItem(Sql& sql, const ItemToForget& item, const Liveness& liveness) {
  ASSAY_ASSIGN(const SqlRows runs, sql.Query("SELECT run_key FROM run WHERE project = :project AND id = :run", "i",
                                             {item.project, item.run}));
  return runs.empty() ? std::string() : WhatRestsOn(sql, runs[0].Int(0), liveness);
}

// By the fact that it entered by.
Result<std::string> ClassOf(const std::string& entered) {
  ASSAY_ASSIGN(const Json json, Json::Parse(entered));
  ASSAY_ASSIGN(const ReviewFact fact, ReviewFactFromJson(json));
  const auto* body = std::get_if<ItemEntered>(&fact.body);
  return body == nullptr ? std::string() : body->item.data_class;
}

// Every content that the item has ever shown.
Result<std::set<std::string>> HashesOf(Sql& sql, std::int64_t item) {
  ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT fact FROM review_fact WHERE item_key = :key", "t", {item}));
  std::set<std::string> hashes;
  for (const SqlRow& row : rows) {
    ASSAY_ASSIGN(const Json json, Json::Parse(row.Text(0)));
    ASSAY_ASSIGN(const ReviewFact fact, ReviewFactFromJson(json));
    if (const auto* entered = std::get_if<ItemEntered>(&fact.body)) hashes.insert(entered->item.content_hash);
    if (const auto* closed = std::get_if<QuarantineClosed>(&fact.body)) hashes.insert(closed->content_hash);
    if (const auto* came = std::get_if<HistoryImported>(&fact.body)) hashes.insert(came->content_hash);
  }
  hashes.erase("");
  return hashes;
}

// Items of the same case may show the same: copies for calibration and gold, and those of other queues.
Status LeaveWhatOthersShow(Sql& sql, const ItemToForget& item, std::set<std::string>& hashes) {
  ASSAY_ASSIGN(
      const SqlRows others,
      sql.Query("SELECT item_key FROM review_item WHERE project = :project AND case_id = :case AND item_key <> "
                ":key AND texts_deleted IS NULL",
                "i", {item.project, item.case_id, item.key}));
  for (const SqlRow& other : others) {
    ASSAY_ASSIGN(const std::set<std::string> shown, HashesOf(sql, other.Int(0)));
    std::erase_if(hashes, [&](const std::string& hash) { return shown.contains(hash); });
  }
  return {};
}

Status TakeOut(Sql& sql, const std::string& project, const std::string& hash,
               const std::function<Result<std::string>(const std::string&)>& without_texts) {
  ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT content FROM review_content WHERE project = :project AND hash = "
                                             ":hash",
                                             "t", {project, hash}));
  if (rows.empty()) return {};
  ASSAY_ASSIGN(const std::string left, without_texts(rows[0].Text(0)));
  ASSAY_TRY(CheckJson("content", left));
  ASSAY_TRY(sql.Execute("UPDATE review_content SET content = :content WHERE project = :project AND hash = :hash",
                        {left, project, hash}));
  return {};
}

}  // namespace

Result<std::vector<ReviewStore::OldItem>> ReviewStore::ListOldItems(Time before, std::int64_t above, int limit) {
  ASSAY_TRY(CheckPageLimit(limit));
  return store_.connections_->Read([&](Sql& sql) -> Result<std::vector<OldItem>> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT i.item_key, i.id, i.touched, f.fact FROM review_item i JOIN review_fact f ON "
                           "f.item_key = i.item_key AND f.seq = 1 WHERE i.item_key > :above AND i.is_open = 0 AND "
                           "i.touched < :before AND i.texts_deleted IS NULL ORDER BY i.item_key LIMIT :limit",
                           "itit", {above, before, limit}));
    std::vector<OldItem> items;
    for (const SqlRow& row : rows) {
      ASSAY_ASSIGN(std::string data_class, ClassOf(row.Text(3)));
      items.push_back(
          {.key = row.Int(0), .id = row.Text(1), .data_class = std::move(data_class), .touched = row.At(2)});
    }
    return items;
  });
}

Result<bool> ReviewStore::DeleteTexts(std::string_view item, Time before, const Liveness& liveness, Time at,
                                      std::string_view reason,
                                      const std::function<Result<std::string>(const std::string&)>& without_texts) {
  return store_.connections_->Write([&](Sql& sql) -> Result<bool> {
    ASSAY_ASSIGN(const ItemToForget found, FindOld(sql, item, before));
    if (!found.is_old) return false;
    ASSAY_ASSIGN(const std::string keeper, WhatKeepsItem(sql, found, liveness));
    if (!keeper.empty()) return false;
    ASSAY_ASSIGN(std::set<std::string> hashes, HashesOf(sql, found.key));
    ASSAY_TRY(LeaveWhatOthersShow(sql, found, hashes));
    for (const std::string& hash : hashes) ASSAY_TRY(TakeOut(sql, found.project, hash, without_texts));
    ASSAY_TRY(sql.Execute("DELETE FROM review_draft WHERE item = :item", {item}));
    ASSAY_TRY(sql.Execute("UPDATE review_item SET texts_deleted = :at WHERE item_key = :key", {at, found.key}));
    ASSAY_TRY(
        Audit(sql, found.project, at, "retention", "delete_review_texts", "review_item/" + std::string(item), reason));
    return true;
  });
}

}  // namespace assay
