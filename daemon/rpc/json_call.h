#pragma once
// Calls of the method table with JSON instead of messages: what the HTTP side uses, which knows no protobuf.
// The JSON is proto3's (https://protobuf.dev/programming-guides/proto3/#json) with the field names of the .proto files;
// requests may also spell them in camelCase. Fields that do not exist are refused. Answers hold every field that has a
// value or a default; optional ones and messages that are absent are left out.

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "core/result.h"
#include "daemon/rpc/method_table.h"

namespace assay {

// Takes the messages of a stream in turn, as JSON.
class JsonSink {
 public:
  virtual ~JsonSink() = default;
  // As MessageSink::Write.
  virtual boost::asio::awaitable<Status> Write(std::string_view json) = 0;
};

// Arguments live until the awaitable has ended. kInvalidArgument for a request that is not the JSON of its message.
boost::asio::awaitable<Status> CallJson(const Method& method, CallContext context, std::string_view request,
                                        std::string& response);
boost::asio::awaitable<Status> StreamJson(const Method& method, CallContext context, std::string_view request,
                                          JsonSink& sink);

}  // namespace assay
