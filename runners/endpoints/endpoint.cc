// The frame around every provider: wait for a place and for the pace, send, let the provider judge, and try again as
// the retry policy says.
#include "runners/endpoints/endpoint.h"

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/digest.h"
#include "core/nearest_name.h"
#include "core/random.h"
#include "runners/endpoints/api_key.h"
#include "runners/endpoints/cost.h"
#include "runners/endpoints/exchange.h"
#include "runners/endpoints/governor.h"
#include "runners/endpoints/hedge_policy.h"
#include "runners/endpoints/hedged_request.h"
#include "runners/endpoints/http_failure.h"
#include "runners/endpoints/provider.h"
#include "runners/endpoints/request_queue.h"
#include "runners/endpoints/retry.h"
#include "runners/http/http_client.h"

namespace assay {
namespace {

namespace asio = boost::asio;

struct Settings {
  RetryPolicy retry;
  Duration timeout;
  Duration connect_timeout;
  std::size_t max_response_bytes;
};

// The `code` of EndpointObserver::OnAttempt.
template <class Answer>
std::string CodeOf(const std::expected<Answer, AttemptFailure>& outcome, int status) {
  if (outcome) return std::to_string(status);
  switch (outcome.error().kind) {
    case FailureKind::kMalformed:
      return "malformed";
    case FailureKind::kCancelled:
      return "cancelled";
    case FailureKind::kTooLarge:
      return "too_large";
    default:
      break;
  }
  if (status >= 200 && status < 300) return "broken_stream";
  if (status != 0) return std::to_string(status);
  return outcome.error().error.code == ErrorCode::kDeadlineExceeded ? "timeout" : "connection";
}

// Whether the provider may have made an answer that was not read to its end, and charge for it. Whatever has been sent
// and has no whole answer counts: how far the provider came nobody knows.
template <class Answer>
bool MayBeCharged(const ExchangeResult<Answer>& exchange) {
  if (exchange.outcome) return false;
  switch (exchange.outcome.error().kind) {
    case FailureKind::kMalformed:
    case FailureKind::kTooLarge:
    case FailureKind::kCancelled:
      return exchange.sends > 0;
    case FailureKind::kTransient: {
      const bool has_whole_answer = exchange.status != 0 && (exchange.status < 200 || exchange.status >= 300);
      return exchange.sends > 0 && !has_whole_answer;
    }
    case FailureKind::kRateLimited:
    case FailureKind::kQuota:
    case FailureKind::kAuth:
    case FailureKind::kBadRequest:
      return false;
  }
  return false;
}

class GovernedEndpoint : public Endpoint {
 public:
  GovernedEndpoint(std::string name, const EndpointSpec& spec, const EndpointContext& context,
                   std::unique_ptr<Provider> provider)
      : name_(std::move(name)),
        provider_word_(spec.provider),
        http_(context.http),
        observer_(context.observer),
        clock_(context.clock),
        jitter_seed_(context.jitter_seed),
        prices_(context.prices),
        provider_(std::move(provider)),
        governor_({.limits = {.concurrency = spec.limits.concurrency,
                              .requests_per_minute = spec.limits.requests_per_minute,
                              .tokens_per_minute = spec.limits.tokens_per_minute},
                   .budget = context.budget,
                   .outage = spec.outage,
                   .longest_hold = RetryPolicy().max_retry_after,
                   .first_hold = 2 * spec.backoff.initial,
                   .jitter_seed = ~context.jitter_seed,
                   .on_limit =
                       [this](int limit, bool is_cut) {
                         if (observer_ == nullptr) return;
                         observer_->OnLimit(name_, limit);
                         if (is_cut) observer_->OnLimitCut(name_);
                       }}),
        hedge_(spec.hedge ? std::make_unique<HedgePolicy>() : nullptr),
        settings_{.retry = {.attempts = spec.attempts,
                            .first_backoff = spec.backoff.initial,
                            .max_backoff = spec.backoff.max,
                            .outage = spec.outage},
                  .timeout = spec.timeout,
                  .connect_timeout = spec.connect_timeout,
                  .max_response_bytes = static_cast<std::size_t>(spec.max_response_bytes)} {}

  asio::awaitable<Result<Response>> Complete(const ModelRequest& request, Deadline deadline, Sender sender) override {
    // A cancelled wait answers with kCancelled instead of throwing.
    co_await asio::this_coro::throw_if_cancelled(false);
    Result<HttpRequest> made = provider_->MakeRequest(request);
    auto answering = AskUntilAnswered(Completion{}, std::move(made), deadline, std::move(sender));
    co_return co_await std::move(answering);
  }

