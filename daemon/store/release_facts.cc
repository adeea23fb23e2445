// What people say of releases: facts of subjects, appended one after the other and never changed.

#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

constexpr char kReleaseColumns[] =
    "SELECT release_key, project, about, subject, seq, act, gate, model_version, principal, at, body FROM "
    "release_fact ";
constexpr char kReleaseTypes[] = "itttittttit";

ReleaseFact ToReleaseFact(const SqlRow& row) {
  return {.project = row.Text(1),
          .about = row.Text(2),
          .subject = row.Text(3),
          .seq = row.Int(4),
          .act = row.Text(5),
          .gate = row.Text(6),
          .model_version = row.Text(7),
          .principal = row.Text(8),
          .at = row.At(9),
          .body = row.Text(10)};
}

std::vector<ReleaseFact> ToReleaseFacts(const SqlRows& rows) {
  std::vector<ReleaseFact> facts;
  for (const SqlRow& row : rows) facts.push_back(ToReleaseFact(row));
  return facts;
}

Result<std::vector<ReleaseFact>> FactsOf(Sql& sql, std::string_view project, std::string_view about,
                                         std::string_view subject) {
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query(std::string(kReleaseColumns) +
                             "WHERE project = :project AND about = :about AND subject = :subject ORDER BY seq",
                         kReleaseTypes, {project, about, subject}));
  return ToReleaseFacts(rows);
}

Status CheckReleaseBounds(Sql& sql, const ReleaseFact& fact) {
  if (fact.seq > ReleaseFact::kMostFacts)
    return Fail(ErrorCode::kResourceExhausted,
                fact.about + " " + fact.subject + " has " + std::to_string(ReleaseFact::kMostFacts) + " facts already");
  if (fact.seq > 1) return {};
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query("SELECT COUNT(*) FROM release_fact WHERE project = :project AND about = :about AND "
                         "model_version = :model AND seq = 1",
                         "i", {fact.project, fact.about, fact.model_version}));
  if (rows[0].Int(0) < ReleaseFact::kMostSubjects) return {};
  return Fail(ErrorCode::kResourceExhausted,
              "there are " + std::to_string(rows[0].Int(0)) + " of this candidate already, open and ended");
}

}  // namespace

Result<std::vector<ReleaseFact>> Store::AppendReleaseFact(const ReleaseFact& fact,
                                                          const std::optional<RequestKey>& request) {
  ASSAY_TRY(CheckJson("release fact", fact.body));
  return connections_->Write([&](Sql& sql) -> Result<std::vector<ReleaseFact>> {
    if (request) {
      ASSAY_ASSIGN(const std::optional<std::string> answer, FindAnswer(sql, fact.project, *request));
      if (answer) return FactsOf(sql, fact.project, fact.about, *answer);
    }
    ASSAY_TRY(CheckReleaseBounds(sql, fact));
    ASSAY_ASSIGN(
        const std::int64_t added,
        sql.Execute("INSERT INTO release_fact (project, about, subject, seq, act, gate, model_version, principal, at, "
                    "body) VALUES (:project, :about, :subject, :seq, :act, :gate, :model, :principal, :at, :body) ON "
                    "CONFLICT DO NOTHING",
                    {fact.project, fact.about, fact.subject, fact.seq, fact.act, fact.gate, fact.model_version,
                     fact.principal, fact.at, fact.body}));
    if (added != 1)
      return Fail(ErrorCode::kAborted,
                  fact.about + " " + fact.subject + ": somebody else was faster; look at it again");
    ASSAY_TRY(Audit(sql, fact.project, fact.at, fact.principal, fact.act, fact.about + "/" + fact.subject, fact.body));
    if (request) ASSAY_TRY(RememberAnswer(sql, fact.project, *request, fact.subject, fact.at, fact.principal));
    return FactsOf(sql, fact.project, fact.about, fact.subject);
  });
}

Result<std::vector<ReleaseFact>> Store::ReadReleaseFacts(std::string_view project, std::string_view about,
                                                         std::string_view subject) {
  return connections_->Read([&](Sql& sql) { return FactsOf(sql, project, about, subject); });
}

Result<std::vector<ReleaseFact>> Store::ListReleaseFacts(std::string_view project, std::string_view about,
                                                         std::string_view model_version) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<ReleaseFact>> {
    ASSAY_ASSIGN(const SqlRows rows, sql.Query(std::string(kReleaseColumns) +
                                                   "WHERE project = :project AND about = :about AND model_version = "
                                                   ":model ORDER BY release_key",
                                               kReleaseTypes, {project, about, model_version}));
    return ToReleaseFacts(rows);
  });
}

Result<Page<ReleaseFact>> Store::ListReleaseSubjects(std::string_view project, std::string_view about,
                                                     std::string_view gate, const PageRequest& page) {
  return connections_->Read([&](Sql& sql) -> Result<Page<ReleaseFact>> {
    ASSAY_ASSIGN(const PagePosition position, ReadPage(page));
    std::string query = std::string(kReleaseColumns) +
                        "WHERE project = :project AND about = :about AND seq = 1 AND release_key < :below";
    SqlArguments arguments = {project, about, position.below};
    if (!gate.empty()) {
      query += " AND gate IN (:gate, '')";
      arguments.push_back(gate);
    }
    arguments.push_back(position.limit + 1);
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query(query + " ORDER BY release_key DESC LIMIT :limit", kReleaseTypes, arguments));
    return PageOf<ReleaseFact>(rows, position.limit, ToReleaseFact);
  });
}

}  // namespace assay
