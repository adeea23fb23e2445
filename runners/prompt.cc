#include "runners/prompt.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "core/file.h"
#include "runners/graders/frame/text_template.h"
#include "runners/image_files.h"

namespace assay {

namespace fs = std::filesystem;

namespace {

// An image of a prompt: ready, or a template over the case.
struct PromptImage {
  std::optional<Image> ready;
  std::optional<TextTemplate> reference;
};

struct PromptPart {
  enum class Kind { kText, kMessages, kTurns, kGenerate };
  Kind kind = Kind::kText;
  Role role = Role::kUser;
  std::optional<TextTemplate> text;
  std::vector<PromptImage> images;
  std::string field;  // of kMessages and kTurns
};

Result<PromptImage> CompileImage(const std::string& source, const fs::path& base_dir) {
  ASSAY_ASSIGN(TextTemplate text, TextTemplate::Compile(source));
  if (!text.IsConstant()) return PromptImage{.ready = std::nullopt, .reference = std::move(text)};
  ASSAY_ASSIGN(Image image, ReadImageReference(source));
  if (image.file.empty()) return PromptImage{.ready = std::move(image), .reference = std::nullopt};
  ASSAY_ASSIGN(Image read, ReadImageFile(base_dir / image.file));
  read.file = image.file;
  return PromptImage{.ready = std::move(read), .reference = std::nullopt};
}

Result<PromptPart> CompilePart(const PromptMessageSpec& entry, const fs::path& base_dir) {
  PromptPart part;
  if (entry.generate) {
    part.kind = PromptPart::Kind::kGenerate;
  } else if (entry.messages) {
    part.kind = PromptPart::Kind::kMessages;
    part.field = *entry.messages;
  } else if (entry.turns) {
    part.kind = PromptPart::Kind::kTurns;
    part.field = *entry.turns;
  } else {
    part.role = entry.role();
    ASSAY_ASSIGN(part.text, TextTemplate::Compile(entry.text()));
  }
  for (const std::string& source : entry.images) {
    ASSAY_ASSIGN(PromptImage image, CompileImage(source, base_dir));
    part.images.push_back(std::move(image));
  }
  return part;
}

std::string PlaceOf(const PromptMessageSpec& entry, std::size_t index) {
  const std::string place = "prompt[" + std::to_string(index) + "]";
  return entry.is_text() ? place + "." + std::string(Name(entry.role())) : place;
}

Result<std::vector<Tool>> CompileTools(const SuiteSpec& suite, const fs::path& base_dir) {
  if (suite.tools_file) {
    ASSAY_ASSIGN(const std::string text, ReadFile(base_dir / *suite.tools_file));
    Result<std::vector<Tool>> tools = ReadTools(Json(text));
    if (!tools) return Fail(tools.error().code, "tools_file " + *suite.tools_file + ": " + tools.error().message);
    return tools;
  }
  std::vector<Tool> tools;
  for (const ToolSpec& spec : suite.tools) {
    Json parameters = spec.parameters;
    if (parameters.is_null()) parameters = Json::Of({{"type", "object"}, {"properties", Json::Object{}}});
    tools.push_back({.name = spec.name, .description = spec.description, .parameters = std::move(parameters)});
  }
  return tools;
}

// The value of a field that must be read in a certain way.
template <class Value>
Result<Value> ReadCaseField(const Json& fields, const std::string& field, Result<Value> (*read)(const Json&)) {
  const Json* value = FindField(fields, field);
  if (value == nullptr || value->is_null()) {
    return Fail(ErrorCode::kFailedPrecondition, "the case has no field " + Json(field).Dump());
  }
  Result<Value> result = read(*value);
  if (!result) return Fail(result.error().code, "field " + Json(field).Dump() + ": " + result.error().message);
  return result;
}

// Puts the turns of a dialogue together.
class DialogueBuilder {
 public:
  DialogueBuilder() { dialogue_.turns.emplace_back(); }

  void Add(Message message) {
    ++messages_;
    bytes_ += TextBytes(message);
    dialogue_.turns.back().push_back(std::move(message));
  }
  void Generate() { dialogue_.turns.emplace_back(); }

  Result<Dialogue> Finish() && {
    if (messages_ + dialogue_.turns.size() > kMaxMessages || dialogue_.turns.size() > kMaxTurns) {
      return Fail(ErrorCode::kResourceExhausted, "a conversation has at most " + std::to_string(kMaxMessages) +
                                                     " messages and " + std::to_string(kMaxTurns) +
                                                     " generated answers");
    }
    if (bytes_ > kMaxConversationBytes) {
      return Fail(ErrorCode::kResourceExhausted,
                  "the conversation has more than " + std::to_string(kMaxConversationBytes >> 20) + " MiB of text");
    }
    return std::move(dialogue_);
  }

