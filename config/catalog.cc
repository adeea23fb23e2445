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
  static const std::vector<std::string> words = {"Suite", "Model", "Gate"};
  return words;
}

bool IsFutureKind(std::string_view word) { return word == "Rubric" || word == "Queue" || word == "Schedule"; }

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
  if (IsFutureKind(node->as_string())) {
    diagnostics.Add(node->At("kind " + node->as_string() + " is not supported yet; use " + expected));
  } else {
    diagnostics.Add(
        node->At("expected " + expected + ", got " + node->Describe() + DidYouMean(node->as_string(), KindWords())));
  }
  return std::nullopt;
}

template <class Spec>
Spec ReadSpec(const Node& root, const PluginKinds& kinds, Diagnostics& diagnostics) {
  Spec spec;
  const std::vector<std::string> kind = {"kind"};
  ReadFields(root.Without(kind), spec, diagnostics);
  CheckPlugins(spec, root, kinds, diagnostics);
  return spec;
}

// What is wrong with a document by itself goes to `diagnostics`; the result is then absent.
std::optional<CatalogDocument> ReadDocument(YamlDocument source, const PluginKinds& kinds,
                                            ReferencedFiles referenced_files, Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.size();
  CatalogDocument document;
  document.root = std::move(source.root);
  document.text = std::move(source.text);
  document.file = document.root.file();
  const auto kind = ReadKind(document.root, diagnostics);
  if (!kind) return std::nullopt;
  document.kind = *kind;
  std::vector<Node> files;
  switch (*kind) {
    case DocumentKind::kSuite: {
      auto suite = ReadSpec<SuiteSpec>(document.root, kinds, diagnostics);
      document.name = suite.name;
      files = FilesOfSuite(suite, document.root, kinds);
      document.spec = std::move(suite);
      break;
    }
    case DocumentKind::kModel: {
      auto model = ReadSpec<ModelSpec>(document.root, kinds, diagnostics);
      document.name = model.name;
      document.model_version = model.version;
      document.spec = std::move(model);
      break;
    }
    case DocumentKind::kGate: {
      auto gate = ReadSpec<GateSpec>(document.root, kinds, diagnostics);
      document.name = gate.name;
      document.spec = std::move(gate);
      break;
    }
  }
  if (referenced_files == ReferencedFiles::kRead) document.files = HashFiles(document.file, files, diagnostics);
  if (diagnostics.size() != errors) return std::nullopt;
  document.canonical_json = document.root.ToJson().DumpCanonical();
  if (referenced_files == ReferencedFiles::kRead || files.empty()) {
    document.version = DocumentVersion(document.canonical_json, document.files);
  }
  return document;
}

bool IsYamlName(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  return (extension == ".yaml" || extension == ".yml") && !path.filename().string().starts_with('.');
}

// The YAML files of a folder, sorted. Links to files are followed, links to folders are not; so a mounted Kubernetes
// ConfigMap, whose files are links into a folder that begins with a dot, is read once.
std::vector<std::string> FilesOfFolder(const std::string& folder, Diagnostics& diagnostics) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      if (entry->path().filename().string().starts_with('.') || entry.depth() >= 32) entry.disable_recursion_pending();
    } else if (IsYamlName(entry->path())) {
      files.push_back(entry->path().string());
      if (files.size() > kMaxFiles) {
        diagnostics.Add({folder, 0, 0, "", "holds more than " + std::to_string(kMaxFiles) + " documents"});
        return {};
      }
    }
  }
  if (error) diagnostics.Add({folder, 0, 0, "", "cannot be read: " + error.message()});
  std::ranges::sort(files);
  return files;
}

std::vector<std::string> FilesOf(const std::vector<std::string>& paths, Diagnostics& diagnostics) {
  std::vector<std::string> files;
  std::set<std::string> seen;
  const auto add = [&](const std::string& file) {
    std::error_code error;
    const auto canonical = std::filesystem::weakly_canonical(file, error);
    if (seen.insert(error ? file : canonical.string()).second) files.push_back(file);
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
const CatalogDocument* Catalog::FindModel(std::string_view name, std::string_view version) const {
  return FindDocument(*this, DocumentKind::kModel, name, version);
}

Catalog LoadCatalog(const std::vector<std::string>& paths, const PluginKinds& kinds,
                    const DatasetFields& dataset_fields, Diagnostics& diagnostics) {
  Catalog catalog;
  std::vector<std::string> suite_names;  // also of suites with errors
  for (const std::string& file : FilesOf(paths, diagnostics)) {
    const std::size_t errors = diagnostics.size();
    std::vector<YamlDocument> sources = ReadYamlFile(file, diagnostics);
    // Documents of a file that is not good YAML are checked, for their own errors, but not used.
    const bool usable = diagnostics.size() == errors;
    for (YamlDocument& source : sources) {
      const auto kind = source.root.Find("kind");
      const auto name = source.root.Find("name");
      if (kind && kind->is_string() && kind->as_string() == "Suite" && name && name->is_string()) {
        suite_names.push_back(name->as_string());
      }
      auto document = ReadDocument(std::move(source), kinds, ReferencedFiles::kRead, diagnostics);
      if (!document) continue;
      CheckDatasetFields(*document, kinds, dataset_fields, diagnostics);
      if (usable) catalog.documents.push_back(*std::move(document));
    }
  }
  CheckUniqueDocuments(catalog.documents, diagnostics);
  for (const CatalogDocument& document : catalog.documents) {
    if (const GateSpec* gate = document.gate()) {
      CheckGateReferences(*gate, document.root, catalog, suite_names, kinds, diagnostics);
    }
  }
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
  return ReadDocument(std::move(documents[0]), kinds, referenced_files, diagnostics);
}

}  // namespace assay
