#include "daemon/store/review_store.h"

#include "core/digest.h"
#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

constexpr int kItemsAtOnce = 200;
constexpr int kMostRecords = 10'000;
constexpr int kMostDrafts = 1'000;

std::string Text(const ReviewFact& fact) { return ToJson(fact).Dump(); }

Result<ReviewFact> FactOf(const std::string& item, const std::string& text) {
  auto fact = [&]() -> Result<ReviewFact> {
    ASSAY_ASSIGN(const Json json, Json::Parse(text));
    return ReviewFactFromJson(json);
  }();
  if (!fact)
    return Fail(ErrorCode::kDataLoss, "a fact of review item " + item + " cannot be read: " + fact.error().message);
  return fact;
}

// One whose texts were deleted for their age has them again.
Status PutContent(Sql& sql, std::string_view project, std::string_view hash, const std::string& content) {
  ASSAY_TRY(CheckJson("content", content));
  ASSAY_TRY(
      sql.Execute("INSERT INTO review_content (project, hash, content) VALUES (:project, :hash, :content) ON CONFLICT "
                  "(project, hash) DO UPDATE SET content = excluded.content WHERE CAST(review_content.content AS TEXT) "
                  "<> CAST(excluded.content AS TEXT)",
                  {project, hash, content}));
  return {};
}

Status InsertFact(Sql& sql, std::int64_t key, const ReviewFact& fact) {
  ASSAY_ASSIGN(const std::int64_t stored,
               sql.Execute("INSERT INTO review_fact (item_key, seq, fact) VALUES (:key, :seq, :fact) ON CONFLICT DO "
                           "NOTHING",
                           {key, fact.seq, Text(fact)}));
  if (stored == 1) return {};
  return Fail(ErrorCode::kAborted, "review item " + fact.item + " was changed at this moment; look at it again");
}

// Whether it is new.
Result<bool> InsertItem(Sql& sql, const NewReviewItem& added) {
  const ReviewItem& item = std::get<ItemEntered>(added.entered.body).item;
  ASSAY_ASSIGN(
      const std::int64_t stored,
      sql.Execute(
          "INSERT INTO review_item (id, project, queue, identity, purpose, suite, run, case_id, entered, "
          "touched, is_open) VALUES (:id, :project, :queue, :identity, :purpose, :suite, :run, :case, :entered, "
          ":touched, 1) ON CONFLICT DO NOTHING",
          {item.id, item.project, item.queue, ItemKey(item), WordOf(item.purpose), item.suite, item.run, item.case_id,
           added.entered.at, added.entered.at}));
  if (stored == 0) return false;
  ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT item_key FROM review_item WHERE id = :id", "i", {item.id}));
  ASSAY_TRY(InsertFact(sql, rows[0].Int(0), added.entered));
  ASSAY_TRY(PutContent(sql, item.project, item.content_hash, added.content));
  for (const ReviewFact& fact : added.later) ASSAY_TRY(InsertFact(sql, rows[0].Int(0), fact));
  if (!added.later_hash.empty()) ASSAY_TRY(PutContent(sql, item.project, added.later_hash, added.content));
  return true;
}

// WHERE of a filter, with its arguments.
std::string Conditions(const ReviewFilter& filter, SqlArguments& arguments) {
  std::string where;
  const auto add = [&](const std::string& condition, SqlArgument argument) {
    where += " AND " + condition;
    arguments.push_back(std::move(argument));
  };
  if (!filter.project.empty()) add("project = :project", filter.project);
  if (!filter.queue.empty()) add("queue = :queue", filter.queue);
  if (!filter.run.empty()) add("run = :run", filter.run);
  if (!filter.case_id.empty()) add("case_id = :case", filter.case_id);
  if (filter.purpose) add("purpose = :purpose", WordOf(*filter.purpose));
  if (filter.touched_from)
    add(filter.or_open ? "(touched >= :touched OR is_open = 1)" : "touched >= :touched", *filter.touched_from);
  if (filter.entered_until) add("entered <= :until", *filter.entered_until);
  if (filter.only_open) where += " AND is_open = 1";
  return where;
}

struct ListedItem {
  std::int64_t key = 0;
  StoredReviewItem item = {};
};

Status ReadFacts(Sql& sql, ListedItem& listed) {
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query("SELECT fact FROM review_fact WHERE item_key = :key ORDER BY seq", "t", {listed.key}));
  listed.item.facts.reserve(rows.size());
  for (const SqlRow& row : rows) {
    ASSAY_ASSIGN(ReviewFact fact, FactOf(listed.item.id, row.Text(0)));
    listed.item.facts.push_back(std::move(fact));
  }
  return {};
}

