#pragma once
// The addresses at which Label Studio finds an ML backend: /label-studio/QUEUE, with its own calls below, each of which
// is one method of the API in another form. Pure, thread-safe.

#include <optional>
#include <string>
#include <string_view>

namespace assay {

struct LabelStudioRequest {
  static constexpr std::string_view kMethod = "/assay.v1.ReviewInterchangeService/AnswerLabelStudio";
  std::string queue = {};
  std::string_view call = {};  // "HEALTH", ...
  bool is_read = false;        // GET; else POST
  int status = 200;            // of the answer

  // The JSON of the method's request with this body, and the body in that of its response.
  std::string MessageOf(std::string_view body) const;
  static std::string BodyOf(const std::string& response);
};

// Nullopt for what is none of these addresses. QUEUE alone is asked for its health, too.
std::optional<LabelStudioRequest> FindLabelStudioRequest(std::string_view path);

// Label Studio knows no bearer tokens for its backends, but names and passwords: the password is the token. Nullopt for
// what is no Basic authorization.
std::optional<std::string> BearerOfBasic(std::optional<std::string_view> authorization);

}  // namespace assay
