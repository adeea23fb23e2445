#include "runners/graders/structure/expected_json.h"

#include <algorithm>
#include <utility>

#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"

namespace assay {
namespace {

// The field of "{{a.b}}", else "".
std::string OnlyField(const TextTemplate& text) {
  std::string_view source = TrimBlanks(text.source());
  if (text.RequiredFields().size() != 1 || text.Fields().size() != 1) return "";
  if (!source.starts_with("{{") || source.find("}}") + 3 < source.size()) return "";
  return text.RequiredFields().front();
}

Score NoField(const std::string& field) {
  return Score::Unscored("no target: the case has no field \"" + field + "\"");
}

// A text at the top is JSON.
std::expected<Json, Score> Parsed(Json value) {
  if (!value.is_string()) return value;
  if (TrimBlanks(value.as_string()).empty()) return std::unexpected(Score::Unscored("the target of the case is blank"));
  Result<Json> parsed = Json::Parse(value.as_string());
  if (parsed) return *std::move(parsed);
  return std::unexpected(Score::Unscored("the target " + Quoted(value.as_string(), 80) + " is no JSON"));
}

}  // namespace

std::optional<JsonTemplate> JsonTemplate::Compile(const Node& value, Diagnostics& diagnostics) {
  JsonTemplate made;
  if (!made.Read(value, made.root_, diagnostics)) return std::nullopt;
  return made;
}

bool JsonTemplate::Read(const Node& node, Piece& piece, Diagnostics& diagnostics) {
  if (node.is_string() && node.as_string().find("{{") != std::string::npos) {
    Result<TextTemplate> text = TextTemplate::Compile(node.as_string());
    if (!text) {
      diagnostics.Add(node.At(text.error().message));
      return false;
    }
    piece.only_field = OnlyField(*text);
    for (const std::string& field : text->RequiredFields()) {
      if (std::ranges::find(fields_, field) == fields_.end()) fields_.push_back(field);
    }
    piece.text = *std::move(text);
    is_constant_ = false;
    return true;
  }
  piece.is_list = node.is_sequence();
  piece.is_object = node.is_mapping();
  if (!piece.is_list && !piece.is_object) {
    piece.constant = node.ToJson();
    return true;
  }
  bool is_good = true;
  const bool was_constant = std::exchange(is_constant_, true);
  for (std::size_t i = 0; i < node.size(); ++i) {
    if (piece.is_object) piece.names.push_back(node.key(i));
    is_good = Read(node.at(i), piece.elements.emplace_back(), diagnostics) && is_good;
  }
  if (is_constant_) {
    piece = Piece();
    piece.constant = node.ToJson();
  }
  is_constant_ = is_constant_ && was_constant;
  return is_good;
}

std::expected<Json, Score> JsonTemplate::For(const Case& item) const { return Fill(root_, item.fields); }

std::expected<Json, Score> JsonTemplate::Fill(const Piece& piece, const Json& fields) {
  if (!piece.only_field.empty()) {
    const Json* field = FindField(fields, piece.only_field);
    if (field == nullptr || field->is_null()) return std::unexpected(NoField(piece.only_field));
    return *field;
  }
  if (piece.text) {
    Result<std::string> text = piece.text->Render(fields);
    if (text) return Json(*std::move(text));
    return std::unexpected(text.error().code == ErrorCode::kFailedPrecondition
                               ? Score::Unscored("no target: " + text.error().message)
                               : Score::Broken("target: " + text.error().message));
  }
  if (!piece.is_list && !piece.is_object) return piece.constant;
  Json::Array list;
  Json::Object object;
  for (std::size_t i = 0; i < piece.elements.size(); ++i) {
    auto element = Fill(piece.elements[i], fields);
    if (!element) return element;
    if (piece.is_list) {
      list.push_back(*std::move(element));
    } else {
      object.emplace_back(piece.names[i], *std::move(element));
    }
  }
  return piece.is_list ? Json(std::move(list)) : Json(std::move(object));
}

bool ExpectedJson::Add(const Node& value, Diagnostics& diagnostics) {
  auto made = JsonTemplate::Compile(value, diagnostics);
  if (!made) return false;
  if (made->IsConstant()) {
    const auto parsed = Parsed(value.ToJson());
    if (!parsed) {
      diagnostics.Add(value.At("is a text, which has to be JSON: write '\"text\"' for a text"));
      return false;
    }
  }
  for (const std::string& field : made->RequiredFields()) {
    if (std::ranges::find(fields_, field) == fields_.end()) fields_.push_back(field);
  }
  templates_.push_back(*std::move(made));
  return true;
}

std::optional<ExpectedJson> ExpectedJson::One(const Node& value, Diagnostics& diagnostics) {
  ExpectedJson made;
  if (!made.Add(value, diagnostics)) return std::nullopt;
  if (made.templates_[0].IsConstant()) {
    const Case none{0, "", Json(Json::Object{})};
    auto values = made.For(none);
    if (values) made.constant_ = *std::move(values);
  }
  return made;
}

std::optional<ExpectedJson> ExpectedJson::Any(const Node& value, Diagnostics& diagnostics) {
  ExpectedJson made;
  made.is_any_ = true;
  bool is_good = true;
  if (!value.is_sequence()) {
    is_good = made.Add(value, diagnostics);
  } else if (value.size() == 0) {
    diagnostics.Add(value.At("is empty: nothing would pass"));
    return std::nullopt;
  }
  for (std::size_t i = 0; value.is_sequence() && i < value.size(); ++i) {
    is_good = made.Add(value.at(i), diagnostics) && is_good;
  }
  if (!is_good) return std::nullopt;
  return made;
}

std::expected<ExpectedJson::Values, Score> ExpectedJson::For(const Case& item) const {
  if (constant_) return constant_;
  auto values = std::make_shared<std::vector<Json>>();
  for (const JsonTemplate& one : templates_) {
    auto value = one.For(item);
    if (!value) return std::unexpected(std::move(value).error());
    // A field that lists values; a list that is one value is written as text, or in a list.
    const bool is_list = is_any_ && !one.only_field().empty() && value->is_array();
    Json::Array found = is_list ? std::move(value->as_array()) : Json::Array{*std::move(value)};
    for (Json& element : found) {
      auto parsed = Parsed(std::move(element));
      if (!parsed) return std::unexpected(std::move(parsed).error());
      values->push_back(*std::move(parsed));
    }
  }
  if (values->empty()) return std::unexpected(Score::Unscored("no target: the list of the case is empty"));
  return Values(std::move(values));
}

}  // namespace assay
