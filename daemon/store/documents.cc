// Documents and the stages of models.

#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

constexpr char kColumns[] =
    "SELECT document_key, project, kind, name, label, content_version, body, source, file, created, principal "
    "FROM document ";
constexpr char kTypes[] = "ittttttttit";

DocumentRecord ToDocument(const SqlRow& row) {
  return DocumentRecord{.project = row.Text(1),
                        .kind = row.Text(2),
                        .name = row.Text(3),
                        .label = row.Text(4),
                        .content_version = row.Text(5),
                        .json = row.Text(6),
                        .source = row.Text(7),
                        .file = row.Text(8),
                        .created = row.At(9),
                        .principal = row.Text(10)};
}

std::string Describe(std::string_view kind, std::string_view name, std::string_view label) {
  std::string text(kind);
  text.append(" \"").append(name);
  if (!label.empty()) text.append("@").append(label);
  return text + "\"";
}

Result<DocumentRecord> FirstDocument(Result<SqlRows> rows, const std::string& description) {
  if (!rows) return Fail(std::move(rows).error());
  if (rows->empty()) return Fail(ErrorCode::kNotFound, description + " is not stored");
  return ToDocument(rows->front());
}

Result<DocumentRecord> FindVersion(Sql& sql, const DocumentRecord& document) {
  return FirstDocument(
      sql.Query(std::string(kColumns) + "WHERE project = :project AND kind = :kind AND name = :name AND label = :label "
                                        "AND content_version = :version",
                kTypes, {document.project, document.kind, document.name, document.label, document.content_version}),
      Describe(document.kind, document.name, document.label));
}

Result<DocumentRecord> FindModel(Sql& sql, std::string_view project, std::string_view name, std::string_view label) {
  return FirstDocument(sql.Query(std::string(kColumns) + "WHERE project = :project AND kind = 'Model' AND name = :name "
                                                         "AND label = :label",
                                 kTypes, {project, name, label}),
                       Describe("Model", name, label));
}

// The same content may be read from another file than before: relative paths in it are relative to that one now.
Result<DocumentRecord> UpdateFile(Sql& sql, DocumentRecord stored, const DocumentRecord& document) {
  if (document.file.empty() || document.file == stored.file) return stored;
  stored.file = document.file;
  ASSAY_TRY(
      sql.Execute("UPDATE document SET file = :file WHERE project = :project AND kind = :kind AND name = :name AND "
                  "label = :label AND content_version = :version",
                  {stored.file, stored.project, stored.kind, stored.name, stored.label, stored.content_version}));
  return stored;
}

// Stores the document, or finds it stored.
Result<DocumentRecord> Insert(Sql& sql, const DocumentRecord& document) {
  ASSAY_ASSIGN(const std::int64_t stored,
               sql.Execute("INSERT INTO document (project, kind, name, label, content_version, body, source, file, "
                           "created, principal) VALUES (:project, :kind, :name, :label, :version, :body, :source, "
                           ":file, :created, :principal) ON CONFLICT DO NOTHING",
                           {document.project, document.kind, document.name, document.label, document.content_version,
                            document.json, document.source, document.file, document.created, document.principal}));
  if (stored == 1) {
    ASSAY_TRY(Audit(sql, document.project, document.created, document.principal, "put_document",
                    document.kind + "/" + document.name + "/" + document.label, document.content_version));
    return document;
  }
  Result<DocumentRecord> same = FindVersion(sql, document);
  if (same) return UpdateFile(sql, *std::move(same), document);
  if (same.error().code != ErrorCode::kNotFound) return same;
  ASSAY_ASSIGN(const DocumentRecord other, FindModel(sql, document.project, document.name, document.label));
  return Fail(ErrorCode::kAlreadyExists, Describe(document.kind, document.name, document.label) +
                                             " is registered with other content (" + other.content_version +
                                             ", this is " + document.content_version + "); give it a new version");
}

}  // namespace

Result<DocumentRecord> Store::PutDocument(const DocumentRecord& document, const std::optional<RequestKey>& request) {
  ASSAY_TRY(CheckJson("document", document.json));
  if (document.kind == "Model" && document.label.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "Model \"" + document.name + "\" has no version");
  }
  return connections_->Write([&](Sql& sql) -> Result<DocumentRecord> {
    if (!request) return Insert(sql, document);
    // The content hash covers the document, so that the same request finds the same document again.
    ASSAY_ASSIGN(const std::optional<std::string> answered, FindAnswer(sql, document.project, *request));
    if (answered) return FindVersion(sql, document);
    ASSAY_ASSIGN(DocumentRecord stored, Insert(sql, document));
    ASSAY_TRY(RememberAnswer(sql, document.project, *request,
                             document.kind + "/" + document.name + "/" + document.label, document.created,
                             document.principal));
    return stored;
  });
}

