// Checks, the runs they wait for, and their verdicts.

#include "core/digest.h"
#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

constexpr char kCheckColumns[] =
    "SELECT check_key, id, project, gate, gate_version, model, model_label, model_version, parameters, deadline, "
    "state, "
    "verdict_id, created, ended, principal FROM gate_check ";
constexpr char kCheckTypes[] = "ittttttttittiit";

constexpr char kVerdictColumns[] =
    "SELECT v.verdict_key, v.id, v.project, c.id, v.gate, v.gate_version, v.model, v.model_label, v.state, v.document, "
    "v.created, v.principal, v.sequence, v.predecessor";
constexpr char kVerdictTypes[] = "itttttttttitit";
constexpr char kFromVerdicts[] = " FROM verdict v JOIN gate_check c ON c.check_key = v.check_key ";

CheckRecord ToCheck(const SqlRow& row) {
  return CheckRecord{.id = row.Text(1),
                     .project = row.Text(2),
                     .gate = row.Text(3),
                     .gate_version = row.Text(4),
                     .model = row.Text(5),
                     .model_label = row.Text(6),
                     .model_version = row.Text(7),
                     .parameters = row.Text(8),
                     .deadline = row.MaybeAt(9),
                     .state = row.Text(10),
                     .verdict_id = row.Text(11),
                     .created = row.At(12),
                     .ended = row.MaybeAt(13),
                     .principal = row.Text(14)};
}

VerdictRecord ToVerdict(const SqlRow& row) {
  return VerdictRecord{.id = row.Text(1),
                       .project = row.Text(2),
                       .check_id = row.Text(3),
                       .gate = row.Text(4),
                       .gate_version = row.Text(5),
                       .model = row.Text(6),
                       .model_label = row.Text(7),
                       .state = row.Text(8),
                       .document = row.Text(9),
                       .created = row.At(10),
                       .principal = row.Text(11),
                       .sequence = row.Int(12),
                       .predecessor = row.Text(13)};
}

VerdictRecord ToSignedVerdict(const SqlRow& row) {
  VerdictRecord verdict = ToVerdict(row);
  verdict.envelope = row.Text(14);
  verdict.summary = row.Text(15);
  return verdict;
}

// Until the transaction ends nobody else who asks for a place in the chain of this gate gets an answer. SQLite has one
// writer at a time anyway.
Status LockChain(Sql& sql, const CheckRecord& check) {
  if (sql.engine() == Engine::kSqlite) return {};
  constexpr int kClass = 7129;  // of locks that are chains
  ASSAY_TRY(sql.Query("SELECT 1 FROM (SELECT pg_advisory_xact_lock(:class, hashtext(:chain))) AS locked", "i",
                      {kClass, check.project + "/" + check.gate}));
  return {};
}

Result<ChainPlace> NextPlace(Sql& sql, const CheckRecord& check) {
  ASSAY_TRY(LockChain(sql, check));
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query("SELECT sequence, document_hash FROM verdict WHERE project = :project AND gate = :gate AND "
                         "sequence IS NOT NULL ORDER BY sequence DESC LIMIT 1",
                         "it", {check.project, check.gate}));
  if (rows.empty()) return ChainPlace{};
  return ChainPlace{.sequence = rows[0].Int(0) + 1, .predecessor = rows[0].Text(1)};
}

Status CheckSealed(const SealedVerdict& sealed) {
  ASSAY_TRY(CheckJson("verdict", sealed.document));
  if (!sealed.envelope.empty()) ASSAY_TRY(CheckJson("envelope", sealed.envelope));
  if (!sealed.summary.empty()) ASSAY_TRY(CheckJson("summary", sealed.summary));
  return {};
}

SqlArgument OrNull(const std::string& text) {
  return text.empty() ? SqlArgument(std::optional<Time>()) : SqlArgument(text);
}

