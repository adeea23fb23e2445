// Runs: creation, listing and their states. trials.cc has their results.

#include <unordered_map>

#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

constexpr char kColumns[] =
    "SELECT r.run_key, r.id, r.project, r.suite, r.suite_version, r.model, r.model_label, r.model_version, "
    "r.snapshot_key, s.digest, r.trials, r.cases, r.seed, r.case_order, r.state, r.error, r.manifest, r.scheduled, "
    "r.scored, r.unscored, r.errors, r.skipped, r.awaiting_human, r.position, r.created, r.started, r.ended, "
    "r.principal, r.concurrency, r.budget_usd, r.retry_of, r.cost_usd, r.tokens_in, r.tokens_out, r.without_cost, "
    "r.cached, r.unanswered_usd, r.deleted, r.deleted_by, r.responses_deleted FROM run r JOIN snapshot s ON "
    "s.snapshot_key = r.snapshot_key ";
constexpr char kTypes[] =
    "ittttttt"
    "itiiiti"
    "tt"
    "iiiiii"
    "iiii"
    "tirtriiiir"
    "iti";

std::optional<double> MaybeReal(const SqlRow& row, int column) {
  return row.IsNull(column) ? std::nullopt : std::optional(row.Real(column));
}

RunRecord ToRun(const SqlRow& row) {
  RunRecord run;
  run.key = RunKey{row.Int(0)};
  run.id = row.Text(1);
  run.project = row.Text(2);
  run.suite = row.Text(3);
  run.suite_version = row.Text(4);
  run.model = row.Text(5);
  run.model_label = row.Text(6);
  run.model_version = row.Text(7);
  run.snapshot = SnapshotKey{row.Int(8)};
  run.snapshot_digest = row.Text(9);
  run.trials = row.Int(10);
  run.cases = row.Int(11);
  run.seed = static_cast<std::uint64_t>(row.Int(12));
  run.order = row.Text(13);
  run.state = static_cast<RunState>(row.Int(14));
  run.error = row.Text(15);
  run.manifest = row.Text(16);
  run.counts = {row.Int(17), row.Int(18), row.Int(19), row.Int(20), row.Int(21), row.Int(22)};
  run.position = row.Int(23);
  run.created = row.At(24);
  run.started = row.MaybeAt(25);
  run.ended = row.MaybeAt(26);
  run.principal = row.Text(27);
  if (!row.IsNull(28)) run.concurrency = static_cast<int>(row.Int(28));
  run.budget_usd = MaybeReal(row, 29);
  run.retry_of = row.Text(30);
  run.cost_usd = MaybeReal(row, 31);
  run.tokens_in = row.Int(32);
  run.tokens_out = row.Int(33);
  run.answers_without_cost = row.Int(34);
  run.answers_cached = row.Int(35);
  run.unanswered_usd = row.Real(36);
  run.deleted = row.MaybeAt(37);
  run.deleted_by = row.Text(38);
  run.responses_deleted = row.MaybeAt(39);
  return run;
}

Status ReadGraders(Sql& sql, std::span<RunRecord> runs) {
  std::unordered_map<std::int64_t, RunRecord*> by_key;
  std::vector<std::int64_t> keys;
  for (RunRecord& run : runs) {
    keys.push_back(static_cast<std::int64_t>(run.key));
    by_key.emplace(keys.back(), &run);
  }
  if (keys.empty()) return {};
  ASSAY_ASSIGN(
      const SqlRows rows,
      sql.Query("SELECT run_key, name, type, version, role, source FROM run_grader WHERE version_index = 0 AND "
                "run_key IN " +
                    NumberList(keys) + " ORDER BY run_key, grader",
                "itttti"));
  for (const SqlRow& row : rows) {
    by_key.at(row.Int(0))
        ->graders.push_back({row.Text(1), row.Text(2), row.Text(3), row.Text(4), static_cast<ScoreSource>(row.Int(5))});
  }
  return {};
}

