#include "runners/graders/tools/json_template.h"

#include <utility>

namespace assay {
namespace {

bool IsTemplate(const std::string& text) { return text.find("{{") != std::string::npos; }

}  // namespace

std::optional<CallTemplate> CallTemplate::Compile(const Node& options, std::string_view name, Json source,
                                                  Diagnostics& diagnostics) {
  CallTemplate made;
  std::string error;
  if (!made.CompileTexts(source, error)) {
    diagnostics.Add(options.Find(name).value_or(options).At(error));
    return std::nullopt;
  }
  made.source_ = std::move(source);
  return made;
}

bool CallTemplate::CompileTexts(const Json& value, std::string& error) {
  if (value.is_array()) {
    for (const Json& element : value.as_array()) {
      if (!CompileTexts(element, error)) return false;
    }
  } else if (value.is_object()) {
    for (const Json::Member& member : value.as_object()) {
      if (!CompileTexts(member.second, error)) return false;
    }
  } else if (value.is_string() && IsTemplate(value.as_string())) {
    const std::string& source = value.as_string();
    Result<TextTemplate> text = TextTemplate::Compile(source);
    if (!text) {
      error = text.error().message;
      return false;
    }
    std::string only;
    const bool is_one_tag = source.starts_with("{{") && source.find("}}") >= source.size() - 3;
    if (is_one_tag && text->RequiredFields().size() == 1 && text->Fields().size() == 1)
      only = text->RequiredFields().front();
    required_.insert(required_.end(), text->RequiredFields().begin(), text->RequiredFields().end());
    texts_.push_back({*std::move(text), std::move(only)});
  }
  return true;
}

std::expected<Json, Score> CallTemplate::For(const Case& item) const {
  std::size_t next = 0;
  return Fill(source_, item, next);
}

std::expected<Json, Score> CallTemplate::Fill(const Json& value, const Case& item, std::size_t& next) const {
  if (value.is_array()) {
    Json::Array out;
    for (const Json& element : value.as_array()) {
      auto filled = Fill(element, item, next);
      if (!filled) return filled;
      out.push_back(*std::move(filled));
    }
    return Json(std::move(out));
  }
  if (value.is_object()) {
    Json::Object out;
    for (const auto& [name, member] : value.as_object()) {
      auto filled = Fill(member, item, next);
      if (!filled) return filled;
      out.emplace_back(name, *std::move(filled));
    }
    return Json(std::move(out));
  }
  if (!value.is_string() || !IsTemplate(value.as_string())) return value;
  const Text& text = texts_[next++];
  const Json* field = text.only_field.empty() ? nullptr : FindField(item.fields, text.only_field);
  if (field != nullptr && !field->is_null()) return *field;
  Result<std::string> rendered = text.text.Render(item.fields);
  if (rendered) return Json(*std::move(rendered));
  return std::unexpected(rendered.error().code == ErrorCode::kFailedPrecondition
                             ? Score::Unscored("no target: " + rendered.error().message)
                             : Score::Broken("target: " + rendered.error().message));
}

}  // namespace assay
