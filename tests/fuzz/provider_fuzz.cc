// What comes back from an endpoint, read by every provider, whole and as a stream cut at random: STATUS CONTENT-TYPE, a
// line `----`, the body.

#include <charconv>

#include "config/fields.h"
#include "config/yaml_text.h"
#include "core/random.h"
#include "runners/dataset_format.h"
#include "runners/endpoints/provider.h"
#include "tests/fuzz/invariant.h"

namespace assay::fuzz {
namespace {

using Outcome = std::expected<Response, AttemptFailure>;

constexpr std::string_view kSecret = "sk-secret-of-the-fuzzer";
constexpr const char* kHttpOptions =
    "{body: {p: '{{prompt}}'}, text: '.text // .outputs[].text', tool_calls: '.calls[]?', tokens_in: .usage.in, "
    "tokens_out: '.usage.out? // .n', finish_reason: .why, error: '.error.text? // .error?'}";

struct Protocol {
  const char* word;
  std::vector<const char*> options;  // in YAML; each a provider
  bool may_grow = false;             // a text may be the JSON of a value, which may be longer than what was sent
};

const std::vector<std::pair<Protocol, std::unique_ptr<Provider>>>& Providers() {
  static const auto providers = [] {
    std::vector<std::pair<Protocol, std::unique_ptr<Provider>>> made;
    for (const Protocol& protocol :
         {Protocol{"openai-chat", {"{logprobs: true}", "{logprobs: true, stream: true}"}},
          Protocol{"openai-responses", {"{}", "{stream: true}"}}, Protocol{"anthropic", {"{}", "{stream: true}"}},
          Protocol{"gemini", {"{}", "{stream: true}"}}, Protocol{"ollama", {"{}", "{stream: true}"}},
          Protocol{"http", {kHttpOptions}, true}}) {
      for (const char* text : protocol.options) {
        Diagnostics diagnostics;
        const auto documents = ParseYaml("m.yaml", text, diagnostics);
        auto provider = FindProvider(protocol.word)({.url = "http://127.0.0.1/v1",
                                                     .model = "m",
                                                     .api_key = std::string(kSecret),
                                                     .headers = {},
                                                     .options = documents.at(0).root});
        Require(provider.has_value(), "every provider can be made");
        made.emplace_back(protocol, *std::move(provider));
      }
    }
    return made;
  }();
  return providers;
}

HttpResponse AnswerOf(std::string_view head, std::string_view body) {
  HttpResponse answer;
  answer.status = 200;
  const std::size_t space = head.find(' ');
  std::from_chars(head.data(), head.data() + std::min(space, head.size()), answer.status);
  if (space != std::string_view::npos) answer.content_type = head.substr(space + 1);
  answer.location = answer.content_type;
  answer.body = body;
  return answer;
}

void CheckOutcome(const Outcome& response, std::size_t size, bool may_grow) {
  if (!response) {
    const std::string& message = response.error().error.message;
    Require(!message.empty() && message.size() < 1000, "the error says what is wrong, in bounds");
    Require(IsUtf8(message), "an error is UTF-8");
    Require(message.find(kSecret) == std::string::npos, "no secret in a message");
    Require(message.find('\n') == std::string::npos, "an error is one line");
    return;
  }
  Require(may_grow || response->text.size() <= size, "no text out of nothing");
  Require(IsUtf8(response->text) && IsUtf8(response->finish_reason), "an answer is UTF-8");
  for (const ToolCall& call : response->tool_calls)
    Require(IsUtf8(call.name) && IsUtf8(call.arguments) && IsUtf8(call.id), "so are calls");
  Require(response->logprobs.size() <= size, "no token out of nothing");
  for (const AnswerToken& token : response->logprobs) Require(IsUtf8(token.chosen.token), "so are tokens");
  Require(response->usage.tokens_in.value_or(0) >= 0 && response->usage.tokens_out.value_or(0) >= 0,
          "counts are not negative");
}

// Pieces of 1 to `most` bytes.
Outcome Streamed(const Provider& provider, std::string_view body, std::uint64_t most, bool& has_token) {
  const std::unique_ptr<AnswerStream> stream = provider.MakeStream();
  Random random(SeedFrom(body));
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t length = std::min<std::size_t>(body.size() - at, 1 + random.Below(most));
    if (!stream->Read(body.substr(at, length))) break;
    at += length;
  }
  Outcome outcome = stream->Finish();
  has_token = stream->has_token();
  return outcome;
}

void CheckStream(const Provider& provider, std::string_view body, bool may_grow) {
  bool has_token = false;
  const Outcome whole = Streamed(provider, body, std::max<std::uint64_t>(body.size(), 1) << 20, has_token);
  CheckOutcome(whole, body.size(), may_grow);
  Require(!whole || has_token || (whole->text.empty() && whole->tool_calls.empty()), "what has a text has had a token");
  for (const std::uint64_t most : {1, 7, 64}) {
    bool cut_has_token = false;
    const Outcome cut = Streamed(provider, body, most, cut_has_token);
    Require(whole.has_value() == cut.has_value() && has_token == cut_has_token, "it does not matter where it is cut");
    if (!whole) {
      Require(whole.error().kind == cut.error().kind, "nor to the failure");
      continue;
    }
    Require(whole->text == cut->text && whole->finish_reason == cut->finish_reason &&
                whole->tool_calls == cut->tool_calls && whole->usage.tokens_in == cut->usage.tokens_in &&
                whole->usage.tokens_out == cut->usage.tokens_out,
            "nor to the answer");
  }
}

void Check(std::string_view input) {
  const std::string_view head = TakePart(input);
  for (const auto& [protocol, provider] : Providers()) {
    HttpResponse answer = AnswerOf(head, input);
    const Outcome response = provider->Read(answer);
    CheckOutcome(response, input.size(), protocol.may_grow);
    Require(!response || (answer.status >= 200 && answer.status < 300), "only a success is an answer");
    if (provider->MakeStream() != nullptr) CheckStream(*provider, input, protocol.may_grow);
  }
}

}  // namespace
}  // namespace assay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::fuzz::Check(assay::fuzz::TextOf(data, size));
  return 0;
}
