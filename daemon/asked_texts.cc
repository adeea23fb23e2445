#include "daemon/asked_texts.h"

#include <algorithm>

#include "core/digest.h"
#include "daemon/check_decision.h"

namespace assay {
namespace {

// Of one place in several ways of writing it: upper case in what comes before the path, the port that goes without
// saying, slashes at the end.
std::string PlaceOf(std::string url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const std::size_t host = scheme + 3;
  const std::size_t path = std::min(url.find('/', host), url.size());
  std::transform(url.begin(), url.begin() + static_cast<std::ptrdiff_t>(path), url.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const std::string port = url.starts_with("https:") ? ":443" : ":80";
  if (std::string_view(url).substr(host, path - host).ends_with(port)) url.erase(path - port.size(), port.size());
  while (url.size() > host && url.ends_with('/')) url.pop_back();
  return url;
}

std::string AskedBy(const EndpointSpec& endpoint) {
  return Json::Of({{"provider", endpoint.provider},
                   {"url", PlaceOf(endpoint.url)},
                   {"model", endpoint.model},
                   {"options", endpoint.options.ToJson()}})
      .DumpCanonical();
}

// A long prompt is kept by its digest.
std::string AskedBy(const CatalogDocument& document) {
  if (const ModelSpec* model = document.model()) return ContentVersion(AskedBy(model->endpoint));
  const auto prompt = document.root.Find("prompt");
  return ContentVersion(prompt ? prompt->ToJson().DumpCanonical() : "");
}

}  // namespace

Result<std::string> AskedTexts::Of(Store& store, const PluginKinds& kinds, const std::string& project,
                                   const std::string& kind, const std::string& name,
                                   const std::string& content_version) {
  Key key(project, content_version);
  auto known = Find(key);
  if (!known) {
    ++reads_;
    const auto document = ReadStored(store, kinds, project, kind, name, content_version);
    if (!document && document.error().code != ErrorCode::kFailedPrecondition) return Fail(document.error());
    known = document ? Known{.asks = AskedBy(*document), .unreadable = ""}
                     : Known{.asks = "", .unreadable = document.error().message};
    Keep(std::move(key), *known);
  }
  if (!known->unreadable.empty()) return Fail(ErrorCode::kFailedPrecondition, known->unreadable);
  return std::move(known->asks);
}

std::optional<AskedTexts::Known> AskedTexts::Find(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = texts_.find(key);
  return found == texts_.end() ? std::nullopt : std::optional(found->second);
}

void AskedTexts::Keep(Key key, Known known) {
  const std::lock_guard lock(mutex_);
  if (texts_.size() >= kMostTexts) texts_.clear();  // none of them is worth more than the others
  texts_.insert_or_assign(std::move(key), std::move(known));
}

}  // namespace assay
