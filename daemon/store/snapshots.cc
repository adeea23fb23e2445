// Dataset snapshots: written in batches, visible once finished, read by ordinal.

#include <functional>
#include <string_view>
#include <unordered_map>

#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

constexpr BulkTable kCases = {"dataset_case", "snapshot_key, ordinal, case_id, fields", "iitt"};
constexpr BulkTable kSlices = {"case_slice", "snapshot_key, slice, ordinal, value", "itit"};
constexpr std::int64_t kMaxRead = 10000;
constexpr std::int64_t kDiscardedAtOnce = 5000;

std::int64_t Number(SnapshotKey key) { return static_cast<std::int64_t>(key); }

SnapshotRecord ToSnapshot(const SqlRow& row) {
  return SnapshotRecord{.key = SnapshotKey{row.Int(0)},
                        .project = row.Text(1),
                        .digest = row.Text(2),
                        .cases = row.Int(3),
                        .created = row.At(4),
                        .principal = row.Text(5),
                        .cases_digest = row.Text(6),
                        .exact_digest = row.Text(7)};
}

// For the statements that take no arguments. A quote is written twice in the strings of both engines.
std::string TextLiteral(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) literal += c == '\'' ? "''" : std::string(1, c);
  return literal + "'";
}

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

// snapshot.finished.
constexpr int kFinished = 1;
constexpr int kDiscarded = -1;  // and not gone yet
constexpr int kEmptied = -3;    // deleted runs refer to it, which are told by it that they had the same cases

// First of all, so that nothing is appended to what is half gone. False when there is nothing to discard.
Result<bool> BeginToDiscard(Sql& sql, std::int64_t key) {
  ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT finished FROM snapshot WHERE snapshot_key = :key", "i", {key}));
  if (rows.empty() || rows[0].Int(0) == kEmptied) return false;
  if (rows[0].Int(0) == kFinished) return Fail(ErrorCode::kFailedPrecondition, "a finished dataset snapshot is kept");
  ASSAY_TRY(
      sql.Execute("UPDATE snapshot SET finished = :state WHERE snapshot_key = :key", {std::int64_t{kDiscarded}, key}));
  return true;
}

// Some rows of a snapshot that is being discarded, or at last the snapshot itself. False when nothing is left: a
// transaction on all rows of a large one would keep every other writer waiting for seconds.
Result<bool> DiscardSome(Sql& sql, std::int64_t key) {
  ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT finished FROM snapshot WHERE snapshot_key = :key", "i", {key}));
  if (rows.empty() || rows[0].Int(0) != kDiscarded) return false;
  for (const std::string table : {"case_slice", "dataset_case"}) {
    const std::string columns = table == "case_slice" ? "slice, ordinal" : "ordinal";
    ASSAY_ASSIGN(const std::int64_t removed,
                 sql.Execute("DELETE FROM " + table + " WHERE snapshot_key = :key AND (" + columns + ") IN (SELECT " +
                                 columns + " FROM " + table + " WHERE snapshot_key = :same_key LIMIT " +
                                 std::to_string(kDiscardedAtOnce) + ")",
                             {key, key}));
    if (removed > 0) return true;
  }
  ASSAY_TRY(sql.Execute("DELETE FROM repeated_cases WHERE snapshot_key = :key", {key}));
  ASSAY_ASSIGN(const SqlRows runs, sql.Query("SELECT run_key FROM run WHERE snapshot_key = :key LIMIT 1", "i", {key}));
  if (runs.empty()) {
    ASSAY_TRY(sql.Execute("DELETE FROM snapshot WHERE snapshot_key = :key", {key}));
  } else {
    ASSAY_TRY(sql.Execute("UPDATE snapshot SET finished = :state, cases = 0 WHERE snapshot_key = :key",
                          {std::int64_t{kEmptied}, key}));
  }
  return false;
}

// A new snapshot, or the emptied one of this digest again: which cases a run had stays what it was.
Result<SnapshotKey> MakeUnfinished(Sql& sql, std::string_view project, std::string_view digest, Time at,
                                   std::string_view principal) {
  ASSAY_ASSIGN(const SqlRows refilled,
               sql.Query("UPDATE snapshot SET finished = 0, cases = 0, created = :created, principal = :principal "
                         "WHERE project = :project AND digest = :digest AND finished = :emptied RETURNING snapshot_key",
                         "i", {at, principal, project, digest, std::int64_t{kEmptied}}));
  if (!refilled.empty()) return SnapshotKey{refilled[0].Int(0)};
  ASSAY_ASSIGN(const SqlRows created,
               sql.Query("INSERT INTO snapshot (project, digest, finished, cases, created, principal) "
                         "VALUES (:project, :digest, 0, 0, :created, :principal) RETURNING snapshot_key",
                         "i", {project, digest, at, principal}));
  return SnapshotKey{created[0].Int(0)};
}

