#include "tests/daemon/http/api_clients.h"

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <stdexcept>

#include "daemon/http/connect_protocol.h"

namespace assay::testing {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::chrono::minutes kLimit{1};

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) throw std::runtime_error("cannot read a response");
  std::string bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

}  // namespace

struct GrpcClient::State {
  std::shared_ptr<grpc::Channel> channel;
  grpc::GenericStub stub;
};

struct GrpcClient::Pending::State {
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call;

  State() { context.set_deadline(std::chrono::system_clock::now() + kLimit); }
  State(const State&) = delete;
  ~State() {
    queue.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue.Next(&tag, &ok)) {
    }
  }

  bool Wait() {
    void* tag = nullptr;
    bool ok = false;
    if (!queue.Next(&tag, &ok)) throw std::runtime_error("the queue has ended");
    return ok;
  }
  bool Begin(grpc::GenericStub& stub, const std::string& path, const std::string& request) {
    call = stub.PrepareCall(&context, path, &queue);
    call->StartCall(this);
    if (!Wait()) return false;
    call->WriteLast(BufferOf(request), grpc::WriteOptions(), this);
    return Wait();
  }
  GrpcAnswer Finish(const std::function<bool(int)>& cancel_after) {
    GrpcAnswer answer;
    for (;;) {
      grpc::ByteBuffer buffer;
      call->Read(&buffer, this);
      if (!Wait()) break;
      answer.responses.push_back(BytesOf(buffer));
      if (cancel_after && cancel_after(static_cast<int>(answer.responses.size()))) context.TryCancel();
    }
    grpc::Status status;
    call->Finish(&status, this);
    Wait();
    answer.code = status.error_code();
    answer.message = status.error_message();
    for (const auto& [key, value] : context.GetServerTrailingMetadata()) {
      answer.trailers.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
    }
    return answer;
  }
};

GrpcClient::GrpcClient(int port) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  auto channel =
      grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials(), arguments);
  state_ = std::unique_ptr<State>(new State{channel, grpc::GenericStub(channel)});
}
GrpcClient::~GrpcClient() = default;

GrpcAnswer GrpcClient::Call(const std::string& path, const std::string& request, const Options& options) {
  Pending::State pending;
  if (!options.token.empty()) pending.context.AddMetadata("authorization", "Bearer " + options.token);
  if (options.compress) pending.context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  if (options.timeout) pending.context.set_deadline(std::chrono::system_clock::now() + *options.timeout);
  pending.Begin(state_->stub, path, request);
  return pending.Finish(options.cancel_after);
}

std::unique_ptr<GrpcClient::Pending> GrpcClient::Start(const std::string& path, const std::string& request) {
  auto pending = std::make_unique<Pending::State>();
  if (!pending->Begin(state_->stub, path, request)) throw std::runtime_error("cannot call " + path);
  return std::make_unique<Pending>(std::move(pending));
}

GrpcClient::Pending::Pending(std::unique_ptr<State> state) : state_(std::move(state)) {}
GrpcClient::Pending::~Pending() = default;
GrpcAnswer GrpcClient::Pending::CancelAndWait() {
  state_->context.TryCancel();
  return state_->Finish({});
}

std::string RequestBytes(const Method& method, const std::string& json) {
  const auto message = method.make_request();
  const auto status = google::protobuf::util::JsonStringToMessage(json, message.get());
  if (!status.ok()) throw std::runtime_error(method.path + ": " + status.ToString());
  return message->SerializeAsString();
}

std::string ResponseJson(const Method& method, const std::string& bytes) {
  const auto message = method.make_response();
  if (!message->ParseFromString(bytes)) throw std::runtime_error(method.path + ": not its response");
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(*message, &json, options).ok()) {
    throw std::runtime_error(method.path + ": cannot print its response");
  }
  return json;
}

struct HttpConnectionClient::State {
  asio::io_context context;
  beast::tcp_stream stream{context};
  beast::flat_buffer buffer;

  // Runs an operation with the limit on it.
  template <class Begin>
  beast::error_code Do(Begin begin) {
    beast::error_code result;
    stream.expires_after(kLimit);
    begin([&result](const beast::error_code& error, std::size_t) { result = error; });
    context.restart();
    context.run();
    return result;
  }
};

HttpConnectionClient::HttpConnectionClient(int port) : state_(std::make_unique<State>()) {
  state_->stream.connect({asio::ip::make_address("127.0.0.1"), static_cast<unsigned short>(port)});
}
HttpConnectionClient::~HttpConnectionClient() = default;

HttpAnswer HttpConnectionClient::Send(const Request& request) {
  http::request<http::string_body> message(http::string_to_verb(request.verb), request.path, 11);
  if (!request.host.empty()) message.set(http::field::host, request.host);
  for (const auto& [name, value] : request.headers) message.set(name, value);
  message.body() = request.body;
  message.prepare_payload();
  // An error here is not the end: the server may have answered before it took all.
  state_->Do([&](auto done) { http::async_write(state_->stream, message, done); });
  return Receive();
}

void HttpConnectionClient::SendRaw(std::string_view bytes) {
  state_->Do([&](auto done) { asio::async_write(state_->stream, asio::buffer(bytes.data(), bytes.size()), done); });
}

HttpAnswer HttpConnectionClient::Receive() {
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);
  if (state_->Do([&](auto done) { http::async_read(state_->stream, state_->buffer, parser, done); })) return {};
  HttpAnswer answer;
  answer.status = static_cast<int>(parser.get().result_int());
  for (const auto& field : parser.get()) {
    std::string name(field.name_string());
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    answer.headers.emplace(std::move(name), std::string(field.value()));
  }
  answer.body = parser.get().body();
  return answer;
}

void HttpConnectionClient::Close() { state_->stream.close(); }

HttpAnswer HttpSend(int port, const HttpConnectionClient::Request& request) {
  HttpConnectionClient connection(port);
  return connection.Send(request);
}

StreamAnswer HttpStream(int port, const std::string& path, const std::string& json,
                        std::map<std::string, std::string> headers) {
  HttpConnectionClient::Request request;
  request.path = path;
  request.headers = std::move(headers);
  request.headers["Content-Type"] = "application/connect+json";
  request.body = Envelope(EnvelopeKind::kMessage, json);
  const HttpAnswer answer = HttpSend(port, request);
  StreamAnswer stream;
  stream.status = answer.status;
  for (std::string_view rest = answer.body; rest.size() >= 5;) {
    std::size_t size = 0;
    for (int i = 1; i < 5; ++i) size = size << 8 | static_cast<unsigned char>(rest[i]);
    const std::string message(rest.substr(5, size));
    if (rest.front() == 2) {
      stream.end = message;
    } else {
      stream.messages.push_back(message);
    }
    rest.remove_prefix(std::min(rest.size(), 5 + size));
  }
  return stream;
}

}  // namespace assay::testing
