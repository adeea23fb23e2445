#pragma once
// Plug-in tables of the shapes that runners/ and gates/ have, so that config/ is tested without them.

#include <string>
#include <vector>

#include "config/catalog.h"
#include "config/plugin_kind.h"

namespace assay::testing {

// Graders equals, contains, json, rating (which measures); provider openai-chat; rules at_least, at_most,
// zero_failures, coverage, freshness, expression.
const PluginKinds& TestKinds();

// The first line: a JSON object, else comma-separated names of fields without values.
Result<std::optional<Json>> FirstLineFields(const std::string& path);

// The diagnostics without the file: "LINE:COL path: message".
std::vector<std::string> Lines(const Diagnostics& diagnostics);

// A new folder below the build folder, removed by the destructor.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  // Writes a file, making its folders; returns its path.
  std::string Write(const std::string& name, const std::string& text) const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace assay::testing
