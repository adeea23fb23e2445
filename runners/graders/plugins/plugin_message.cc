#include "runners/graders/plugins/plugin_message.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

using std::chrono::duration;
using Milliseconds = duration<double, std::milli>;

std::string ValidText(std::string_view text) {
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t length = CharacterLength(rest);
    if (length == 0) return ShownText(text, 3 * text.size());
    rest.remove_prefix(length);
  }
  return std::string(text);
}

Json::Array CallsOf(const std::vector<ToolCall>& calls) {
  Json::Array list;
  for (const ToolCall& call : calls) {
    Json each = Json::Of({{"name", ValidText(call.name)}, {"arguments", ValidText(call.arguments)}});
    if (!call.id.empty()) each.Set("id", ValidText(call.id));
    list.push_back(std::move(each));
  }
  return list;
}

Json MessageOf(const Message& message) {
  Json each = Json::Of({{"role", Name(message.role)}, {"content", ValidText(message.content)}});
  if (!message.tool_calls.empty()) each.Set("tool_calls", CallsOf(message.tool_calls));
  if (!message.tool_call_id.empty()) each.Set("tool_call_id", ValidText(message.tool_call_id));
  if (!message.tool_name.empty()) each.Set("tool_name", ValidText(message.tool_name));
  return each;
}

Json UsageOf(const Usage& usage) {
  Json json{Json::Object{}};
  const auto set = [&](std::string_view name, const std::optional<std::int64_t>& tokens) {
    if (tokens) json.Set(name, *tokens);
  };
  set("tokens_in", usage.tokens_in);
  set("tokens_out", usage.tokens_out);
  set("tokens_in_cached", usage.tokens_in_cached);
  return json;
}

Json ResponseOf(const Response& response) {
  Json::Array conversation;
  for (const Message& message : response.transcript) conversation.push_back(MessageOf(message));
  Json json = Json::Of({{"text", ValidText(response.text)},
                        {"tool_calls", CallsOf(response.tool_calls)},
                        {"finish_reason", ValidText(response.finish_reason)},
                        {"model", ValidText(response.model)},
                        {"usage", UsageOf(response.usage)},
                        {"latency_ms", Milliseconds(response.latency).count()},
                        {"conversation", std::move(conversation)}});
  if (response.first_token) json.Set("first_token_ms", Milliseconds(*response.first_token).count());
  if (response.cost_usd) json.Set("cost_usd", *response.cost_usd);
  return json;
}

std::unexpected<Error> NoAnswer(std::string why) { return Fail(ErrorCode::kInvalidArgument, std::move(why)); }

// The members of a reply, read with their types. The first error is kept.
class ReplyMembers {
 public:
  explicit ReplyMembers(const Json& reply) : reply_(reply) {}

  // Null is a member that is not there.
  const Json* Find(std::string_view name) const {
    const Json* found = reply_.Find(name);
    return found == nullptr || found->is_null() ? nullptr : found;
  }
  std::string Text(std::string_view name) {
    const Json* found = Find(name);
    if (found == nullptr) return "";
    if (found->is_string()) return found->as_string();
    return Wrong(name, "a text");
  }
  // A text, or any other JSON as its text.
  std::string AnyText(std::string_view name) const {
    const Json* found = Find(name);
    return found == nullptr ? "" : found->is_string() ? found->as_string() : found->Dump();
  }
  std::optional<double> Number(std::string_view name) {
    const Json* found = Find(name);
    if (found == nullptr) return std::nullopt;
    if (found->is_number()) return found->as_number();
    Wrong(name, "a number");
    return std::nullopt;
  }
  std::optional<bool> Bool(std::string_view name) {
    const Json* found = Find(name);
    if (found == nullptr) return std::nullopt;
    if (found->is_bool()) return found->as_bool();
    Wrong(name, "true or false");
    return std::nullopt;
  }
  ScoreStatus Status() {
    if (Find("status") == nullptr) return ScoreStatus::kScored;
    const std::string word = Text("status");
    if (word == "SCORED") return ScoreStatus::kScored;
    if (word == "UNSCORED") return ScoreStatus::kUnscored;
    if (word == "ERROR") return ScoreStatus::kError;
    if (error_.empty()) error_ = "its \"status\" is " + Quoted(word, 40) + "; known: SCORED, UNSCORED, ERROR";
    return ScoreStatus::kError;
  }
  const std::string& error() const { return error_; }

 private:
  std::string Wrong(std::string_view name, std::string_view expected) {
    if (error_.empty()) error_ = "its \"" + std::string(name) + "\" is not " + std::string(expected);
    return "";
  }
  const Json& reply_;
  std::string error_;
};

