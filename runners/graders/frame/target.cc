#include "runners/graders/frame/target.h"

#include <utility>

namespace assay {
namespace {

Score Blank(std::string_view what) { return Score::Unscored("the target of the case is blank" + std::string(what)); }

}  // namespace

std::string_view TrimBlanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::optional<Target> Target::Compile(const Node& options, std::string_view name, const std::string& source,
                                      Diagnostics& diagnostics, TextTemplate::Escape escape) {
  const Node place = options.Find(name).value_or(options);
  Result<TextTemplate> text = TextTemplate::Compile(source, escape);
  if (!text) {
    diagnostics.Add(place.At(text.error().message));
    return std::nullopt;
  }
  if (text->IsConstant() && TrimBlanks(source).empty()) {
    diagnostics.Add(place.At("a blank text is no target: every response would be compared with nothing"));
    return std::nullopt;
  }
  Target target(*std::move(text));
  const std::vector<std::string>& fields = target.text_.RequiredFields();
  const std::string_view trimmed = TrimBlanks(source);
  if (fields.size() == 1 && trimmed.starts_with("{{") && trimmed.find("}}") >= trimmed.size() - 3 &&
      target.text_.Fields().size() == 1) {
    target.only_field_ = fields.front();
  }
  return target;
}

std::expected<std::string, Score> Target::For(const Case& item) const {
  Result<std::string> text = text_.Render(item.fields);
  if (!text) {
    return std::unexpected(text.error().code == ErrorCode::kFailedPrecondition
                               ? Score::Unscored("no target: " + text.error().message)
                               : Score::Broken("target: " + text.error().message));
  }
  if (TrimBlanks(*text).empty()) return std::unexpected(Blank(""));
  return *std::move(text);
}

std::expected<std::vector<std::string>, Score> Target::ListFor(const Case& item) const {
  const Json* field = only_field_.empty() ? nullptr : FindField(item.fields, only_field_);
  if (field == nullptr || !field->is_array()) {
    auto one = For(item);
    if (!one) return std::unexpected(std::move(one).error());
    return std::vector<std::string>{*std::move(one)};
  }
  std::vector<std::string> texts;
  for (const Json& element : field->as_array()) {
    texts.push_back(element.is_string() ? element.as_string() : element.Dump());
    if (element.is_null() || TrimBlanks(texts.back()).empty()) {
      return std::unexpected(Blank(": element " + std::to_string(texts.size()) + " of field \"" + only_field_ + "\""));
    }
  }
  if (texts.empty())
    return std::unexpected(Score::Unscored("no target: field \"" + only_field_ + "\" is an empty list"));
  return texts;
}

}  // namespace assay
