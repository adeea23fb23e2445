#include "config/catalog.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "config/catalog_checks.h"
#include "config/referenced_files.h"
#include "core/digest.h"

namespace assay {
namespace {

constexpr std::size_t kMaxFiles = 10'000;

const std::vector<std::string>& KindWords() {
  static const std::vector<std::string> words = {"Suite", "Model", "Gate", "Rubric", "Queue", "Schedule"};
  return words;
}

// The kind of a document, absent after reporting.
std::optional<DocumentKind> ReadKind(const Node& root, Diagnostics& diagnostics) {
  if (!root.is_mapping()) {
    diagnostics.Add(root.At(WrongType("a document with a \"kind\"", root)));
    return std::nullopt;
  }
  const auto node = root.Find("kind");
  const std::string expected = "one of " + fields::Join(KindWords(), ", ");
  if (!node) {
    diagnostics.Add(root.At("needs \"kind\": " + expected));
    return std::nullopt;
  }
  if (!node->is_string()) {
    diagnostics.Add(node->is_null() ? node->AtKey("has no value; give it " + expected)
                                    : node->At(WrongType(expected, *node)));
    return std::nullopt;
  }
  if (const auto kind = ParseDocumentKind(node->as_string())) return kind;
  diagnostics.Add(
      node->At("expected " + expected + ", got " + node->Describe() + DidYouMean(node->as_string(), KindWords())));
  return std::nullopt;
}

using Keys = std::set<std::string, std::less<>>;

// A document, and what of it may be used for further checks.
struct ReadDocumentResult {
  CatalogDocument document;
  bool is_good = false;   // no error of its own
  bool has_kind = false;  // without, there is no more of it than its text
  bool has_files = true;  // those that it names could be read
  Keys unread;            // keys that are missing or could not be read