Error Duplicate(const std::string& id, std::int64_t first, std::int64_t second) {
  return Error{ErrorCode::kInvalidArgument,
               "case id \"" + id + "\" is given twice, by cases " + std::to_string(first) + " and " +
                   std::to_string(second) + " (from 0); ids must be unique in a suite",
               std::nullopt};
}

Status CheckRows(std::span<const CaseRow> rows) {
  std::unordered_map<std::string_view, std::int64_t> seen;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].ordinal != rows.front().ordinal + static_cast<std::int64_t>(i)) {
      return Fail(ErrorCode::kInvalidArgument, "case " + std::to_string(rows[i].ordinal) + " is out of order");
    }
    const auto [found, is_new] = seen.emplace(rows[i].id, rows[i].ordinal);
    if (!is_new) return Fail(Duplicate(rows[i].id, found->second, rows[i].ordinal));
    ASSAY_TRY(CheckJson("case \"" + rows[i].id + "\"", rows[i].json));
  }
  return {};
}

// Which of the rows has an id that an earlier batch took.
Result<Error> FindDuplicate(Sql& sql, std::int64_t key, std::span<const CaseRow> rows) {
  for (const CaseRow& row : rows) {
    ASSAY_ASSIGN(
        const SqlRows found,
        sql.Query("SELECT ordinal FROM dataset_case WHERE snapshot_key = :key AND case_id = :id", "i", {key, row.id}));
    if (!found.empty()) return Duplicate(row.id, found[0].Int(0), row.ordinal);
  }
  return Error{ErrorCode::kInternal, "a case breaks a unique key but none is stored twice", std::nullopt};
}

Result<Case> MakeCase(std::int64_t ordinal, std::string_view id, std::string_view text) {
  Result<Json> fields = Json::Parse(text);
  if (!fields) return Fail(ErrorCode::kDataLoss, "case \"" + std::string(id) + "\": " + fields.error().message);
  return Case{ordinal, std::string(id), *std::move(fields), text.size()};
}

Status CheckCount(std::int64_t count) {
  if (count >= 0 && count <= kMaxRead) return {};
  return Fail(ErrorCode::kInvalidArgument, std::to_string(count) + " cases at once; ask for at most 10000");
}

}  // namespace

Result<bool> ReleaseUnused(Sql& sql, std::int64_t snapshot) {
  ASSAY_ASSIGN(const std::int64_t released,
               sql.Execute("UPDATE snapshot SET finished = -1 WHERE snapshot_key = :key AND finished = 1 AND NOT "
                           "EXISTS (SELECT 1 FROM run WHERE snapshot_key = :same_key AND deleted IS NULL)",
                           {snapshot, snapshot}));
  return released > 0;
}

Result<SnapshotRecord> Store::FindSnapshot(std::string_view project, std::string_view digest) {
  return connections_->Read([&](Sql& sql) -> Result<SnapshotRecord> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT snapshot_key, project, digest, cases, created, principal, cases_digest, "
                           "exact_digest FROM snapshot WHERE project = :project AND digest = :digest AND finished = 1",
                           "ittiittt", {project, digest}));
    if (rows.empty()) return Fail(ErrorCode::kNotFound, "dataset snapshot " + std::string(digest) + " is not stored");
    return ToSnapshot(rows[0]);
  });
}

Result<SnapshotKey> Store::BeginSnapshot(std::string_view project, std::string_view digest, Time at,
                                         std::string_view principal) {
  ASSAY_ASSIGN(const std::vector<SnapshotKey> unfinished, ListUnfinishedSnapshots(project, digest));
  for (const SnapshotKey left : unfinished) ASSAY_TRY(DiscardSnapshot(left));
  return connections_->Write([&](Sql& sql) -> Result<SnapshotKey> {
    ASSAY_ASSIGN(const SqlRows existing,
                 sql.Query("SELECT finished FROM snapshot WHERE project = :project AND digest = :digest", "i",
                           {project, digest}));
    if (!existing.empty() && existing[0].Int(0) != kEmptied) {
      const bool is_finished = existing[0].Int(0) == kFinished;
      return Fail(
          is_finished ? ErrorCode::kAlreadyExists : ErrorCode::kAborted,
          "dataset snapshot " + std::string(digest) + (is_finished ? " is stored already" : " is being stored"));
    }
    return MakeUnfinished(sql, project, digest, at, principal);
  });
}

