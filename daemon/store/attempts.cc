// How often the same was asked before: which runs, for which checks, and what came of those.

#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

// Whether run `r` was asked the cases of a snapshot. From before cases had a digest, only those of the snapshot itself.
std::string AsksTheCasesOf(const std::string& snapshot) {
  return "r.snapshot_key IN (SELECT o.snapshot_key FROM snapshot s JOIN snapshot o ON o.snapshot_key = s.snapshot_key "
         "OR (s.cases_digest <> '' AND o.cases_digest = s.cases_digest) WHERE s.snapshot_key = " +
         snapshot + ") ";
}

// Whether there is anything in run `r` that somebody could see.
constexpr std::string_view kHasAnswers = "r.scored + r.unscored + r.awaiting_human > 0";

// What is asked of the runs before one, for a check.
struct Viewpoint {
  const RunRecord& run;
  const CheckRecord& check;
  std::string_view role;
  Time until;

  bool IsOfBaseline() const { return role != "candidate"; }
};

// The runs on the same cases that checks were made on, at the root of their retries, whose answers are theirs but for
// what they lacked: a row for each and what became of a check of it, at that time (`state`) and since (`outcome`). Of
// one that is decided beside this one either CountOpenDraws or `decided` has to know, whose time is the earlier.
// CANCELLED: somebody who could see answers ended its run, in the part that is looked at and for the same candidate; of
// a candidate also another run of the check, without which nothing is decided on these answers either.
// `is_own`: of this very gate, candidate and part.
std::string Linked(const Viewpoint& from, SqlArguments& arguments) {
  const auto outcome = [&](const std::string& name) {
    arguments.insert(arguments.end(), {from.role, from.check.model_version, static_cast<int>(RunState::kCancelled)});
    const std::string cancelled = " = :cancelled_" + name;
    return "CASE WHEN c.state = 'ERROR' AND " + std::string(kHasAnswers) + " AND l.role = :role_" + name +
           " AND c.model_version = :candidate_" + name + " AND " +
           (from.IsOfBaseline() ? "r.state" + cancelled
                                : "EXISTS (SELECT 1 FROM check_run x JOIN run y ON y.run_key = x.run_key WHERE "
                                  "x.check_key = c.check_key AND y.state" +
                                      cancelled + ")") +
           " THEN 'CANCELLED' ELSE c.state END";
  };
  std::string text =
      "WITH RECURSIVE linked (run_key, id, retry_of, state, outcome, is_own) AS (SELECT r.run_key, r.id, "
      "r.retry_of, CASE WHEN c.ended <= :decided_by THEN ";
  arguments.emplace_back(from.until);
  text += outcome("then") + " ELSE 'PENDING' END, ";
  text += outcome("since") + ", ";
  text +=
      "CASE WHEN c.gate = :gate AND c.gate_version = :gate_version AND c.model_version = :candidate AND l.role = "
      ":own_role AND c.id <> :check THEN 1 ELSE 0 END FROM run r JOIN check_run l ON l.run_key = r.run_key JOIN "
      "gate_check c ON c.check_key = l.check_key WHERE r.project = :project AND r.suite = :suite AND " +
      AsksTheCasesOf(":snapshot") +
      "AND r.model_version = :model AND l.role IN ('candidate', :role) AND c.created <= :made_by UNION SELECT "
      "p.run_key, p.id, p.retry_of, o.state, o.outcome, o.is_own FROM linked o JOIN run p ON p.project = :owner "
      "AND p.id = o.retry_of) ";
  const RunRecord& run = from.run;
  arguments.insert(arguments.end(), {from.check.gate, from.check.gate_version, from.check.model_version, from.role,
                                     from.check.id, run.project, run.suite, static_cast<std::int64_t>(run.snapshot),
                                     run.model_version, from.role, from.until, run.project});
  return text;
}

