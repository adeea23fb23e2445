// What a run that asks again for the errors of another takes over from it.

#include <algorithm>
#include <unordered_map>

#include "daemon/store/connections.h"
#include "daemon/store/due_trials.h"
#include "daemon/store/rows.h"
#include "daemon/store/sentinels.h"

namespace assay {
namespace {

// Positions in one transaction: others that write wait no longer than for a few batches of results.
constexpr std::int64_t kPositionsAtOnce = 5'000;
// With a response, whatever became of it: an answer that a grader could not judge is not asked for again either.
constexpr char kAnswered[] = "attempts IS NOT NULL";
constexpr char kNotDue[] = "status <> 4";

struct Takeover {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::int64_t positions = 0;  // of the run
};

Result<Takeover> FindRuns(Sql& sql, RunKey from, RunKey to) {
  const Takeover found{.from = static_cast<std::int64_t>(from), .to = static_cast<std::int64_t>(to)};
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query("SELECT run_key, project, suite_version, model_version, scheduled, seed, snapshot_key, "
                         "COALESCE(deleted, responses_deleted) FROM run WHERE run_key IN (:from, :to)",
                         "itttiiii", {found.from, found.to}));
  if (rows.size() != 2) return Fail(ErrorCode::kNotFound, "a run to take trials over from or to is not stored");
  if (!rows[0].IsNull(7) || !rows[1].IsNull(7))
    return Fail(ErrorCode::kFailedPrecondition, "the answers of a run are deleted");
  for (const int column : {1, 2, 3}) {
    if (rows[0].Text(column) != rows[1].Text(column))
      return Fail(ErrorCode::kFailedPrecondition, "the runs are not of the same suite and model");
  }
  for (const int column : {4, 5, 6}) {
    if (rows[0].Int(column) != rows[1].Int(column))
      return Fail(ErrorCode::kFailedPrecondition, "the runs do not have the same cases in the same order");
  }
  return Takeover{.from = found.from, .to = found.to, .positions = rows[0].Int(4)};
}

std::string Between(std::string_view column, std::int64_t first, std::int64_t end) {
  return std::string(column) + " >= " + std::to_string(first) + " AND " + std::string(column) + " < " +
         std::to_string(end);
}

// Versions of graders that were added later, by people's scores. Those of an earlier attempt are there already.
Status CopyGraderVersions(Sql& sql, const Takeover& runs) {
  ASSAY_TRY(sql.Execute(
      "INSERT INTO run_grader (run_key, grader, version_index, name, type, version, role, source) "
      "SELECT " +
          std::to_string(runs.to) +
          ", grader, version_index, name, type, version, role, source FROM run_grader WHERE run_key = :from AND "
          "version_index > 0 ON CONFLICT DO NOTHING",
      {runs.from}));
  return {};
}

// One stretch of positions. Returns how many trials it copied.
Result<std::int64_t> CopyStretch(Sql& sql, const Takeover& runs, std::int64_t first, std::int64_t end) {
  const std::int64_t shift = TrialKey(runs.to, 0) - TrialKey(runs.from, 0);
  const std::string moved = std::to_string(shift);
  const std::string to = std::to_string(runs.to);
  ASSAY_ASSIGN(std::vector<std::int64_t> unjudged, UnjudgedBetween(sql, runs.from, first, end));
  for (std::int64_t& position : unjudged) position = TrialKey(runs.from, position);
  const std::string status =
      unjudged.empty() ? "status" : "CASE WHEN trial_key IN " + NumberList(unjudged) + " THEN 4 ELSE status END";
  const std::string trials = Between("trial_key", TrialKey(runs.from, first), TrialKey(runs.from, end));
  const std::string answered = "trial_key IN (SELECT trial_key FROM trial WHERE " + trials + " AND " + kAnswered + ")";
  ASSAY_ASSIGN(const std::int64_t copied,
               sql.Execute("INSERT INTO trial (trial_key, run_key, ordinal, trial, status, latency_us, tokens_in, "
                           "tokens_out, attempts, finish_reason, first_token_us, cost_usd, cached, retries) "
                           "SELECT trial_key + " +
                           moved + ", " + to + ", ordinal, trial, " + status +
                           ", latency_us, tokens_in, tokens_out, attempts, "
                           "finish_reason, first_token_us, cost_usd, cached, retries FROM trial WHERE " +
                           trials + " AND " + kAnswered));
  if (copied == 0) return 0;
  ASSAY_TRY(sql.Execute(
      "INSERT INTO trial_body (trial_key, response, tool_calls, error, transcript) SELECT trial_key + " + moved +
      ", response, tool_calls, error, transcript FROM trial_body WHERE " + trials + " AND " + answered));
  ASSAY_TRY(sql.Execute(
      "INSERT INTO score_reason (trial_key, grader, revision, reason, evidence, principal) SELECT trial_key + " +
      moved + ", grader, revision, reason, evidence, principal FROM score_reason WHERE " + trials + " AND " +
      answered));
  // By grader: then the stretch is a range of the table's key.
  ASSAY_TRY(sql.Execute(
      "INSERT INTO score (run_key, grader, position, revision, ordinal, trial, grader_version, source, status, value, "
      "pass, label, evidence) SELECT " +
          to +
          ", grader, position, revision, ordinal, trial, grader_version, source, status, "
          "value, pass, label, evidence FROM score WHERE run_key = :from AND grader IN (SELECT grader FROM run_grader "
          "WHERE "
          "run_key = :graders_of) AND " +
          Between("position", first, end) + " AND position + " + std::to_string(TrialKey(runs.from, 0)) +
          " IN (SELECT trial_key FROM trial WHERE " + trials + " AND " + kAnswered + ")",
      {runs.from, runs.from}));
  return copied;
}

// A stretch is there as a whole or not at all.
Result<bool> HasTrials(Sql& sql, const Takeover& runs, std::int64_t first, std::int64_t end) {
  const std::string stretch = Between("trial_key", TrialKey(runs.to, first), TrialKey(runs.to, end));
  ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT trial_key FROM trial WHERE " + stretch + " LIMIT 1", "i"));
  return !rows.empty();
}

// What is copied was answered; what of it is not due counts as if it had been asked for, but for its cost: that was
// paid by the other run.
Status CountStretch(Sql& sql, const Takeover& runs, std::int64_t first, std::int64_t end) {
  ASSAY_ASSIGN(const SqlRows counts,
               sql.Query("SELECT status, COUNT(*) FROM trial WHERE " +
                             Between("trial_key", TrialKey(runs.to, first), TrialKey(runs.to, end)) + " AND " +
                             kNotDue + " GROUP BY status",
                         "ii"));
  RunCounts added;
  for (const SqlRow& row : counts) added.Add(static_cast<TrialStatus>(row.Int(0)), row.Int(1));
  ASSAY_TRY(sql.Execute(
      "UPDATE run SET scored = scored + :scored, unscored = unscored + :unscored, "
      "errors = errors + :errors, awaiting_human = awaiting_human + :human, has_answers = 1 WHERE run_key = "
      ":key",
      {added.scored, added.unscored, added.error, added.awaiting_human, runs.to}));
  return {};
}

// The lowest position that is not stored, or due.
Status SettlePosition(Sql& sql, const Takeover& runs) {
  std::int64_t position = 0;
  const std::string all = Between("trial_key", TrialKey(runs.to, 0), TrialKey(runs.to, runs.positions));
  ASSAY_TRY(sql.native().Scan("SELECT trial_key FROM trial WHERE " + all + " AND " + kNotDue + " ORDER BY trial_key",
                              [&](const RowView& row) {
                                if (PositionOf(row.Int(0)) == position) ++position;
                              }));
  ASSAY_TRY(sql.Execute("UPDATE run SET position = :position WHERE run_key = :key", {position, runs.to}));
  return {};
}

struct LineageRun {
  std::int64_t key = 0;
  std::string id;
  bool is_deleted = false;
};

// The run and those whose answers it took over, the first of them first.
Result<std::vector<LineageRun>> LineageOf(Sql& sql, RunKey run) {
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query("WITH RECURSIVE lineage (run_key, id, project, retry_of, deleted) AS (SELECT run_key, id, "
                         "project, retry_of, deleted FROM run WHERE run_key = :run UNION SELECT p.run_key, p.id, "
                         "p.project, p.retry_of, p.deleted FROM lineage l JOIN run p ON p.project = l.project AND "
                         "p.id = l.retry_of) SELECT run_key, id, deleted FROM lineage ORDER BY run_key",
                         "iti", {static_cast<std::int64_t>(run)}));
  std::vector<LineageRun> lineage;
  for (const SqlRow& row : rows) {
    lineage.push_back({.key = row.Int(0), .id = row.Text(1), .is_deleted = !row.IsNull(2)});
  }
  return lineage;
}