Status Store::AppendCases(SnapshotKey snapshot, std::span<const CaseRow> rows) {
  if (rows.empty()) return {};
  ASSAY_TRY(CheckRows(rows));
  const std::int64_t key = Number(snapshot);
  Status appended = connections_->Write([&](Sql& sql) -> Status {
    ASSAY_ASSIGN(const SqlRows updated,
                 sql.Query("UPDATE snapshot SET cases = cases + :count WHERE snapshot_key = :key AND finished = 0 "
                           "RETURNING cases",
                           "i", {std::ssize(rows), key}));
    if (updated.empty()) {
      return Fail(ErrorCode::kAborted, "the dataset snapshot was finished or discarded meanwhile; begin again");
    }
    if (const std::int64_t next = updated[0].Int(0) - std::ssize(rows); rows.front().ordinal != next) {
      return Fail(ErrorCode::kInvalidArgument, "case " + std::to_string(rows.front().ordinal) +
                                                   " is out of order; the next is " + std::to_string(next));
    }
    ASSAY_TRY(sql.native().Insert(kCases, [&](RowSink& sink) {
      for (const CaseRow& row : rows) {
        sink.Int(key);
        sink.Int(row.ordinal);
        sink.Text(row.id);
        sink.Text(row.json);
        sink.EndRow();
      }
    }));
    return sql.native().Insert(kSlices, [&](RowSink& sink) {
      for (const CaseRow& row : rows) {
        for (const SliceValue& slice : row.slices) {
          sink.Int(key);
          sink.Text(slice.slice);
          sink.Int(row.ordinal);
          sink.Text(slice.value);
          sink.EndRow();
        }
      }
    });
  });
  if (appended || appended.error().code != ErrorCode::kAlreadyExists) return appended;
  ASSAY_ASSIGN(Error duplicate, connections_->Read([&](Sql& sql) { return FindDuplicate(sql, key, rows); }));
  return Fail(std::move(duplicate));
}

Result<SnapshotRecord> Store::FinishSnapshot(SnapshotKey snapshot, std::string_view cases_digest,
                                             std::string_view exact_digest) {
  return connections_->Write([&](Sql& sql) -> Result<SnapshotRecord> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query("UPDATE snapshot SET finished = 1, cases_digest = :cases, exact_digest = :exact WHERE snapshot_key = "
                  ":key AND finished = 0 RETURNING snapshot_key, project, digest, cases, created, principal, "
                  "cases_digest, exact_digest",
                  "ittiittt", {cases_digest, exact_digest, Number(snapshot)}));
    if (rows.empty()) {
      return Fail(ErrorCode::kAborted, "the dataset snapshot was finished or discarded meanwhile; begin again");
    }
    SnapshotRecord record = ToSnapshot(rows[0]);
    ASSAY_TRY(Audit(sql, record.project, record.created, record.principal, "create_snapshot",
                    "snapshot/" + record.digest, std::to_string(record.cases) + " cases"));
    return record;
  });
}

Status Store::SetExactDigest(SnapshotKey snapshot, std::string_view exact_digest) {
  return connections_->Write([&](Sql& sql) -> Status {
    ASSAY_TRY(sql.Execute("UPDATE snapshot SET exact_digest = :exact WHERE snapshot_key = :key AND finished = 1",
                          {exact_digest, Number(snapshot)}));
    return {};
  });
}

Result<std::optional<std::int64_t>> Store::FindRepeatedCases(SnapshotKey snapshot, std::string_view asks) {
  return connections_->Read([&](Sql& sql) -> Result<std::optional<std::int64_t>> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT cases FROM repeated_cases WHERE snapshot_key = :key AND asks = :asks", "i",
                           {Number(snapshot), asks}));
    if (rows.empty()) return std::nullopt;
    return rows[0].Int(0);
  });
}

Status Store::SetRepeatedCases(SnapshotKey snapshot, std::string_view asks, std::int64_t cases) {
  return connections_->Write([&](Sql& sql) -> Status {
    ASSAY_TRY(
        sql.Execute("INSERT INTO repeated_cases (snapshot_key, asks, cases) VALUES (:key, :asks, :cases) ON "
                    "CONFLICT (snapshot_key, asks) DO UPDATE SET cases = excluded.cases",
                    {Number(snapshot), asks, cases}));
    return {};
  });
}

