#pragma once
// From an HTTP request to its answer, without sockets: routes, the key check, the lookup, injected faults.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "replay/behaviour.h"
#include "replay/recordings.h"
#include "replay/token_bucket.h"

namespace assay {

struct ReplayRequest {
  std::string_view method;
  std::string_view target;         // path and query
  std::string_view authorization;  // the header's value, "" when absent
  std::string_view body;
};

struct HttpReply {
  int status = 200;
  std::string_view content_type = "application/json";
  std::string headers;        // further header lines, each ended by CR LF
  std::string_view recorded;  // the body, when it is one of the recordings (lives as long as the responder)
  std::string text;           // the body otherwise
  Duration delay{0};          // to wait before sending
  std::vector<std::size_t> event_ends = {};  // of a stream: where in `text` each event ends
  Duration event_delay{0};                   // to wait between one event and the next

  std::string_view Body() const { return recorded.empty() ? std::string_view(text) : recorded; }
};

// {"error": {"message", "type", "param", "code"}} as OpenAI's API writes it.
HttpReply ErrorReply(int status, std::string_view type, std::string_view code, std::string_view message);

struct ReplayCounts {
  std::uint64_t requests = 0;  // to a chat completions path
  std::uint64_t answered = 0;  // 200 with a recorded, echoed or fixed answer, truncated ones included
  std::uint64_t unknown = 0;   // no record: refused, echoed or given the fixed text
  std::uint64_t refused = 0;   // 400, 401, 404, 405
  std::uint64_t injected = 0;  // faults of every kind
};

// Thread-safe.
class Responder {
 public:
  Responder(Recordings recordings, ReplayOptions options);

  // POST …/chat/completions, GET …/models, GET /healthz. Never fails: a bad request gets its 4xx reply.
  HttpReply Answer(const ReplayRequest& request);

  ReplayCounts counts() const;
  const Recordings& recordings() const { return recordings_; }

 private:
  // One for each group of recordings.
  struct Cursor {
    std::atomic<std::uint32_t> attempts{0};  // requests seen: what faults are drawn by
    std::atomic<std::uint32_t> served{0};    // answers given: which one is next
  };

  // How the client wants its answer.
  struct Wish {
    bool stream = false;
    bool usage = false;  // of a stream
  };

  HttpReply Complete(const ReplayRequest& request);
  bool IsOverLimit();
  HttpReply RateLimited(std::string_view why) const;
  static Wish WishOf(const Json& body);
  // What was answered by Known or Unknown, as it is wanted.
  HttpReply Streamed(HttpReply reply, Wish wish) const;
  HttpReply Known(std::size_t group);
  HttpReply Unknown(const RecordKey& key, const std::string& model, const Json& messages);
  bool Authorized(std::string_view authorization) const;
  // The reply of a fault that needs no answer; nothing for kNone and kTruncate.
  std::optional<HttpReply> Injected(const Fate& fate);
  HttpReply Refused(HttpReply reply);

  const Recordings recordings_;
  const ReplayOptions options_;
  const std::unique_ptr<Cursor[]> cursors_;
  std::mutex mutex_;
  std::optional<TokenBucket> bucket_;  // guarded by mutex_
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> answered_{0};
  std::atomic<std::uint64_t> unknown_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> injected_{0};
};

}  // namespace assay
