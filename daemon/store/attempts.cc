// How often the same was asked before: which runs, for which checks, and what came of those.

#include <algorithm>
#include <map>
#include <set>

#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

// Whether there is anything in run `r` that somebody could see, whatever graders made of it.
constexpr std::string_view kHasAnswers = "r.has_answers = 1";

// What is asked of the runs before one, for a check.
struct Viewpoint {
  const RunRecord& run;
  const CheckRecord& check;
  std::string_view role;
  Time until;
  // Also runs that were made after this one count as before it, if that was before the check: whoever makes several and
  // holds all but one would look at the last first. Not where the gate has decided on this one already.
  bool counts_later = false;

  bool IsOfBaseline() const { return role != "candidate"; }
};

// The runs on the same cases that checks were made on, at the root of their retries, whose answers are theirs but for
// what they lacked: a row for each and each check of it, with what became of that, at that time (`state`) and since
// (`outcome`). Of one that is decided beside this one either CountOpenDraws or `decided` has to know, whose time is the
// earlier.
// CANCELLED: somebody who could see answers of the check ended one of its runs, in the part that is looked at and for
// the same candidate: nothing is decided on those of the others either.
// BESIDE: it was the baseline of a check that did not give ERROR, which says nothing of it.
// `is_own`: of this very gate, candidate and part.
std::string Linked(const Viewpoint& from, SqlArguments& arguments) {
  const auto outcome = [&](const std::string& name) {
    arguments.insert(arguments.end(), {from.role, from.check.model_version, static_cast<int>(RunState::kCancelled)});
    // A run that was there before is not drawn for the check, and tells nobody more.
    const std::string drawn =
        "EXISTS (SELECT 1 FROM check_run z JOIN run w ON w.run_key = z.run_key WHERE z.check_key = c.check_key AND "
        "w.has_answers = 1 AND w.created >= c.created)";
    const std::string answers =
        from.IsOfBaseline() ? "((r.state = :own_" + name + " AND " + std::string(kHasAnswers) + ") OR " + drawn + ")"
                            : "(" + std::string(kHasAnswers) + " OR " + drawn + ")";
    if (from.IsOfBaseline()) arguments.emplace_back(static_cast<int>(RunState::kCancelled));
    return "CASE WHEN c.state = 'ERROR' AND l.role = :role_" + name + " AND c.model_version = :candidate_" + name +
           " AND EXISTS (SELECT 1 FROM check_run x JOIN run y ON y.run_key = x.run_key WHERE x.check_key = c.check_key "
           "AND y.state = :cancelled_" +
           name + ") AND " + answers +
           " THEN 'CANCELLED' WHEN l.role <> 'candidate' AND c.state <> 'ERROR' THEN 'BESIDE' ELSE c.state END";
  };
  const RunRecord& run = from.run;
  std::string text =
      "WITH RECURSIVE linked (run_key, id, retry_of, created, check_key, ended, state, outcome, is_own) AS (SELECT "
      "r.run_key, r.id, r.retry_of, r.created, c.check_key, c.ended, CASE WHEN c.ended <= :decided_by THEN ";
  arguments.emplace_back(from.until);
  text += outcome("then") + " ELSE 'PENDING' END, ";
  text += outcome("since") + ", ";
  text +=
      "CASE WHEN c.gate = :gate AND c.gate_version = :gate_version AND c.model_version = :candidate AND l.role = "
      ":own_role AND c.id <> :check THEN 1 ELSE 0 END FROM run r JOIN check_run l ON l.run_key = r.run_key JOIN "
      "gate_check c ON c.check_key = l.check_key WHERE r.project = :project AND r.suite = :suite AND " +
      AsksTheCasesOf(run.snapshot) +
      "AND r.model_version = :model AND c.created <= :made_by UNION SELECT p.run_key, p.id, p.retry_of, p.created, "
      "o.check_key, o.ended, o.state, o.outcome, o.is_own FROM linked o JOIN run p ON p.project = :owner AND p.id = "
      "o.retry_of) ";
  arguments.insert(arguments.end(),
                   {from.check.gate, from.check.gate_version, from.check.model_version, from.role, from.check.id,
                    run.project, run.suite, run.model_version, from.until, run.project});
  return text;
}

