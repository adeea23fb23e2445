#pragma once
// What goes to an endpoint and what comes back, provider-neutral.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"

namespace assay {

enum class Role { kSystem, kUser, kAssistant, kTool };
// "system", "user", "assistant", "tool".
std::string_view Name(Role role);

struct ToolCall {
  std::string name;
  std::string arguments;  // JSON text as the model wrote it; may be invalid
  std::string id = {};    // by which the tool's message answers it; "" where the provider has none
  friend bool operator==(const ToolCall&, const ToolCall&) = default;
};

// By address, or as data.
struct Image {
  std::string url = {};
  std::string base64 = {};
  std::string media_type = {};  // "image/png"
  // Where the data comes from: a file below the suite's folder. With `base64` empty it is still to be read; no provider
  // sees such an image.
  std::string file = {};
  friend bool operator==(const Image&, const Image&) = default;
};

struct Message {
  Role role = Role::kUser;
  std::string content;
  std::vector<Image> images = {};         // of the user
  std::vector<ToolCall> tool_calls = {};  // of the assistant
  std::string tool_call_id = {};          // of a tool: the call that it answers
  std::string tool_name = {};             // and the tool's name
  friend bool operator==(const Message&, const Message&) = default;
};

// How a model is asked to sample; absent values are left to the endpoint.
struct Sampling {
  std::optional<double> temperature = {};       // >= 0
  std::optional<double> top_p = {};             // (0, 1]
  std::optional<std::int64_t> max_tokens = {};  // > 0
  std::optional<std::int64_t> seed = {};
  std::vector<std::string> stop = {};
  friend bool operator==(const Sampling&, const Sampling&) = default;
};

// A function that the model may call.
struct Tool {
  std::string name;
  std::string description;
  Json parameters;  // JSON Schema of its arguments
  friend bool operator==(const Tool&, const Tool&) = default;
};

struct ModelRequest {
  std::vector<Message> messages;
  Sampling sampling;
  std::vector<Tool> tools = {};
  // "auto", "none", "required", or the name of the tool that must be called; "": left to the endpoint.
  std::string tool_choice = {};
  // For which case it asks. Where answers are kept, it may be answered by an earlier answer to the same request for the
  // same case: two cases need two answers, be their prompts alike. "": it is always asked for.
  std::string cached_for = {};
};

struct Usage {
  std::optional<std::int64_t> tokens_in = {};  // of the whole prompt
  std::optional<std::int64_t> tokens_out = {};
  std::optional<std::int64_t> tokens_in_cached = {};  // those of tokens_in that the provider had in its own cache
};

// The rate at which a streamed answer came: its tokens after the first, over the time after the first. Absent when the
// answer was not streamed, has fewer than two tokens, or came in one piece (within a millisecond).
std::optional<double> TokensPerSecond(std::chrono::microseconds latency,
                                      std::optional<std::chrono::microseconds> first_token,
                                      std::optional<std::int64_t> tokens_out);

// A token that a model wrote, or could have written.
struct TokenLogprob {
  std::string token;   // its text, as the provider shows it
  double logprob = 0;  // natural logarithm of its probability
  friend bool operator==(const TokenLogprob&, const TokenLogprob&) = default;
};
struct AnswerToken {
  TokenLogprob chosen;
  std::vector<TokenLogprob> alternatives = {};  // the likeliest at its place, where asked for
  friend bool operator==(const AnswerToken&, const AnswerToken&) = default;
};

// What the provider's own filters found in a request or in its answer.
struct GuardrailFinding {
  enum class Side { kInput, kOutput };
  enum class Outcome {
    kFlagged,  // found, and let through
    kBlocked,  // found, and withheld
    kFailed,   // the filter did not work: nothing is known
  };
  Side side = Side::kOutput;
  Outcome outcome = Outcome::kFlagged;
  std::string category = {};  // the provider's word: "violence", "jailbreak", "HARM_CATEGORY_HARASSMENT"
  friend bool operator==(const GuardrailFinding&, const GuardrailFinding&) = default;
};

// What an endpoint returned for one trial.
struct Response {
  std::string text;
  std::vector<ToolCall> tool_calls;
  std::string finish_reason;  // the provider's word, "" when absent
  Usage usage;
  std::chrono::microseconds latency{0};  // of the attempt that answered: request sent to last byte
  // Of a stream: request sent to the first text or call of the model.
  std::optional<std::chrono::microseconds> first_token = {};
  // Of the text, token by token; empty unless the endpoint's options ask for them. Bounded as the answer is.
  std::vector<AnswerToken> logprobs = {};
  // Each once; empty where nothing was found, or the provider tells of no filters. Of a conversation those of all
  // answers.
  std::vector<GuardrailFinding> guardrails = {};
  int attempts = 1;                     // requests sent for this response, the answering one included
  int retries = 0;                      // of those, sent again after a failure other than a rate limit
  std::optional<double> cost_usd = {};  // of the answer, by the model's prices; absent without prices or usage
  bool is_cached = false;               // taken from the response cache: its latency is that of another day
  std::string model = {};               // what answered, as the provider names it; "" when it does not
  // Of a conversation whose earlier answers were generated too: every message before this answer, those answers
  // included; images without their data. Then latency, attempts, retries, tokens and cost are sums over all its
  // answers, and first_token is that of the last. Empty otherwise.
  std::vector<Message> transcript = {};
};

}  // namespace assay
