#pragma once
// Where a URL leads, however it is written.

#include <string>

namespace assay {

// Scheme, host, port and path of an http or https URL in one way of writing them: upper case in scheme and host,
// numbers for an IPv4 address in other forms, the port that goes without saying, escapes and dots in the path, slashes
// at its end, and what follows it, make no other place. A text that is no URL is given back. Two names of one host are
// two places. Thread-safe.
std::string PlaceOf(const std::string& url);

}  // namespace assay