// The outcomes that are charged for: answers of a baseline are drawn for a verdict on another model.
std::string Charged(const Viewpoint& from) {
  return from.IsOfBaseline() ? "('CANCELLED')" : "('FAIL', 'INCONCLUSIVE', 'CANCELLED')";
}

// Whether a run is another one that was there before, with its key as `key`; `later` tells of one that was made after.
std::string IsBefore(const Viewpoint& from, const std::string& key, const std::string& later, SqlArguments& arguments) {
  const auto run = static_cast<std::int64_t>(from.run.key);
  arguments.insert(arguments.end(), {run, run});
  if (!from.counts_later) return key + " < :before AND " + key + " <> :itself";
  arguments.insert(arguments.end() - 1, from.check.created);
  return "(" + key + " < :before OR " + later + " < :made) AND " + key + " <> :itself";
}

struct Owned {
  bool is_used = false;
  bool is_own = false;
  std::int64_t last_own = 0;  // key of the last run before, that this gate decided on
};

Result<Owned> FindOwned(Sql& sql, const Viewpoint& from) {
  SqlArguments arguments;
  std::string query = Linked(from, arguments);
  query +=
      "SELECT COUNT(CASE WHEN run_key = :same_run THEN 1 END), COUNT(CASE WHEN is_own = 1 AND run_key = :very_run THEN "
      "1 END), COALESCE(MAX(CASE WHEN is_own = 1 AND run_key < :before THEN run_key END), 0) FROM linked WHERE "
      "retry_of = '' AND state <> 'ERROR'";
  const auto key = static_cast<std::int64_t>(from.run.key);
  arguments.insert(arguments.end(), {key, key, key});
  ASSAY_ASSIGN(const SqlRows rows, sql.Query(query, "iii", arguments));
  return Owned{.is_used = rows[0].Int(0) > 0, .is_own = rows[0].Int(1) > 0, .last_own = rows[0].Int(2)};
}

struct Counted {
  std::int64_t runs = 0;
  std::string newest = {};  // its id
};

Result<Counted> CountRuns(Sql& sql, const std::string& query, const SqlArguments& arguments) {
  ASSAY_ASSIGN(const SqlRows rows, sql.Query(query, "it", arguments));
  return Counted{.runs = rows[0].Int(0), .newest = rows[0].Text(1)};
}

// What is charged for of runs before this one, each with each check that it is charged by. One that was made after this
// was decided before its check was made: else that counted the check of this one.
struct ChargedDraw {
  std::int64_t run = 0;
  std::int64_t check = 0;
  bool is_cancelled = false;  // else a verdict was given
};

Result<std::vector<ChargedDraw>> ListCharged(Sql& sql, const Viewpoint& from) {
  SqlArguments arguments;
  std::string query = Linked(from, arguments);
  query += "SELECT DISTINCT run_key, check_key, outcome FROM linked WHERE retry_of = '' AND " +
           IsBefore(from, "run_key", "ended", arguments) + " AND outcome IN " + Charged(from) +
           " ORDER BY run_key, check_key";
  ASSAY_ASSIGN(const SqlRows rows, sql.Query(query, "iit", arguments));
  std::vector<ChargedDraw> draws;
  for (const SqlRow& row : rows)
    draws.push_back({.run = row.Int(0), .check = row.Int(1), .is_cancelled = row.Text(2) == "CANCELLED"});
  return draws;
}

std::int64_t CountRunsOf(const std::vector<ChargedDraw>& draws) {
  std::set<std::int64_t> runs;
  for (const ChargedDraw& each : draws) runs.insert(each.run);
  return std::ssize(runs);
}

