// What became of due times of schedules.

#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

ScheduleFact ToScheduleFact(const SqlRow& row) {
  return {.project = row.Text(0),
          .schedule = row.Text(1),
          .act = static_cast<ScheduleAct>(row.Int(2)),
          .due = row.At(3),
          .at = row.At(4),
          .timing = row.Text(5),
          .check_id = row.Text(6),
          .error = row.Text(7),
          .missed = row.Int(8),
          .skipped = row.Int(9),
          .failed = row.Int(10)};
}

}  // namespace

Status Store::AppendScheduleFact(const ScheduleFact& fact) {
  return connections_->Write([&](Sql& sql) -> Status {
    ASSAY_ASSIGN(const std::int64_t added,
                 sql.Execute("INSERT INTO schedule_fact (project, schedule, act, due, at, timing, check_id, error, "
                             "missed, skipped, failed) VALUES (:project, :schedule, :act, :due, :at, :timing, :check, "
                             ":error, :missed, :skipped, :failed) ON CONFLICT DO NOTHING",
                             {fact.project, fact.schedule, static_cast<int>(fact.act), fact.due, fact.at, fact.timing,
                              fact.check_id, fact.error, fact.missed, fact.skipped, fact.failed}));
    if (added == 1) return {};
    return Fail(ErrorCode::kAlreadyExists,
                "schedule \"" + fact.schedule + "\" has such a fact of " + FormatTime(fact.due) + " already");
  });
}

Result<std::vector<ScheduleFact>> Store::ListNewestScheduleFacts(std::string_view project) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<ScheduleFact>> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query("SELECT project, schedule, act, due, at, timing, check_id, error, missed, skipped, failed "
                  "FROM schedule_fact WHERE fact_key IN (SELECT MAX(fact_key) FROM schedule_fact WHERE project "
                  "= :project GROUP BY schedule, act) ORDER BY fact_key",
                  "ttiiitttiii", {project}));
    std::vector<ScheduleFact> facts;
    for (const SqlRow& row : rows) facts.push_back(ToScheduleFact(row));
    return facts;
  });
}

}  // namespace assay
