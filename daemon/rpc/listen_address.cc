#include "daemon/rpc/listen_address.h"

#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace assay {

Result<ListenAddress> ParseListenAddress(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument, "cannot listen on \"" + std::string(text) + "\": " + std::string(why));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad("expected HOST:PORT, e.g. 127.0.0.1:7070");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad("write an IPv6 address in brackets, e.g. [::1]:7070");
  }
  ListenAddress address;
  address.host = std::string(host);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || end != port.data() + port.size() || port.front() == '-' || address.port > 65535) {
    return bad("the port is a number from 0 to 65535");
  }
  if (address.host == "localhost") {
    address.loopback = true;
    return address;
  }
  boost::system::error_code invalid;
  const auto parsed = boost::asio::ip::make_address(address.host, invalid);
  if (invalid) return bad("the host is an IP address or localhost");
  address.loopback = parsed.is_loopback();
  return address;
}

}  // namespace assay
