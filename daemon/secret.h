#pragma once
// Secrets of an installation: from the operating system, kept in its store.

#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/result.h"

namespace assay {

class Store;

// Blocking. The secret of this name, 64 hexadecimal digits of 32 random bytes, which the first call of an installation
// makes. kInternal where the system has no random bytes, kDataLoss where what is stored is none.
Result<std::string> SecretOf(Store& store, std::string_view name, Time now);

}  // namespace assay