// The outcomes that are charged for: answers of a baseline are drawn for a verdict on another model.
std::string Charged(const Viewpoint& from) {
  return from.IsOfBaseline() ? "('CANCELLED')" : "('FAIL', 'INCONCLUSIVE', 'CANCELLED')";
}

struct Decided {
  std::int64_t charged = 0;
  bool is_used = false;
  bool is_own = false;
  std::int64_t last_own = 0;  // key of the last run before, that this gate decided on
};

Result<Decided> CountDecided(Sql& sql, const Viewpoint& from) {
  SqlArguments arguments;
  std::string query = Linked(from, arguments);
  query += "SELECT COUNT(DISTINCT CASE WHEN outcome IN " + Charged(from) +
           " AND run_key < :run THEN run_key END), COUNT(CASE WHEN state <> 'ERROR' AND run_key = :same_run THEN 1 "
           "END), COUNT(CASE WHEN state <> 'ERROR' AND is_own = 1 AND run_key = :very_run THEN 1 END), "
           "COALESCE(MAX(CASE WHEN state <> 'ERROR' AND is_own = 1 AND run_key < :before THEN run_key END), 0) FROM "
           "linked WHERE retry_of = ''";
  const auto key = static_cast<std::int64_t>(from.run.key);
  arguments.insert(arguments.end(), {key, key, key, key});
  ASSAY_ASSIGN(const SqlRows rows, sql.Query(query, "iiii", arguments));
  return Decided{.charged = rows[0].Int(0),
                 .is_used = rows[0].Int(1) > 0,
                 .is_own = rows[0].Int(2) > 0,
                 .last_own = rows[0].Int(3)};
}

struct Counted {
  std::int64_t runs = 0;
  std::string newest = {};  // its id
};

Result<Counted> CountRuns(Sql& sql, const std::string& query, const SqlArguments& arguments) {
  ASSAY_ASSIGN(const SqlRows rows, sql.Query(query, "it", arguments));
  return Counted{.runs = rows[0].Int(0), .newest = rows[0].Text(1)};
}

// Those with verdicts of others only, of which nobody was charged for one.
Result<Counted> CountOfOthers(Sql& sql, const Viewpoint& from, std::int64_t last_own) {
  SqlArguments arguments;
  std::string query = Linked(from, arguments);
  query +=
      "SELECT COUNT(*), COALESCE(MAX(id), '') FROM (SELECT id FROM linked WHERE retry_of = '' AND run_key < "
      ":before AND run_key > :last_own GROUP BY run_key, id HAVING COUNT(CASE WHEN state <> 'ERROR' THEN 1 END) > "
      "0 AND COUNT(CASE WHEN state <> 'ERROR' AND is_own = 1 THEN 1 END) = 0 AND COUNT(CASE WHEN outcome IN " +
      Charged(from) + " THEN 1 END) = 0) AS of_others";
  arguments.insert(arguments.end(), {static_cast<std::int64_t>(from.run.key), last_own});
  return CountRuns(sql, query, arguments);
}

Result<Counted> CountUnused(Sql& sql, const Viewpoint& from) {
  SqlArguments arguments;
  std::string query = Linked(from, arguments);
  query +=
      "SELECT COUNT(*), COALESCE(MAX(r.id), '') FROM run r WHERE r.project = :owner_of_unused AND r.suite = "
      ":same_suite AND " +
      AsksTheCasesOf(":same_snapshot") +
      "AND r.model_version = :same_model AND r.run_key < :before AND r.retry_of = '' AND CASE WHEN r.ended <= "
      ":ended_by THEN " +
      std::string(kHasAnswers) +
      " ELSE r.started <= :started_by END AND r.run_key NOT IN (SELECT run_key FROM "
      "linked WHERE state <> 'ERROR')";
  const RunRecord& run = from.run;
  arguments.insert(arguments.end(), {run.project, run.suite, static_cast<std::int64_t>(run.snapshot), run.model_version,
                                     static_cast<std::int64_t>(run.key), from.until, from.until});
  return CountRuns(sql, query, arguments);
}

