#pragma once
// Secrets from the operating system.

#include <string>

#include "core/result.h"

namespace assay {

// 64 hexadecimal digits of 32 random bytes. kInternal where the system has none.
Result<std::string> RandomSecret();

}  // namespace assay
