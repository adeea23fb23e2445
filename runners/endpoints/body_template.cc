#include "runners/endpoints/body_template.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "config/fields.h"
#include "runners/endpoints/openai_json.h"
#include "runners/graders/frame/text_template.h"

namespace assay {

struct BodyTemplate::Part {
  Json constant;                     // where nothing below is set
  std::string variable;              // a text that is one tag
  std::optional<TextTemplate> text;  // another text with tags
  std::vector<Part> elements;        // of a list or a mapping
  std::vector<std::string> keys;     // of a mapping, as elements
  std::set<std::string> names;       // of the variables in it and below
};

namespace {

constexpr auto kVariables = std::to_array<std::string_view>({"messages", "prompt", "system", "user", "model", "tools",
                                                             "tool_choice", "sampling.temperature", "sampling.top_p",
                                                             "sampling.max_tokens", "sampling.seed", "sampling.stop"});
// Names that sections over `messages` bring along.
constexpr auto kOfMessages = std::to_array<std::string_view>({"role", "content"});

std::unexpected<Error> WrongBody(std::string message) { return Fail(ErrorCode::kInvalidArgument, std::move(message)); }

// The variable of a text that is nothing but one plain tag; "" otherwise.
std::string OnlyVariable(const TextTemplate& text) {
  if (text.RequiredFields().size() != 1 || text.Fields().size() != 1) return "";
  const std::string& name = text.RequiredFields().front();
  std::string tag;
  for (const char c : text.source()) {
    if (c != ' ' && c != '{' && c != '}') tag += c;
  }
  return (tag == name || tag == "&" + name) && text.source().starts_with("{{") && text.source().ends_with("}}") ? name
                                                                                                                : "";
}

Status CheckNames(const TextTemplate& text) {
  const std::vector<std::string>& required = text.RequiredFields();
  for (const std::string& name : text.Fields()) {
    const bool may_be_of_message = std::ranges::find(required, name) == required.end();
    if (std::ranges::find(kVariables, name) != kVariables.end()) continue;
    if (may_be_of_message && std::ranges::find(kOfMessages, name) != kOfMessages.end()) continue;
    const std::vector<std::string> known(kVariables.begin(), kVariables.end());
    const std::string hint = DidYouMean(name, known);
    return WrongBody("unknown variable \"" + name + "\"" +
                     (hint.empty() ? "; known are " + fields::Join(known, ", ") : hint));
  }
  return {};
}

Result<BodyTemplate::Part> CompileText(const std::string& source) {
  ASSAY_ASSIGN(TextTemplate text, TextTemplate::Compile(source));
  ASSAY_TRY(CheckNames(text));
  BodyTemplate::Part part;
  part.names.insert(text.Fields().begin(), text.Fields().end());
  part.variable = OnlyVariable(text);
  if (text.IsConstant()) {
    part.constant = Json(source);
  } else if (part.variable.empty()) {
    part.text = std::move(text);
  }
  return part;
}

Status CheckKey(const std::string& key) {
  if (key.find("{{") == std::string::npos) return {};
  return WrongBody("key " + Json(key).Dump() + ": keys are no templates");
}

Result<BodyTemplate::Part> CompilePart(const Json& value) {
  if (value.is_string()) return CompileText(value.as_string());
  BodyTemplate::Part part;
  part.constant = value;
  const auto add = [&part](const Json& element) -> Status {
    ASSAY_ASSIGN(BodyTemplate::Part compiled, CompilePart(element));
    part.names.insert(compiled.names.begin(), compiled.names.end());
    part.elements.push_back(std::move(compiled));
    return {};
  };
  if (value.is_array()) {
    for (const Json& element : value.as_array()) ASSAY_TRY(add(element));
  } else if (value.is_object()) {
    for (const auto& [key, element] : value.as_object()) {
      ASSAY_TRY(CheckKey(key));
      ASSAY_TRY(add(element));
      part.keys.push_back(key);
    }
  }
  return part;
}

Result<Json> JsonOfBody(const Node& body) {
  if (!body.is_string()) return body.ToJson();
  Result<Json> parsed = Json::Parse(body.as_string(), 64, RepeatedKeys::kRefuse);
  if (!parsed) {
    return WrongBody("must be JSON whose texts are templates, such as {\"inputs\": \"{{prompt}}\"}: " +
                     parsed.error().message);
  }
  return parsed;
}

Status CheckWhole(const Json& value, const std::set<std::string>& names) {
  if (!value.is_object() && !value.is_array()) return WrongBody("must be a mapping, a list or a text that is JSON");
  for (const char* prompt : {"messages", "prompt", "user"}) {
    if (names.contains(prompt)) return {};
  }
  return WrongBody("has no place for the prompt: none of {{messages}}, {{prompt}} and {{user}}");
}

// Reports every text below `node`.
void CheckTemplates(const Node& node, Diagnostics& diagnostics) {
  if (node.is_string()) {
    if (const auto part = CompileText(node.as_string()); !part) diagnostics.Add(node.At(part.error().message));
  }
  for (std::size_t i = 0; i < node.size(); ++i) {
    if (node.is_mapping()) {
      if (const Status key = CheckKey(node.key(i)); !key) diagnostics.Add(node.AtKey(i, key.error().message));
    }
    CheckTemplates(node.at(i), diagnostics);
  }
}

const Message* LastOf(const ModelRequest& request, Role role) {
  const auto found = std::ranges::find(request.messages.rbegin(), request.messages.rend(), role, &Message::role);
  return found == request.messages.rend() ? nullptr : &*found;
}

std::string JoinedTexts(const ModelRequest& request, std::optional<Role> role) {
  std::string joined;
  for (const Message& message : request.messages) {
    if (message.content.empty() || (role && message.role != *role)) continue;
    joined += (joined.empty() ? "" : "\n\n") + message.content;
  }
  return joined;
}

// Nothing of a request may be left out silently: the model would be asked something else than the suite says.
Status CheckPlaces(const ModelRequest& request, const std::set<std::string>& names) {
  const auto lacks = [](const std::string& what, const std::string& variables) {
    return WrongBody("the prompt has " + what + ", for which body has no " + variables);
  };
  if (!request.tools.empty() && !names.contains("tools")) return lacks("tools", "{{tools}}");
  if (!request.tool_choice.empty() && !names.contains("tool_choice")) return lacks("a tool_choice", "{{tool_choice}}");
  if (names.contains("messages")) return {};
  std::size_t texts = 0;
  for (const Message& message : request.messages) {
    if (!message.images.empty()) return lacks("images", "{{messages}}");
    if (!message.tool_calls.empty() || message.role == Role::kTool) return lacks("calls of tools", "{{messages}}");
    if (message.role != Role::kSystem) ++texts;
  }
  if (names.contains("prompt")) return {};
  if (texts > 1) return lacks("several turns", "{{messages}} or {{prompt}}");
  if (LastOf(request, Role::kSystem) != nullptr && !names.contains("system")) {
    return lacks("a system message", "{{system}}, {{messages}} or {{prompt}}");
  }
  return {};
}

// Only those that the body names. What the request does not set is absent.
Json VariablesOf(const ModelRequest& request, const std::string& model, const std::set<std::string>& names) {
  Json variables{Json::Object{}};
  const auto set = [&](const char* name, auto&& make) {
    if (names.contains(name)) variables.Set(name, make());
  };
  set("messages", [&] {
    Json::Array messages;
    for (const Message& message : request.messages) messages.push_back(ChatMessage(message));
    return Json(std::move(messages));
  });
  set("prompt", [&] { return Json(JoinedTexts(request, std::nullopt)); });
  set("system", [&] { return Json(JoinedTexts(request, Role::kSystem)); });
  set("user", [&] {
    const Message* user = LastOf(request, Role::kUser);
    return Json(user == nullptr ? std::string() : user->content);
  });
  set("model", [&] { return Json(model); });
  const Sampling& sampling = request.sampling;
  if (!request.tools.empty()) set("tools", [&] { return FunctionTools(request.tools); });
  if (!request.tool_choice.empty()) set("tool_choice", [&] { return ChatToolChoice(request.tool_choice); });
  if (sampling.temperature) set("sampling.temperature", [&] { return Json(*sampling.temperature); });
  if (sampling.top_p) set("sampling.top_p", [&] { return Json(*sampling.top_p); });
  if (sampling.max_tokens) set("sampling.max_tokens", [&] { return Json(*sampling.max_tokens); });
  if (sampling.seed) set("sampling.seed", [&] { return Json(*sampling.seed); });
  if (!sampling.stop.empty()) {
    set("sampling.stop", [&] { return Json(Json::Array(sampling.stop.begin(), sampling.stop.end())); });
  }
  return variables;
}

// Nothing for what is left out.
Result<std::optional<Json>> RenderPart(const BodyTemplate::Part& part, const Json& variables) {
  if (!part.variable.empty()) {
    const Json* value = variables.Find(part.variable);
    return value == nullptr ? std::nullopt : std::optional<Json>(*value);
  }
  if (part.text) {
    const auto is_absent = [&](const std::string& name) { return variables.Find(name) == nullptr; };
    if (std::ranges::any_of(part.text->RequiredFields(), is_absent)) return std::nullopt;
    ASSAY_ASSIGN(std::string text, part.text->Render(variables));
    return Json(std::move(text));
  }
  if (part.names.empty()) return part.constant;
  Json::Array list;
  Json::Object mapping;
  for (std::size_t i = 0; i < part.elements.size(); ++i) {
    ASSAY_ASSIGN(std::optional<Json> element, RenderPart(part.elements[i], variables));
    if (!element) continue;
    if (part.keys.empty()) {
      list.push_back(*std::move(element));
    } else {
      mapping.emplace_back(part.keys[i], *std::move(element));
    }
  }
  return part.keys.empty() ? Json(std::move(list)) : Json(std::move(mapping));
}

}  // namespace

void BodyTemplate::Check(const Node& body, Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.size();
  if (!body.is_string()) CheckTemplates(body, diagnostics);
  if (diagnostics.size() != before) return;
  if (const auto compiled = Compile(body); !compiled) diagnostics.Add(body.At(compiled.error().message));
}

Result<BodyTemplate> BodyTemplate::Compile(const Node& body) {
  ASSAY_ASSIGN(const Json value, JsonOfBody(body));
  ASSAY_ASSIGN(Part root, CompilePart(value));
  ASSAY_TRY(CheckWhole(value, root.names));
  return BodyTemplate(std::make_shared<const Part>(std::move(root)));
}

bool BodyTemplate::Names(const std::string& variable) const { return root_->names.contains(variable); }

Result<std::string> BodyTemplate::Render(const ModelRequest& request, const std::string& model) const {
  ASSAY_TRY(CheckPlaces(request, root_->names));
  const Json variables = VariablesOf(request, model, root_->names);
  ASSAY_ASSIGN(const std::optional<Json> body, RenderPart(*root_, variables));
  return body->Dump();
}

}  // namespace assay
