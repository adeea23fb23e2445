#pragma once
// Paths that a comparison leaves out.

#include <optional>
#include <string>
#include <vector>

#include "config/diagnostics.h"
#include "config/node.h"
#include "runners/graders/structure/json_steps.h"

namespace assay {

class IgnoredPaths {
 public:
  // Of option `ignore` of `options`. Nullopt after reporting what is no path.
  static std::optional<IgnoredPaths> Compile(const Node& options, const std::vector<std::string>& paths,
                                             Diagnostics& diagnostics);

  void Remove(Json& value) const {
    for (const JsonSteps& path : paths_) path.Remove(value);
  }
  Json Without(Json value) const {
    Remove(value);
    return value;
  }
  bool empty() const { return paths_.empty(); }

 private:
  std::vector<JsonSteps> paths_;
};

}  // namespace assay
