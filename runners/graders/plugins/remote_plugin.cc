#include "runners/graders/plugins/remote_plugin.h"

#include <utility>

#include "runners/endpoints/api_key.h"

namespace assay {

bool IsToBeAsked(const GraderPlace& place) { return place.services != nullptr && !place.name.empty(); }

std::optional<std::string> SecretOf(const std::optional<ApiKeySpec>& spec, std::string_view option, const Node& node,
                                    const GraderPlace& place, Diagnostics& diagnostics) {
  if (!spec || !IsToBeAsked(place)) return "";
  auto secret = ReadApiKey(*spec, place.base_dir, "");
  if (secret) return *std::move(secret);
  diagnostics.Add(node.Find(option).value_or(node).At(secret.error().message));
  return std::nullopt;
}

namespace {

// Linear: a plug-in may repeat what it was told a hundred thousand times.
std::string Without(std::string_view secret, std::string_view text) {
  std::string shown;
  while (true) {
    const std::size_t at = text.find(secret);
    shown += text.substr(0, at);
    if (at == std::string_view::npos) return shown;
    shown += "[secret]";
    text.remove_prefix(at + secret.size());
  }
}

}  // namespace

std::string WithoutSecrets(std::string_view text, const std::vector<std::string>& secrets) {
  std::string shown(text);
  for (const std::string& secret : secrets) {
    constexpr std::size_t kShortest = 8;  // shorter ones are found in anything, and were none
    if (secret.size() >= kShortest) shown = Without(secret, shown);
  }
  return shown;
}

Result<GradingOutcome> NotAsked(const Error& error, const PluginGrading& grading) {
  switch (error.code) {
    case ErrorCode::kCancelled:
    case ErrorCode::kAborted:
      return Fail(error);
    case ErrorCode::kDeadlineExceeded:
      return grading.Failed(PluginFailure::kOverloaded, error.message);
    default:
      return grading.Failed(PluginFailure::kUnavailable, error.message);
  }
}

}  // namespace assay
