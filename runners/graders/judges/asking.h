#pragma once
// One verdict of one model, with at most one attempt to repair a reply that has none. Only for files of this folder.

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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
  bool has_reply = false;             // any, whether or not a verdict could be read from it
  std::optional<double> weighed;      // WeighedValue
  std::optional<Error> interruption;  // kCancelled, kAborted: there may be more to ask for
};

// `request` ends in the user's message that asks for the verdict. `before`: what was said to it when it was
// interrupted.
boost::asio::awaitable<AskedVerdict> AskForVerdict(std::shared_ptr<Endpoint> endpoint, ModelRequest request,
                                                   VerdictForm form, Fence fence, GradingTerms terms,
                                                   AskedVerdict before = {});

// What a score keeps of a verdict, with so much of the reply.
Json EvidenceOf(const AskedVerdict& asked, std::size_t reply_bytes);
// The same of a judge that was interrupted: with what it needs to go on, so that nothing is drawn twice.
Json KeptVerdict(const AskedVerdict& asked, std::size_t reply_bytes);
// What `evidence`, a judge's of KeptVerdicts under `key`, keeps; empty for any other. The last may be unfinished: it
// has a reply, no verdict, and an interruption.
std::vector<AskedVerdict> VerdictsKeptIn(std::string_view evidence, std::string_view key, const VerdictForm& form);
// The outcome of a judge that was interrupted; `evidence` is "" where nothing was said.
GradingOutcome InterruptedOutcome(Error interruption, std::string evidence);

// The score where the endpoint did not answer. Where it did before (`has_reply`), it is none that can be asked for
// again: verdicts that are drawn until one is liked are none.
GradingOutcome UnansweredOutcome(Error error, const Endpoint& endpoint, bool has_reply);

// The mean of the verdicts that could have stood where `verdict` stands, by their probability; nullopt where the
// log-probabilities do not cover it. As G-Eval weighs its scores (Liu et al. 2023, equation 1).
std::optional<double> WeighedValue(const JudgeVerdict& verdict, const std::vector<AnswerToken>& logprobs,
                                   const VerdictForm& form);

// What a judge is shown of an answer, of its calls, and of a conversation: the messages before the answer, and the
// answer. Each message, each call and each image has marks of its own: no text can pass for one. Of an image its
// address is shown, or what else is known of it. `earlier`, what came before the conversation, may be "".
std::string FencedAnswer(const Fence& fence, std::string_view label, const Response& response);
std::string FencedCalls(const Fence& fence, std::string_view label, const std::vector<ToolCall>& calls);
std::string FencedConversation(const Fence& fence, std::string_view earlier, std::span<const Message> before,
                               const Response& response);
// All texts of these, for the fence that none of them may know.
void AddTextsOf(const Response& response, std::vector<std::string_view>& texts);
void AddTextsOf(std::span<const Message> messages, std::vector<std::string_view>& texts);

}  // namespace assay
