#include "runners/graders/structure/response_json.h"

#include "runners/graders/frame/target.h"

namespace assay {

std::expected<Json, Score> ResponseJson(const Response& response) {
  const std::string_view text = TrimBlanks(response.text);
  if (text.empty()) return std::unexpected(Score::Failing("the response is empty"));
  Result<Json> value = Json::Parse(response.text);
  if (value) return *std::move(value);
  const bool is_fenced = text.starts_with("```");
  return std::unexpected(
      Score::Failing((is_fenced ? "the response is wrapped in a code fence: " : "") + value.error().message));
}

}  // namespace assay
