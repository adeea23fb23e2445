#include "runners/converse.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <optional>
#include <utility>

#include "core/finish_reason.h"
#include "runners/endpoints/endpoint.h"
#include "runners/graders/frame/reason.h"

namespace assay {

namespace asio = boost::asio;

namespace {

template <class Number>
void AddUp(std::optional<Number>& sum, const std::optional<Number>& more) {
  // Of a sum with an unknown part only a lower bound is known.
  sum = sum && more ? std::optional<Number>(*sum + *more) : std::nullopt;
}

// `sums` of the answers so far, with those of `next` added; the rest is that of `next`.
Response Continued(const Response& sums, Response next) {
  next.latency += sums.latency;
  next.attempts += sums.attempts;
  next.retries += sums.retries;
  AddUp(next.usage.tokens_in, sums.usage.tokens_in);
  AddUp(next.usage.tokens_out, sums.usage.tokens_out);
  AddUp(next.cost_usd, sums.cost_usd);
  next.is_cached = next.is_cached || sums.is_cached;
  for (const GuardrailFinding& finding : sums.guardrails) {
    if (std::ranges::find(next.guardrails, finding) == next.guardrails.end()) next.guardrails.push_back(finding);
  }
  return next;
}

std::string TurnOf(std::size_t turn, std::size_t turns) {
  return turns == 1 ? "" : "turn " + std::to_string(turn + 1) + " of " + std::to_string(turns) + ": ";
}

// Whether the user's next turn may follow. The turns after half an answer, or none, would be graded as if the model had
// had its say: what is measured then is the limit or the filter that cut it.
Status CheckMiddleAnswer(const Response& answer) {
  const auto fail = [](const std::string& what) { return Fail(ErrorCode::kFailedPrecondition, what); };
  if (!answer.tool_calls.empty()) {
    return fail("the model called tool " + Quoted(answer.tool_calls.front().name) +
                " in the middle of a scripted conversation, where nothing answers");
  }
  const std::string reason =
      "finish_reason " + Quoted(answer.finish_reason) + "; the conversation cannot go on after it";
  if (IsCutOff(answer.finish_reason)) return fail("the answer was cut off: " + reason);
  if (!IsWholeEnd(answer.finish_reason)) return fail("the answer is not whole: " + reason);
  if (answer.text.find_first_not_of(" \t\r\n") == std::string::npos) {
    return fail("the answer is empty; the conversation cannot go on after it");
  }
  return {};
}

// Adds an answer, and what is said after it, to a conversation.
Status GoOn(const Response& answer, std::vector<Message>& next, std::vector<Message>& messages) {
  ASSAY_TRY(CheckMiddleAnswer(answer));
  const auto before = std::ssize(messages);
  messages.push_back({.role = Role::kAssistant, .content = answer.text});
  for (Message& message : next) messages.push_back(std::move(message));
  std::size_t bytes = 0;
  for (const Message& message : messages) bytes += TextBytes(message);
  if (bytes <= kMaxConversationBytes) return {};
  messages.erase(messages.begin() + before, messages.end());
  return Fail(ErrorCode::kResourceExhausted,
              "the conversation has more than " + std::to_string(kMaxConversationBytes >> 20) + " MiB of text");
}

// What the answers of a conversation cost, told when it comes to no end, for whatever reason.
struct SpentInVain {
  ~SpentInVain() {
    if (usd > 0 && guard != nullptr) guard->OnCharged(usd);
  }
  SendGuard* guard = nullptr;
  double usd = 0;
};

// Passes on what is said of the requests, and keeps the answer that counts as none.
class DrawnAnswer final : public SendGuard {
 public:
  explicit DrawnAnswer(SendGuard* outer) : outer_(outer) {}
  Status Begin() override { return outer_ == nullptr ? Status() : outer_->Begin(); }
  void End(bool was_answered, bool may_be_charged) override {
    if (outer_ != nullptr) outer_->End(was_answered, may_be_charged);
  }
  void OnCharged(double usd) override {
    if (outer_ != nullptr) outer_->OnCharged(usd);
  }
  void OnDrawn(const Response& answer) override { answer_ = answer; }
  std::optional<Response> Take() { return std::exchange(answer_, std::nullopt); }

 private:
  SendGuard* const outer_;
  std::optional<Response> answer_;
};

void AddTranscript(std::vector<Message>& messages, std::size_t turns, Response& response) {
  if (turns > 1) response.transcript = ForTranscript(std::move(messages));
}

}  // namespace

std::vector<Message> ForTranscript(std::vector<Message> messages) {
  for (Message& message : messages) {
    for (Image& image : message.images) {
      if (image.base64.empty()) continue;
      image.base64 = std::string();
      if (image.file.empty()) image.file = "data of " + image.media_type;
    }
  }
  return messages;
}

asio::awaitable<std::expected<Response, ConversationFailure>> Converse(ConverseContext context, Dialogue dialogue) {
  ModelRequest request{
      .messages = std::move(dialogue.turns.front()), .sampling = context.sampling, .tools = std::move(dialogue.tools)};
  if (!request.tools.empty()) request.tool_choice = context.tool_choice;
  const std::size_t turns = dialogue.turns.size();
  // Times and costs of several turns are sums, which one from the cache would spoil.
  if (turns == 1) request.cached_for = context.case_id;
  std::optional<Response> sums;
  SpentInVain spent{.guard = context.sender.guard};
  DrawnAnswer drawn(context.sender.guard);
  context.sender.guard = &drawn;
  for (std::size_t turn = 0; turn < turns; ++turn) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      co_return std::unexpected(ConversationFailure{.error = {ErrorCode::kCancelled, "cancelled", std::nullopt}});
    }
    auto asking = context.endpoint.Complete(request, context.deadline, context.sender);
    Result<Response> answer = co_await std::move(asking);
    if (answer) spent.usd += answer->cost_usd.value_or(0);
    if (answer && sums) answer = Continued(*sums, *std::move(answer));
    Status outcome;
    if (!answer) outcome = Fail(std::move(answer).error());
    const bool is_last = turn + 1 == turns;
    if (answer && !is_last) outcome = GoOn(*answer, dialogue.turns[turn + 1], request.messages);
    if (outcome) {
      sums = *std::move(answer);
      continue;
    }
    ConversationFailure failure{.error = std::move(outcome).error(), .was_answered = answer.has_value()};
    const bool is_of_the_run = failure.error.code == ErrorCode::kAborted;
    if (!is_of_the_run) failure.error.message = TurnOf(turn, turns) + failure.error.message;
    failure.answer = answer ? *std::move(answer) : drawn.Take();
    if (failure.answer) {
      if (sums && !failure.was_answered) failure.answer = Continued(*sums, *std::move(failure.answer));
      AddTranscript(request.messages, turns, *failure.answer);
      if (failure.answer->cost_usd) spent.usd = 0;
    }
    co_return std::unexpected(std::move(failure));
  }
  AddTranscript(request.messages, turns, *sums);
  spent.usd = 0;
  co_return *std::move(sums);
}

}  // namespace assay
