#include "runners/graders/safety/judged_texts.h"

#include "core/json.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/safety/search_text.h"

namespace assay {
namespace {

void AddLeaves(const Json& value, std::string& out) {
  if (value.is_array()) {
    for (const Json& element : value.as_array()) AddLeaves(element, out);
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.as_object()) {
      // `password: hunter2` is a secret by its name.
      if (member.is_string()) out += key + ": ";
      AddLeaves(member, out);
    }
  } else if (!value.is_null()) {
    out += (value.is_string() ? value.as_string() : value.Dump()) + "\n";
  }
}

}  // namespace

std::vector<JudgedText> JudgedTexts(const Response& response) {
  std::vector<JudgedText> texts = {{response.text, 0}};
  for (std::size_t i = 0; i < response.tool_calls.size(); ++i) {
    const std::string& arguments = response.tool_calls[i].arguments;
    const Result<Json> parsed = Json::Parse(arguments);
    JudgedText text{"", static_cast<int>(i) + 1};
    if (parsed) {
      AddLeaves(*parsed, text.text);
    } else {
      text.text = arguments;
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

bool SaysNothing(const Response& response) {
  if (TrimBlanks(response.text).empty()) return true;
  return TrimBlanks(SearchText::Visible(response.text.substr(0, 4096)).text()).empty() &&
         TrimBlanks(SearchText::Visible(response.text).text()).empty();
}

}  // namespace assay
