#pragma once
// What the options of the graders of numbers have in common. Only for files of this folder.

#include <optional>
#include <string>

#include "config/fields.h"
#include "runners/graders/text/number_text.h"

namespace assay {

// A number, or a text with one in it: `equals: 18` and `equals: "{{answer}}"`.
struct NumberTarget {
  std::string text;
};

template <>
struct EnumWords<NumberPlace> {
  static constexpr EnumWord<NumberPlace> kWords[] = {{"last", NumberPlace::kLast, "the last number of the text"},
                                                     {"first", NumberPlace::kFirst, "the first number of the text"}};
};

template <>
struct FieldType<NumberTarget> {
  static bool Read(const Node& node, const Limits&, NumberTarget& out, Diagnostics& diagnostics) {
    if (node.is_string()) {
      out.text = node.as_string();
    } else if (node.is_number()) {
      out.text = node.ToJson().Dump();
    } else {
      diagnostics.Add(node.At(WrongType("a number or a text with one", node)));
      return false;
    }
    return true;
  }
  static Json Schema(const Limits&) { return Json::Of({{"type", Json::Array{"number", "string"}}}); }
  static std::string Word(const Limits&) { return "number or text"; }
  static std::optional<Json> Default(const NumberTarget&) { return std::nullopt; }
};

}  // namespace assay
