#include "core/conversation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace assay {
namespace {

std::unexpected<Error> Wrong(const std::string& place, const std::string& message) {
  return Fail(ErrorCode::kInvalidArgument, place.empty() ? message : place + " " + message);
}

std::string Shown(const Json& value) {
  if (value.is_array()) return "a list";
  if (value.is_object()) return "an object";
  constexpr std::size_t kMaxShown = 40;
  const std::string text = value.Dump();
  return text.size() <= kMaxShown ? text : std::string(value.is_string() ? "a longer text" : "a longer value");
}

const std::string* TextMember(const Json& object, std::string_view key) {
  const Json* member = object.Find(key);
  return member != nullptr && member->is_string() ? &member->as_string() : nullptr;
}

const Json* Present(const Json& object, std::string_view key) {
  const Json* member = object.Find(key);
  return member != nullptr && !member->is_null() ? member : nullptr;
}

// The list that a field holds: as it is, or as text, where a format knows nothing but text.
Result<Json> ListOf(const Json& value, std::string_view what) {
  if (value.is_array()) return value;
  const std::string expected = "expected " + std::string(what);
  if (!value.is_string()) return Wrong("", expected + ", got " + Shown(value));
  Result<Json> parsed = Json::Parse(value.as_string());
  if (!parsed || !parsed->is_array()) return Wrong("", expected + ", got a text that is no such list as JSON");
  return parsed;
}

std::optional<Role> RoleOf(std::string_view word) {
  if (word == "system" || word == "developer") return Role::kSystem;
  if (word == "user") return Role::kUser;
  if (word == "assistant") return Role::kAssistant;
  if (word == "tool") return Role::kTool;
  return std::nullopt;
}

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// {"type": "image_url", "image_url": {"url"}}, or the text itself where other tools have it.
const std::string* AddressOfPart(const Json& part) {
  for (const char* key : {"image_url", "image"}) {
    const Json* member = part.Find(key);
    if (member == nullptr) continue;
    return member->is_object() ? TextMember(*member, "url") : TextMember(part, key);
  }
  return nullptr;
}

Status AddPart(const Json& part, const std::string& place, Message& message) {
  static constexpr std::array<std::string_view, 3> kTexts = {"text", "input_text", "output_text"};
  static constexpr std::array<std::string_view, 3> kImages = {"image_url", "image", "input_image"};
  const std::string* type = TextMember(part, "type");
  if (type == nullptr) return Wrong(place, "is no part with a \"type\"");
  if (std::ranges::find(kTexts, *type) != kTexts.end()) {
    const std::string* text = TextMember(part, "text");
    if (text == nullptr) return Wrong(place, "has no \"text\"");
    if (!message.content.empty()) message.content += "\n";
    message.content += *text;
    return {};
  }
  if (std::ranges::find(kImages, *type) == kImages.end()) {
    return Wrong(place + ".type", "is " + Shown(Json(*type)) + "; it is text or image_url");
  }
  if (message.role != Role::kUser) return Wrong(place, "is an image, which only a user may send");
  const std::string* address = AddressOfPart(part);
  if (address == nullptr) return Wrong(place, "has no address: write {type: image_url, image_url: {url: ...}}");
  auto image = ReadImageReference(*address);
  if (!image) return Wrong(place, image.error().message);
  message.images.push_back(*std::move(image));
  if (message.images.size() > kMaxImages) return Wrong(place, "is one image more than " + std::to_string(kMaxImages));
  return {};
}

Status ReadContent(const Json& entry, const std::string& place, Message& message) {
  const Json* content = Present(entry, "content");
  if (content == nullptr) {
    if (!message.tool_calls.empty()) return {};
    return Wrong(place, "has no \"content\"");
  }
  if (content->is_string()) {
    message.content = content->as_string();
    return {};
  }
  if (!content->is_array())
    return Wrong(place + ".content", "is " + Shown(*content) + "; it is text or a list of parts");
  for (std::size_t i = 0; i < content->as_array().size(); ++i) {
    ASSAY_TRY(AddPart(content->as_array()[i], place + ".content[" + std::to_string(i) + "]", message));
  }
  if (message.content.empty() && message.images.empty()) return Wrong(place + ".content", "has no part");
  return {};
}

// {"id", "function": {"name", "arguments"}}, or name and arguments beside the id; arguments as text or as an object.
Result<ToolCall> ReadToolCall(const Json& entry, const std::string& place) {
  const Json* function = Present(entry, "function");
  const bool is_nested = function != nullptr && function->is_object();
  const Json& call = is_nested ? *function : entry;
  const std::string* name = TextMember(call, "name");
  if (name == nullptr && function != nullptr && function->is_string()) name = &function->as_string();
  if (name == nullptr || name->empty()) return Wrong(place, "has no name of a function");
  const std::string* id = TextMember(entry, "id");
  if (id == nullptr || id->empty()) return Wrong(place, "has no \"id\", by which its answer would name it");
  const Json* arguments = Present(call, "arguments");
  std::string text = "{}";
  if (arguments != nullptr) text = arguments->is_string() ? arguments->as_string() : arguments->Dump();
  return ToolCall{.name = *name, .arguments = std::move(text), .id = *id};
}

Status ReadToolCalls(const Json& entry, const std::string& place, Message& message) {
  const Json* calls = Present(entry, "tool_calls");
  if (calls == nullptr) return {};
  if (message.role != Role::kAssistant) return Wrong(place + ".tool_calls", "can only be the assistant's");
  if (!calls->is_array()) return Wrong(place + ".tool_calls", "is " + Shown(*calls) + "; it is a list");
  for (std::size_t i = 0; i < calls->as_array().size(); ++i) {
    ASSAY_ASSIGN(ToolCall call, ReadToolCall(calls->as_array()[i], place + ".tool_calls[" + std::to_string(i) + "]"));
    message.tool_calls.push_back(std::move(call));
  }
  return {};
}

// Which call a tool's message answers.
Status ReadAnsweredCall(const Json& entry, const std::string& place, const std::vector<Message>& before,
                        Message& message) {
  const std::string* id = TextMember(entry, "tool_call_id");
  if (message.role != Role::kTool) {
    if (id != nullptr) return Wrong(place + ".tool_call_id", "can only be a tool's");
    return {};
  }
  if (id == nullptr) return Wrong(place, "has no \"tool_call_id\"");
  for (const Message& earlier : before) {
    const auto call = std::ranges::find(earlier.tool_calls, *id, &ToolCall::id);
    if (call == earlier.tool_calls.end()) continue;
    message.tool_call_id = *id;
    message.tool_name = call->name;
  }
  if (message.tool_call_id.empty())
    return Wrong(place + ".tool_call_id", Shown(Json(*id)) + " is of no call before it");
  return {};
}

Result<Message> ReadMessage(const Json& entry, const std::string& place, const std::vector<Message>& before) {
  if (!entry.is_object()) return Wrong(place, "is " + Shown(entry) + "; a message is {role, content}");
  for (const char* key : {"function_call", "audio"}) {
    if (Present(entry, key) != nullptr) return Wrong(place + "." + key, "is not supported");
  }
  const Json* word = Present(entry, "role");
  const auto role = word != nullptr && word->is_string() ? RoleOf(word->as_string()) : std::nullopt;
  if (!role) {
    const std::string given = word == nullptr ? "is missing" : "is " + Shown(*word);
    return Wrong(place + ".role", given + "; it is one of system, user, assistant, tool");
  }
  Message message;
  message.role = *role;
  ASSAY_TRY(ReadToolCalls(entry, place, message));
  ASSAY_TRY(ReadContent(entry, place, message));
  ASSAY_TRY(ReadAnsweredCall(entry, place, before, message));
  return message;
}

std::string AddressOf(const Image& image) {
  if (!image.url.empty()) return image.url;
  return image.file.empty() ? "data of " + image.media_type : image.file;
}

Result<Tool> ReadTool(const Json& entry, const std::string& place) {
  const Json* function = Present(entry, "function");
  const Json& tool = function != nullptr && function->is_object() ? *function : entry;
  if (const std::string* type = TextMember(entry, "type");
      type != nullptr && function == nullptr && *type != "function" && *type != "custom") {
    return Wrong(place + ".type", "is " + Shown(Json(*type)) + "; only functions can be offered");
  }
  const std::string* name = TextMember(tool, "name");
  if (name == nullptr) return Wrong(place, "has no \"name\"");
  if (const std::string fault = FaultOfToolName(*name); !fault.empty()) return Wrong(place + ".name", fault);
  Tool out{
      .name = *name, .description = "", .parameters = Json::Of({{"type", "object"}, {"properties", Json::Object{}}})};
  if (const std::string* text = TextMember(tool, "description")) out.description = *text;
  const Json* schema = Present(tool, "parameters");
  if (schema == nullptr) schema = Present(tool, "input_schema");
  if (schema == nullptr) return out;
  if (const std::string fault = FaultOfToolParameters(*schema); !fault.empty()) {
    return Wrong(place + ".parameters", fault);
  }
  out.parameters = *schema;
  return out;
}

}  // namespace

