// What keeps a run, and what is deleted of it. removal.cc removes the rows.

#include "daemon/store/connections.h"
#include "daemon/store/keepers.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

std::string Later(std::string_view column, const std::optional<Time>& time) {
  return time ? std::string(column) + " > " + std::to_string(time->time_since_epoch().count()) : "0 = 1";
}

// Why verdict v of check c is live, in words; '' when it is not. In the order in which people want to know. A newer
// verdict of another state does not take its place: an ERROR of today explains no PASS of yesterday.
std::string WhyLive(const Liveness& liveness) {
  const std::string newest_after = liveness.newest_after ? Later("v.created", liveness.newest_after) : "1 = 1";
  return "CASE WHEN EXISTS (SELECT 1 FROM model_stage m WHERE m.project = c.project AND m.model = c.model AND m.label "
         "= c.model_label) THEN 'its candidate holds a stage' "
         "WHEN EXISTS (SELECT 1 FROM check_run bl JOIN run br ON br.run_key = bl.run_key JOIN model_stage m ON "
         "m.project = br.project AND m.model = br.model AND m.label = br.model_label WHERE bl.check_key = c.check_key "
         "AND bl.role = 'baseline') THEN 'its baseline holds a stage' "
         "WHEN EXISTS (SELECT 1 FROM waiver w WHERE w.project = c.project AND w.gate = c.gate AND w.model_version = "
         "c.model_version AND w.revoked IS NULL AND w.expires > " +
         std::to_string(liveness.now.time_since_epoch().count()) +
         ") THEN 'an open waiver is about its candidate' "
         "WHEN NOT EXISTS (SELECT 1 FROM gate_check nc JOIN verdict n ON n.check_key = nc.check_key WHERE nc.project "
         "= c.project AND nc.gate = c.gate AND nc.model_version = c.model_version AND n.state = v.state AND "
         "n.verdict_key > v.verdict_key) AND " +
         newest_after + " THEN 'it is the newest ' || v.state || ' of its candidate' WHEN " +
         Later("v.created", liveness.decided_after) + " THEN 'it is younger than the retention period' ELSE '' END";
}

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

// The run, and those that took its answers over, directly or not.
std::string Family(std::int64_t run) {
  return "WITH RECURSIVE family (run_key, id, project, state) AS (SELECT run_key, id, project, state FROM run WHERE "
         "run_key = " +
         std::to_string(run) +
         " UNION SELECT n.run_key, n.id, n.project, n.state FROM family f JOIN run n ON n.project = f.project AND "
         "n.retry_of = f.id AND n.retry_of <> '') ";
}

Result<std::string> UnfinishedTaker(Sql& sql, std::int64_t run) {
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query(Family(run) + "SELECT id FROM family WHERE state IN (1, 2, 6) ORDER BY run_key LIMIT 1", "t"));
  return rows.empty() ? "" : "run " + rows[0].Text(0) + " takes its answers over and has not ended";
}

}  // namespace

// Of a check or verdict that rests on the run or its family.
Result<std::string> WhatRestsOn(Sql& sql, std::int64_t run, const Liveness& liveness) {
  ASSAY_ASSIGN(
      const SqlRows rows,
      sql.Query(Family(run) +
                    "SELECT taker_key, taker, check_id, gate, verdict, why FROM (SELECT f.run_key AS taker_key, f.id "
                    "AS taker, c.id AS check_id, c.gate AS gate, v.id AS verdict, v.verdict_key AS verdict_key, "
                    "CASE WHEN c.verdict_id IS NULL THEN 'open' ELSE " +
                    WhyLive(liveness) +
                    " END AS why FROM family f JOIN check_run l ON l.run_key = f.run_key JOIN gate_check c ON "
                    "c.check_key = l.check_key LEFT JOIN verdict v ON v.check_key = c.check_key) AS resting WHERE why "
                    "<> '' ORDER BY CASE WHEN verdict IS NULL THEN 0 ELSE 1 END, verdict_key DESC LIMIT 1",
                "ittttt"));
  if (rows.empty()) return "";
  const SqlRow& row = rows[0];
  const std::string on = row.Int(0) == run ? "it" : "run " + row.Text(1) + ", which took its answers over";
  if (row.IsNull(4))
    return "check " + row.Text(2) + " of gate " + Quoted(row.Text(3)) + " waits for its verdict on " + on;
  return "verdict " + row.Text(4) + " of gate " + Quoted(row.Text(3)) + " rests on " + on +
         " and is live: " + row.Text(5);
}

