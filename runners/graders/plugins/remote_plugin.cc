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

std::string WithoutSecrets(std::string_view text, const std::vector<std::string>& secrets) {
  std::string shown(text);
  for (const std::string& secret : secrets) {
    constexpr std::string_view kStand = "[secret]";
    constexpr std::size_t kShortest = 8;  // shorter ones are found in anything, and were none
    if (secret.size() < kShortest) continue;
    for (std::size_t at = shown.find(secret); at != std::string::npos; at = shown.find(secret, at + kStand.size())) {
      shown.replace(at, secret.size(), kStand);
    }
  }
  return shown;
}

Result<GradingOutcome> NotAsked(const Error& error, const PluginGrading& grading) {
  switch (error.code) {
    case ErrorCode::kCancelled:
    case ErrorCode::kAborted:
      return Fail(error);
    case ErrorCode::kDeadlineExceeded:
      return grading.Failed(PluginFailure::kTimeout, error.message);
    default:
      return grading.Failed(PluginFailure::kUnavailable, error.message);
  }
}

}  // namespace assay