// The runs that `rest` (from WHERE on) selects, with their graders.
Result<std::vector<RunRecord>> SelectRuns(Sql& sql, const std::string& rest, const SqlArguments& arguments) {
  ASSAY_ASSIGN(const SqlRows rows, sql.Query(kColumns + rest, kTypes, arguments));
  std::vector<RunRecord> runs;
  runs.reserve(rows.size());
  for (const SqlRow& row : rows) runs.push_back(ToRun(row));
  ASSAY_TRY(ReadGraders(sql, runs));
  return runs;
}

Result<RunRecord> SelectRun(Sql& sql, const std::string& description, const std::string& rest,
                            const SqlArguments& arguments) {
  ASSAY_ASSIGN(std::vector<RunRecord> runs, SelectRuns(sql, rest, arguments));
  if (runs.empty()) return Fail(ErrorCode::kNotFound, description + " is not stored");
  return std::move(runs.front());
}

Result<RunRecord> FindRun(Sql& sql, std::string_view project, std::string_view id) {
  return SelectRun(sql, "run \"" + std::string(id) + "\"", "WHERE r.project = :project AND r.id = :id", {project, id});
}

Status CheckSize(const RunRecord& run) {
  if (run.trials >= 1 && run.cases >= 0 && run.cases < kMaxPositions && run.trials < kMaxPositions / (run.cases + 1)) {
    return {};
  }
  return Fail(ErrorCode::kInvalidArgument, "run \"" + run.id + "\" has " + std::to_string(run.cases) + " cases and " +
                                               std::to_string(run.trials) + " trials");
}

Status CheckSnapshot(Sql& sql, const RunRecord& run) {
  ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT cases FROM snapshot WHERE snapshot_key = :key AND "
                                             "project = :project AND finished = 1",
                                             "i", {static_cast<std::int64_t>(run.snapshot), run.project}));
  if (rows.empty()) return Fail(ErrorCode::kNotFound, "run \"" + run.id + "\" names no finished dataset snapshot");
  if (run.cases > rows[0].Int(0)) {
    return Fail(ErrorCode::kInvalidArgument, "run \"" + run.id + "\" has " + std::to_string(run.cases) +
                                                 " cases, its dataset snapshot " + std::to_string(rows[0].Int(0)));
  }
  return {};
}

// What is deleted cannot be taken over. In the transaction that makes the new run: from then on that one protects it.
Status CheckTakenOver(Sql& sql, const RunRecord& run) {
  if (run.retry_of.empty()) return {};
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query("SELECT COALESCE(deleted, responses_deleted) FROM run WHERE project = :project AND id = :id",
                         "i", {run.project, run.retry_of}));
  if (rows.empty() || rows[0].IsNull(0)) return {};
  return Fail(ErrorCode::kFailedPrecondition, "the answers of run \"" + run.retry_of + "\" are deleted");
}

Status InsertRun(Sql& sql, const RunRecord& run) {
  ASSAY_TRY(CheckSnapshot(sql, run));
  ASSAY_TRY(CheckTakenOver(sql, run));
  ASSAY_ASSIGN(
      const SqlRows stored,
      sql.Query(
          "INSERT INTO run (id, project, suite, suite_version, model, model_label, model_version, snapshot_key, "
          "trials, cases, seed, case_order, state, error, manifest, graders, scheduled, scored, unscored, errors, "
          "skipped, awaiting_human, position, created, principal, concurrency, budget_usd, retry_of) VALUES (:id, "
          ":project, :suite, :suite_version, "
          ":model, :model_label, :model_version, :snapshot, :trials, :cases, :seed, :case_order, 1, '', "
          ":manifest, :graders, :scheduled, 0, 0, 0, 0, 0, 0, :created, :principal, :concurrency, :budget, :retry_of) "
          "ON CONFLICT DO NOTHING RETURNING run_key",
          "i",
          {run.id,
           run.project,
           run.suite,
           run.suite_version,
           run.model,
           run.model_label,
           run.model_version,
           static_cast<std::int64_t>(run.snapshot),
           run.trials,
           run.cases,
           static_cast<std::int64_t>(run.seed),
           run.order,
           run.manifest,
           std::ssize(run.graders),
           run.cases * run.trials,
           run.created,
           run.principal,
           run.concurrency ? SqlArgument(*run.concurrency) : SqlArgument(std::nullopt),
           run.budget_usd ? SqlArgument(*run.budget_usd) : SqlArgument(std::nullopt),
           run.retry_of}));
  if (stored.empty()) return Fail(ErrorCode::kAlreadyExists, "run \"" + run.id + "\" is stored already");
  if (stored[0].Int(0) >= kMaxRuns) return Fail(ErrorCode::kResourceExhausted, "the store can number no more runs");
  for (std::size_t i = 0; i < run.graders.size(); ++i) {
    const RunGrader& grader = run.graders[i];
    ASSAY_TRY(
        sql.Execute("INSERT INTO run_grader (run_key, grader, version_index, name, type, version, role, source) "
                    "VALUES (:key, :grader, 0, :name, :type, :version, :role, :source)",
                    {stored[0].Int(0), static_cast<std::int64_t>(i), grader.name, grader.type, grader.version,
                     grader.role, static_cast<int>(grader.source)}));
  }
  return Audit(sql, run.project, run.created, run.principal, "create_run", "run/" + run.id,
               run.suite + " by " + run.model + "@" + run.model_label);
}