  asio::awaitable<Result<Embeddings>> Embed(const std::vector<std::string>& texts, Deadline deadline,
                                            Sender sender) override {
    co_await asio::this_coro::throw_if_cancelled(false);
    Result<HttpRequest> made = provider_->MakeEmbeddingRequest(texts);
    auto answering = AskUntilAnswered(Embedding{texts.size()}, std::move(made), deadline, std::move(sender));
    co_return co_await std::move(answering);
  }

  bool SendsMaxTokens() const override { return provider_->SendsMaxTokens(); }

  std::string Fingerprint(const ModelRequest& request) const override {
    const Result<HttpRequest> made = provider_->MakeRequest(request);
    return made ? Sha256Hex(provider_word_ + "\n" + made->url + "\n" + made->body) : "";
  }

  EndpointState State() const override { return governor_.State(std::chrono::steady_clock::now()); }

 private:
  // What is asked for.
  struct Completion {
    using Answer = Response;
  };
  struct Embedding {
    using Answer = Embeddings;
    std::size_t texts;
  };

  // `made` is the request, or why there is none.
  template <class Call>
  asio::awaitable<Result<typename Call::Answer>> AskUntilAnswered(Call call, Result<HttpRequest> made,
                                                                  Deadline deadline, Sender sender) {
    if (!made) co_return std::unexpected(Describe(Unsent(std::move(made).error()), 1, ""));
    HttpRequest& http = *made;
    http.timeout = settings_.timeout;
    http.connect_timeout = settings_.connect_timeout;
    http.max_response_bytes = settings_.max_response_bytes;
    RetryHistory history;
    int retries = 0;
    Deadline first_429;
    for (;;) {
      auto outcome = co_await Attempt(call, http, deadline, sender, history);
      if (outcome) {
        outcome->attempts = history.attempts + history.resent;
        outcome->retries = retries;
        co_return *std::move(outcome);
      }
      AttemptFailure& failure = outcome.error();
      if (failure.kind == FailureKind::kMalformed) ++history.malformed;
      if (failure.is_probe && failure.kind != FailureKind::kRateLimited) ++history.probes;
      NoteRateLimited(failure.kind == FailureKind::kRateLimited, first_429, history);
      RetryDecision decision = Decide(failure, history, deadline);
      if (!decision.retry) {
        if (failure.is_drawn && sender.guard != nullptr) {
          Response drawn;
          drawn.latency = failure.latency;
          drawn.attempts = history.attempts + history.resent;
          drawn.retries = retries;
          sender.guard->OnDrawn(drawn);
        }
        co_return std::unexpected(Describe(std::move(failure), history.attempts, decision.why_not));
      }
      if (failure.kind != FailureKind::kRateLimited) ++retries;
      if (!co_await WaitUntil(DeadlineIn(decision.wait))) {
        co_return std::unexpected(Describe(Cancelled(), history.attempts, ""));
      }
    }
  }

  asio::awaitable<ExchangeResult<Response>> Send(Completion, const HttpRequest& request, Deadline deadline) {
    return Exchange(http_, *provider_, request, clock_, deadline);
  }
  asio::awaitable<ExchangeResult<Embeddings>> Send(Embedding call, const HttpRequest& request, Deadline deadline) {
    return ExchangeEmbeddings(http_, *provider_, request, call.texts, clock_, deadline);
  }

  template <class Call>
  using OutcomeOf = std::expected<typename Call::Answer, AttemptFailure>;

  // One attempt, which may be two requests. Counted when it is sent.
  asio::awaitable<OutcomeOf<Completion>> Attempt(Completion call, const HttpRequest& request, Deadline deadline,
                                                 const Sender& sender, RetryHistory& history) {
    const bool is_first = history.attempts == 0;
    if (!hedge_) {
      auto asking = AskOnce(call, request, deadline, sender, history);
      co_return co_await std::move(asking);
    }
    SendRequest send = [&, this](bool is_second, RequestProgress& progress) {
      return Ask(call, request, deadline, sender, is_first && !is_second, progress);
    };
    HedgedOutcome hedged = co_await SendHedged(*hedge_, std::move(send));
    history.attempts += hedged.sent;
    history.resent += hedged.resent;
    co_return std::move(hedged.outcome);
  }
  asio::awaitable<OutcomeOf<Embedding>> Attempt(Embedding call, const HttpRequest& request, Deadline deadline,
                                                const Sender& sender, RetryHistory& history) {
    return AskOnce(call, request, deadline, sender, history);
  }

  template <class Call>
  asio::awaitable<OutcomeOf<Call>> AskOnce(Call call, const HttpRequest& request, Deadline deadline,
                                           const Sender& sender, RetryHistory& history) {
    RequestProgress progress;
    auto outcome = co_await Ask(call, request, deadline, sender, history.attempts == 0, progress);
    if (progress.sent) ++history.attempts;
    history.resent += progress.resent;
    co_return outcome;
  }