Result<DocumentRecord> Store::GetDocument(std::string_view project, std::string_view kind, std::string_view name,
                                          std::string_view label) {
  return connections_->Read([&](Sql& sql) {
    return FirstDocument(
        sql.Query(std::string(kColumns) + "WHERE project = :project AND kind = :kind AND name = :name AND "
                                          "label = :label ORDER BY document_key DESC LIMIT 1",
                  kTypes, {project, kind, name, label}),
        Describe(kind, name, label));
  });
}

Result<DocumentRecord> Store::GetDocumentVersion(std::string_view project, std::string_view kind, std::string_view name,
                                                 std::string_view content_version) {
  return connections_->Read([&](Sql& sql) {
    return FirstDocument(
        sql.Query(std::string(kColumns) + "WHERE project = :project AND kind = :kind AND name = :name AND "
                                          "content_version = :version ORDER BY document_key DESC LIMIT 1",
                  kTypes, {project, kind, name, content_version}),
        Describe(kind, name, content_version));
  });
}

Result<Page<DocumentRecord>> Store::ListDocuments(std::string_view project, std::string_view kind,
                                                  std::string_view name, const PageRequest& page) {
  return connections_->Read([&](Sql& sql) -> Result<Page<DocumentRecord>> {
    ASSAY_ASSIGN(const PagePosition position, ReadPage(page));
    std::string query = std::string(kColumns) + "WHERE project = :project AND kind = :kind AND document_key < :below ";
    SqlArguments arguments = {project, kind, position.below};
    if (!name.empty()) {
      query += "AND name = :name ";
      arguments.push_back(name);
    }
    arguments.push_back(position.limit + 1);
    ASSAY_ASSIGN(const SqlRows rows, sql.Query(query + "ORDER BY document_key DESC LIMIT :limit", kTypes, arguments));
    return PageOf<DocumentRecord>(rows, position.limit, ToDocument);
  });
}

Result<DocumentRecord> Store::GetNewestModel(std::string_view project, std::string_view name) {
  return connections_->Read([&](Sql& sql) {
    return FirstDocument(sql.Query(std::string(kColumns) + "WHERE project = :project AND kind = 'Model' AND "
                                                           "name = :name ORDER BY document_key DESC LIMIT 1",
                                   kTypes, {project, name}),
                         Describe("Model", name, ""));
  });
}

Status Store::SetModelStage(std::string_view project, std::string_view model, std::string_view stage,
                            std::string_view label, Time at, std::string_view principal) {
  return connections_->Write([&](Sql& sql) -> Status {
    ASSAY_TRY(FindModel(sql, project, model, label));
    ASSAY_TRY(
        sql.Execute("INSERT INTO model_stage (project, model, stage, label, updated, principal) "
                    "VALUES (:project, :model, :stage, :label, :updated, :principal) "
                    "ON CONFLICT (project, model, stage) DO UPDATE SET label = excluded.label, "
                    "updated = excluded.updated, principal = excluded.principal",
                    {project, model, stage, label, at, principal}));
    return Audit(sql, project, at, principal, "set_model_stage",
                 "Model/" + std::string(model) + "/" + std::string(label), stage);
  });
}

Result<std::string> Store::GetModelStage(std::string_view project, std::string_view model, std::string_view stage) {
  return connections_->Read([&](Sql& sql) -> Result<std::string> {
    ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT label FROM model_stage "
                                               "WHERE project = :project AND model = :model AND stage = :stage",
                                               "t", {project, model, stage}));
    if (rows.empty()) {
      return Fail(ErrorCode::kNotFound, "model \"" + std::string(model) + "\" has no version in stage \"" +
                                            std::string(stage) + "\"; promote one");
    }
    return rows[0].Text(0);
  });
}

Result<std::vector<ModelStage>> Store::ListModelStages(std::string_view project, std::string_view model) {
  return connections_->Read([&](Sql& sql) -> Result<std::vector<ModelStage>> {
    std::string query = "SELECT model, stage, label FROM model_stage WHERE project = :project ";
    SqlArguments arguments = {project};
    if (!model.empty()) {
      query += "AND model = :model ";
      arguments.push_back(model);
    }
    ASSAY_ASSIGN(const SqlRows rows, sql.Query(query + "ORDER BY model, stage", "ttt", arguments));
    std::vector<ModelStage> stages;
    for (const SqlRow& row : rows) {
      stages.push_back({.model = row.Text(0), .stage = row.Text(1), .label = row.Text(2)});
    }
    return stages;
  });
}

}  // namespace assay
