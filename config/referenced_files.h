#pragma once
// The files that documents name, and the content version that includes their hashes (defined in config/catalog.h).

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/catalog.h"

namespace assay {

// The values of `options` that name files by the schema of their plug-in (TextForm::kFile).
std::vector<Node> FileOptions(const Node& options, const Json& schema);

// The names of files in a suite: dataset files, images and tools, then options of graders.
std::vector<Node> FilesOfSuite(const SuiteSpec& suite, const Node& root, const PluginKinds& kinds);

// Where a document's relative names lead: its folder joined with `name`.
std::string ResolvePath(std::string_view document_file, std::string_view name);

// Hashes each file once; what cannot be read is reported where it is named. Sorted by name. Blocking; memory is
// constant.
std::vector<ReferencedFile> HashFiles(std::string_view document_file, std::span<const Node> names,
                                      Diagnostics& diagnostics);

// The content version of a document.
std::string DocumentVersion(std::string_view canonical_json, std::span<const ReferencedFile> files);

}  // namespace assay