// A run and all that took its answers over.
constexpr char kFamily[] =
    "WITH RECURSIVE family (run_key, id) AS (SELECT run_key, id FROM run WHERE run_key = :run UNION SELECT "
    "n.run_key, n.id FROM family f JOIN run n ON n.project = :project AND n.retry_of = f.id) ";

}  // namespace

Result<std::int64_t> Store::CountOpenDraws(const RunRecord& run, std::string_view check) {
  return connections_->Read([&](Sql& sql) -> Result<std::int64_t> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query("WITH RECURSIVE linked (run_key, retry_of) AS ("
                  "SELECT r.run_key, r.retry_of FROM run r JOIN check_run l ON l.run_key = r.run_key JOIN "
                  "gate_check c ON c.check_key = l.check_key WHERE r.project = :project AND r.suite = :suite "
                  "AND " +
                      AsksTheCasesOf(":snapshot") +
                      "AND r.model_version = :model AND l.role = 'candidate' AND "
                      "c.state = 'PENDING' AND c.id <> :check UNION SELECT p.run_key, "
                      "p.retry_of FROM linked o JOIN run p ON p.project = :owner AND p.id = o.retry_of) "
                      "SELECT COUNT(DISTINCT o.run_key) FROM linked o WHERE o.retry_of = '' AND o.run_key < :run "
                      "AND NOT EXISTS (SELECT 1 FROM check_run d JOIN gate_check e ON e.check_key = d.check_key "
                      "WHERE d.run_key = o.run_key AND e.state IN ('FAIL', 'INCONCLUSIVE'))",
                  "i",
                  {run.project, run.suite, static_cast<std::int64_t>(run.snapshot), run.model_version, check,
                   run.project, static_cast<std::int64_t>(run.key)}));
    return rows.front().Int(0);
  });
}

Result<EarlierRuns> Store::CountEarlierRuns(const RunRecord& run, Time until, const CheckRecord& check,
                                            std::string_view role) {
  const Viewpoint from{.run = run, .check = check, .role = role, .until = until};
  return connections_->Read([&](Sql& sql) -> Result<EarlierRuns> {
    ASSAY_ASSIGN(const Decided decided, CountDecided(sql, from));
    ASSAY_ASSIGN(const Counted of_others, CountOfOthers(sql, from, decided.last_own));
    ASSAY_ASSIGN(const Counted unused, CountUnused(sql, from));
    return EarlierRuns{.decided = decided.charged,
                       .unused = unused.runs,
                       .newest_unused = unused.newest,
                       .of_others = of_others.runs,
                       .newest_of_others = of_others.newest,
                       .is_used = decided.is_used,
                       .is_own = decided.is_own};
  });
}

Result<std::vector<GateVersion>> Store::ListGatesOn(const RunRecord& run, Time until, std::string_view check) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<GateVersion>> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query(
            std::string(kFamily) +
                "SELECT DISTINCT c.gate, c.gate_version FROM family f JOIN check_run l ON l.run_key = f.run_key JOIN "
                "gate_check c ON c.check_key = l.check_key WHERE l.role = 'candidate' AND ((c.state IN ('FAIL', "
                "'INCONCLUSIVE') AND c.ended <= :until) OR (c.state IN ('PENDING', 'FAIL', 'INCONCLUSIVE') AND "
                "c.check_key < "
                "(SELECT o.check_key FROM gate_check o WHERE o.project = :owner AND o.id = :check))) ORDER BY c.gate, "
                "c.gate_version",
            "tt", {static_cast<std::int64_t>(run.key), run.project, until, run.project, check}));
    std::vector<GateVersion> gates;
    for (const SqlRow& row : rows) gates.push_back({row.Text(0), row.Text(1)});
    return gates;
  });
}