namespace {

// A run that was complete before that one, and of the same contents, by the gate's document: how many are nearer to it
// tells whether the gate compared with this one. As Store::ListEarlierRuns finds them: for a baseline beside its
// candidate also those that were stopped.
std::string Comparing(std::int64_t run, const Liveness& liveness) {
  return "SELECT verdict, check_id, gate, body, nearer, why, named FROM (SELECT CASE WHEN CAST(v.document AS TEXT) "
         "LIKE "
         "'%\"control\":\"' || r.id || '\"%' OR CAST(v.document AS TEXT) LIKE '%\"control_runs\":[%\"' || r.id || "
         "'\"%' OR CAST(v.document AS TEXT) LIKE '%\"runs\":[%\"' || r.id || '\"%' THEN 1 "
         "ELSE 0 END AS named, v.id AS verdict, c.id AS check_id, c.gate AS "
         "gate, CAST(d.body AS TEXT) AS body, v.verdict_key AS verdict_key, (SELECT COUNT(*) FROM run b WHERE "
         "b.project = r.project AND b.suite_version = r.suite_version AND b.model_version = r.model_version AND "
         "(b.state = 3 OR (b.state = 7 AND l.role = 'baseline')) AND b.deleted IS NULL AND b.run_key > r.run_key AND "
         "b.run_key < n.run_key AND b.ended <= "
         "v.created AND NOT EXISTS (SELECT 1 FROM run x WHERE x.project = b.project AND x.retry_of = b.id AND "
         "x.retry_of <> '' AND x.state = 3 AND x.ended <= v.created)) AS nearer, CASE WHEN c.verdict_id IS NULL THEN "
         "'open' ELSE " +
         WhyLive(liveness) +
         " END AS why FROM run r JOIN run n ON n.project = r.project AND n.suite = r.suite AND "
         "n.model_version = r.model_version AND n.run_key > r.run_key JOIN check_run l ON l.run_key = n.run_key "
         "JOIN gate_check c ON c.check_key = l.check_key JOIN document d ON d.project = "
         "c.project AND d.kind = 'Gate' AND d.name = c.gate AND d.content_version = c.gate_version LEFT JOIN verdict "
         "v ON v.check_key = c.check_key WHERE r.run_key = " +
         std::to_string(run) +
         " AND (v.created IS NULL OR r.ended <= v.created) AND ((r.state = 3 AND l.role = "
         "'candidate' AND CAST(d.body AS TEXT) LIKE '%\"drift\"%') OR (r.state IN (3, 7) AND l.role = 'baseline' AND "
         "CAST(d.body AS TEXT) LIKE '%\"interleave\":true%'))) AS comparing WHERE why <> '' ORDER BY verdict_key DESC";
}

// Of a check or verdict whose gate holds a later run against this one.
Result<std::string> WhatComparesWith(Sql& sql, std::int64_t run, const Liveness& liveness) {
  if (!liveness.history) return "";
  ASSAY_ASSIGN(const SqlRows rows, sql.Query(Comparing(run, liveness), "ttttiti"));
  for (const SqlRow& row : rows) {
    const std::string gate = "of gate " + Quoted(row.Text(2));
    const bool is_named = row.Int(6) != 0;  // by the verdict, as what its baseline or candidate was held against
    if (!is_named && liveness.history(row.Text(3)) <= row.Int(4)) continue;
    if (row.IsNull(0)) return "check " + row.Text(1) + " " + gate + " compares with it and has no verdict yet";
    return "verdict " + row.Text(0) + " " + gate + " compares with it and is live: " + row.Text(5);
  }
  return "";
}

struct RunToDelete {
  std::string project;
  std::string id;
  RunState state = RunState::kPending;
  bool is_deleted = false;
  bool is_without_responses = false;
};

Result<RunToDelete> FindRunToDelete(Sql& sql, std::int64_t run, std::string_view lock = "") {
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query("SELECT project, id, state, deleted, responses_deleted FROM run WHERE run_key = :key" +
                             std::string(lock),
                         "ttiii", {run}));
  if (rows.empty()) return Fail(ErrorCode::kNotFound, "run " + std::to_string(run) + " is not stored");
  return RunToDelete{.project = rows[0].Text(0),
                     .id = rows[0].Text(1),
                     .state = static_cast<RunState>(rows[0].Int(2)),
                     .is_deleted = !rows[0].IsNull(3),
                     .is_without_responses = !rows[0].IsNull(4)};
}

