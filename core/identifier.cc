// UUIDv7 with the monotonic counter of RFC 9562 §6.2 method 3: the 12 bits of rand_a hold the sub-millisecond part, and
// an id never sorts before the one made before it in this process.

#include "core/identifier.h"

#include <openssl/rand.h>

#include <array>
#include <atomic>
#include <cstdlib>

namespace assay {
namespace {

// 48 bits of milliseconds and 12 bits of 1/4096 ms; each call gives a larger value than any before.
std::uint64_t NextStamp(Time now) {
  static std::atomic<std::uint64_t> last{0};
  const auto microseconds = static_cast<std::uint64_t>(now.time_since_epoch().count());
  const std::uint64_t wanted = (microseconds / 1000) << 12 | (microseconds % 1000) * 4096 / 1000;
  std::uint64_t previous = last.load();
  std::uint64_t stamp = 0;
  do {
    stamp = std::max(wanted, previous + 1);
  } while (!last.compare_exchange_weak(previous, stamp));
  return stamp;
}

}  // namespace

std::string MakeId(Time now) {
  const std::uint64_t stamp = NextStamp(now);
  std::array<unsigned char, 16> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) std::abort();  // no entropy: nothing can be unique
  for (int i = 0; i < 6; ++i) bytes[static_cast<std::size_t>(i)] = static_cast<unsigned char>(stamp >> (52 - 8 * i));
  bytes[6] = static_cast<unsigned char>(0x70 | ((stamp >> 8) & 0x0F));
  bytes[7] = static_cast<unsigned char>(stamp);
  bytes[8] = static_cast<unsigned char>(0x80 | (bytes[8] & 0x3F));
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

bool IsId(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_dash_place = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash_place ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

}  // namespace assay