  bool Has(std::initializer_list<std::string_view> keys) const {
    return has_kind && std::ranges::none_of(keys, [&](std::string_view key) { return unread.contains(key); });
  }
};

template <class Spec>
Spec ReadSpec(const Node& root, const PluginKinds& kinds, Keys& unread, Diagnostics& diagnostics) {
  Spec spec;
  const std::vector<std::string> kind = {"kind"};
  ReadFields(root.Without(kind), spec, unread, diagnostics);
  if constexpr (requires { CheckPlugins(spec, root, kinds, diagnostics); }) {
    CheckPlugins(spec, root, kinds, diagnostics);
  }
  return spec;
}

// What is wrong with a document by itself goes to `diagnostics`.
ReadDocumentResult ReadDocument(YamlDocument source, const PluginKinds& kinds, ReferencedFiles referenced_files,
                                std::vector<std::string>& named_files, Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.size();
  ReadDocumentResult result;
  CatalogDocument& document = result.document;
  document.root = std::move(source.root);
  document.text = std::move(source.text);
  document.file = document.root.file();
  const auto kind = ReadKind(document.root, diagnostics);
  if (!kind) return result;
  result.has_kind = true;
  document.kind = *kind;
  std::vector<Node> files;
  switch (*kind) {
    case DocumentKind::kSuite: {
      auto suite = ReadSpec<SuiteSpec>(document.root, kinds, result.unread, diagnostics);
      document.name = suite.name;
      files = FilesOfSuite(suite, document.root, kinds);
      document.spec = std::move(suite);
      break;
    }
    case DocumentKind::kModel: {
      auto model = ReadSpec<ModelSpec>(document.root, kinds, result.unread, diagnostics);
      document.name = model.name;
      document.model_version = model.version;
      document.spec = std::move(model);
      break;
    }
    case DocumentKind::kGate: {
      auto gate = ReadSpec<GateSpec>(document.root, kinds, result.unread, diagnostics);
      document.name = gate.name;
      document.spec = std::move(gate);
      break;
    }
    case DocumentKind::kRubric: {
      auto rubric = ReadSpec<RubricSpec>(document.root, kinds, result.unread, diagnostics);
      document.name = rubric.name;
      document.spec = std::move(rubric);
      break;
    }
    case DocumentKind::kQueue: {
      auto queue = ReadSpec<QueueSpec>(document.root, kinds, result.unread, diagnostics);
      document.name = queue.name;
      document.spec = std::move(queue);
      break;
    }
    case DocumentKind::kSchedule: {
      auto schedule = ReadSpec<ScheduleSpec>(document.root, kinds, result.unread, diagnostics);
      document.name = schedule.name;
      document.spec = std::move(schedule);
      break;
    }
  }
  for (const Node& file : files) named_files.push_back(ResolvePath(document.file, file.as_string()));
  const std::size_t errors_before_files = diagnostics.size();
  if (referenced_files == ReferencedFiles::kRead) document.files = HashFiles(document.file, files, diagnostics);
  result.has_files = diagnostics.size() == errors_before_files;
  if (diagnostics.size() != errors) return result;
  document.canonical_json = document.root.ToJson().DumpCanonical();
  if (referenced_files == ReferencedFiles::kRead || files.empty()) {
    document.version = DocumentVersion(document.canonical_json, document.files);
  }
  result.is_good = true;
  return result;
}

bool IsHidden(const std::filesystem::path& path) { return path.filename().string().starts_with('.'); }

bool IsYamlName(const std::filesystem::path& path) { return path.extension() == ".yaml" || path.extension() == ".yml"; }

std::string CanonicalPath(const std::filesystem::path& path) {
  std::error_code error;
  const auto canonical = std::filesystem::weakly_canonical(path, error);
  return error ? path.string() : canonical.string();
}

// Adds the YAML files of a folder. Each folder is entered once, so that links in a circle end.
void AddFilesOfFolder(const std::filesystem::path& folder, std::set<std::string>& entered,
                      std::vector<std::string>& files, Diagnostics& diagnostics) {
  namespace fs = std::filesystem;
  if (files.size() > kMaxFiles || !entered.insert(CanonicalPath(folder)).second) return;
  std::vector<fs::path> entries;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (!IsHidden(entry->path())) entries.push_back(entry->path());
  }
  if (error) diagnostics.Add({folder.string(), 0, 0, "", "cannot be read: " + error.message()});
  std::ranges::sort(entries);
  for (const fs::path& path : entries) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
      AddFilesOfFolder(path, entered, files, diagnostics);
    } else if (IsYamlName(path)) {
      files.push_back(path.string());
    }
  }
}

std::vector<std::string> FilesOfFolder(const std::string& folder, Diagnostics& diagnostics) {
  std::vector<std::string> files;
  std::set<std::string> entered;
  AddFilesOfFolder(folder, entered, files, diagnostics);
  if (files.size() > kMaxFiles) {
    diagnostics.Add({folder, 0, 0, "", "holds more than " + std::to_string(kMaxFiles) + " documents"});
    return {};
  }
  std::ranges::sort(files);
  return files;
}

// A file of the catalog, parsed, with what is wrong with its YAML.
struct SourceFile {
  std::string file;
  std::vector<YamlDocument> documents;
  Diagnostics diagnostics;
};

// The canonical paths of the datasets that suites of a file name.
std::set<std::string> DatasetsOf(const SourceFile& source) {
  std::set<std::string> paths;
  for (const YamlDocument& document : source.documents) {
    const auto kind = document.root.Find("kind");
    const auto dataset = document.root.Find("dataset");
    if (!kind || !kind->is_string() || kind->as_string() != "Suite" || !dataset || !dataset->is_sequence()) continue;
    for (std::size_t i = 0; i < dataset->size(); ++i) {
      const auto file = dataset->at(i).Find("file");
      if (file && file->is_string()) paths.insert(CanonicalPath(ResolvePath(source.file, file->as_string())));
    }
  }
  return paths;
}

