#include "runners/graders/tools/name_globs.h"

#include <utility>

namespace assay {

std::optional<NameGlobs> NameGlobs::Compile(const Node& options, std::string_view name,
                                            const std::vector<std::string>& sources, Diagnostics& diagnostics) {
  NameGlobs made;
  for (const std::string& source : sources) {
    auto target = Target::Compile(options, name, source, diagnostics);
    if (!target) return std::nullopt;
    made.targets_.push_back(*std::move(target));
  }
  return made;
}

std::expected<std::vector<std::string>, Score> NameGlobs::For(const Case& item) const {
  constexpr std::size_t kLongest = 1000;
  std::vector<std::string> globs;
  for (const Target& target : targets_) {
    auto texts = target.ListFor(item);
    if (!texts) return texts;
    for (std::string& text : *texts) {
      if (text.size() > kLongest) return std::unexpected(Score::Broken("a name of more than 1000 bytes"));
      globs.push_back(std::move(text));
    }
  }
  return globs;
}

std::vector<std::string> NameGlobs::RequiredFields() const {
  std::vector<std::string> fields;
  for (const Target& target : targets_) {
    fields.insert(fields.end(), target.RequiredFields().begin(), target.RequiredFields().end());
  }
  return fields;
}

}  // namespace assay
