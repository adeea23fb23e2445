#include "daemon/http/connect_protocol.h"

#include <algorithm>
#include <charconv>

#include "daemon/rpc/error_codes.h"

namespace assay {
namespace {

constexpr std::size_t kPrefixBytes = 5;
constexpr unsigned char kCompressed = 1;

}  // namespace

std::string MediaType(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  std::ranges::transform(type, type.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return type;
}

Result<std::optional<std::chrono::milliseconds>> ParseConnectTimeout(std::string_view header) {
  if (header.empty()) return std::nullopt;
  constexpr std::size_t kMaxDigits = 10;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), value);
  if (error != std::errc() || end != header.data() + header.size() || header.size() > kMaxDigits || value <= 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "connect-timeout-ms: expected a positive number of milliseconds of at most 10 digits");
  }
  return std::chrono::milliseconds(value);
}

Status CheckProtocolVersion(std::string_view header) {
  if (header.empty() || header == "1") return {};
  return Fail(ErrorCode::kInvalidArgument, "connect-protocol-version: this server speaks version 1 only");
}

Status CheckEncoding(std::string_view header) {
  if (header.empty() || header == "identity") return {};
  return Fail(ErrorCode::kUnimplemented, "compressed requests are not supported; supported encodings: identity");
}

std::string Envelope(EnvelopeKind kind, std::string_view message) {
  const auto size = static_cast<std::uint32_t>(message.size());
  std::string envelope;
  envelope.reserve(kPrefixBytes + message.size());
  envelope.push_back(static_cast<char>(kind));
  for (const int shift : {24, 16, 8, 0}) envelope.push_back(static_cast<char>((size >> shift) & 0xffu));
  envelope.append(message);
  return envelope;
}

Result<std::string_view> OpenEnvelope(std::string_view body) {
  if (body.size() < kPrefixBytes) {
    return Fail(ErrorCode::kInvalidArgument,
                "malformed envelope: " + std::to_string(body.size()) +
                    " bytes; expected a flag byte, a length of four bytes (big-endian) and the message");
  }
  const auto flags = static_cast<unsigned char>(body.front());
  if (flags == kCompressed) {
    return Fail(ErrorCode::kInvalidArgument,
                "malformed envelope: the message is marked as compressed, but the request "
                "names no encoding");
  }
  if (flags != 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "malformed envelope: flags are " + std::to_string(flags) + "; a request has none");
  }
  std::uint32_t size = 0;
  for (std::size_t i = 1; i < kPrefixBytes; ++i) size = size << 8 | static_cast<unsigned char>(body[i]);
  const std::string_view message = body.substr(kPrefixBytes);
  if (message.size() < size) {
    return Fail(ErrorCode::kInvalidArgument, "malformed envelope: the message should have " + std::to_string(size) +
                                                 " bytes and has " + std::to_string(message.size()));
  }
  if (message.size() > size) {
    return Fail(ErrorCode::kInvalidArgument, "malformed envelope: " + std::to_string(message.size() - size) +
                                                 " bytes follow the one message that this method takes");
  }
  return message;
}

std::string EndOfStreamJson(const Status& outcome) {
  if (outcome) return "{}";
  return "{\"error\":" + ConnectErrorJson(outcome.error()) + "}";
}

}  // namespace assay
