#include "core/response.h"

namespace assay {

std::string_view Name(Role role) {
  switch (role) {
    case Role::kSystem:
      return "system";
    case Role::kUser:
      return "user";
    case Role::kAssistant:
      return "assistant";
    case Role::kTool:
      return "tool";
  }
  return "user";
}

std::optional<double> TokensPerSecond(std::chrono::microseconds latency,
                                      std::optional<std::chrono::microseconds> first_token,
                                      std::optional<std::int64_t> tokens_out) {
  if (!first_token || tokens_out.value_or(0) < 2) return std::nullopt;
  const std::chrono::microseconds after = latency - *first_token;
  if (after < std::chrono::milliseconds(1)) return std::nullopt;
  return 1e6 * static_cast<double>(*tokens_out - 1) / static_cast<double>(after.count());
}

}  // namespace assay
