#pragma once
// One verdict of one model, with at most one attempt to repair a reply that has none. Only for files of this folder.

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/response.h"
#include "core/result.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/judges/verdict_form.h"
#include "runners/graders/waiting_grader.h"

namespace assay {

// The endpoint of the model that option `endpoint` of `node` names; null pointer where options are only checked.
// Reports a model that is not there, and gives nullopt then.
std::optional<std::shared_ptr<Endpoint>> JudgeEndpoint(const std::string& model, const Node& node,
                                                       const GraderPlace& place, Diagnostics& diagnostics);

// Reports sampling with which no verdict, or not every verdict, can ever be read.
void CheckSampling(const Sampling& sampling, const VerdictForm& form, const Node& node, Diagnostics& diagnostics);

struct AskedVerdict {
  std::optional<JudgeVerdict> verdict;  // nullopt: none could be read, or the endpoint did not answer
  std::string reply;                    // the last
  std::string rationale;                // the reply without what it quotes and without verdicts, on one line
  std::string model;                    // as the endpoint names what answered; "" when it does not
  std::optional<Error> endpoint_error;
  std::vector<AnswerToken> logprobs = {};  // of the last reply
};

// `request` ends in the user's message that asks for the verdict. An error is the trial's: kCancelled, kAborted.
boost::asio::awaitable<Result<AskedVerdict>> AskForVerdict(std::shared_ptr<Endpoint> endpoint, ModelRequest request,
                                                           VerdictForm form, Fence fence, GradingTerms terms);

// The score where the endpoint did not answer.
GradingOutcome UnansweredOutcome(Error error, const Endpoint& endpoint);

// The mean of the verdicts that could have stood where `verdict` stands, by their probability; nullopt where the
// log-probabilities do not cover it. As G-Eval weighs its scores (Liu et al. 2023, equation 1).
std::optional<double> WeighedValue(const AskedVerdict& asked, const VerdictForm& form);

// What a judge is shown of a conversation, and of calls.
std::string ConversationText(const std::vector<Message>& transcript, const Response& response);
std::string ToolCallsText(const std::vector<ToolCall>& calls);

}  // namespace assay