Status Store::DiscardSnapshot(SnapshotKey snapshot, const std::function<bool()>& gives_up) {
  bool has_begun = false;
  const auto step = [&](Sql& sql) -> Result<bool> {
    if (!has_begun) {
      ASSAY_ASSIGN(has_begun, BeginToDiscard(sql, Number(snapshot)));
    }
    return DiscardSome(sql, Number(snapshot));
  };
  for (bool has_more = true; has_more;) {
    if (gives_up && gives_up()) return Fail(ErrorCode::kUnavailable, "the discarded dataset snapshot is not gone yet");
    ASSAY_ASSIGN(has_more, connections_->Write(step));
  }
  return {};
}

Result<bool> Store::DiscardSomeCases(SnapshotKey snapshot) {
  return connections_->Write([&](Sql& sql) { return DiscardSome(sql, Number(snapshot)); });
}

Result<bool> Store::ReleaseSnapshot(SnapshotKey snapshot) {
  return connections_->Write([&](Sql& sql) { return ReleaseUnused(sql, Number(snapshot)); });
}

Result<std::vector<SnapshotKey>> Store::ListUnusedSnapshots(Time created_before) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<SnapshotKey>> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT s.snapshot_key FROM snapshot s WHERE s.finished = 1 AND s.created < :before AND NOT "
                           "EXISTS (SELECT 1 FROM run r WHERE r.snapshot_key = s.snapshot_key AND r.deleted IS NULL)",
                           "i", {created_before}));
    std::vector<SnapshotKey> keys;
    for (const SqlRow& row : rows) keys.push_back(SnapshotKey{row.Int(0)});
    return keys;
  });
}

Result<std::vector<SnapshotKey>> Store::ListUnfinishedSnapshots(std::string_view project, std::string_view digest) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<SnapshotKey>> {
    ASSAY_ASSIGN(const SqlRows rows, project.empty()
                                         ? sql.Query("SELECT snapshot_key FROM snapshot WHERE finished IN (0, -1)", "i")
                                         : sql.Query("SELECT snapshot_key FROM snapshot WHERE project = :project AND "
                                                     "digest = :digest AND finished IN (0, -1)",
                                                     "i", {project, digest}));
    std::vector<SnapshotKey> keys;
    for (const SqlRow& row : rows) keys.push_back(SnapshotKey{row.Int(0)});
    return keys;
  });
}

Result<std::vector<Case>> Store::ReadCases(SnapshotKey snapshot, std::span<const std::int64_t> ordinals) {
  ASSAY_TRY(CheckCount(std::ssize(ordinals)));
  if (ordinals.empty()) return std::vector<Case>();
  std::unordered_map<std::int64_t, std::size_t> places;
  for (std::size_t i = 0; i < ordinals.size(); ++i) places.emplace(ordinals[i], i);
  const std::string query =
      "SELECT ordinal, case_id, fields FROM dataset_case WHERE snapshot_key = " + std::to_string(Number(snapshot)) +
      " AND ordinal IN " + NumberList(ordinals);
  return connections_->Read([&](Sql& sql) -> Result<std::vector<Case>> {
    std::vector<Case> cases(ordinals.size(), Case{.ordinal = -1, .id = "", .fields = Json()});
    Status read;
    ASSAY_TRY(sql.native().Scan(query, [&](const RowView& row) {
      auto made = MakeCase(row.Int(0), row.Text(1), row.Text(2));
      if (made) {
        cases[places.at(made->ordinal)] = *std::move(made);
      } else if (read) {
        read = Fail(made.error());
      }
    }));
    ASSAY_TRY(read);
    for (std::size_t i = 0; i < cases.size(); ++i) {
      if (cases[i].ordinal != ordinals[i]) cases[i] = cases[places.at(ordinals[i])];  // asked for twice
      if (cases[i].ordinal == ordinals[i]) continue;
      return Fail(ErrorCode::kNotFound, "case " + std::to_string(ordinals[i]) + " is not in the dataset snapshot");
    }
    return cases;
  });
}

Result<std::vector<std::string>> Store::ListSliceNames(SnapshotKey snapshot) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<std::string>> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT DISTINCT slice FROM case_slice WHERE snapshot_key = :key ORDER BY slice", "t",
                           {Number(snapshot)}));
    std::vector<std::string> names;
    for (const SqlRow& row : rows) names.push_back(row.Text(0));
    return names;
  });
}