  // One request, from waiting for a place to the provider's judgement.
  template <class Call>
  asio::awaitable<OutcomeOf<Call>> Ask(Call call, const HttpRequest& request, Deadline deadline, const Sender& sender,
                                       bool is_first, RequestProgress& progress) {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto permit = co_await governor_.Admit(sender.requester, deadline);
    if (!permit) co_return std::unexpected(Unsent(std::move(permit).error()));
    if (!progress.is_wanted()) co_return std::unexpected(Cancelled());
    if (observer_ != nullptr && permit->has_waited()) observer_->OnThrottled(name_);
    if (sender.guard != nullptr) {
      if (Status may_leave = sender.guard->Begin(); !may_leave) {
        co_return std::unexpected(Unsent(std::move(may_leave).error()));
      }
    }
    progress.MarkSent();
    ReportInFlight(+1);
    auto sending = Send(call, request, deadline);
    auto exchange = co_await std::move(sending);
    ReportInFlight(-1);
    if (sender.guard != nullptr) {
      sender.guard->End(exchange.outcome.has_value(), MayBeCharged(exchange));
    }
    if (exchange.sends > 1) ++progress.resent;
    auto outcome = std::move(exchange.outcome);
    if (!outcome) outcome.error().is_probe = permit->is_probe();
    progress.is_answered = outcome || outcome.error().is_drawn;
    if (outcome && prices_) outcome->cost_usd = CostUsd(*prices_, outcome->usage);
    auto ended = std::chrono::steady_clock::now();
    // Before the place is given back: the next must not go on old terms.
    governor_.Record({.sent = *progress.sent,
                      .is_first = is_first,
                      .is_probe = permit->is_probe(),
                      .limits = exchange.limits,
                      .tokens = outcome ? TokensOf(outcome->usage) : 0},
                     outcome ? nullptr : &outcome.error(), ended);
    if (observer_ != nullptr) {
      auto waited = std::chrono::duration_cast<Duration>(ended - *progress.sent);
      Report(outcome, exchange.status, exchange.status != 0 ? exchange.latency : waited);
    }
    co_return outcome;
  }

  static void NoteRateLimited(bool is_429, Deadline& first, RetryHistory& history) {
    const Deadline now = std::chrono::steady_clock::now();
    if (!is_429 || history.rate_limited_in_row == 0) first = now;
    history.rate_limited_in_row = is_429 ? history.rate_limited_in_row + 1 : 0;
    history.rate_limited_for = std::chrono::duration_cast<Duration>(now - first);
    if (is_429) ++history.rate_limited;
  }

  RetryDecision Decide(const AttemptFailure& failure, const RetryHistory& history, Deadline deadline) {
    RetryDecision decision = DecideRetry(settings_.retry, failure, history, Uniform());
    if (!decision.retry) return decision;
    if (decision.wait >= TimeUntil(deadline)) return {.why_not = "no time left for another attempt"};
    if (auto why_not = governor_.RefuseRetry(failure)) {
      return {.why_not = *std::move(why_not)};
    }
    return decision;
  }

  // False when the coroutine was cancelled.
  asio::awaitable<bool> WaitUntil(Deadline when) {
    asio::any_io_executor executor = co_await asio::this_coro::executor;
    auto before = co_await asio::this_coro::cancellation_state;
    if (before.cancelled() != asio::cancellation_type::none) co_return false;
    asio::steady_timer timer(executor, when);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    auto after = co_await asio::this_coro::cancellation_state;
    co_return after.cancelled() == asio::cancellation_type::none;
  }

  // A request that could not be sent is not tried again: its deadline has passed or its run has ended.
  static AttemptFailure Unsent(Error error) {
    FailureKind kind = error.code == ErrorCode::kCancelled ? FailureKind::kCancelled : FailureKind::kBadRequest;
    return {.kind = kind, .error = std::move(error), .retry_after = std::nullopt};
  }
  static std::int64_t TokensOf(const Usage& usage) {
    return usage.tokens_in.value_or(0) + usage.tokens_out.value_or(0);
  }
  static AttemptFailure Cancelled() { return Unsent({ErrorCode::kCancelled, "cancelled", std::nullopt}); }

  Error Describe(AttemptFailure failure, int attempts, const std::string& why_not) const {
    Error error = std::move(failure.error);
    error.message = "endpoint \"" + name_ + "\": " + error.message;
    if (!why_not.empty()) error.message += "; " + why_not;
    if (attempts > 1) error.message += " (" + std::to_string(attempts) + " attempts)";
    bool may_carry = error.code == ErrorCode::kResourceExhausted || error.code == ErrorCode::kUnavailable;
    if (may_carry) error.retry_after = failure.retry_after;
    return error;
  }

