#pragma once
// Addresses, URIs and their templates, by their grammars. Only for text_format.cc.

#include <string_view>

namespace assay {

bool IsIpv4Address(std::string_view text);
bool IsIpv6Address(std::string_view text);

struct UriForm {
  bool is_absolute = false;    // with a scheme
  bool is_any_script = false;  // an IRI
};
bool IsUri(std::string_view text, UriForm form);
bool IsUriTemplate(std::string_view text);

}  // namespace assay
