#pragma once
// References between documents, as RFC 3986 section 5 resolves them.

#include <string>
#include <string_view>

namespace assay {

// `reference` seen from `base`: "http://a/b/c" and "../d#e" give "http://a/d#e". A base without a scheme, "" included,
// gives what is left of the reference.
std::string ResolveUri(std::string_view base, std::string_view reference);

// "http://a/b" and "c" of "http://a/b#c".
std::string_view UriWithoutFragment(std::string_view uri);
std::string_view FragmentOfUri(std::string_view uri);

// "%25" as "%". A bad escape stays as it is.
std::string PercentDecoded(std::string_view text);

}  // namespace assay
