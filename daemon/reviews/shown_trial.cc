#include "daemon/reviews/shown_trial.h"

#include <algorithm>

#include "config/suite.h"

namespace assay {
namespace {

constexpr std::size_t kMostShownMessages = 200;
constexpr std::size_t kMostShownCalls = 100;

// Text of a field: strings as they are, lists of strings a line each, anything else as JSON.
std::string TextOfField(const Json* field) {
  if (field == nullptr || field->is_null()) return "";
  if (field->is_string()) return field->as_string();
  const bool is_texts = field->is_array() && std::ranges::all_of(field->as_array(), &Json::is_string);
  if (!is_texts) return field->Dump();
  std::string text;
  for (const Json& line : field->as_array()) text += (text.empty() ? "" : "\n\n") + line.as_string();
  return text;
}

bool EndsSentence(std::string_view text, std::size_t at) {
  if (text[at] == '\n') return true;
  const bool is_mark = text[at] == '.' || text[at] == '!' || text[at] == '?';
  return is_mark && at + 1 < text.size() && (text[at + 1] == ' ' || text[at + 1] == '\n');
}

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string> SentencesOf(std::string_view text) {
  std::vector<std::string> sentences;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size() && sentences.size() < ReviewBounds::kParts; ++at) {
    const bool is_last = at + 1 == text.size();
    if (!is_last && !EndsSentence(text, at)) continue;
    const std::string_view sentence = Trimmed(text.substr(begin, at + 1 - begin));
    if (!sentence.empty()) sentences.emplace_back(sentence);
    begin = at + 1;
  }
  return sentences;
}

std::string ResultOf(const Response& response, const ToolCall& call) {
  if (call.id.empty()) return "";
  for (const Message& message : response.transcript) {
    if (message.role == Role::kTool && message.tool_call_id == call.id) return message.content;
  }
  return "";
}

std::string TextOfMessage(const Message& message) {
  std::string text = message.content;
  for (const Image& image : message.images)
    text += (text.empty() ? "" : "\n") + std::string("[image ") + (image.url.empty() ? image.file : image.url) + "]";
  for (const ToolCall& call : message.tool_calls)
    text += (text.empty() ? "" : "\n") + call.name + "(" + call.arguments + ")";
  return text;
}

bool BeginsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0u) != 0x80u; }

}  // namespace

std::int64_t CharactersIn(std::string_view text) { return std::ranges::count_if(text, BeginsCharacter); }

std::string Shortened(std::string_view text) {
  if (text.size() <= ItemContent::kMostText) return std::string(text);
  std::size_t end = ItemContent::kMostText;
  while (end > 0 && !BeginsCharacter(text[end])) --end;
  return std::string(text.substr(0, end)) + "\n[" + std::to_string(text.size() - end) + " more bytes are not shown]";
}

bool HasOwnClaims(const Json& fields) {
  const Json* own = FindField(fields, "claims");
  return own != nullptr && own->is_array();
}

std::vector<ItemContent::Text> ClaimsOf(const Json& fields, std::string_view response) {
  std::vector<std::string> texts;
  if (HasOwnClaims(fields)) {
    for (const Json& claim : FindField(fields, "claims")->as_array()) {
      if (claim.is_string() && texts.size() < ReviewBounds::kParts) texts.push_back(claim.as_string());
    }
  } else {
    texts = SentencesOf(response);
  }
  std::vector<ItemContent::Text> claims;
  for (const std::string& text : texts) claims.push_back({"c" + std::to_string(claims.size() + 1), Shortened(text)});
  return claims;
}

ShownResponse ShownOf(std::string_view id, const Response& response) {
  ShownResponse shown{.id = std::string(id), .text = Shortened(response.text)};
  for (const ToolCall& call : response.tool_calls) {
    if (shown.calls.size() == kMostShownCalls) break;
    shown.calls.push_back({.id = "t" + std::to_string(shown.calls.size() + 1),
                           .tool = call.name,
                           .arguments = Shortened(call.arguments),
                           .result = Shortened(ResultOf(response, call))});
  }
  return shown;
}

ItemContent ShownCase(const Case& item, const std::vector<Message>& prompt, const std::vector<std::string>& slices) {
  ItemContent content;
  for (const Message& message : prompt) {
    if (content.prompt.size() == kMostShownMessages) break;
    content.prompt.push_back({std::string(Name(message.role)), Shortened(TextOfMessage(message))});
  }
  content.reference = Shortened(TextOfField(FindField(item.fields, "reference")));
  if (content.reference.empty()) content.reference = Shortened(TextOfField(FindField(item.fields, "expected")));
  content.context = Shortened(TextOfField(FindField(item.fields, "context")));
  for (const std::string& slice : slices) {
    if (slice == kProvenanceField) continue;  // who judges an answer does not know that its question was made up
    const std::string value = TextOfField(FindField(item.fields, slice));
    if (!value.empty()) content.fields.push_back({slice, Shortened(value)});
  }
  return content;
}

}  // namespace assay
