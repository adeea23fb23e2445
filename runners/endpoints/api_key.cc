#include "runners/endpoints/api_key.h"

#include <algorithm>
#include <cstdlib>

#include "core/file.h"

namespace assay {

Result<std::string> ReadApiKey(const ApiKeySpec& spec, const std::filesystem::path& base_directory,
                               std::string_view option) {
  const std::string name = option.empty() ? "" : std::string(option) + ": ";
  std::string key;
  std::string source;
  if (spec.env) {
    source = "environment variable " + *spec.env;
    const char* value = std::getenv(spec.env->c_str());
    if (value == nullptr) {
      return Fail(ErrorCode::kFailedPrecondition, name + source + " is not set for the daemon");
    }
    key = value;
  } else if (spec.file) {
    std::filesystem::path path = base_directory / *spec.file;
    source = "file " + path.string();
    auto text = ReadFile(path, 64u << 10);
    if (!text) return Fail(text.error().code, name + text.error().message);
    key = *std::move(text);
  } else {
    return Fail(ErrorCode::kInvalidArgument, name + "neither env nor file is given");
  }
  constexpr std::string_view kBlank = " \t\r\n";
  auto begin = key.find_first_not_of(kBlank);
  if (begin == std::string::npos) return Fail(ErrorCode::kInvalidArgument, name + source + " is empty");
  key = key.substr(begin, key.find_last_not_of(kBlank) - begin + 1);
  if (!std::all_of(key.begin(), key.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; })) {
    return Fail(ErrorCode::kInvalidArgument, name + source + " holds characters that are no part of a key");
  }
  return key;
}

}  // namespace assay
