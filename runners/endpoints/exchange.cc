#include "runners/endpoints/exchange.h"

#include <algorithm>
#include <optional>

#include "runners/endpoints/http_failure.h"
#include "runners/http/retry_after.h"

namespace assay {

using std::chrono::steady_clock;

namespace {

// What is said beside an answer: the headers of limits, and when to come again after a failure.
template <class Answer>
void ReadHeaders(const HttpResponse& answer, const Clock& clock, ExchangeResult<Answer>& result) {
  if (!answer.rate_limits.empty())
    result.limits = ReadRateLimits(answer.rate_limits, TimeOfAnswer(answer, clock.Now()));
  if (result.outcome) return;
  // A header says more than a body.
  if (const auto asked = RetryAfter(answer, clock.Now())) result.outcome.error().retry_after = asked;
}

}  // namespace

boost::asio::awaitable<ExchangeResult<Response>> Exchange(HttpClient& http, const Provider& provider,
                                                          const HttpRequest& request, const Clock& clock,
                                                          Deadline deadline) {
  const std::unique_ptr<AnswerStream> stream = provider.MakeStream();
  std::optional<steady_clock::time_point> first_token;
  std::optional<HttpRequest> streaming;
  bool has_begun = false;  // a body, which comes of a 200 only
  bool is_refused = false;
  if (stream) {
    streaming = request;
    streaming->on_body = [&](std::string_view piece) {
      Status read = stream->Read(piece);
      if (!first_token && stream->has_token()) first_token = steady_clock::now();
      has_begun = true;
      is_refused = !read;
      return read;
    };
  }
  Result<HttpResponse> answer = co_await http.Send(streaming ? *streaming : request, deadline);
  const auto ended = steady_clock::now();
  if (!answer) {
    if (is_refused) co_return ExchangeResult<Response>{.outcome = stream->Finish(), .status = 200};
    co_return ExchangeResult<Response>{.outcome = std::unexpected(FailureOfTransport(std::move(answer).error())),
                                       .status = has_begun ? 200 : 0};
  }
  const bool is_streamed = stream && answer->status == 200;
  ExchangeResult<Response> result{.outcome = is_streamed ? stream->Finish() : provider.Read(*answer),
                                  .status = answer->status,
                                  .latency = answer->latency};
  ReadHeaders(*answer, clock, result);
  if (result.outcome) {
    result.outcome->latency = answer->latency;
    if (first_token) {
      const Duration after = std::chrono::duration_cast<Duration>(ended - *first_token);
      result.outcome->first_token = std::max(answer->latency - after, Duration(0));
    }
  }
  co_return result;
}

boost::asio::awaitable<ExchangeResult<Embeddings>> ExchangeEmbeddings(HttpClient& http, const Provider& provider,
                                                                      const HttpRequest& request, std::size_t texts,
                                                                      const Clock& clock, Deadline deadline) {
  Result<HttpResponse> answer = co_await http.Send(request, deadline);
  if (!answer) {
    co_return ExchangeResult<Embeddings>{.outcome = std::unexpected(FailureOfTransport(std::move(answer).error()))};
  }
  ExchangeResult<Embeddings> result{
      .outcome = provider.ReadEmbeddings(*answer, texts), .status = answer->status, .latency = answer->latency};
  ReadHeaders(*answer, clock, result);
  if (result.outcome) result.outcome->latency = answer->latency;
  co_return result;
}

}  // namespace assay
