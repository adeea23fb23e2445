#pragma once
// One recorded answer: a JSON line {model, messages, tools?, response: {content, tool_calls?, finish_reason?, usage?}}.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/json.h"
#include "core/result.h"

namespace assay {

// What a request is found by: model, messages and tools, compared as JSON values (member order, spacing and the
// spelling of numbers do not matter; sampling parameters are not part of it).
struct RecordKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const RecordKey&, const RecordKey&) = default;
};

// The first 128 bits of the SHA-256 of the RFC 8785 text of {messages, model, tools}; `tools` that is a null pointer,
// null or an empty array is left out. Does not change between versions: recordings made elsewhere may carry it.
RecordKey KeyOf(std::string_view model, const Json& messages, const Json* tools);
// 32 lower-case hex digits.
std::string HexOf(const RecordKey& key);

struct Record {
  std::string model;
  RecordKey key;
  std::string body;  // the whole chat.completion answer, ready to send
};

// Strict: unknown members are refused with the nearest known name. kInvalidArgument says which member and why.
Result<Record> ParseRecord(std::string_view line);

// A chat.completion answer around a plain text.
std::string RenderText(std::string_view model, std::string_view id, std::string_view content);
// `body`, as rendered by us, with its text (or, without text, the arguments of its last tool call) cut in half and
// finish_reason "length". Cuts between UTF-8 characters. Usage stays as recorded.
std::string Truncated(std::string_view body);

}  // namespace assay
