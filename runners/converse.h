#pragma once
// One trial's conversation with an endpoint: a request for each answer that is generated, one after the other.

#include <boost/asio/awaitable.hpp>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/conversation.h"
#include "core/response.h"
#include "core/result.h"
#include "runners/deadline.h"
#include "runners/endpoints/requester.h"

namespace assay {

class Endpoint;  // runners/endpoints/endpoint.h

// As messages are kept and shown to graders: the data of images is in the request, and in the dataset.
std::vector<Message> ForTranscript(std::vector<Message> messages);

// References outlive the call.
struct ConverseContext {
  Endpoint& endpoint;
  Sender sender;  // told, as charged, of the answers of a conversation that then fails
  const Sampling& sampling;
  const std::string& tool_choice;
  const std::string& case_id;
  Deadline deadline;  // of the whole conversation
};

struct ConversationFailure {
  Error error;
  bool was_answered = false;  // the endpoint did its part: the conversation cannot go on for what it answered
  // The model did answer, in a way that counts as no answer, and must not be asked for another: the last answer, or
  // what is known of it, with the transcript and the sums of those before. Absent when the endpoint failed.
  std::optional<Response> answer = {};
};

// The last answer, with the transcript and the sums of the answers before it (Response::transcript). The first error
// ends the conversation and is the result; with several turns it says in which: "turn 2 of 3: ...". What
// nothing can follow in the middle of a conversation is kFailedPrecondition: an answer that calls tools, that was cut
// off or withheld, or that is empty.
boost::asio::awaitable<std::expected<Response, ConversationFailure>> Converse(ConverseContext context,
                                                                              Dialogue dialogue);

}  // namespace assay
