// What verdicts held baselines against, and which found one moved.

#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

// As a condition on baseline_control `b`. Both are prefixes of its indexes.
std::string Among(Store::ControlsFound found) {
  return found == Store::ControlsFound::kMoved ? "b.moved IN (1)" : "b.moved IN (0, 1)";
}

}  // namespace

Status KeepControls(Sql& sql, std::int64_t check_key, const std::string& document) {
  const bool is_compared = document.contains("\"earlier_run\":");
  if (!is_compared && !document.contains("\"alarm\":")) return {};
  // An alarm says something of runs that were drawn while it stood.
  const std::string drawn = is_compared ? "" : " AND c.created <= r.created";
  const std::string moved = document.contains("\"has_moved\":true") ? "1" : "0";
  ASSAY_TRY(
      sql.Execute("INSERT INTO baseline_control (project, suite, model_version, run_key, verdict_key, decided, moved) "
                  "SELECT r.project, r.suite, r.model_version, r.run_key, v.verdict_key, v.created, " +
                      moved +
                      " FROM verdict v JOIN gate_check c ON c.check_key = v.check_key JOIN check_run l ON l.check_key "
                      "= v.check_key AND l.role = 'baseline' JOIN run r ON r.run_key = l.run_key WHERE v.check_key = "
                      ":check" +
                      drawn,
                  {check_key}));
  return {};
}

Result<std::vector<GateVersion>> Store::ListGatesThatAskedBaseline(RunKey run) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<GateVersion>> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT DISTINCT c.gate, c.gate_version FROM run r JOIN check_run l ON l.run_key = "
                           "r.run_key AND l.role = 'baseline' JOIN gate_check c ON c.check_key = l.check_key AND "
                           "c.created <= r.created WHERE r.run_key = :run ORDER BY 1, 2",
                           "tt", {static_cast<std::int64_t>(run)}));
    std::vector<GateVersion> gates;
    for (const SqlRow& row : rows) gates.push_back({.gate = row.Text(0), .version = row.Text(1), .baseline = ""});
    return gates;
  });
}

Result<bool> Store::WasBaselineDecided(RunKey run, Time until) {
  return connections_->Read([&](Sql& sql) -> Result<bool> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query("SELECT 1 FROM check_run l JOIN verdict v ON v.check_key = l.check_key WHERE l.run_key = :run "
                  "AND l.role = 'baseline' AND v.created <= :until LIMIT 1",
                  "i", {static_cast<std::int64_t>(run), until}));
    return !rows.empty();
  });
}

Result<std::vector<ControlledRun>> Store::ListControlledRuns(const RunRecord& run, RunKey below, std::int64_t most,
                                                             Time until, ControlsFound found) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<ControlledRun>> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query("SELECT r.run_key, r.id, CAST(v.document AS TEXT), v.id, CASE WHEN c.created <= r.created THEN 1 "
                  "ELSE 0 END FROM baseline_control b JOIN run r ON r.run_key = b.run_key JOIN verdict v ON "
                  "v.verdict_key = b.verdict_key JOIN gate_check c ON c.check_key = v.check_key WHERE b.project = "
                  ":project "
                  "AND b.suite = :suite AND b.model_version = :model AND b.run_key < :below AND b.decided <= :until "
                  "AND " +
                      Among(found) + " ORDER BY b.run_key DESC, b.verdict_key DESC LIMIT :most",
                  "ittti", {run.project, run.suite, run.model_version, static_cast<std::int64_t>(below), until, most}));
    std::vector<ControlledRun> runs;
    for (const SqlRow& row : rows)
      runs.push_back({.run = RunKey{row.Int(0)},
                      .id = row.Text(1),
                      .verdict = row.Text(2),
                      .verdict_id = row.Text(3),
                      .drew_it = row.Int(4) != 0});
    return runs;
  });
}

Result<bool> Store::WasControlledSince(const CheckRecord& decided, ControlsFound found) {
  const auto later = [&](const std::string& condition) {
    return "EXISTS (SELECT 1 FROM baseline_control b WHERE b.project = r.project AND b.suite = r.suite AND "
           "b.model_version = r.model_version AND " +
           Among(found) + " AND " + condition + ")";
  };
  return connections_->Read([&](Sql& sql) -> Result<bool> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query("SELECT 1 FROM verdict v JOIN check_run l ON l.check_key = v.check_key AND l.role = "
                  "'baseline' JOIN run r ON r.run_key = l.run_key WHERE v.project = :project AND v.id = "
                  ":verdict AND (" +
                      later("b.verdict_key > v.verdict_key") + " OR " + later("b.decided > v.created") + ") LIMIT 1",
                  "i", {decided.project, decided.verdict_id}));
    return !rows.empty();
  });
}

}  // namespace assay
