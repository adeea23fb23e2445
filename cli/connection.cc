#include "cli/connection.h"

#include <grpcpp/grpcpp.h>

#include <charconv>
#include <cstdint>
#include <cstdio>

#include "cli/exit_codes.h"
#include "cli/log_commands.h"
#include "cli/verbs.h"
#include "core/file.h"

namespace assay {
namespace {

constexpr std::chrono::seconds kCallTimeout{60};
constexpr int kMaxMessageBytes = 64 << 20;

std::string Trim(std::string text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!text.empty() && is_space(text.back())) text.pop_back();
  std::size_t begin = 0;
  while (begin < text.size() && is_space(text[begin])) ++begin;
  return text.substr(begin);
}

}  // namespace

DaemonConnection::DaemonConnection(GlobalOptions options, std::string token, std::shared_ptr<grpc::Channel> channel)
    : options_(std::move(options)), token_(std::move(token)), channel_(std::move(channel)) {}

Status CheckServerAddress(const std::string& server) {
  const auto bad = [&](const std::string& why) {
    return Fail(ErrorCode::kInvalidArgument,
                "--server \"" + server + "\": " + why + "; write HOST:PORT, e.g. 127.0.0.1:7070");
  };
  if (server.find("://") != std::string::npos) return bad("an address has no scheme");
  const std::size_t colon = server.rfind(':');
  if (colon == std::string::npos || server.ends_with(']')) return bad("the port is missing");
  const std::string_view host = std::string_view(server).substr(0, colon);
  const std::string_view port = std::string_view(server).substr(colon + 1);
  if (host.empty()) return bad("the host is missing");
  const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
  if (!is_bracketed && host.find(':') != std::string_view::npos) return bad("an IPv6 address stands in brackets");
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number < 1 || number > 65535)
    return bad("the port is a number from 1 to 65535");
  return {};
}

Result<DaemonConnection> DaemonConnection::Open(const GlobalOptions& options) {
  ASSAY_TRY(CheckServerAddress(options.server));
  std::string token;
  if (!options.token_file.empty()) {
    ASSAY_ASSIGN(const std::string text, ReadFile(options.token_file, 64 << 10));
    token = Trim(text);
    if (token.empty()) return Fail(ErrorCode::kInvalidArgument, "token file " + options.token_file + " is empty");
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);  // a proxy of the environment is for the web, not for the daemon
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);  // a restart takes a second, not a minute
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  auto channel = grpc::CreateCustomChannel(options.server, grpc::InsecureChannelCredentials(), arguments);
  return DaemonConnection(options, std::move(token), std::move(channel));
}

void DaemonConnection::Prepare(grpc::ClientContext& context, std::optional<std::chrono::milliseconds> timeout) const {
  context.set_deadline(std::chrono::system_clock::now() + timeout.value_or(kCallTimeout));
  if (!token_.empty()) context.AddMetadata("authorization", "Bearer " + token_);
}

int DaemonConnection::Report(const grpc::Status& status) const {
  std::string message = Printable(status.error_message());
  while (message.ends_with('\n')) message.pop_back();
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
      return kExitOk;
    case grpc::StatusCode::UNAVAILABLE:
      if (!status.error_details().empty()) {  // assayd said it, and not the library that cannot reach it
        Complain("assayd cannot do it now: " + message);
        return kExitError;
      }
      [[fallthrough]];
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      if (channel_->GetState(false) == GRPC_CHANNEL_READY) {
        std::fprintf(
            stderr,
            "assay: assayd at %s is there and has not done it in time; its store may be stuck: /readyz and its "
            "log say so\n",
            options_.server.c_str());
        return kExitUnreachable;
      }
      std::fprintf(stderr,
                   "assay: assayd at %s does not answer: %s\n       is it running? (assayd --catalog DIR; address by "
                   "--server or ASSAY_SERVER)\n",
                   options_.server.c_str(), message.c_str());
      return kExitUnreachable;
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
      Complain("not permitted: " + message);
      if (token_.empty()) std::fputs("       a token is given by --token-file or ASSAY_TOKEN_FILE\n", stderr);
      return kExitNotPermitted;
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::ALREADY_EXISTS:
    case grpc::StatusCode::OUT_OF_RANGE:
      Complain(message);
      return kExitUsage;
    default:
      Complain(message);
      return kExitError;
  }
}

}  // namespace assay
