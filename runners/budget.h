#pragma once
// What a run may spend. An answer's cost is known only when it is there, so each request first reserves the most that
// it may cost: what is spent and what is reserved together never exceed the budget.

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "config/model.h"
#include "core/response.h"

namespace assay {

// More tokens than any provider counts for the prompt: none has more tokens than bytes, but for what stands around a
// message and for images, which are counted by their size in pixels.
std::int64_t MostTokensIn(const ModelRequest& request);
// Likewise of one text of which the embedding is asked for.
std::int64_t MostTokensIn(const std::string& text);

// Pure arithmetic; thread-safe.
class RunBudget {
 public:
  struct Terms {
    double usd = 0;
    double spent_usd = 0;  // by earlier executions of the run
    TokenPricesSpec prices;
    std::int64_t fixed_tokens_in = 0;  // at most, of what the endpoint adds to each request
  };
  explicit RunBudget(const Terms& terms) : terms_(terms), spent_(terms.spent_usd) {}

  enum class Answer {
    kGranted,   // the request may be sent; then Settle or Release follows
    kMustWait,  // what is in flight may turn out to cost less than is reserved for it
    kSpent,     // for good: nothing more may be sent
  };
  struct Reservation {
    Answer answer = Answer::kSpent;
    double usd = 0;  // with kGranted
  };
  // Without `max_tokens` an answer is taken to have at most 4096 tokens, and at most twice as many as the longest yet;
  // with it, at most as many as the longest yet that had more than it might: some servers do not keep to it.
  Reservation Reserve(std::int64_t most_tokens_in, std::optional<std::int64_t> max_tokens);
  // The request was answered. Without a cost it counts as what was reserved, and nothing more is granted.
  void Settle(double reserved, const Usage& usage, std::optional<double> cost_usd,
              std::optional<std::int64_t> max_tokens = std::nullopt);
  // The request failed. What may have been charged for, though there was no answer to read, counts as reserved.
  void Release(double reserved, bool may_be_charged);

  // Why nothing more is granted, for people; "" while something is. Also when nobody asks for more, and what was spent
  // is more than the budget, or not known.
  std::string WhySpent() const;
  double spent_usd() const;

 private:
  double MostFor(std::int64_t most_tokens_in, std::optional<std::int64_t> max_tokens) const;
  void Return(double reserved);
  void NoteOverrun();

  const Terms terms_;
  mutable std::mutex mutex_;
  double spent_;
  double reserved_ = 0;
  std::int64_t in_flight_ = 0;
  std::int64_t longest_answer_ = 0;    // tokens
  std::int64_t longest_too_long_ = 0;  // of those that had more than max_tokens
  // Why nothing more is granted: the first cause. Told in numbers when it is asked for, as answers still come in.
  enum class Cause { kNone, kNoRoom, kUnknownCost, kOverrun };
  Cause cause_ = Cause::kNone;
  double next_usd_ = 0;  // with kNoRoom: what the request may have cost that had no room
};

}  // namespace assay