// Of ListEarlierRuns and its like, after the condition on their states.
std::string EndedBefore(SnapshotKey snapshot) {
  return "AND r.ended <= :until AND r.project = :project AND r.suite = :suite AND " + AsksTheCasesOf(snapshot) +
         "AND r.model_version = :model AND r.run_key < :run AND NOT EXISTS (SELECT 1 FROM run "
         "n WHERE n.project = r.project AND n.retry_of = r.id AND n.state = 3 AND n.ended <= :until_of_retry) ";
}

std::string EarlierThan(const std::string& states, SnapshotKey snapshot) {
  return "WHERE r.state IN " + states + " AND (r.deleted IS NULL OR r.deleted > :not_by) " + EndedBefore(snapshot);
}

}  // namespace

Result<RunRecord> Store::CreateRun(const RunRecord& run, const std::optional<RequestKey>& request) {
  ASSAY_TRY(CheckSize(run));
  ASSAY_TRY(CheckJson("run manifest", run.manifest));
  return connections_->Write([&](Sql& sql) -> Result<RunRecord> {
    if (request) {
      ASSAY_ASSIGN(const std::optional<std::string> answer, FindAnswer(sql, run.project, *request));
      if (answer) return FindRun(sql, run.project, *answer);
    }
    ASSAY_TRY(InsertRun(sql, run));
    if (request) ASSAY_TRY(RememberAnswer(sql, run.project, *request, run.id, run.created, run.principal));
    return FindRun(sql, run.project, run.id);
  });
}

Result<RunRecord> Store::GetRun(std::string_view project, std::string_view id) {
  return connections_->Read([&](Sql& sql) { return FindRun(sql, project, id); });
}

Result<RunRecord> Store::GetRun(RunKey run) {
  const auto key = static_cast<std::int64_t>(run);
  return connections_->Read(
      [&](Sql& sql) { return SelectRun(sql, "run " + std::to_string(key), "WHERE r.run_key = :key", {key}); });
}

Result<Page<RunRecord>> Store::ListRuns(const RunFilter& filter, const PageRequest& page) {
  return connections_->Read([&](Sql& sql) -> Result<Page<RunRecord>> {
    ASSAY_ASSIGN(const PagePosition position, ReadPage(page));
    std::string rest = "WHERE r.project = :project AND r.run_key < :below";
    SqlArguments arguments = {filter.project, position.below};
    const auto narrow = [&](const char* condition, SqlArgument value) {
      rest += condition;
      arguments.push_back(std::move(value));
    };
    if (!filter.suite.empty()) narrow(" AND r.suite = :suite", filter.suite);
    if (!filter.model.empty()) narrow(" AND r.model = :model", filter.model);
    if (!filter.model_label.empty()) narrow(" AND r.model_label = :label", filter.model_label);
    if (filter.state) narrow(" AND r.state = :state", static_cast<int>(*filter.state));
    narrow(" ORDER BY r.run_key DESC LIMIT :limit", position.limit + 1);
    ASSAY_ASSIGN(const SqlRows rows, sql.Query(kColumns + rest, kTypes, arguments));
    Page<RunRecord> result = PageOf<RunRecord>(rows, position.limit, ToRun);
    ASSAY_TRY(ReadGraders(sql, result.items));
    return result;
  });
}

