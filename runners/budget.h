#pragma once
// What a run may spend. An answer's cost is known only when it is there, so each request first reserves the most that
// it may cost: what is spent and what is reserved together never exceed the budget.

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/model.h"
#include "core/response.h"

namespace assay {

// More tokens than any provider counts for the prompt: none has more tokens than bytes, but for what stands around a
// message and for images, which are counted by their size in pixels.
std::int64_t MostTokensIn(const ModelRequest& request);
// Likewise of one text of which the embedding is asked for.
std::int64_t MostTokensIn(const std::string& text);

class Wakeup;  // runners/wakeup.h

// What all endpoints of one run may spend together. Thread-safe.
class RunMoney {
 public:
  // `has_unknown_cost`: an earlier answer of the run came without usage, so nothing is granted.
  explicit RunMoney(double usd, double spent_usd = 0, bool has_unknown_cost = false)
      : usd_(usd), spent_(spent_usd), cause_(has_unknown_cost ? Cause::kUnknownCost : Cause::kNone) {}

  enum class Answer {
    kGranted,   // the request may be sent; then Settle or Release follows
    kMustWait,  // what is in flight may turn out to cost less than is reserved for it
    kSpent,     // for good: nothing more may be sent
  };
  Answer Reserve(double most);
  // The request was answered. Without a cost it counts as what was reserved, and nothing more is granted.
  void Settle(double reserved, std::optional<double> cost_usd);
  // The request failed. What may have been charged for, though there was no answer to read, counts as reserved.
  void Release(double reserved, bool may_be_charged);

  // Why nothing more is granted, for people; "" while something is. Also when nobody asks for more, and what was spent
  // is more than the budget, or not known.
  std::string WhySpent() const;
  double spent_usd() const;

  // Who must wait, of whatever endpoint: told once, when something in flight is settled.
  void AwaitRoom(std::shared_ptr<Wakeup> wakeup);
  void WakeAll();

 private:
  void Return(double reserved);
  void NoteOverrun();

  const double usd_;
  mutable std::mutex mutex_;
  double spent_;
  double reserved_ = 0;
  std::int64_t in_flight_ = 0;
  // Why nothing more is granted: the first cause. Told in numbers when it is asked for, as answers still come in.
  enum class Cause { kNone, kNoRoom, kUnknownCost, kOverrun };
  Cause cause_;
  double next_usd_ = 0;  // with kNoRoom: what the request may have cost that had no room
  std::vector<std::shared_ptr<Wakeup>> waiting_;
};

// The same as one endpoint of the run sees it, by its prices. Thread-safe.
class RunBudget {
 public:
  struct Terms {
    double usd = 0;
    double spent_usd = 0;  // by earlier executions of the run
    TokenPricesSpec prices;
    std::int64_t fixed_tokens_in = 0;  // at most, of what the endpoint adds to each request
  };
  // `money` is shared with the run's other endpoints; null pointer: it has none, and the terms say how much there is.
  explicit RunBudget(const Terms& terms, std::shared_ptr<RunMoney> money = nullptr)
      : terms_(terms), money_(money ? std::move(money) : std::make_shared<RunMoney>(terms.usd, terms.spent_usd)) {}

  using Answer = RunMoney::Answer;
  struct Reservation {
    Answer answer = Answer::kSpent;
    double usd = 0;  // with kGranted
  };
  // Without `max_tokens` an answer is taken to have at most 4096 tokens, and at most twice as many as the longest yet;
  // with it, at most as many as the longest yet that had more than it might: some servers do not keep to it.
  Reservation Reserve(std::int64_t most_tokens_in, std::optional<std::int64_t> max_tokens);
  // As RunMoney's.
  void Settle(double reserved, const Usage& usage, std::optional<double> cost_usd,
              std::optional<std::int64_t> max_tokens = std::nullopt);
  void Release(double reserved, bool may_be_charged) { money_->Release(reserved, may_be_charged); }
  std::string WhySpent() const { return money_->WhySpent(); }
  double spent_usd() const { return money_->spent_usd(); }
  RunMoney& money() { return *money_; }

 private:
  double MostFor(std::int64_t most_tokens_in, std::optional<std::int64_t> max_tokens) const;

  const Terms terms_;
  const std::shared_ptr<RunMoney> money_;
  mutable std::mutex mutex_;
  std::int64_t longest_answer_ = 0;    // tokens
  std::int64_t longest_too_long_ = 0;  // of those that had more than max_tokens
};

}  // namespace assay
