#include "runners/graders/text/target_texts.h"

#include <algorithm>
#include <utility>

#include "runners/graders/frame/reason.h"

namespace assay {

std::optional<TargetTexts> TargetTexts::Compile(const Node& options, std::string_view name,
                                                const std::vector<std::string>& sources, Diagnostics& diagnostics) {
  TargetTexts texts;
  for (const std::string& source : sources) {
    if (auto target = Target::Compile(options, name, source, diagnostics)) texts.targets_.push_back(*std::move(target));
  }
  if (texts.targets_.size() != sources.size()) return std::nullopt;
  return texts;
}

std::expected<std::vector<std::string>, Score> TargetTexts::For(const Case& item) const {
  std::vector<std::string> all;
  for (const Target& target : targets_) {
    auto texts = target.ListFor(item);
    if (!texts) return texts;
    std::move(texts->begin(), texts->end(), std::back_inserter(all));
  }
  return all;
}

bool TargetTexts::IsList(const Case& item, const std::vector<std::string>& texts) const {
  if (targets_.size() > 1 || texts.size() > 1) return true;
  // A field that is a list of one renders as JSON, not as its element.
  const auto text = targets_.front().For(item);
  return !text || *text != texts.front();
}

bool TargetTexts::IsConstant() const {
  return std::all_of(targets_.begin(), targets_.end(), [](const Target& target) { return target.IsConstant(); });
}

std::vector<std::string> TargetTexts::RequiredFields() const {
  std::vector<std::string> fields;
  for (const Target& target : targets_) {
    fields.insert(fields.end(), target.RequiredFields().begin(), target.RequiredFields().end());
  }
  return fields;
}

std::string ListedTexts(const std::vector<std::string>& texts) {
  if (texts.size() == 1) return Quoted(texts.front());
  constexpr std::size_t kShown = 5;
  std::string out = "one of ";
  for (std::size_t i = 0; i < std::min(kShown, texts.size()); ++i) out += (i == 0 ? "" : ", ") + Quoted(texts[i]);
  if (texts.size() > kShown) out += " and " + std::to_string(texts.size() - kShown) + " more";
  return out;
}

}  // namespace assay
