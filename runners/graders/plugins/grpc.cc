// grpc: a server of the suite's that speaks assay.v1.GraderPlugin grades the response. The one grader file that knows
// the wire. Calls end on gRPC's threads, which only store the answer and wake the coroutine that waits.

#include <grpcpp/create_channel.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>

#include "assay/v1/grader_plugin.grpc.pb.h"
#include "core/file.h"
#include "core/identifier.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/plugins/grpc_options.h"
#include "runners/graders/plugins/plugin_calls.h"
#include "runners/graders/plugins/plugin_grading.h"
#include "runners/graders/plugins/remote_plugin.h"
#include "runners/wakeup.h"

namespace assay {

namespace asio = boost::asio;
namespace health = ::grpc::health::v1;

namespace {

constexpr std::string_view kService = "assay.v1.GraderPlugin";
constexpr Duration kCheckTimeout = std::chrono::seconds(5);
constexpr int kMaxMetadata = 8 << 10;

struct RpcFailure {
  PluginFailure failure;
  std::string reason;
};

bool Says(std::string_view message, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return message.find(word) != message.npos; });
}

PluginFailure KindOf(const ::grpc::Status& status) {
  const std::string& message = status.error_message();
  switch (status.error_code()) {
    case ::grpc::DEADLINE_EXCEEDED:
      return PluginFailure::kTimeout;
    case ::grpc::UNAVAILABLE:
      // gRPC has one code for a server that cannot be reached and for one that is gone in mid-call.
      return Says(message, {"Socket closed", "onnection reset", "roken pipe", "GOAWAY", "Stream removed", "recvmsg"})
                 ? PluginFailure::kCrashed
                 : PluginFailure::kUnavailable;
    case ::grpc::RESOURCE_EXHAUSTED:
      return Says(message, {"message larger than max", "metadata size exceeds"}) ? PluginFailure::kFlooded
                                                                                 : PluginFailure::kOverloaded;
    case ::grpc::INTERNAL:
    case ::grpc::DATA_LOSS:
      return PluginFailure::kGarbage;
    case ::grpc::UNIMPLEMENTED:  // also what gRPC itself makes of a compressed message, which it then does not inflate
      return Says(message, {"Compression algorithm"}) ? PluginFailure::kGarbage : PluginFailure::kRefused;
    case ::grpc::UNKNOWN:  // what an exception of the server becomes
    case ::grpc::CANCELLED:
      return PluginFailure::kCrashed;
    default:
      return PluginFailure::kRefused;
  }
}

std::string_view NameOf(::grpc::StatusCode code) {
  constexpr std::string_view kNames[] = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  return code >= 0 && static_cast<std::size_t>(code) < std::size(kNames) ? kNames[code] : "an unknown code";
}

// One call, owned by the coroutine that waits for it, always until gRPC is through with it: what gRPC's own threads
// destroyed might be the last of its channels, whose end waits for these threads.
template <class Request, class Reply>
struct Rpc {
  std::mutex mutex;
  std::condition_variable end;
  std::shared_ptr<Wakeup> wakeup;  // null pointer: nobody waits on a loop
  bool has_ended = false;
  ::grpc::ClientContext context;
  Request request;
  Reply reply;
  ::grpc::Status status;

  void End(::grpc::Status how) {
    const std::lock_guard lock(mutex);
    status = std::move(how);
    has_ended = true;
    if (wakeup) wakeup->Notify();
    end.notify_all();
  }
  bool HasEnded() {
    const std::lock_guard lock(mutex);
    return has_ended;
  }
};

// Where the coroutine is destroyed while it waits, because its loop ends, the call is ended here.
template <class SomeRpc>
class RpcWait {
 public:
  explicit RpcWait(SomeRpc& rpc) : rpc_(rpc) {}
  RpcWait(const RpcWait&) = delete;
  RpcWait& operator=(const RpcWait&) = delete;
  ~RpcWait() {
    std::unique_lock lock(rpc_.mutex);
    rpc_.wakeup = nullptr;
    if (rpc_.has_ended) return;
    lock.unlock();
    rpc_.context.TryCancel();
    lock.lock();
    rpc_.end.wait(lock, [this] { return rpc_.has_ended; });
  }

