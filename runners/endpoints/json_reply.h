#pragma once
// What providers share that speak JSON: making a request, reading an answer, and telling what a failure is. Pure,
// thread-safe.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "runners/endpoints/provider.h"

namespace assay {

// "Content-Type" and "Accept" of JSON, then `authorization` unless it is empty, then the headers of the options.
std::vector<std::string> JsonHeaders(const ProviderOptions& options, const std::string& authorization);

// A POST of `body`; the endpoint sets the limits.
HttpRequest JsonRequest(std::string url, std::vector<std::string> headers, const Json& body);
// The arguments of a call as JSON, for protocols that want no text; an empty object when they are none.
Json ParsedArguments(const ToolCall& call);

// `base` with `path` appended before its query, unless it ends in `path` already. Slashes at the end of `base` are cut.
std::string WithPath(const std::string& base, std::string_view path);

// The document of a whole answer: status 200, JSON, no key twice in an object, no "error" in it. Everything else is a
// failure; `what` names in messages what was expected: "a chat completion". `api_key` is never quoted.
std::expected<Json, AttemptFailure> ReadJsonReply(const HttpResponse& answer, std::string_view what,
                                                  std::string_view api_key);

// The part of it that looks at the status and the JSON, of an answer with a status of 2xx.
std::expected<Json, AttemptFailure> ReadJsonDocument(const HttpResponse& answer, std::string_view what,
                                                     std::string_view api_key);

// The member "error" of a document, a choice or an event; null pointer for none, which some servers write as null,
// false,
// "" or {}.
const Json* ErrorIn(const Json& document);

// The failure that an error object, or text, stands for that came with a 200 as an event of a stream, which has ended
// with it. An exhausted account and a rate limit are told apart by the words of the providers.
AttemptFailure FailureOfErrorEvent(const Json& error, std::string_view api_key);
// That of an event that is named an error: JSON with or without an "error" in it, or any text.
AttemptFailure FailureOfErrorData(std::string_view data, std::string_view api_key);
// That of a body with an error in it, as `message` says.
AttemptFailure FailureOfErrorBody(const Json& error, std::string_view message, std::string_view api_key);

// Whether an element of a list of answers is the first of them, the one that is read: its "index" is 0 or, where it has
// none, its place in the list. Servers may send several in any order.
bool IsFirstAnswer(const Json& answer, std::size_t place);
// Whether a part of a content holds text of the answer in "text": reasoning and the like do not.
bool IsTextPart(std::string_view type);

// The object that is one event or line of a stream.
std::expected<Json, AttemptFailure> ReadStreamedObject(std::string_view data, std::string_view api_key);

// The failure that an answer with a status other than 2xx stands for, with what the server says of it: `message`, or
// what is found at the usual places.
AttemptFailure FailureOfReply(const HttpResponse& answer, std::string_view api_key, std::string_view message = "");
// What came instead of JSON, for a message.
std::string NotJson(const HttpResponse& answer, std::string_view what, std::string_view api_key);
// An answer whose `field` says that it did not come to its end, by a word that is none of an end.
std::unexpected<AttemptFailure> Unfinished(std::string_view field, std::string_view reason, std::string_view api_key);
// An answer that is none of this provider.
std::unexpected<AttemptFailure> Malformed(std::string message);

// A count of tokens beyond is no count: sums of counts must stay numbers.
inline constexpr std::int64_t kMostTokens = 1'000'000'000;

// Members of a document, "" and nothing when they are absent or of another kind. `path` is "error.message".
std::string_view TextAt(const Json& document, std::string_view path);
// A whole number from 0 to kMostTokens.
std::optional<std::int64_t> CountAt(const Json& document, std::string_view path);
const Json* Find(const Json& document, std::string_view path);

}  // namespace assay
