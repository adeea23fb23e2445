#include "runners/graders/plugins/grpc_options.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace assay {
namespace {

bool IsAddress(const GrpcOptions& options) {
  const std::string_view address = options.address;
  if (options.is_socket()) return address.starts_with("unix:/") && address.find_first_of("?# \t\r\n") == address.npos;
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view digits = address.substr(colon + 1);
  int port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port < 1 || port > 65535) return false;
  const bool is_bracketed = address.starts_with("[") && address.substr(0, colon).ends_with("]");
  const std::string_view host = options.host();
  const auto is_of_host = [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_' ||
           (is_bracketed && c == ':');
  };
  return !host.empty() && std::ranges::all_of(host, is_of_host);
}

void CheckAddress(const GrpcOptions& options, const Node& node, Diagnostics& diagnostics) {
  const Node address = *node.Find("address");
  if (!IsAddress(options)) {
    diagnostics.Add(address.At("must be HOST:PORT or unix:/PATH, got " + address.Describe()));
    return;
  }
  if (options.ca_file && !options.has_tls()) {
    diagnostics.Add(node.Find("ca_file")->At("is of no use without tls"));
  }
  if (options.token && !options.has_tls() && !options.is_local()) {
    diagnostics.Add(node.Find("token")->At("would go through the network as it is; leave tls: false out"));
  }
}

}  // namespace

const FieldTable<GrpcOptions>& GrpcOptions::Fields() {
  static const auto table = WithPluginFields(
      FieldTable<GrpcOptions>()
          .Required("address", &GrpcOptions::address, "of the server: HOST:PORT or unix:/PATH")
          .Optional("tls", &GrpcOptions::tls,
                    "whether the connection is encrypted; by default unless it is this machine")
          .Optional("ca_file", &GrpcOptions::ca_file,
                    "PEM file on the daemon's machine with the authorities that may vouch for the server, relative to "
                    "the suite; by default those of the system",
                    {.min_size = 1})
          .Optional("token", &GrpcOptions::token, "where a token is found that is sent as authorization: Bearer")
          .Check(&CheckAddress, {"address", "tls", "ca_file", "token"}),
      "calls in flight at once");
  return table;
}

}  // namespace assay
