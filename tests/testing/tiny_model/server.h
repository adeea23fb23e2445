#pragma once
// The model as an OpenAI-compatible endpoint: a real one, that answers token by token.
//
//   POST /v1/chat/completions  plain and as a stream of events; max_tokens, temperature, top_p, seed, stop, logprobs,
//                              top_logprobs, stream_options.include_usage. Other keys are passed over.
//   GET /v1/models

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/result.h"

namespace assay::testing {

// Serves on the loopback interface from Start to its destruction, on one thread of its own. Thread-safe.
class TinyModelServer {
 public:
  static constexpr std::size_t kMaxBody = 1u << 20;     // 413 beyond
  static constexpr std::size_t kMaxHeader = 32u << 10;  // the connection is closed beyond
  static constexpr int kMaxConnections = 1024;          // one more is closed at once

  // `folder` holds stories260K.bin and tok512.bin; port 0 is any free one. Listening when it returns. The errors of
  // LanguageModel::Load, kUnavailable for a port that is taken.
  static Result<std::unique_ptr<TinyModelServer>> Start(const std::filesystem::path& folder, std::uint16_t port = 0);
  ~TinyModelServer();
  TinyModelServer(const TinyModelServer&) = delete;
  TinyModelServer& operator=(const TinyModelServer&) = delete;

  // "http://127.0.0.1:PORT/v1", what a Model's endpoint.url wants.
  std::string url() const;
  int requests() const;  // read so far
  int open() const;      // connections open now

 private:
  class Impl;
  explicit TinyModelServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::testing