// The files that hold documents: a dataset in YAML lies beside them and looks the same.
std::vector<SourceFile> ReadSources(const std::vector<std::string>& paths, Diagnostics& diagnostics) {
  std::vector<SourceFile> sources;
  std::set<std::string> datasets;
  for (const std::string& file : CatalogFiles(paths, diagnostics)) {
    SourceFile source{file, {}, {}};
    source.documents = ReadYamlFile(file, source.diagnostics);
    std::set<std::string> named = DatasetsOf(source);
    named.erase(CanonicalPath(file));
    datasets.merge(named);
    sources.push_back(std::move(source));
  }
  std::erase_if(sources, [&](const SourceFile& source) { return datasets.contains(CanonicalPath(source.file)); });
  return sources;
}

// The names of documents of a kind, each once.
std::vector<std::string> DocumentNames(DocumentKind kind, const std::vector<Node>& roots) {
  std::vector<std::string> names;
  for (const Node& root : roots) {
    const auto word = root.Find("kind");
    const auto name = root.Find("name");
    if (!word || !word->is_string() || word->as_string() != Name(kind) || !name || !name->is_string()) continue;
    if (std::ranges::find(names, name->as_string()) == names.end()) names.push_back(name->as_string());
  }
  return names;
}

const CatalogDocument* FindDocument(const Catalog& catalog, DocumentKind kind, std::string_view name,
                                    std::string_view version) {
  for (const CatalogDocument& document : catalog.documents) {
    if (document.kind == kind && document.name == name && document.model_version == version) return &document;
  }
  return nullptr;
}

}  // namespace

std::string_view Name(DocumentKind kind) { return KindWords()[static_cast<std::size_t>(kind) - 1]; }

std::optional<DocumentKind> ParseDocumentKind(std::string_view word) {
  const auto found = std::ranges::find(KindWords(), word);
  if (found == KindWords().end()) return std::nullopt;
  return static_cast<DocumentKind>(found - KindWords().begin() + 1);
}

const CatalogDocument* Catalog::FindSuite(std::string_view name) const {
  return FindDocument(*this, DocumentKind::kSuite, name, "");
}
const CatalogDocument* Catalog::FindGate(std::string_view name) const {
  return FindDocument(*this, DocumentKind::kGate, name, "");
}
const CatalogDocument* Catalog::FindRubric(std::string_view name) const {
  return FindDocument(*this, DocumentKind::kRubric, name, "");
}
const CatalogDocument* Catalog::FindQueue(std::string_view name) const {
  return FindDocument(*this, DocumentKind::kQueue, name, "");
}
const CatalogDocument* Catalog::FindSchedule(std::string_view name) const {
  return FindDocument(*this, DocumentKind::kSchedule, name, "");
}
const CatalogDocument* Catalog::FindModel(std::string_view name, std::string_view version) const {
  return FindDocument(*this, DocumentKind::kModel, name, version);
}

std::vector<std::string> CatalogFiles(const std::vector<std::string>& paths, Diagnostics& diagnostics) {
  std::vector<std::string> files;
  std::set<std::string> seen;
  const auto add = [&](const std::string& file) {
    if (seen.insert(CanonicalPath(file)).second) files.push_back(file);
  };
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      add(path);
      continue;
    }
    for (const std::string& file : FilesOfFolder(path, diagnostics)) add(file);
  }
  return files;
}

