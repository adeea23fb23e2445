// http: a webhook of the suite's grades the response. The request is signed as Standard Webhooks has it.

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "config/daemon_config.h"
#include "core/identifier.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/plugins/plugin_calls.h"
#include "runners/graders/plugins/plugin_grading.h"
#include "runners/graders/plugins/remote_plugin.h"
#include "runners/graders/plugins/webhook_signature.h"
#include "runners/http/http_client.h"
#include "runners/http/retry_after.h"
#include "runners/wakeup.h"

namespace assay {

namespace asio = boost::asio;

enum class WebhookForm { kAssay, kPromptfoo };
template <>
struct EnumWords<WebhookForm> {
  static constexpr EnumWord<WebhookForm> kWords[] = {
      {"assay", WebhookForm::kAssay, "the messages of all plug-ins"},
      {"promptfoo", WebhookForm::kPromptfoo, "{output, context: {vars}}, answered by {pass, score, reason}"}};
};

namespace {

constexpr Duration kPauseBeforeRetry = std::chrono::milliseconds(200);

struct WebhookOptions : PluginOptions {
  WebhookOptions() { concurrency = 16; }
  std::string url;
  WebhookForm form = WebhookForm::kAssay;
  std::optional<ApiKeySpec> secret;
  std::optional<ApiKeySpec> token;
  static const FieldTable<WebhookOptions>& Fields();
};

void CheckUrl(const WebhookOptions& options, const Node& node, Diagnostics& diagnostics) {
  const Node url = *node.Find("url");
  const std::string& text = options.url;
  const bool is_open = text.starts_with("http://");
  const bool is_url = is_open || text.starts_with("https://");
  const std::string_view authority =
      is_url ? std::string_view(text).substr(text.find("://") + 3).substr(0, text.find_first_of("/?#", 8)) : "";
  if (authority.find('@') != std::string_view::npos) {
    diagnostics.HideRestOfLine(url.file(), url.position());
    diagnostics.Add(url.At("must not hold a user or password; use token"));
  } else if (!is_url || HostOfUrl(text).empty() || text.find_first_of(" \t\r\n\\") != std::string::npos) {
    diagnostics.Add(url.At("must be a URL such as https://host/grade, got " + url.Describe()));
  } else if (is_open && !IsLoopback(HostOfUrl(text))) {
    diagnostics.Add(url.At("must be https: what is graded would go through the network as it is"));
  }
}

void CheckForm(const WebhookOptions& options, const Node& node, Diagnostics& diagnostics) {
  if (options.form == WebhookForm::kAssay) {
    if (!options.secret) diagnostics.Add(node.At("needs a secret, by which the webhook knows who asks"));
    return;
  }
  if (!options.options.is_null()) {
    diagnostics.Add(node.Find("options")->At("cannot stand beside form: promptfoo, whose requests have none"));
  }
  if (options.value != PluginValue::kDecision && options.value != PluginValue::kShare) {
    diagnostics.Add(node.Find("value")->At("is decision or share with form: promptfoo, whose scores lie in [0, 1]"));
  }
}

const FieldTable<WebhookOptions>& WebhookOptions::Fields() {
  static const auto table = WithPluginFields(
      FieldTable<WebhookOptions>()
          .Required("url", &WebhookOptions::url, "where requests are posted; https, unless it is this machine")
          .Optional(
              "secret", &WebhookOptions::secret,
              "where the key of the signature is found when a run starts: whsec_ and Base64, or 24 to 64 bytes as "
              "they are; form: promptfoo may do without")
          .Optional("token", &WebhookOptions::token, "where a token is found that is sent as Authorization: Bearer")
          .Optional("form", &WebhookOptions::form, "of request and answer")
          .Check(&CheckUrl, {"url"})
          .Check(&CheckForm, {"form", "secret", "options", "value"}),
      "requests in flight at once");
  return table;
}

struct WebhookFailure {
  PluginFailure failure;
  std::string reason;
  bool may_be_sent_again = false;
  Duration pause = kPauseBeforeRetry;
};

WebhookFailure FailureOf(const Error& error, const HttpProgress& progress) {
  switch (error.code) {
    case ErrorCode::kDeadlineExceeded:
      return {PluginFailure::kTimeout, error.message};
    case ErrorCode::kResourceExhausted:
      return {PluginFailure::kFlooded, error.message};
    case ErrorCode::kDataLoss:
      return {PluginFailure::kGarbage, error.message};
    case ErrorCode::kUnavailable:
      return {progress.sends == 0 ? PluginFailure::kUnavailable : PluginFailure::kCrashed, error.message, true};
    default:
      return {PluginFailure::kUnavailable, error.message};
  }
}

// nullopt for an answer that is to be read.
std::optional<WebhookFailure> FailureOf(const HttpResponse& answer, const std::string& body) {
  const int status = answer.status;
  constexpr int kAccepted = 202;  // and not done, whatever stands in its body
  if (status == kAccepted) return WebhookFailure{PluginFailure::kGarbage, "answered 202, which is no answer yet"};
  if (status >= 200 && status < 300) return std::nullopt;
  std::string reason = "answered " + std::to_string(status);
  if (status >= 300 && status < 400) reason += ", and redirects are not followed";
  if (!body.empty()) reason += ": " + Quoted(body, 200);
  if (status == 503) {
    const auto wait = RetryAfter(answer, SystemClock().Now());
    return WebhookFailure{PluginFailure::kOverloaded, std::move(reason), true,
                          wait ? std::max(Duration(*wait), kPauseBeforeRetry) : kPauseBeforeRetry};
  }
  if (status == 429) return WebhookFailure{PluginFailure::kOverloaded, std::move(reason)};
  return WebhookFailure{status >= 500 ? PluginFailure::kCrashed : PluginFailure::kRefused, std::move(reason)};
}

// Whether the webhook is there, whatever it says.
bool IsAlive(PluginFailure failure) { return failure == PluginFailure::kRefused || failure == PluginFailure::kGarbage; }

// The answer {pass, score, reason} as one of ours.
Result<PluginReply> PromptfooReply(std::string_view body, std::string_view id, PluginValue value) {
  ASSAY_ASSIGN(const Json json, Json::Parse(body, kMaxPluginReplyDepth, RepeatedKeys::kRefuse));
  const Json* pass = json.Find("pass");
  if (pass == nullptr || !pass->is_bool()) {
    return Fail(ErrorCode::kInvalidArgument, "it has no \"pass\" that is true or false");
  }
  PluginReply reply{.id = std::string(id)};
  double share = pass->as_bool() ? 1 : 0;
  if (const Json* score = json.Find("score"); score != nullptr && !score->is_null()) {
    if (!score->is_number() || !(score->as_number() >= 0 && score->as_number() <= 1)) {
      return Fail(ErrorCode::kInvalidArgument, "its \"score\" is no number in [0, 1]");
    }
    share = score->as_number();
    if (value == PluginValue::kDecision) reply.evidence = "score " + score->Dump();
  }
  if (value == PluginValue::kDecision) {
    reply.pass = pass->as_bool();
  } else {
    reply.value = share;
  }
  if (const Json* reason = json.Find("reason"); reason != nullptr && reason->is_string()) {
    reply.reason = reason->as_string();
  }
  return reply;
}

class Webhook final : public WaitingGrader {
 public:
  struct Secrets {
    std::string key;    // of the signature; "" for none
    std::string token;  // likewise
    std::vector<std::string> hidden;
  };
  Webhook(const WebhookOptions& options, Secrets secrets, const GraderPlace& place)
      : grading_("http", options, place),
        url_(options.url),
        form_(options.form),
        secrets_(std::move(secrets)),
        http_(place.services == nullptr ? nullptr : place.services->http),
        calls_(std::make_shared<PluginCalls>(PluginCalls::Terms{.concurrency = options.concurrency})) {}

