#include "runners/endpoints/ollama_stream.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "core/finish_reason.h"
#include "runners/endpoints/http_failure.h"
#include "runners/endpoints/json_reply.h"

namespace assay {
namespace {

constexpr std::size_t kMaxLineBytes = 4u << 20;

void AddCalls(const Json& message, Response& response) {
  const Json* calls = message.Find("tool_calls");
  if (calls == nullptr || !calls->is_array()) return;
  for (const Json& call : calls->as_array()) {
    const Json* arguments = Find(call, "function.arguments");
    response.tool_calls.push_back({.name = std::string(TextAt(call, "function.name")),
                                   .arguments = arguments == nullptr ? "{}" : arguments->Dump(),
                                   .id = ""});
  }
}

// What the last line, or a response in one piece, says of the whole. False when it says that there is no answer.
bool ReadEnd(const Json& document, Response& response) {
  static constexpr std::array<std::string_view, 2> kEnds = {"stop", "length"};
  const Json* done = document.Find("done");
  const std::string_view reason = TextAt(document, "done_reason");
  response.finish_reason = reason;
  response.model = TextAt(document, "model");
  response.usage.tokens_in = CountAt(document, "prompt_eval_count");
  response.usage.tokens_out = CountAt(document, "eval_count");
  return done != nullptr && *done == Json(true) && (reason.empty() || IsReasonOf(reason, kEnds));
}

class OllamaStream final : public AnswerStream {
 public:
  explicit OllamaStream(std::string api_key) : api_key_(std::move(api_key)) {}

  Status Read(std::string_view piece) override {
    while (!piece.empty() && !failure_) {
      const std::size_t end = piece.find('\n');
      line_ += piece.substr(0, end);
      if (line_.size() > kMaxLineBytes) {
        failure_ = Malformed("answered 200 with a stream of which a line has more than " +
                             std::to_string(kMaxLineBytes) + " bytes")
                       .error();
        break;
      }
      if (end == std::string_view::npos) break;
      piece.remove_prefix(end + 1);
      failure_ = ReadLine(std::exchange(line_, ""));
    }
    return failure_ ? Fail(failure_->error) : Status();
  }

  std::optional<bool> MayBegin(std::string_view bytes) const override {
    const std::size_t begin = bytes.find_first_not_of(" \t\r\n");
    return begin == std::string_view::npos ? std::nullopt : std::optional<bool>(bytes[begin] == '{');
  }
  bool is_done() const override { return is_done_; }
  bool has_token() const override { return has_token_; }

  std::expected<Response, AttemptFailure> Finish() override {
    ReadLastLine();
    if (failure_) return std::unexpected(*std::exchange(failure_, std::nullopt));
    if (!is_done_) return BrokenStream("without \"done\": true");
    if (!has_content_ && response_.tool_calls.empty()) return Malformed("answered 200 with a stream that has no text");
    return std::move(response_);
  }

 private:
  // Nothing says that the last line ends in a newline. What is no JSON is a line that was cut.
  void ReadLastLine() {
    const std::string line = std::exchange(line_, "");
    if (!failure_ && Json::Parse(line)) failure_ = ReadLine(line);
  }

  std::optional<AttemptFailure> ReadLine(std::string_view line) {
    if (is_done_ || line.find_first_not_of(" \t\r") == std::string_view::npos) return std::nullopt;
    const auto document = ReadStreamedObject(line, api_key_);
    if (!document) return document.error();
    if (const Json* error = ErrorIn(*document)) {
      return FailureOfErrorEvent(*error, api_key_);
    }
    if (const Json* message = document->Find("message")) {
      if (auto wrong = AddMessage(*message)) return wrong;
    }
    const Json* done = document->Find("done");
    if (done == nullptr || *done != Json(true)) return std::nullopt;
    is_done_ = true;
    if (ReadEnd(*document, response_)) return std::nullopt;
    return Unfinished("done_reason", response_.finish_reason, api_key_).error();
  }

  std::optional<AttemptFailure> AddMessage(const Json& message) {
    const std::string_view role = TextAt(message, "role");
    if (role != "assistant") {
      return Malformed("answered 200 with a stream of \"" + Quotable(role, api_key_, 40) + "\"").error();
    }
    const Json* content = message.Find("content");
    has_content_ |= content != nullptr && content->is_string();
    response_.text += TextAt(message, "content");
    AddCalls(message, response_);
    has_token_ |= !response_.text.empty() || !response_.tool_calls.empty();
    return std::nullopt;
  }

  const std::string api_key_;
  std::string line_;
  Response response_;
  std::optional<AttemptFailure> failure_;
  bool is_done_ = false;
  bool has_token_ = false;
  bool has_content_ = false;  // a text, be it empty
};

}  // namespace

std::unique_ptr<AnswerStream> MakeOllamaStream(std::string api_key) {
  return std::make_unique<OllamaStream>(std::move(api_key));
}

std::expected<Response, AttemptFailure> ReadOllamaAnswer(const Json& document, std::string_view api_key) {
  const std::string status = "answered 200 with JSON that is no chat response: ";
  const Json* message = document.Find("message");
  if (message == nullptr || !message->is_object()) return Malformed(status + "no \"message\"; check url");
  if (TextAt(*message, "role") != "assistant") return Malformed(status + "its role is not \"assistant\"");
  Response response;
  if (!ReadEnd(document, response)) {
    return Unfinished("done_reason", response.finish_reason, api_key);
  }
  const Json* content = message->Find("content");
  if (content == nullptr || !content->is_string()) return Malformed(status + "no text in message.content");
  response.text = content->as_string();
  AddCalls(*message, response);
  return response;
}

}  // namespace assay