// Facts that cannot be read are no error of the reading.
Status ReadReadable(Sql& sql, ListedItem& listed) {
  Status read = ReadFacts(sql, listed);
  if (read || read.error().code != ErrorCode::kDataLoss) return read;
  listed.item.facts.clear();
  listed.item.readable = std::move(read);
  return {};
}

Result<ListedItem> ReadListed(Sql& sql, const SqlRow& row) {
  ListedItem listed{.key = row.Int(0), .item = {.id = row.Text(1), .is_open = row.Int(2) != 0}};
  ASSAY_TRY(ReadReadable(sql, listed));
  return listed;
}

Result<SqlRow> FindItem(Sql& sql, std::string_view item, std::string_view lock = "") {
  ASSAY_ASSIGN(SqlRows rows,
               sql.Query("SELECT item_key, id, is_open, project FROM review_item WHERE id = :id" + std::string(lock),
                         "itit", {item}));
  if (rows.empty()) return Fail(ErrorCode::kNotFound, "there is no review item \"" + std::string(item) + "\"");
  return std::move(rows.front());
}

ReviewRecord RecordOf(const SqlRow& row) {
  return {.project = row.Text(1),
          .kind = row.Text(2),
          .id = row.Text(3),
          .revision = row.Int(4),
          .updated = row.At(5),
          .principal = row.Text(6),
          .body = row.Text(7)};
}

constexpr char kRecordColumns[] =
    "SELECT record_key, project, kind, id, revision, updated, principal, body FROM review_record ";
constexpr char kRecordTypes[] = "itttiitt";

}  // namespace

Result<std::vector<std::string>> ReviewStore::EnterItems(std::span<const NewReviewItem> items) {
  return store_.connections_->Write([&](Sql& sql) -> Result<std::vector<std::string>> {
    std::vector<std::string> entered;
    for (const NewReviewItem& item : items) {
      ASSAY_ASSIGN(const bool is_new, InsertItem(sql, item));
      if (is_new) entered.push_back(item.entered.item);
    }
    return entered;
  });
}

Status ReviewStore::AppendFacts(std::string_view item, std::span<const ReviewFact> facts, bool may_be_lost_with_power,
                                const std::optional<std::string>& content, std::string_view content_hash) {
  if (facts.empty()) return {};
  const auto kind = may_be_lost_with_power ? Sql::Transaction::kWriteResults : Sql::Transaction::kWrite;
  return store_.connections_->Write(
      [&](Sql& sql) -> Status {
        ASSAY_ASSIGN(const SqlRow row, FindItem(sql, item, ForUpdate(sql)));
        for (const ReviewFact& fact : facts) ASSAY_TRY(InsertFact(sql, row.Int(0), fact));
        const std::string own_hash = content && content_hash.empty() ? Sha256Hex(*content) : std::string(content_hash);
        if (content) ASSAY_TRY(PutContent(sql, row.Text(3), own_hash, *content));
        ASSAY_TRY(sql.Execute("UPDATE review_item SET touched = :touched, is_open = 1 WHERE item_key = :key",
                              {facts.back().at, row.Int(0)}));
        return {};
      },
      kind);
}

Status ReviewStore::CloseItem(std::string_view item, std::int64_t seq) {
  return store_.connections_->Write(
      [&](Sql& sql) -> Status {
        ASSAY_ASSIGN(const SqlRow row, FindItem(sql, item, ForUpdate(sql)));
        ASSAY_TRY(
            sql.Execute("UPDATE review_item SET is_open = 0 WHERE item_key = :key AND NOT EXISTS (SELECT 1 FROM "
                        "review_fact WHERE item_key = :same AND seq > :seq)",
                        {row.Int(0), row.Int(0), seq}));
        return {};
      },
      Sql::Transaction::kWriteResults);
}

Result<StoredReviewItem> ReviewStore::ReadItem(std::string_view project, std::string_view item) {
  return store_.connections_->Read([&](Sql& sql) -> Result<StoredReviewItem> {
    ASSAY_ASSIGN(const SqlRow row, FindItem(sql, item));
    if (row.Text(3) != project)
      return Fail(ErrorCode::kNotFound, "there is no review item \"" + std::string(item) + "\"");
    ASSAY_ASSIGN(ListedItem listed, ReadListed(sql, row));
    ASSAY_TRY(listed.item.readable);
    return std::move(listed.item);
  });
}

