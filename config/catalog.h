#pragma once
// The catalog: the documents of files and folders, typed, checked against each other, with their content versions.
//
// Content version (it cannot change once data exists). Let D be the RFC 8785 text of the document after anchors and
// merges, without defaults filled in. When the document names no file, the version is "sha256:" + hex(SHA-256(D)). When
// it names files (dataset[].file, tools_file, prompt[].images that are files and no templates, and options declared as
// TextForm::kFile, such as schema_file of the json grader), let
// F be the RFC 8785 text of one object {name as written: 64 hex digits of the file's SHA-256}; the version is "sha256:"
// + hex(SHA-256(D + "\n" + F)). Names are relative to the document's folder; absolute names and `..` are allowed, since
// a catalog is written by who runs the daemon. Only regular files count.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/diagnostics.h"
#include "config/gate.h"
#include "config/model.h"
#include "config/node.h"
#include "config/plugin_kind.h"
#include "config/queue.h"
#include "config/rubric.h"
#include "config/schedule.h"
#include "config/suite.h"
#include "core/result.h"

namespace assay {

enum class DocumentKind { kSuite = 1, kModel = 2, kGate = 3, kRubric = 4, kQueue = 5, kSchedule = 6 };
inline constexpr DocumentKind kDocumentKinds[] = {DocumentKind::kSuite,  DocumentKind::kModel, DocumentKind::kGate,
                                                  DocumentKind::kRubric, DocumentKind::kQueue, DocumentKind::kSchedule};
// "Suite", "Model", "Gate", "Rubric", "Queue", "Schedule": the word under `kind:`.
std::string_view Name(DocumentKind kind);
std::optional<DocumentKind> ParseDocumentKind(std::string_view word);

// A file that a document names.
struct ReferencedFile {
  std::string name;    // as written
  std::string path;    // as opened: relative to the working directory, or absolute
  std::string sha256;  // 64 hex digits
};

struct CatalogDocument {
  DocumentKind kind = DocumentKind::kSuite;
  std::string name;
  std::string model_version;          // of a Model: what stands after `@`; else ""
  std::string version;                // content version, see above
  std::string canonical_json;         // D
  std::string text;                   // as written, this document only
  std::string file;                   // path, or the label given to ParseDocument
  std::vector<ReferencedFile> files;  // by name, each once
  Node root;                          // for positions in later messages
  std::variant<SuiteSpec, ModelSpec, GateSpec, RubricSpec, QueueSpec, ScheduleSpec> spec;

  // The typed spec, or null pointer when the document is of another kind.
  const SuiteSpec* suite() const { return std::get_if<SuiteSpec>(&spec); }
  const ModelSpec* model() const { return std::get_if<ModelSpec>(&spec); }
  const GateSpec* gate() const { return std::get_if<GateSpec>(&spec); }
  const RubricSpec* rubric() const { return std::get_if<RubricSpec>(&spec); }
  const QueueSpec* queue() const { return std::get_if<QueueSpec>(&spec); }
  const ScheduleSpec* schedule() const { return std::get_if<ScheduleSpec>(&spec); }
};

struct Catalog {
  std::vector<CatalogDocument> documents;  // by file, then place in it
  std::vector<std::string> named_files;    // paths that documents name, also of what is missing or wrong

  // Null pointer when there is none.
  const CatalogDocument* FindSuite(std::string_view name) const;
  const CatalogDocument* FindGate(std::string_view name) const;
  const CatalogDocument* FindRubric(std::string_view name) const;
  const CatalogDocument* FindQueue(std::string_view name) const;
  const CatalogDocument* FindSchedule(std::string_view name) const;
  const CatalogDocument* FindModel(std::string_view name, std::string_view version) const;
};

// The first case of a dataset, an object: its fields are those that cases are expected to have. Absent: it cannot be
// known. An error (empty file, malformed first row) is reported at the place that names the file. The readers are in
// runners/, which config/ must not see; cli and daemon pass them in.
using DatasetFields = std::function<Result<std::optional<Json>>(const std::string& path)>;

// The files that `paths` lead to, each once: files as they are, and of folders, recursively, *.yaml and *.yml, sorted.
// Names that begin with a dot are skipped, and links are followed: a mounted Kubernetes ConfigMap, whose entries are
// links into a folder that begins with a dot, is read once.
std::vector<std::string> CatalogFiles(const std::vector<std::string>& paths, Diagnostics& diagnostics);

// Reads CatalogFiles(paths), but for those that a suite of another file names as its dataset. All errors of all
// documents are reported: each document by itself, then against the others (unique names, gates against their suites,
// queues against their suites and rubrics, schedules against their gates). What is free of errors by itself is
// returned; serve it only when `diagnostics` stayed empty. `dataset_fields` may be empty.
Catalog LoadCatalog(const std::vector<std::string>& paths, const PluginKinds& kinds,
                    const DatasetFields& dataset_fields, Diagnostics& diagnostics);

// Whether ParseDocument reads the files a document names. kIgnore is for documents that come back from the store:
// `version` and `files` are then not filled in where the document names files.
enum class ReferencedFiles { kRead, kIgnore };

// One document from text (YAML or JSON), as sent by RPC or kept by the store. `label` names it in messages; file names
// in it are relative to the folder of `label`. Absent after an error; also when there is not exactly one document.
std::optional<CatalogDocument> ParseDocument(std::string label, std::string text, const PluginKinds& kinds,
                                             ReferencedFiles referenced_files, Diagnostics& diagnostics);

// Draft-7 schema of every document kind, with the options of each plug-in: what `assay schema` prints.
Json CatalogSchema(const PluginKinds& kinds);

}  // namespace assay
