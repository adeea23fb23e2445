#pragma once
// A model that replies as the test says.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "runners/endpoints/endpoint.h"
#include "runners/graders/grader.h"
#include "runners/graders/waiting_grader.h"

namespace assay {

// Replies one after the other. In a reply {token} stands for that of the request's fence; a reply that begins with
// "error: " is an error of the endpoint.
class ScriptedEndpoint final : public Endpoint {
 public:
  std::deque<std::string> replies;
  std::vector<ModelRequest> requests;
  std::vector<std::vector<std::string>> embedded;
  std::string finish_reason = "stop";
  std::vector<AnswerToken> logprobs;
  bool is_given_up = false;
  std::optional<double> cost_usd = 0.25;

  boost::asio::awaitable<Result<Response>> Complete(const ModelRequest& request, Deadline, Sender) override {
    requests.push_back(request);
    if (replies.empty()) co_return Fail(ErrorCode::kUnavailable, "no more replies");
    std::string reply = std::move(replies.front());
    replies.pop_front();
    if (reply == "error: cancelled") co_return Fail(ErrorCode::kCancelled, "cancelled");
    if (reply.starts_with("error: ")) co_return Fail(ErrorCode::kUnavailable, reply.substr(7));
    Response response;
    response.text = WithToken(std::move(reply), TokenIn(request));
    response.finish_reason = finish_reason;
    response.model = "judge-2026";
    response.cost_usd = cost_usd;
    response.logprobs = logprobs;
    co_return response;
  }
  // A reply is the list of all vectors of one request.
  boost::asio::awaitable<Result<Embeddings>> Embed(const std::vector<std::string>& texts, Deadline, Sender) override {
    embedded.push_back(texts);
    if (replies.empty()) co_return Fail(ErrorCode::kUnavailable, "no more replies");
    const std::string reply = std::move(replies.front());
    replies.pop_front();
    if (reply == "error: cancelled") co_return Fail(ErrorCode::kCancelled, "cancelled");
    if (reply.starts_with("error: ")) co_return Fail(ErrorCode::kUnavailable, reply.substr(7));
    Embeddings embeddings;
    const Json vectors = *Json::Parse(reply);
    for (const Json& vector : vectors.as_array()) {
      std::vector<float>& numbers = embeddings.vectors.emplace_back();
      for (const Json& number : vector.as_array()) numbers.push_back(static_cast<float>(number.as_number()));
    }
    embeddings.cost_usd = 0.25;
    co_return embeddings;
  }
  EndpointState State() const override {
    EndpointState state;
    state.is_given_up = is_given_up;
    return state;
  }

  static std::string TokenIn(const ModelRequest& request) {
    for (const Message& message : request.messages) {
      const std::size_t at = message.content.find("<<<");
      if (at != std::string::npos) return message.content.substr(at + 3, 16);
    }
    return "";
  }

 private:
  static std::string WithToken(std::string text, const std::string& token) {
    for (std::size_t at = text.find("{token}"); at != std::string::npos; at = text.find("{token}")) {
      text.replace(at, 7, token);
    }
    return text;
  }
};

// `prompt`: what the response is the answer to.
inline Result<GradingOutcome> GradeWaiting(const WaitingGrader& grader, const Case& item, const Response& response,
                                           const std::vector<Message>& prompt = {}) {
  boost::asio::io_context io;
  const GradingTerms terms{.deadline = DeadlineIn(std::chrono::minutes(1)),
                           .sender = nullptr,
                           .prompt = [&]() -> Result<std::vector<Message>> { return prompt; }};  // until the end
  auto grading = boost::asio::co_spawn(io, grader.Grade(item, response, terms), boost::asio::use_future);
  io.run();
  return grading.get();
}

}  // namespace assay
