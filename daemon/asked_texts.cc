#include "daemon/asked_texts.h"

#include "core/digest.h"
#include "daemon/check_decision.h"
#include "runners/http/place.h"

namespace assay {
namespace {

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