// A pair of runs whose check was cancelled is one draw, which is charged with the candidate's run once; each further
// baseline that the same answers of the candidate were to be held against is another.
std::int64_t CountUncharged(const std::vector<ChargedDraw>& baselines, const std::vector<ChargedDraw>& candidates) {
  struct Pairs {
    std::int64_t verdicts = 0;  // 1 where there are any
    std::set<std::int64_t> baselines = {};
  };
  std::map<std::int64_t, std::int64_t> candidate_of;  // by check that was cancelled
  std::map<std::int64_t, Pairs> by_candidate;
  for (const ChargedDraw& each : candidates) {
    if (each.is_cancelled) candidate_of.emplace(each.check, each.run);
    if (!each.is_cancelled) by_candidate[each.run].verdicts = 1;
  }
  std::set<std::int64_t> alone;
  std::set<std::int64_t> paired;
  for (const ChargedDraw& each : baselines) {
    const auto candidate = candidate_of.find(each.check);
    if (candidate == candidate_of.end()) {
      alone.insert(each.run);
    } else {
      by_candidate[candidate->second].baselines.insert(each.run);
      paired.insert(each.run);
    }
  }
  std::int64_t uncharged = std::ranges::count_if(alone, [&](std::int64_t run) { return !paired.contains(run); });
  for (const auto& [candidate, pairs] : by_candidate)
    uncharged += std::max<std::int64_t>(pairs.verdicts + std::ssize(pairs.baselines) - 1, 0);
  return uncharged;
}

// Those with verdicts of others only, of which nobody was charged for one.
Result<Counted> CountOfOthers(Sql& sql, const Viewpoint& from, std::int64_t last_own) {
  SqlArguments arguments;
  std::string query = Linked(from, arguments);
  query += "SELECT COUNT(*), COALESCE(MAX(id), '') FROM (SELECT id FROM linked WHERE retry_of = '' AND " +
           IsBefore(from, "run_key", "created", arguments) +
           " AND run_key > :last_own GROUP BY run_key, id HAVING COUNT(CASE WHEN state <> 'ERROR' THEN 1 END) > 0 AND "
           "COUNT(CASE WHEN state <> 'ERROR' AND is_own = 1 THEN 1 END) = 0 AND COUNT(CASE WHEN outcome IN " +
           Charged(from) + " THEN 1 END) = 0) AS of_others";
  arguments.emplace_back(last_own);
  return CountRuns(sql, query, arguments);
}

Result<Counted> CountUnused(Sql& sql, const Viewpoint& from) {
  const RunRecord& run = from.run;
  SqlArguments arguments;
  std::string query = Linked(from, arguments);
  query +=
      "SELECT COUNT(*), COALESCE(MAX(r.id), '') FROM run r WHERE r.project = :owner_of_unused AND r.suite = "
      ":same_suite AND " +
      AsksTheCasesOf(run.snapshot) + "AND r.model_version = :same_model AND ";
  arguments.insert(arguments.end(), {run.project, run.suite, run.model_version});
  query +=
      IsBefore(from, "r.run_key", "r.created", arguments) +
      " AND r.retry_of = '' AND CASE WHEN r.ended <= :ended_by THEN " + std::string(kHasAnswers) +
      " ELSE r.started <= :started_by END AND r.run_key NOT IN (SELECT run_key FROM linked WHERE state <> 'ERROR')";
  arguments.insert(arguments.end(), {from.until, from.until});
  return CountRuns(sql, query, arguments);
}

// What check `c` compared with, as its runs have it; '' where none.
constexpr char kBaselineOf[] =
    "COALESCE((SELECT MAX(b.model_version) FROM check_run w JOIN run b ON b.run_key = w.run_key WHERE w.check_key = "
    "c.check_key AND w.role = 'baseline'), '')";

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
                      AsksTheCasesOf(run.snapshot) +
                      "AND r.model_version = :model AND l.role = 'candidate' AND "
                      "c.state = 'PENDING' AND c.id <> :check UNION SELECT p.run_key, "
                      "p.retry_of FROM linked o JOIN run p ON p.project = :owner AND p.id = o.retry_of) "
                      "SELECT COUNT(DISTINCT o.run_key) FROM linked o WHERE o.retry_of = '' AND o.run_key < :run "
                      "AND NOT EXISTS (SELECT 1 FROM check_run d JOIN gate_check e ON e.check_key = d.check_key "
                      "WHERE d.run_key = o.run_key AND e.state IN ('FAIL', 'INCONCLUSIVE'))",
                  "i",
                  {run.project, run.suite, run.model_version, check, run.project, static_cast<std::int64_t>(run.key)}));
    return rows.front().Int(0);
  });
}

