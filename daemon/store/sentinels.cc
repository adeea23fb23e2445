// Sentinels of runs, and who answered for their judges.

#include "daemon/store/sentinels.h"

#include <set>
#include <utility>

#include "core/judge_evidence.h"
#include "daemon/store/connections.h"
#include "daemon/store/rows.h"
#include "daemon/store/text.h"

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
                          .people_fail = static_cast<int>(row.Int(5)),
                          .spent_usd = row.IsNull(12) ? 0 : row.Real(12)};
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

constexpr std::string_view kColumns =
    "SELECT grader, ordinal, id, passes, people_pass, people_fail, status, value, pass, label, reason, evidence, "
    "spent_usd FROM sentinel WHERE run_key = :key ";
constexpr char kTypes[] = "iitiiiiritttr";

// As the store gives its texts back.
bool IsSame(const Score& kept, Score score) {
  for (std::string* text : {&score.label, &score.reason, &score.evidence}) {
    std::string scratch;
    *text = std::string(StorableText(*text, scratch));
  }
  return kept == score;
}

// Whether the store has a score of the sentinel already, and whether it is this very one: a write is repeated when its
// answer was lost. kNotFound without the sentinel.
Result<bool> IsKept(Sql& sql, std::int64_t run, std::int64_t grader, std::int64_t ordinal, const Score& score) {
  ASSAY_ASSIGN(const SqlRows rows, sql.Query(std::string(kColumns) + "AND grader = :grader AND ordinal = :ordinal",
                                             kTypes, {run, grader, ordinal}));
  if (rows.empty()) return Fail(ErrorCode::kNotFound, "no such sentinel of the run is to be judged");
  const StoredSentinel kept = SentinelOf(rows.front());
  return kept.score && IsSame(*kept.score, score);
}

Status AddCost(Sql& sql, std::int64_t run, const SentinelCost& cost) {
  ASSAY_TRY(sql.Execute(
      "UPDATE run SET cost_usd = CASE WHEN :has_cost = 1 THEN COALESCE(cost_usd, 0) + :cost ELSE cost_usd END, "
      "without_cost = without_cost + :without, unanswered_usd = unanswered_usd + :unanswered WHERE run_key = :key",
      {cost.usd ? 1 : 0, cost.usd.value_or(0.0), cost.answers_without_cost, cost.unanswered_usd, run}));
  return {};
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
  ASSAY_TRY(sql.Execute("INSERT INTO earlier_sentinel (run_key, of_run, grader, ordinal, status, pass) SELECT " +
                            target +
                            ", run_key, grader, ordinal, status, pass FROM sentinel WHERE run_key = :from AND status "
                            "IS NOT NULL AND (label IS NULL OR label NOT IN (:due, :nothing)) ON CONFLICT DO NOTHING",
                        {from, Score::kUnanswered, Score::kNotJudged}));
  ASSAY_TRY(sql.Execute("INSERT INTO earlier_sentinel (run_key, of_run, grader, ordinal, status, pass) SELECT " +
                            target +
                            ", of_run, grader, ordinal, status, pass FROM earlier_sentinel WHERE run_key = :from ON "
                            "CONFLICT DO NOTHING",
                        {from}));
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
    ASSAY_ASSIGN(const SqlRows rows, sql.Query(std::string(kColumns) + "ORDER BY grader, ordinal", kTypes,
                                               {static_cast<std::int64_t>(run)}));
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
                                 "reason = :reason, evidence = :evidence, spent_usd = COALESCE(spent_usd, 0) + :spent "
                                 "WHERE run_key = :key AND grader = :grader AND "
                                 "ordinal = :ordinal AND (status IS NULL OR label = :due)",
                                 {static_cast<int>(score.status), OrNull(score.value), OrNull(score.pass), score.label,
                                  score.reason, score.evidence, cost.usd.value_or(0.0) + cost.unanswered_usd, key,
                                  grader, ordinal, Score::kUnanswered}));
        if (kept == 0) {
          ASSAY_ASSIGN(const bool is_kept, IsKept(sql, key, grader, ordinal, score));
          return is_kept ? Status() : AddCost(sql, key, cost);
        }
        for (const std::string& model : ModelsThatAnswered(score.evidence))
          ASSAY_TRY(NoteAnswerer(sql, key, grader, model));
        return AddCost(sql, key, cost);
      },
      Sql::Transaction::kWriteResults);
}

Result<std::vector<EarlierSentinel>> Store::ReadEarlierSentinels(RunKey run) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<EarlierSentinel>> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT of_run, grader, ordinal, status, pass FROM earlier_sentinel WHERE run_key = :key "
                           "ORDER BY of_run, grader, ordinal",
                           "iiiii", {static_cast<std::int64_t>(run)}));
    std::vector<EarlierSentinel> sentinels;
    for (const SqlRow& row : rows) {
      EarlierSentinel& sentinel = sentinels.emplace_back();
      sentinel.of_run = RunKey{row.Int(0)};
      sentinel.grader = row.Int(1);
      sentinel.ordinal = row.Int(2);
      sentinel.status = static_cast<ScoreStatus>(row.Int(3));
      if (!row.IsNull(4)) sentinel.pass = row.Int(4) != 0;
    }
    return sentinels;
  });
}

Result<bool> Store::HasScoresOfPeople(RunKey run, std::int64_t grader) {
  return connections_->Read([&](Sql& sql) -> Result<bool> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query("SELECT position FROM score WHERE run_key = :key AND grader = :grader AND source = 3 LIMIT 1", "i",
                  {static_cast<std::int64_t>(run), grader}));  // as its index has it
    return !rows.empty();
  });
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
