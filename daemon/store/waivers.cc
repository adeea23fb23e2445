// Waivers and who has approved them. What was asked for never changes; approvals and the revocation are added.

#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

constexpr char kWaiverColumns[] =
    "SELECT waiver_key, id, project, gate, model_version, terms, requester, created, expires, revoked, revoked_by, "
    "revoke_reason FROM waiver ";
constexpr char kWaiverTypes[] = "ittttttiiitt";

WaiverRecord ToWaiver(const SqlRow& row) {
  return WaiverRecord{.id = row.Text(1),
                      .project = row.Text(2),
                      .gate = row.Text(3),
                      .model_version = row.Text(4),
                      .terms = row.Text(5),
                      .requester = row.Text(6),
                      .created = row.At(7),
                      .expires = row.At(8),
                      .revoked = row.MaybeAt(9),
                      .revoked_by = row.Text(10),
                      .revoke_reason = row.Text(11)};
}

Status ReadApprovals(Sql& sql, std::int64_t key, WaiverRecord& waiver) {
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query("SELECT principal, approved, comment FROM waiver_approval WHERE waiver_key = :key ORDER BY "
                         "approved, principal",
                         "tit", {key}));
  for (const SqlRow& row : rows) {
    waiver.approvals.push_back({.principal = row.Text(0), .at = row.At(1), .comment = row.Text(2)});
  }
  return {};
}

Result<SqlRow> FindWaiver(Sql& sql, std::string_view project, std::string_view id, std::string_view lock = "") {
  ASSAY_ASSIGN(SqlRows rows,
               sql.Query(std::string(kWaiverColumns) + "WHERE project = :project AND id = :id" + std::string(lock),
                         kWaiverTypes, {project, id}));
  if (rows.empty()) return Fail(ErrorCode::kNotFound, "waiver \"" + std::string(id) + "\" is not stored");
  return std::move(rows.front());
}

Result<WaiverRecord> WholeWaiver(Sql& sql, const SqlRow& row) {
  WaiverRecord waiver = ToWaiver(row);
  ASSAY_TRY(ReadApprovals(sql, row.Int(0), waiver));
  return waiver;
}

Result<WaiverRecord> ReadWaiver(Sql& sql, std::string_view project, std::string_view id) {
  ASSAY_ASSIGN(const SqlRow row, FindWaiver(sql, project, id));
  return WholeWaiver(sql, row);
}

Result<std::vector<WaiverRecord>> OpenWaivers(Sql& sql, std::string_view project, std::string_view gate,
                                              std::string_view model_version, Time now) {
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query(std::string(kWaiverColumns) +
                             "WHERE project = :project AND gate = :gate AND model_version = :model AND expires > :now "
                             "AND revoked IS NULL ORDER BY waiver_key",
                         kWaiverTypes, {project, gate, model_version, now}));
  std::vector<WaiverRecord> waivers;
  for (const SqlRow& row : rows) {
    ASSAY_ASSIGN(WaiverRecord waiver, WholeWaiver(sql, row));
    waivers.push_back(std::move(waiver));
  }
  return waivers;
}

// Of one that can still be approved; the row is locked.
Result<SqlRow> OpenForApproval(Sql& sql, std::string_view project, std::string_view id, Time at) {
  ASSAY_ASSIGN(SqlRow row, FindWaiver(sql, project, id, ForUpdate(sql)));
  const WaiverRecord waiver = ToWaiver(row);
  if (waiver.revoked)
    return Fail(ErrorCode::kFailedPrecondition,
                "waiver \"" + waiver.id + "\" was revoked at " + FormatTime(*waiver.revoked));
  if (at >= waiver.expires)
    return Fail(ErrorCode::kFailedPrecondition,
                "waiver \"" + waiver.id + "\" has expired at " + FormatTime(waiver.expires));
  return row;
}

}  // namespace

