#include "daemon/http/connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "daemon/http/connect_protocol.h"
#include "daemon/http/label_studio_paths.h"
#include "daemon/http/reply.h"
#include "daemon/http/route.h"
#include "daemon/rpc/call_task.h"
#include "daemon/rpc/completion.h"
#include "daemon/rpc/json_call.h"

namespace assay {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::awaitable;
using std::chrono::steady_clock;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kMaxLingerBytes = 32u << 20;
constexpr std::size_t kReadBytes = 16u << 10;  // at once

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

class HttpConnection final : public Connection, public JsonSink, public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(asio::ip::tcp::socket socket, const HttpService& service, ServedPaths paths)
      : stream_(std::move(socket)), service_(service), paths_(paths), share_(service.bodies) {}

  void Start(std::function<void()> ended) {
    asio::co_spawn(stream_.get_executor(), Run(),
                   [self = shared_from_this(), ended = std::move(ended)](const std::exception_ptr&) { ended(); });
  }

  void Drain() override {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      self->closing_ = true;
      if (self->state().waiting <= Waiting::kHeader) self->Close();
    });
  }

  void Abort() override {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      self->closing_ = true;
      if (self->task_) self->task_->Cancel(StoppingError());
      self->Close();
    });
  }

  void GiveUp() override {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      self->closing_ = true;
      if (self->state().waiting != Waiting::kOwnAnswer) self->Close();
    });
  }

  State state() const override {
    const std::lock_guard lock(state_mutex_);
    return state_;
  }

  // One message of a stream: a chunk that holds one envelope. Finishes the chunk even when the call is cancelled
  // meanwhile, so that the end of the stream can still follow it; the write timeout bounds that.
  awaitable<Status> Write(std::string_view json) override {
    const std::string envelope = Envelope(EnvelopeKind::kMessage, json);
    co_return co_await WriteChunk(envelope);
  }

 private:
  using Parser = http::request_parser<http::buffer_body>;

  awaitable<void> Run() {
    beast::error_code ignored;
    stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    stream_.socket().set_option(asio::socket_base::keep_alive(true), ignored);
    stream_.socket().non_blocking(true, ignored);
    for (bool is_open = true; is_open && !closing_;) {
      const bool has_header = co_await ReadHeader();
      if (!has_header) break;
      co_await Answer();
      parser_.reset();
      body_ = std::string();
      share_.Release();
      is_open = keep_alive_ && co_await AwaitNextRequest();
    }
    parser_.reset();
    co_await Linger();
    Close();
  }

  void SetWaiting(Waiting waiting) {
    const std::lock_guard lock(state_mutex_);
    state_ = {waiting, steady_clock::now()};
  }

  // Returns whether the client began another request.
  awaitable<bool> AwaitNextRequest() {
    if (closing_) co_return false;
    if (buffer_.size() > 0) co_return true;
    SetWaiting(Waiting::kNextRequest);
    stream_.expires_after(service_.options.idle_timeout);
    const auto space = buffer_.prepare(kReadBytes);
    const auto [error, bytes] = co_await stream_.async_read_some(space, kTuple);
    buffer_.commit(bytes);
    co_return !error;
  }

  // Returns whether the header is there; otherwise the client has had its answer, or is gone.
  awaitable<bool> ReadHeader() {
    SetWaiting(Waiting::kHeader);
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(service_.options.max_header_bytes));
    parser_->body_limit(service_.options.max_body_bytes);
    stream_.expires_after(service_.options.header_timeout);
    const auto [error, bytes] = co_await http::async_read_header(stream_, buffer_, *parser_, kTuple);
    SetWaiting(Waiting::kOwnAnswer);
    if (error) co_await AnswerBrokenRequest(error);
    co_return !error;
  }

  // What cannot be parsed gets an answer where HTTP has one; a client that went away or slept gets none.
  std::optional<Reply> ReplyToBroken(const beast::error_code& error) const {
    const auto limit = [](std::string_view what, std::size_t bytes) {
      return Error{ErrorCode::kResourceExhausted,
                   "the " + std::string(what) + " is over the limit of " + std::to_string(bytes) + " bytes",
                   {}};
    };
    if (error == http::error::body_limit) return ErrorReply(limit("body", service_.options.max_body_bytes), 413);
    if (error == http::error::header_limit) return ErrorReply(limit("header", service_.options.max_header_bytes), 431);
    const bool malformed = error.category() == http::make_error_code(http::error::bad_method).category() &&
                           error != http::error::end_of_stream && error != http::error::partial_message;
    if (!malformed) return std::nullopt;
    return ErrorReply({ErrorCode::kInvalidArgument, "malformed HTTP request: " + error.message(), {}});
  }

  awaitable<void> AnswerBrokenRequest(const beast::error_code& error) {
    keep_alive_ = false;
    std::optional<Reply> reply = ReplyToBroken(error);
    if (reply) co_await Send(*std::move(reply));
  }

  RequestLine Line() const {
    const auto& request = parser_->get();
    return {.target = View(request.target()),
            .is_get = head_ || request.method() == http::verb::get,
            .is_post = request.method() == http::verb::post,
            .host = View(request[http::field::host]),
            .content_type = View(request[http::field::content_type]),
            .accept = View(request[http::field::accept]),
            .accept_encoding = View(request[http::field::accept_encoding]),
            .if_none_match = View(request[http::field::if_none_match])};
  }

  awaitable<void> Answer() {
    version_ = parser_->get().version();
    keep_alive_ = paths_ == ServedPaths::kAll && parser_->get().keep_alive();
    head_ = parser_->get().method() == http::verb::head;
    Route route = FindRoute(Line(), service_, paths_);
    if (route.reply) {
      co_await Send(*std::move(route.reply));
      co_return;
    }
    const auto began = steady_clock::now();
    Result<CallContext> context = OpenCall(*route.method, route.label_studio.has_value());
    if (context) {
      const bool complete = co_await ReadBody();
      if (!complete) co_return;
    }
    Status outcome;
    if (route.label_studio) {
      outcome = co_await AnswerLabelStudio(*route.method, *route.label_studio, std::move(context));
    } else if (route.method->streams()) {
      outcome = co_await AnswerStream(*route.method, std::move(context));
    } else {
      outcome = co_await AnswerUnary(*route.method, std::move(context));
    }
    if (service_.observe) {
      const auto took = steady_clock::now() - began;
      service_.observe(*route.method, outcome, std::chrono::duration_cast<std::chrono::microseconds>(took));
    }
  }

  // Who is calling and until when.
  Result<CallContext> OpenCall(const Method& method, bool is_label_studio) const {
    const auto& request = parser_->get();
    ASSAY_TRY(CheckProtocolVersion(View(request["Connect-Protocol-Version"])));
    ASSAY_TRY(CheckEncoding(
        View(method.streams() ? request["Connect-Content-Encoding"] : request[http::field::content_encoding])));
    ASSAY_ASSIGN(const auto timeout, ParseConnectTimeout(View(request["Connect-Timeout-Ms"])));
    CallContext context;
    if (timeout) context.deadline = steady_clock::now() + *timeout;
    const auto header = request.find(http::field::authorization);
    std::optional<std::string_view> authorization;
    if (header != request.end()) authorization = View(header->value());
    const std::optional<std::string> bearer = is_label_studio ? BearerOfBasic(authorization) : std::nullopt;
    if (bearer) authorization = *bearer;
    ASSAY_ASSIGN(context.caller.principal, service_.authenticator.Authenticate(authorization));
    return context;
  }

  // Returns whether the body is there; otherwise the client has had its answer, or is gone.
  awaitable<bool> ReadBody() {
    stream_.expires_after(service_.options.body_timeout);
    if (beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
      http::response<http::empty_body> proceed(http::status::continue_, version_);
      const auto [error, bytes] = co_await http::async_write(stream_, proceed, kTuple);
      if (error) {
        keep_alive_ = false;
        co_return false;
      }
    }
    SetWaiting(Waiting::kBody);
    const bool complete = co_await ReceiveBody();
    SetWaiting(Waiting::kOwnAnswer);
    co_return complete;
  }

  awaitable<bool> ReceiveBody() {
    const auto announced = static_cast<std::size_t>(parser_->content_length().value_or(0));  // within body_limit
    bool has_memory = share_.GrowTo(announced);
    if (has_memory) body_.reserve(announced);
    while (has_memory && !parser_->is_done()) {
      const std::size_t received = body_.size();
      const std::size_t missing = parser_->content_length_remaining().value_or(kReadBytes);
      const std::size_t size = std::min(kReadBytes, missing);
      has_memory = share_.GrowTo(received + size);
      if (!has_memory) break;
      body_.resize(received + size);
      auto& space = parser_->get().body();
      space.data = body_.data() + received;
      space.size = size;
      const auto [error, bytes] = co_await http::async_read(stream_, buffer_, *parser_, kTuple);
      body_.resize(body_.size() - space.size);  // what is left of it
      if (error && error != http::error::need_buffer) {
        co_await AnswerBrokenRequest(error);
        co_return false;
      }
    }
    if (!has_memory) {
      Reply reply = ErrorReply({ErrorCode::kResourceExhausted,
                                "the bodies of all requests together are over the limit of " +
                                    std::to_string(service_.bodies->limit()) + " bytes; try again",
                                std::chrono::seconds(1)});
      co_await Send(std::move(reply));
    }
    co_return has_memory;
  }

  awaitable<Status> AnswerUnary(const Method& method, Result<CallContext> context) {
    Status outcome;
    std::string answer;
    if (context) {
      awaitable<Status> work = CallJson(method, *context, body_, answer);
      outcome = co_await RunCall(method, context->deadline, std::move(work));
    } else {
      outcome = Fail(context.error());
    }
    Reply reply = outcome ? MakeReply(200, kUnaryContentType, std::move(answer)) : ErrorReply(outcome.error());
    co_await Send(std::move(reply));
    co_return outcome;
  }

  // The same call with its body as a member of the message, and the answer's likewise.
  awaitable<Status> AnswerLabelStudio(const Method& method, const LabelStudioRequest& asked,
                                      Result<CallContext> context) {
    Status outcome;
    std::string answer;
    if (context) {
      const std::string message = asked.MessageOf(body_);
      awaitable<Status> work = CallJson(method, *context, message, answer);
      outcome = co_await RunCall(method, context->deadline, std::move(work));
    } else {
      outcome = Fail(context.error());
    }
    Reply reply = outcome ? MakeReply(asked.status, kUnaryContentType, LabelStudioRequest::BodyOf(answer))
                          : ErrorReply(outcome.error());
    co_await Send(std::move(reply));
    co_return outcome;
  }

  awaitable<Status> AnswerStream(const Method& method, Result<CallContext> context) {
    if (version_ < 11) {
      const Error error{ErrorCode::kUnimplemented, "streams need HTTP/1.1", {}};
      Reply reply = ErrorReply(error, 505);
      co_await Send(std::move(reply));
      co_return Fail(error);
    }
    CloseUnlessRead();
    http::response<http::empty_body> head(http::status::ok, version_);
    head.set(http::field::content_type, beast::string_view(kStreamContentType.data(), kStreamContentType.size()));
    head.set(http::field::cache_control, "no-store");
    head.chunked(true);
    head.keep_alive(keep_alive_);
    http::response_serializer<http::empty_body> serializer(head);
    stream_.expires_after(service_.options.write_timeout);
    const auto [error, bytes] = co_await http::async_write_header(stream_, serializer, kTuple);
    if (error) {
      keep_alive_ = false;
      co_return Fail(ErrorCode::kCancelled, "the client has gone away");
    }
    Status outcome;
    if (!context) {
      outcome = Fail(context.error());
    } else if (const auto message = OpenEnvelope(body_); !message) {
      outcome = Fail(message.error());
    } else {
      awaitable<Status> work = StreamJson(method, *context, *message, *this);
      outcome = co_await RunCall(method, context->deadline, std::move(work));
    }
    const std::string end = Envelope(EnvelopeKind::kEndOfStream, EndOfStreamJson(outcome));
    const Status ended = co_await WriteChunk(end);
    if (!ended) co_return outcome;
    const auto last = http::make_chunk_last();
    const auto [failure, last_bytes] = co_await asio::async_write(stream_, last, kTuple);
    if (failure) keep_alive_ = false;
    co_return outcome;
  }

  // Runs the call's work until it has ended, cancelling it at its deadline and when the client goes away.
  awaitable<Status> RunCall(const Method& method, std::optional<steady_clock::time_point> deadline,
                            awaitable<Status> work) {
    task_ = std::make_shared<CallTask>(stream_.get_executor());
    std::function<void()> end_stream = [weak = std::weak_ptr<CallTask>(task_)] {
      if (const auto task = weak.lock()) task->Cancel(StoppingError());
    };
    const auto ticket = service_.admission.Admit(method, std::move(end_stream));
    if (!ticket) {
      task_.reset();
      co_return Fail(ticket.error());
    }
    stream_.expires_never();
    WatchClient();
    Completion ended(stream_.get_executor());
    ended.Begin();
    std::optional<Status> outcome;
    task_->Start(std::move(work), deadline, [&ended, &outcome](Status status) {  // this frame waits for it
      outcome = std::move(status);
      ended.Complete();
    });
    co_await ended.Wait();
    task_.reset();
    beast::error_code ignored;
    stream_.socket().cancel(ignored);  // the watch
    co_return *std::move(outcome);
  }

  // Cancels the call when the client closes the connection. Stops watching when more arrives: that is the next request.
  void WatchClient() {
    stream_.socket().async_wait(
        asio::ip::tcp::socket::wait_read, [self = shared_from_this(), task = task_](const beast::error_code& error) {
          if (error || self->task_ != task) return;
          char byte = 0;
          beast::error_code gone;
          self->stream_.socket().receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, gone);
          if (gone == asio::error::would_block) return self->WatchClient();
          if (gone) {
            self->keep_alive_ = false;
            task->Cancel({ErrorCode::kCancelled, "the client has gone away", {}});
          }
        });
  }

  awaitable<Status> WriteChunk(const std::string& payload) {
    stream_.expires_after(service_.options.write_timeout);
    const auto chunk = http::make_chunk(asio::buffer(payload));
    Completion written(stream_.get_executor());
    written.Begin();
    beast::error_code error;
    // A callback and not the coroutine's token, which would be cancelled with the call. This frame waits for it.
    asio::async_write(stream_, chunk, [&written, &error](const beast::error_code& outcome, std::size_t) {
      error = outcome;
      written.Complete();
    });
    co_await written.Wait();
    if (error) {
      keep_alive_ = false;
      co_return Fail(ErrorCode::kCancelled, "the client has gone away");
    }
    stream_.expires_never();
    co_return Status();
  }

  awaitable<void> Send(Reply reply) {
    CloseUnlessRead();
    reply.version(version_);
    reply.keep_alive(keep_alive_);
    reply.prepare_payload();
    if (reply.result() == http::status::not_modified) reply.erase(http::field::content_length);
    if (head_) reply.body().clear();  // the length stays
    stream_.expires_after(service_.options.write_timeout);
    const auto [error, bytes] = co_await http::async_write(stream_, reply, kTuple);
    if (error) keep_alive_ = false;
  }

  // An answer that is given before the body was read ends the connection: what follows could not be told from it.
  void CloseUnlessRead() {
    if (closing_ || service_.admission.draining() || !parser_->is_done()) keep_alive_ = false;
  }

  // Takes what the client still sends for a moment, so that closing does not make its system drop our answer.
  awaitable<void> Linger() {
    SetWaiting(Waiting::kBody);
    beast::error_code error;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
    if (error || closing_) co_return;
    stream_.expires_after(kLinger);
    std::string discarded(16u << 10, '\0');
    for (std::size_t total = 0; total < kMaxLingerBytes;) {
      const auto space = asio::buffer(discarded);
      const auto [failure, bytes] = co_await stream_.async_read_some(space, kTuple);
      if (failure) co_return;
      total += bytes;
    }
  }

  void Close() {
    beast::error_code ignored;
    stream_.socket().close(ignored);
  }

  beast::tcp_stream stream_;
  const HttpService& service_;
  beast::flat_buffer buffer_;
  const ServedPaths paths_;
  std::optional<Parser> parser_;
  BodyBudget::Share share_;
  std::string body_;
  std::shared_ptr<CallTask> task_;  // the call under way
  unsigned version_ = 11;
  bool keep_alive_ = false;
  bool head_ = false;
  bool closing_ = false;

  mutable std::mutex state_mutex_;
  State state_{Waiting::kHeader, steady_clock::now()};
};

}  // namespace

std::shared_ptr<Connection> ServeConnection(asio::ip::tcp::socket socket, const HttpService& service, ServedPaths paths,
                                            std::function<void()> ended) {
  auto connection = std::make_shared<HttpConnection>(std::move(socket), service, paths);
  connection->Start(std::move(ended));
  return connection;
}

}  // namespace assay