Result<std::vector<RunRecord>> Store::ListUnfinishedRuns() {
  return connections_->Read(
      [&](Sql& sql) { return SelectRuns(sql, "WHERE r.state IN (1, 2) ORDER BY r.run_key", {}); });
}

Result<std::vector<RunRecord>> Store::ListNewestRunsWithSentinels() {
  return connections_->Read([&](Sql& sql) {
    return SelectRuns(sql,
                      "WHERE r.run_key IN (SELECT MAX(n.run_key) FROM run n WHERE n.ended IS NOT NULL AND n.deleted IS "
                      "NULL AND EXISTS (SELECT 1 FROM sentinel s WHERE s.run_key = n.run_key) GROUP BY n.project, "
                      "n.suite, n.model) ORDER BY r.run_key",
                      {});
  });
}

Result<std::optional<RunRecord>> Store::FindReusableRun(std::string_view project, std::string_view suite_version,
                                                        std::string_view model_version, ReusableRuns among) {
  // As MakeManifest writes it; in a text of the manifest the quotes would be escaped.
  const std::string fresh =
      among == ReusableRuns::kFresh ? R"(AND CAST(r.manifest AS TEXT) LIKE '%"fresh":true%' )" : "";
  return connections_->Read([&](Sql& sql) -> Result<std::optional<RunRecord>> {
    ASSAY_ASSIGN(std::vector<RunRecord> runs,
                 SelectRuns(sql,
                            "WHERE r.state = 3 AND r.project = :project AND r.suite_version = :suite AND "
                            "r.model_version = :model " +
                                fresh + "ORDER BY r.run_key DESC LIMIT 1",
                            {project, suite_version, model_version}));
    if (runs.empty() || !runs.front().IsWhole()) return std::nullopt;
    return std::move(runs.front());
  });
}

Result<std::optional<std::uint64_t>> Store::FindSeedOf(std::string_view project, std::string_view suite_version) {
  return connections_->Read([&](Sql& sql) -> Result<std::optional<std::uint64_t>> {
    ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT seed FROM run WHERE project = :project AND suite_version = "
                                               ":suite ORDER BY run_key DESC LIMIT 1",
                                               "i", {project, suite_version}));
    if (rows.empty()) return std::nullopt;
    return static_cast<std::uint64_t>(rows[0].Int(0));
  });
}

Result<std::vector<RunRecord>> Store::ListEarlierRuns(const RunRecord& run, std::int64_t most, Time until,
                                                      EarlierStates states) {
  const std::string among = states == EarlierStates::kComplete ? "(3)" : "(3, 7)";
  return connections_->Read([&](Sql& sql) {
    return SelectRuns(
        sql, EarlierThan(among, run.snapshot) + "ORDER BY r.run_key DESC LIMIT :most",
        {until, until, run.project, run.suite, run.model_version, static_cast<std::int64_t>(run.key), until, most});
  });
}

Result<std::vector<RunRecord>> Store::ListFirstRuns(const RunRecord& run, RunKey after, std::int64_t most, Time until,
                                                    EarlierStates states) {
  const std::string among = states == EarlierStates::kComplete ? "(3) " : "(3, 7) ";
  return connections_->Read([&](Sql& sql) {
    return SelectRuns(sql,
                      "WHERE r.state IN " + among + EndedBefore(run.snapshot) +
                          "AND r.run_key > :after ORDER BY r.run_key LIMIT :most",
                      {until, run.project, run.suite, run.model_version, static_cast<std::int64_t>(run.key), until,
                       static_cast<std::int64_t>(after), most});
  });
}

