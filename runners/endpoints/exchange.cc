#include "runners/endpoints/exchange.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

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

// The body of a 200 to a request for a stream. Servers that ignore `stream`, and those that stand before them, answer
// with something else: a whole answer, an error, a web page. The provider reads that as it does without a stream.
class StreamedBody {
 public:
  explicit StreamedBody(AnswerStream& stream) : stream_(stream) {}

  Result<BodyState> Take(std::string_view piece) {
    has_begun_ = true;
    if (!is_stream_) {
      if (beginning_.empty()) piece.remove_prefix(std::min(piece.find_first_not_of(" \t\r\n"), piece.size()));
      if (piece.empty()) return BodyState::kOpen;
      beginning_ += piece;
      is_stream_ = stream_.MayBegin(beginning_);
      if (!is_stream_ || !*is_stream_) return BodyState::kOpen;
      piece = beginning_;
    } else if (!*is_stream_) {
      beginning_ += piece;
      return BodyState::kOpen;
    }
    return Read(piece);
  }

  bool has_begun() const { return has_begun_; }
  bool has_token() const { return first_token_.has_value(); }
  bool is_refused() const { return is_refused_; }  // by the stream
  bool is_other() const { return is_stream_ && !*is_stream_; }
  std::string TakeOther() { return std::move(beginning_); }

  // The time to the first token, of an answer that took `latency`, ended then, and is finished.
  std::optional<Duration> FirstToken(Duration latency, steady_clock::time_point ended) const {
    if (!stream_.has_token()) return std::nullopt;
    const auto done = done_.value_or(ended);
    const auto after = std::chrono::duration_cast<Duration>(done - first_token_.value_or(done));
    return std::max(latency - after, Duration(0));
  }

 private:
  Result<BodyState> Read(std::string_view piece) {
    const Status read = stream_.Read(piece);
    const auto now = steady_clock::now();
    if (!first_token_ && stream_.has_token()) first_token_ = now;
    is_refused_ = !read;
    if (!read) return Fail(read.error());
    if (!stream_.is_done()) return BodyState::kOpen;
    done_ = now;
    return BodyState::kWhole;
  }

  AnswerStream& stream_;
  std::optional<bool> is_stream_;  // nothing: too little has come to tell
  std::string beginning_;          // until it is known to be a stream, all of what is none
  bool has_begun_ = false;
  bool is_refused_ = false;
  std::optional<steady_clock::time_point> first_token_;
  std::optional<steady_clock::time_point> done_;
};

}  // namespace

boost::asio::awaitable<ExchangeResult<Response>> Exchange(HttpClient& http, const Provider& provider,
                                                          const HttpRequest& request, const Clock& clock,
                                                          Deadline deadline) {
  const std::unique_ptr<AnswerStream> stream = provider.MakeStream();
  std::optional<StreamedBody> body;
  std::optional<HttpRequest> streaming;
  if (stream) {
    body.emplace(*stream);
    streaming = request;
    streaming->on_body = [&body](std::string_view piece) { return body->Take(piece); };
  }
  HttpProgress progress;
  Result<HttpResponse> answer = co_await http.Send(streaming ? *streaming : request, deadline, &progress);
  const auto ended = steady_clock::now();
  if (!answer) {
    if (body && body->is_refused())
      co_return ExchangeResult<Response>{.outcome = stream->Finish(), .status = 200, .sends = progress.sends};
    AttemptFailure failure = FailureOfTransport(std::move(answer).error());
    // The model did answer, and at great length; comments that keep a stream alive are no answer.
    failure.is_drawn = progress.too_large_status == 200 && (!body || body->is_other() || body->has_token());
    co_return ExchangeResult<Response>{.outcome = std::unexpected(std::move(failure)),
                                       .status = body && body->has_begun() ? 200 : 0,
                                       .sends = progress.sends};
  }
  const bool is_streamed = stream && answer->status == 200 && !body->is_other();
  if (body && body->is_other()) answer->body = body->TakeOther();
  if (is_streamed) stream->EndOfBody();
  ExchangeResult<Response> result{.outcome = is_streamed ? stream->Finish() : provider.Read(*answer),
                                  .status = answer->status,
                                  .sends = progress.sends,
                                  .latency = answer->latency};
  ReadHeaders(*answer, clock, result);
  if (!result.outcome) {
    result.outcome.error().latency = answer->latency;
  } else {
    result.outcome->latency = answer->latency;
    if (is_streamed) result.outcome->first_token = body->FirstToken(answer->latency, ended);
  }
  co_return result;
}

boost::asio::awaitable<ExchangeResult<Embeddings>> ExchangeEmbeddings(HttpClient& http, const Provider& provider,
                                                                      const HttpRequest& request, std::size_t texts,
                                                                      const Clock& clock, Deadline deadline) {
  HttpProgress progress;
  Result<HttpResponse> answer = co_await http.Send(request, deadline, &progress);
  if (!answer) {
    co_return ExchangeResult<Embeddings>{.outcome = std::unexpected(FailureOfTransport(std::move(answer).error())),
                                         .sends = progress.sends};
  }
  ExchangeResult<Embeddings> result{.outcome = provider.ReadEmbeddings(*answer, texts),
                                    .status = answer->status,
                                    .sends = progress.sends,
                                    .latency = answer->latency};
  ReadHeaders(*answer, clock, result);
  if (result.outcome) result.outcome->latency = answer->latency;
  co_return result;
}

}  // namespace assay
