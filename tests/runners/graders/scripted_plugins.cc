#include "tests/runners/graders/scripted_plugins.h"

#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>

#include <cctype>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "assay/v1/grader_plugin.grpc.pb.h"
#include "runners/event_loops.h"
#include "runners/http/http_client.h"
#include "tests/testing/await.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

class Replies {
 public:
  explicit Replies(std::deque<std::string> replies) : replies_(std::move(replies)) {}
  // The number before a reply, else `otherwise`, and the reply.
  std::pair<int, std::string> Next(int otherwise) {
    const std::lock_guard lock(mutex_);
    if (replies_.empty()) return {2, "no more replies"};
    std::string reply = std::move(replies_.front());
    replies_.pop_front();
    if (std::isdigit(static_cast<unsigned char>(reply[0])) == 0) return {otherwise, std::move(reply)};
    const std::size_t space = reply.find(' ');
    return {std::atoi(reply.c_str()), reply.substr(space + 1)};
  }

 private:
  std::mutex mutex_;
  std::deque<std::string> replies_;
};

class Plugin final : public v1::GraderPlugin::Service {
 public:
  explicit Plugin(Replies& replies) : replies_(replies) {}
  ::grpc::Status Describe(::grpc::ServerContext*, const v1::DescribeRequest*, v1::DescribeResponse* out) override {
    out->set_version("1");
    return ::grpc::Status::OK;
  }
  ::grpc::Status Grade(::grpc::ServerContext*, const v1::GradeRequest*, v1::GradeResponse* out) override {
    const auto [code, reply] = replies_.Next(0);
    if (code != 0) return ::grpc::Status(static_cast<::grpc::StatusCode>(code), reply);
    const auto read = google::protobuf::util::JsonStringToMessage(reply, out);
    return read.ok() ? ::grpc::Status::OK : ::grpc::Status(::grpc::UNKNOWN, read.ToString());
  }

 private:
  Replies& replies_;
};

void Replace(std::string& text, std::string_view what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what)) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

struct ScriptedPlugins::Parts {
  explicit Parts(std::deque<std::string> said) : replies(std::move(said)) {
    ::grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", ::grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&plugin);
    server = builder.BuildAndStart();
  }
  ~Parts() { server->Shutdown(std::chrono::system_clock::now()); }

  Replies replies;
  Plugin plugin{replies};
  int port = 0;
  std::unique_ptr<::grpc::Server> server;
  testing::HttpStub hook{[this](const testing::StubRequest&, int) {
    auto [status, body] = replies.Next(200);
    return testing::StubReply{.status = status, .body = std::move(body)};
  }};
  EventLoops loops{1};
  HttpClient http{loops};
};

ScriptedPlugins::ScriptedPlugins(std::deque<std::string> replies)
    : parts_(std::make_unique<Parts>(std::move(replies))) {
  ::setenv("ASSAY_TEST_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1);
}
ScriptedPlugins::~ScriptedPlugins() = default;

std::string ScriptedPlugins::Filled(std::string options) const {
  Replace(options, "{hook}", parts_->hook.url());
  Replace(options, "{server}", "127.0.0.1:" + std::to_string(parts_->port));
  return options;
}

GraderServices ScriptedPlugins::Services() {
  GraderServices services;
  services.http = &parts_->http;
  return services;
}

Result<GradingOutcome> ScriptedPlugins::Grade(const WaitingGrader& grader, const Case& item, const Response& response) {
  const GradingTerms terms{.deadline = DeadlineIn(std::chrono::minutes(1)), .sender = nullptr};
  auto grading = grader.Grade(item, response, terms);
  return testing::Await(parts_->loops.executor(0), std::move(grading));
}

}  // namespace assay