 private:
  Dialogue dialogue_;
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
};

Result<Message> RenderMessage(const PromptPart& part, const Json& fields) {
  Message message;
  message.role = part.role;
  ASSAY_ASSIGN(message.content, part.text->Render(fields));
  for (const PromptImage& image : part.images) {
    if (image.ready) {
      message.images.push_back(*image.ready);
      continue;
    }
    ASSAY_ASSIGN(const std::string reference, image.reference->Render(fields));
    Result<Image> found = ReadImageReference(reference);
    if (!found) return Fail(found.error().code, "image " + Json(reference).Dump() + " " + found.error().message);
    message.images.push_back(*std::move(found));
  }
  return message;
}

Status RenderPart(const PromptPart& part, const Json& fields, DialogueBuilder& builder) {
  switch (part.kind) {
    case PromptPart::Kind::kGenerate:
      builder.Generate();
      return {};
    case PromptPart::Kind::kText: {
      ASSAY_ASSIGN(Message message, RenderMessage(part, fields));
      builder.Add(std::move(message));
      return {};
    }
    case PromptPart::Kind::kMessages: {
      ASSAY_ASSIGN(std::vector<Message> messages, ReadCaseField(fields, part.field, &ReadConversation));
      for (Message& message : messages) builder.Add(std::move(message));
      return {};
    }
    case PromptPart::Kind::kTurns: {
      ASSAY_ASSIGN(std::vector<std::string> turns, ReadCaseField(fields, part.field, &ReadUserTurns));
      for (std::size_t i = 0; i < turns.size(); ++i) {
        if (i > 0) builder.Generate();
        builder.Add({.role = Role::kUser, .content = std::move(turns[i])});
      }
      return {};
    }
  }
  return {};
}

// With its length, so that no two lists of texts make one.
void Append(std::string& to, std::string_view text) {
  to += std::to_string(text.size());
  to += ':';
  to += text;
}

void AppendMessage(std::string& to, const Message& message) {
  Append(to, Name(message.role));
  Append(to, message.content);
  for (const Image& image : message.images) {
    for (const std::string* part : {&image.url, &image.base64, &image.file}) Append(to, *part);
  }
  if (!message.tool_calls.empty() || !message.tool_call_id.empty()) Append(to, ToJson(message).DumpCanonical());
}

}  // namespace

struct Prompt::Compiled {
  std::vector<PromptPart> parts;
  std::vector<Tool> tools;
  std::optional<std::string> tools_field;
};

Result<Prompt> Prompt::Compile(const SuiteSpec& suite, const fs::path& base_dir) {
  auto compiled = std::make_shared<Compiled>();
  for (const PromptMessageSpec& entry : suite.prompt) {
    Result<PromptPart> part = CompilePart(entry, base_dir);
    if (!part) {
      return Fail(part.error().code, PlaceOf(entry, compiled->parts.size()) + ": " + part.error().message);
    }
    compiled->parts.push_back(*std::move(part));
  }
  const auto is_message = [](const PromptPart& part) { return part.kind != PromptPart::Kind::kGenerate; };
  if (!std::ranges::any_of(compiled->parts, is_message)) {
    return Fail(ErrorCode::kInvalidArgument,
                "suite \"" + suite.name + "\" has no prompt: give it at least one message");
  }
  ASSAY_ASSIGN(compiled->tools, CompileTools(suite, base_dir));
  compiled->tools_field = suite.tools_field;
  Prompt prompt;
  prompt.compiled_ = std::move(compiled);
  return prompt;
}

Result<Dialogue> Prompt::Render(const Json& fields) const {
  DialogueBuilder builder;
  for (const PromptPart& part : compiled_->parts) ASSAY_TRY(RenderPart(part, fields, builder));
  ASSAY_ASSIGN(Dialogue dialogue, std::move(builder).Finish());
  dialogue.tools = compiled_->tools;
  if (compiled_->tools_field) {
    ASSAY_ASSIGN(dialogue.tools, ReadCaseField(fields, *compiled_->tools_field, &ReadTools));
  }
  return dialogue;
}

Result<std::string> Prompt::Question(const Json& fields) const {
  DialogueBuilder builder;
  for (const PromptPart& part : compiled_->parts) ASSAY_TRY(RenderPart(part, fields, builder));
  ASSAY_ASSIGN(const Dialogue dialogue, std::move(builder).Finish());
  std::string text;
  for (const std::vector<Message>& turn : dialogue.turns) {
    text += '|';
    for (const Message& message : turn) AppendMessage(text, message);
  }
  if (!compiled_->tools_field) return text;  // all cases have the same
  ASSAY_ASSIGN(const std::vector<Tool> tools, ReadCaseField(fields, *compiled_->tools_field, &ReadTools));
  for (const Tool& tool : tools) {
    for (const std::string& part : {tool.name, tool.description, tool.parameters.DumpCanonical()}) Append(text, part);
  }
  return text;
}

std::vector<std::string> Prompt::RequiredFields() const {
  std::vector<std::string> fields;
  const auto add = [&fields](const std::string& field) {
    if (std::ranges::find(fields, field) == fields.end()) fields.push_back(field);
  };
  for (const PromptPart& part : compiled_->parts) {
    if (!part.field.empty()) add(part.field);
    if (part.text) std::ranges::for_each(part.text->RequiredFields(), add);
    for (const PromptImage& image : part.images) {
      if (image.reference) std::ranges::for_each(image.reference->RequiredFields(), add);
    }
  }
  if (compiled_->tools_field) add(*compiled_->tools_field);
  return fields;
}

}  // namespace assay
