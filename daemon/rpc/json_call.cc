#include "daemon/rpc/json_call.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace assay {
namespace {

using boost::asio::awaitable;
using ProtoMessage = google::protobuf::Message;
namespace json = google::protobuf::util;

// The library quotes the request as it came and cuts it anywhere; an answer must be UTF-8.
std::string OnlyAscii(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return text;
}

Status Parse(std::string_view text, ProtoMessage& message) {
  const auto status = json::JsonStringToMessage({text.data(), text.size()}, &message, json::JsonParseOptions());
  if (status.ok()) return {};
  return Fail(ErrorCode::kInvalidArgument, "the request is not the JSON of " + message.GetDescriptor()->full_name() +
                                               ": " + OnlyAscii(std::string(status.message())));
}

Result<std::string> Print(const ProtoMessage& message) {
  json::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  const auto status = json::MessageToJsonString(message, &text, options);
  if (status.ok()) return text;
  return Fail(ErrorCode::kInternal,
              "cannot print " + message.GetDescriptor()->full_name() + " as JSON: " + std::string(status.message()));
}

class PrintingSink final : public MessageSink {
 public:
  explicit PrintingSink(JsonSink& sink) : sink_(sink) {}
  awaitable<Status> Write(const ProtoMessage& message) override {
    ASSAY_CO_ASSIGN(const std::string text, Print(message));
    co_return co_await sink_.Write(text);
  }

 private:
  JsonSink& sink_;
};

}  // namespace

awaitable<Status> CallJson(const Method& method, CallContext context, std::string_view request, std::string& response) {
  const std::unique_ptr<ProtoMessage> in = method.make_request();
  ASSAY_CO_TRY(Parse(request, *in));
  const std::unique_ptr<ProtoMessage> out = method.make_response();
  ASSAY_CO_TRY(co_await method.unary(std::move(context), *in, *out));
  ASSAY_CO_ASSIGN(response, Print(*out));
  co_return Status();
}

awaitable<Status> StreamJson(const Method& method, CallContext context, std::string_view request, JsonSink& sink) {
  const std::unique_ptr<ProtoMessage> in = method.make_request();
  ASSAY_CO_TRY(Parse(request, *in));
  PrintingSink printing(sink);
  co_return co_await method.stream(std::move(context), *in, printing);
}

}  // namespace assay