Status InsertVerdict(Sql& sql, const VerdictRecord& verdict, const SqlRow& check_row, const ChainPlace& place,
                     const SealedVerdict& sealed) {
  const CheckRecord check = ToCheck(check_row);
  ASSAY_ASSIGN(
      const std::int64_t stored,
      sql.Execute("INSERT INTO verdict (id, project, check_key, gate, gate_version, model, model_label, state, "
                  "document, created, principal, sequence, predecessor, document_hash, envelope, summary) VALUES "
                  "(:id, :project, :check, :gate, :gate_version, :model, :model_label, :state, :document, :created, "
                  ":principal, :sequence, :predecessor, :document_hash, :envelope, :summary) ON CONFLICT DO NOTHING",
                  {verdict.id, verdict.project, check_row.Int(0), check.gate, check.gate_version, check.model,
                   check.model_label, verdict.state, sealed.document, verdict.created, verdict.principal,
                   place.sequence, OrNull(place.predecessor), ContentVersion(sealed.document), OrNull(sealed.envelope),
                   OrNull(sealed.summary)}));
  if (stored == 1) return {};
  ASSAY_ASSIGN(const SqlRows same, sql.Query("SELECT id FROM verdict WHERE project = :project AND id = :id", "t",
                                             {verdict.project, verdict.id}));
  if (!same.empty()) return Fail(ErrorCode::kAlreadyExists, "verdict \"" + verdict.id + "\" is stored already");
  return Fail(ErrorCode::kAborted,
              "another program has given gate \"" + check.gate + "\" its verdict " + std::to_string(place.sequence));
}

Result<SqlRow> FindCheck(Sql& sql, std::string_view project, std::string_view id, std::string_view lock = "") {
  ASSAY_ASSIGN(SqlRows rows,
               sql.Query(std::string(kCheckColumns) + "WHERE project = :project AND id = :id" + std::string(lock),
                         kCheckTypes, {project, id}));
  if (rows.empty()) return Fail(ErrorCode::kNotFound, "check \"" + std::string(id) + "\" is not stored");
  return std::move(rows.front());
}

Status InsertCheck(Sql& sql, const CheckRecord& check) {
  ASSAY_ASSIGN(
      const std::int64_t stored,
      sql.Execute("INSERT INTO gate_check (id, project, gate, gate_version, model, model_label, model_version, "
                  "parameters, deadline, state, created, principal) VALUES (:id, :project, :gate, "
                  ":gate_version, :model, :model_label, :model_version, :parameters, :deadline, 'PENDING', "
                  ":created, :principal) ON CONFLICT DO NOTHING",
                  {check.id, check.project, check.gate, check.gate_version, check.model, check.model_label,
                   check.model_version, check.parameters, check.deadline, check.created, check.principal}));
  if (stored != 1) return Fail(ErrorCode::kAlreadyExists, "check \"" + check.id + "\" is stored already");
  return Audit(sql, check.project, check.created, check.principal, "create_check", "check/" + check.id,
               check.gate + " for " + check.model + "@" + check.model_label);
}

Status RequireRun(Sql& sql, std::string_view project, std::int64_t key) {
  ASSAY_ASSIGN(const SqlRows runs, sql.Query("SELECT id, COALESCE(deleted, responses_deleted) FROM run WHERE "
                                             "run_key = :key AND project = :project",
                                             "ti", {key, project}));
  if (runs.empty()) return Fail(ErrorCode::kNotFound, "run " + std::to_string(key) + " is not stored");
  if (runs[0].IsNull(1)) return {};
  return Fail(ErrorCode::kAborted, "run \"" + runs[0].Text(0) + "\" was deleted meanwhile");
}

// What a caller does again. Not told inside the transaction, where it would look like a database that refuses.
Status AskingForAnotherTry(Status status) {
  if (!status && status.error().code == ErrorCode::kAborted)
    return Fail(ErrorCode::kUnavailable, status.error().message);
  return status;
}

Result<CheckRecord> ReadCheck(Sql& sql, std::string_view project, std::string_view id) {
  ASSAY_ASSIGN(const SqlRow row, FindCheck(sql, project, id));
  return ToCheck(row);
}

// "WHERE …" of a newest-first page, over all gates when `gate` is "".
std::string PageOfGate(const std::string& prefix, const std::string& key, std::string_view gate,
                       const PagePosition& position, std::string_view project, SqlArguments& arguments) {
  std::string query = "WHERE " + prefix + "project = :project AND " + prefix + key + " < :below";
  arguments = {project, position.below};
  if (!gate.empty()) {
    query += " AND " + prefix + "gate = :gate";
    arguments.push_back(gate);
  }
  arguments.push_back(position.limit + 1);
  return query + " ORDER BY " + prefix + key + " DESC LIMIT :limit";
}

}  // namespace

Result<CheckRecord> Store::CreateCheck(const CheckRecord& check, const std::optional<RequestKey>& request) {
  ASSAY_TRY(CheckJson("check parameters", check.parameters));
  return connections_->Write([&](Sql& sql) -> Result<CheckRecord> {
    if (request) {
      ASSAY_ASSIGN(const std::optional<std::string> answer, FindAnswer(sql, check.project, *request));
      if (answer) return ReadCheck(sql, check.project, *answer);
    }
    ASSAY_TRY(InsertCheck(sql, check));
    if (request) ASSAY_TRY(RememberAnswer(sql, check.project, *request, check.id, check.created, check.principal));
    return ReadCheck(sql, check.project, check.id);
  });
}

