#pragma once
// Messages of the API as the JSON that --output json prints: snake_case names, absent values null, enums as bare words,
// numbers as numbers, times as RFC 3339, durations in milliseconds.

#include <optional>

#include "core/json.h"

namespace assay::v1 {
class Check;
class Counts;
class Document;
class Endpoint;
class Model;
class ModelRef;
class Response;
class Run;
class Trial;
class Verdict;
}  // namespace assay::v1

namespace assay {

// "M@V"
std::string ModelReference(const v1::ModelRef& model);

// See core/response.h.
std::optional<double> TokensPerSecondOf(const v1::Response& response);

Json ToJson(const v1::Counts& counts);
Json ToJson(const v1::Run& run);
Json ToJson(const v1::Model& model);
Json ToJson(const v1::Endpoint& endpoint);
Json ToJson(const v1::Document& document);
Json ToJson(const v1::Trial& trial);
// The waivers that cover a rule of a verdict now.
Json WaiversJson(const v1::Verdict& verdict);
// With the stored verdict document under "verdict".
Json ToJson(const v1::Check& check);

}  // namespace assay
