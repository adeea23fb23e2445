#pragma once
// The connection to assayd: address, token, deadlines, and what its errors mean for a script.

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "core/result.h"

namespace grpc {
class Channel;
class ClientContext;
class Status;
}  // namespace grpc

namespace assay {

enum class OutputFormat { kText, kJson };

// What every verb has.
struct GlobalOptions {
  std::string server = "127.0.0.1:7070";
  std::string token_file;
  std::string project;
  OutputFormat output = OutputFormat::kText;
};

// kInvalidArgument unless it is HOST:PORT ("[::1]:7070" for IPv6), saying what is wrong.
Status CheckServerAddress(const std::string& server);

class DaemonConnection {
 public:
  // kInvalidArgument for an address that is none, and when the token file cannot be read. Connects with the first call.
  static Result<DaemonConnection> Open(const GlobalOptions& options);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // Gives a call its token and its deadline; without a timeout the call may take a minute.
  void Prepare(grpc::ClientContext& context, std::optional<std::chrono::milliseconds> timeout = {}) const;
  // Tells the user what went wrong, on stderr, and gives the exit code that says so.
  int Report(const grpc::Status& status) const;

  const GlobalOptions& options() const { return options_; }

 private:
  DaemonConnection(GlobalOptions options, std::string token, std::shared_ptr<grpc::Channel> channel);
  GlobalOptions options_;
  std::string token_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace assay