Result<Page<StoredReviewItem>> ReviewStore::ListItems(const ReviewFilter& filter, const PageRequest& page) {
  return store_.connections_->Read([&](Sql& sql) -> Result<Page<StoredReviewItem>> {
    ASSAY_ASSIGN(const PagePosition position, ReadPage(page));
    SqlArguments arguments = {position.below};
    const std::string where = Conditions(filter, arguments);
    arguments.push_back(position.limit + 1);
    ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT item_key, id, is_open FROM review_item WHERE item_key < :below" +
                                                   where + " ORDER BY item_key DESC LIMIT :limit",
                                               "iti", arguments));
    Status read;
    auto items = PageOf<StoredReviewItem>(rows, position.limit, [&](const SqlRow& row) {
      auto listed = ReadListed(sql, row);
      if (!listed && read) read = Fail(listed.error());
      return listed ? std::move(listed->item) : StoredReviewItem{};
    });
    ASSAY_TRY(read);
    return items;
  });
}

Result<ReviewStore::ItemBatch> ReviewStore::ReadItemsAbove(const ReviewFilter& filter, std::int64_t above, int limit) {
  return store_.connections_->Read([&](Sql& sql) -> Result<ItemBatch> {
    SqlArguments arguments = {above};
    const std::string where = Conditions(filter, arguments);
    arguments.push_back(limit);
    ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT item_key, id, is_open FROM review_item WHERE item_key > :above" +
                                                   where + " ORDER BY item_key LIMIT :limit",
                                               "iti", arguments));
    ItemBatch batch{.last_key = above, .is_last = std::ssize(rows) < limit};
    for (const SqlRow& row : rows) {
      ASSAY_ASSIGN(ListedItem each, ReadListed(sql, row));
      batch.last_key = each.key;
      batch.items.push_back(std::move(each.item));
    }
    return batch;
  });
}

Result<std::vector<ReviewStore::ItemPlace>> ReviewStore::ListItemsAbove(const ReviewFilter& filter, std::int64_t above,
                                                                        int limit) {
  return store_.connections_->Read([&](Sql& sql) -> Result<std::vector<ItemPlace>> {
    SqlArguments arguments = {above};
    const std::string where = Conditions(filter, arguments);
    arguments.push_back(limit);
    ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT item_key, id FROM review_item WHERE item_key > :above" + where +
                                                   " ORDER BY item_key LIMIT :limit",
                                               "it", arguments));
    std::vector<ItemPlace> places;
    for (const SqlRow& row : rows) places.push_back({.key = row.Int(0), .id = row.Text(1)});
    return places;
  });
}

Result<StoredReviewItem> ReviewStore::ReadItemAt(const ItemPlace& place) {
  return store_.connections_->Read([&](Sql& sql) -> Result<StoredReviewItem> {
    ListedItem listed{.key = place.key, .item = {.id = place.id}};
    ASSAY_TRY(ReadReadable(sql, listed));
    return std::move(listed.item);
  });
}

Status ReviewStore::ReadItems(const ReviewFilter& filter, const std::function<Status(StoredReviewItem)>& item) {
  for (std::int64_t above = 0;;) {
    ASSAY_ASSIGN(ItemBatch batch, ReadItemsAbove(filter, above, kItemsAtOnce));
    for (StoredReviewItem& each : batch.items) ASSAY_TRY(item(std::move(each)));
    if (batch.is_last) return {};
    above = batch.last_key;
  }
}

Status ReviewStore::ReadItemsOfRun(std::string_view project, std::string_view run, std::string_view queue,
                                   SnapshotKey snapshot,
                                   const std::function<Status(std::int64_t, const StoredReviewItem&)>& item,
                                   bool only_open) {
  const std::string conditions =
      std::string(queue.empty() ? "" : "AND i.queue = :queue ") + (only_open ? "AND i.is_open = 1 " : "");
  for (std::int64_t above = 0;;) {
    struct Placed {
      std::int64_t ordinal = 0;
      ListedItem listed = {};
    };
    SqlArguments arguments = {static_cast<std::int64_t>(snapshot), project, run};
    if (!queue.empty()) arguments.push_back(queue);
    arguments.push_back(above);
    arguments.push_back(kItemsAtOnce);
    ASSAY_ASSIGN(const auto batch, store_.connections_->Read([&](Sql& sql) -> Result<std::vector<Placed>> {
      ASSAY_ASSIGN(
          const SqlRows rows,
          sql.Query("SELECT i.item_key, i.id, i.is_open, d.ordinal FROM review_item i JOIN dataset_case d ON "
                    "d.snapshot_key = :snapshot AND d.case_id = i.case_id WHERE i.project = :project AND i.run "
                    "= :run " +
                        conditions + "AND i.item_key > :above ORDER BY i.item_key LIMIT :limit",
                    "itii", arguments));
      std::vector<Placed> placed;
      for (const SqlRow& row : rows) {
        ASSAY_ASSIGN(ListedItem listed, ReadListed(sql, row));
        placed.push_back({.ordinal = row.Int(3), .listed = std::move(listed)});
      }
      return placed;
    }));
    for (const Placed& each : batch) {
      above = each.listed.key;
      ASSAY_TRY(each.listed.item.readable);
      ASSAY_TRY(item(each.ordinal, each.listed.item));
    }
    if (std::ssize(batch) < kItemsAtOnce) return {};
  }
}

