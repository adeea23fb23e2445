// What the HTTP side makes of a request: METHOD PATH or a number, a line `----`, the body. Headers, envelopes, and the
// JSON of every method down to its handler.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <charconv>

#include "daemon/http/connect_protocol.h"
#include "daemon/rpc/json_call.h"
#include "tests/fuzz/invariant.h"
#include "tests/testing/fake_services.h"

namespace assay::fuzz {
namespace {

using boost::asio::awaitable;

class Swallow final : public JsonSink {
 public:
  awaitable<Status> Write(std::string_view json) override {
    Require(Json::Parse(json).has_value(), "every message of a stream is JSON");
    co_return Status();
  }
};

void CheckHeader(std::string_view header) {
  const auto timeout = ParseConnectTimeout(header);
  Require(!timeout || !*timeout || (*timeout)->count() > 0, "a timeout is positive");
  Require(CheckEncoding(header) || !CheckEncoding(header).error().message.empty(), "an error has a message");
  Require(CheckProtocolVersion(header) || !CheckProtocolVersion(header).error().message.empty(), "likewise");
  Require(MediaType(header).find(';') == std::string::npos, "a media type has no parameters");
}

void CheckEnvelope(std::string_view body) {
  const Result<std::string_view> message = OpenEnvelope(body);
  if (message) {
    Require(Envelope(EnvelopeKind::kMessage, *message) == body, "what is opened can be closed again");
  } else {
    Require(!message.error().message.empty(), "an error has a message");
    Require(Json::Parse(EndOfStreamJson(Fail(message.error()))).has_value(), "and is sent as JSON");
  }
  const std::string envelope = Envelope(EnvelopeKind::kMessage, body);
  Require(OpenEnvelope(envelope) == body, "what is closed can be opened again");
}

awaitable<Status> Call(const Method& method, std::string_view body, std::string& response, Swallow& sink) {
  const CallContext context{{"fuzz"}, std::chrono::steady_clock::now() + std::chrono::hours(1)};
  if (method.streams()) co_return co_await StreamJson(method, context, body, sink);
  co_return co_await CallJson(method, context, body, response);
}

void Check(std::string_view input) {
  static testing::FakeServices services;
  static const MethodTable methods = MakeMethodTable(services.All());
  const std::string_view head = TakePart(input);
  CheckHeader(head);
  CheckEnvelope(input);
  const Method* method = methods.Find(head);
  if (method == nullptr) return;
  std::string response;
  Swallow sink;
  std::optional<Status> outcome;
  boost::asio::io_context loop;
  boost::asio::co_spawn(loop, Call(*method, input, response, sink), [&](std::exception_ptr failure, Status status) {
    Require(failure == nullptr, "no exception leaves a call");
    outcome = std::move(status);
  });
  loop.run();
  Require(outcome.has_value(), "a call ends");
  if (*outcome) {
    Require(method->streams() || Json::Parse(response).has_value(), "an answer is JSON");
  } else {
    Require(!outcome->error().message.empty(), "an error has a message");
    Require(outcome->error().code != ErrorCode::kInternal, "a bad request is not our fault");
    Require(Json::Parse(EndOfStreamJson(*outcome)).has_value(), "and is sent as JSON");
  }
}

}  // namespace
}  // namespace assay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::fuzz::Check(assay::fuzz::TextOf(data, size));
  return 0;
}
