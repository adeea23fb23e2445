#include "runners/graders/judges/asking.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/finish_reason.h"
#include "runners/endpoints/endpoint.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"

namespace assay {
namespace {

// A reply that was cut off may end in the beginning of a verdict: "[[1" of "[[10]]".
bool IsUsable(const Response& reply) { return IsWholeEnd(reply.finish_reason); }

std::string Rationale(std::string_view reply, const Fence& fence) {
  const std::string text = fence.WithoutFenced(reply);
  std::string kept;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = TrimBlanks(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (line.empty() || line.find(fence.token()) != std::string_view::npos) continue;
    kept += (kept.empty() ? "" : " ") + std::string(line);
  }
  return kept;
}

std::string NameOf(const Image& image) {
  constexpr std::size_t kMaxShown = 500;
  if (!image.url.empty()) return CutText(image.url, kMaxShown);
  return CutText(image.file.empty() ? "data of " + image.media_type : image.file, kMaxShown);
}

void AddTextsOf(const std::vector<ToolCall>& calls, std::vector<std::string_view>& texts) {
  for (const ToolCall& call : calls) {
    texts.push_back(call.name);
    texts.push_back(call.arguments);
  }
}

}  // namespace

std::optional<std::shared_ptr<Endpoint>> JudgeEndpoint(const std::string& model, const Node& node,
                                                       const GraderPlace& place, Diagnostics& diagnostics) {
  if (place.services == nullptr || !place.services->endpoint) return std::shared_ptr<Endpoint>();
  auto found = place.services->endpoint(model);
  if (found) return *std::move(found);
  diagnostics.Add(node.Find("endpoint").value_or(node).At(found.error().message));
  return std::nullopt;
}

void CheckSampling(const Sampling& sampling, const VerdictForm& form, const Node& node, Diagnostics& diagnostics) {
  const auto given = node.Find("sampling");
  const Node place = given.value_or(node);
  if (sampling.max_tokens && *sampling.max_tokens < form.LeastTokens()) {
    diagnostics.Add(place.Find("max_tokens")
                        .value_or(place)
                        .At("leaves no room for a verdict; give the judge " + std::to_string(form.LeastTokens()) +
                            " tokens or more"));
  }
  const Node stops = place.Find("stop").value_or(place);
  for (std::size_t i = 0; i < sampling.stop.size(); ++i) {
    if (!form.IsCutBy(sampling.stop[i])) continue;
    diagnostics.Add((i < stops.size() ? stops.at(i) : stops).At("ends the reply before its verdict"));
  }
}

GradingOutcome UnansweredOutcome(Error error, const Endpoint& endpoint, bool has_reply) {
  const std::string what = has_reply ? "the judge answered in part only: " : "judge: ";
  GradingOutcome outcome{.score = Score::Broken(what + error.message)};
  if (!has_reply) outcome.score.label = Score::kUnanswered;
  outcome.endpoint_error = std::move(error);
  outcome.is_given_up = endpoint.State().is_given_up;
  return outcome;
}

boost::asio::awaitable<AskedVerdict> AskForVerdict(std::shared_ptr<Endpoint> endpoint, ModelRequest request,
                                                   VerdictForm form, Fence fence, GradingTerms terms,
                                                   AskedVerdict before) {
  AskedVerdict asked = std::move(before);
  asked.interruption.reset();
  const auto ask_to_repair = [&] {
    request.messages.push_back({.role = Role::kAssistant, .content = asked.reply.empty() ? "(nothing)" : asked.reply});
    request.messages.push_back(
        {.role = Role::kUser,
         .content =
             "Your reply has no verdict that can be read. Reply with the verdict only.\n" + form.Instruction(fence)});
  };
  if (asked.has_reply) ask_to_repair();
  for (int attempt = asked.has_reply ? 1 : 0; attempt < 2; ++attempt) {
    auto answering = endpoint->Complete(request, terms.deadline, terms.sender);
    auto answered = co_await std::move(answering);
    if (!answered) {
      Error error = std::move(answered).error();
      const bool is_interrupted = error.code == ErrorCode::kCancelled || error.code == ErrorCode::kAborted;
      (is_interrupted ? asked.interruption : asked.endpoint_error) = std::move(error);
      co_return asked;
    }
    terms.Charge(answered->cost_usd);
    asked.has_reply = true;
    asked.model = std::move(answered->model);
    const bool is_usable = IsUsable(*answered);
    asked.reply = std::move(answered->text);
    asked.rationale = Rationale(asked.reply, fence);
    if (is_usable) asked.verdict = form.Read(asked.reply, fence);
    if (asked.verdict) {
      asked.weighed = WeighedValue(*asked.verdict, answered->logprobs, form);
      co_return asked;
    }
    ask_to_repair();
  }
  co_return asked;
}

Json EvidenceOf(const AskedVerdict& asked, std::size_t reply_bytes) {
  return Json::Of({{"verdict", asked.verdict ? Json(asked.verdict->word) : Json()},
                   {"answered_by", asked.model.empty() ? Json() : Json(asked.model)},
                   {"reply", CutText(asked.reply, reply_bytes)}});
}

Json KeptVerdict(const AskedVerdict& asked, std::size_t reply_bytes) {
  Json kept = EvidenceOf(asked, reply_bytes);
  kept.Set("rationale", CutText(asked.rationale, reply_bytes));
  if (asked.weighed) kept.Set("weighed", *asked.weighed);
  if (asked.interruption) kept.Set("unfinished", true);
  return kept;
}

std::vector<AskedVerdict> VerdictsKeptIn(std::string_view evidence, std::string_view key, const VerdictForm& form) {
  if (evidence.empty()) return {};
  const auto json = Json::Parse(evidence);
  const Json* list = json ? json->Find(key) : nullptr;
  if (list == nullptr || !list->is_array()) return {};
  std::vector<AskedVerdict> verdicts;
  for (const Json& kept : list->as_array()) {
    const auto text = [&](std::string_view name) {
      const Json* value = kept.Find(name);
      return value != nullptr && value->is_string() ? value->as_string() : std::string();
    };
    AskedVerdict& asked = verdicts.emplace_back();
    asked.has_reply = true;
    asked.model = text("answered_by");
    asked.reply = text("reply");
    asked.rationale = text("rationale");
    asked.verdict = form.Meaning(text("verdict"));
    if (const Json* weighed = kept.Find("weighed"); weighed != nullptr && weighed->is_number())
      asked.weighed = weighed->as_number();
    if (kept.Find("unfinished") != nullptr) asked.interruption = Error{ErrorCode::kCancelled, "", std::nullopt};
  }
  return verdicts;
}

GradingOutcome InterruptedOutcome(Error interruption, std::string evidence) {
  GradingOutcome outcome{.score = Score::Due("judge: " + interruption.message, std::move(evidence))};
  outcome.interruption = std::move(interruption);
  return outcome;
}

std::optional<double> WeighedValue(const JudgeVerdict& verdict, const std::vector<AnswerToken>& logprobs,
                                   const VerdictForm& form) {
  if (logprobs.empty()) return std::nullopt;
  // The last token whose text is the verdict, as a whole: verdicts of several tokens cannot be weighed.
  const auto reads_as = [&](std::string_view token) { return form.Meaning(token); };
  for (auto token = logprobs.rbegin(); token != logprobs.rend(); ++token) {
    const auto chosen = reads_as(token->chosen.token);
    if (!chosen || chosen->word != verdict.word) continue;
    std::map<std::string, std::pair<double, double>> by_word;  // probability, value
    const auto add = [&](const TokenLogprob& each) {
      const auto meaning = reads_as(each.token);
      if (!meaning || !std::isfinite(each.logprob)) return;
      auto& [probability, value] = by_word[meaning->word];
      probability = std::max(probability, std::exp(each.logprob));
      value = meaning->value;
    };
    add(token->chosen);
    for (const TokenLogprob& other : token->alternatives) add(other);
    double weight = 0;
    double sum = 0;
    for (const auto& [word, each] : by_word) {
      weight += each.first;
      sum += each.first * each.second;
    }
    if (weight <= 0) return std::nullopt;
    if (by_word.size() == 1) return by_word.begin()->second.second;  // to the last digit
    return sum / weight;
  }
  return std::nullopt;
}

std::string FencedCalls(const Fence& fence, std::string_view label, const std::vector<ToolCall>& calls) {
  std::string text;
  for (const ToolCall& call : calls) {
    if (!text.empty()) text += '\n';
    text += fence.Around(label, call.name + "(" + call.arguments + ")");
  }
  return text;
}

std::string FencedAnswer(const Fence& fence, std::string_view label, const Response& response) {
  std::string text = fence.Around(label, response.text);
  if (response.tool_calls.empty()) return text;
  return text + "\n" + FencedCalls(fence, std::string(label) + ": call of a tool", response.tool_calls);
}

std::string FencedConversation(const Fence& fence, std::string_view earlier, std::span<const Message> before,
                               const Response& response) {
  std::string text;
  std::size_t number = 0;
  const auto add = [&](Role role, const std::string& content, const std::vector<ToolCall>& calls,
                       const std::vector<Image>& images) {
    const std::string label = "conversation, message " + std::to_string(++number) + ": ";
    if (!text.empty()) text += '\n';
    text += fence.Around(label + std::string(Name(role)), content);
    for (const Image& image : images) text += "\n" + fence.Around(label + "image", NameOf(image));
    if (!calls.empty()) text += "\n" + FencedCalls(fence, label + "call of a tool", calls);
  };
  if (!earlier.empty()) text = fence.Around("conversation, all before message 1", earlier);
  for (const Message& message : before) add(message.role, message.content, message.tool_calls, message.images);
  add(Role::kAssistant, response.text, response.tool_calls, {});
  return text;
}

void AddTextsOf(const Response& response, std::vector<std::string_view>& texts) {
  texts.push_back(response.text);
  AddTextsOf(response.tool_calls, texts);
  AddTextsOf(response.transcript, texts);
}

void AddTextsOf(std::span<const Message> messages, std::vector<std::string_view>& texts) {
  for (const Message& message : messages) {
    texts.push_back(message.content);
    AddTextsOf(message.tool_calls, texts);
    for (const Image& image : message.images) {
      for (const std::string* part : {&image.url, &image.file, &image.media_type}) texts.push_back(*part);
    }
  }
}

}  // namespace assay