Result<CheckRecord> Store::GetCheck(std::string_view project, std::string_view id) {
  return connections_->Read([&](Sql& sql) { return ReadCheck(sql, project, id); });
}

Result<std::optional<CheckRecord>> Store::FindDecidedCheck(std::string_view project, std::string_view gate,
                                                           std::string_view model_version) {
  return connections_->Read([&](Sql& sql) -> Result<std::optional<CheckRecord>> {
    ASSAY_ASSIGN(const SqlRows rows, sql.Query(std::string(kCheckColumns) +
                                                   "WHERE project = :project AND gate = :gate AND model_version = "
                                                   ":model AND verdict_id IS NOT NULL ORDER BY check_key DESC LIMIT 1",
                                               kCheckTypes, {project, gate, model_version}));
    if (rows.empty()) return std::nullopt;
    return ToCheck(rows.front());
  });
}

Result<Page<CheckRecord>> Store::ListChecks(std::string_view project, std::string_view gate, const PageRequest& page) {
  return connections_->Read([&](Sql& sql) -> Result<Page<CheckRecord>> {
    ASSAY_ASSIGN(const PagePosition position, ReadPage(page));
    SqlArguments arguments;
    const std::string rest = PageOfGate("", "check_key", gate, position, project, arguments);
    ASSAY_ASSIGN(const SqlRows rows, sql.Query(kCheckColumns + rest, kCheckTypes, arguments));
    return PageOf<CheckRecord>(rows, position.limit, ToCheck);
  });
}

Result<std::vector<CheckRecord>> Store::ListOpenChecks() {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<CheckRecord>> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query(std::string(kCheckColumns) + "WHERE verdict_id IS NULL ORDER BY check_key", kCheckTypes));
    std::vector<CheckRecord> checks;
    for (const SqlRow& row : rows) checks.push_back(ToCheck(row));
    return checks;
  });
}

Status Store::LinkCheckRun(std::string_view project, std::string_view check_id, RunKey run, std::string_view role) {
  return AskingForAnotherTry(connections_->Write([&](Sql& sql) -> Status {
    ASSAY_ASSIGN(const SqlRow check, FindCheck(sql, project, check_id));
    const auto key = static_cast<std::int64_t>(run);
    ASSAY_TRY(RequireRun(sql, project, key));
    ASSAY_TRY(
        sql.Execute("INSERT INTO check_run (check_key, run_key, role, principal) "
                    "VALUES (:check, :run, :role, :principal) ON CONFLICT DO NOTHING",
                    {check.Int(0), key, role, check.Text(14)}));
    return {};
  }));
}

Status Store::ReplaceCheckRun(std::string_view project, std::string_view check_id, RunKey before, RunKey now) {
  return AskingForAnotherTry(connections_->Write([&](Sql& sql) -> Status {
    ASSAY_ASSIGN(const SqlRow check, FindCheck(sql, project, check_id));
    const auto key = static_cast<std::int64_t>(now);
    ASSAY_TRY(RequireRun(sql, project, key));
    ASSAY_TRY(sql.Execute("UPDATE check_run SET run_key = :now WHERE check_key = :check AND run_key = :before",
                          {key, check.Int(0), static_cast<std::int64_t>(before)}));
    return {};
  }));
}

Result<std::vector<CheckRun>> Store::ListCheckRuns(std::string_view project, std::string_view check_id) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<CheckRun>> {
    ASSAY_ASSIGN(const SqlRow check, FindCheck(sql, project, check_id));
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT r.id, r.run_key, l.role FROM check_run l JOIN run r ON r.run_key = l.run_key "
                           "WHERE l.check_key = :check ORDER BY l.role DESC, r.run_key",
                           "tit", {check.Int(0)}));
    std::vector<CheckRun> runs;
    for (const SqlRow& row : rows) runs.push_back({row.Text(0), RunKey{row.Int(1)}, row.Text(2)});
    return runs;
  });
}