 private:
  SomeRpc& rpc_;
};

// Makes the call that `start` starts, and waits for its end. kCancelled with the coroutine, then within moments.
template <class Request, class Reply, class Start>
asio::awaitable<Result<::grpc::Status>> Ask(Rpc<Request, Reply>& rpc, Deadline deadline, Start start) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto wakeup = std::make_shared<Wakeup>(executor);
  rpc.wakeup = wakeup;
  const auto left = gpr_time_from_micros(TimeUntil(deadline).count(), GPR_TIMESPAN);
  rpc.context.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), left));
  const auto cancelled_before = co_await asio::this_coro::cancellation_state;
  if (cancelled_before.cancelled() != asio::cancellation_type::none) co_return Fail(ErrorCode::kCancelled, "cancelled");
  start(rpc, [&rpc](::grpc::Status status) { rpc.End(std::move(status)); });
  RpcWait wait(rpc);
  bool is_cancelled = false;
  while (!rpc.HasEnded()) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (!is_cancelled && cancellation.cancelled() != asio::cancellation_type::none) {
      is_cancelled = true;
      rpc.context.TryCancel();
    }
    co_await wakeup->WaitUntil(Deadline::max());
  }
  if (is_cancelled) co_return Fail(ErrorCode::kCancelled, "cancelled");
  co_return rpc.status;
}

google::protobuf::Duration ToProto(Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(duration.count() / 1'000'000);
  proto.set_nanos(static_cast<std::int32_t>(duration.count() % 1'000'000 * 1000));
  return proto;
}

// Texts of the wire are UTF-8.
std::string WireText(std::string_view text) { return ShownText(text, 3 * text.size()); }

void Put(const ToolCall& call, v1::ToolCall& out) {
  out.set_name(WireText(call.name));
  out.set_arguments(WireText(call.arguments));
  out.set_id(WireText(call.id));
}

void Put(const Message& message, v1::ConversationMessage& out) {
  out.set_role(std::string(Name(message.role)));
  out.set_content(WireText(message.content));
  for (const Image& image : message.images) {
    out.add_images(WireText(!image.url.empty()    ? image.url
                            : !image.file.empty() ? image.file
                                                  : "data of " + image.media_type));
  }
  for (const ToolCall& call : message.tool_calls) Put(call, *out.add_tool_calls());
  out.set_tool_call_id(WireText(message.tool_call_id));
}

void Put(const Response& response, v1::Response& out) {
  out.set_text(WireText(response.text));
  for (const ToolCall& call : response.tool_calls) Put(call, *out.add_tool_calls());
  out.set_finish_reason(WireText(response.finish_reason));
  if (response.usage.tokens_in) out.set_tokens_in(*response.usage.tokens_in);
  if (response.usage.tokens_out) out.set_tokens_out(*response.usage.tokens_out);
  if (!response.is_cached) *out.mutable_latency() = ToProto(response.latency);
  out.set_attempts(response.is_cached ? 0 : response.attempts);
  out.set_retries(response.retries);
  if (response.first_token) *out.mutable_first_token() = ToProto(*response.first_token);
  if (response.cost_usd) out.set_cost_usd(*response.cost_usd);
  out.set_cached(response.is_cached);
  for (const Message& message : response.transcript) Put(message, *out.add_transcript());
}

void Put(const Json& json, google::protobuf::Value& out) {
  if (json.is_bool()) {
    out.set_bool_value(json.as_bool());
  } else if (json.is_number()) {
    out.set_number_value(json.as_number());
  } else if (json.is_string()) {
    out.set_string_value(json.as_string());
  } else if (json.is_array()) {
    auto& list = *out.mutable_list_value();
    for (const Json& element : json.as_array()) Put(element, *list.add_values());
  } else if (json.is_object()) {
    auto& members = *out.mutable_struct_value()->mutable_fields();
    for (const auto& [name, value] : json.as_object()) Put(value, members[name]);
  } else {
    out.set_null_value(google::protobuf::NULL_VALUE);
  }
}

