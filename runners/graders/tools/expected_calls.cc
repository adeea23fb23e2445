#include "runners/graders/tools/expected_calls.h"

#include <algorithm>
#include <utility>

#include "runners/graders/frame/reason.h"
#include "runners/graders/tools/call_list.h"
#include "runners/graders/tools/call_text.h"

namespace assay {
namespace {

// A call as a benchmark writes it: {"f": {"a": [1]}}, one member, whose value is an object.
bool IsNamedByKey(const Json& entry) {
  if (!entry.is_object() || entry.as_object().size() != 1 || !entry.as_object().front().second.is_object())
    return false;
  const std::string& key = entry.as_object().front().first;
  static constexpr std::string_view kOwn[] = {"function", "functionCall", "function_call", "arguments",
                                              "args",     "input",        "parameters"};
  return std::ranges::find(kOwn, key) == std::end(kOwn);
}

std::expected<ExpectedCall, std::string> ReadExpectedCall(const Json& entry) {
  if (entry.is_string()) return ExpectedCall{.name = entry.as_string()};
  if (IsNamedByKey(entry)) {
    const auto& [name, arguments] = entry.as_object().front();
    return ExpectedCall{.name = name, .arguments = arguments};
  }
  if (!entry.is_object()) return std::unexpected("is no call {name, arguments}");
  MadeCall call = CallOfJson(entry);
  if (call.name.empty()) return std::unexpected("has no name");
  if (!call.fault.empty()) return std::unexpected(call.fault);
  return ExpectedCall{.name = std::move(call.name), .arguments = std::move(call.arguments)};
}

// What is wrong, "" when nothing is.
std::string ReadExpected(const Json& list, ExpectedList& out) {
  const auto read = [&](const Json& entry, const std::string& place, std::size_t group) -> std::string {
    if (out.calls.size() == CallList::kMaxCalls)
      return "has more than " + std::to_string(CallList::kMaxCalls) + " calls";
    std::expected<ExpectedCall, std::string> call = ReadExpectedCall(entry);
    if (!call) return place + " " + call.error();
    call->group = group;
    out.calls.push_back(*std::move(call));
    return "";
  };
  std::size_t lists = 0;
  for (const Json& entry : list.as_array()) lists += entry.is_array() ? 1 : 0;
  if (lists != 0 && lists != list.as_array().size()) return "has lists of calls beside single calls";
  if (lists != 0) out.groups = lists;
  for (std::size_t i = 0; i < list.as_array().size(); ++i) {
    const Json& entry = list.as_array()[i];
    const std::string place = "[" + std::to_string(i) + "]";
    if (!entry.is_array()) {
      if (std::string wrong = read(entry, place, 0); !wrong.empty()) return wrong;
      continue;
    }
    for (std::size_t k = 0; k < entry.as_array().size(); ++k) {
      std::string wrong = read(entry.as_array()[k], place + "[" + std::to_string(k) + "]", i);
      if (!wrong.empty()) return wrong;
    }
  }
  return "";
}

}  // namespace

std::optional<ExpectedCalls> ExpectedCalls::Make(const ExpectedOptions& options, const Node& node,
                                                 Diagnostics& diagnostics) {
  ExpectedCalls made;
  made.field_ = options.expected_field;
  if (!options.expected) return made;
  const Node place = node.Find("expected").value_or(node);
  ExpectedList list;
  const std::string wrong =
      options.expected->is_array() ? ReadExpected(*options.expected, list) : "is no list of calls";
  if (!wrong.empty()) {
    diagnostics.Add(place.At(wrong));
    return std::nullopt;
  }
  made.inline_ = CallTemplate::Compile(node, "expected", *options.expected, diagnostics);
  if (!made.inline_) return std::nullopt;
  return made;
}

std::expected<ExpectedList, Score> ExpectedCalls::For(const Case& item) const {
  Json made;  // what `value` points to where it is not a field as it stands
  const Json* value = nullptr;
  if (inline_) {
    auto filled = inline_->For(item);
    if (!filled) return std::unexpected(std::move(filled).error());
    made = *std::move(filled);
    value = &made;
  } else {
    value = FindField(item.fields, field_);
    if (value == nullptr || value->is_null())
      return std::unexpected(Score::Unscored("no expected calls: the case has no field \"" + field_ + "\""));
  }
  // A field of a CSV is the text of a list.
  if (value->is_string()) {
    Result<Json> parsed = Json::Parse(value->as_string());
    if (parsed) {
      made = *std::move(parsed);
      value = &made;
    }
  }
  ExpectedList list;
  const std::string wrong = value->is_array() ? ReadExpected(*value, list) : "is no list of calls";
  if (wrong.empty()) return list;
  return std::unexpected(Score::Broken((inline_ ? "option \"expected\" " : "field \"" + field_ + "\" ") + wrong));
}

std::vector<std::string> ExpectedCalls::RequiredFields() const {
  if (inline_) return inline_->RequiredFields();
  return {field_};
}

std::string Shown(const ExpectedCall& call) { return Shown(MadeCall{.name = call.name, .arguments = call.arguments}); }

std::string NamesOf(const std::vector<ExpectedCall>& calls) {
  std::vector<MadeCall> named;
  for (const ExpectedCall& call : calls) named.push_back({.name = call.name});
  return NamesOf(named);
}

}  // namespace assay
