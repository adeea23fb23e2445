#pragma once

#include <cstddef>

namespace assay {

// Of a text that is to take linear time. Under AddressSanitizer, where each takes ten times as long, an eighth: what is
// wrong with memory shows in a short text as well.
constexpr std::size_t HostileSize(std::size_t size) {
#ifdef __SANITIZE_ADDRESS__
  return size / 8;
#else
  return size;
#endif
}

}  // namespace assay