Result<OtherVersions> Store::FindOtherVersions(const RunRecord& run, Time until, const CheckRecord& check) {
  return connections_->Read([&](Sql& sql) -> Result<OtherVersions> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query(std::string(kFamily) +
                      "SELECT c.verdict_id, c.state FROM family f JOIN check_run l ON l.run_key = f.run_key JOIN "
                      "gate_check c ON c.check_key = l.check_key WHERE l.role = 'candidate' AND c.gate = :gate AND "
                      "c.gate_version <> :version AND c.state IN ('FAIL', 'INCONCLUSIVE') AND c.ended <= :until ORDER "
                      "BY c.check_key DESC",
                  "tt", {static_cast<std::int64_t>(run.key), run.project, check.gate, check.gate_version, until}));
    if (rows.empty()) return OtherVersions();
    return OtherVersions{.verdicts = std::ssize(rows), .newest = rows[0].Text(0), .state = rows[0].Text(1)};
  });
}

Result<std::vector<DecidedModel>> Store::ListOtherDecidedModels(const RunRecord& run, Time until) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<DecidedModel>> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query("SELECT r.model, r.model_label, r.model_version, COUNT(DISTINCT r.run_key) FROM run r JOIN "
                  "check_run l ON l.run_key = r.run_key JOIN gate_check c ON c.check_key = l.check_key WHERE "
                  "r.project = :project AND r.suite = :suite AND " +
                      AsksTheCasesOf(":snapshot") +
                      "AND r.model_version <> :model AND l.role = 'candidate' AND c.state IN ('FAIL', "
                      "'INCONCLUSIVE') AND c.ended <= :until GROUP BY r.model, r.model_label, r.model_version "
                      "ORDER BY MAX(r.run_key) DESC LIMIT 1000",
                  "ttti", {run.project, run.suite, static_cast<std::int64_t>(run.snapshot), run.model_version, until}));
    std::vector<DecidedModel> models;
    for (const SqlRow& row : rows) models.push_back({row.Text(0), row.Text(1), row.Text(2), row.Int(3)});
    return models;
  });
}

Result<std::vector<VerdictOnRun>> Store::ListVerdictsOn(std::string_view project, std::string_view run,
                                                        std::int64_t most) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<VerdictOnRun>> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query("WITH RECURSIVE family (run_key, id) AS (SELECT run_key, id FROM run WHERE project = :project AND id "
                  "= :run UNION SELECT n.run_key, n.id FROM family f JOIN run n ON n.project = :owner AND n.retry_of = "
                  "f.id) SELECT DISTINCT v.verdict_key, v.id, v.gate, v.gate_version, c.model_version, r.suite, "
                  "r.suite_version, v.created FROM family f JOIN run r ON r.run_key = f.run_key JOIN check_run l ON "
                  "l.run_key = f.run_key JOIN gate_check c ON c.check_key = l.check_key JOIN verdict v ON v.check_key "
                  "= c.check_key ORDER BY v.verdict_key DESC LIMIT :most",
                  "itttttti", {project, run, project, most}));
    std::vector<VerdictOnRun> verdicts;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
      verdicts.push_back({.id = row->Text(1),
                          .gate = row->Text(2),
                          .gate_version = row->Text(3),
                          .model_version = row->Text(4),
                          .suite = row->Text(5),
                          .suite_version = row->Text(6),
                          .decided = row->At(7)});
    }
    return verdicts;
  });
}

Result<std::vector<std::string>> Store::ListOtherDraws(const RunRecord& run, std::string_view root) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<std::string>> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query("SELECT r.id FROM run r WHERE r.project = :project AND r.suite = :suite AND " +
                      AsksTheCasesOf(":snapshot") +
                      "AND r.model_version = :model AND r.retry_of = '' AND r.id <> :root ORDER BY r.run_key "
                      "DESC LIMIT 1000",
                  "t", {run.project, run.suite, static_cast<std::int64_t>(run.snapshot), run.model_version, root}));
    std::vector<std::string> draws;
    for (const SqlRow& row : rows) draws.push_back(row.Text(0));
    return draws;
  });
}

}  // namespace assay
