#include "daemon/store/due_trials.h"

#include <algorithm>

#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

constexpr char kDue[] = "status = 4";  // TrialStatus::kSkipped

std::string TrialsBetween(std::int64_t run, std::int64_t first, std::int64_t end) {
  return "trial_key >= " + std::to_string(TrialKey(run, first)) + " AND trial_key < " +
         std::to_string(TrialKey(run, end));
}

std::string GradersOf(std::int64_t run) {
  return "(SELECT grader FROM run_grader WHERE version_index = 0 AND run_key = " + std::to_string(run);
}

// The first scores of these trials, but for those that are kept, with their reasons.
Status RemoveFirstScores(Sql& sql, std::int64_t run, const std::vector<std::int64_t>& positions,
                         const Replacement& replacement) {
  std::vector<std::int64_t> whole;
  std::vector<std::int64_t> keys;
  for (const std::int64_t position : positions) {
    if (std::ranges::find(replacement.revised, position) != replacement.revised.end()) continue;
    whole.push_back(position);
    keys.push_back(TrialKey(run, position));
  }
  if (!whole.empty()) {
    ASSAY_TRY(sql.Execute("DELETE FROM score WHERE run_key = :key AND grader IN " + GradersOf(run) +
                              ") AND position IN " + NumberList(whole),
                          {run}));
    ASSAY_TRY(sql.Execute("DELETE FROM score_reason WHERE trial_key IN " + NumberList(keys)));
  }
  ASSAY_ASSIGN(const SqlRows graders, sql.Query(GradersOf(run).substr(1), "i"));
  for (const std::int64_t position : replacement.revised) {
    for (const SqlRow& grader : graders) {
      if (replacement.kept.contains({position, grader.Int(0)})) continue;
      ASSAY_TRY(sql.Execute(
          "DELETE FROM score WHERE run_key = :key AND grader = :grader AND position = :position AND revision = 1",
          {run, grader.Int(0), position}));
      ASSAY_TRY(sql.Execute("DELETE FROM score_reason WHERE trial_key = :trial AND grader = :grader AND revision = 1",
                            {TrialKey(run, position), grader.Int(0)}));
    }
  }
  return {};
}

}  // namespace

Result<Replacement> RemoveReplaced(Sql& sql, std::int64_t run, std::span<const TrialResult> results) {
  std::vector<std::int64_t> positions;
  std::vector<std::int64_t> keys;
  for (const TrialResult& result : results) {
    if (!result.is_taken_over) continue;
    positions.push_back(result.position);
    keys.push_back(TrialKey(run, result.position));
  }
  Replacement replacement;
  if (positions.empty()) return replacement;
  const std::string trials = "trial_key IN " + NumberList(keys);
  ASSAY_ASSIGN(const std::int64_t removed, sql.Execute("DELETE FROM trial WHERE " + trials + " AND " + kDue));
  if (removed != std::ssize(positions))
    return Fail(ErrorCode::kAlreadyExists, "a trial that was to be graded is graded already");
  ASSAY_TRY(sql.Execute("DELETE FROM trial_body WHERE " + trials));
  ASSAY_ASSIGN(const SqlRows revised,
               sql.Query("SELECT DISTINCT position, grader FROM score WHERE run_key = :key AND grader IN " +
                             GradersOf(run) + ") AND position IN " + NumberList(positions) + " AND revision > 1",
                         "ii", {run}));
  for (const SqlRow& row : revised) {
    replacement.revised.push_back(row.Int(0));
    replacement.kept.emplace(row.Int(0), row.Int(1));
  }
  std::ranges::sort(replacement.revised);
  const auto repeated = std::ranges::unique(replacement.revised);
  replacement.revised.erase(repeated.begin(), repeated.end());
  ASSAY_TRY(RemoveFirstScores(sql, run, positions, replacement));
  return replacement;
}

Result<std::vector<std::int64_t>> UnjudgedBetween(Sql& sql, std::int64_t run, std::int64_t first, std::int64_t end) {
  ASSAY_ASSIGN(const SqlRows due,
               sql.Query("SELECT trial_key FROM trial WHERE " + TrialsBetween(run, first, end) + " AND " + kDue, "i"));
  ASSAY_ASSIGN(
      const SqlRows unanswered,
      sql.Query("SELECT DISTINCT s.position FROM score s WHERE s.run_key = :key AND s.grader IN " + GradersOf(run) +
                    " AND source = 2) AND s.position >= :first AND s.position < :end AND s.status = 3 AND "
                    "s.label = :label AND NOT EXISTS (SELECT 1 FROM score n WHERE n.run_key = s.run_key AND "
                    "n.grader = s.grader AND n.position = s.position AND n.revision > s.revision)",
                "i", {run, first, end, Score::kUnanswered}));
  std::vector<std::int64_t> positions;
  for (const SqlRow& row : due) positions.push_back(PositionOf(row.Int(0)));
  for (const SqlRow& row : unanswered) positions.push_back(row.Int(0));
  std::ranges::sort(positions);
  const auto repeated = std::ranges::unique(positions);
  positions.erase(repeated.begin(), repeated.end());
  return positions;
}

Result<bool> HasDueScore(Sql& sql, std::int64_t run, std::int64_t position) {
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query("SELECT s.grader FROM score s WHERE s.run_key = :key AND s.grader IN " + GradersOf(run) +
                             ") AND s.position = :position AND s.status = 3 AND s.label = :label AND NOT EXISTS "
                             "(SELECT 1 FROM score n WHERE n.run_key = s.run_key AND n.grader = s.grader AND "
                             "n.position = s.position AND n.revision > s.revision) LIMIT 1",
                         "i", {run, position, Score::kUnanswered}));
  return !rows.empty();
}

Result<std::vector<std::int64_t>> Store::UnjudgedPositions(RunKey run) {
  return connections_->Read(
      [&](Sql& sql) { return UnjudgedBetween(sql, static_cast<std::int64_t>(run), 0, kMaxPositions - 1); });
}

Result<std::vector<DueTrial>> Store::DueTrials(RunKey run) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<DueTrial>> {
    std::vector<DueTrial> due;
    ASSAY_TRY(sql.native().Scan("SELECT trial_key, ordinal, trial FROM trial WHERE " +
                                    TrialsBetween(static_cast<std::int64_t>(run), 0, kMaxPositions - 1) + " AND " +
                                    kDue + " ORDER BY trial_key",
                                [&](const RowView& row) {
                                  due.push_back({.position = PositionOf(row.Int(0)),
                                                 .ordinal = row.Int(1),
                                                 .trial = static_cast<int>(row.Int(2))});
                                }));
    return due;
  });
}

}  // namespace assay