Result<ReviewStore::ItemCount> ReviewStore::CountItemsOfRun(std::string_view project, std::string_view run,
                                                            std::string_view queue) {
  SqlArguments arguments = {project, run, WordOf(ItemPurpose::kLabel)};
  if (!queue.empty()) arguments.emplace_back(queue);
  return store_.connections_->Read([&](Sql& sql) -> Result<ItemCount> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT COUNT(*), COALESCE(SUM(is_open), 0), MAX(touched) FROM review_item WHERE project = "
                           ":project AND run = :run AND purpose = :purpose" +
                               std::string(queue.empty() ? "" : " AND queue = :queue"),
                           "iii", arguments));
    return ItemCount{.items = rows[0].Int(0), .open = rows[0].Int(1), .touched = rows[0].MaybeAt(2)};
  });
}

Result<std::int64_t> ReviewStore::CountClosed(std::string_view project, std::string_view queue, Time since) {
  return store_.connections_->Read([&](Sql& sql) -> Result<std::int64_t> {
    ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT COUNT(*) FROM review_item WHERE project = :project AND queue = "
                                               ":queue AND touched >= :since AND is_open = 0",
                                               "i", {project, queue, since}));
    return rows[0].Int(0);
  });
}

Result<std::string> ReviewStore::ReadContent(std::string_view project, std::string_view hash) {
  return store_.connections_->Read([&](Sql& sql) -> Result<std::string> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT content FROM review_content WHERE project = :project AND hash = :hash", "t",
                           {project, hash}));
    if (rows.empty()) return Fail(ErrorCode::kNotFound, "the content of this review item is not stored");
    return rows[0].Text(0);
  });
}

Status ReviewStore::PutDraft(std::string_view project, const ReviewDraft& draft) {
  return store_.connections_->Write(
      [&](Sql& sql) -> Status {
        ASSAY_TRY(sql.Execute(
            "INSERT INTO review_draft (item, person, project, epoch, revision, saved, draft) VALUES (:item, :person, "
            ":project, :epoch, :revision, :saved, :draft) ON CONFLICT (item, person) DO UPDATE SET epoch = "
            "excluded.epoch, revision = excluded.revision, saved = excluded.saved, draft = excluded.draft WHERE "
            "review_draft.revision < excluded.revision",
            {draft.item, draft.person, project, draft.epoch, draft.revision, draft.saved_at, draft.text}));
        return {};
      },
      Sql::Transaction::kWriteResults);
}

Status ReviewStore::RemoveDraft(std::string_view item, std::string_view person) {
  return store_.connections_->Write(
      [&](Sql& sql) -> Status {
        ASSAY_TRY(sql.Execute("DELETE FROM review_draft WHERE item = :item AND person = :person", {item, person}));
        return {};
      },
      Sql::Transaction::kWriteResults);
}

Result<std::optional<ReviewDraft>> ReviewStore::ReadDraft(std::string_view item, std::string_view person) {
  return store_.connections_->Read([&](Sql& sql) -> Result<std::optional<ReviewDraft>> {
    ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT epoch, revision, saved, draft FROM review_draft WHERE item = "
                                               ":item AND person = :person",
                                               "iiit", {item, person}));
    if (rows.empty()) return std::nullopt;
    return ReviewDraft{.item = std::string(item),
                       .person = std::string(person),
                       .epoch = static_cast<int>(rows[0].Int(0)),
                       .revision = rows[0].Int(1),
                       .text = rows[0].Text(3),
                       .saved_at = rows[0].At(2)};
  });
}

