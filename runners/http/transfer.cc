#include "runners/http/transfer.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <new>

#include "config/daemon_config.h"
namespace assay {
namespace {

static_assert(CURL_ERROR_SIZE <= 256);
constexpr std::size_t kMaxHeaderBytes = 256u << 10;
constexpr std::size_t kMaxRateLimitHeaders = 32;
// After which a connection that was kept open and is closed without a byte is not taken for one that the server had
// given up already: it may have worked on the request.
constexpr Duration kStaleWithin = std::chrono::milliseconds(100);

bool SameName(std::string_view name, std::string_view lower_case) {
  return std::equal(name.begin(), name.end(), lower_case.begin(), lower_case.end(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
}

bool IsAboutLimits(std::string_view name) {
  constexpr std::string_view kPrefixes[] = {"x-ratelimit-", "anthropic-ratelimit-"};
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [&](std::string_view prefix) { return SameName(name.substr(0, prefix.size()), prefix); });
}

std::string_view Trim(std::string_view text) {
  auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// Of "HTTP/1.1 200 OK"; 0 when there is none.
int StatusOf(std::string_view line) {
  const std::size_t space = std::min(line.find(' '), line.size());
  int status = 0;
  const std::string_view number = line.substr(std::min(space + 1, line.size()), 3);
  std::from_chars(number.data(), number.data() + number.size(), status);
  return status;
}

std::string Within(Duration duration) { return FormatDuration(std::chrono::ceil<std::chrono::milliseconds>(duration)); }

long Milliseconds(Duration duration) {
  // 0 would mean "no limit" to libcurl.
  return std::max<long>(1, static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(duration).count()));
}

}  // namespace

CURL* NewEasyHandle() {
  CURL* easy = curl_easy_init();
  if (easy == nullptr) return nullptr;
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "assay");
  return easy;
}

Transfer::~Transfer() { curl_slist_free_all(headers_); }

void Transfer::SetCode(int code) {
  code_ = code;
  ended_at_ = std::chrono::steady_clock::now();
}

bool Transfer::Prepare(CURL* easy, const HttpRequest& request, Duration timeout, std::function<void()> on_whole) {
  on_whole_ = std::move(on_whole);
  max_body_ = request.max_response_bytes;
  on_body_ = request.on_body ? &request.on_body : nullptr;
  // "Expect: 100-continue" would cost a round trip on large bodies.
  headers_ = curl_slist_append(nullptr, "Expect:");
  for (const std::string& header : request.headers) {
    curl_slist* longer = headers_ == nullptr ? nullptr : curl_slist_append(headers_, header.c_str());
    if (longer == nullptr) return false;
    headers_ = longer;
  }
  bool ok = curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str()) == CURLE_OK;
  // What goes to this machine never leaves it, whatever proxy the environment names.
  const bool is_local = IsLoopback(HostOfUrl(request.url));
  curl_easy_setopt(easy, CURLOPT_NOPROXY, is_local ? "*" : nullptr);
  if (request.method != HttpMethod::kGet) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    if (request.method == HttpMethod::kPut) curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PUT");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  } else {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, Milliseconds(timeout));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, Milliseconds(std::min(timeout, request.connect_timeout)));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  const curl_sockopt_callback on_connect = [](void* self, curl_socket_t, curlsocktype) -> int {
    static_cast<Transfer*>(self)->NoteConnect();
    return CURL_SOCKOPT_OK;
  };
  const curl_prereq_callback on_send = [](void* self, char*, char*, int, int) -> int {
    return static_cast<Transfer*>(self)->MaySend() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
  };
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_connect);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, this);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text_.data());
  return ok;
}

void Transfer::Release(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, nullptr);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, nullptr);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
}

void Transfer::NoteConnect() {
  if (sends_ > 0 && !connected_anew_at_) connected_anew_at_ = std::chrono::steady_clock::now();
}

// libcurl sends a request again, up to five times, when a connection that was kept open is closed without a byte of an
// answer, whether or not the server has read it.
bool Transfer::MaySend() {
  const auto now = std::chrono::steady_clock::now();
  if (sends_ == 0) first_sent_at_ = now;
  const bool is_stale = connected_anew_at_.value_or(now) - first_sent_at_ <= kStaleWithin;
  if (sends_ > 1 || (sends_ == 1 && !is_stale)) return false;
  ++sends_;
  last_sent_at_ = now;
  return true;
}

std::size_t Transfer::OnBody(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  std::size_t bytes = size * count;
  if (bytes > transfer.max_body_ - transfer.body_bytes_) {
    transfer.too_large_ = true;
    transfer.has_too_large_body_ = true;
    return CURL_WRITEFUNC_ERROR;
  }
  transfer.body_bytes_ += bytes;
  try {
    transfer.refused_ = transfer.TakePiece(std::string_view(data, bytes));
  } catch (const std::bad_alloc&) {
    transfer.too_large_ = true;
    return CURL_WRITEFUNC_ERROR;
  }
  return transfer.refused_ ? bytes : CURL_WRITEFUNC_ERROR;
}

