#include "runners/http/place.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace assay {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

// Absent where there is none.
std::optional<std::string> PartOf(const Url& url, CURLUPart part, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string copy = text;
  curl_free(text);
  return copy;
}

std::string LowerCase(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

}  // namespace

std::string PlaceOf(const std::string& url) {
  const Url parsed(curl_url());
  if (parsed == nullptr || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return url;
  std::string place = LowerCase(PartOf(parsed, CURLUPART_SCHEME, 0).value_or("")) + "://" +
                      LowerCase(PartOf(parsed, CURLUPART_HOST, 0).value_or(""));
  if (const auto port = PartOf(parsed, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT)) place += ":" + *port;
  place += PartOf(parsed, CURLUPART_PATH, CURLU_URLDECODE).value_or("");
  while (place.ends_with('/') && !place.ends_with("://")) place.pop_back();
  return place;
}

}  // namespace assay
