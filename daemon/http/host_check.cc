#include "daemon/http/host_check.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <string>

namespace assay {

bool IsLoopbackHost(std::string_view host) {
  constexpr std::size_t kMaxBytes = 255;
  if (host.empty() || host.size() > kMaxBytes) return false;
  std::string name;
  if (host.front() == '[') {
    const auto close = host.find(']');
    if (close == std::string_view::npos) return false;
    const std::string_view port = host.substr(close + 1);
    if (!port.empty() && port.front() != ':') return false;
    name = host.substr(1, close - 1);
  } else {
    name = host.substr(0, host.rfind(':'));
  }
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (name == "localhost" || name == "localhost.") return true;
  boost::system::error_code invalid;
  const auto address = boost::asio::ip::make_address(name, invalid);
  return !invalid && address.is_loopback();
}

Status CheckLoopbackHost(std::string_view host) {
  if (IsLoopbackHost(host)) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "this server listens on loopback and does not answer to the host it was called by; call it as localhost "
              "or 127.0.0.1");
}

}  // namespace assay
