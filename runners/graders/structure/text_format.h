#pragma once
// The formats of JSON Schema draft 7 (and uuid, of later drafts), each by the standard that it names. Not here:
// idn-hostname, which needs the tables of IDNA.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

enum class TextFormat {
  kDate,      // RFC 3339, a day that there is
  kTime,      // with its offset; 60 seconds at the end of a day of UTC only
  kDateTime,  //
  kEmail,     // RFC 5321's Mailbox
  kIdnEmail,  // with letters of all scripts
  kHostname,  // RFC 1123
  kIpv4,
  kIpv6,
  kUri,  // RFC 3986, absolute
  kUriReference,
  kIri,  // RFC 3987
  kIriReference,
  kUriTemplate,  // RFC 6570
  kJsonPointer,  // RFC 6901
  kRelativeJsonPointer,
  kRegex,  // that RE2 takes, of at most 1,000 bytes
  kUuid,
};

std::optional<TextFormat> FindTextFormat(std::string_view name);
std::string NameOf(TextFormat format);
std::vector<std::string> TextFormatNames();

// Linear in `text`, which is UTF-8.
bool HasTextFormat(TextFormat format, std::string_view text);

}  // namespace assay
