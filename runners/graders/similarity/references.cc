#include "runners/graders/similarity/references.h"

#include <charconv>
#include <iterator>
#include <utility>

namespace assay {

std::optional<ReferenceTexts> ReferenceTexts::Compile(const Node& options, const std::vector<std::string>& sources,
                                                      Diagnostics& diagnostics, std::string_view name) {
  ReferenceTexts references;
  for (const std::string& source : sources) {
    auto target = Target::Compile(options, name, source, diagnostics);
    if (target) references.targets_.push_back(*std::move(target));
  }
  if (references.targets_.size() != sources.size()) return std::nullopt;
  return references;
}

std::expected<std::vector<std::string>, Score> ReferenceTexts::For(const Case& item) const {
  std::vector<std::string> texts;
  for (const Target& target : targets_) {
    auto some = target.ListFor(item);
    if (!some) return std::unexpected(std::move(some).error());
    texts.insert(texts.end(), std::make_move_iterator(some->begin()), std::make_move_iterator(some->end()));
  }
  return texts;
}

std::vector<std::string> ReferenceTexts::RequiredFields() const {
  std::vector<std::string> fields;
  for (const Target& target : targets_) {
    fields.insert(fields.end(), target.RequiredFields().begin(), target.RequiredFields().end());
  }
  return fields;
}

std::string MeasureText(double value) {
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, 4);
  return std::string(buffer, end);
}

std::string MeasureReason(std::string_view name, double value, const std::vector<std::string>& references,
                          std::size_t nearest) {
  std::string reason = std::string(name) + " " + MeasureText(value);
  if (references.size() > 1) {
    reason += ", nearest of " + std::to_string(references.size()) + " references: " + Quoted(references[nearest]);
  }
  return reason;
}

}  // namespace assay
