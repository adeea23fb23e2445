#include "review/interchange/training_rows.h"

#include <algorithm>
#include <cmath>

#include "core/conversation.h"

namespace assay {
namespace {

// What trainers take for something where they find it.
constexpr std::string_view kMeaningful[] = {
    "prompt", "chosen", "rejected", "label", "messages", "completion",          "completions",
    "labels", "tools",  "images",   "image", "margin",   "chat_template_kwargs"};

bool IsPair(TrainingForm form) { return form == TrainingForm::kDpo || form == TrainingForm::kReward; }

std::vector<std::string_view> ColumnsOf(TrainingForm form) {
  if (IsPair(form)) return {"prompt", "chosen", "rejected"};
  if (form == TrainingForm::kKto) return {"prompt", "completion", "label"};
  return {"prompt", "completion"};
}

bool IsBlankText(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

Json Answer(const std::string& text, PromptForm form) {
  if (form == PromptForm::kText) return Json(text);
  return Json(Json::Array{ToJson(Message{.role = Role::kAssistant, .content = text})});
}

Json Prompt(const std::vector<Message>& prompt, PromptForm form) {
  if (form == PromptForm::kText) return Json(prompt[0].content);
  Json::Array messages;
  for (const Message& message : prompt) messages.push_back(ToJson(message));
  return Json(std::move(messages));
}

std::string TextMember(const Json& message, std::string_view key) {
  const Json* member = message.Find(key);
  return member != nullptr && member->is_string() ? member->as_string() : "";
}

// A prompt that asks for an answer. The assistant's own last words are there to be continued.
bool IsPrompt(const Json& prompt) {
  if (prompt.is_string()) return !IsBlankText(prompt.as_string());
  if (!prompt.is_array() || prompt.as_array().empty()) return false;
  for (const Json& message : prompt.as_array()) {
    const std::string role = TextMember(message, "role");
    if (role != "system" && role != "user" && role != "assistant" && role != "tool") return false;
  }
  return TextMember(prompt.as_array().back(), "role") != "system";
}

bool IsAnswer(const Json& answer) {
  if (answer.is_string()) return !IsBlankText(answer.as_string());
  if (!answer.is_array() || answer.as_array().size() != 1) return false;
  const Json& message = answer.as_array()[0];
  return TextMember(message, "role") == "assistant" && !IsBlankText(TextMember(message, "content"));
}

}  // namespace

std::string_view FaultOfExample(const TrainingExample& example, TrainingForm form, PromptForm prompt_form) {
  if (example.prompt.empty()) return "empty_prompt";
  for (const Message& message : example.prompt) {
    if (!message.images.empty()) return "images";
    if (!message.tool_calls.empty() || message.role == Role::kTool) return "tools";
  }
  if (example.prompt.back().role != Role::kUser) return "prompt_ends_without_question";
  if (IsBlankText(example.prompt.back().content)) return "empty_prompt";
  if (prompt_form == PromptForm::kText && example.prompt.size() > 1) return "prompt_is_a_conversation";
  if (IsBlankText(example.chosen) || (IsPair(form) && IsBlankText(example.rejected))) return "empty_completion";
  if (IsPair(form) && example.chosen == example.rejected) return "identical_pair";
  return "";
}

Json RowOf(const TrainingExample& example, TrainingForm form, PromptForm prompt_form, std::string_view split) {
  Json row = Json::Of({{"prompt", Prompt(example.prompt, prompt_form)}});
  row.Set(IsPair(form) ? "chosen" : "completion", Answer(example.chosen, prompt_form));
  if (IsPair(form)) row.Set("rejected", Answer(example.rejected, prompt_form));
  if (form == TrainingForm::kKto) row.Set("label", example.is_desired.value_or(false));
  if (form == TrainingForm::kReward && example.margin) row.Set("margin", *example.margin);
  row.Set("meta", Json::Of({{"item", example.item},
                            {"case", example.case_id},
                            {"decision", example.decision},
                            {"rubric", example.rubric},
                            {"split", split},
                            {"weight", example.weight}}));
  return row;
}

std::string TrainingRowCheck::FaultOf(const Json& row) {
  if (!row.is_object()) return "columns";
  std::vector<std::string_view> needed = ColumnsOf(form_);
  std::vector<std::string> columns;
  for (const auto& [name, value] : row.as_object()) {
    columns.push_back(name);
    const bool is_own = std::erase(needed, name) > 0 || (form_ == TrainingForm::kReward && name == "margin");
    if (!is_own && std::ranges::find(kMeaningful, name) != std::end(kMeaningful)) return "column_" + name;
  }
  if (!needed.empty()) return "columns";
  const Json& prompt = *row.Find("prompt");
  const Json& chosen = *row.Find(IsPair(form_) ? "chosen" : "completion");
  const Json* rejected = row.Find("rejected");
  if (!IsPrompt(prompt)) return "prompt";
  if (!IsAnswer(chosen) || (rejected != nullptr && !IsAnswer(*rejected))) return "answer";
  if (rejected != nullptr && *rejected == chosen) return "identical_pair";
  if (form_ == TrainingForm::kKto && !row.Find("label")->is_bool()) return "label";
  const Json* margin = row.Find("margin");
  if (margin != nullptr && (!margin->is_number() || !std::isfinite(margin->as_number()))) return "margin";
  const bool is_text = prompt.is_string();
  const bool is_mixed = chosen.is_string() != is_text || (rejected != nullptr && rejected->is_string() != is_text);
  if (is_mixed || is_text_.value_or(is_text) != is_text) return "mixed_forms";
  std::ranges::sort(columns);
  if (!columns_.empty() && columns_ != columns) return "mixed_columns";
  is_text_ = is_text;
  columns_ = std::move(columns);
  return "";
}

}  // namespace assay
