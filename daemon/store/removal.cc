// Removes the rows of what is deleted of a run, a stretch of positions at a time.

#include <algorithm>

#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

struct Removed {
  std::int64_t run = 0;
  RunPart part = RunPart::kAll;
  std::int64_t snapshot = 0;
};

std::string Range(std::string_view column, std::int64_t first, std::int64_t end) {
  return std::string(column) + " >= " + std::to_string(first) + " AND " + std::string(column) + " < " +
         std::to_string(end);
}

// The lowest position from `from` on that has a row of this table.
Result<std::optional<std::int64_t>> FirstIn(Sql& sql, const std::string& table, std::int64_t run, std::int64_t from) {
  ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT MIN(trial_key) FROM " + table + " WHERE " +
                                                 Range("trial_key", TrialKey(run, from), TrialKey(run + 1, 0)),
                                             "i"));
  if (rows.empty() || rows[0].IsNull(0)) return std::nullopt;
  return PositionOf(rows[0].Int(0));
}

// Rows of texts are there with their trial only, and go with it.
Result<std::optional<std::int64_t>> FirstLeft(Sql& sql, const Removed& removed, std::int64_t from) {
  if (removed.part == RunPart::kAll) return FirstIn(sql, "trial", removed.run, from);
  ASSAY_ASSIGN(const auto body, FirstIn(sql, "trial_body", removed.run, from));
  ASSAY_ASSIGN(const auto reason, FirstIn(sql, "score_reason", removed.run, from));
  if (!body || !reason) return body ? body : reason;
  return std::min(*body, *reason);
}

// Returns how many trials it was about.
Result<std::int64_t> RemoveStretch(Sql& sql, const Removed& removed, std::int64_t first, std::int64_t end) {
  const std::string trials = Range("trial_key", TrialKey(removed.run, first), TrialKey(removed.run, end));
  ASSAY_TRY(sql.Execute("DELETE FROM score_reason WHERE " + trials));
  ASSAY_ASSIGN(const std::int64_t bodies, sql.Execute("DELETE FROM trial_body WHERE " + trials));
  if (removed.part == RunPart::kResponses) return bodies;
  // By grader: then the stretch is a range of the table's key.
  ASSAY_TRY(
      sql.Execute("DELETE FROM score WHERE run_key = :key AND grader IN (SELECT grader FROM run_grader WHERE run_key = "
                  ":graders_of) AND " +
                      Range("position", first, end),
                  {removed.run, removed.run}));
  return sql.Execute("DELETE FROM trial WHERE " + trials);
}

// What a run has beside its trials: a few hundred rows. Sentinels are no responses of the run's model.
Result<RemovalStep> RemoveRest(Sql& sql, const Removed& removed) {
  RemovalStep step{.is_last = true, .finished = removed.part};
  ASSAY_TRY(sql.Execute("UPDATE run SET removing = 0 WHERE run_key = :key", {removed.run}));
  if (removed.part == RunPart::kResponses) return step;
  for (const std::string table : {"sentinel", "earlier_sentinel", "judge_answerer"})
    ASSAY_TRY(sql.Execute("DELETE FROM " + table + " WHERE run_key = :key", {removed.run}));
  ASSAY_ASSIGN(const bool is_released, ReleaseUnused(sql, removed.snapshot));
  if (is_released) step.released = SnapshotKey{removed.snapshot};
  return step;
}

}  // namespace

Result<RemovalStep> Store::RemoveSome(RunKey run, std::int64_t from, std::int64_t most) {
  const auto key = static_cast<std::int64_t>(run);
  if (from < 0 || from >= kMaxPositions || most < 1)
    return Fail(ErrorCode::kInvalidArgument, "positions from " + std::to_string(from) + " on, " + std::to_string(most));
  // What is lost with the machine's power is removed again: that it is deleted is on the disk.
  return connections_->Write(
      [&](Sql& sql) -> Result<RemovalStep> {
        ASSAY_ASSIGN(const SqlRows rows,
                     sql.Query("SELECT removing, snapshot_key FROM run WHERE run_key = :key", "ii", {key}));
        if (rows.empty() || rows[0].Int(0) == 0) return RemovalStep{.next = from, .is_last = true};
        const Removed removed{.run = key, .part = static_cast<RunPart>(rows[0].Int(0)), .snapshot = rows[0].Int(1)};
        ASSAY_ASSIGN(const std::optional<std::int64_t> first, FirstLeft(sql, removed, from));
        if (!first && from > 0) return RemovalStep{.next = 0};  // before the end, once more from the beginning
        if (!first) return RemoveRest(sql, removed);
        const std::int64_t end = *first + most;
        ASSAY_ASSIGN(const std::int64_t trials, RemoveStretch(sql, removed, *first, end));
        return RemovalStep{.trials = trials, .next = end};
      },
      Sql::Transaction::kWriteResults);
}

}  // namespace assay
