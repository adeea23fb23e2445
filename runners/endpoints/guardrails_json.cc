#include "runners/endpoints/guardrails_json.h"

#include <algorithm>
#include <string>

#include "runners/endpoints/json_reply.h"

namespace assay {
namespace {

using Side = GuardrailFinding::Side;
using Outcome = GuardrailFinding::Outcome;

constexpr std::size_t kMaxFindings = 32;
constexpr std::size_t kMaxCategory = 64;

// Of an object, or of any of a list of them.
bool IsTrueAt(const Json& object, std::string_view key) {
  if (object.is_array()) {
    return std::ranges::any_of(object.as_array(), [&](const Json& each) { return IsTrueAt(each, key); });
  }
  const Json* value = object.Find(key);
  return value != nullptr && *value == Json(true);
}

// A word of somebody else's, for messages.
std::string CategoryWord(std::string_view category) {
  std::string word(category.substr(0, kMaxCategory));
  for (char& c : word) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    if (!is_plain) c = '_';
  }
  return word;
}

// Of [{category, probability, blocked}].
bool AddBlockedRatings(const Json* ratings, Side side, Response& response) {
  bool has_any = false;
  if (ratings == nullptr || !ratings->is_array()) return has_any;
  for (const Json& rating : ratings->as_array()) {
    if (!rating.is_object() || !IsTrueAt(rating, "blocked")) continue;
    AddGuardrail(side, Outcome::kBlocked, TextAt(rating, "category"), response);
    has_any = true;
  }
  return has_any;
}

}  // namespace

void AddGuardrail(Side side, Outcome outcome, std::string_view category, Response& response) {
  GuardrailFinding finding{.side = side, .outcome = outcome, .category = CategoryWord(category)};
  std::vector<GuardrailFinding>& all = response.guardrails;
  if (all.size() < kMaxFindings && std::ranges::find(all, finding) == all.end()) all.push_back(std::move(finding));
}

void AddFilterResults(const Json* results, Side side, Response& response) {
  if (results == nullptr || !results->is_object()) return;
  for (const auto& [category, result] : results->as_object()) {
    if (category == "error" && result.is_object()) {
      // All of a side's failures are one: a list of them must not keep out what was found.
      AddGuardrail(side, Outcome::kFailed, "content_filter_error", response);
    } else if (IsTrueAt(result, "filtered")) {
      AddGuardrail(side, Outcome::kBlocked, category, response);
    } else if (IsTrueAt(result, "detected")) {
      AddGuardrail(side, Outcome::kFlagged, category, response);
    }
  }
}

void AddPromptFilterResults(const Json* list, Response& response) {
  if (list == nullptr || !list->is_array()) return;
  for (const Json& part : list->as_array()) {
    if (part.is_object()) AddFilterResults(part.Find("content_filter_results"), Side::kInput, response);
  }
}

void AddContentFilters(const Json* list, Response& response) {
  if (list == nullptr || !list->is_array()) return;
  for (const Json& filter : list->as_array()) {
    const Side side = TextAt(filter, "source_type") == "prompt" ? Side::kInput : Side::kOutput;
    const std::size_t before = response.guardrails.size();
    AddFilterResults(filter.Find("content_filter_results"), side, response);
    const bool is_unnamed = IsTrueAt(filter, "blocked") && response.guardrails.size() == before;
    if (is_unnamed) AddGuardrail(side, Outcome::kBlocked, "content_filter", response);
  }
}

std::optional<Response> BlockedPromptAnswer(const HttpResponse& answer) {
  if (answer.status != 400 || answer.body.find("content_filter") == std::string::npos) return std::nullopt;
  const auto document = Json::Parse(answer.body);
  if (!document || TextAt(*document, "error.code") != "content_filter") return std::nullopt;
  Response response;
  response.finish_reason = "content_filter";
  AddFilterResults(Find(*document, "error.innererror.content_filter_result"), Side::kInput, response);
  const auto is_blocked = [](const GuardrailFinding& finding) { return finding.outcome == Outcome::kBlocked; };
  if (std::ranges::none_of(response.guardrails, is_blocked)) {
    AddGuardrail(Side::kInput, Outcome::kBlocked, "content_filter", response);
  }
  return response;
}

void AddPromptFeedback(const Json& document, Response& response) {
  const bool has_category = AddBlockedRatings(Find(document, "promptFeedback.safetyRatings"), Side::kInput, response);
  const std::string_view reason = TextAt(document, "promptFeedback.blockReason");
  if (!reason.empty() && !has_category) AddGuardrail(Side::kInput, Outcome::kBlocked, reason, response);
}

void AddCandidateSafety(const Json& candidate, bool is_withheld, Response& response) {
  const bool has_category = AddBlockedRatings(candidate.Find("safetyRatings"), Side::kOutput, response);
  if (is_withheld && !has_category) {
    AddGuardrail(Side::kOutput, Outcome::kBlocked, TextAt(candidate, "finishReason"), response);
  }
}

}  // namespace assay