  void ReportInFlight(int change) {
    int now = in_flight_.fetch_add(change) + change;
    if (observer_ != nullptr) observer_->OnInFlight(name_, now);
  }

  template <class Answer>
  void ReportCost(const Answer& answer) {
    if (answer.cost_usd) observer_->OnCost(name_, *answer.cost_usd);
  }
  void ReportFirstToken(const Response& response) {
    if (response.first_token) observer_->OnFirstToken(name_, *response.first_token);
  }
  void ReportFirstToken(const Embeddings&) {}

  template <class Answer>
  void Report(const std::expected<Answer, AttemptFailure>& outcome, int status, Duration latency) {
    observer_->OnAttempt(name_, CodeOf(outcome, status), latency);
    if (outcome) {
      observer_->OnUsage(name_, outcome->usage);
      ReportCost(*outcome);
      ReportFirstToken(*outcome);
    } else if (outcome.error().kind == FailureKind::kRateLimited) {
      observer_->OnThrottled(name_);
    }
  }

  double Uniform() {
    std::uint64_t index = draws_.fetch_add(1, std::memory_order_relaxed);
    return static_cast<double>(RandomAt(jitter_seed_, index) >> 11) * 0x1p-53;
  }

  const std::string name_;
  const std::string provider_word_;
  HttpClient& http_;
  EndpointObserver* const observer_;
  const Clock& clock_;
  const std::uint64_t jitter_seed_;
  const std::optional<TokenPricesSpec> prices_;
  const std::unique_ptr<Provider> provider_;
  Governor governor_;
  const std::unique_ptr<HedgePolicy> hedge_;  // null pointer: no second requests
  const Settings settings_;
  std::atomic<std::uint64_t> draws_ = 0;
  std::atomic<int> in_flight_ = 0;
};

Status CheckHeaders(const EndpointSpec& spec) {
  for (const auto& [name, value] : spec.headers) {
    if (name.empty() || (name + value).find_first_of("\r\n") != std::string::npos ||
        name.find_first_of(": ;") != std::string::npos) {
      return Fail(ErrorCode::kInvalidArgument, "headers: \"" + Quotable(name, "") + "\" is no header");
    }
  }
  return {};
}

}  // namespace

asio::awaitable<Result<Embeddings>> Endpoint::Embed(const std::vector<std::string>&, Deadline, Sender) {
  co_return Fail(ErrorCode::kUnimplemented, "this endpoint has no embeddings");
}

Result<std::shared_ptr<Endpoint>> MakeEndpoint(std::string name, const EndpointSpec& spec, EndpointContext context) {
  auto fail = [&name](ErrorCode code, const std::string& message) {
    return Fail(code, "endpoint \"" + name + "\": " + message);
  };
  ProviderFactory make = FindProvider(spec.provider);
  if (make == nullptr) {
    std::string message = "provider \"" + spec.provider + "\" is not known";
    if (auto nearest = NearestName(spec.provider, ProviderWords())) message += "; did you mean \"" + *nearest + "\"?";
    return fail(ErrorCode::kUnimplemented, message);
  }
  if (!spec.url.starts_with("http://") && !spec.url.starts_with("https://")) {
    return fail(ErrorCode::kInvalidArgument,
                "url \"" + DisplayUrl(spec.url) + "\" does not begin with http:// or https://");
  }
  if (spec.limits.concurrency < 1 || spec.attempts < 1 || spec.max_response_bytes < 1) {
    return fail(ErrorCode::kInvalidArgument, "concurrency, attempts and max_response_bytes are at least 1");
  }
  if (Status headers = CheckHeaders(spec); !headers) return fail(headers.error().code, headers.error().message);
  std::string api_key;
  if (spec.api_key) {
    auto key = ReadApiKey(*spec.api_key, context.base_directory);
    if (!key) return fail(key.error().code, key.error().message);
    api_key = *std::move(key);
  }
  auto provider = make({.url = spec.url,
                        .model = spec.model,
                        .api_key = std::move(api_key),
                        .headers = spec.headers,
                        .options = spec.options});
  if (!provider) return fail(provider.error().code, provider.error().message);
  if (spec.hedge && (*provider)->MakeStream() != nullptr) {
    return fail(ErrorCode::kInvalidArgument,
                "hedge cannot stand beside stream: true; a stream begins long before its end");
  }
  return std::make_shared<GovernedEndpoint>(std::move(name), spec, context, *std::move(provider));
}

}  // namespace assay
