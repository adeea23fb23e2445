#pragma once
// The header that carries an endpoint's key, for protocols whose servers disagree on it.

#include <optional>
#include <string>

#include "config/diagnostics.h"
#include "config/node.h"

namespace assay {

// `name: scheme key`. Without a scheme, "Bearer" in Authorization and nothing in other headers. "" without a key.
std::string KeyHeader(const std::string& name, const std::optional<std::string>& scheme, const std::string& api_key);

// Reports what is wrong with `api_key_header` and `api_key_scheme` of the mapping `node`.
void CheckKeyHeader(const std::string& name, const std::optional<std::string>& scheme, const Node& node,
                    Diagnostics& diagnostics);

}  // namespace assay
