#pragma once
// A provider translates between model requests and the HTTP of one API. It is pure: what is sent, when and how often is
// decided by the endpoint around it. It only says what kind of failure an answer is.

#include <chrono>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/plugin_kind.h"
#include "core/embeddings.h"
#include "core/response.h"
#include "core/result.h"
#include "runners/http/http_client.h"

namespace assay {

enum class FailureKind {
  // Statuses stand for errors within a 200 that say the same too.
  kTransient,    // may be gone at the next attempt: 5xx, timeout, no or a cut connection
  kRateLimited,  // 429
  kQuota,        // the account is exhausted: waiting does not help
  kAuth,         // 401, 403
  kBadRequest,   // other 3xx and 4xx, and requests that could not be made
  kMalformed,    // no answer of this provider: HTML, cut JSON
  kTooLarge,     // over the response cap
  kCancelled,
};

struct AttemptFailure {
  FailureKind kind = FailureKind::kTransient;
  Error error;                                           // without the endpoint's name
  std::optional<std::chrono::milliseconds> retry_after;  // what the server asks for
  // The model did answer, in a way that counts as no whole answer: to ask again would be to draw another one.
  bool is_drawn = false;
  Duration latency{0};    // of that answer
  bool is_probe = false;  // of a request that was sent to see whether an outage has ended
};

struct ProviderOptions {
  std::string url;
  std::string model;
  std::string api_key;                         // "" for none
  std::map<std::string, std::string> headers;  // added to each request
  Node options;                                // checked by the kind
};

// Puts an answer together that arrives in pieces. Used by one thread.
class AnswerStream {
 public:
  virtual ~AnswerStream() = default;
  // Pieces of the body of a 200, cut anywhere. An error ends the request and is judged by Finish.
  virtual Status Read(std::string_view piece) = 0;
  // Whether a body that begins with these bytes is such a stream: there are servers that answer with something else.
  // Nothing when they are too few to tell.
  virtual std::optional<bool> MayBegin(std::string_view bytes) const = 0;
  // Whether its terminator has been read: what follows is no part of the answer.
  virtual bool is_done() const = 0;
  // Whether any text or call of the model has been read; of a last line without an end it is Finish that reads it.
  virtual bool has_token() const = 0;
  // After the last piece of a body that was not cut off, before Finish: a last event counts whose end is missing.
  virtual void EndOfBody() {}
  // After the last piece: the answer, or why there is none. A stream that ends without its terminator has none.
  virtual std::expected<Response, AttemptFailure> Finish() = 0;
};

// Immutable, thread-safe.
class Provider {
 public:
  virtual ~Provider() = default;
  // Address, headers and body; the endpoint sets the limits. kInvalidArgument for a request that the API has no place
  // for, kResourceExhausted for one that is too large.
  virtual Result<HttpRequest> MakeRequest(const ModelRequest& request) const = 0;
  // Whether Sampling::max_tokens is part of the requests.
  virtual bool SendsMaxTokens() const { return true; }
  // The answer of any status. Latency and attempts are the endpoint's to set. May change `answer` to avoid copies.
  virtual std::expected<Response, AttemptFailure> Read(HttpResponse& answer) const = 0;
  // For a provider whose requests ask for a stream: what reads a 200; other answers go to Read. Null pointer otherwise.
  virtual std::unique_ptr<AnswerStream> MakeStream() const { return nullptr; }

  // A request for the vectors of `texts`. kUnimplemented for a provider that has none; else as MakeRequest.
  virtual Result<HttpRequest> MakeEmbeddingRequest(const std::vector<std::string>& texts) const;
  // The answer of any status to a request for so many texts. Latency and attempts are the endpoint's to set.
  virtual std::expected<Embeddings, AttemptFailure> ReadEmbeddings(const HttpResponse& answer, std::size_t texts) const;
};

using ProviderFactory = Result<std::unique_ptr<Provider>> (*)(ProviderOptions options);

// The factory of a provider's word, or null pointer.
ProviderFactory FindProvider(std::string_view word);
// The words of all providers, for messages.
std::vector<std::string> ProviderWords();

}  // namespace assay
