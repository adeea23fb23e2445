#include "runners/graders/structure/ignored_paths.h"

#include <utility>

namespace assay {

std::optional<IgnoredPaths> IgnoredPaths::Compile(const Node& options, const std::vector<std::string>& paths,
                                                  Diagnostics& diagnostics) {
  IgnoredPaths made;
  const std::optional<Node> list = options.Find("ignore");
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const Node at = list && list->is_sequence() ? list->at(i) : options;
    Result<JsonSteps> path = JsonSteps::Compile(paths[i]);
    if (!path) {
      diagnostics.Add(at.At(path.error().message));
    } else if (paths[i] == ".") {
      diagnostics.Add(at.At("is the whole value"));
    } else {
      made.paths_.push_back(*std::move(path));
    }
  }
  if (made.paths_.size() != paths.size()) return std::nullopt;
  return made;
}

}  // namespace assay
