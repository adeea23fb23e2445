#include "config/referenced_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/conversation.h"
#include "core/digest.h"

namespace assay {
namespace {

Result<std::string> HashFile(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return Fail(ErrorCode::kNotFound, "is missing");
  if (error) return Fail(ErrorCode::kUnavailable, "cannot be read: " + error.message());
  if (!std::filesystem::is_regular_file(status)) return Fail(ErrorCode::kInvalidArgument, "is no regular file");
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorCode::kPermissionDenied, "cannot be opened");
  Sha256 digest;
  std::array<char, 1 << 16> buffer{};
  while (file.read(buffer.data(), buffer.size()) || file.gcount() > 0) {
    digest.Update({buffer.data(), static_cast<std::size_t>(file.gcount())});
  }
  if (file.bad()) return Fail(ErrorCode::kUnavailable, "cannot be read to its end");
  return digest.FinishHex();
}

// Images of the prompt that are files whatever the case.
std::vector<Node> ImageFiles(const Node& root) {
  std::vector<Node> files;
  const auto prompt = root.Find("prompt");
  for (std::size_t i = 0; prompt && prompt->is_sequence() && i < prompt->size(); ++i) {
    const auto images = prompt->at(i).Find("images");
    for (std::size_t k = 0; images && images->is_sequence() && k < images->size(); ++k) {
      const Node image = images->at(k);
      if (!image.is_string() || image.as_string().find("{{") != std::string::npos) continue;
      const auto reference = ReadImageReference(image.as_string());
      if (reference && !reference->file.empty()) files.push_back(image);
    }
  }
  return files;
}

}  // namespace

std::vector<Node> FileOptions(const Node& options, const Json& schema) {
  std::vector<Node> files;
  const Json* properties = schema.Find("properties");
  if (properties == nullptr || !properties->is_object()) return files;
  const auto is_file = [](const Json* property) {
    const Json* mark = property == nullptr ? nullptr : property->Find("x-assay-file");
    return mark != nullptr && *mark == Json(true);
  };
  const auto add = [&](const Node& value) {
    if (value.is_string() && !value.as_string().empty()) files.push_back(value);
  };
  for (const auto& [name, property] : properties->as_object()) {
    const auto value = options.Find(name);
    if (!value) continue;
    if (is_file(&property)) add(*value);
    if (!is_file(property.Find("items")) || !value->is_sequence()) continue;
    for (std::size_t i = 0; i < value->size(); ++i) add(value->at(i));
  }
  return files;
}

std::vector<Node> FilesOfSuite(const SuiteSpec& suite, const Node& root, const PluginKinds& kinds) {
  std::vector<Node> files;
  const auto dataset = root.Find("dataset");
  for (std::size_t i = 0; dataset && dataset->is_sequence() && i < dataset->size(); ++i) {
    const auto file = dataset->at(i).Find("file");
    if (file && file->is_string() && !file->as_string().empty()) files.push_back(*file);
  }
  for (Node& image : ImageFiles(root)) files.push_back(std::move(image));
  const auto tools = root.Find("tools_file");
  if (tools && suite.tools_file) files.push_back(*tools);
  const auto graders = root.Find("graders");
  for (std::size_t i = 0; i < suite.graders.size(); ++i) {
    const GraderSpec& grader = suite.graders[i];
    const auto sentinels = grader.sentinels ? graders->at(i).Find("sentinels") : std::nullopt;
    if (sentinels && !grader.sentinels->file.empty()) files.push_back(*sentinels->Find("file"));
    const PluginKind* kind = FindKind(kinds.graders, grader.type);
    if (kind == nullptr) continue;
    for (Node& file : FileOptions(grader.options, kind->schema)) files.push_back(std::move(file));
  }
  return files;
}

std::string ResolvePath(std::string_view document_file, std::string_view name) {
  const std::filesystem::path path(name);
  if (path.is_absolute()) return path.string();
  return (std::filesystem::path(document_file).parent_path() / path).string();
}

std::vector<ReferencedFile> HashFiles(std::string_view document_file, std::span<const Node> names,
                                      Diagnostics& diagnostics) {
  std::map<std::string, ReferencedFile> files;
  for (const Node& node : names) {
    const std::string& name = node.as_string();
    if (files.contains(name)) continue;
    std::string path = ResolvePath(document_file, name);
    if (name.find('\0') != std::string::npos) {
      diagnostics.Add(node.At("is no file name"));
      continue;
    }
    auto hash = HashFile(path);
    if (!hash) {
      diagnostics.Add(node.At("file " + node.Describe() + " " + hash.error().message + " (looked for " + path + ")"));
      continue;
    }
    files[name] = {name, std::move(path), *std::move(hash)};
  }
  std::vector<ReferencedFile> sorted;
  for (auto& [name, file] : files) sorted.push_back(std::move(file));
  return sorted;
}

std::string DocumentVersion(std::string_view canonical_json, std::span<const ReferencedFile> files) {
  if (files.empty()) return ContentVersion(canonical_json);
  Json hashes{Json::Object{}};
  for (const ReferencedFile& file : files) hashes.Set(file.name, file.sha256);
  return ContentVersion(std::string(canonical_json) + "\n" + hashes.DumpCanonical());
}

}  // namespace assay
