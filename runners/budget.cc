#include "runners/budget.h"

#include <algorithm>

#include "core/money.h"
#include "runners/wakeup.h"

namespace assay {
namespace {

constexpr std::int64_t kAroundRequest = 64;
constexpr std::int64_t kAroundMessage = 16;
constexpr std::int64_t kMostOfAnImage = 65'536;  // of an image that is sent by its address: its size is not known
constexpr std::int64_t kShortestBound = 4'096;   // tokens of an answer without max_tokens

std::int64_t Bytes(const std::string& text) { return std::ssize(text); }

std::int64_t MostTokensOf(const Message& message) {
  std::int64_t tokens =
      kAroundMessage + Bytes(message.content) + Bytes(message.tool_call_id) + Bytes(message.tool_name);
  for (const Image& image : message.images) tokens += std::max(kMostOfAnImage, Bytes(image.base64) + Bytes(image.url));
  for (const ToolCall& call : message.tool_calls)
    tokens += kAroundMessage + Bytes(call.name) + Bytes(call.arguments) + Bytes(call.id);
  return tokens;
}

}  // namespace

std::int64_t MostTokensIn(const ModelRequest& request) {
  std::int64_t tokens = kAroundRequest;
  for (const Message& message : request.messages) tokens += MostTokensOf(message);
  for (const Tool& tool : request.tools)
    tokens += kAroundMessage + Bytes(tool.name) + Bytes(tool.description) + Bytes(tool.parameters.Dump());
  return tokens;
}

std::int64_t MostTokensIn(const std::string& text) { return kAroundMessage + Bytes(text); }

double RunBudget::MostFor(std::int64_t most_tokens_in, std::optional<std::int64_t> max_tokens) const {
  const double price_in = std::max(terms_.prices.input, terms_.prices.cached_input.value_or(0));
  const std::int64_t most_out =
      max_tokens ? std::max(*max_tokens, longest_too_long_) : std::max(kShortestBound, 2 * longest_answer_);
  return (static_cast<double>(terms_.fixed_tokens_in + most_tokens_in) * price_in +
          static_cast<double>(most_out) * terms_.prices.output) /
         1e6;
}

RunBudget::Reservation RunBudget::Reserve(std::int64_t most_tokens_in, std::optional<std::int64_t> max_tokens) {
  double most = 0;
  {
    const std::lock_guard lock(mutex_);
    most = MostFor(most_tokens_in, max_tokens);
  }
  const Answer answer = money_->Reserve(most);
  return {.answer = answer, .usd = answer == Answer::kGranted ? most : 0};
}

void RunBudget::Settle(double reserved, const Usage& usage, std::optional<double> cost_usd,
                       std::optional<std::int64_t> max_tokens) {
  money_->Settle(reserved, cost_usd);
  const std::lock_guard lock(mutex_);
  const std::int64_t tokens = usage.tokens_out.value_or(0);
  longest_answer_ = std::max(longest_answer_, tokens);
  if (max_tokens && tokens > *max_tokens) longest_too_long_ = std::max(longest_too_long_, tokens);
}

RunMoney::Answer RunMoney::Reserve(double most) {
  const std::lock_guard lock(mutex_);
  if (cause_ != Cause::kNone) return Answer::kSpent;
  if (spent_ + reserved_ + most <= usd_) {
    reserved_ += most;
    ++in_flight_;
    return Answer::kGranted;
  }
  if (in_flight_ > 0) return Answer::kMustWait;
  cause_ = Cause::kNoRoom;
  next_usd_ = most;
  return Answer::kSpent;
}

void RunMoney::Return(double reserved) {
  --in_flight_;
  reserved_ = in_flight_ == 0 ? 0 : reserved_ - reserved;  // sums of rounded numbers do not come back to 0
}

void RunMoney::Settle(double reserved, std::optional<double> cost_usd) {
  const std::lock_guard lock(mutex_);
  Return(reserved);
  spent_ += cost_usd.value_or(reserved);
  if (!cost_usd && cause_ == Cause::kNone) cause_ = Cause::kUnknownCost;
  NoteOverrun();
}

void RunMoney::Release(double reserved, bool may_be_charged) {
  const std::lock_guard lock(mutex_);
  Return(reserved);
  if (may_be_charged) spent_ += reserved;
  NoteOverrun();
}

// Answers can have more tokens than they may, and requests without an answer may have cost something.
void RunMoney::NoteOverrun() {
  constexpr double kRounding = 1 + 1e-9;
  if (spent_ > usd_ * kRounding && cause_ == Cause::kNone) cause_ = Cause::kOverrun;
}

std::string RunMoney::WhySpent() const {
  const std::lock_guard lock(mutex_);
  const std::string spent = "budget spent: " + FormatUsd(spent_) + " of " + FormatUsd(usd_);
  switch (cause_) {
    case Cause::kNone:
      return "";
    case Cause::kNoRoom:
      return spent + ", and the next request may cost up to " + FormatUsd(next_usd_);
    case Cause::kUnknownCost:
      return "the budget of " + FormatUsd(usd_) +
             " cannot be kept: an answer came without usage, so its cost is not known";
    case Cause::kOverrun:
      return spent + ", more than there was";
  }
  return "";
}

double RunMoney::spent_usd() const {
  const std::lock_guard lock(mutex_);
  return spent_;
}

void RunMoney::AwaitRoom(std::shared_ptr<Wakeup> wakeup) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(wakeup));
}

void RunMoney::WakeAll() {
  std::vector<std::shared_ptr<Wakeup>> woken;
  {
    const std::lock_guard lock(mutex_);
    woken.swap(waiting_);
  }
  for (const auto& wakeup : woken) wakeup->Notify();
}

}  // namespace assay