Result<std::vector<Message>> ReadConversation(const Json& value) {
  ASSAY_ASSIGN(const Json list, ListOf(value, "a list of messages {role, content}"));
  const Json::Array& entries = list.as_array();
  if (entries.empty()) return Wrong("", "the list of messages is empty");
  if (entries.size() > kMaxMessages) {
    return Fail(ErrorCode::kResourceExhausted, std::to_string(entries.size()) + " messages; at most " +
                                                   std::to_string(kMaxMessages) + " make a conversation");
  }
  std::vector<Message> messages;
  messages.reserve(entries.size());
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    ASSAY_ASSIGN(Message message, ReadMessage(entries[i], "[" + std::to_string(i) + "]", messages));
    bytes += TextBytes(message);
    messages.push_back(std::move(message));
  }
  if (bytes > kMaxConversationBytes) {
    return Fail(ErrorCode::kResourceExhausted,
                "the messages have more than " + std::to_string(kMaxConversationBytes >> 20) + " MiB of text");
  }
  return messages;
}

Json ToJson(const Message& message) {
  Json out = Json::Of({{"role", Name(message.role)}});
  if (message.images.empty()) {
    out.Set("content", message.content);
  } else {
    Json::Array parts;
    if (!message.content.empty()) parts.push_back(Json::Of({{"type", "text"}, {"text", message.content}}));
    for (const Image& image : message.images) {
      parts.push_back(Json::Of({{"type", "image_url"}, {"image_url", Json::Of({{"url", AddressOf(image)}})}}));
    }
    out.Set("content", Json(std::move(parts)));
  }
  if (!message.tool_calls.empty()) {
    Json::Array calls;
    for (const ToolCall& call : message.tool_calls) {
      calls.push_back(Json::Of({{"id", call.id},
                                {"type", "function"},
                                {"function", Json::Of({{"name", call.name}, {"arguments", call.arguments}})}}));
    }
    out.Set("tool_calls", Json(std::move(calls)));
  }
  if (!message.tool_call_id.empty()) out.Set("tool_call_id", message.tool_call_id);
  return out;
}

