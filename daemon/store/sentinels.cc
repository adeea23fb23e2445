// Sentinels of runs, and who answered for their judges.

#include "daemon/store/sentinels.h"

#include <set>
#include <utility>

#include "core/judge_evidence.h"
#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

Status NoteAnswerer(Sql& sql, std::int64_t run, std::int64_t grader, const std::string& model) {
  ASSAY_TRY(
      sql.Execute("INSERT INTO judge_answerer (run_key, grader, model) VALUES (:key, :grader, :model) "
                  "ON CONFLICT DO NOTHING",
                  {run, grader, model}));
  return {};
}

StoredSentinel SentinelOf(const SqlRow& row) {
  StoredSentinel sentinel{.grader = row.Int(0),
                          .ordinal = row.Int(1),
                          .id = row.Text(2),
                          .passes = row.Int(3) != 0,
                          .people_pass = static_cast<int>(row.Int(4)),
                          .people_fail = static_cast<int>(row.Int(5))};
  if (row.IsNull(6)) return sentinel;
  Score score;
  score.status = static_cast<ScoreStatus>(row.Int(6));
  if (!row.IsNull(7)) score.value = row.Real(7);
  if (!row.IsNull(8)) score.pass = row.Int(8) != 0;
  score.label = row.Text(9);
  score.reason = row.Text(10);
  score.evidence = row.Text(11);
  sentinel.score = std::move(score);
  return sentinel;
}

SqlArgument OrNull(const std::optional<double>& value) {
  return value ? SqlArgument(*value) : SqlArgument(std::optional<Time>());
}

SqlArgument OrNull(const std::optional<bool>& value) {
  return value ? SqlArgument(*value ? 1 : 0) : SqlArgument(std::optional<Time>());
}

// Whether the store has this very score already: a write is repeated when its answer was lost.
Result<bool> IsKept(Sql& sql, std::int64_t run, std::int64_t grader, std::int64_t ordinal, const Score& score) {
  ASSAY_ASSIGN(
      const SqlRows rows,
      sql.Query("SELECT grader, ordinal, id, passes, people_pass, people_fail, status, value, pass, label, "
                "reason, evidence FROM sentinel WHERE run_key = :key AND grader = :grader AND ordinal = :ordinal",
                "iitiiiirittt", {run, grader, ordinal}));
  return !rows.empty() && SentinelOf(rows.front()).score == score;
}

}  // namespace

Status NoteAnswerers(Sql& sql, std::int64_t run, std::span<const TrialResult> results,
                     std::span<const ScoreSource> sources) {
  std::set<std::pair<std::int64_t, std::string>> answerers;
  for (const TrialResult& result : results) {
    for (std::size_t grader = 0; grader < result.scores.size() && grader < sources.size(); ++grader) {
      if (sources[grader] != ScoreSource::kJudge) continue;
      for (std::string& model : ModelsThatAnswered(result.scores[grader].evidence))
        answerers.emplace(static_cast<std::int64_t>(grader), std::move(model));
    }
  }
  for (const auto& [grader, model] : answerers) ASSAY_TRY(NoteAnswerer(sql, run, grader, model));
  return {};
}

Status CopySentinels(Sql& sql, std::int64_t from, std::int64_t to) {
  const std::string target = std::to_string(to);
  ASSAY_TRY(sql.Execute(
      "INSERT INTO sentinel (run_key, grader, ordinal, id, passes, people_pass, people_fail, status, value, "
      "pass, label, reason, evidence) SELECT " +
          target +
          ", grader, ordinal, id, passes, people_pass, people_fail, status, value, pass, label, reason, "
          "evidence FROM sentinel WHERE run_key = :from AND status IS NOT NULL AND "
          "(label IS NULL OR label <> :due) ON CONFLICT DO NOTHING",
      {from, Score::kUnanswered}));
  ASSAY_TRY(sql.Execute("INSERT INTO judge_answerer (run_key, grader, model) SELECT " + target +
                            ", grader, model FROM judge_answerer WHERE run_key = :from ON CONFLICT DO NOTHING",
                        {from}));
  return {};
}

Status Store::PutSentinels(RunKey run, std::span<const StoredSentinel> sentinels) {
  return connections_->Write([&](Sql& sql) -> Status {
    for (const StoredSentinel& each : sentinels) {
      ASSAY_TRY(
          sql.Execute("INSERT INTO sentinel (run_key, grader, ordinal, id, passes, people_pass, people_fail) VALUES "
                      "(:key, :grader, "
                      ":ordinal, :id, :passes, :people_pass, :people_fail) ON CONFLICT DO NOTHING",
                      {static_cast<std::int64_t>(run), each.grader, each.ordinal, each.id, each.passes ? 1 : 0,
                       each.people_pass, each.people_fail}));
    }
    return {};
  });
}

Result<std::vector<StoredSentinel>> Store::ReadSentinels(RunKey run) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<StoredSentinel>> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT grader, ordinal, id, passes, people_pass, people_fail, status, value, pass, label, "
                           "reason, evidence FROM sentinel WHERE run_key = :key ORDER BY grader, ordinal",
                           "iitiiiirittt", {static_cast<std::int64_t>(run)}));
    std::vector<StoredSentinel> sentinels;
    for (const SqlRow& row : rows) sentinels.push_back(SentinelOf(row));
    return sentinels;
  });
}

Status Store::KeepSentinelScore(RunKey run, std::int64_t grader, std::int64_t ordinal, const Score& score,
                                const SentinelCost& cost) {
  const auto key = static_cast<std::int64_t>(run);
  return connections_->Write(
      [&](Sql& sql) -> Status {
        ASSAY_ASSIGN(const std::int64_t kept,
                     sql.Execute("UPDATE sentinel SET status = :status, value = :value, pass = :pass, label = :label, "
                                 "reason = :reason, evidence = :evidence WHERE run_key = :key AND grader = :grader AND "
                                 "ordinal = :ordinal AND (status IS NULL OR label = :due)",
                                 {static_cast<int>(score.status), OrNull(score.value), OrNull(score.pass), score.label,
                                  score.reason, score.evidence, key, grader, ordinal, Score::kUnanswered}));
        if (kept == 0) {
          ASSAY_ASSIGN(const bool is_kept, IsKept(sql, key, grader, ordinal, score));
          if (is_kept) return {};
          return Fail(ErrorCode::kNotFound, "no such sentinel of the run is to be judged");
        }
        for (const std::string& model : ModelsThatAnswered(score.evidence))
          ASSAY_TRY(NoteAnswerer(sql, key, grader, model));
        ASSAY_TRY(sql.Execute(
            "UPDATE run SET cost_usd = CASE WHEN :has_cost = 1 THEN COALESCE(cost_usd, 0) + :cost ELSE cost_usd END, "
            "without_cost = without_cost + :without, unanswered_usd = unanswered_usd + :unanswered WHERE run_key = "
            ":key",
            {cost.usd ? 1 : 0, cost.usd.value_or(0.0), cost.answers_without_cost, cost.unanswered_usd, key}));
        return {};
      },
      Sql::Transaction::kWriteResults);
}

Result<std::vector<JudgeAnswerer>> Store::ReadJudgeAnswerers(RunKey run) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<JudgeAnswerer>> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT grader, model FROM judge_answerer WHERE run_key = :key ORDER BY grader, model", "it",
                           {static_cast<std::int64_t>(run)}));
    std::vector<JudgeAnswerer> answerers;
    for (const SqlRow& row : rows) answerers.push_back({row.Int(0), row.Text(1)});
    return answerers;
  });
}

}  // namespace assay
