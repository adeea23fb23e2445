#pragma once
// One request of a provider over HTTP, with its answer whole or streamed.

#include <boost/asio/awaitable.hpp>
#include <expected>

#include "core/clock.h"
#include "runners/deadline.h"
#include "runners/endpoints/provider.h"
#include "runners/endpoints/rate_limit_headers.h"
#include "runners/http/http_client.h"

namespace assay {

template <class Answer>
struct ExchangeResult {
  std::expected<Answer, AttemptFailure> outcome;  // latency and first_token are set, attempts are not
  int status = 0;                                 // 0 when nothing of an answer came
  int sends = 0;                                  // HttpProgress's
  Duration latency{0};                            // of a whole answer
  RateLimits limits = {};                         // likewise, as its headers tell them
};

// `clock` is for Retry-After dates. References outlive the call.
boost::asio::awaitable<ExchangeResult<Response>> Exchange(HttpClient& http, const Provider& provider,
                                                          const HttpRequest& request, const Clock& clock,
                                                          Deadline deadline);
// The same for the vectors of so many texts.
boost::asio::awaitable<ExchangeResult<Embeddings>> ExchangeEmbeddings(HttpClient& http, const Provider& provider,
                                                                      const HttpRequest& request, std::size_t texts,
                                                                      const Clock& clock, Deadline deadline);

}  // namespace assay