// How often each trial that ended in an error without an answer was asked, by position. An answer is copied from run to
// run, and stays the last: what the last run has counts once.
using RequestsByPosition = std::unordered_map<std::int64_t, std::int64_t>;

Result<RequestsByPosition> CountRequests(Sql& sql, const std::vector<LineageRun>& lineage) {
  RequestsByPosition requests;
  const auto trials_of = [](const LineageRun& run) {
    return "SELECT trial_key FROM trial WHERE " + Between("trial_key", TrialKey(run.key, 0), TrialKey(run.key + 1, 0));
  };
  const std::string failed =
      " AND attempts IS NULL AND status = " + std::to_string(static_cast<int>(TrialStatus::kError));
  for (const LineageRun& run : lineage) {
    if (run.is_deleted) continue;  // its rows are removed at some time
    ASSAY_TRY(
        sql.native().Scan(trials_of(run) + failed, [&](const RowView& row) { ++requests[PositionOf(row.Int(0))]; }));
  }
  if (requests.empty()) return requests;
  ASSAY_TRY(sql.native().Scan(trials_of(lineage.back()) + " AND " + kAnswered, [&](const RowView& row) {
    const auto asked = requests.find(PositionOf(row.Int(0)));
    if (asked != requests.end()) ++asked->second;
  }));
  return requests;
}

}  // namespace

