#include "daemon/reviews/secret.h"

#include <sys/random.h>

#include <array>

#include "core/digest.h"

namespace assay {

Result<std::string> RandomSecret() {
  std::array<char, 32> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return Fail(ErrorCode::kInternal, "the system gives no random bytes");
  return Sha256Hex(std::string_view(bytes.data(), bytes.size()));
}

}  // namespace assay
