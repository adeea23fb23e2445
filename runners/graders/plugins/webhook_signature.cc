#include "runners/graders/plugins/webhook_signature.h"

#include "core/base64.h"
#include "core/digest.h"

namespace assay {

Result<std::string> WebhookKey(std::string_view secret) {
  constexpr std::string_view kPrefix = "whsec_";
  constexpr std::size_t kShortest = 24;
  constexpr std::size_t kLongest = 64;
  std::string key(secret);
  if (secret.starts_with(kPrefix)) {
    auto decoded = FromBase64(secret.substr(kPrefix.size()));
    if (!decoded) return Fail(ErrorCode::kInvalidArgument, "what follows whsec_ is no Base64");
    key = *std::move(decoded);
  }
  if (key.size() < kShortest || key.size() > kLongest) {
    return Fail(ErrorCode::kInvalidArgument,
                "has " + std::to_string(key.size()) +
                    " bytes, and must have from 24 to 64; make one by: echo whsec_$(openssl rand -base64 32)");
  }
  return key;
}

std::vector<std::string> WebhookHeaders(std::string_view key, std::string_view id, Time now, std::string_view body) {
  const std::string seconds = std::to_string(std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
  std::string signed_text;
  signed_text.reserve(id.size() + seconds.size() + body.size() + 2);
  signed_text.append(id).append(".").append(seconds).append(".").append(body);
  return {"webhook-id: " + std::string(id), "webhook-timestamp: " + seconds,
          "webhook-signature: v1," + ToBase64(HmacSha256(key, signed_text))};
}

}  // namespace assay