// What calls go through; each holds it until its end. It connects when the first one is made.
struct Connection {
  explicit Connection(std::shared_ptr<::grpc::Channel> made)
      : channel(std::move(made)),
        plugin(v1::GraderPlugin::NewStub(channel)),
        health(health::Health::NewStub(channel)) {}
  const std::shared_ptr<::grpc::Channel> channel;
  const std::unique_ptr<v1::GraderPlugin::Stub> plugin;
  const std::unique_ptr<health::Health::Stub> health;
};
using Connect = std::function<std::shared_ptr<Connection>()>;

class GrpcPlugin final : public WaitingGrader {
 public:
  // Without `connect` it is only checked.
  GrpcPlugin(const GrpcOptions& options, std::string token, Connect connect, const GraderPlace& place)
      : grading_("grpc", options, place),
        address_(options.address),
        token_(std::move(token)),
        connect_(std::move(connect)),
        calls_(std::make_shared<PluginCalls>(
            PluginCalls::Terms{.concurrency = options.concurrency, .checks_first = true})),
        connection_(connect_ ? connect_() : nullptr) {}

  asio::awaitable<Result<GradingOutcome>> Grade(const Case& item, const Response& response,
                                                const GradingTerms& terms) const override {
    if (!connect_) co_return grading_.Failed(PluginFailure::kUnavailable, "there is nothing to ask it with here");
    auto beginning = calls_->Begin(terms.deadline);
    auto begun = co_await std::move(beginning);
    if (!begun) co_return NotAsked(begun.error(), grading_);
    if (begun->must_check()) {
      auto checking = Check(ConnectionNow(), std::min(grading_.DeadlineOf(terms), DeadlineIn(kCheckTimeout)));
      auto checked = co_await std::move(checking);
      if (!checked) co_return Fail(std::move(checked).error());
      if (*checked) {
        begun->Failed((*checked)->reason);
        co_return grading_.Failed((*checked)->failure, (*checked)->reason);
      }
      begun->Checked();
    }
    PluginSend send(terms.sender.guard);
    const Status allowed = send.Begin();
    if (!allowed) co_return Fail(allowed.error());
    const std::string id = MakeId(SystemClock().Now());
    Rpc<v1::GradeRequest, v1::GradeResponse> rpc;
    Sign(rpc.context);
    Fill(rpc.request, id, item, response);
    const auto connection = ConnectionNow();
    auto asking = Ask(rpc, grading_.DeadlineOf(terms), [&connection](auto& call, auto done) {
      connection->plugin->async()->Grade(&call.context, &call.request, &call.reply, std::move(done));
    });
    auto asked = co_await std::move(asking);
    if (!asked) co_return Fail(std::move(asked).error());
    if (!asked->ok()) {
      RpcFailure failure = FailureOf(*asked);
      const bool is_alive = failure.failure == PluginFailure::kRefused || failure.failure == PluginFailure::kGarbage;
      if (is_alive) {
        begun->Answered();
      } else {
        begun->Failed(failure.reason);
      }
      co_return grading_.Failed(failure.failure, failure.reason);
    }
    if (const std::string other = OtherVersion(rpc.reply.version(), false); !other.empty()) {
      begun->Failed(other);  // it is described again before the next call
      co_return grading_.Failed(PluginFailure::kRefused, other);
    }
    begun->Answered();
    co_return grading_.Answered(id, ReplyOf(rpc.reply, id), terms);
  }

  std::vector<std::string> RequiredFields() const override { return {}; }
  std::string Version() const override { return grading_.options().version; }
  int Concurrency() const override { return grading_.options().concurrency; }

 private:
  void Sign(::grpc::ClientContext& context) const {
    if (!token_.empty()) context.AddMetadata("authorization", "Bearer " + token_);
  }