Result<EarlierRuns> Store::CountEarlierRuns(const RunRecord& run, Time until, const CheckRecord& check,
                                            std::string_view role) {
  Viewpoint from{.run = run, .check = check, .role = role, .until = until};
  return connections_->Read([&](Sql& sql) -> Result<EarlierRuns> {
    ASSAY_ASSIGN(const Owned owned, FindOwned(sql, from));
    from.counts_later = !owned.is_own;
    ASSAY_ASSIGN(const std::vector<ChargedDraw> charged, ListCharged(sql, from));
    ASSAY_ASSIGN(const Counted of_others, CountOfOthers(sql, from, owned.last_own));
    ASSAY_ASSIGN(const Counted unused, CountUnused(sql, from));
    return EarlierRuns{.decided = CountRunsOf(charged),
                       .unused = unused.runs,
                       .newest_unused = unused.newest,
                       .of_others = of_others.runs,
                       .newest_of_others = of_others.newest,
                       .is_used = owned.is_used,
                       .is_own = owned.is_own};
  });
}

Result<std::int64_t> Store::CountCancelledBaselines(const RunRecord& candidate, const RunRecord& baseline, Time until,
                                                    const CheckRecord& check) {
  const auto list = [&](Sql& sql, const RunRecord& run, std::string_view role) -> Result<std::vector<ChargedDraw>> {
    Viewpoint from{.run = run, .check = check, .role = role, .until = until};
    ASSAY_ASSIGN(const Owned owned, FindOwned(sql, from));
    from.counts_later = !owned.is_own;
    return ListCharged(sql, from);
  };
  return connections_->Read([&](Sql& sql) -> Result<std::int64_t> {
    ASSAY_ASSIGN(const std::vector<ChargedDraw> baselines, list(sql, baseline, "baseline"));
    if (baselines.empty()) return 0;
    ASSAY_ASSIGN(const std::vector<ChargedDraw> candidates, list(sql, candidate, "candidate"));
    return CountUncharged(baselines, candidates);
  });
}

Result<std::int64_t> Store::CountHeldDraws(const RunRecord& run, Time until, const CheckRecord& check,
                                           std::string_view alarm) {
  Viewpoint from{.run = run, .check = check, .role = "candidate", .until = until};
  return connections_->Read([&](Sql& sql) -> Result<std::int64_t> {
    ASSAY_ASSIGN(const Owned owned, FindOwned(sql, from));
    from.counts_later = !owned.is_own;
    SqlArguments arguments;
    std::string query = Linked(from, arguments);
    query +=
        "SELECT COUNT(DISTINCT o.run_key) FROM linked o JOIN verdict v ON v.check_key = o.check_key WHERE "
        "o.retry_of = '' AND " +
        IsBefore(from, "o.run_key", "o.ended", arguments) + " AND o.outcome IN " + Charged(from) +
        " AND v.verdict_key >= (SELECT a.verdict_key FROM verdict a WHERE a.project = :of_alarm AND a.id = "
        ":alarm) AND (CAST(v.document AS TEXT) LIKE '%\"has_moved\":true%' OR CAST(v.document AS TEXT) LIKE "
        "'%\"alarm\":\"%')";
    arguments.insert(arguments.end(), {run.project, alarm});
    ASSAY_ASSIGN(const SqlRows rows, sql.Query(query, "i", arguments));
    return rows[0].Int(0);
  });
}

Result<std::vector<GateVersion>> Store::ListGatesOn(const RunRecord& run, Time until, std::string_view check) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<GateVersion>> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query(
            std::string(kFamily) + "SELECT DISTINCT c.gate, c.gate_version, " + kBaselineOf +
                " FROM family f JOIN check_run l ON l.run_key = f.run_key JOIN "
                "gate_check c ON c.check_key = l.check_key WHERE l.role = 'candidate' AND ((c.state IN ('FAIL', "
                "'INCONCLUSIVE') AND c.ended <= :until) OR (c.state IN ('PENDING', 'FAIL', 'INCONCLUSIVE') AND "
                "c.check_key < "
                "(SELECT o.check_key FROM gate_check o WHERE o.project = :owner AND o.id = :check))) ORDER BY 1, 2, 3",
            "ttt", {static_cast<std::int64_t>(run.key), run.project, until, run.project, check}));
    std::vector<GateVersion> gates;
    for (const SqlRow& row : rows) gates.push_back({row.Text(0), row.Text(1), row.Text(2)});
    return gates;
  });
}

