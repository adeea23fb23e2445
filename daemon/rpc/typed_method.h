#pragma once
// Wraps a handler that is written on its own message types,
//   awaitable<Result<GetRunResponse>> GetRun(RunOperations&, const CallContext&, const GetRunRequest&)
//   awaitable<Status> WatchRun(RunOperations&, const CallContext&, const WatchRunRequest&,
//   TypedSink<WatchRunResponse>&)
// as an entry of the method table. For the .cc files that hold handlers.

#include <utility>

#include "daemon/rpc/method_table.h"

namespace assay {

// Fills in the project; kInvalidArgument for one that cannot be a name.
Result<std::string> ProjectOf(const std::string& requested);

enum class Effect { kRead, kWrite };

// Of one message on the wire; a longer answer is kResourceExhausted on both transports.
inline constexpr std::size_t kMaxMessageBytes = 16u << 20;
Status CheckMessageSize(std::size_t bytes);

template <class Response>
class TypedSink {
 public:
  explicit TypedSink(MessageSink& sink) : sink_(sink) {}
  // `message` lives until the awaitable has ended.
  boost::asio::awaitable<Status> Write(const Response& message) {
    ASSAY_CO_TRY(CheckMessageSize(message.ByteSizeLong()));
    co_return co_await sink_.Write(message);
  }

 private:
  MessageSink& sink_;
};

template <class Service, class Request, class Response>
using UnaryHandler = boost::asio::awaitable<Result<Response>> (*)(Service&, const CallContext&, const Request&);
template <class Service, class Request, class Response>
using StreamHandler = boost::asio::awaitable<Status> (*)(Service&, const CallContext&, const Request&,
                                                         TypedSink<Response>&);

template <class Service, class Request, class Response>
boost::asio::awaitable<Status> CallUnary(UnaryHandler<Service, Request, Response> handler, Service& service,
                                         CallContext context, const Request& request, Response& response) {
  ASSAY_CO_ASSIGN(context.caller.project, ProjectOf(request.project()));
  Result<Response> result = co_await handler(service, context, request);
  if (!result) co_return std::unexpected(std::move(result).error());
  ASSAY_CO_TRY(CheckMessageSize(result->ByteSizeLong()));
  response = *std::move(result);
  co_return Status();
}

template <class Service, class Request, class Response>
boost::asio::awaitable<Status> CallStream(StreamHandler<Service, Request, Response> handler, Service& service,
                                          CallContext context, const Request& request, MessageSink& sink) {
  ASSAY_CO_ASSIGN(context.caller.project, ProjectOf(request.project()));
  TypedSink<Response> typed(sink);
  co_return co_await handler(service, context, request, typed);
}

template <class Service, class Request, class Response>
Method UnaryMethod(std::string path, Effect effect, UnaryHandler<Service, Request, Response> handler,
                   Service& service) {
  Method method;
  method.path = std::move(path);
  method.writes = effect == Effect::kWrite;
  method.make_request = [] { return std::make_unique<Request>(); };
  method.make_response = [] { return std::make_unique<Response>(); };
  method.unary = [handler, &service](CallContext context, const google::protobuf::Message& request,
                                     google::protobuf::Message& response) {
    return CallUnary(handler, service, std::move(context), static_cast<const Request&>(request),
                     static_cast<Response&>(response));
  };
  return method;
}

template <class Service, class Request, class Response>
Method StreamMethod(std::string path, StreamHandler<Service, Request, Response> handler, Service& service) {
  Method method;
  method.path = std::move(path);
  method.make_request = [] { return std::make_unique<Request>(); };
  method.make_response = [] { return std::make_unique<Response>(); };
  method.stream = [handler, &service](CallContext context, const google::protobuf::Message& request,
                                      MessageSink& sink) {
    return CallStream(handler, service, std::move(context), static_cast<const Request&>(request), sink);
  };
  return method;
}

}  // namespace assay