  asio::awaitable<Result<GradingOutcome>> Grade(const Case& item, const Response& response,
                                                const GradingTerms& terms) const override {
    if (http_ == nullptr)
      co_return grading_.Failed(PluginFailure::kUnavailable, "there is nothing to ask it with here");
    auto beginning = calls_->Begin(terms.deadline);
    auto begun = co_await std::move(beginning);
    if (!begun) co_return NotAsked(begun.error(), grading_);
    PluginSend send(terms.sender.guard);
    const Status allowed = send.Begin();
    if (!allowed) co_return Fail(allowed.error());
    const std::string id = MakeId(SystemClock().Now());
    HttpRequest request = RequestFor(id, item, response);
    auto delivering = Deliver(request, id, grading_.DeadlineOf(terms));
    auto delivered = co_await std::move(delivering);
    if (!delivered) co_return Fail(std::move(delivered).error());
    if (const auto* failure = std::get_if<WebhookFailure>(&*delivered)) {
      if (IsAlive(failure->failure)) {
        begun->Answered();
      } else {
        begun->Failed(failure->reason);
      }
      co_return grading_.Failed(failure->failure, failure->reason);
    }
    begun->Answered();
    co_return OutcomeOf(std::get<std::string>(*delivered), id, terms);
  }

  std::vector<std::string> RequiredFields() const override { return {}; }
  std::string Version() const override { return grading_.options().version; }
  int Concurrency() const override { return grading_.options().concurrency; }

 private:
  using Delivered = std::variant<std::string, WebhookFailure>;  // the body of the answer

  HttpRequest RequestFor(std::string_view id, const Case& item, const Response& response) const {
    HttpRequest request;
    request.url = url_;
    request.max_response_bytes = kMaxPluginReply;
    request.body = form_ == WebhookForm::kAssay
                       ? grading_.Request(id, item, response)
                       : Json::Of({{"output", ShownText(response.text, 3 * response.text.size())},
                                   {"context", Json::Of({{"vars", item.fields}})}})
                             .Dump();
    return request;
  }