Result<OtherVersions> Store::FindOtherVersions(const RunRecord& run, Time until, const CheckRecord& check,
                                               std::string_view baseline) {
  return connections_->Read([&](Sql& sql) -> Result<OtherVersions> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query(std::string(kFamily) +
                      "SELECT c.verdict_id, c.state FROM family f JOIN check_run l ON l.run_key = f.run_key JOIN "
                      "gate_check c ON c.check_key = l.check_key WHERE l.role = 'candidate' AND c.gate = :gate AND "
                      "(c.gate_version <> :version OR " +
                      kBaselineOf +
                      " <> :baseline) AND c.state IN ('FAIL', 'INCONCLUSIVE') AND c.ended <= :until ORDER BY "
                      "c.check_key DESC",
                  "tt",
                  {static_cast<std::int64_t>(run.key), run.project, check.gate, check.gate_version, baseline, until}));
    if (rows.empty()) return OtherVersions();
    return OtherVersions{.verdicts = std::ssize(rows), .newest = rows[0].Text(0), .state = rows[0].Text(1)};
  });
}

Result<std::vector<DecidedModel>> Store::ListOtherDecidedModels(const RunRecord& run, Time until) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<DecidedModel>> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT r.model, r.model_label, r.model_version, COUNT(*) FROM run r WHERE r.project = "
                           ":project AND r.suite = :suite AND " +
                               AsksTheCasesOf(run.snapshot) +
                               "AND r.model_version <> :model AND (EXISTS (SELECT 1 FROM check_run l JOIN gate_check c "
                               "ON c.check_key = l.check_key WHERE l.run_key = r.run_key AND l.role = 'candidate' AND "
                               "c.state IN ('FAIL', 'INCONCLUSIVE') AND c.ended <= :until) OR (r.state IN (3, 7) AND "
                               "r.ended <= :ended_until AND NOT EXISTS (SELECT 1 FROM check_run l WHERE l.run_key = "
                               "r.run_key))) GROUP BY r.model, r.model_label, r.model_version ORDER BY MAX(r.run_key) "
                               "DESC LIMIT 1000",
                           "ttti", {run.project, run.suite, run.model_version, until, until}));
    std::vector<DecidedModel> models;
    for (const SqlRow& row : rows) models.push_back({row.Text(0), row.Text(1), row.Text(2), row.Int(3)});
    return models;
  });
}

Result<std::vector<DecidedSuite>> Store::ListOtherDecidedSuites(const RunRecord& run, Time until) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<DecidedSuite>> {
    const std::string asks_the_same = AsksTheCasesOf(run.snapshot);
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query("SELECT r.suite, r.suite_version, COUNT(DISTINCT r.run_key), MAX(r.id) FROM run r JOIN check_run l "
                  "ON l.run_key = r.run_key JOIN gate_check c ON c.check_key = l.check_key WHERE r.project = :project "
                  "AND r.model_version = :model AND ((r.suite = :suite AND NOT " +
                      asks_the_same + ") OR (r.suite <> :same_suite AND " + asks_the_same +
                      ")) AND l.role = 'candidate' AND c.state IN ('FAIL', 'INCONCLUSIVE') AND c.ended <= :until GROUP "
                      "BY r.suite, r.suite_version ORDER BY MAX(r.run_key) DESC LIMIT 1000",
                  "ttit", {run.project, run.model_version, run.suite, run.suite, until}));
    std::vector<DecidedSuite> suites;
    for (const SqlRow& row : rows)
      suites.push_back({.suite = row.Text(0), .version = row.Text(1), .runs = row.Int(2), .newest = row.Text(3)});
    return suites;
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
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT r.id FROM run r WHERE r.project = :project AND r.suite = :suite AND " +
                               AsksTheCasesOf(run.snapshot) +
                               "AND r.model_version = :model AND r.retry_of = '' AND r.id <> :root ORDER BY r.run_key "
                               "DESC LIMIT 1000",
                           "t", {run.project, run.suite, run.model_version, root}));
    std::vector<std::string> draws;
    for (const SqlRow& row : rows) draws.push_back(row.Text(0));
    return draws;
  });
}

}  // namespace assay
