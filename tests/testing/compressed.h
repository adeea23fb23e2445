#pragma once
// Text compressed as programs of that name do it, for tests of what reads it.

#include <string>
#include <string_view>

namespace assay::testing {

std::string Gzipped(std::string_view text);
// One frame; its window is at most 1 << `window_log` bytes.
std::string ZstdFrame(std::string_view text, int window_log = 20);

}  // namespace assay::testing
