#include "runners/endpoints/exchange.h"

#include <algorithm>
#include <optional>

#include "runners/endpoints/http_failure.h"
#include "runners/http/retry_after.h"

namespace assay {

using std::chrono::steady_clock;

boost::asio::awaitable<ExchangeResult> Exchange(HttpClient& http, const Provider& provider, const HttpRequest& request,
                                                const Clock& clock, Deadline deadline) {
  const std::unique_ptr<AnswerStream> stream = provider.MakeStream();
  std::optional<steady_clock::time_point> first_token;
  std::optional<HttpRequest> streaming;
  bool is_refused = false;
  if (stream) {
    streaming = request;
    streaming->on_body = [&](std::string_view piece) {
      Status read = stream->Read(piece);
      if (!first_token && stream->has_token()) first_token = steady_clock::now();
      is_refused = !read;
      return read;
    };
  }
  Result<HttpResponse> answer = co_await http.Send(streaming ? *streaming : request, deadline);
  const auto ended = steady_clock::now();
  if (!answer) {
    if (is_refused) co_return ExchangeResult{.outcome = stream->Finish()};
    co_return ExchangeResult{.outcome = std::unexpected(FailureOfTransport(std::move(answer).error()))};
  }
  const bool is_streamed = stream && answer->status == 200;
  ExchangeResult result{.outcome = is_streamed ? stream->Finish() : provider.Read(*answer),
                        .status = answer->status,
                        .latency = answer->latency};
  if (!answer->rate_limits.empty())
    result.limits = ReadRateLimits(answer->rate_limits, TimeOfAnswer(*answer, clock.Now()));
  if (result.outcome) {
    result.outcome->latency = answer->latency;
    if (first_token) {
      const Duration after = std::chrono::duration_cast<Duration>(ended - *first_token);
      result.outcome->first_token = std::max(answer->latency - after, Duration(0));
    }
  } else if (const auto asked = RetryAfter(*answer, clock.Now())) {
    result.outcome.error().retry_after = asked;  // a header says more than a body
  }
  co_return result;
}

}  // namespace assay