Status Transfer::TakePiece(std::string_view piece) {
  if (on_body_ == nullptr || response_.status != 200) {
    response_.body.append(piece);
    return {};
  }
  if (whole_at_) return {};
  ASSAY_ASSIGN(const BodyState state, (*on_body_)(piece));
  if (state == BodyState::kOpen) return {};
  whole_at_ = std::chrono::steady_clock::now();
  on_whole_();
  return {};
}

std::size_t Transfer::OnHeader(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  std::size_t bytes = size * count;
  transfer.header_bytes_ += bytes;
  if (transfer.header_bytes_ > kMaxHeaderBytes) {
    transfer.has_too_many_headers_ = true;
    return 0;
  }
  try {
    transfer.ReadHeader(std::string_view(data, bytes));
  } catch (const std::bad_alloc&) {
    transfer.too_large_ = true;
    return 0;
  }
  return bytes;
}

void Transfer::ReadHeader(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    // A new answer: what came before was an interim one (100 Continue).
    response_ = HttpResponse();
    response_.status = StatusOf(line);
    return;
  }
  auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string_view name = line.substr(0, colon);
  std::string_view value = Trim(line.substr(colon + 1));
  if (SameName(name, "content-type")) {
    response_.content_type = value;
  } else if (SameName(name, "retry-after")) {
    response_.retry_after = value;
  } else if (SameName(name, "retry-after-ms")) {
    response_.retry_after_ms = value;
  } else if (SameName(name, "date")) {
    response_.date = value;
  } else if (SameName(name, "location")) {
    response_.location = value;
  } else if (IsAboutLimits(name) && response_.rate_limits.size() < kMaxRateLimitHeaders) {
    response_.rate_limits.emplace_back(name, value);
  }
}

Result<HttpResponse> Transfer::Take(CURL* easy, const HttpRequest& request, Duration timeout) {
  auto code = static_cast<CURLcode>(code_);
  if (!refused_) return std::unexpected(refused_.error());
  if (code == CURLE_OK || whole_at_) {
    long status = 0;
    curl_off_t total = 0;
    curl_off_t before = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &total);
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &before);
    response_.status = static_cast<int>(status);
    response_.latency = Duration(std::max<curl_off_t>(total - before, 0));
    response_.latency += std::chrono::duration_cast<Duration>(last_sent_at_ - first_sent_at_);
    // What came, or was waited for, after the body was whole.
    const auto after = whole_at_ ? std::chrono::duration_cast<Duration>(ended_at_ - *whole_at_) : Duration(0);
    response_.latency = std::max(response_.latency - after, Duration(0));
    return std::move(response_);
  }
  const std::string where = DisplayUrl(request.url) + ": ";
  std::string why = error_text_[0] != '\0' ? error_text_.data() : curl_easy_strerror(code);
  if (has_too_many_headers_) {
    return Fail(ErrorCode::kResourceExhausted,
                where + "the headers of the answer are larger than " + std::to_string(kMaxHeaderBytes) + " bytes");
  }
  if (too_large_) {
    return Fail(ErrorCode::kResourceExhausted, where + "the answer is larger than " +
                                                   std::to_string(request.max_response_bytes) +
                                                   " bytes; raise max_response_bytes if that is meant");
  }
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: {
      curl_off_t until_sent = 0;  // not the time to connect, which is nothing on a connection that was kept
      curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &until_sent);
      if (until_sent == 0) {
        return Fail(ErrorCode::kDeadlineExceeded,
                    where + "no connection within " + Within(std::min(timeout, request.connect_timeout)));
      }
      return Fail(ErrorCode::kDeadlineExceeded, where + "no answer within " + Within(timeout));
    }
    case CURLE_ABORTED_BY_CALLBACK:
      return Fail(ErrorCode::kUnavailable, where + "the connection was closed without an answer");
    case CURLE_UNSUPPORTED_PROTOCOL:  // the scheme was checked: what came back is taken for HTTP/0.9
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_BAD_CONTENT_ENCODING:
      return Fail(ErrorCode::kDataLoss, where + "the answer is not HTTP: " + why);
    case CURLE_URL_MALFORMAT:
      return Fail(ErrorCode::kInvalidArgument, where + "not a valid address: " + why);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
      return Fail(ErrorCode::kFailedPrecondition, where + "TLS: " + why);
    case CURLE_OUT_OF_MEMORY:
      return Fail(ErrorCode::kResourceExhausted, where + "no memory for the transfer");
    default:
      return Fail(ErrorCode::kUnavailable, where + why);
  }
}

std::string_view HostOfUrl(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  url.remove_prefix(url.rfind('@') + 1);
  if (url.starts_with("[")) return url.substr(1, std::min(url.find(']'), url.size()) - 1);
  return url.substr(0, url.find(':'));
}

std::string DisplayUrl(std::string_view url) {
  std::string_view shown = url.substr(0, url.find_first_of("?#"));
  auto scheme = shown.find("://");
  std::size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
  std::size_t path = std::min(shown.find('/', host), shown.size());
  std::size_t at = shown.substr(0, path).rfind('@');
  if (at == std::string_view::npos || at < host) return std::string(shown);
  return std::string(shown.substr(0, host)) + std::string(shown.substr(at + 1));
}

}  // namespace assay
