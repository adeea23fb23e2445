// assay-replay: the lines of a recording, and the bodies of requests to it.

#include "replay/record.h"
#include "replay/responder.h"
#include "tests/fuzz/invariant.h"

namespace assay::fuzz {
namespace {

void CheckRecord(std::string_view line) {
  const Result<Record> record = ParseRecord(line);
  if (!record) {
    Require(!record.error().message.empty(), "an error has a message");
    return;
  }
  const Result<Json> body = Json::Parse(record->body);
  Require(body && body->Find("choices") != nullptr, "a record becomes a completion");
  const Result<Json> cut = Json::Parse(Truncated(record->body));
  Require(cut.has_value(), "a cut answer is still JSON");
  Require(cut->Find("choices")->as_array().front().Find("finish_reason")->as_string() == "length",
          "a cut answer says that it is");
}

void CheckRequest(std::string_view body) {
  for (const UnknownPrompt unknown : {UnknownPrompt::kError, UnknownPrompt::kEcho, UnknownPrompt::kFixed}) {
    ReplayOptions options;
    options.unknown = unknown;
    Responder responder(Recordings(), options);
    const HttpReply reply = responder.Answer({"POST", "/v1/chat/completions", "", body});
    Require(reply.status == 200 || (reply.status >= 400 && reply.status < 500), "a bad request is the client's fault");
    const Result<Json> answer = Json::Parse(reply.Body());
    Require(answer && answer->is_object(), "every answer is a JSON object");
    Require(reply.Body().size() < 4096 + 12 * body.size(), "an answer is not much larger than its request");
  }
}

}  // namespace
}  // namespace assay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::fuzz::CheckRecord(assay::fuzz::TextOf(data, size));
  assay::fuzz::CheckRequest(assay::fuzz::TextOf(data, size));
  return 0;
}
