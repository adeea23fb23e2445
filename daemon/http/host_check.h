#pragma once
// Against DNS rebinding: a page of another site can make a browser call this machine under the site's own name, and
// then reads the answers. So a server on loopback answers only to names of loopback.

#include <string_view>

#include "core/result.h"

namespace assay {

// Whether the Host header ("localhost:7071", "[::1]", "127.0.0.2:80") names this machine's loopback.
bool IsLoopbackHost(std::string_view host);
// kPermissionDenied with what to use instead.
Status CheckLoopbackHost(std::string_view host);

}  // namespace assay