Result<std::vector<CaseRow>> Store::ReadCaseRows(SnapshotKey snapshot, std::span<const std::string> slices,
                                                 std::int64_t from, std::int64_t limit) {
  ASSAY_TRY(CheckCount(limit));
  const std::string of_snapshot = " WHERE snapshot_key = " + std::to_string(Number(snapshot));
  return connections_->Read([&](Sql& sql) -> Result<std::vector<CaseRow>> {
    std::vector<CaseRow> rows;
    std::unordered_map<std::int64_t, std::size_t> places;
    const std::string cases = "SELECT ordinal, case_id, fields FROM dataset_case" + of_snapshot +
                              " AND ordinal >= " + std::to_string(from) + " ORDER BY ordinal LIMIT " +
                              std::to_string(limit);
    ASSAY_TRY(sql.native().Scan(cases, [&](const RowView& row) {
      places.emplace(row.Int(0), rows.size());
      rows.push_back(
          {.ordinal = row.Int(0), .id = std::string(row.Text(1)), .json = std::string(row.Text(2)), .slices = {}});
    }));
    if (rows.empty()) return rows;
    for (const std::string& slice : slices) {
      const std::string values = "SELECT ordinal, value FROM case_slice" + of_snapshot +
                                 " AND slice = " + TextLiteral(slice) + " AND ordinal BETWEEN " + std::to_string(from) +
                                 " AND " + std::to_string(rows.back().ordinal);
      ASSAY_TRY(sql.native().Scan(values, [&](const RowView& row) {
        const auto place = places.find(row.Int(0));
        if (place != places.end()) rows[place->second].slices.push_back({slice, std::string(row.Text(1))});
      }));
    }
    return rows;
  });
}

Result<std::optional<Case>> Store::FindCase(SnapshotKey snapshot, std::string_view case_id) {
  return connections_->Read([&](Sql& sql) -> Result<std::optional<Case>> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query("SELECT ordinal, case_id, fields FROM dataset_case WHERE snapshot_key = :key AND case_id = :id",
                  "itt", {Number(snapshot), case_id}));
    if (rows.empty()) return std::nullopt;
    ASSAY_ASSIGN(Case found, MakeCase(rows[0].Int(0), rows[0].Text(1), rows[0].Text(2)));
    return found;
  });
}

Result<std::vector<StoredSlice>> Store::ReadSliceColumns(SnapshotKey snapshot, std::span<const std::string> slices) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<StoredSlice>> {
    ASSAY_ASSIGN(const SqlRows size,
                 sql.Query("SELECT cases FROM snapshot WHERE snapshot_key = :key", "i", {Number(snapshot)}));
    if (size.empty()) return Fail(ErrorCode::kNotFound, "the dataset snapshot is not stored");
    const auto cases = static_cast<std::size_t>(size[0].Int(0));
    std::vector<StoredSlice> columns;
    for (const std::string& slice : slices) {
      StoredSlice column{slice, {}, std::vector<std::int32_t>(cases, StoredSlice::kAbsent)};
      std::unordered_map<std::string, std::int32_t, TextHash, std::equal_to<>> codes;
      ASSAY_TRY(sql.native().Scan(
          "SELECT ordinal, value FROM case_slice WHERE snapshot_key = " + std::to_string(Number(snapshot)) +
              " AND slice = " + TextLiteral(slice) + " ORDER BY ordinal",
          [&](const RowView& row) {
            const auto ordinal = static_cast<std::size_t>(row.Int(0));
            auto code = codes.find(row.Text(1));
            if (code == codes.end()) {
              code = codes.emplace(row.Text(1), static_cast<std::int32_t>(column.values.size())).first;
              column.values.push_back(code->first);
            }
            if (ordinal < cases) column.codes[ordinal] = code->second;
          }));
      columns.push_back(std::move(column));
    }
    return columns;
  });
}

Result<bool> Store::HaveSameCases(SnapshotKey one, SnapshotKey other) {
  if (one == other) return true;
  return connections_->Read([&](Sql& sql) -> Result<bool> {
    ASSAY_ASSIGN(const SqlRows both,
                 sql.Query("SELECT s.cases FROM snapshot s JOIN snapshot o ON o.cases_digest = s.cases_digest AND "
                           "o.cases = s.cases WHERE s.snapshot_key = :one AND o.snapshot_key = :other AND "
                           "s.cases_digest <> ''",
                           "i", {Number(one), Number(other)}));
    if (both.empty() || both[0].Int(0) == 0) return false;
    ASSAY_ASSIGN(
        const SqlRows same,
        sql.Query(
            "SELECT COUNT(*) FROM dataset_case s JOIN dataset_case o ON o.ordinal = s.ordinal AND "
            "CAST(o.fields AS TEXT) = CAST(s.fields AS TEXT) WHERE s.snapshot_key = :one AND o.snapshot_key = :other",
            "i", {Number(one), Number(other)}));
    return same[0].Int(0) == both[0].Int(0);
  });
}

}  // namespace assay