  std::shared_ptr<Connection> ConnectionNow() const {
    const std::lock_guard lock(connection_mutex_);
    return connection_;
  }

  // A connection whose other end says nothing is kept by TCP for a quarter of an hour. Pings (keepalive) would tell,
  // and servers break connections for them. One that is not made yet is gRPC's to make again.
  void ReplaceWhenSilent(const std::shared_ptr<Connection>& used, const ::grpc::Status& status) const {
    const bool is_made = used->channel->GetState(false) == GRPC_CHANNEL_READY;
    if (status.error_code() != ::grpc::DEADLINE_EXCEEDED || !is_made) return;
    auto next = connect_();
    const std::lock_guard lock(connection_mutex_);
    if (connection_ == used) connection_ = std::move(next);
  }

  // Why it cannot be asked now; nothing when it can. An error is the trial's.
  asio::awaitable<Result<std::optional<RpcFailure>>> Check(std::shared_ptr<Connection> connection,
                                                           Deadline deadline) const {
    // The service by its name, or the server as a whole, which a server that does not know the name may speak of.
    for (const std::string_view service : {kService, std::string_view()}) {
      Rpc<health::HealthCheckRequest, health::HealthCheckResponse> rpc;
      Sign(rpc.context);
      rpc.request.set_service(std::string(service));
      auto asking = Ask(rpc, deadline, [&connection](auto& call, auto done) {
        connection->health->async()->Check(&call.context, &call.request, &call.reply, std::move(done));
      });
      auto asked = co_await std::move(asking);
      if (!asked) co_return Fail(std::move(asked).error());
      ReplaceWhenSilent(connection, *asked);
      if (asked->error_code() == ::grpc::NOT_FOUND) continue;
      if (asked->error_code() == ::grpc::UNIMPLEMENTED) break;
      if (!asked->ok()) co_return FailureOf(*asked);
      if (rpc.reply.status() == health::HealthCheckResponse::SERVING) break;
      co_return RpcFailure{PluginFailure::kUnavailable, address_ + " says that it is not serving"};
    }
    Rpc<v1::DescribeRequest, v1::DescribeResponse> rpc;
    Sign(rpc.context);
    auto asking = Ask(rpc, deadline, [&connection](auto& call, auto done) {
      connection->plugin->async()->Describe(&call.context, &call.request, &call.reply, std::move(done));
    });
    auto asked = co_await std::move(asking);
    if (!asked) co_return Fail(std::move(asked).error());
    ReplaceWhenSilent(connection, *asked);
    if (!asked->ok()) co_return FailureOf(*asked);
    const std::string other = OtherVersion(rpc.reply.version(), true);
    if (other.empty()) co_return std::nullopt;
    co_return RpcFailure{PluginFailure::kRefused, other};
  }

  // What is wrong with the version of what answers; "" when nothing is. Scores of two versions are not to be counted
  // together: without a version in the suite the first one that is described holds.
  std::string OtherVersion(const std::string& version, bool is_described) const {
    if (version.empty() && !is_described) return "";
    const std::lock_guard lock(version_mutex_);
    const std::string& stated = grading_.options().version;
    if (stated.empty() && !first_version_) first_version_ = version;
    const std::string& expected = stated.empty() ? *first_version_ : stated;
    if (version == expected) return "";
    return address_ + " has version " + Quoted(WithoutSecrets(version, {token_}), 60) + ", and " +
           (stated.empty() ? "the run began with version " : "the suite says version ") + Quoted(expected, 60);
  }

  RpcFailure FailureOf(const ::grpc::Status& status) const {
    std::string reason = address_ + ": " + std::string(NameOf(status.error_code()));
    if (!status.error_message().empty()) {
      reason += ": " + Quoted(WithoutSecrets(status.error_message(), {token_}), 300);
    }
    return {KindOf(status), std::move(reason)};
  }