Result<std::string> WhatKeepsRun(Sql& sql, std::int64_t key, const RunToDelete& run, const Liveness& liveness) {
  if (!IsFinal(run.state)) return "it is " + std::string(Name(run.state)) + "; cancel it first";
  ASSAY_ASSIGN(std::string taker, UnfinishedTaker(sql, key));
  if (!taker.empty()) return taker;
  for (const auto find : {WhatRestsOn, WhatComparesWith}) {
    ASSAY_ASSIGN(std::string keeper, find(sql, key, liveness));
    if (!keeper.empty()) return keeper;
  }
  return "";
}

Status MarkDeleted(Sql& sql, std::int64_t key, RunPart part, Time at, std::string_view principal) {
  if (part == RunPart::kAll) {
    ASSAY_TRY(sql.Execute("UPDATE run SET deleted = :at, deleted_by = :principal, removing = 2 WHERE run_key = :key",
                          {at, principal, key}));
  } else {
    ASSAY_TRY(sql.Execute("UPDATE run SET responses_deleted = :at, removing = 1 WHERE run_key = :key", {at, key}));
  }
  return {};
}

}  // namespace

Result<std::string> Store::WhatKeeps(RunKey run, const Liveness& liveness) {
  const auto key = static_cast<std::int64_t>(run);
  return connections_->Read([&](Sql& sql) -> Result<std::string> {
    ASSAY_ASSIGN(const RunToDelete found, FindRunToDelete(sql, key));
    return WhatKeepsRun(sql, key, found, liveness);
  });
}

Result<RunRecord> Store::DeleteRun(RunKey run, RunPart part, const Liveness& liveness, Time at,
                                   std::string_view principal, std::string_view reason) {
  const auto key = static_cast<std::int64_t>(run);
  const auto mark = [&](Sql& sql) -> Status {
    ASSAY_ASSIGN(const RunToDelete found, FindRunToDelete(sql, key, ForUpdate(sql)));
    if (found.is_deleted || (part == RunPart::kResponses && found.is_without_responses)) return {};
    ASSAY_ASSIGN(const std::string keeper, WhatKeepsRun(sql, key, found, liveness));
    if (!keeper.empty())
      return Fail(ErrorCode::kFailedPrecondition, "run " + found.id + " cannot be deleted: " + keeper);
    ASSAY_TRY(MarkDeleted(sql, key, part, at, principal));
    return Audit(sql, found.project, at, principal, part == RunPart::kAll ? "delete_run" : "delete_responses",
                 "run/" + found.id, reason);
  };
  ASSAY_TRY(connections_->Write(mark));
  return GetRun(run);
}

Result<std::vector<RunKey>> Store::ListRunsToRemove() {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<RunKey>> {
    ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT run_key FROM run WHERE removing > 0 ORDER BY run_key", "i"));
    std::vector<RunKey> runs;
    for (const SqlRow& row : rows) runs.push_back(RunKey{row.Int(0)});
    return runs;
  });
}

Result<std::vector<RunKey>> Store::ListRunsEndedBefore(Time ended, RunPart part, RunKey after, int limit) {
  ASSAY_TRY(CheckPageLimit(limit));
  const std::string has_part = part == RunPart::kAll ? "" : "AND responses_deleted IS NULL ";
  return connections_->Read([&](Sql& sql) -> Result<std::vector<RunKey>> {
    ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT run_key FROM run WHERE run_key > :after AND ended < :ended AND "
                                               "deleted IS NULL " +
                                                   has_part + "ORDER BY run_key LIMIT :limit",
                                               "i", {static_cast<std::int64_t>(after), ended, limit}));
    std::vector<RunKey> runs;
    for (const SqlRow& row : rows) runs.push_back(RunKey{row.Int(0)});
    return runs;
  });
}

}  // namespace assay
