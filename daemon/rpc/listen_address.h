#pragma once
// HOST:PORT to listen on.

#include <string>
#include <string_view>

#include "core/result.h"

namespace assay {

struct ListenAddress {
  std::string host;       // an IPv4 or IPv6 literal without brackets, or "localhost"
  int port = 0;           // 0: any free one
  bool loopback = false;  // reachable from this machine only
};

// "127.0.0.1:7070", "[::1]:7070", "localhost:0", "0.0.0.0:7070". Other names are refused: what they resolve to is not
// known before the daemon listens, and listening beyond loopback must be a decision. kInvalidArgument.
Result<ListenAddress> ParseListenAddress(std::string_view text);

}  // namespace assay