std::size_t TextBytes(const Message& message) {
  std::size_t bytes = message.content.size();
  for (const ToolCall& call : message.tool_calls) bytes += call.name.size() + call.arguments.size();
  return bytes;
}

Result<std::vector<std::string>> ReadUserTurns(const Json& value) {
  ASSAY_ASSIGN(const Json list, ListOf(value, "a list of texts, the turns of the user"));
  const Json::Array& entries = list.as_array();
  if (entries.empty()) return Wrong("", "the list of turns is empty");
  if (entries.size() > kMaxTurns) {
    return Fail(ErrorCode::kResourceExhausted,
                std::to_string(entries.size()) + " turns; at most " + std::to_string(kMaxTurns) + " are answered");
  }
  std::vector<std::string> turns;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string place = "[" + std::to_string(i) + "]";
    if (!entries[i].is_string()) return Wrong(place, "is " + Shown(entries[i]) + "; a turn is a text");
    if (IsBlank(entries[i].as_string())) return Wrong(place, "is blank");
    turns.push_back(entries[i].as_string());
  }
  return turns;
}

Result<std::vector<Tool>> ReadTools(const Json& value) {
  ASSAY_ASSIGN(const Json list, ListOf(value, "a list of tools {name, description, parameters}"));
  const Json::Array& entries = list.as_array();
  if (entries.size() > kMaxTools) {
    return Fail(ErrorCode::kResourceExhausted,
                std::to_string(entries.size()) + " tools; at most " + std::to_string(kMaxTools) + " can be offered");
  }
  std::vector<Tool> tools;
  std::set<std::string> names;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string place = "[" + std::to_string(i) + "]";
    ASSAY_ASSIGN(Tool tool, ReadTool(entries[i], place));
    if (!names.insert(tool.name).second) return Wrong(place + ".name", "\"" + tool.name + "\" is already defined");
    tools.push_back(std::move(tool));
  }
  return tools;
}

std::string FaultOfToolName(std::string_view name) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  if (!name.empty() && name.size() <= 64 && std::ranges::all_of(name, is_good)) return "";
  return Shown(Json(name)) + R"( is no name of a tool: use up to 64 letters, digits, "_", "-" and ".")";
}

std::string FaultOfToolParameters(const Json& schema) {
  if (!schema.is_object()) return "is " + Shown(schema) + "; it is the JSON Schema of an object";
  const Json* type = schema.Find("type");
  if (type != nullptr && *type == Json("object")) return "";
  if (type == nullptr) return R"(has no "type"; write {type: object, properties: ...})";
  return "has type " + Shown(*type) + "; the arguments of a tool are an object";
}

Result<Image> ReadImageReference(std::string_view text) {
  if (text.empty()) return Wrong("", "is an image without address");
  if (text.find('\0') != std::string_view::npos) return Wrong("", "is no name of an image");
  if (text.starts_with("http://") || text.starts_with("https://")) return Image{.url = std::string(text)};
  if (!text.starts_with("data:")) return Image{.file = std::string(text)};
  constexpr std::string_view kMark = ";base64,";
  const std::size_t mark = text.find(kMark);
  const std::string_view data = mark == std::string_view::npos ? "" : text.substr(mark + kMark.size());
  const auto is_base64 = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
           c == '=';
  };
  const std::string_view media_type = mark == std::string_view::npos ? "" : text.substr(5, mark - 5);
  if (data.empty() || !media_type.starts_with("image/") || media_type.size() > 64 ||
      !std::ranges::all_of(data, is_base64)) {
    return Wrong("", "is no image as data: write data:image/png;base64,...");
  }
  return Image{.base64 = std::string(data), .media_type = std::string(media_type)};
}

}  // namespace assay
