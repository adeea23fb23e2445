#include "runners/prompt.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "runners/graders/text_template.h"

namespace assay {

struct Prompt::Part {
  Role role;
  TextTemplate text;
};

Result<Prompt> Prompt::Compile(const SuiteSpec& suite) {
  if (suite.prompt.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "suite \"" + suite.name + "\" has no prompt: give it at least one message");
  }
  auto parts = std::make_shared<std::vector<Part>>();
  for (const PromptMessageSpec& message : suite.prompt) {
    Result<TextTemplate> text = TextTemplate::Compile(message.text());
    if (!text) {
      return Fail(text.error().code, "prompt[" + std::to_string(parts->size()) + "]." +
                                         std::string(Name(message.role())) + ": " + text.error().message);
    }
    parts->push_back({message.role(), *std::move(text)});
  }
  Prompt prompt;
  prompt.parts_ = std::move(parts);
  return prompt;
}

Result<std::vector<Message>> Prompt::Render(const Json& fields) const {
  std::vector<Message> messages;
  messages.reserve(parts_->size());
  for (const Part& part : *parts_) {
    Result<std::string> text = part.text.Render(fields);
    if (!text) return Fail(text.error());
    messages.push_back({part.role, *std::move(text)});
  }
  return messages;
}

std::vector<std::string> Prompt::RequiredFields() const {
  std::vector<std::string> fields;
  for (const Part& part : *parts_) {
    for (const std::string& field : part.text.RequiredFields()) {
      if (std::find(fields.begin(), fields.end(), field) == fields.end()) fields.push_back(field);
    }
  }
  return fields;
}

}  // namespace assay
