#pragma once
// One request on a libcurl easy handle: its options before, its answer after. Private to runners/http.

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

#include "core/result.h"
#include "runners/http/http_client.h"

// libcurl's handle and list types, without its header.
typedef void CURL;
struct curl_slist;

namespace assay {

// A handle with everything that is the same for all requests, or null pointer.
CURL* NewEasyHandle();

class Transfer {
 public:
  Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer();

  // Sets the handle up for `request`, which lives until the transfer's end, as does this object at its place.
  // `on_whole` is called, once and from within libcurl, when the request's on_body wants no more.
  bool Prepare(CURL* easy, const HttpRequest& request, Duration timeout, std::function<void()> on_whole);
  // The transfer has ended just now.
  void SetCode(int code);
  // The answer, or the error that the code stands for.
  Result<HttpResponse> Take(CURL* easy, const HttpRequest& request, Duration timeout);
  // HttpProgress::sends, so far.
  int sends() const { return sends_; }
  int too_large_status() const { return has_too_large_body_ ? response_.status : 0; }
  // Makes the handle forget this object.
  void Release(CURL* easy);

 private:
  static std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* self);
  void NoteConnect();
  bool MaySend();
  void ReadHeader(std::string_view line);

  Status TakePiece(std::string_view piece);

  HttpResponse response_;
  const std::function<Result<BodyState>(std::string_view)>* on_body_ = nullptr;
  std::function<void()> on_whole_;
  std::optional<std::chrono::steady_clock::time_point> whole_at_;
  std::chrono::steady_clock::time_point ended_at_;
  int sends_ = 0;
  std::chrono::steady_clock::time_point first_sent_at_;
  std::optional<std::chrono::steady_clock::time_point> connected_anew_at_;  // after the first was sent
  std::chrono::steady_clock::time_point last_sent_at_;
  std::size_t max_body_ = 0;
  std::size_t body_bytes_ = 0;
  Status refused_;  // by on_body
  std::size_t header_bytes_ = 0;
  bool too_large_ = false;
  bool has_too_large_body_ = false;
  bool has_too_many_headers_ = false;
  int code_ = 0;
  curl_slist* headers_ = nullptr;
  std::array<char, 256> error_text_{};  // CURL_ERROR_SIZE
};

}  // namespace assay