Result<std::vector<BaselineUse>> Store::ListBaselineUses(const RunRecord& run, std::optional<Time> after) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<BaselineUse>> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query("SELECT c.gate, MAX(CASE WHEN CAST(d.body AS TEXT) LIKE '%\"interleave\":true%' THEN 1 ELSE 0 END) "
                  "FROM run r JOIN check_run l ON l.run_key = r.run_key AND l.role = 'baseline' JOIN gate_check c ON "
                  "c.check_key = l.check_key JOIN document d ON d.project = c.project AND d.kind = 'Gate' AND d.name = "
                  "c.gate AND d.content_version = c.gate_version WHERE r.project = :project AND r.suite = :suite AND "
                  "r.model_version = :model AND (c.verdict_id IS NULL OR c.ended > :after) GROUP BY c.gate ORDER BY 2 "
                  "DESC, 1",
                  "ti", {run.project, run.suite, run.model_version, after.value_or(Time::min())}));
    std::vector<BaselineUse> uses;
    for (const SqlRow& row : rows) uses.push_back({.gate = row.Text(0), .is_beside = row.Int(1) != 0});
    return uses;
  });
}

Status Store::SetRunState(RunKey run, RunState state, std::string_view error, Time at, std::string_view principal) {
  const auto key = static_cast<std::int64_t>(run);
  return connections_->Write([&](Sql& sql) -> Status {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT state, scheduled - scored - unscored - errors - skipped - awaiting_human, project, "
                           "id FROM run WHERE run_key = :key" +
                               std::string(ForUpdate(sql)),
                           "iitt", {key}));
    if (rows.empty()) return Fail(ErrorCode::kNotFound, "run " + std::to_string(key) + " is not stored");
    const auto current = static_cast<RunState>(rows[0].Int(0));
    const std::int64_t outstanding = rows[0].Int(1);
    const std::string id = rows[0].Text(3);
    if (current == state) return {};
    const bool is_allowed = state == RunState::kPending ? current == RunState::kPaused : !IsFinal(current);
    if (!is_allowed) {
      return Fail(ErrorCode::kFailedPrecondition, "run \"" + id + "\" is " + std::string(Name(current)) +
                                                      " and cannot become " + std::string(Name(state)));
    }
    if (state == RunState::kComplete && outstanding != 0) {
      return Fail(ErrorCode::kFailedPrecondition,
                  "run \"" + id + "\" cannot be complete: " + std::to_string(outstanding) + " trials are outstanding");
    }
    if (state == RunState::kPending || state == RunState::kPaused) {
      ASSAY_TRY(sql.Execute("UPDATE run SET state = :state, error = :error WHERE run_key = :key",
                            {static_cast<int>(state), error, key}));
    } else if (state == RunState::kRunning) {
      ASSAY_TRY(sql.Execute("UPDATE run SET state = :state, started = COALESCE(started, :at) WHERE run_key = :key",
                            {static_cast<int>(state), at, key}));
    } else {
      ASSAY_TRY(
          sql.Execute("UPDATE run SET state = :state, error = :error, ended = :at, skipped = skipped + :rest "
                      "WHERE run_key = :key",
                      {static_cast<int>(state), error, at, outstanding, key}));
    }
    return Audit(sql, rows[0].Text(2), at, principal, "set_run_state", "run/" + id, Name(state));
  });
}

Status Store::SetRunConcurrency(RunKey run, const std::optional<int>& concurrency, Time at,
                                std::string_view principal) {
  const auto key = static_cast<std::int64_t>(run);
  return connections_->Write([&](Sql& sql) -> Status {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("UPDATE run SET concurrency = :concurrency WHERE run_key = :key RETURNING project, id", "tt",
                           {concurrency ? SqlArgument(*concurrency) : SqlArgument(std::nullopt), key}));
    if (rows.empty()) return Fail(ErrorCode::kNotFound, "run " + std::to_string(key) + " is not stored");
    return Audit(sql, rows[0].Text(0), at, principal, "set_run_concurrency", "run/" + rows[0].Text(1),
                 concurrency ? std::to_string(*concurrency) : "as many as the endpoint allows");
  });
}

}  // namespace assay