Result<WaiverRecord> Store::CreateWaiver(const WaiverRecord& waiver, const std::optional<RequestKey>& request) {
  ASSAY_TRY(CheckJson("waiver", waiver.terms));
  return connections_->Write([&](Sql& sql) -> Result<WaiverRecord> {
    if (request) {
      ASSAY_ASSIGN(const std::optional<std::string> answer, FindAnswer(sql, waiver.project, *request));
      if (answer) return ReadWaiver(sql, waiver.project, *answer);
    }
    ASSAY_ASSIGN(const SqlRows open,
                 sql.Query("SELECT COUNT(*) FROM waiver WHERE project = :project AND gate = :gate AND model_version = "
                           ":model AND expires > :now AND revoked IS NULL",
                           "i", {waiver.project, waiver.gate, waiver.model_version, waiver.created}));
    if (open[0].Int(0) >= WaiverRecord::kMostOpen)
      return Fail(ErrorCode::kResourceExhausted, "there are " + std::to_string(open[0].Int(0)) +
                                                     " open waivers of gate \"" + waiver.gate +
                                                     "\" for this candidate already; revoke some");
    ASSAY_ASSIGN(
        const std::int64_t stored,
        sql.Execute("INSERT INTO waiver (id, project, gate, model_version, terms, requester, created, expires) "
                    "VALUES (:id, :project, :gate, :model, :terms, :requester, :created, :expires) ON CONFLICT "
                    "DO NOTHING",
                    {waiver.id, waiver.project, waiver.gate, waiver.model_version, waiver.terms, waiver.requester,
                     waiver.created, waiver.expires}));
    if (stored != 1) return Fail(ErrorCode::kAlreadyExists, "waiver \"" + waiver.id + "\" is stored already");
    ASSAY_TRY(Audit(sql, waiver.project, waiver.created, waiver.requester, "request_waiver", "waiver/" + waiver.id,
                    waiver.terms));
    if (request) ASSAY_TRY(RememberAnswer(sql, waiver.project, *request, waiver.id, waiver.created, waiver.requester));
    return ReadWaiver(sql, waiver.project, waiver.id);
  });
}

Result<WaiverRecord> Store::GetWaiver(std::string_view project, std::string_view id) {
  return connections_->Read([&](Sql& sql) { return ReadWaiver(sql, project, id); });
}

Result<Page<WaiverRecord>> Store::ListWaivers(std::string_view project, std::string_view gate,
                                              const PageRequest& page) {
  return connections_->Read([&](Sql& sql) -> Result<Page<WaiverRecord>> {
    ASSAY_ASSIGN(const PagePosition position, ReadPage(page));
    std::string query = std::string(kWaiverColumns) + "WHERE project = :project AND waiver_key < :below";
    SqlArguments arguments = {project, position.below};
    if (!gate.empty()) {
      query += " AND gate = :gate";
      arguments.push_back(gate);
    }
    arguments.push_back(position.limit + 1);
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query(query + " ORDER BY waiver_key DESC LIMIT :limit", kWaiverTypes, arguments));
    Page<WaiverRecord> waivers = PageOf<WaiverRecord>(rows, position.limit, ToWaiver);
    for (std::size_t i = 0; i < waivers.items.size(); ++i)
      ASSAY_TRY(ReadApprovals(sql, rows[i].Int(0), waivers.items[i]));
    return waivers;
  });
}

Result<std::vector<WaiverRecord>> Store::ListOpenWaivers(std::string_view project, std::string_view gate,
                                                         std::string_view model_version, Time now) {
  return connections_->Read([&](Sql& sql) { return OpenWaivers(sql, project, gate, model_version, now); });
}

Result<WaiverRecord> Store::ApproveWaiver(std::string_view project, std::string_view id,
                                          const WaiverApprovalRecord& approval) {
  return connections_->Write([&](Sql& sql) -> Result<WaiverRecord> {
    ASSAY_ASSIGN(const SqlRow row, OpenForApproval(sql, project, id, approval.at));
    if (row.Text(6) == approval.principal)
      return Fail(ErrorCode::kPermissionDenied,
                  "\"" + approval.principal + "\" has asked for this waiver; somebody else has to approve it");
    ASSAY_ASSIGN(const std::int64_t added,
                 sql.Execute("INSERT INTO waiver_approval (waiver_key, principal, approved, comment) VALUES (:key, "
                             ":principal, :approved, :comment) ON CONFLICT DO NOTHING",
                             {row.Int(0), approval.principal, approval.at, approval.comment}));
    if (added == 1)
      ASSAY_TRY(Audit(sql, project, approval.at, approval.principal, "approve_waiver", "waiver/" + std::string(id),
                      approval.comment));
    return WholeWaiver(sql, row);
  });
}

Result<WaiverRecord> Store::RevokeWaiver(std::string_view project, std::string_view id, std::string_view principal,
                                         std::string_view reason, Time at) {
  return connections_->Write([&](Sql& sql) -> Result<WaiverRecord> {
    ASSAY_ASSIGN(const SqlRow row, FindWaiver(sql, project, id, ForUpdate(sql)));
    if (!row.IsNull(9)) return WholeWaiver(sql, row);
    ASSAY_TRY(
        sql.Execute("UPDATE waiver SET revoked = :at, revoked_by = :principal, revoke_reason = :reason WHERE "
                    "waiver_key = :key",
                    {at, principal, reason, row.Int(0)}));
    ASSAY_TRY(Audit(sql, project, at, principal, "revoke_waiver", "waiver/" + std::string(id), reason));
    return ReadWaiver(sql, project, id);
  });
}

}  // namespace assay