Status Store::CompleteCheck(const VerdictRecord& verdict, const Seal& seal) {
  constexpr std::string_view kStates[] = {"PASS", "FAIL", "INCONCLUSIVE", "ERROR"};
  if (std::ranges::find(kStates, verdict.state) == std::end(kStates)) {
    return Fail(ErrorCode::kInvalidArgument, "\"" + verdict.state + "\" is no state of a verdict");
  }
  return connections_->Write([&](Sql& sql) -> Status {
    ASSAY_ASSIGN(const SqlRow row, FindCheck(sql, verdict.project, verdict.check_id, ForUpdate(sql)));
    const CheckRecord check = ToCheck(row);
    if (!check.verdict_id.empty()) {
      return Fail(ErrorCode::kFailedPrecondition,
                  "check \"" + check.id + "\" has its verdict already: \"" + check.verdict_id + "\"");
    }
    ASSAY_ASSIGN(const ChainPlace place, NextPlace(sql, check));
    ASSAY_ASSIGN(const SealedVerdict sealed, seal(place));
    ASSAY_TRY(CheckSealed(sealed));
    ASSAY_TRY(InsertVerdict(sql, verdict, row, place, sealed));
    ASSAY_TRY(KeepControls(sql, row.Int(0), sealed.document));
    ASSAY_TRY(
        sql.Execute("UPDATE gate_check SET state = :state, verdict_id = :verdict, ended = :ended "
                    "WHERE check_key = :check",
                    {verdict.state, verdict.id, verdict.created, row.Int(0)}));
    return Audit(sql, verdict.project, verdict.created, verdict.principal, "complete_check", "check/" + check.id,
                 verdict.state);
  });
}

Result<VerdictRecord> Store::GetVerdict(std::string_view project, std::string_view id) {
  return connections_->Read([&](Sql& sql) -> Result<VerdictRecord> {
    ASSAY_ASSIGN(const SqlRows rows, sql.Query(std::string(kVerdictColumns) + ", v.envelope, v.summary" +
                                                   kFromVerdicts + "WHERE v.project = :project AND v.id = :id",
                                               std::string(kVerdictTypes) + "tt", {project, id}));
    if (rows.empty()) return Fail(ErrorCode::kNotFound, "verdict \"" + std::string(id) + "\" is not stored");
    return ToSignedVerdict(rows[0]);
  });
}

Result<std::vector<VerdictRecord>> Store::LatestVerdicts() {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<VerdictRecord>> {
    ASSAY_ASSIGN(const SqlRows rows, sql.Query(std::string(kVerdictColumns) + kFromVerdicts +
                                                   "WHERE v.verdict_key IN (SELECT MAX(verdict_key) FROM verdict "
                                                   "GROUP BY project, gate, model) ORDER BY v.verdict_key",
                                               kVerdictTypes));
    std::vector<VerdictRecord> verdicts;
    for (const SqlRow& row : rows) verdicts.push_back(ToVerdict(row));
    return verdicts;
  });
}

Result<std::vector<FirstFailure>> Store::ListFirstFailures(std::string_view project, Time from, Time to,
                                                           std::int64_t most) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<FirstFailure>> {
    ASSAY_ASSIGN(
        const SqlRows rows,
        sql.Query(
            "SELECT f.verdict_id, f.model, f.model_label, f.gate, d.created, f.ended FROM (SELECT project, "
            "verdict_id, model, model_label, gate, ended, check_key, ROW_NUMBER() OVER (PARTITION BY model, "
            "model_label ORDER BY ended, check_key) AS place FROM gate_check WHERE project = :project AND state = "
            "'FAIL') AS f JOIN document d ON d.project = f.project AND d.kind = 'Model' AND d.name = f.model AND "
            "d.label = f.model_label WHERE f.place = 1 AND f.ended >= :from AND f.ended < :to ORDER BY f.ended "
            "DESC, f.check_key DESC LIMIT :most",
            "ttttii", {project, from, to, most}));
    std::vector<FirstFailure> failures;
    for (const SqlRow& row : rows) {
      failures.push_back({.verdict = row.Text(0),
                          .model = row.Text(1),
                          .model_label = row.Text(2),
                          .gate = row.Text(3),
                          .registered = row.At(4),
                          .decided = row.At(5)});
    }
    return failures;
  });
}

Result<Page<VerdictRecord>> Store::ListVerdicts(std::string_view project, std::string_view gate,
                                                const PageRequest& page) {
  return connections_->Read([&](Sql& sql) -> Result<Page<VerdictRecord>> {
    ASSAY_ASSIGN(const PagePosition position, ReadPage(page));
    SqlArguments arguments;
    const std::string rest = PageOfGate("v.", "verdict_key", gate, position, project, arguments);
    ASSAY_ASSIGN(const SqlRows rows, sql.Query(kVerdictColumns + (kFromVerdicts + rest), kVerdictTypes, arguments));
    return PageOf<VerdictRecord>(rows, position.limit, ToVerdict);
  });
}

}  // namespace assay