Result<std::optional<std::string>> Store::FindRetryOf(std::string_view project, std::string_view id) {
  return connections_->Read([&](Sql& sql) -> Result<std::optional<std::string>> {
    ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT id FROM run WHERE project = :project AND retry_of = :id AND "
                                               "(started IS NOT NULL OR state IN (1, 2, 6)) "
                                               "ORDER BY run_key DESC LIMIT 1",
                                               "t", {project, id}));
    if (rows.empty()) return std::nullopt;
    return rows[0].Text(0);
  });
}

Status Store::AddUnanswered(RunKey run, double usd) {
  return connections_->Write([&](Sql& sql) -> Status {
    ASSAY_TRY(sql.Execute("UPDATE run SET unanswered_usd = unanswered_usd + :usd WHERE run_key = :key",
                          {usd, static_cast<std::int64_t>(run)}));
    return {};
  });
}

Result<std::int64_t> Store::CountAnswered(RunKey run, TrialStatus status) {
  const auto key = static_cast<std::int64_t>(run);
  return connections_->Read([&](Sql& sql) -> Result<std::int64_t> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query("SELECT COUNT(*) FROM trial WHERE run_key = :key AND status = :status AND " + std::string(kAnswered),
                  "i", {key, static_cast<int>(status)}));
    return rows[0].Int(0);
  });
}

Result<AskedAgain> Store::CountAskedAgain(RunKey run) {
  return connections_->Read([&](Sql& sql) -> Result<AskedAgain> {
    ASSAY_ASSIGN(const std::vector<LineageRun> lineage, LineageOf(sql, run));
    AskedAgain again{.retries = std::ssize(lineage) - 1};
    if (again.retries < 1) return AskedAgain{};
    again.first_run = lineage.front().id;
    again.is_least = std::ranges::any_of(lineage, &LineageRun::is_deleted);
    ASSAY_ASSIGN(const RequestsByPosition requests, CountRequests(sql, lineage));
    for (const auto& [position, count] : requests) {
      if (count > 1) ++again.trials;
      if (count > 2) ++again.often;
    }
    return again;
  });
}

Result<std::int64_t> Store::TakeOverTrials(RunKey from, RunKey to, const std::function<bool()>& gives_up) {
  ASSAY_ASSIGN(const Takeover runs, connections_->Write([&](Sql& sql) -> Result<Takeover> {
    ASSAY_ASSIGN(const Takeover found, FindRuns(sql, from, to));
    ASSAY_TRY(CopyGraderVersions(sql, found));
    ASSAY_TRY(CopySentinels(sql, found.from, found.to));
    return found;
  }));
  std::int64_t copied = 0;
  for (std::int64_t first = 0; first < runs.positions; first += kPositionsAtOnce) {
    if (gives_up && gives_up()) return Fail(ErrorCode::kUnavailable, "assayd stops");
    const std::int64_t end = std::min(first + kPositionsAtOnce, runs.positions);
    const auto stretch = [&](Sql& sql) -> Result<std::int64_t> {
      ASSAY_ASSIGN(const bool is_there, HasTrials(sql, runs, first, end));
      if (is_there) return 0;
      ASSAY_ASSIGN(const std::int64_t trials, CopyStretch(sql, runs, first, end));
      if (trials > 0) ASSAY_TRY(CountStretch(sql, runs, first, end));
      return trials;
    };
    ASSAY_ASSIGN(const std::int64_t trials, connections_->Write(stretch));
    copied += trials;
  }
  ASSAY_TRY(connections_->Write([&](Sql& sql) { return SettlePosition(sql, runs); }));
  return copied;
}

}  // namespace assay
