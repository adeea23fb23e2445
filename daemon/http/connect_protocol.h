#pragma once
// The framing of the Connect protocol: headers that a call may carry, enveloped messages, the end of a stream.
// Values only, no socket.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace assay {

inline constexpr std::string_view kUnaryContentType = "application/json";
inline constexpr std::string_view kStreamContentType = "application/connect+json";

// The media type of a Content-Type header: lower case, without parameters.
std::string MediaType(std::string_view content_type);

// Connect-Timeout-Ms: a positive integer of at most ten digits; nullopt when the header is absent (empty).
Result<std::optional<std::chrono::milliseconds>> ParseConnectTimeout(std::string_view header);
// Connect-Protocol-Version: "1", or absent (empty).
Status CheckProtocolVersion(std::string_view header);
// Content-Encoding or Connect-Content-Encoding: "identity", or absent (empty). kUnimplemented otherwise.
Status CheckEncoding(std::string_view header);

enum class EnvelopeKind : std::uint8_t { kMessage = 0, kEndOfStream = 2 };
// A flag byte, the length as four bytes big-endian, the message.
std::string Envelope(EnvelopeKind kind, std::string_view message);
// The one message of a server-streaming request. kInvalidArgument when the body is anything else than exactly one
// uncompressed envelope.
Result<std::string_view> OpenEnvelope(std::string_view body);

// The last message of a stream: {} or {"error":{"code":…,"message":…}}.
std::string EndOfStreamJson(const Status& outcome);

}  // namespace assay
