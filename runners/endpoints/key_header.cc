#include "runners/endpoints/key_header.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace assay {
namespace {

constexpr std::string_view kHeaderToken =
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool IsAuthorization(const std::string& name) {
  return std::ranges::equal(name, std::string_view("authorization"), {},
                            [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
}

}  // namespace

std::string KeyHeader(const std::string& name, const std::optional<std::string>& scheme, const std::string& api_key) {
  if (api_key.empty()) return "";
  const std::string word = scheme.value_or(IsAuthorization(name) ? "Bearer" : "");
  return name + ": " + (word.empty() ? "" : word + " ") + api_key;
}

void CheckKeyHeader(const std::string& name, const std::optional<std::string>& scheme, const Node& node,
                    Diagnostics& diagnostics) {
  if (name.find_first_not_of(kHeaderToken) != std::string::npos) {
    diagnostics.Add(node.Find("api_key_header")->At("is no header name"));
  }
  if (scheme && scheme->find_first_not_of(kHeaderToken) != std::string::npos) {
    diagnostics.Add(node.Find("api_key_scheme")->At("must be one word, such as Bearer"));
  }
}

}  // namespace assay