Result<std::vector<std::string>> ReviewStore::ListDrafts(std::string_view project, std::string_view person) {
  return store_.connections_->Read([&](Sql& sql) -> Result<std::vector<std::string>> {
    ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT item FROM review_draft WHERE project = :project AND person = "
                                               ":person ORDER BY saved DESC LIMIT :limit",
                                               "t", {project, person, kMostDrafts}));
    std::vector<std::string> items;
    for (const SqlRow& row : rows) items.push_back(row.Text(0));
    return items;
  });
}

Result<ReviewRecord> ReviewStore::PutRecord(const ReviewRecord& record) {
  ASSAY_TRY(CheckJson(record.kind, record.body));
  return store_.connections_->Write([&](Sql& sql) -> Result<ReviewRecord> {
    const SqlArguments content = {record.updated, record.principal, record.body,
                                  record.project, record.kind,      record.id};
    std::int64_t written = 0;
    if (record.revision == 0) {
      ASSAY_ASSIGN(written, sql.Execute("INSERT INTO review_record (revision, updated, principal, body, project, kind, "
                                        "id) VALUES (1, :updated, :principal, :body, :project, :kind, :id) ON CONFLICT "
                                        "DO NOTHING",
                                        content));
    } else {
      SqlArguments arguments = content;
      arguments.push_back(record.revision);
      ASSAY_ASSIGN(written, sql.Execute("UPDATE review_record SET revision = revision + 1, updated = :updated, "
                                        "principal = :principal, body = :body WHERE project = :project AND kind = "
                                        ":kind AND id = :id AND revision = :revision",
                                        arguments));
    }
    if (written != 1)
      return Fail(ErrorCode::kAborted,
                  record.kind + " \"" + record.id + "\" was changed at this moment; look at it again");
    ASSAY_TRY(Audit(sql, record.project, record.updated, record.principal, "write_" + record.kind,
                    record.kind + "/" + record.id));
    ReviewRecord stored = record;
    ++stored.revision;
    return stored;
  });
}

Result<std::optional<ReviewRecord>> ReviewStore::FindRecord(std::string_view project, std::string_view kind,
                                                            std::string_view id) {
  return store_.connections_->Read([&](Sql& sql) -> Result<std::optional<ReviewRecord>> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query(std::string(kRecordColumns) + "WHERE project = :project AND kind = :kind AND id = :id",
                           kRecordTypes, {project, kind, id}));
    if (rows.empty()) return std::nullopt;
    return RecordOf(rows[0]);
  });
}

Result<std::vector<ReviewRecord>> ReviewStore::ListRecords(std::string_view project, std::string_view kind) {
  return store_.connections_->Read([&](Sql& sql) -> Result<std::vector<ReviewRecord>> {
    ASSAY_ASSIGN(const SqlRows rows, sql.Query(std::string(kRecordColumns) +
                                                   "WHERE project = :project AND kind = :kind ORDER BY record_key DESC "
                                                   "LIMIT :limit",
                                               kRecordTypes, {project, kind, kMostRecords}));
    std::vector<ReviewRecord> records;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) records.push_back(RecordOf(*row));
    return records;
  });
}

Status ReviewStore::MarkOffered(RunKey run, std::string_view queue, Time at) {
  return store_.connections_->Write([&](Sql& sql) -> Status {
    ASSAY_TRY(
        sql.Execute("INSERT INTO review_offer (run_key, queue, offered) VALUES (:run, :queue, :at) ON CONFLICT DO "
                    "NOTHING",
                    {static_cast<std::int64_t>(run), queue, at}));
    return {};
  });
}

Result<std::optional<Time>> ReviewStore::OfferedAt(RunKey run, std::string_view queue) {
  return store_.connections_->Read([&](Sql& sql) -> Result<std::optional<Time>> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT offered FROM review_offer WHERE run_key = :run AND queue = :queue", "i",
                           {static_cast<std::int64_t>(run), queue}));
    return rows.empty() ? std::nullopt : std::optional(rows[0].At(0));
  });
}

Result<std::vector<RunKey>> ReviewStore::ListCompleteRuns(Time since) {
  return store_.connections_->Read([&](Sql& sql) -> Result<std::vector<RunKey>> {
    ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT run_key FROM run WHERE state = :state AND ended >= :since AND "
                                               "deleted IS NULL AND responses_deleted IS NULL ORDER BY run_key",
                                               "i", {static_cast<int>(RunState::kComplete), since}));
    std::vector<RunKey> runs;
    for (const SqlRow& row : rows) runs.push_back(RunKey{row.Int(0)});
    return runs;
  });
}

}  // namespace assay
