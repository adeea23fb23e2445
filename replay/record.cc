#include "replay/record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <vector>

#include "core/digest.h"
#include "core/nearest_name.h"

namespace assay {
namespace {

std::unexpected<Error> Bad(std::string message) { return Fail(ErrorCode::kInvalidArgument, std::move(message)); }

Status CheckMembers(const Json& object, std::span<const std::string> known, std::string_view where) {
  for (const Json::Member& member : object.as_object()) {
    if (std::ranges::find(known, member.first) != known.end()) continue;
    std::string message = "unknown member \"" + member.first + "\" in " + std::string(where);
    if (const std::optional<std::string> near = NearestName(member.first, known)) {
      message += ", did you mean \"" + *near + "\"?";
    }
    return Bad(std::move(message));
  }
  return {};
}

// A present value; null counts as absent.
const Json* Present(const Json& object, std::string_view name) {
  const Json* value = object.Find(name);
  return value != nullptr && !value->is_null() ? value : nullptr;
}

Status CheckMessages(const Json* messages) {
  if (messages == nullptr) return Bad("\"messages\" is missing");
  if (!messages->is_array() || messages->as_array().empty()) {
    return Bad("\"messages\" is not a list of at least one message");
  }
  std::size_t position = 0;
  for (const Json& message : messages->as_array()) {
    const Json* role = message.Find("role");
    if (role == nullptr || !role->is_string()) {
      return Bad("messages[" + std::to_string(position) + "] has no \"role\" that is a text");
    }
    ++position;
  }
  return {};
}

// In the shape of the API; `id` and `type` may be left out in a record.
Result<Json> CheckToolCalls(const Json& calls, std::string_view id) {
  if (!calls.is_array()) return Bad("response.tool_calls is not a list");
  Json::Array out;
  for (const Json& call : calls.as_array()) {
    const std::string where = "response.tool_calls[" + std::to_string(out.size()) + "]";
    const Json* function = call.Find("function");
    const Json* name = function != nullptr ? function->Find("name") : nullptr;
    const Json* arguments = function != nullptr ? function->Find("arguments") : nullptr;
    if (name == nullptr || !name->is_string()) return Bad(where + ".function.name is not a text");
    if (arguments == nullptr || !arguments->is_string()) {
      return Bad(where + ".function.arguments is not a text holding JSON");
    }
    const Json* call_id = call.Find("id");
    Json rendered = Json::Of({});
    rendered.Set("id", call_id != nullptr && call_id->is_string()
                           ? *call_id
                           : Json("call-" + std::string(id) + "-" + std::to_string(out.size())));
    rendered.Set("type", "function");
    rendered.Set("function", Json::Of({{"name", *name}, {"arguments", *arguments}}));
    out.push_back(std::move(rendered));
  }
  return Json(std::move(out));
}

Result<Json> CheckUsage(const Json& usage) {
  if (!usage.is_object()) return Bad("response.usage is not an object");
  const std::array<std::string, 2> counted = {"prompt_tokens", "completion_tokens"};
  Json out = usage;
  std::int64_t total = 0;
  for (const std::string& name : counted) {
    const Json* count = usage.Find(name);
    if (count == nullptr || !count->is_integer() || count->as_integer() < 0 || count->as_integer() > (1ll << 40)) {
      return Bad("response.usage." + name + " is not a count of tokens");
    }
    total += count->as_integer();
  }
  if (usage.Find("total_tokens") == nullptr) out.Set("total_tokens", total);
  return out;
}

// `created` is 0: a recording has no time of its own, and the same record gives the same bytes.
Json Completion(std::string_view model, std::string_view id, Json message, std::string_view finish_reason) {
  Json choice = Json::Of({{"index", 0}, {"message", std::move(message)}, {"finish_reason", finish_reason}});
  return Json::Of({{"id", "chatcmpl-" + std::string(id)},
                   {"object", "chat.completion"},
                   {"created", 0},
                   {"model", model},
                   {"choices", Json::Array{std::move(choice)}}});
}

std::string FirstHalf(const std::string& text) {
  std::size_t end = text.size() / 2;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

RecordKey KeyOf(std::string_view model, const Json& messages, const Json* tools) {
  // Written member by member in the canonical order, which spares a copy of the messages.
  std::string text = "{\"messages\":" + messages.DumpCanonical() + ",\"model\":" + Json(model).DumpCanonical();
  const bool has_tools = tools != nullptr && !tools->is_null() && !(tools->is_array() && tools->as_array().empty());
  if (has_tools) text += ",\"tools\":" + tools->DumpCanonical();
  text += '}';
  const std::string digest = Sha256Hex(text);
  RecordKey key;
  std::from_chars(digest.data(), digest.data() + 16, key.high, 16);
  std::from_chars(digest.data() + 16, digest.data() + 32, key.low, 16);
  return key;
}

std::string HexOf(const RecordKey& key) {
  std::string text;
  for (const std::uint64_t word : {key.high, key.low}) {
    for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(word >> shift) & 0xF];
  }
  return text;
}

Result<Record> ParseRecord(std::string_view line) {
  static const std::vector<std::string> kMembers = {"model", "messages", "tools", "response"};
  static const std::vector<std::string> kResponseMembers = {"content", "tool_calls", "finish_reason", "usage"};
  ASSAY_ASSIGN(const Json record, Json::Parse(line));
  if (!record.is_object()) return Bad("a record is a JSON object, this is something else");
  ASSAY_TRY(CheckMembers(record, kMembers, "the record"));
  const Json* model = record.Find("model");
  if (model == nullptr || !model->is_string() || model->as_string().empty()) {
    return Bad("\"model\" is not the name of a model");
  }
  const Json* messages = record.Find("messages");
  ASSAY_TRY(CheckMessages(messages));
  const Json* tools = Present(record, "tools");
  if (tools != nullptr && !tools->is_array()) return Bad("\"tools\" is not a list");
  const Json* response = record.Find("response");
  if (response == nullptr || !response->is_object()) return Bad("\"response\" is not an object");
  ASSAY_TRY(CheckMembers(*response, kResponseMembers, "response"));

  Record out{.model = model->as_string(), .key = KeyOf(model->as_string(), *messages, tools), .body = ""};
  const std::string id = HexOf(out.key);
  const Json* content = Present(*response, "content");
  const Json* tool_calls = Present(*response, "tool_calls");
  if (content == nullptr && tool_calls == nullptr) return Bad("response has neither \"content\" nor \"tool_calls\"");
  if (content != nullptr && !content->is_string()) return Bad("response.content is not a text");
  Json message = Json::Of({{"role", "assistant"}, {"content", content != nullptr ? *content : Json()}});
  if (tool_calls != nullptr) {
    ASSAY_ASSIGN(Json calls, CheckToolCalls(*tool_calls, id));
    message.Set("tool_calls", std::move(calls));
  }
  std::string finish_reason = tool_calls != nullptr ? "tool_calls" : "stop";
  if (const Json* given = Present(*response, "finish_reason")) {
    if (!given->is_string()) return Bad("response.finish_reason is not a text");
    finish_reason = given->as_string();
  }
  Json completion = Completion(out.model, id, std::move(message), finish_reason);
  if (const Json* usage = Present(*response, "usage")) {
    ASSAY_ASSIGN(Json counts, CheckUsage(*usage));
    completion.Set("usage", std::move(counts));
  }
  out.body = completion.Dump();
  return out;
}

std::string RenderText(std::string_view model, std::string_view id, std::string_view content) {
  return Completion(model, id, Json::Of({{"role", "assistant"}, {"content", content}}), "stop").Dump();
}

std::string Truncated(std::string_view body) {
  Result<Json> parsed = Json::Parse(body);
  if (!parsed) return std::string(body);
  Json answer = *std::move(parsed);
  Json choice = answer.Find("choices")->as_array().front();
  Json message = *choice.Find("message");
  const Json content = *message.Find("content");
  if (content.is_string() && !content.as_string().empty()) {
    message.Set("content", FirstHalf(content.as_string()));
  } else if (const Json* calls = message.Find("tool_calls"); calls != nullptr && !calls->as_array().empty()) {
    Json cut = *calls;
    Json& last = cut.as_array().back();
    Json function = *last.Find("function");
    function.Set("arguments", FirstHalf(function.Find("arguments")->as_string()));
    last.Set("function", std::move(function));
    message.Set("tool_calls", std::move(cut));
  }
  choice.Set("message", std::move(message));
  choice.Set("finish_reason", "length");
  answer.Set("choices", Json::Array{std::move(choice)});
  return answer.Dump();
}

}  // namespace assay
