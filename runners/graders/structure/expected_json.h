#pragma once
// The JSON that an option of a grader compares with. Only for the files of runners/graders.

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/diagnostics.h"
#include "config/node.h"
#include "core/case.h"
#include "core/json.h"
#include "core/score.h"
#include "runners/graders/frame/text_template.h"

namespace assay {

// A value that may have templates in its texts: `{city: "{{city}}", tags: ["{{tag}}", fixed]}`. A text that is one
// variable and nothing else stands for the field as it is, be it a number or a list. Immutable, thread-safe.
class JsonTemplate {
 public:
  // Nullopt after reporting a malformed template.
  static std::optional<JsonTemplate> Compile(const Node& value, Diagnostics& diagnostics);

  // UNSCORED for a missing or null field, ERROR for a text that is too long.
  std::expected<Json, Score> For(const Case& item) const;
  bool IsConstant() const { return is_constant_; }
  const std::vector<std::string>& RequiredFields() const { return fields_; }
  // The field of a value that is one variable and nothing else, else "".
  const std::string& only_field() const { return root_.only_field; }

 private:
  struct Piece {
    Json constant;                     // of what has no template in it
    std::optional<TextTemplate> text;  // of a text
    std::string only_field;
    std::vector<Piece> elements;     // of a list or an object with templates
    std::vector<std::string> names;  // of an object
    bool is_list = false;
    bool is_object = false;
  };
  bool Read(const Node& node, Piece& piece, Diagnostics& diagnostics);
  static std::expected<Json, Score> Fill(const Piece& piece, const Json& fields);

  Piece root_;
  std::vector<std::string> fields_;
  bool is_constant_ = true;
};

// What a response is compared with: a JsonTemplate; at its top a text is JSON written as a text, unless it is a field
// that is no text. Immutable, thread-safe.
class ExpectedJson {
 public:
  using Values = std::shared_ptr<const std::vector<Json>>;

  // Of an option that is one value.
  static std::optional<ExpectedJson> One(const Node& value, Diagnostics& diagnostics);
  // Of an option that lists values, or names a field that does.
  static std::optional<ExpectedJson> Any(const Node& value, Diagnostics& diagnostics);

  // At least one. UNSCORED also for what is no JSON.
  std::expected<Values, Score> For(const Case& item) const;
  const std::vector<std::string>& RequiredFields() const { return fields_; }

 private:
  bool Add(const Node& value, Diagnostics& diagnostics);

  std::vector<JsonTemplate> templates_;
  std::vector<std::string> fields_;
  bool is_any_ = false;
  Values constant_;  // when no value depends on the case
};

}  // namespace assay