  void Fill(v1::GradeRequest& request, const std::string& id, const Case& item, const Response& response) const {
    request.set_id(id);
    request.set_grader(grading_.name());
    request.mutable_case_()->set_id(item.id);
    request.mutable_case_()->set_ordinal(item.ordinal);
    request.mutable_case_()->set_fields_json(item.fields.Dump());
    Put(response, *request.mutable_response());
    request.set_model(WireText(response.model));
    auto& members = *request.mutable_options()->mutable_fields();
    if (!grading_.options().options.is_object()) return;
    for (const auto& [name, value] : grading_.options().options.as_object()) Put(value, members[name]);
  }

  Result<PluginReply> ReplyOf(const v1::GradeResponse& response, const std::string& id) const {
    if (!response.has_score()) return Fail(ErrorCode::kInvalidArgument, "it has no score");
    const v1::PluginScore& score = response.score();
    const auto text = [&](const std::string& said) { return WithoutSecrets(said, {token_}); };
    PluginReply reply{
        .id = id, .label = text(score.label()), .reason = text(score.reason()), .evidence = text(score.evidence())};
    switch (score.status()) {
      case v1::ScoreStatus::UNSPECIFIED:
      case v1::ScoreStatus::SCORED:
        reply.status = ScoreStatus::kScored;
        break;
      case v1::ScoreStatus::UNSCORED:
        reply.status = ScoreStatus::kUnscored;
        break;
      case v1::ScoreStatus::ERROR:
        reply.status = ScoreStatus::kError;
        break;
      default:
        return Fail(ErrorCode::kInvalidArgument, "its status is none of SCORED, UNSCORED, ERROR");
    }
    if (score.has_value()) reply.value = score.value();
    if (score.has_pass()) reply.pass = score.pass();
    if (score.has_cost_usd()) reply.cost_usd = score.cost_usd();
    return reply;
  }

  const PluginGrading grading_;
  const std::string address_;
  const std::string token_;
  const Connect connect_;
  const std::shared_ptr<PluginCalls> calls_;
  mutable std::mutex connection_mutex_;
  mutable std::shared_ptr<Connection> connection_;
  mutable std::mutex version_mutex_;
  mutable std::optional<std::string> first_version_;
};

Result<Connect> ConnectTo(const GrpcOptions& options, const GraderPlace& place) {
  ::grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(kMaxPluginReply));
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadata);
  // A message is measured after it is inflated, when it has already taken its gigabyte.
  arguments.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1);  // none
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  if (options.is_local()) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  std::shared_ptr<::grpc::ChannelCredentials> credentials = ::grpc::InsecureChannelCredentials();
  if (options.has_tls()) {
    ::grpc::SslCredentialsOptions trust;
    if (options.ca_file) {
      ASSAY_ASSIGN(trust.pem_root_certs, ReadFile(place.base_dir / *options.ca_file, 1u << 20));
    }
    credentials = ::grpc::SslCredentials(trust);
  }
  const std::string target = options.is_socket() ? options.address : "dns:///" + options.address;
  return [=] { return std::make_shared<Connection>(::grpc::CreateCustomChannel(target, credentials, arguments)); };
}

std::unique_ptr<WaitingGrader> MakeGrpc(const Node& node, const GraderPlace& place, Diagnostics& diagnostics) {
  GrpcOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto token = SecretOf(options.token, "token", node, place, diagnostics);
  if (!token) return nullptr;
  Connect connect;
  if (IsToBeAsked(place)) {
    auto made = ConnectTo(options, place);
    if (!made) {
      diagnostics.Add(node.Find("ca_file")->At(made.error().message));
      return nullptr;
    }
    connect = *std::move(made);
  }
  return std::make_unique<GrpcPlugin>(options, *std::move(token), std::move(connect), place);
}

}  // namespace

GraderKind GrpcGrader() {
  return {.version = 1,
          .help = "a gRPC server of your own grades the response",
          .fields = &GrpcOptions::Fields(),
          .judges_calls = true,
          .make_waiting = &MakeGrpc,
          .value_of = &PluginValueOf};
}

}  // namespace assay
