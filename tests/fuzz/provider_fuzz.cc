// What comes back from an openai-chat endpoint: STATUS CONTENT-TYPE, a line `----`, the body.

#include <charconv>

#include "config/fields.h"
#include "config/yaml_text.h"
#include "runners/dataset_format.h"
#include "runners/endpoints/provider.h"
#include "tests/fuzz/invariant.h"

namespace assay::fuzz {
namespace {

constexpr std::string_view kSecret = "sk-secret-of-the-fuzzer";

const Provider& OpenaiChat() {
  static const std::unique_ptr<Provider> provider = [] {
    ProviderOptions options;
    options.url = "http://127.0.0.1/v1";
    options.model = "m";
    options.api_key = kSecret;
    Diagnostics diagnostics;
    options.options = ParseYaml("m.yaml", "{logprobs: true}", diagnostics).at(0).root;
    return std::move(*FindProvider("openai-chat")(std::move(options)));
  }();
  return *provider;
}

void Check(std::string_view input) {
  const std::string_view head = TakePart(input);
  HttpResponse answer;
  answer.status = 200;
  const std::size_t space = head.find(' ');
  std::from_chars(head.data(), head.data() + std::min(space, head.size()), answer.status);
  if (space != std::string_view::npos) answer.content_type = head.substr(space + 1);
  answer.location = answer.content_type;
  answer.body = input;
  const auto response = OpenaiChat().Read(answer);
  if (!response) {
    const std::string& message = response.error().error.message;
    Require(!message.empty() && message.size() < 1000, "the error says what is wrong, in bounds");
    Require(IsUtf8(message), "an error is UTF-8");
    Require(message.find(kSecret) == std::string::npos, "no secret in a message");
    Require(message.find('\n') == std::string::npos, "an error is one line");
    return;
  }
  Require(answer.status >= 200 && answer.status < 300, "only a success is an answer");
  Require(response->text.size() <= input.size(), "no text out of nothing");
  Require(IsUtf8(response->text) && IsUtf8(response->finish_reason), "an answer is UTF-8");
  for (const ToolCall& call : response->tool_calls)
    Require(IsUtf8(call.name) && IsUtf8(call.arguments), "so are calls");
  Require(response->logprobs.size() <= input.size(), "no token out of nothing");
  for (const AnswerToken& token : response->logprobs) Require(IsUtf8(token.chosen.token), "so are tokens");
  Require(response->usage.tokens_in.value_or(0) >= 0 && response->usage.tokens_out.value_or(0) >= 0,
          "counts are not negative");
}

}  // namespace
}  // namespace assay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::fuzz::Check(assay::fuzz::TextOf(data, size));
  return 0;
}
