#include "runners/cached_endpoint.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "core/digest.h"
#include "runners/endpoints/json_reply.h"

namespace assay {

namespace asio = boost::asio;

namespace {

Json CountOrNull(const std::optional<std::int64_t>& count) { return count ? Json(*count) : Json(); }

Json TokenJson(const TokenLogprob& token) { return Json(Json::Array{token.token, token.logprob}); }

Json LogprobsJson(const std::vector<AnswerToken>& tokens) {
  Json::Array list;
  for (const AnswerToken& token : tokens) {
    Json::Array each = {TokenJson(token.chosen)};
    for (const TokenLogprob& alternative : token.alternatives) each.push_back(TokenJson(alternative));
    list.emplace_back(std::move(each));
  }
  return Json(std::move(list));
}

std::optional<TokenLogprob> TokenFrom(const Json& json) {
  if (!json.is_array() || json.as_array().size() != 2) return std::nullopt;
  const Json& token = json.as_array()[0];
  const Json& logprob = json.as_array()[1];
  if (!token.is_string() || !logprob.is_number()) return std::nullopt;
  return TokenLogprob{.token = token.as_string(), .logprob = logprob.as_number()};
}

bool ReadLogprobs(const Json* list, std::vector<AnswerToken>& out) {
  if (list == nullptr || !list->is_array()) return false;
  for (const Json& each : list->as_array()) {
    if (!each.is_array() || each.as_array().empty()) return false;
    AnswerToken& token = out.emplace_back();
    bool is_first = true;
    for (const Json& one : each.as_array()) {
      const auto read = TokenFrom(one);
      if (!read) return false;
      if (is_first) {
        token.chosen = *read;
      } else {
        token.alternatives.push_back(*read);
      }
      is_first = false;
    }
  }
  return true;
}

constexpr std::string_view kSides[] = {"input", "output"};
constexpr std::string_view kOutcomes[] = {"flagged", "blocked", "failed"};

Json GuardrailsJson(const std::vector<GuardrailFinding>& findings) {
  Json::Array list;
  for (const GuardrailFinding& finding : findings) {
    list.push_back(Json::Array{kSides[static_cast<std::size_t>(finding.side)],
                               kOutcomes[static_cast<std::size_t>(finding.outcome)], finding.category});
  }
  return Json(std::move(list));
}

bool ReadGuardrails(const Json* list, std::vector<GuardrailFinding>& out) {
  if (list == nullptr || !list->is_array()) return false;
  for (const Json& each : list->as_array()) {
    if (!each.is_array() || each.as_array().size() != 3) return false;
    const Json::Array& words = each.as_array();
    if (!std::ranges::all_of(words, &Json::is_string)) return false;
    const auto side = std::ranges::find(kSides, words[0].as_string());
    const auto outcome = std::ranges::find(kOutcomes, words[1].as_string());
    if (side == std::end(kSides) || outcome == std::end(kOutcomes)) return false;
    out.push_back({.side = static_cast<GuardrailFinding::Side>(side - std::begin(kSides)),
                   .outcome = static_cast<GuardrailFinding::Outcome>(outcome - std::begin(kOutcomes)),
                   .category = words[2].as_string()});
  }
  return true;
}

bool ReadCalls(const Json* list, std::vector<ToolCall>& out) {
  if (list == nullptr || !list->is_array()) return false;
  for (const Json& call : list->as_array()) {
    if (!call.is_object()) return false;
    out.push_back({.name = std::string(TextAt(call, "name")),
                   .arguments = std::string(TextAt(call, "arguments")),
                   .id = std::string(TextAt(call, "id"))});
  }
  return true;
}

}  // namespace

asio::awaitable<Result<Response>> CachedEndpoint::Complete(const ModelRequest& request, Deadline deadline,
                                                           Sender sender) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const std::string fingerprint = request.cached_for.empty() ? "" : endpoint_->Fingerprint(request);
  if (fingerprint.empty()) co_return co_await endpoint_->Complete(request, deadline, std::move(sender));
  // With the lifetime: whoever sets another one elsewhere does not let go of the answers of this suite.
  const std::string digest =
      Sha256Hex(scope_ + "\n" + fingerprint + "\n" + request.cached_for + "\n" + FormatDuration(ttl_));
  if (use_ == Use::kFindAndKeep) {
    auto finding = cache_.Find(digest, ttl_);
    std::optional<Response> found = co_await std::move(finding);
    if (found) {
      found->is_cached = true;
      found->attempts = 0;
      found->retries = 0;
      co_return *std::move(found);
    }
  }
  Result<Response> response = co_await endpoint_->Complete(request, deadline, std::move(sender));
  // Whatever its end: an answer that is graded is an answer, and to ask only for what failed would be a second draw.
  if (response) cache_.Keep(digest, *response, ttl_);
  co_return response;
}

std::string CachedText(const Response& response) {
  Json::Array calls;
  for (const ToolCall& call : response.tool_calls)
    calls.push_back(Json::Of({{"name", call.name}, {"arguments", call.arguments}, {"id", call.id}}));
  return Json::Of({{"text", response.text},
                   {"tool_calls", std::move(calls)},
                   {"finish_reason", response.finish_reason},
                   {"tokens_in", CountOrNull(response.usage.tokens_in)},
                   {"tokens_out", CountOrNull(response.usage.tokens_out)},
                   {"tokens_in_cached", CountOrNull(response.usage.tokens_in_cached)},
                   {"cost_usd", response.cost_usd ? Json(*response.cost_usd) : Json()},
                   {"logprobs", LogprobsJson(response.logprobs)},
                   {"guardrails", GuardrailsJson(response.guardrails)}})
      .Dump();
}

Result<Response> ResponseFromCachedText(const std::string& text) {
  ASSAY_ASSIGN(const Json json, Json::Parse(text));
  Response response;
  const Json* answer = json.Find("text");
  if (answer == nullptr || !answer->is_string() || !ReadCalls(json.Find("tool_calls"), response.tool_calls) ||
      !ReadLogprobs(json.Find("logprobs"), response.logprobs) ||
      !ReadGuardrails(json.Find("guardrails"), response.guardrails)) {
    return Fail(ErrorCode::kInvalidArgument, "a text that is no response of the cache");
  }
  response.text = answer->as_string();
  response.finish_reason = TextAt(json, "finish_reason");
  response.usage = {.tokens_in = CountAt(json, "tokens_in"),
                    .tokens_out = CountAt(json, "tokens_out"),
                    .tokens_in_cached = CountAt(json, "tokens_in_cached")};
  if (const Json* cost = json.Find("cost_usd"); cost != nullptr && cost->is_number())
    response.cost_usd = cost->as_number();
  return response;
}

}  // namespace assay