  std::vector<std::string> HeadersFor(std::string_view id, std::string_view body) const {
    std::vector<std::string> headers;
    if (!secrets_.key.empty()) headers = WebhookHeaders(secrets_.key, id, SystemClock().Now(), body);
    headers.push_back("Content-Type: application/json");
    headers.push_back("Accept: application/json");
    if (!secrets_.token.empty()) headers.push_back("Authorization: Bearer " + secrets_.token);
    return headers;
  }

  // At most twice: the id, which stays, tells the webhook that it has graded this already. An error is the trial's.
  asio::awaitable<Result<Delivered>> Deliver(HttpRequest& request, const std::string& id, Deadline deadline) const {
    request.timeout = TimeUntil(deadline);
    for (bool is_again = false;; is_again = true) {
      request.headers = HeadersFor(id, request.body);
      HttpProgress progress;
      auto sending = http_->Send(request, deadline, &progress);
      auto answer = co_await std::move(sending);
      if (!answer && answer.error().code == ErrorCode::kCancelled) co_return Fail(std::move(answer).error());
      std::optional<WebhookFailure> failure;
      std::string body;
      if (answer) {
        failure = FailureOf(*answer, WithoutSecrets(answer->body, secrets_.hidden));
        body = std::move(answer->body);
      } else {
        failure = FailureOf(answer.error(), progress);
      }
      if (!failure) co_return Delivered(std::move(body));
      const Deadline next = DeadlineIn(failure->pause);
      if (is_again || !failure->may_be_sent_again || next >= deadline) co_return Delivered(*std::move(failure));
      auto pausing = PauseUntil(next);
      const bool has_passed = co_await std::move(pausing);
      if (!has_passed) co_return Fail(ErrorCode::kCancelled, "cancelled before it was asked again");
    }
  }

  // Whether the time came; it does not for a trial that is cancelled.
  static asio::awaitable<bool> PauseUntil(Deadline when) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto wakeup = std::make_shared<Wakeup>(executor);
    co_await wakeup->WaitUntil(when);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    co_return cancellation.cancelled() == asio::cancellation_type::none;
  }

  GradingOutcome OutcomeOf(const std::string& body, std::string_view id, const GradingTerms& terms) const {
    auto reply =
        form_ == WebhookForm::kPromptfoo ? PromptfooReply(body, id, grading_.options().value) : ReadPluginReply(body);
    if (!reply) return grading_.Answered(id, std::move(reply), terms);
    if (reply->id.empty()) reply->id = id;  // it came on the connection that asked
    // Of what was read, not of the bytes: JSON may write a character in several ways.
    for (std::string* text : {&reply->label, &reply->reason, &reply->evidence}) {
      *text = WithoutSecrets(*text, secrets_.hidden);
    }
    return grading_.Answered(id, std::move(reply), terms);
  }

  const PluginGrading grading_;
  const std::string url_;
  const WebhookForm form_;
  const Secrets secrets_;
  HttpClient* const http_;
  const std::shared_ptr<PluginCalls> calls_;
};

// How a webhook may show them: the key as it knows it, without the prefix; slashes as JSON may write them.
std::vector<std::string> SpellingsOf(const std::vector<std::string>& secrets) {
  std::vector<std::string> spellings;
  for (const std::string& secret : secrets) {
    constexpr std::string_view kPrefix = "whsec_";
    spellings.push_back(secret);
    if (secret.starts_with(kPrefix)) spellings.push_back(secret.substr(kPrefix.size()));
  }
  for (std::size_t i = 0, plain = spellings.size(); i < plain; ++i) {
    std::string escaped;
    for (const char c : spellings[i]) escaped += c == '/' ? "\\/" : std::string(1, c);
    if (escaped != spellings[i]) spellings.push_back(std::move(escaped));
  }
  return spellings;
}

std::unique_ptr<WaitingGrader> MakeHttp(const Node& node, const GraderPlace& place, Diagnostics& diagnostics) {
  WebhookOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto secret = SecretOf(options.secret, "secret", node, place, diagnostics);
  auto token = SecretOf(options.token, "token", node, place, diagnostics);
  if (!secret || !token) return nullptr;
  Webhook::Secrets secrets{.key = "", .token = *token, .hidden = SpellingsOf({*secret, *token})};
  if (!secret->empty()) {
    auto key = WebhookKey(*secret);
    if (!key) {
      diagnostics.Add(node.Find("secret")->At(key.error().message));
      return nullptr;
    }
    secrets.key = *std::move(key);
  }
  return std::make_unique<Webhook>(options, std::move(secrets), place);
}

}  // namespace

GraderKind HttpGrader() {
  return {.version = 1,
          .help = "a webhook of your own grades the response",
          .fields = &WebhookOptions::Fields(),
          .judges_calls = true,
          .make_waiting = &MakeHttp,
          .value_of = &PluginValueOf};
}

}  // namespace assay