Result<Score> Decided(const PluginReply& reply) {
  if (!reply.pass && !reply.value) return NoAnswer("it has neither \"pass\" nor \"value\"");
  if (reply.value && *reply.value != 0 && *reply.value != 1) {
    return NoAnswer("its \"value\" is " + Json(*reply.value).Dump() +
                    ", and of a decision it is 1 or 0; the grader's option `value` says what it measures");
  }
  const bool passes = reply.pass.value_or(reply.value == 1.0);
  if (reply.value && passes != (reply.value == 1.0))
    return NoAnswer("its \"pass\" and \"value\" contradict each other");
  return passes ? Score::Pass() : Score::Failing("");
}

Result<Score> Measured(const PluginReply& reply, GraderValue value) {
  if (!reply.value) return NoAnswer("it has no \"value\"");
  if (reply.pass) {
    return NoAnswer(
        "it has \"pass\", and the grader measures: the suite's `threshold` decides. Option `value: decision`"
        " is for plug-ins that decide");
  }
  const double number = *reply.value;
  const bool is_outside =
      value == GraderValue::kShare ? number < 0 || number > 1 : value == GraderValue::kErrorRate && number < 0;
  if (is_outside) {
    return NoAnswer("its \"value\" is " + Json(number).Dump() + ", outside " +
                    (value == GraderValue::kShare ? "[0, 1], where shares lie" : "[0, ∞), where error rates lie"));
  }
  return Score::Measured(number, "");
}

}  // namespace

std::string PluginRequest(const PluginQuestion& question) {
  const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(question.timeout).count();
  return Json::Of({{"id", question.id},
                   {"grader", question.grader},
                   {"options", question.options.is_null() ? Json(Json::Object{}) : question.options},
                   {"case", Json::Of({{"id", question.item.id}, {"fields", question.item.fields}})},
                   {"response", ResponseOf(question.response)},
                   {"timeout_ms", std::int64_t{timeout}}})
      .Dump();
}

Result<PluginReply> ReadPluginReply(std::string_view json) {
  if (json.size() > kMaxPluginReply) return NoAnswer("it is longer than 1 MiB");
  const auto parsed = Json::Parse(json, kMaxPluginReplyDepth, RepeatedKeys::kRefuse);
  if (!parsed) return NoAnswer(parsed.error().message);
  if (!parsed->is_object()) return NoAnswer("it is no JSON object");
  ReplyMembers members(*parsed);
  PluginReply reply{.id = members.Text("id"),
                    .status = members.Status(),
                    .value = members.Number("value"),
                    .pass = members.Bool("pass"),
                    .label = members.Text("label"),
                    .reason = members.Text("reason"),
                    .evidence = members.AnyText("evidence"),
                    .cost_usd = members.Number("cost_usd")};
  if (!members.error().empty()) return NoAnswer(members.error());
  return reply;
}

Result<Score> ScoreOfPlugin(PluginReply reply, std::string_view id, GraderValue value) {
  if (reply.id != id) {
    return NoAnswer(reply.id.empty()
                        ? "it has no \"id\""
                        : "its \"id\" is " + Quoted(reply.id, 60) + ", and " + Quoted(id, 60) + " was asked");
  }
  for (const std::optional<double>& number : {reply.value, reply.cost_usd}) {
    if (number && !std::isfinite(*number)) return NoAnswer("it has a number that is not finite");
  }
  if (reply.cost_usd && (*reply.cost_usd < 0 || *reply.cost_usd > kMaxPluginCost)) {
    return NoAnswer("its \"cost_usd\" is " + Json(*reply.cost_usd).Dump() + ", outside [0, 1000]");
  }
  if (reply.label.size() > kMaxPluginLabel || !IsPlainLine(reply.label)) {
    return NoAnswer("its \"label\" is longer than 128 bytes, or no plain line of text");
  }
  Score score;
  if (reply.status == ScoreStatus::kScored) {
    ASSAY_ASSIGN(score, value == GraderValue::kPass ? Decided(reply) : Measured(reply, value));
    score.label = std::move(reply.label);
  } else if (reply.status == ScoreStatus::kUnscored) {
    score = Score::Unscored("");
  } else {
    score = Score::Broken("");
  }
  score.reason = ShownText(reply.reason, Score::kMaxReason);
  if (score.reason.empty() && score.status != ScoreStatus::kScored) score.reason = "the plug-in gave no reason";
  score.evidence = ShownText(reply.evidence, kMaxPluginEvidence);
  return score;
}

}  // namespace assay