Catalog LoadCatalog(const std::vector<std::string>& paths, const PluginKinds& kinds,
                    const DatasetFields& dataset_fields, Diagnostics& diagnostics) {
  Catalog catalog;
  std::vector<Node> roots;               // also of documents with errors
  std::vector<ReadDocumentResult> read;  // likewise
  std::set<std::string> unusable;        // files
  for (SourceFile& file : ReadSources(paths, diagnostics)) {
    diagnostics.Append(file.diagnostics);
    // Documents of a file that is not good YAML are checked, also against others, but not used.
    if (!file.diagnostics.empty()) unusable.insert(file.file);
    for (YamlDocument& source : file.documents) {
      roots.push_back(source.root);
      read.push_back(ReadDocument(std::move(source), kinds, ReferencedFiles::kRead, catalog.named_files, diagnostics));
      const ReadDocumentResult& result = read.back();
      if (result.has_files && result.Has({"dataset", "prompt", "graders", "slices", "cluster", "tools_field"})) {
        CheckDatasetFields(result.document, kinds, dataset_fields, diagnostics);
      }
      if (result.has_files && result.Has({"graders"})) CheckSentinels(result.document, kinds, diagnostics);
      if (result.is_good) catalog.documents.push_back(result.document);
    }
  }
  CheckUniqueNames(roots, diagnostics);
  RemoveRepeatedModels(catalog.documents);
  const std::vector<std::string> model_names = DocumentNames(DocumentKind::kModel, roots);
  const std::vector<std::string> suite_names = DocumentNames(DocumentKind::kSuite, roots);
  const std::vector<std::string> gate_names = DocumentNames(DocumentKind::kGate, roots);
  const std::vector<std::string> rubric_names = DocumentNames(DocumentKind::kRubric, roots);
  const std::vector<std::string> queue_names = DocumentNames(DocumentKind::kQueue, roots);
  for (const ReadDocumentResult& result : read) {
    const SuiteSpec* suite = result.document.suite();
    if (suite == nullptr || !result.Has({"graders"})) continue;
    CheckModelsOfGraders(*suite, result.document.root, model_names, kinds, diagnostics);
  }
  for (const ReadDocumentResult& result : read) {
    const GateSpec* gate = result.document.gate();
    if (gate == nullptr || !result.Has({"suites", "rules"})) continue;
    CheckGateReferences(*gate, result.document.root, catalog, suite_names, kinds, diagnostics);
  }
  for (const ReadDocumentResult& result : read) {
    const RubricSpec* rubric = result.document.rubric();
    if (rubric != nullptr && result.Has({"version", "changes"}))
      CheckChangeLog(*rubric, result.document.root, diagnostics);
  }
  for (const ReadDocumentResult& result : read) {
    const SuiteSpec* suite = result.document.suite();
    if (suite != nullptr && result.Has({"metrics"}))
      CheckHumanMetrics(*suite, result.document.root, catalog, queue_names, diagnostics);
  }
  for (const ReadDocumentResult& result : read) {
    const QueueSpec* queue = result.document.queue();
    if (queue == nullptr || !result.Has({"suites", "rubric", "enter", "item"})) continue;
    CheckQueueReferences(*queue, result.document.root, catalog, suite_names, rubric_names, diagnostics);
  }
  for (const ReadDocumentResult& result : read) {
    const ScheduleSpec* schedule = result.document.schedule();
    if (schedule != nullptr && result.Has({"gate"}))
      CheckScheduleReferences(*schedule, result.document.root, gate_names, diagnostics);
  }
  std::erase_if(catalog.documents, [&](const CatalogDocument& document) { return unusable.contains(document.file); });
  return catalog;
}

std::optional<CatalogDocument> ParseDocument(std::string label, std::string text, const PluginKinds& kinds,
                                             ReferencedFiles referenced_files, Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.size();
  std::vector<YamlDocument> documents = ParseYaml(label, std::move(text), diagnostics);
  if (diagnostics.size() != errors) return std::nullopt;
  if (documents.empty()) {
    diagnostics.Add({std::move(label), 0, 0, "", "holds no document"});
    return std::nullopt;
  }
  if (documents.size() > 1) {
    diagnostics.Add(documents[1].root.At("a second document where one is expected"));
    return std::nullopt;
  }
  std::vector<std::string> named_files;
  ReadDocumentResult result = ReadDocument(std::move(documents[0]), kinds, referenced_files, named_files, diagnostics);
  if (!result.is_good) return std::nullopt;
  return std::move(result.document);
}

}  // namespace assay
